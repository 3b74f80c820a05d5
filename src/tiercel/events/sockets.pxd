"""What a socket is connected to: addresses of both ends, role, and the name Falco shows.

Falco keeps a socket's addresses in a union of five layouts. Where a socket changes its kind (bound, then sent to), what the
new layout reads may have been written by the old one, and Falco shows it. So the union is kept as it is (Fd.tuple), and
sip, dip, sport, dport, l4proto and unix_* are read out of it.

    IPv4 pair     source 0, destination 4, ports 8 and 10, protocol 12      (offsets in bytes)
    IPv6 pair     source 0, destination 16, ports 32 and 34, protocol 36
    IPv4 server   address 0, port 4, protocol 6
    IPv6 server   address 0, port 16, protocol 18
    unix          source 0, destination 8
"""

from libc.stdint cimport uint8_t, uint32_t

from tiercel.events.event cimport Bytes
from tiercel.events.process cimport FD_ROLE_CLIENT, FD_ROLE_SERVER, Fd, FdTable
from tiercel.events.state cimport State


cdef enum:
    L4_UNKNOWN = 0
    L4_NA = 1
    L4_TCP = 2
    L4_UDP = 3
    L4_ICMP = 4
    L4_RAW = 5


cdef inline bint has_no_role(const Fd *fd) noexcept nogil:
    return fd.flags & (FD_ROLE_CLIENT | FD_ROLE_SERVER) == 0


cdef inline bint is_tcp4(const Fd *fd) noexcept nogil:
    # Only of IPv4, as Falco asks.
    return fd.type == 3 and fd.tuple[12] == L4_TCP


cdef void socket_begin(Fd *fd, uint32_t domain, uint32_t type, uint32_t protocol) noexcept nogil
cdef void socket_bind(Fd *fd, Bytes address) noexcept nogil
# After connect. Addresses may be NULL: what the caller passed as seen on the way out and on the way in.
cdef void socket_connect(Fd *fd, Bytes pair, const uint8_t *on_exit, const uint8_t *on_enter, uint32_t n_enter) noexcept nogil
cdef void socket_connect_address(Fd *fd, Bytes address, Bytes shown) noexcept nogil
cdef bint socket_accept(Fd *fd, Bytes pair) noexcept nogil            # False where the family is none of ours
# What a call that carries both addresses tells (sendto, recvfrom, ...): True where that is news.
cdef bint socket_update(State *s, Fd *fd, Bytes pair) noexcept nogil
cdef void socket_guess_role(Fd *fd, const FdTable *fds, bint incoming) noexcept nogil
cdef void socket_swap(Fd *fd) noexcept nogil
cdef void socket_name(Fd *fd) noexcept nogil                          # sets the name from the addresses
cdef void socket_expose(Fd *fd) noexcept nogil                        # fills sip, ... after a change

cdef void socket_from_table(State *s, Fd *fd) noexcept nogil          # of a capture's head: reads sip, ...; sets the rest
cdef void socket_fix_direction(State *s, Fd *fd) noexcept nogil       # once all of the head is known
