"""How a field is read off an event: one small function a field, found by name in a table.

An extractor puts the field's value, or values, into `out` and returns True; it returns False where the event has no
such field (Falco's "absent": a comparison with it is false, it prints as <NA>). True without a value means that the field
`exists`, and any comparison with it is false (fd.ip of a file). Whatever strings it makes up live in the context's arena
until the event is over.

Fields that match on any of several things give a value for each: fd.ip both addresses, proc.aname every ancestor.
A comparison holds where it holds for one of them; fd.ip, fd.net, fd.port and fd.proto are `!=` only where all differ.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from tiercel.events.event cimport Bytes, Event
from tiercel.events.process cimport Text
from tiercel.events.state cimport State


cdef enum Kind:
    V_BOOL = 1        # i: 0 or 1
    V_INT = 2         # i, signed
    V_UINT = 3        # u
    V_DOUBLE = 4      # d
    V_STRING = 5      # p, n
    V_IP = 6          # p, n: 4 or 16 bytes
    V_BYTES = 7       # p, n: a buffer that is not text (evt.buffer, PT_BYTEBUF)


cdef union Number:
    int64_t i
    uint64_t u
    double d


cdef struct Value:
    Kind kind
    uint32_t n
    const char *p
    Number num


cdef struct Out:
    Value *items              # room for `capacity`; grow with out_more()
    uint32_t n
    uint32_t capacity


cdef struct Arg:
    # A field's argument as written between the brackets, read once at load time.
    int64_t index             # the number it is, -1 where it is none or not a number
    const char *text          # as written; NULL without argument
    uint32_t n


cdef struct Chunk:
    Chunk *next
    size_t used
    size_t size


cdef struct Arena:
    Chunk *head               # bytes follow the header
    Chunk *first


cdef struct Context:
    # All zero to begin with; arena_free() at the end gives back what it holds.
    State *state
    Event *event
    Arena arena
    uint64_t serial           # changes with every event: what was worked out for another event is stale
    bint truth                # names of files show what the kernel calls them, not what the process did (tiercel.events.truth)
    void *document            # a borrowed PyObject of events that are documents (audit), else NULL


ctypedef bint (*Extractor)(Context *c, const Arg *a, Out *out) noexcept nogil

# Memory of the context. NULL where there is none left (4 MB an event): the caller then says "absent".
cdef char *arena_alloc(Context *c, size_t n) noexcept nogil
cdef void arena_reset(Context *c) noexcept nogil
cdef void arena_free(Context *c) noexcept nogil

cdef bint out_more(Out *out) noexcept nogil                       # room for one more value

# Modules of fields call this when they are imported.
cdef int register(str name, Extractor fn) except -1
cdef Extractor extractor(str name) except? NULL                   # KeyError where no module has it

# A few fields show something else than conditions compare: proc.aname is every ancestor's name one by one to a
# condition, and one string with all of them in an output. `printed` is what an output shows, of any field.
cdef int register_printed(str name, Extractor fn) except -1
cdef Extractor printed(str name) except? NULL

# What a field needs of the state that it does not keep up for every field: a sum of `Feature` (tiercel.events.state), which
# whoever reads the field tells the state before the source begins.
cdef int register_features(str name, uint32_t features) except -1
cdef uint32_t features_of(str name) except? 0


cdef inline Value *one_more(Out *out, Kind kind) noexcept nogil:
    # The next value, of that kind, to be filled; NULL where memory is short.
    cdef Value *v
    if out.n == out.capacity and not out_more(out):
        return NULL
    v = &out.items[out.n]
    out.n += 1
    v.kind = kind
    return v


# Each puts one value; False, so that an extractor can return it, where memory is short.

cdef inline bint put_string(Out *out, const char *p, uint32_t n) noexcept nogil:
    cdef Value *v = one_more(out, V_STRING)
    if v == NULL:
        return False
    v.p = p
    v.n = n
    return True


cdef inline bint put_bytes(Out *out, Bytes b) noexcept nogil:
    # Absent where p is NULL.
    return b.p != NULL and put_string(out, b.p, b.n)


cdef inline bint put_text(Out *out, const Text *t) noexcept nogil:
    if t.p == NULL:
        return put_string(out, "", 0)
    return put_string(out, t.p, t.n)


cdef inline bint put_int(Out *out, int64_t i) noexcept nogil:
    cdef Value *v = one_more(out, V_INT)
    if v == NULL:
        return False
    v.num.i = i
    return True


cdef inline bint put_uint(Out *out, uint64_t u) noexcept nogil:
    cdef Value *v = one_more(out, V_UINT)
    if v == NULL:
        return False
    v.num.u = u
    return True


cdef inline bint put_bool(Out *out, bint b) noexcept nogil:
    cdef Value *v = one_more(out, V_BOOL)
    if v == NULL:
        return False
    v.num.i = 1 if b else 0
    return True


cdef inline bint put_double(Out *out, double d) noexcept nogil:
    cdef Value *v = one_more(out, V_DOUBLE)
    if v == NULL:
        return False
    v.num.d = d
    return True


cdef inline bint put_ip(Out *out, const uint8_t *p, uint32_t n) noexcept nogil:
    cdef Value *v = one_more(out, V_IP)
    if v == NULL:
        return False
    v.p = <const char *> p
    v.n = n
    return True
