"""The last events before an alert: see lookback.pyx."""

from libc.stddef cimport size_t
from libc.stdint cimport uint32_t, uint64_t

from tiercel.events.event cimport Event
from tiercel.events.state cimport State
from tiercel.sources.scap.buffer cimport Buffer
from tiercel.sources.scap.recorder cimport Recorder
from tiercel.sources.tap cimport Tap


cdef struct Segment:
    Buffer head
    Buffer events
    size_t last                  # where the last of its events begins
    uint64_t first_ts
    bint headed                  # False: the head would have been too long


cdef class Lookback(Tap):
    cdef Segment old
    cdef Segment new
    cdef size_t head_room
    cdef size_t event_room
    cdef uint64_t span_ns
    cdef State *state
    cdef uint32_t restarts
    cdef bint begun
    cdef uint32_t wait           # so many segments more before a head is tried again
    cdef Recorder recorder       # None where no recording runs
    cdef bint running
    cdef readonly uint64_t deadline_ns
    cdef readonly uint64_t heads
    cdef readonly uint64_t headless

    cdef void before(self, State *s, const Event *e) noexcept nogil
    cdef int after(self, const Event *e, int hits) noexcept nogil
    cdef void turn(self, State *s, uint64_t ts) noexcept nogil
