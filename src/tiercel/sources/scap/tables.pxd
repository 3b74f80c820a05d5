"""The head of a capture, written from a state: the other way round of `head.pyx`."""

from libc.stddef cimport size_t
from libc.stdint cimport uint64_t

from tiercel.events.state cimport State
from tiercel.sources.scap.buffer cimport Buffer, Drain


# Appends section header, tables, and the events that tell of containers and their users (`ts`: their time). False where
# memory is short, or, where `most` is not 0, where the head would be longer than that: the buffer is then as before.
# `drain` may be NULL; with one, `most` is not looked at. `lean`: without environments, which are half of many a head.
cdef bint write_head(Buffer *b, State *s, uint64_t ts, size_t most, bint lean, Drain drain, void *to) noexcept nogil
