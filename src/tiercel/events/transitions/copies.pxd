"""Descriptors that other descriptors are copies of, and whether they end with exec."""

from libc.stdint cimport uint32_t

from tiercel.events.process cimport FD_EVENTPOLL, FD_MEMFD, Fd

cdef enum:
    # PPM_O_CLOEXEC and the same for kinds of descriptor whose flags are other ones.
    O_CLOEXEC = 1 << 12
    EPOLL_CLOEXEC = 1 << 0
    MFD_CLOEXEC = 1 << 0


cdef inline bint ends_with_exec(const Fd *fd) noexcept nogil:
    if fd.openflags & O_CLOEXEC:
        return True
    if fd.type == FD_EVENTPOLL or fd.type == FD_MEMFD:
        return fd.openflags & EPOLL_CLOEXEC != 0
    return False


cdef inline void keep_over_exec(Fd *fd) noexcept nogil:
    fd.openflags &= ~<uint32_t> (O_CLOEXEC | EPOLL_CLOEXEC | MFD_CLOEXEC)
