"""Fields of sockets: fd.*ip, fd.*port, fd.*net, fd.*proto and what else an IP or unix socket has.

A connection keeps its client's end as source and its server's as destination, whichever of them runs here. Local is the
end with an address of this machine (or of the thread's container), remote the other one; where the source is not local,
the destination counts as local. While it is not known who is the client (no role), a connection shows neither end.

Names of hosts and services are never looked up, so that a result does not depend on a network: *.name is absent, and
fd.*proto shows the port's number, as a Falco without name resolution does.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.stdio cimport snprintf

from tiercel.events.fields.fd_event cimport event_fd
from tiercel.events.fields.fd_kind cimport address_size, is_connection, is_listener
from tiercel.events.fields.fd_local cimport is_local
from tiercel.events.fields.field cimport (
    Arg,
    Context,
    Out,
    arena_alloc,
    put_bool,
    put_ip,
    put_string,
    put_uint,
    register,
    register_features,
    register_printed,
)
from tiercel.events.process cimport (
    FD_ROLE_CLIENT,
    FD_ROLE_SERVER,
    FD_SOCKET_CONNECTED,
    FD_UNIX_SOCK,
    Fd,
)
from tiercel.events.state cimport FEATURE_CONNECTED

cdef enum Protocol:
    # SCAP_L4_* of libscap
    L4_NONE = 1
    L4_TCP = 2
    L4_UDP = 3
    L4_ICMP = 4
    L4_RAW = 5


cdef inline bint has_role(const Fd *fd) noexcept nogil:
    return fd.flags & <uint32_t> (FD_ROLE_CLIENT | FD_ROLE_SERVER) != 0


cdef inline Fd *connection(const Context *c) noexcept nogil:
    # The event's descriptor where it is a connection whose ends are known for client and server.
    cdef Fd *fd = event_fd(c)
    return fd if fd != NULL and is_connection(fd) and has_role(fd) else NULL


cdef inline bint source_is_local(const Context *c, const Fd *fd) noexcept nogil:
    return is_local(c.state, c.event.thread, fd.sip, address_size(fd))


cdef inline bint put_source(Out *out, const Fd *fd) noexcept nogil:
    return put_ip(out, fd.sip, address_size(fd))


cdef inline bint put_destination(Out *out, const Fd *fd) noexcept nogil:
    return put_ip(out, fd.dip, address_size(fd))


# ---- addresses

cdef bint ip(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Both ends, of any role; a listener has one. Of any other descriptor none, but it `exists`.
    cdef Fd *fd = event_fd(c)
    if fd == NULL:
        return False
    if is_connection(fd):
        return put_source(out, fd) and put_destination(out, fd)
    return not is_listener(fd) or put_source(out, fd)


cdef bint cip(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = connection(c)
    return fd != NULL and put_source(out, fd)


cdef bint sip(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    if fd == NULL or not has_role(fd):
        return False
    if is_connection(fd):
        return put_destination(out, fd)
    return is_listener(fd) and put_source(out, fd)


cdef bint lip(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = connection(c)
    if fd == NULL:
        return False
    return put_source(out, fd) if source_is_local(c, fd) else put_destination(out, fd)


cdef bint rip(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = connection(c)
    if fd == NULL:
        return False
    return put_destination(out, fd) if source_is_local(c, fd) else put_source(out, fd)


# ---- ports

cdef bint port(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    if fd == NULL:
        return False
    if is_connection(fd):
        return put_uint(out, fd.sport) and put_uint(out, fd.dport)
    return not is_listener(fd) or put_uint(out, fd.sport)


cdef bint cport(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = connection(c)
    return fd != NULL and put_uint(out, fd.sport)


cdef bint sport(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    if fd == NULL:
        return False
    if is_connection(fd):
        return has_role(fd) and put_uint(out, fd.dport)
    return is_listener(fd) and put_uint(out, fd.sport)


cdef bint lport(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = connection(c)
    return fd != NULL and put_uint(out, fd.sport if source_is_local(c, fd) else fd.dport)


cdef bint rport(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = connection(c)
    return fd != NULL and put_uint(out, fd.dport if source_is_local(c, fd) else fd.sport)


# ---- services

cdef bint put_service(Context *c, uint16_t number, Out *out) noexcept nogil:
    cdef char *p = arena_alloc(c, 8)
    return p != NULL and put_string(out, p, <uint32_t> snprintf(p, 8, b"%u", <unsigned int> number))


cdef bint cproto(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Of a descriptor that has a role and is no connection: an empty string.
    cdef Fd *fd = event_fd(c)
    if fd == NULL or not has_role(fd):
        return False
    return put_service(c, fd.sport, out) if is_connection(fd) else put_string(out, "", 0)


cdef bint sproto(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Of a listener: an empty string.
    cdef Fd *fd = event_fd(c)
    if fd == NULL:
        return False
    if is_connection(fd):
        return has_role(fd) and put_service(c, fd.dport, out)
    return is_listener(fd) and put_string(out, "", 0)


cdef bint lproto(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = connection(c)
    return fd != NULL and put_service(c, fd.sport if source_is_local(c, fd) else fd.dport, out)


cdef bint rproto(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = connection(c)
    return fd != NULL and put_service(c, fd.dport if source_is_local(c, fd) else fd.sport, out)


# ---- names of hosts

cdef bint host(Context *c, const Arg *a, Out *out) noexcept nogil:
    # To a condition: a name that equals no other, of connections; any descriptor `exists`.
    cdef Fd *fd = event_fd(c)
    if fd == NULL:
        return False
    return not (is_connection(fd) and has_role(fd)) or put_string(out, "", 0)


cdef bint absent(Context *c, const Arg *a, Out *out) noexcept nogil:
    return False


# ---- kind and state

cdef uint8_t protocol(const Fd *fd) noexcept nogil:
    if is_connection(fd):
        return fd.l4proto if has_role(fd) or fd.l4proto == L4_RAW else <uint8_t> L4_NONE
    return fd.l4proto if is_listener(fd) else <uint8_t> L4_NONE


cdef bint l4proto(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    cdef uint8_t found
    if fd == NULL:
        return False
    found = protocol(fd)
    if found == L4_TCP:
        return put_string(out, "tcp", 3)
    if found == L4_UDP:
        return put_string(out, "udp", 3)
    if found == L4_ICMP:
        return put_string(out, "icmp", 4)
    if found == L4_RAW:
        return put_string(out, "raw", 3)
    return put_string(out, "<NA>", 4)


cdef bint sockfamily(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    if fd == NULL:
        return False
    if is_connection(fd) or is_listener(fd):
        return put_string(out, "ip", 2)
    return fd.type == FD_UNIX_SOCK and put_string(out, "unix", 4)


cdef bint is_server(Context *c, const Arg *a, Out *out) noexcept nogil:
    # The server's end is here: a listener, or a connection to an address of this machine.
    cdef Fd *fd = event_fd(c)
    if fd == NULL:
        return False
    if is_connection(fd):
        return put_bool(out, is_local(c.state, c.event.thread, fd.dip, address_size(fd)))
    return put_bool(out, is_listener(fd))


cdef bint connected(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    return fd != NULL and put_bool(out, fd.flags & FD_SOCKET_CONNECTED != 0)


register("fd.ip", ip)
register("fd.cip", cip)
register("fd.sip", sip)
register("fd.lip", lip)
register("fd.rip", rip)
register("fd.net", ip)
register("fd.cnet", cip)
register("fd.snet", sip)
register("fd.lnet", lip)
register("fd.rnet", rip)
register("fd.port", port)
register("fd.cport", cport)
register("fd.sport", sport)
register("fd.lport", lport)
register("fd.rport", rport)
register("fd.proto", port)
register("fd.cproto", cproto)
register("fd.sproto", sproto)
register("fd.lproto", lproto)
register("fd.rproto", rproto)
register("fd.cip.name", host)
register("fd.sip.name", host)
register("fd.lip.name", host)
register("fd.rip.name", host)
register_printed("fd.cip.name", absent)
register_printed("fd.sip.name", absent)
register_printed("fd.lip.name", absent)
register_printed("fd.rip.name", absent)
register("fd.l4proto", l4proto)
register("fd.sockfamily", sockfamily)
register("fd.is_server", is_server)
register("fd.connected", connected)
register_features("fd.connected", FEATURE_CONNECTED)
