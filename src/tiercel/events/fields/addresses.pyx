"""Socket addresses in parameters, as text."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.codes cimport PPM_AF_INET, PPM_AF_INET6, PPM_AF_UNIX, PPM_AF_UNSPEC
from tiercel.events.event cimport Bytes
from tiercel.events.fields.line cimport (
    Line, line_add, line_char, line_clean, line_hex, line_ip4, line_ip6, line_uint, strnlen,
)


cdef inline void add_port(Line *l, const char *p) noexcept nogil:
    cdef uint16_t port
    memcpy(&port, p, 2)
    line_char(l, c':')
    line_uint(l, port)


cdef inline void add_family(Line *l, uint8_t family) noexcept nogil:
    line_add(l, b"family ", 7)
    line_uint(l, family)


cdef void line_address(Line *l, Bytes v) noexcept nogil:
    cdef uint8_t family = <uint8_t> v.p[0] if v.n else PPM_AF_UNSPEC
    if family == PPM_AF_UNIX:
        line_clean(l, v.p + 1, <uint32_t> strnlen(v.p + 1, v.n - 1))
    elif family == PPM_AF_INET:
        if v.n != 1 + 4 + 2:
            line_add(l, b"INVALID IPv4", 12)
            return
        line_ip4(l, v.p + 1)
        add_port(l, v.p + 5)
    elif family == PPM_AF_INET6:
        if v.n != 1 + 16 + 2:
            line_add(l, b"INVALID IPv6", 12)
            return
        line_ip6(l, v.p + 1)
        add_port(l, v.p + 17)
    else:
        add_family(l, family)


cdef bint is_mapped(const char *p) noexcept nogil:
    # An IPv6 address that stands for an IPv4 one; so does the address of zeros.
    cdef const uint8_t *u = <const uint8_t *> p
    cdef int i
    for i in range(10):
        if u[i]:
            return False
    if u[10] == 0xFF and u[11] == 0xFF:
        return True
    for i in range(10, 16):
        if u[i]:
            return False
    return True


cdef void line_tuple(Line *l, Bytes v) noexcept nogil:
    cdef uint8_t family = <uint8_t> v.p[0] if v.n else PPM_AF_UNSPEC
    cdef uint64_t address
    cdef bint mapped
    if family == PPM_AF_INET:
        if v.n != 1 + 2 * (4 + 2):
            line_add(l, b"INVALID IPv4", 12)
            return
        line_ip4(l, v.p + 1)
        add_port(l, v.p + 5)
        line_add(l, b"->", 2)
        line_ip4(l, v.p + 7)
        add_port(l, v.p + 11)
    elif family == PPM_AF_INET6:
        if v.n != 1 + 2 * (16 + 2):
            line_add(l, b"INVALID IPv6", 12)
            return
        mapped = is_mapped(v.p + 1) and is_mapped(v.p + 19)
        if mapped:
            line_ip4(l, v.p + 13)
        else:
            line_ip6(l, v.p + 1)
        add_port(l, v.p + 17)
        line_add(l, b"->", 2)
        if mapped:
            line_ip4(l, v.p + 31)
        else:
            line_ip6(l, v.p + 19)
        add_port(l, v.p + 35)
    elif family == PPM_AF_UNIX:
        if v.n < 1 + 2 * 8:
            line_add(l, b"<NA>", 4)
            return
        memcpy(&address, v.p + 1, 8)
        line_hex(l, address, False)
        line_add(l, b"->", 2)
        memcpy(&address, v.p + 9, 8)
        line_hex(l, address, False)
        line_char(l, c' ')
        line_clean(l, v.p + 17, <uint32_t> strnlen(v.p + 17, v.n - 17))
    else:
        add_family(l, family)
