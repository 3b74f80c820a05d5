"""A line of text that grows in the context's arena."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, strlen

from tiercel.events.fields.field cimport Context, arena_alloc
from tiercel.events.utf8 cimport utf8_clean, utf8_kept

cdef extern from "arpa/inet.h" nogil:
    const char *inet_ntop(int family, const void *address, char *to, unsigned int size)
    enum:
        AF_INET6
        INET6_ADDRSTRLEN

cdef enum:
    LIMIT = 1 << 24      # no line is longer; the arena gives up before


cdef bint line_start(Line *l, Context *c, uint32_t room) noexcept nogil:
    l.context = c
    l.n = 0
    l.room = room
    l.p = arena_alloc(c, <size_t> room + 1)
    l.broken = l.p == NULL
    if l.broken:
        l.room = 0
        return False
    l.p[0] = 0
    return True


cdef bint line_grow(Line *l, uint64_t room) noexcept nogil:
    cdef uint64_t size = 2 * <uint64_t> l.room + 64
    cdef char *p
    if size < room:
        size = room
    p = NULL if size > LIMIT else arena_alloc(l.context, size + 1)
    if p == NULL:
        l.broken = True
        return False
    memcpy(p, l.p, l.n + 1)
    l.p = p
    l.room = <uint32_t> size
    return True


cdef void add_digits(Line *l, uint64_t u, uint32_t base, const char *digits) noexcept nogil:
    cdef char text[24]
    cdef int i = 24
    while True:
        i -= 1
        text[i] = digits[u % base]
        u //= base
        if u == 0:
            break
    line_add(l, text + i, <uint32_t> (24 - i))


cdef void line_uint(Line *l, uint64_t u) noexcept nogil:
    add_digits(l, u, 10, b"0123456789")


cdef void line_int(Line *l, int64_t i) noexcept nogil:
    if i < 0:
        line_char(l, c'-')
        line_uint(l, 0 - <uint64_t> i)
    else:
        line_uint(l, <uint64_t> i)


cdef void line_padded(Line *l, int64_t i, int width) noexcept nogil:
    cdef uint64_t u = <uint64_t> i
    cdef uint64_t rest
    if i < 0:
        line_char(l, c'-')
        u = 0 - u
        width -= 1
    rest = u
    while width > 1 and rest >= 10:
        rest //= 10
        width -= 1
    while width > 1:
        line_char(l, c'0')
        width -= 1
    line_uint(l, u)


cdef void line_hex(Line *l, uint64_t u, bint upper) noexcept nogil:
    add_digits(l, u, 16, b"0123456789ABCDEF" if upper else b"0123456789abcdef")


cdef void line_oct(Line *l, uint64_t u) noexcept nogil:
    add_digits(l, u, 8, b"01234567")


cdef void line_clean(Line *l, const char *p, uint32_t n) noexcept nogil:
    cdef uint32_t kept = utf8_kept(p, n)
    line_add(l, p, kept)
    if kept < n and line_room(l, 3 * <uint64_t> (n - kept)):
        l.n += utf8_clean(l.p + l.n, l.room - l.n, p + kept, n - kept)
        l.p[l.n] = 0


cdef void line_dots(Line *l, const char *p, uint32_t n) noexcept nogil:
    cdef uint32_t i
    cdef uint8_t c
    if not line_room(l, n):
        return
    for i in range(n):
        c = <uint8_t> p[i]
        l.p[l.n + i] = <char> (c if 0x20 <= c < 0x7F else c'.')
    l.n += n
    l.p[l.n] = 0


cdef void line_cut(Line *l, uint32_t n) noexcept nogil:
    if l.n > n:
        l.n = n
        l.p[n] = 0


cdef void line_ip4(Line *l, const char *p) noexcept nogil:
    cdef int i
    for i in range(4):
        if i:
            line_char(l, c'.')
        line_uint(l, <uint8_t> p[i])


cdef void line_ip6(Line *l, const char *p) noexcept nogil:
    cdef char text[INET6_ADDRSTRLEN]
    if inet_ntop(AF_INET6, p, text, INET6_ADDRSTRLEN) != NULL:
        line_add(l, text, <uint32_t> strlen(text))
