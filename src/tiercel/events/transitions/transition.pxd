"""How one type of event moves the state: a function a type, found by number.

A transition is called once the event's thread, descriptor and error are known (`state_enter`). It may change rows, give the
event another thread or descriptor, and note what the event ends (State.leaving_*).
"""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.string cimport memcmp

from tiercel.events.descriptors cimport fds_get, fds_own, fds_put
from tiercel.events.event cimport Bytes, Event
from tiercel.events.process cimport Fd, FdTable
from tiercel.events.state cimport State
from tiercel.events.text cimport strnlen
from tiercel.events.threads cimport thread_fds
from tiercel.events.transitions.registry cimport put


ctypedef void (*Transition)(State *s, Event *e) noexcept nogil


cdef inline int register(uint16_t type, Transition fn) except -1:
    # Modules of transitions call it when they are imported.
    return put(type, <void *> fn)


cdef inline Bytes param(const Event *e, uint32_t i) noexcept nogil:
    # Empty where the event does not have it.
    cdef Bytes none
    if i < e.nparams:
        return e.params[i]
    none.p = NULL
    none.n = 0
    return none


cdef inline Bytes text_bytes(Bytes b) noexcept nogil:
    # A text or path parameter without its NUL. Empty ones, and "(NULL)" of old captures, are "<NA>".
    if b.n == 0 or (b.n == 7 and memcmp(b.p, b"(NULL)", 7) == 0):
        b.p = b"<NA>"
        b.n = 4
    else:
        b.n = <uint32_t> strnlen(b.p, b.n)
    return b


cdef inline Bytes param_text(const Event *e, uint32_t i) noexcept nogil:
    return text_bytes(param(e, i))


cdef inline bint is_na(Bytes b) noexcept nogil:
    return b.n == 4 and memcmp(b.p, b"<NA>", 4) == 0


cdef inline Fd *open_fd(State *s, Event *e, int64_t num, Fd *fd) noexcept nogil:
    # The event's thread has a new descriptor, which is the event's from now on. Takes the row over.
    cdef FdTable *fds = thread_fds(e.thread)
    if fds == NULL:
        fd.next = s.gone_fds
        s.gone_fds = fd
        e.fd = NULL
        return NULL
    e.fd = fds_put(s, fds, num, fd)
    e.thread.lastevent_fd = num
    return e.fd


cdef inline Fd *own_fd(State *s, Event *e) noexcept nogil:
    # The event's descriptor, for changing it.
    cdef FdTable *fds
    if e.fd.refs > 1:
        fds = thread_fds(e.thread)
        if fds != NULL and fds_get(fds, e.fd.num) == e.fd:
            e.fd = fds_own(s, fds, e.fd)
    return e.fd
