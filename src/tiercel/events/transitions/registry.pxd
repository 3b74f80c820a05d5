"""The table of transitions, as addresses: the state, which calls them, is what their type is made of."""

from libc.stdint cimport uint16_t

cdef int put(uint16_t type, void *fn) except -1
cdef void **registered() noexcept nogil                  # by type; NULL where it has none
