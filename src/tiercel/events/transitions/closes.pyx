"""Descriptors that are closed."""

from libc.stdint cimport int64_t, uint32_t

from tiercel.events.codes cimport CLOSE_RANGE_X, CLOSE_X, PPM_O_CLOEXEC
from tiercel.events.descriptors cimport fds_at, fds_own, fds_remove, fds_room
from tiercel.events.event cimport Event, param_u32, result
from tiercel.events.process cimport Fd, FdTable
from tiercel.events.state cimport State
from tiercel.events.threads cimport thread_fds
from tiercel.events.transitions.transition cimport register

cdef enum:
    CLOSE_RANGE_CLOEXEC = 1 << 2


cdef void closed(State *s, Event *e) noexcept nogil:
    # The descriptor stays for the rules to see; state_leave() takes it out.
    if e.fd != NULL and result(e) >= 0:
        s.leaving_fd_of = e.thread
        s.leaving_fd = e.thread.lastevent_fd


cdef void range_closed(State *s, Event *e) noexcept nogil:
    cdef FdTable *fds
    cdef Fd *fd
    cdef uint32_t i = 0
    cdef int64_t first = param_u32(e, 1), last = param_u32(e, 2)
    if e.thread == NULL or result(e) < 0:
        return
    fds = thread_fds(e.thread)
    if fds == NULL:
        return
    while i < fds_room(fds):
        fd = fds_at(fds, i)
        if fd != NULL and first <= fd.num <= last:
            if not param_u32(e, 3) & CLOSE_RANGE_CLOEXEC:
                # Another row may move into this place.
                fds_remove(s, fds, fd.num)
                if fds_at(fds, i) != NULL:
                    continue
            elif not fd.openflags & PPM_O_CLOEXEC:
                fds_own(s, fds, fd).openflags |= PPM_O_CLOEXEC
        i += 1


register(CLOSE_X, closed)
register(CLOSE_RANGE_X, range_closed)
