"""What a source of events is to the core."""

from libc.stdint cimport uint8_t

from tiercel.events.event cimport Event
from tiercel.events.state cimport State

cdef enum Next:
    NEXT_EVENT = 1     # an event is in *e
    NEXT_REFILL = 0    # what was read is used up: call refill() (with the GIL), then next() again
    NEXT_CALL = 2      # something for Python to do first: call attend() (with the GIL), then next() again


cdef enum Wanted:
    WANTED = 1         # by a rule, or by whatever looks at all of them
    WANTED_BY_STATE = 2   # by the state alone, which learns nothing from calls that failed


cdef class Source:
    cdef State *state
    # enum Wanted, one byte a type; events of types with 0 are counted (evt.num) and skipped
    cdef const uint8_t *wanted

    cdef int next(self, Event *e) noexcept nogil
    cpdef bint refill(self) except -1   # False at the end; raises where the source is broken
    cpdef attend(self)
