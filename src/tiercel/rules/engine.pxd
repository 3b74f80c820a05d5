from libc.stdint cimport int32_t, uint8_t, uint64_t

from tiercel.events.event cimport Event
from tiercel.events.state cimport State
from tiercel.rules.matcher cimport Matcher
from tiercel.sources.source cimport Source
from tiercel.sources.tap cimport Tap


cdef class Engine:
    cdef readonly Matcher matcher
    cdef readonly Source source
    cdef State *state
    cdef Event event
    cdef bint judged             # the event has been through state_enter, and not yet through state_leave
    cdef bint first_only
    cdef int32_t *hits
    cdef int n_hits
    cdef int room
    cdef uint64_t last_num       # stop after this event, 0: never
    cdef uint64_t span_ns        # stop where this much time has passed since the first event, 0: never
    cdef uint8_t *wanted         # by event type: rules or the state need it
    cdef public Tap tap          # sees every event besides; None where nothing is recorded
    cdef bint all_events         # every type is wanted

    cdef int advance(self) noexcept nogil
