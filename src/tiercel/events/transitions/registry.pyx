"""The table of transitions."""

from tiercel.events.codes cimport N_EVENTS

cdef void *_transitions[N_EVENTS]


cdef int put(uint16_t type, void *fn) except -1:
    if type >= N_EVENTS or _transitions[type] != NULL:
        raise ValueError(f"event type {type} cannot have a transition, or has one")
    _transitions[type] = fn
    return 0


cdef void **registered() noexcept nogil:
    return _transitions
