"""The table of extractors, and the memory they may use for one event."""

from libc.stdlib cimport free, malloc, realloc

_extractors: dict[str, int] = {}
_printed: dict[str, int] = {}
_features: dict[str, int] = {}

cdef enum:
    CHUNK = 64 * 1024
    ARENA_LIMIT = 4 * 1024 * 1024


cdef int register(str name, Extractor fn) except -1:
    if name in _extractors:
        raise ValueError(f"field {name} has two extractors")
    _extractors[name] = <size_t> fn
    return 0


cdef Extractor extractor(str name) except? NULL:
    cdef size_t address = _extractors[name]
    return <Extractor> address


cdef int register_printed(str name, Extractor fn) except -1:
    if name in _printed:
        raise ValueError(f"field {name} has two printed forms")
    _printed[name] = <size_t> fn
    return 0


cdef Extractor printed(str name) except? NULL:
    cdef size_t address = _printed.get(name) or _extractors[name]
    return <Extractor> address


cdef int register_features(str name, uint32_t features) except -1:
    _features[name] = features
    return 0


cdef uint32_t features_of(str name) except? 0:
    return _features.get(name, 0)


def features() -> dict[str, int]:
    """The fields that need something of the state which it does not keep up for every field, and what: a sum of `Feature`."""
    return dict(_features)


def names() -> list[str]:
    """The fields that can be read off an event, sorted."""
    return sorted(_extractors)


cdef char *arena_alloc(Context *c, size_t n) noexcept nogil:
    cdef Arena *a = &c.arena
    cdef Chunk *k = a.head
    cdef size_t size
    n = (n + 7) & ~(<size_t> 7)
    if k != NULL and k.size - k.used >= n:
        k.used += n
        return <char *> (k + 1) + k.used - n
    if n > ARENA_LIMIT:
        return NULL
    size = n if n > CHUNK else CHUNK
    k = <Chunk *> malloc(sizeof(Chunk) + size)
    if k == NULL:
        return NULL
    k.size = size
    k.used = n
    k.next = a.head
    a.head = k
    if a.first == NULL:
        a.first = k
    return <char *> (k + 1)


cdef void arena_reset(Context *c) noexcept nogil:
    # Keeps the first chunk: most events need no other.
    cdef Arena *a = &c.arena
    cdef Chunk *k
    while a.head != a.first:
        k = a.head.next
        free(a.head)
        a.head = k
    if a.first != NULL:
        a.first.used = 0


cdef void arena_free(Context *c) noexcept nogil:
    arena_reset(c)
    free(c.arena.first)
    c.arena.head = NULL
    c.arena.first = NULL


cdef bint out_more(Out *out) noexcept nogil:
    cdef uint32_t capacity = out.capacity * 2 if out.capacity else 8
    cdef Value *items = <Value *> realloc(out.items, capacity * sizeof(Value))
    if items == NULL:
        return False
    out.items = items
    out.capacity = capacity
    return True
