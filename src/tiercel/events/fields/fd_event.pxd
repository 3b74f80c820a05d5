"""The descriptor that an event is about."""

from libc.stdint cimport uint32_t

from tiercel.events.codes cimport EF_CREATES_FD, EF_DESTROYS_FD, EF_USES_FD
from tiercel.events.event cimport Bytes, Event
from tiercel.events.fields.field cimport Context
from tiercel.events.layout cimport event_flags
from tiercel.events.process cimport Fd
from tiercel.events.state cimport state_fd


cdef inline bint about_fd(const Context *c) noexcept nogil:
    # Whether the event can have a descriptor at all; only then is there any fd.* field.
    return (
        c.event.thread != NULL
        and event_flags(c.event.type) & <uint32_t> (EF_CREATES_FD | EF_USES_FD | EF_DESTROYS_FD) != 0
    )


cdef inline Fd *event_fd(const Context *c) noexcept nogil:
    # NULL where the event is not about a descriptor, or about one that is not known.
    cdef Event *e = c.event
    if not about_fd(c):
        return NULL
    if e.fd != NULL:
        return e.fd
    return state_fd(c.state, e.thread, e.thread.lastevent_fd) if e.thread.lastevent_fd >= 0 else NULL


# The name that the event itself gives to a descriptor that is not known, as after an open that failed. p is NULL where
# it gives none. `raw`: as written, where that makes a difference.
cdef Bytes name_in_event(Context *c, bint raw) noexcept nogil
