"""Containers that a live source has to ask about, and what is none. See `asked.pyx`."""

from tiercel.events.event cimport Bytes
from tiercel.events.process cimport Text
from tiercel.events.state cimport State


cdef bint asked_init(State *s) noexcept nogil                              # of a live source; False where memory is short
cdef void asked_free(State *s) noexcept nogil
cdef void asked_about(State *s, const Text *id, const Text *cgroups) noexcept nogil
cdef list asked_take(State *s)                                             # [(id, cgroups)], both bytes
cdef const Text *denied_outer(State *s, const Text *id) noexcept nogil     # NULL where it may be a container
cdef void deny(State *s, bytes id, bytes outer)
