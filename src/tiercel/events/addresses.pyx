"""Addresses of sockets: whether they are whole, and how they print."""

from libc.stdio cimport snprintf
from libc.string cimport memcpy, strlen

from tiercel.events.codes cimport PPM_AF_INET, PPM_AF_INET6, PPM_AF_UNIX
from tiercel.events.utf8 cimport utf8_clean


cdef extern from "arpa/inet.h" nogil:
    const char *inet_ntop(int family, const void *address, char *to, unsigned int room)

cdef enum:
    AF_INET6 = 10                # the machine's own number, for inet_ntop
    ADDRESS_SIZE = 46


# ---- parameters

cdef bint address_valid(Bytes b) noexcept nogil:
    if b.n == 0:
        return False
    if b.p[0] == PPM_AF_INET:
        return b.n >= 7
    if b.p[0] == PPM_AF_INET6:
        return b.n >= 19
    if b.p[0] == PPM_AF_UNIX:
        return b.n >= 2 and b.p[b.n - 1] == 0
    return True


cdef bint pair_valid(Bytes b) noexcept nogil:
    if b.n == 0:
        return False
    if b.p[0] == PPM_AF_INET:
        return b.n >= 13
    if b.p[0] == PPM_AF_INET6:
        return b.n >= 37
    if b.p[0] == PPM_AF_UNIX:
        return b.n >= 18 and b.p[b.n - 1] == 0
    return True


cdef bint is_mapped(const uint8_t *ip) noexcept nogil:
    cdef int i
    for i in range(10):
        if ip[i]:
            return False
    if ip[10] == 0xFF and ip[11] == 0xFF:
        return True
    for i in range(10, 16):
        if ip[i]:
            return False
    return True


# ---- names

cdef uint32_t end4(char *to, const uint8_t *ip, int port) noexcept nogil:
    # "1.2.3.4:80", or without the port where it is negative.
    if port < 0:
        return <uint32_t> snprintf(to, ADDRESS_SIZE, b"%d.%d.%d.%d", ip[0], ip[1], ip[2], ip[3])
    return <uint32_t> snprintf(to, ADDRESS_SIZE, b"%d.%d.%d.%d:%d", ip[0], ip[1], ip[2], ip[3], port)


cdef uint32_t end6(char *to, const uint8_t *ip, int port) noexcept nogil:
    cdef uint32_t n
    if inet_ntop(AF_INET6, ip, to, ADDRESS_SIZE) == NULL:
        return 0
    n = <uint32_t> strlen(to)
    if port >= 0:
        n += <uint32_t> snprintf(to + n, 8, b":%d", port)
    return n


cdef uint32_t both4(char *to, const uint8_t *source, int sport, const uint8_t *dest, int dport) noexcept nogil:
    cdef uint32_t n = end4(to, source, sport)
    memcpy(to + n, b"->", 2)
    return n + 2 + end4(to + n + 2, dest, dport)


cdef uint32_t both6(char *to, const uint8_t *source, int sport, const uint8_t *dest, int dport) noexcept nogil:
    cdef uint32_t n = end6(to, source, sport)
    memcpy(to + n, b"->", 2)
    return n + 2 + end6(to + n + 2, dest, dport)


cdef uint32_t path_name(char *to, uint32_t at, const char *path, uint32_t n) noexcept nogil:
    # A path that ends at a NUL or after n bytes.
    cdef uint32_t k = 0
    while k < n and path[k]:
        k += 1
    return at + utf8_clean(to + at, NAME_SIZE - 1 - at, path, k)


cdef uint32_t unix_name(char *to, const uint8_t *ends, const char *path, uint32_t n) noexcept nogil:
    cdef uint32_t k = <uint32_t> snprintf(
        to, NAME_SIZE, b"%llx->%llx ", <unsigned long long> u64_at(ends), <unsigned long long> u64_at(ends + 8)
    )
    return path_name(to, k, path, n)


cdef uint32_t literal(char *to, const char *text) noexcept nogil:
    cdef uint32_t n = <uint32_t> strlen(text)
    memcpy(to, text, n)
    return n


cdef uint32_t address_name(char *to, Bytes b) noexcept nogil:
    cdef const uint8_t *p = <const uint8_t *> b.p
    if b.n == 0:
        return literal(to, b"<NA>")
    if p[0] == PPM_AF_UNIX:
        return path_name(to, 0, b.p + 1, b.n - 1)
    if p[0] == PPM_AF_INET:
        return end4(to, p + 1, u16_at(p + 5)) if b.n == 7 else literal(to, b"INVALID IPv4")
    if p[0] == PPM_AF_INET6:
        return end6(to, p + 1, u16_at(p + 17)) if b.n == 19 else literal(to, b"INVALID IPv6")
    return <uint32_t> snprintf(to, NAME_SIZE, b"family %d", p[0])


cdef uint32_t pair_name(char *to, Bytes b) noexcept nogil:
    cdef const uint8_t *p = <const uint8_t *> b.p
    if b.n == 0:
        return literal(to, b"NULL")
    if p[0] == PPM_AF_INET:
        if b.n != 13:
            return literal(to, b"INVALID IPv4")
        return both4(to, p + 1, u16_at(p + 5), p + 7, u16_at(p + 11))
    if p[0] == PPM_AF_INET6:
        if b.n != 37:
            return literal(to, b"INVALID IPv6")
        if is_mapped(p + 1) and is_mapped(p + 19):
            return both4(to, p + 13, u16_at(p + 17), p + 31, u16_at(p + 35))
        return both6(to, p + 1, u16_at(p + 17), p + 19, u16_at(p + 35))
    if p[0] == PPM_AF_UNIX:
        if b.n < 17:
            return 0
        return unix_name(to, p + 1, b.p + 17, b.n - 17)
    return <uint32_t> snprintf(to, NAME_SIZE, b"family %d", p[0])
