"""Something that sees every event of a source beside the rules: a recorder."""

from tiercel.events.event cimport Event
from tiercel.events.state cimport State


cdef enum TapSays:
    TAP_ON = 0         # the event's alerts go out as without it
    TAP_TAKEN = 1      # nothing more is to be done with the event
    TAP_END = 2        # it has had enough: the source ends here


cdef class Tap:
    # Before the event moves the state: what the state holds is what was before this event.
    cdef void before(self, State *s, const Event *e) noexcept nogil
    # After the rules looked, the event still readable. `hits`: how many rules it fired.
    cdef int after(self, const Event *e, int hits) noexcept nogil
