"""The table of transitions."""

from tiercel.events.codes cimport N_EVENTS

cdef Transition[N_EVENTS] _transitions


cdef int register(uint16_t type, Transition fn) except -1:
    if type >= N_EVENTS or _transitions[type] != NULL:
        raise ValueError(f"event type {type} cannot have a transition, or has one")
    _transitions[type] = fn
    return 0


cdef Transition *transitions() noexcept nogil:
    return _transitions
