"""A state that Python holds."""

from tiercel.events.state cimport State


cdef class Machine:
    cdef State *state
