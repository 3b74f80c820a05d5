"""Sockets: addresses, roles, names."""

from libc.stdint cimport uint16_t
from libc.string cimport memcmp, memcpy, memset

from tiercel.events.addresses cimport (
    NAME_SIZE,
    address_name,
    both4,
    both6,
    end4,
    end6,
    is_mapped,
    literal,
    pair_name,
    pair_valid,
    u16_at,
    u64_at,
    unix_name,
)
from tiercel.events.codes cimport PPM_AF_INET, PPM_AF_INET6, PPM_AF_NETLINK, PPM_AF_UNIX
from tiercel.events.descriptors cimport fds_at, fds_room
from tiercel.events.process cimport (
    FD_FROM_PROC,
    FD_IPV4_SERVSOCK,
    FD_IPV4_SOCK,
    FD_IPV6_SERVSOCK,
    FD_IPV6_SOCK,
    FD_NETLINK,
    FD_SOCKET_CONNECTED,
    FD_UNIX_SOCK,
    FD_UNKNOWN,
)
from tiercel.events.state cimport Interfaces
from tiercel.events.text cimport text_set


cdef enum:
    SOCK_STREAM = 1
    SOCK_DGRAM = 2
    SOCK_RAW = 3
    IPPROTO_IP = 0
    IPPROTO_ICMP = 1
    IPPROTO_TCP = 6
    IPPROTO_UDP = 17
    IPPROTO_RAW = 255
    UNIX_PATH_MAX = 108

# Where things are in Fd.tuple; see sockets.pxd.
cdef enum:
    V4_SOURCE = 0
    V4_DEST = 4
    V4_SOURCE_PORT = 8
    V4_DEST_PORT = 10
    V4_PROTOCOL = 12
    V6_SOURCE = 0
    V6_DEST = 16
    V6_SOURCE_PORT = 32
    V6_DEST_PORT = 34
    V6_PROTOCOL = 36
    SERVER4_PORT = 4
    SERVER4_PROTOCOL = 6
    SERVER6_PORT = 16
    SERVER6_PROTOCOL = 18
    UNIX_SOURCE = 0
    UNIX_DEST = 8

cdef uint8_t[16] no_address
cdef uint8_t[16] loopback6
cdef uint8_t[4] loopback4
memset(no_address, 0, 16)
memset(loopback6, 0, 16)
loopback6[15] = 1
loopback4[:] = [127, 0, 0, 1]


# ---- names

cdef void socket_name(Fd *fd) noexcept nogil:
    cdef char name[NAME_SIZE]
    cdef const uint8_t *t = fd.tuple
    cdef uint8_t protocol
    cdef bint mapped
    cdef uint32_t n = 0
    if fd.type == FD_IPV4_SOCK:
        protocol = t[V4_PROTOCOL]
        if protocol == L4_TCP or protocol == L4_UDP:
            n = both4(name, t, u16_at(t + V4_SOURCE_PORT), t + V4_DEST, u16_at(t + V4_DEST_PORT))
        elif protocol == L4_ICMP or protocol == L4_RAW:
            n = both4(name, t, -1, t + V4_DEST, -1)
        else:
            n = literal(name, b"<unknown>")
    elif fd.type == FD_IPV6_SOCK:
        protocol = t[V6_PROTOCOL]
        mapped = is_mapped(t + V6_SOURCE) and is_mapped(t + V6_DEST)
        if protocol == L4_TCP or protocol == L4_UDP:
            if mapped:
                # Falco takes the ports from where an IPv4 pair has them.
                n = both4(name, t + 12, u16_at(t + V4_SOURCE_PORT), t + 28, u16_at(t + V4_DEST_PORT))
            else:
                n = both6(name, t, u16_at(t + V6_SOURCE_PORT), t + V6_DEST, u16_at(t + V6_DEST_PORT))
        elif protocol == L4_ICMP:
            n = both4(name, t + 12, -1, t + 28, -1) if mapped else both6(name, t, -1, t + V6_DEST, -1)
        else:
            n = literal(name, b"<unknown>")
    text_set(&fd.name, name, n)


# ---- addresses

cdef void socket_expose(Fd *fd) noexcept nogil:
    cdef const uint8_t *t = fd.tuple
    memset(fd.sip, 0, 16)
    memset(fd.dip, 0, 16)
    fd.sport = fd.dport = 0
    fd.l4proto = 0
    fd.unix_source = fd.unix_dest = 0
    if fd.type == FD_IPV4_SOCK:
        memcpy(fd.sip, t, 4)
        memcpy(fd.dip, t + V4_DEST, 4)
        fd.sport = u16_at(t + V4_SOURCE_PORT)
        fd.dport = u16_at(t + V4_DEST_PORT)
        fd.l4proto = t[V4_PROTOCOL]
    elif fd.type == FD_IPV6_SOCK:
        memcpy(fd.sip, t, 16)
        memcpy(fd.dip, t + V6_DEST, 16)
        fd.sport = u16_at(t + V6_SOURCE_PORT)
        fd.dport = u16_at(t + V6_DEST_PORT)
        fd.l4proto = t[V6_PROTOCOL]
    elif fd.type == FD_IPV4_SERVSOCK:
        memcpy(fd.sip, t, 4)
        fd.sport = u16_at(t + SERVER4_PORT)
        fd.l4proto = t[SERVER4_PROTOCOL]
    elif fd.type == FD_IPV6_SERVSOCK:
        memcpy(fd.sip, t, 16)
        fd.sport = u16_at(t + SERVER6_PORT)
        fd.l4proto = t[SERVER6_PROTOCOL]
    elif fd.type == FD_UNIX_SOCK:
        fd.unix_source = u64_at(t)
        fd.unix_dest = u64_at(t + UNIX_DEST)


cdef void socket_begin(Fd *fd, uint32_t domain, uint32_t type, uint32_t protocol) noexcept nogil:
    cdef uint8_t l4 = L4_UNKNOWN
    memset(fd.tuple, 0, sizeof(fd.tuple))
    fd.type = FD_UNKNOWN
    if domain == PPM_AF_UNIX:
        fd.type = FD_UNIX_SOCK
    elif domain == PPM_AF_INET or domain == PPM_AF_INET6:
        if protocol == IPPROTO_TCP:
            l4 = L4_RAW if type == SOCK_RAW else L4_TCP
        elif protocol == IPPROTO_UDP:
            l4 = L4_RAW if type == SOCK_RAW else L4_UDP
        elif protocol == IPPROTO_IP:
            if type & 0xFF == SOCK_STREAM:
                l4 = L4_TCP
            elif type & 0xFF == SOCK_DGRAM:
                l4 = L4_UDP
        elif protocol == IPPROTO_ICMP:
            l4 = L4_RAW if type == SOCK_RAW else L4_ICMP
        elif protocol == IPPROTO_RAW:
            l4 = L4_RAW
        if domain == PPM_AF_INET:
            fd.type = FD_IPV4_SOCK
            fd.tuple[V4_PROTOCOL] = l4
        else:
            fd.type = FD_IPV6_SOCK
            fd.tuple[V6_PROTOCOL] = l4
    elif domain == PPM_AF_NETLINK:
        fd.type = FD_NETLINK
    socket_expose(fd)


cdef bint set_pair(
    Fd *fd, uint32_t width, const uint8_t *source, const uint8_t *sport, const uint8_t *dest, const uint8_t *dport
) noexcept nogil:
    # True where that is news. It is none where the row, if it is of that kind, holds both ends already, either way round.
    # A destination that is all zero counts as changed even where it stays zero.
    cdef uint8_t *t = fd.tuple
    cdef uint8_t *t_dest = t + width
    cdef uint8_t *t_sport = t + 2 * width
    cdef uint8_t *t_dport = t + 2 * width + 2
    cdef bint changed = False
    if fd.type == (FD_IPV4_SOCK if width == 4 else FD_IPV6_SOCK):
        if memcmp(source, t, width) == 0 and memcmp(sport, t_sport, 2) == 0:
            if memcmp(dest, t_dest, width) == 0 and memcmp(dport, t_dport, 2) == 0:
                return False
        if memcmp(dest, t, width) == 0 and memcmp(dport, t_sport, 2) == 0:
            if memcmp(source, t_dest, width) == 0 and memcmp(sport, t_dport, 2) == 0:
                return False
    if memcmp(t, source, width):
        memcpy(t, source, width)
        changed = True
    if memcmp(t_sport, sport, 2):
        memcpy(t_sport, sport, 2)
        changed = True
    if memcmp(t_dest, no_address, width) == 0 or memcmp(t_dest, dest, width):
        memcpy(t_dest, dest, width)
        changed = True
    if u16_at(t_dport) == 0 or memcmp(t_dport, dport, 2):
        memcpy(t_dport, dport, 2)
        changed = True
    return changed


cdef void socket_bind(Fd *fd, Bytes address) noexcept nogil:
    cdef const uint8_t *p = <const uint8_t *> address.p
    cdef uint8_t *t = fd.tuple
    cdef char name[NAME_SIZE]
    # A port above 0 means that it is for listening.
    if p[0] == PPM_AF_INET:
        if u16_at(p + 5):
            t[SERVER4_PROTOCOL] = t[V4_PROTOCOL]
            memcpy(t, p + 1, 4)
            memcpy(t + SERVER4_PORT, p + 5, 2)
            fd.type = FD_IPV4_SERVSOCK
            fd.flags |= FD_ROLE_SERVER
    elif p[0] == PPM_AF_INET6:
        if u16_at(p + 17):
            if is_mapped(p + 1):
                fd.type = FD_IPV4_SERVSOCK
                t[SERVER4_PROTOCOL] = t[V6_PROTOCOL]
                memcpy(t, p + 13, 4)
                memcpy(t + SERVER4_PORT, p + 17, 2)
            else:
                fd.type = FD_IPV6_SERVSOCK
                memcpy(t + SERVER6_PORT, p + 17, 2)
                memcpy(t, p + 1, 16)
                t[SERVER6_PROTOCOL] = t[V6_PROTOCOL]
            fd.flags |= FD_ROLE_SERVER
    socket_expose(fd)
    text_set(&fd.name, name, address_name(name, address))


cdef void socket_connect_address(Fd *fd, Bytes address, Bytes shown) noexcept nogil:
    # There is no pair, only what the caller passed. The name stays, but for families that have none.
    cdef const uint8_t *p = <const uint8_t *> address.p
    cdef uint8_t *t = fd.tuple
    cdef char name[NAME_SIZE]
    if p[0] == PPM_AF_INET:
        fd.type = FD_IPV4_SOCK
        memcpy(t + V4_DEST, p + 1, 4)
        memcpy(t + V4_DEST_PORT, p + 5, 2)
    elif p[0] == PPM_AF_INET6:
        if is_mapped(p + 1):
            fd.type = FD_IPV4_SOCK
            memcpy(t + V4_DEST, p + 13, 4)
            memcpy(t + V4_DEST_PORT, p + 17, 2)
        else:
            fd.type = FD_IPV6_SOCK
            memcpy(t + V6_DEST_PORT, p + 17, 2)
            memcpy(t + V6_DEST, p + 1, 16)
    else:
        text_set(&fd.name, name, pair_name(name, shown))
    socket_expose(fd)


cdef void socket_connect(
    Fd *fd, Bytes pair, const uint8_t *on_exit, const uint8_t *on_enter, uint32_t n_enter
) noexcept nogil:
    cdef const uint8_t *p = <const uint8_t *> pair.p
    cdef const uint8_t *dest
    cdef const uint8_t *dport
    cdef const char *path
    cdef uint32_t n_path, i
    cdef char name[NAME_SIZE]
    cdef bint changed, both = on_exit != NULL and on_enter != NULL
    # Where the address that the caller passed is, on the way out, the pair's, the pair may have been made of it: then the
    # one on the way in is trusted, which another thread had less time to change. Otherwise the kernel's own pair is.
    if p[0] == PPM_AF_INET6:
        dest = p + 19
        dport = p + 35
        if both and memcmp(dport, on_exit + 17, 2) == 0 and memcmp(dest, on_exit + 1, 16) == 0:
            dest = on_enter + 1
            dport = on_enter + 17
        if is_mapped(p + 1) and is_mapped(dest):
            fd.type = FD_IPV4_SOCK
            changed = set_pair(fd, 4, p + 13, p + 17, dest + 12, dport)
        else:
            fd.type = FD_IPV6_SOCK
            changed = set_pair(fd, 16, p + 1, p + 17, dest, dport)
    elif p[0] == PPM_AF_INET:
        fd.type = FD_IPV4_SOCK
        dest = p + 7
        dport = p + 11
        if both and memcmp(dport, on_exit + 5, 2) == 0 and memcmp(dest, on_exit + 1, 4) == 0:
            dest = on_enter + 1
            dport = on_enter + 5
        changed = set_pair(fd, 4, p + 1, p + 5, dest, dport)
    else:
        if fd.type != FD_UNIX_SOCK or pair.n < 18:
            return
        path = pair.p + 17
        n_path = pair.n - 17
        if both and n_enter > 1:
            i = 0
            # Both end in NUL: address_valid() and pair_valid() saw to it.
            while i < UNIX_PATH_MAX and path[i] and path[i] == <char> on_exit[1 + i]:
                i += 1
            if i == UNIX_PATH_MAX or path[i] == <char> on_exit[1 + i]:
                path = <const char *> on_enter + 1
                n_path = n_enter - 1
        memcpy(fd.tuple, p + 1, 16)
        text_set(&fd.name, name, unix_name(name, fd.tuple, path, n_path))
        socket_expose(fd)
        if has_no_role(fd):
            fd.flags |= FD_ROLE_CLIENT
        return
    if changed and fd.flags & FD_ROLE_SERVER and fd.type == FD_IPV4_SOCK and fd.tuple[V4_PROTOCOL] == L4_UDP:
        socket_swap(fd)
    socket_name(fd)
    socket_expose(fd)
    if has_no_role(fd):
        fd.flags |= FD_ROLE_CLIENT


cdef bint socket_accept(Fd *fd, Bytes pair) noexcept nogil:
    cdef const uint8_t *p = <const uint8_t *> pair.p
    cdef char name[NAME_SIZE]
    if p[0] == PPM_AF_INET:
        set_pair(fd, 4, p + 1, p + 5, p + 7, p + 11)
        fd.type = FD_IPV4_SOCK
        fd.tuple[V4_PROTOCOL] = L4_TCP
    elif p[0] == PPM_AF_INET6:
        if is_mapped(p + 1) and is_mapped(p + 19):
            set_pair(fd, 4, p + 13, p + 17, p + 31, p + 35)
            fd.type = FD_IPV4_SOCK
            fd.tuple[V4_PROTOCOL] = L4_TCP
        else:
            set_pair(fd, 16, p + 1, p + 17, p + 19, p + 35)
            fd.type = FD_IPV6_SOCK
            fd.tuple[V6_PROTOCOL] = L4_TCP
    elif p[0] == PPM_AF_UNIX:
        fd.type = FD_UNIX_SOCK
        memcpy(fd.tuple, p + 1, 16)
    else:
        return False
    socket_expose(fd)
    text_set(&fd.name, name, pair_name(name, pair))
    return True


cdef const uint8_t *own_address4(const Interfaces *a, const uint8_t *other) noexcept nogil:
    # The address that this machine would talk to `other` from.
    cdef uint32_t i, k
    cdef bint same
    for i in range(a.n_v4):
        if memcmp(a.v4[i].addr, other, 4) == 0:
            return a.v4[i].addr
    for i in range(a.n_v4):
        same = True
        for k in range(4):
            if (a.v4[i].addr[k] ^ other[k]) & a.v4[i].netmask[k]:
                same = False
        if same:
            return a.v4[i].addr
    for i in range(a.n_v4):
        if memcmp(a.v4[i].addr, loopback4, 4):
            return a.v4[i].addr
    return no_address


cdef const uint8_t *own_address6(const Interfaces *a, const uint8_t *other) noexcept nogil:
    cdef uint32_t i
    for i in range(a.n_v6):
        if memcmp(a.v6[i].addr, other, 16) == 0:
            return a.v6[i].addr
    for i in range(a.n_v6):
        if memcmp(a.v6[i].addr, other, 8) == 0:
            return a.v6[i].addr
    for i in range(a.n_v6):
        if memcmp(a.v6[i].addr, loopback6, 16):
            return a.v6[i].addr
    return no_address


cdef void fill_in(State *s, Fd *fd) noexcept nogil:
    # An address that is missing is this machine's.
    cdef uint32_t width = 4 if fd.type == FD_IPV4_SOCK else 16
    cdef uint8_t *source = fd.tuple
    cdef uint8_t *dest = fd.tuple + width
    cdef bint no_source = memcmp(source, no_address, width) == 0
    cdef const uint8_t *known = dest if no_source else source
    cdef const uint8_t *own
    if not no_source and memcmp(dest, no_address, width):
        return
    own = own_address4(&s.interfaces, known) if width == 4 else own_address6(&s.interfaces, known)
    if memcmp(own, known, width) == 0 and memcmp(source + 2 * width, source + 2 * width + 2, 2) == 0:
        return
    memcpy(source if no_source else dest, own, width)


cdef bint socket_update(State *s, Fd *fd, Bytes pair) noexcept nogil:
    cdef const uint8_t *p = <const uint8_t *> pair.p
    if not pair_valid(pair):
        return False
    if p[0] == PPM_AF_INET:
        if fd.type == FD_IPV4_SERVSOCK:
            fd.tuple[V4_PROTOCOL] = fd.tuple[SERVER4_PROTOCOL]
        fd.type = FD_IPV4_SOCK
        if not set_pair(fd, 4, p + 1, p + 5, p + 7, p + 11):
            socket_expose(fd)
            return False
    elif p[0] == PPM_AF_INET6:
        if is_mapped(p + 1) and is_mapped(p + 19):
            fd.type = FD_IPV4_SOCK
            if not set_pair(fd, 4, p + 13, p + 17, p + 31, p + 35):
                socket_expose(fd)
                return False
        # Falco leaves the type as it was: a bound server stays one.
        elif not set_pair(fd, 16, p + 1, p + 17, p + 19, p + 35):
            socket_expose(fd)
            return False
    elif p[0] == PPM_AF_UNIX:
        fd.type = FD_UNIX_SOCK
        memcpy(fd.tuple, p + 1, 16)
        socket_expose(fd)
        return True
    if fd.type == FD_IPV4_SOCK:
        if fd.tuple[V4_PROTOCOL] == L4_UNKNOWN:
            fd.tuple[V4_PROTOCOL] = L4_UDP
        fill_in(s, fd)
    elif fd.type == FD_IPV6_SOCK:
        if fd.tuple[V6_PROTOCOL] == L4_UNKNOWN:
            fd.tuple[V6_PROTOCOL] = L4_UDP
        fill_in(s, fd)
    socket_expose(fd)
    return True


cdef bint has_port(const FdTable *fds, uint16_t port, bint as_source) noexcept nogil:
    # Whether an IPv4 socket of the process has that port: its own, or the one it is bound or connected to.
    cdef const Fd *fd
    cdef uint32_t i
    if fds == NULL:
        return False
    for i in range(fds_room(fds)):
        fd = fds_at(fds, i)
        if fd == NULL:
            continue
        if fd.type == FD_IPV4_SOCK:
            if u16_at(fd.tuple + (V4_SOURCE_PORT if as_source else V4_DEST_PORT)) == port:
                return True
        elif fd.type == FD_IPV4_SERVSOCK and not as_source and u16_at(fd.tuple + SERVER4_PORT) == port:
            return True
    return False


cdef void socket_guess_role(Fd *fd, const FdTable *fds, bint incoming) noexcept nogil:
    # Falco reads the ports of an IPv4 pair, whatever the socket is.
    if not has_port(fds, u16_at(fd.tuple + V4_DEST_PORT), False):
        fd.flags |= FD_ROLE_CLIENT
    elif not has_port(fds, u16_at(fd.tuple + V4_SOURCE_PORT), True):
        fd.flags |= FD_ROLE_SERVER
    elif has_no_role(fd):
        # A server usually begins with a read, a client with a write.
        fd.flags |= FD_ROLE_SERVER if incoming else FD_ROLE_CLIENT


cdef void socket_swap(Fd *fd) noexcept nogil:
    cdef uint32_t width = 4 if fd.type == FD_IPV4_SOCK else 16
    cdef uint8_t[16] address
    cdef uint8_t[2] port
    cdef uint8_t *t = fd.tuple
    memcpy(address, t, width)
    memcpy(t, t + width, width)
    memcpy(t + width, address, width)
    t += 2 * width
    memcpy(port, t, 2)
    memcpy(t, t + 2, 2)
    memcpy(t + 2, port, 2)
    socket_expose(fd)


# ---- sockets of a capture's head

cdef void socket_from_table(State *s, Fd *fd) noexcept nogil:
    cdef char name[NAME_SIZE]
    cdef uint8_t *t = fd.tuple
    cdef uint16_t port = fd.sport
    fd.flags = FD_FROM_PROC
    memset(t, 0, sizeof(fd.tuple))
    if fd.type == FD_IPV6_SOCK and is_mapped(fd.sip) and is_mapped(fd.dip):
        fd.type = FD_IPV4_SOCK
        memcpy(fd.sip, &fd.sip[12], 4)
        memcpy(fd.dip, &fd.dip[12], 4)
    if fd.type == FD_IPV4_SOCK or fd.type == FD_IPV6_SOCK:
        if fd.type == FD_IPV4_SOCK:
            memcpy(t, fd.sip, 4)
            memcpy(t + V4_DEST, fd.dip, 4)
            t += V4_SOURCE_PORT
        else:
            memcpy(t, fd.sip, 16)
            memcpy(t + V6_DEST, fd.dip, 16)
            t += V6_SOURCE_PORT
        memcpy(t, &fd.sport, 2)
        memcpy(t + 2, &fd.dport, 2)
        t[4] = fd.l4proto
        if fd.l4proto == L4_TCP:
            fd.flags |= FD_SOCKET_CONNECTED
        if fd.type == FD_IPV4_SOCK:
            text_set(&fd.name, name, both4(name, fd.sip, fd.sport, fd.dip, fd.dport))
        else:
            text_set(&fd.name, name, both6(name, fd.sip, fd.sport, fd.dip, fd.dport))
    elif fd.type == FD_IPV4_SERVSOCK or fd.type == FD_IPV6_SERVSOCK:
        if fd.type == FD_IPV4_SERVSOCK:
            memcpy(t, fd.sip, 4)
            t += SERVER4_PORT
            text_set(&fd.name, name, end4(name, fd.sip, port))
        else:
            memcpy(t, fd.sip, 16)
            t += SERVER6_PORT
            text_set(&fd.name, name, end6(name, fd.sip, port))
        memcpy(t, &port, 2)
        t[2] = fd.l4proto
        s.server_ports[port >> 3] |= <uint8_t> (1 << (port & 7))
    elif fd.type == FD_UNIX_SOCK:
        memcpy(t, &fd.unix_source, 8)
        memcpy(t + UNIX_DEST, &fd.unix_dest, 8)
        fd.flags |= FD_ROLE_SERVER if fd.name.n else FD_ROLE_CLIENT
    socket_expose(fd)


cdef void socket_fix_direction(State *s, Fd *fd) noexcept nogil:
    cdef char name[NAME_SIZE]
    if fd.type != FD_IPV4_SOCK:
        return
    if not s.server_ports[fd.sport >> 3] & (1 << (fd.sport & 7)):
        fd.flags |= FD_ROLE_CLIENT
        return
    socket_swap(fd)
    text_set(&fd.name, name, both4(name, fd.sip, fd.sport, fd.dip, fd.dport))
    fd.flags |= FD_ROLE_SERVER
