"""Addresses of sockets as events carry them, and how Falco prints them.

    address (SOCKADDR)    family u8, then address and port u16, or a path that ends in NUL
    pair (SOCKTUPLE)      family u8, then address and port of the source and of the destination, or for unix sockets the
                          kernel's two addresses u64 and a path that ends in NUL

Addresses are in network order, ports in host order.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.event cimport Bytes


cdef enum:
    NAME_SIZE = 1024             # room for any name a socket gets, with its NUL


cdef inline uint16_t u16_at(const uint8_t *p) noexcept nogil:
    cdef uint16_t v
    memcpy(&v, p, 2)
    return v


cdef inline uint64_t u64_at(const uint8_t *p) noexcept nogil:
    cdef uint64_t v
    memcpy(&v, p, 8)
    return v


# Whether a parameter is as long as its family says; an empty one is not. Families that are not known always are.
cdef bint address_valid(Bytes b) noexcept nogil
cdef bint pair_valid(Bytes b) noexcept nogil
cdef bint is_mapped(const uint8_t *ip) noexcept nogil                 # an IPv4 address written as IPv6, or all zero

# A parameter as Falco prints it, at most NAME_SIZE - 1 bytes; all of these return the length.
cdef uint32_t address_name(char *to, Bytes b) noexcept nogil
cdef uint32_t pair_name(char *to, Bytes b) noexcept nogil

# One end, or both. A port below 0 is left out.
cdef uint32_t end4(char *to, const uint8_t *ip, int port) noexcept nogil
cdef uint32_t end6(char *to, const uint8_t *ip, int port) noexcept nogil
cdef uint32_t both4(char *to, const uint8_t *source, int sport, const uint8_t *dest, int dport) noexcept nogil
cdef uint32_t both6(char *to, const uint8_t *source, int sport, const uint8_t *dest, int dport) noexcept nogil
cdef uint32_t unix_name(char *to, const uint8_t *ends, const char *path, uint32_t n) noexcept nogil
cdef uint32_t literal(char *to, const char *text) noexcept nogil
