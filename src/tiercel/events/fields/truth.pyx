"""tiercel.fd.*: the two names of a file, and what else the kernel tells of it."""

from libc.stdint cimport int64_t

from tiercel.events.fields.fd_event cimport event_fd
from tiercel.events.fields.field cimport Arg, Context, Out, put_bool, put_int, put_text, register
from tiercel.events.process cimport FD_CREATED, FD_ELSEWHERE, FD_MISNAMED, FD_TRUTH, Fd


cdef inline Fd *told(Context *c) noexcept nogil:
    # The event's descriptor, where the kernel told of its file.
    cdef Fd *fd = event_fd(c)
    return fd if fd != NULL and fd.flags & FD_TRUTH else NULL


cdef bint true_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = told(c)
    if fd == NULL:
        return False
    return put_text(out, &fd.name if c.truth or fd.true_name.n == 0 else &fd.true_name)


cdef bint claimed(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = told(c)
    if fd == NULL:
        return False
    return put_text(out, &fd.true_name if c.truth and fd.true_name.n else &fd.name)


cdef bint differs(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = told(c)
    return fd != NULL and put_bool(out, fd.true_name.n != 0)


cdef bint created(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = told(c)
    return fd != NULL and put_bool(out, fd.flags & FD_CREATED != 0)


cdef bint links(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = told(c)
    return fd != NULL and fd.mode != 0 and put_int(out, fd.links)


cdef bint elsewhere(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = told(c)
    return fd != NULL and put_bool(out, fd.flags & FD_ELSEWHERE != 0)


cdef bint misnamed(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Fd *fd = told(c)
    return fd != NULL and put_bool(out, fd.flags & FD_MISNAMED != 0)


register("tiercel.fd.true", true_name)
register("tiercel.fd.claimed", claimed)
register("tiercel.fd.differs", differs)
register("tiercel.fd.misnamed", misnamed)
register("tiercel.fd.created", created)
register("tiercel.fd.links", links)
register("tiercel.fd.elsewhere", elsewhere)
