"""What of a state the tables of the format have no place for."""

from libc.stdint cimport uint32_t

from tiercel.events.process cimport Thread
from tiercel.events.state cimport State
from tiercel.sources.scap.buffer cimport Buffer, Drain


# Blocks with rows for those threads and descriptors that the tables do not tell of in full; none where they do.
# `lean`: without environments.
cdef void write_supplement(Buffer *b, Thread **threads, uint32_t n_threads, bint lean, Drain drain, void *to) noexcept nogil

# Applies a block's content once the tables are in the state. False where it is damaged.
cdef bint read_supplement(State *s, const char *p, const char *end) noexcept nogil
