"""Sockets that are made, bound, connected, accepted, and what traffic tells of them."""

from libc.stdint cimport int64_t, uint8_t, uint32_t

from tiercel.events.addresses cimport NAME_SIZE, address_valid, pair_name, pair_valid
from tiercel.events.codes cimport (
    ACCEPT4_6_X,
    ACCEPT_5_X,
    BIND_X,
    CONNECT_X,
    PPM_AF_INET,
    PPM_AF_INET6,
    PREAD_X,
    PREADV_X,
    PWRITE_X,
    PWRITEV_X,
    READ_X,
    READV_X,
    RECV_X,
    RECVFROM_X,
    RECVMMSG_X,
    RECVMSG_X,
    SEND_X,
    SENDMMSG_X,
    SENDMSG_X,
    SENDTO_X,
    SOCKET_X,
    SOCKETPAIR_X,
    WRITE_X,
    WRITEV_X,
)
from tiercel.events.descriptors cimport fds_row, fds_twin
from tiercel.events.event cimport Bytes, Event, param_i64, param_u32, result
from tiercel.events.process cimport (
    FD_CONNECTION_FAILED,
    FD_CONNECTION_PENDING,
    FD_IPV4_SOCK,
    FD_IPV6_SOCK,
    FD_ROLE_CLIENT,
    FD_ROLE_SERVER,
    FD_SOCKET_CONNECTED,
    FD_UNIX_SOCK,
    Fd,
    Text,
)
from tiercel.events.sockets cimport (
    has_no_role,
    is_tcp4,
    socket_accept,
    socket_begin,
    socket_bind,
    socket_connect,
    socket_connect_address,
    socket_expose,
    socket_guess_role,
    socket_name,
    socket_swap,
    socket_update,
)
from tiercel.events.state cimport State
from tiercel.events.text cimport text_clear, text_equals, text_init, text_set, text_share
from tiercel.events.threads cimport thread_fds
from tiercel.events.transitions.copies cimport O_CLOEXEC
from tiercel.events.transitions.entries cimport entry_of, entry_param
from tiercel.events.transitions.transition cimport open_fd, own_fd, param, register

cdef enum:
    EINPROGRESS = 115
    SOCK_DGRAM = 2
    IPPROTO_UDP = 17


cdef inline bint is_internet(const Fd *fd) noexcept nogil:
    return fd.type == FD_IPV4_SOCK or fd.type == FD_IPV6_SOCK


cdef inline void set_connected(Fd *fd) noexcept nogil:
    fd.flags &= ~<uint32_t> (FD_CONNECTION_PENDING | FD_CONNECTION_FAILED)
    fd.flags |= FD_SOCKET_CONNECTED


cdef inline Fd *renaming(State *s, Event *e, Text *before) noexcept nogil:
    # The event's descriptor for changing it, and the name it had.
    cdef Fd *fd = own_fd(s, e)
    text_init(before)
    text_share(before, &fd.name)
    return fd


cdef inline void renamed(Event *e, Text *before) noexcept nogil:
    e.fd_name_changed = not text_equals(before, &e.fd.name)
    text_clear(before)


# ---- made

cdef void add_socket(
    State *s, Event *e, int64_t num, uint32_t domain, uint32_t type, uint32_t protocol, uint32_t openflags
) noexcept nogil:
    cdef Fd *fd = fds_row(s)
    if fd == NULL:
        return
    fd.openflags = openflags
    socket_begin(fd, domain, type, protocol)
    open_fd(s, e, num, fd)


cdef void made(State *s, Event *e) noexcept nogil:
    cdef int64_t num = result(e)
    if num >= 0 and e.thread != NULL:
        add_socket(s, e, num, param_u32(e, 1), param_u32(e, 2), param_u32(e, 3), param_u32(e, 4))


cdef void pair_made(State *s, Event *e) noexcept nogil:
    cdef int64_t one = param_i64(e, 1), other = param_i64(e, 2)
    cdef Bytes source = param(e, 3), dest = param(e, 4)
    cdef Fd *first
    cdef Fd *second
    cdef uint32_t i
    if result(e) < 0 or e.thread == NULL or one == other:
        return
    first = fds_row(s)
    if first == NULL:
        return
    first.type = FD_UNIX_SOCK
    for i in range(8):
        first.tuple[i] = <uint8_t> source.p[i] if source.n >= 8 else 0
        first.tuple[8 + i] = <uint8_t> dest.p[i] if dest.n >= 8 else 0
    socket_expose(first)
    second = fds_twin(s, first)
    first = open_fd(s, e, one, first)
    if second != NULL:
        open_fd(s, e, other, second)
    e.fd = first


# ---- bound, connected, accepted

cdef void bound(State *s, Event *e) noexcept nogil:
    cdef Text before
    if e.fd == NULL or result(e) < 0 or not address_valid(param(e, 1)):
        return
    socket_bind(renaming(s, e, &before), param(e, 1))
    renamed(e, &before)


cdef void connected(State *s, Event *e) noexcept nogil:
    cdef int64_t res = result(e)
    cdef Bytes pair = param(e, 1), on_exit = param(e, 3), on_enter
    cdef Text before
    cdef Fd *fd
    if e.fd == NULL or (res < 0 and res != -EINPROGRESS):
        return
    fd = renaming(s, e, &before)
    set_connected(fd)
    on_enter.p = NULL
    on_enter.n = 0
    if entry_of(e):
        on_enter = entry_param(e.thread, 1)
        if not address_valid(on_enter):
            on_enter.p = NULL
    if not address_valid(on_exit):
        on_exit.p = NULL
    if pair.n == 0:
        # Fast open with a cookie: there is no pair yet.
        if on_enter.p != NULL:
            socket_connect_address(fd, on_enter, pair)
    elif pair_valid(pair):
        # Addresses of another family than the pair's are of no use.
        if on_exit.p != NULL and (on_exit.p[0] != pair.p[0] or not address_valid(on_exit)):
            on_exit.p = NULL
        if on_enter.p != NULL and on_enter.p[0] != pair.p[0]:
            on_enter.p = NULL
        socket_connect(fd, pair, <const uint8_t *> on_exit.p, <const uint8_t *> on_enter.p, on_enter.n)
    renamed(e, &before)


cdef void accepted(State *s, Event *e) noexcept nogil:
    cdef int64_t num = result(e)
    cdef Bytes pair = param(e, 1)
    cdef Fd *fd
    if e.thread == NULL or num < 0:
        return
    e.thread.lastevent_fd = num
    if not pair_valid(pair):
        return
    fd = fds_row(s)
    if fd == NULL:
        return
    if not socket_accept(fd, pair):
        fd.next = s.gone_fds
        s.gone_fds = fd
        return
    if e.type == ACCEPT4_6_X:
        fd.openflags = param_u32(e, 5) & O_CLOEXEC
    fd.flags = FD_ROLE_SERVER
    set_connected(fd)
    fd = open_fd(s, e, num, fd)
    e.fd_name_changed = fd != NULL and fd.name.n != 0


# ---- traffic

cdef void learn(State *s, Event *e, Bytes pair, bint incoming) noexcept nogil:
    # A call that carries both addresses, on a socket that is not known to be connected to just these.
    cdef Text before
    cdef Fd *fd
    cdef char name[NAME_SIZE]
    if not pair_valid(pair):
        return
    fd = renaming(s, e, &before)
    if socket_update(s, fd, pair):
        if is_internet(fd):
            if has_no_role(fd):
                socket_guess_role(fd, thread_fds(e.thread), incoming)
            if fd.flags & (FD_ROLE_CLIENT if incoming else FD_ROLE_SERVER):
                socket_swap(fd)
            socket_name(fd)
        else:
            text_set(&fd.name, name, pair_name(name, pair))
    renamed(e, &before)


cdef inline bint moved_data(State *s, Event *e) noexcept nogil:
    # Whether it did; then an internet socket is connected.
    if result(e) < 0:
        return False
    if is_internet(e.fd) and e.fd.flags & (FD_SOCKET_CONNECTED | FD_CONNECTION_PENDING | FD_CONNECTION_FAILED) != (
        FD_SOCKET_CONNECTED
    ):
        set_connected(own_fd(s, e))
    return True


cdef void read_or_written(State *s, Event *e) noexcept nogil:
    if e.fd != NULL:
        moved_data(s, e)


cdef void received(State *s, Event *e) noexcept nogil:
    cdef uint32_t at = 4
    # Old captures have recvmmsg without parameters.
    if e.fd == NULL or (e.type == RECVMMSG_X and param(e, 0).n == 0) or not moved_data(s, e):
        return
    if e.fd.name.n and is_tcp4(e.fd):
        return
    if e.type == RECVFROM_X:
        at = 2
    elif e.type == RECVMSG_X:
        at = 3
    learn(s, e, param(e, at), True)


cdef void sent(State *s, Event *e) noexcept nogil:
    cdef Bytes pair = param(e, 4)
    cdef uint8_t family
    if e.type == SENDMMSG_X:
        if param(e, 0).n == 0:
            return
    elif e.fd == NULL and e.thread != NULL and result(e) >= 0 and pair.n:
        # A socket of which nothing was seen: taken for UDP.
        family = <uint8_t> pair.p[0]
        if family == PPM_AF_INET or family == PPM_AF_INET6:
            add_socket(s, e, param_i64(e, 2), family, SOCK_DGRAM, IPPROTO_UDP, 0)
    if e.fd == NULL or not moved_data(s, e):
        return
    if e.fd.name.n and is_tcp4(e.fd):
        return
    learn(s, e, pair, False)


register(SOCKET_X, made)
register(SOCKETPAIR_X, pair_made)
register(BIND_X, bound)
register(CONNECT_X, connected)
register(ACCEPT_5_X, accepted)
register(ACCEPT4_6_X, accepted)
for _type in (READ_X, READV_X, PREAD_X, PREADV_X, WRITE_X, WRITEV_X, PWRITE_X, PWRITEV_X):
    register(_type, read_or_written)
for _type in (RECV_X, RECVFROM_X, RECVMSG_X, RECVMMSG_X):
    register(_type, received)
for _type in (SEND_X, SENDTO_X, SENDMSG_X, SENDMMSG_X):
    register(_type, sent)
