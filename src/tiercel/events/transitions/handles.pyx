"""Descriptors that no path leads to: pipes, eventfd, epoll, memfd, pidfd, ..."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdio cimport snprintf

from tiercel.events.codes cimport (
    BPF_2_X,
    EPOLL_CREATE1_X,
    EPOLL_CREATE_X,
    EVENTFD2_X,
    EVENTFD_X,
    INOTIFY_INIT1_X,
    INOTIFY_INIT_X,
    IO_URING_SETUP_X,
    MEMFD_CREATE_X,
    N_EVENTS,
    PIDFD_OPEN_X,
    PIPE2_X,
    PIPE_X,
    SIGNALFD4_X,
    SIGNALFD_X,
    TIMERFD_CREATE_X,
    USERFAULTFD_X,
)
from tiercel.events.descriptors cimport fds_row
from tiercel.events.event cimport Bytes, Event, param_i64, param_u8, param_u16, param_u32, param_u64, result
from tiercel.events.process cimport (
    FD_BPF,
    FD_EVENT,
    FD_EVENTPOLL,
    FD_FIFO,
    FD_INOTIFY,
    FD_IOURING,
    FD_MEMFD,
    FD_PIDFD,
    FD_SIGNALFD,
    FD_TIMERFD,
    FD_USERFAULTFD,
    Fd,
)
from tiercel.events.state cimport State
from tiercel.events.text cimport text_set
from tiercel.events.transitions.copies cimport EPOLL_CLOEXEC, O_CLOEXEC
from tiercel.events.transitions.transition cimport open_fd, param_text, register

cdef int[N_EVENTS] kinds


cdef void made(State *s, Event *e) noexcept nogil:
    cdef int64_t num = result(e)
    cdef Fd *fd
    if e.thread == NULL or num < 0:
        return
    fd = fds_row(s)
    if fd == NULL:
        return
    fd.type = kinds[e.type]
    if e.type == INOTIFY_INIT1_X or e.type == SIGNALFD4_X or e.type == EVENTFD2_X:
        fd.openflags = param_u16(e, 1)
    elif e.type == TIMERFD_CREATE_X:
        fd.openflags = param_u8(e, 2)
    elif e.type == EPOLL_CREATE1_X and param_u32(e, 1) & EPOLL_CLOEXEC:
        fd.openflags = O_CLOEXEC
    open_fd(s, e, num, fd)


cdef void pipe_end(State *s, Event *e, int64_t num, uint64_t ino, uint32_t openflags) noexcept nogil:
    cdef Fd *fd = fds_row(s)
    if fd == NULL:
        return
    fd.type = FD_FIFO
    fd.ino = ino
    fd.openflags = openflags
    open_fd(s, e, num, fd)


cdef void piped(State *s, Event *e) noexcept nogil:
    cdef uint32_t openflags
    if e.thread == NULL or result(e) < 0:
        return
    openflags = param_u32(e, 4) if e.type == PIPE2_X else 0
    pipe_end(s, e, param_i64(e, 1), param_u64(e, 3), openflags)
    pipe_end(s, e, param_i64(e, 2), param_u64(e, 3), openflags)


cdef void memory_file_made(State *s, Event *e) noexcept nogil:
    # Where the call failed Falco opens a descriptor with the error's number all the same.
    cdef int64_t num = result(e)
    cdef Fd *fd
    cdef Bytes name
    if e.thread == NULL:
        return
    fd = fds_row(s)
    if fd == NULL:
        return
    if num >= 0:
        name = param_text(e, 1)
        fd.type = FD_MEMFD
        text_set(&fd.name, name.p, name.n)
        fd.openflags = param_u32(e, 2)
    fd = open_fd(s, e, num, fd)
    e.fd_name_changed = fd != NULL and fd.name.n != 0


cdef void process_opened(State *s, Event *e) noexcept nogil:
    cdef int64_t num = result(e), pid = param_i64(e, 1)
    cdef char name[32]
    cdef Fd *fd
    if e.thread == NULL or num < 0:
        return
    fd = fds_row(s)
    if fd == NULL:
        return
    fd.type = FD_PIDFD
    text_set(&fd.name, name, <uint32_t> snprintf(name, sizeof(name), b"/proc/%lld", <long long> pid))
    fd.openflags = param_u32(e, 2)
    fd.pid = pid
    e.fd_name_changed = open_fd(s, e, num, fd) != NULL


for _type, _kind in (
    (EVENTFD_X, FD_EVENT),
    (EVENTFD2_X, FD_EVENT),
    (SIGNALFD_X, FD_SIGNALFD),
    (SIGNALFD4_X, FD_SIGNALFD),
    (TIMERFD_CREATE_X, FD_TIMERFD),
    (INOTIFY_INIT_X, FD_INOTIFY),
    (INOTIFY_INIT1_X, FD_INOTIFY),
    (BPF_2_X, FD_BPF),
    (USERFAULTFD_X, FD_USERFAULTFD),
    (IO_URING_SETUP_X, FD_IOURING),
    (EPOLL_CREATE_X, FD_EVENTPOLL),
    (EPOLL_CREATE1_X, FD_EVENTPOLL),
):
    kinds[<int> _type] = _kind
    register(_type, made)
register(PIPE_X, piped)
register(PIPE2_X, piped)
register(MEMFD_CREATE_X, memory_file_made)
register(PIDFD_OPEN_X, process_opened)
