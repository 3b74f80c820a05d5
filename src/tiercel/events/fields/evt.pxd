"""What several evt.* fields ask of an event."""

from libc.stdint cimport int32_t, int64_t, uint32_t
from libc.string cimport memcpy

from tiercel.events.codes cimport EC_SYSCALL, GENERIC_X
from tiercel.events.event cimport Event
from tiercel.events.layout cimport event_category


cdef inline bint has_result(const Event *e) noexcept nogil:
    # The way out of a call that says how it went: its first parameter.
    return e.type & 1 and e.type != GENERIC_X and event_category(e.type) & EC_SYSCALL and e.nparams > 0


cdef inline int64_t result_of(const Event *e) noexcept nogil:
    cdef int64_t wide = 0
    cdef int32_t narrow
    if e.params[0].n == 8:
        memcpy(&wide, e.params[0].p, 8)
    elif e.params[0].n == 4:
        memcpy(&narrow, e.params[0].p, 4)
        wide = narrow
    return wide
