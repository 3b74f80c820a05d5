"""This machine as a source of events."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t

from tiercel.events.event cimport Bytes, Event
from tiercel.sources.ebpf.claims cimport Claims
from tiercel.sources.ebpf.decode cimport Decoding
from tiercel.sources.ebpf.residents cimport Residents
from tiercel.sources.ebpf.ring cimport Ring
from tiercel.sources.source cimport Source


cdef class LiveSource(Source):
    cdef Ring calls
    cdef Ring states
    cdef Decoding decoding
    cdef Claims claims
    cdef object room
    cdef readonly object probe
    cdef object poller
    cdef readonly object ring_bytes, state_ring_bytes, data_bytes, poll_ms, all_events
    cdef Ring *taken               # the ring that the event at hand lies in, NULL where none does
    cdef uint32_t taken_size
    cdef uint64_t horizon          # records younger than this wait: an older one may still be under way
    cdef uint64_t num
    cdef uint64_t first_ts
    cdef uint64_t last_ts
    cdef uint64_t newest           # time of the youngest record seen, to count those that came out of order
    cdef bint ending
    cdef Residents residents
    cdef bint begun                # what was there before is in the state
    # Told by runtimes, between two batches: handed out as events before what the rings hold.
    cdef object watch              # ContainerWatch, None where runtimes are not asked
    cdef object told               # deque of (name, data), both bytes with a NUL at their end
    cdef object telling            # the one at hand
    cdef bint telling_now
    cdef uint32_t n_told
    cdef Bytes told_name
    cdef Bytes told_data
    cdef uint32_t told_plugin
    cdef const uint64_t *lost      # the kernel's counters
    cdef uint64_t told_lost[9]
    cdef int64_t looked_ns
    cdef readonly uint64_t late    # records that came after a younger one
    cdef readonly uint64_t bad     # records that told of no event

    cdef void _unmap(self) noexcept
    cdef _ask_and_take(self)
    cdef void _number(self, Event *e) noexcept nogil
    cpdef open(self)
    cdef int next(self, Event *e) noexcept nogil
    cpdef bint refill(self) except -1
    cpdef attend(self)
    cpdef close(self)
