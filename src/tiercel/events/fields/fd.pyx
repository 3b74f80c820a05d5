"""Fields of the descriptor that an event is about: fd.*, of any kind of descriptor (`fd_socket`: of sockets)."""

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.stdio cimport snprintf
from libc.string cimport memcpy, strlen

from tiercel.events.codes cimport (
    ACCEPT4_6_X,
    ACCEPT_5_X,
    CREAT_X,
    EVENTFD2_X,
    EVENTFD_X,
    INOTIFY_INIT1_X,
    INOTIFY_INIT_X,
    OPENAT2_X,
    OPENAT_2_X,
    PIPE2_X,
    PIPE_X,
    SIGNALFD4_X,
    SIGNALFD_X,
    SOCKET_X,
    TIMERFD_CREATE_X,
)
from tiercel.events.descriptors cimport fds_at, fds_get, fds_room
from tiercel.events.event cimport Bytes
from tiercel.events.fd_order cimport order_at
from tiercel.events.fields.arguments cimport fd_letter
from tiercel.events.fields.fd_event cimport about_fd, event_fd, name_in_event
from tiercel.events.fields.fd_kind cimport fd_type_name, is_file
from tiercel.events.fields.field cimport (
    Arg,
    Context,
    Out,
    arena_alloc,
    put_bool,
    put_bytes,
    put_int,
    put_string,
    put_uint,
    register,
    register_features,
    register_printed,
)
from tiercel.events.fields.proc_line cimport text_view, view
from tiercel.events.process cimport FD_DIRECTORY, FD_OVERLAY_LOWER, FD_OVERLAY_UPPER, Fd, FdTable, Text, Thread
from tiercel.events.state cimport FEATURE_FD_ORDER, state_fd, state_fds


# ---- number

cdef bint num(Context *c, const Arg *a, Out *out) noexcept nogil:
    return about_fd(c) and put_int(out, c.event.thread.lastevent_fd)


cdef bint uid(Context *c, const Arg *a, Out *out) noexcept nogil:
    # The thread's number and the descriptor's, one after the other.
    cdef char *p
    cdef Thread *t = c.event.thread
    if not about_fd(c):
        return False
    p = arena_alloc(c, 48)
    if p == NULL:
        return False
    return put_string(
        out, p, <uint32_t> snprintf(p, 48, b"%lld%lld", <long long> t.tid, <long long> t.lastevent_fd)
    )


# ---- kind

cdef inline bint put_type(Out *out, const Fd *fd) noexcept nogil:
    cdef const char *p = fd_type_name(fd.type)
    return put_string(out, p, <uint32_t> strlen(p))


cdef bint type_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    return fd != NULL and put_type(out, fd)


cdef char letter_of_event(uint32_t type) noexcept nogil:
    # What a descriptor would be that the event did not get. An accepted connection counts as IPv4, whatever it is.
    type |= 1
    if type == OPENAT_2_X or type == OPENAT2_X or type == CREAT_X:
        return c'f'
    if type == SOCKET_X or type == ACCEPT_5_X or type == ACCEPT4_6_X:
        return c'4'
    if type == PIPE_X or type == PIPE2_X:
        return c'p'
    if type == EVENTFD_X or type == EVENTFD2_X:
        return c'e'
    if type == SIGNALFD_X or type == SIGNALFD4_X:
        return c's'
    if type == TIMERFD_CREATE_X:
        return c't'
    if type == INOTIFY_INIT_X or type == INOTIFY_INIT1_X:
        return c'i'
    return c'o'


cdef bint typechar(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd
    cdef char *p
    if not about_fd(c):
        return False
    fd = event_fd(c)
    p = arena_alloc(c, 1)
    if p == NULL:
        return False
    p[0] = fd_letter(fd) if fd != NULL else letter_of_event(c.event.type)
    return put_string(out, p, 1)


cdef bint put_types(Context *c, Out *out) noexcept nogil:
    # In Falco's order where the state keeps it, else by their numbers.
    cdef FdTable *table = state_fds(c.state, c.event.thread)
    cdef const Fd *fd
    cdef const char *kind
    cdef uint32_t i, k
    if table == NULL:
        return True
    for i in range(table.order.n if table.order != NULL else fds_room(table)):
        fd = fds_get(table, order_at(table.order, i)) if table.order != NULL else fds_at(table, i)
        if fd == NULL:
            continue
        kind = fd_type_name(fd.type)
        k = 0
        while k < out.n and out.items[k].p != kind:
            k += 1
        if k == out.n and not put_type(out, fd):
            break
    return True


cdef bint types(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Every kind among the process's open descriptors once; fd.types[N]: that of descriptor N.
    cdef Fd *fd
    if not about_fd(c):
        return False
    if a.index != -1:
        fd = state_fd(c.state, c.event.thread, a.index) if a.index >= 0 else NULL
        return fd != NULL and put_type(out, fd)
    return put_types(c, out)


# ---- name

cdef inline Bytes name_of(Context *c, const Fd *fd) noexcept nogil:
    return text_view(&fd.name) if fd != NULL else name_in_event(c, False)


cdef bint with_container(Context *c, Bytes name, Out *out) noexcept nogil:
    # The container's id, empty on the host, and the name.
    cdef Text *id = &c.event.thread.container_id
    cdef char *p
    if name.p == NULL:
        return False
    p = arena_alloc(c, <size_t> id.n + 1 + name.n)
    if p == NULL:
        return False
    if id.n:
        memcpy(p, id.p, id.n)
    p[id.n] = c':'
    memcpy(p + id.n + 1, name.p, name.n)
    return put_string(out, p, id.n + 1 + name.n)


cdef bint name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return about_fd(c) and put_bytes(out, name_of(c, event_fd(c)))


cdef bint containername(Context *c, const Arg *a, Out *out) noexcept nogil:
    return about_fd(c) and with_container(c, name_of(c, event_fd(c)), out)


cdef inline int64_t last_slash(Bytes path) noexcept nogil:
    cdef int64_t i = <int64_t> path.n - 1
    while i >= 0 and path.p[i] != c'/':
        i -= 1
    return i


cdef Bytes directory_of(Context *c) noexcept nogil:
    # Of a file, or of what the event names; a directory is its own. p is NULL for other descriptors.
    cdef Fd *fd = event_fd(c)
    cdef Bytes path
    cdef int64_t slash
    if fd != NULL and fd.type == FD_DIRECTORY:
        return text_view(&fd.name)
    if fd != NULL and not is_file(fd):
        return view(NULL, 0)
    path = name_of(c, fd)
    if path.p == NULL:
        return path
    slash = last_slash(path)
    if slash <= 0:
        return view(b"/", 1)
    return view(path.p, <uint32_t> slash) if slash < <int64_t> path.n - 1 else path


cdef bint directory(Context *c, const Arg *a, Out *out) noexcept nogil:
    return about_fd(c) and put_bytes(out, directory_of(c))


cdef bint containerdirectory(Context *c, const Arg *a, Out *out) noexcept nogil:
    return about_fd(c) and with_container(c, directory_of(c), out)


cdef bint filename(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    cdef Bytes path
    cdef int64_t slash
    if fd == NULL or not is_file(fd):
        return False
    path = text_view(&fd.name)
    slash = last_slash(path)
    if slash < 0:
        return put_string(out, "/", 1)
    if slash == <int64_t> path.n - 1:
        return put_bytes(out, path)
    return put_string(out, path.p + slash + 1, path.n - 1 - <uint32_t> slash)


cdef bint has_double_slash(Bytes path) noexcept nogil:
    cdef uint32_t i
    for i in range(1, path.n):
        if path.p[i] == c'/' and path.p[i - 1] == c'/':
            return True
    return False


cdef bint nameraw(Context *c, const Arg *a, Out *out) noexcept nogil:
    # As the process wrote it, but for doubled slashes.
    cdef Fd *fd
    cdef Bytes path
    cdef char *p
    cdef uint32_t i, n = 0
    if not about_fd(c):
        return False
    fd = event_fd(c)
    path = text_view(&fd.name_raw) if fd != NULL else name_in_event(c, True)
    if path.p == NULL or not has_double_slash(path):
        return put_bytes(out, path)
    p = arena_alloc(c, path.n)
    if p == NULL:
        return False
    for i in range(path.n):
        if n == 0 or path.p[i] != c'/' or p[n - 1] != c'/':
            p[n] = path.p[i]
            n += 1
    return put_string(out, p, n)


cdef bint name_changed(Context *c, const Arg *a, Out *out) noexcept nogil:
    return event_fd(c) != NULL and put_bool(out, c.event.fd_name_changed)


# ---- file

cdef bint dev(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    return fd != NULL and put_int(out, <int32_t> fd.dev)


cdef bint dev_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    # As 32 bits in hexadecimal.
    cdef Fd *fd = event_fd(c)
    return fd != NULL and put_uint(out, fd.dev)


cdef bint dev_major(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Linux's encoding: 12 bits of the major number above 8 of the minor one, the rest of that on top.
    cdef Fd *fd = event_fd(c)
    return fd != NULL and put_int(out, fd.dev >> 8 & 0xFFF)


cdef bint dev_minor(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    return fd != NULL and put_int(out, fd.dev & 0xFF | fd.dev >> 12 & 0xFFF00)


cdef bint ino(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    return fd != NULL and put_int(out, <int64_t> fd.ino)


cdef bint is_upper_layer(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    return fd != NULL and put_bool(out, fd.flags & FD_OVERLAY_UPPER != 0)


cdef bint is_lower_layer(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = event_fd(c)
    return fd != NULL and put_bool(out, fd.flags & FD_OVERLAY_LOWER != 0)


register("fd.num", num)
register("fd.uid", uid)
register("fd.type", type_name)
register("fd.typechar", typechar)
register("fd.types", types)
register_features("fd.types", FEATURE_FD_ORDER)
register("fd.name", name)
register("fd.containername", containername)
register("fd.directory", directory)
register("fd.containerdirectory", containerdirectory)
register("fd.filename", filename)
register("fd.nameraw", nameraw)
register("fd.name_changed", name_changed)
register("fd.dev", dev)
register_printed("fd.dev", dev_printed)
register("fd.dev.major", dev_major)
register("fd.dev.minor", dev_minor)
register("fd.ino", ino)
register("fd.is_upper_layer", is_upper_layer)
register("fd.is_lower_layer", is_lower_layer)
