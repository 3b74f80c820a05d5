"""Owned strings of the state's rows. Rows share a string's bytes until one of them sets another: a fork copies no text.

In memory the bytes follow a head: how many rows share them and how much room there is. Every Text points to bytes that end
in NUL; an empty one may point to a constant. Set a Text only with the functions below.
"""

from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcmp, memcpy

from tiercel.events.process cimport Text


cdef extern from "<string.h>" nogil:
    size_t strnlen(const char *p, size_t n)


cdef extern from *:
    """
    /* room 0 marks bytes that nobody owns; the compiler is not to know where they are, lest it warns of freeing them */
    static struct { unsigned refs, room; char bytes[8]; } tiercel_no_text = {0, 0, {0}};
    static inline char *tiercel_no_text_bytes(void) {
        char *p = tiercel_no_text.bytes;
        __asm__("" : "+r"(p));
        return p;
    }
    #define TIERCEL_NO_TEXT (tiercel_no_text_bytes())
    """
    char *NO_TEXT "TIERCEL_NO_TEXT"


cdef struct TextHead:
    uint32_t refs
    uint32_t room        # bytes besides the NUL; 0 where the bytes are a constant


cdef enum:
    TEXT_LIMIT = 1 << 24     # longer strings are cut


cdef inline TextHead *text_head(const Text *t) noexcept nogil:
    return <TextHead *> t.p - 1


cdef inline void text_init(Text *t) noexcept nogil:
    t.p = NO_TEXT
    t.n = 0


cdef inline void text_clear(Text *t) noexcept nogil:
    cdef TextHead *head
    if t.p != NULL:
        head = text_head(t)
        if head.room:
            head.refs -= 1
            if head.refs == 0:
                free(head)
    text_init(t)


cdef inline char *text_room(Text *t, uint32_t n) noexcept nogil:
    # Bytes of its own for a new value of n bytes (and the NUL); what was there is gone. NULL where memory is short: then
    # the old value stays. The caller writes all n bytes.
    cdef TextHead *head
    cdef uint32_t room
    if t.p != NULL:
        head = text_head(t)
        if head.refs == 1 and head.room >= n:
            t.n = n
            t.p[n] = 0
            return t.p
    room = (n + sizeof(TextHead) + 32) & ~<uint32_t> 31
    head = <TextHead *> malloc(room)
    if head == NULL:
        return NULL
    text_clear(t)
    head.refs = 1
    head.room = room - sizeof(TextHead) - 1
    t.p = <char *> (head + 1)
    t.n = n
    t.p[n] = 0
    return t.p


cdef inline void text_shrink(Text *t, uint32_t room) noexcept nogil:
    # Empties it; keeps the bytes for the next value where nobody else has them and they are no more than `room`.
    cdef TextHead *head
    if t.p != NULL:
        head = text_head(t)
        if head.refs == 1 and head.room <= room:
            t.n = 0
            t.p[0] = 0
            return
    text_clear(t)


cdef inline void text_set(Text *t, const char *p, uint32_t n) noexcept nogil:
    # Copies; keeps the old string where memory is short. `p` may be NULL where n is 0, and may not point into `t` itself.
    cdef char *to
    if n == 0:
        text_shrink(t, 256)
        return
    if n > TEXT_LIMIT:
        n = TEXT_LIMIT
    to = text_room(t, n)
    if to != NULL:
        memcpy(to, p, n)


cdef inline void text_share(Text *t, const Text *other) noexcept nogil:
    cdef TextHead *head
    if t.p == other.p:
        t.n = other.n
        return
    text_clear(t)
    if other.p == NULL:
        return
    head = text_head(other)
    if head.room:
        head.refs += 1
        t.p = other.p
        t.n = other.n


cdef inline bint text_equals(const Text *a, const Text *b) noexcept nogil:
    return a.n == b.n and (a.p == b.p or memcmp(a.p, b.p, a.n) == 0)


cdef inline bint text_is(const Text *t, const char *p, uint32_t n) noexcept nogil:
    return t.n == n and (n == 0 or memcmp(t.p, p, n) == 0)


cdef inline uint64_t text_hash(const char *p, uint32_t n, uint64_t seed) noexcept nogil:
    # FNV-1a, a byte at a time: ids are short.
    cdef uint64_t h = <uint64_t> 0xCBF29CE484222325 ^ seed
    cdef uint32_t i
    for i in range(n):
        h = (h ^ <uint8_t> p[i]) * <uint64_t> 0x100000001B3
    return h
