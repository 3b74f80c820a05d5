"""dup, fcntl, pidfd_getfd."""

from libc.stdint cimport int64_t, uint8_t

from tiercel.events.codes cimport (
    DUP2_X,
    DUP3_X,
    DUP_1_X,
    FCNTL_X,
    PIDFD_GETFD_X,
    PPM_CL_PIPE_DST,
    PPM_CL_PIPE_SRC,
    PPM_FCNTL_F_DUPFD,
    PPM_FCNTL_F_DUPFD_CLOEXEC,
    PPM_FCNTL_F_SETFD,
)
from tiercel.events.descriptors cimport fds_get, fds_twin
from tiercel.events.event cimport Event, param_i64, param_u8, param_u32, param_u64, result
from tiercel.events.process cimport FD_PIDFD, FdTable, Thread
from tiercel.events.state cimport State
from tiercel.events.threads cimport thread_fds, thread_find
from tiercel.events.transitions.transition cimport open_fd, own_fd, register

cdef enum:
    FD_CLOEXEC = 1


cdef void copy(State *s, Event *e, const Fd *of, bint cloexec) noexcept nogil:
    cdef Fd *twin = fds_twin(s, of)
    if twin == NULL:
        return
    keep_over_exec(twin)
    if cloexec:
        twin.openflags |= O_CLOEXEC
    open_fd(s, e, result(e), twin)


cdef void duplicated(State *s, Event *e) noexcept nogil:
    cdef int64_t num = result(e)
    if num < 0 or e.fd == NULL:
        return
    # A shell that joins two commands gives them its pipe as standard input and output.
    if num == 0:
        e.thread.flags |= PPM_CL_PIPE_DST
    elif num == 1:
        e.thread.flags |= PPM_CL_PIPE_SRC
    copy(s, e, e.fd, e.type == DUP3_X and param_u32(e, 3) & O_CLOEXEC != 0)


cdef void controlled(State *s, Event *e) noexcept nogil:
    cdef uint8_t command = param_u8(e, 2)
    cdef Fd *fd
    if command != PPM_FCNTL_F_DUPFD and command != PPM_FCNTL_F_DUPFD_CLOEXEC and command != PPM_FCNTL_F_SETFD:
        return
    if e.fd == NULL or result(e) < 0:
        return
    if command != PPM_FCNTL_F_SETFD:
        copy(s, e, e.fd, command == PPM_FCNTL_F_DUPFD_CLOEXEC)
        return
    fd = own_fd(s, e)
    keep_over_exec(fd)
    if param_u64(e, 3) & FD_CLOEXEC:
        fd.openflags |= O_CLOEXEC


cdef void taken_over(State *s, Event *e) noexcept nogil:
    # pidfd_getfd: a copy of another process's descriptor.
    cdef FdTable *fds
    cdef Fd *pidfd
    cdef Fd *target
    cdef Thread *other
    cdef int64_t num = param_i64(e, 1)
    if e.thread == NULL:
        return
    fds = thread_fds(e.thread)
    pidfd = fds_get(fds, num) if fds != NULL and num >= 0 else NULL
    if pidfd == NULL or pidfd.type != FD_PIDFD:
        return
    other = thread_find(s, pidfd.pid)
    fds = thread_fds(other) if other != NULL else NULL
    num = param_i64(e, 2)
    target = fds_get(fds, num) if fds != NULL and num >= 0 else NULL
    if target != NULL:
        copy(s, e, target, True)


register(DUP_1_X, duplicated)
register(DUP2_X, duplicated)
register(DUP3_X, duplicated)
register(FCNTL_X, controlled)
register(PIDFD_GETFD_X, taken_over)
