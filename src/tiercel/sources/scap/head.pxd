"""The head of a capture: what was there when the recording began."""

from libc.stdint cimport uint32_t

from tiercel.events.state cimport State
from tiercel.sources.scap.stream cimport Stream


cdef bint is_event(uint32_t kind) noexcept nogil
cdef bint is_table(uint32_t kind) noexcept nogil

# Reads from a section header up to the first event, into `state`. The number of unknown blocks.
cdef object read_head(Stream stream, State *state)
