"""Writes a capture as events come: see recorder.pyx."""

from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from tiercel.events.event cimport Event
from tiercel.events.state cimport State
from tiercel.sources.scap.buffer cimport Buffer
from tiercel.sources.tap cimport Tap


cdef class Recorder(Tap):
    cdef Buffer buffer
    cdef object sink
    cdef object error            # what the sink raised
    cdef bint broken             # there is one
    cdef bint full               # the file is as long as it may be: another one, with a head of its own, goes on
    cdef bint headed             # the head is written
    cdef uint32_t restarts       # of the state, when it was written
    cdef uint64_t last_event     # end after that many, 0: never
    cdef bint filtered           # only events that a rule fired on; others are kept for the state
    cdef const uint8_t *kept     # by type: what the state needs
    cdef readonly bint busy      # with the sink: a signal that raises now would be taken for the sink's fault
    cdef readonly uint64_t events
    cdef readonly uint64_t state_events
    cdef readonly uint64_t size_bytes

    cdef void before(self, State *s, const Event *e) noexcept nogil
    cdef int after(self, const Event *e, int hits) noexcept nogil
    cdef void begin(self, State *s, uint64_t ts) noexcept nogil
    cdef void put(self, const char *p, size_t n) noexcept nogil
    cdef void pour(self) noexcept nogil
    cdef void turn(self) noexcept nogil
