"""Bytes on their way into a capture: a buffer that grows, numbers and strings put behind each other, blocks around them."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcpy, memset

from tiercel.events.process cimport Text
from tiercel.sources.scap.blocks cimport BLOCK_HEADER, TRAILER


cdef struct Buffer:
    char *p
    size_t n
    size_t room
    bint failed          # memory was short: what came since is missing


cdef enum:
    FIRST_ROOM = 64 * 1024
    LONG_BLOCK = 4 * 1024 * 1024     # rows of a table go into another block beyond it
    OLD_KINDS = 16                   # of descriptors, that every reader knows


# Called after a block with what is in the buffer, to make room; may leave it there.
ctypedef void (*Drain)(void *to, Buffer *b) noexcept nogil


cdef inline void buffer_free(Buffer *b) noexcept nogil:
    free(b.p)
    memset(b, 0, sizeof(Buffer))


cdef inline char *buffer_take(Buffer *b, size_t n) noexcept nogil:
    # Room for n more bytes, which the caller writes; NULL where memory is short.
    cdef size_t room = b.room if b.room else FIRST_ROOM
    cdef char *p
    if b.failed:
        return NULL
    if n > b.room - b.n:
        while room - b.n < n:
            room *= 2
        p = <char *> realloc(b.p, room)
        if p == NULL:
            b.failed = True
            return NULL
        b.p = p
        b.room = room
    p = b.p + b.n
    b.n += n
    return p


cdef inline void put_bytes(Buffer *b, const void *from_, size_t n) noexcept nogil:
    cdef char *to = buffer_take(b, n)
    if to != NULL and n:
        memcpy(to, from_, n)


cdef inline void put8(Buffer *b, uint8_t v) noexcept nogil:
    put_bytes(b, &v, 1)


cdef inline void put16(Buffer *b, uint16_t v) noexcept nogil:
    put_bytes(b, &v, 2)


cdef inline void put32(Buffer *b, uint32_t v) noexcept nogil:
    put_bytes(b, &v, 4)


cdef inline void put64(Buffer *b, uint64_t v) noexcept nogil:
    put_bytes(b, &v, 8)


cdef inline void put_text(Buffer *b, const Text *t, uint32_t longest) noexcept nogil:
    # Its length as a u16, and as many of its bytes as the format takes.
    cdef uint32_t n = t.n if t.n < longest else longest
    put16(b, <uint16_t> n)
    put_bytes(b, t.p, n)


cdef inline void patch32(Buffer *b, size_t at, uint32_t v) noexcept nogil:
    if not b.failed:
        memcpy(b.p + at, &v, 4)


cdef inline size_t block_begin(Buffer *b, uint32_t kind) noexcept nogil:
    # Where it begins, for block_end().
    cdef size_t start = b.n
    put32(b, kind)
    put32(b, 0)
    return start


cdef inline void block_end(Buffer *b, size_t start) noexcept nogil:
    # Padding, and the length at both ends.
    cdef uint32_t zero = 0
    cdef uint32_t length
    put_bytes(b, &zero, -(b.n - start) & 3)
    length = <uint32_t> (b.n - start + TRAILER)
    patch32(b, start + 4, length)
    put32(b, length)


cdef inline size_t row_begin(Buffer *b) noexcept nogil:
    cdef size_t start = b.n
    put32(b, 0)
    return start


cdef inline void row_end(Buffer *b, size_t start) noexcept nogil:
    # Rows say how long they are, their length included.
    patch32(b, start, <uint32_t> (b.n - start))
