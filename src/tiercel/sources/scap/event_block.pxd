"""Events as blocks of a capture."""

from libc.stdint cimport uint32_t

from tiercel.events.event cimport Event
from tiercel.sources.scap.buffer cimport Buffer


cdef enum:
    STATE_ONLY = 1       # among a block's flags: kept for the state alone, judged by no rule


# Appends an event's block. What does not fit a block is cut off its longest parameters.
cdef void write_event(Buffer *b, const Event *e, uint32_t flags) noexcept nogil
