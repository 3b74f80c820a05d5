"""Which addresses are this machine's own."""

from libc.stdint cimport uint8_t, uint32_t

from tiercel.events.process cimport Thread
from tiercel.events.state cimport State

# Whether the address (4 or 16 bytes) belongs to this machine, seen from the thread. In a container that is the
# container's own address, or one of the machine's; where the container's is not known, that of any container. IPv6 is
# the machine's where the first 64 bits are those of an interface, and never a container's.
cdef bint is_local(State *s, const Thread *t, const uint8_t *address, uint32_t n) noexcept nogil
