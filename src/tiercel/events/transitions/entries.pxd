"""The way into a call, kept until the way out. Old captures have arguments only there; new ones have some twice, because
another thread may change them in between."""

from libc.stdint cimport uint32_t

from tiercel.events.event cimport Bytes, Event
from tiercel.events.process cimport Thread


# Whether the event's beginning was kept.
cdef bint entry_of(const Event *e) noexcept nogil
cdef Bytes entry_param(const Thread *t, uint32_t i) noexcept nogil
