"""A capture as a source of events."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t

from tiercel.events.event cimport Event
from tiercel.events.file cimport FileFacts
from tiercel.events.state cimport State
from tiercel.sources.scap.convert cimport Scratch
from tiercel.sources.scap.enters cimport Enters
from tiercel.sources.scap.stream cimport Stream, Window
from tiercel.sources.source cimport Source


cdef class Capture(Source):
    cdef Stream stream
    cdef Window *window                      # the stream's
    cdef Enters enters
    cdef Scratch scratch
    cdef FileFacts facts                     # of the event at hand, where the capture tells
    cdef uint64_t num                        # events numbered so far
    cdef uint64_t first_ts
    cdef uint64_t last_ts
    cdef int fault                           # why next() cannot go on; refill() raises it
    cdef uint32_t fault_detail
    cdef bint opened
    cdef readonly uint64_t unknown_blocks    # of kinds that this reader does not know: skipped
    cdef readonly uint64_t unknown_events    # of types newer than the event table: skipped
    cdef readonly uint64_t sections          # captures that were put one after the other

    cpdef open(self)
    cdef int next(self, Event *e) noexcept nogil
    cpdef bint refill(self) except -1
    cpdef attend(self)
    cpdef close(self)

    cdef int _fail(self, int fault, uint32_t detail) noexcept nogil
    cdef int _section(self) except -1
    cdef int _head_events(self, State *state) except -1
