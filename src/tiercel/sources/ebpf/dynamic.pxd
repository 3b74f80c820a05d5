"""Parameters whose meaning depends on the call's other arguments. See `dynamic.pyx`."""

from libc.stdint cimport uint8_t

from tiercel.events.event cimport Bytes
from tiercel.sources.ebpf.decode cimport Decoding, Step


# The parameter that a step of one of `Dynamic` makes.
cdef void make_dynamic(Decoding *d, const Step *s, Bytes *to) noexcept nogil
