"""A line of text that grows in the context's arena: what renders arguments and times writes into it.

Where memory is used up, what follows is dropped and `broken` is set; nothing that uses a Line needs to check in between.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.fields.field cimport Context


cdef extern from "string.h" nogil:
    size_t strnlen(const char *p, size_t n)


cdef struct Line:
    Context *context
    char *p               # `n` bytes and a NUL
    uint32_t n
    uint32_t room         # bytes that fit, NUL not counted
    bint broken


cdef bint line_start(Line *l, Context *c, uint32_t room) noexcept nogil
cdef bint line_grow(Line *l, uint64_t room) noexcept nogil


cdef inline bint line_room(Line *l, uint64_t more) noexcept nogil:
    return not l.broken and (<uint64_t> l.n + more <= l.room or line_grow(l, l.n + more))


cdef inline void line_add(Line *l, const char *p, uint32_t n) noexcept nogil:
    if n and line_room(l, n):
        memcpy(l.p + l.n, p, n)
        l.n += n
        l.p[l.n] = 0


cdef inline void line_char(Line *l, char c) noexcept nogil:
    if line_room(l, 1):
        l.p[l.n] = c
        l.n += 1
        l.p[l.n] = 0


cdef void line_uint(Line *l, uint64_t u) noexcept nogil
cdef void line_int(Line *l, int64_t i) noexcept nogil
cdef void line_padded(Line *l, int64_t i, int width) noexcept nogil      # zeros in front, the sign counts, as %0*ld
cdef void line_hex(Line *l, uint64_t u, bint upper) noexcept nogil       # no prefix
cdef void line_oct(Line *l, uint64_t u) noexcept nogil                   # no prefix
cdef void line_clean(Line *l, const char *p, uint32_t n) noexcept nogil  # as UTF-8 that prints (tiercel.events.utf8)
cdef void line_dots(Line *l, const char *p, uint32_t n) noexcept nogil   # what is not printable ASCII as "."
cdef void line_cut(Line *l, uint32_t n) noexcept nogil                   # to at most n bytes
cdef void line_ip4(Line *l, const char *p) noexcept nogil                # 4 bytes
cdef void line_ip6(Line *l, const char *p) noexcept nogil                # 16 bytes
