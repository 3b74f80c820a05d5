"""Flags in Falco's numbers. See `translate.pyx`."""

from libc.stdint cimport uint8_t, uint64_t


# What the table of this number makes of a program's flags; table 0 leaves them.
cdef uint64_t translated(uint8_t table, uint64_t value) noexcept nogil
