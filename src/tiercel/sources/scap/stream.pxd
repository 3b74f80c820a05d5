"""The bytes of a capture, as a window that moves over the file."""

from libc.stdint cimport uint64_t


cdef struct Window:
    # buf[pos:end] is read and not yet used; buf[0] is byte `base` of the uncompressed stream.
    char *buf
    size_t capacity
    size_t pos
    size_t end
    uint64_t base


cdef class Stream:
    cdef Window w
    cdef readonly str path
    cdef object file             # read(), readinto()
    cdef bint owned              # close() closes the file
    cdef object member           # the decompressor of the gzip member being read; None where the file is not gzip
    cdef bint gzip
    cdef object packed           # compressed bytes read and not yet given to `member`
    cdef object fault            # what is wrong with the compressed data; told once all that came before it is used
    cdef size_t chunk            # most bytes that one fill() brings
    cdef bint at_end
    cdef readonly uint64_t n_read    # bytes of the file

    cdef bint fill(self) except -1
    cdef const char *take(self, size_t n) except NULL
    cdef int skip(self, uint64_t n) except -1
    cdef uint64_t tell(self)
    cdef size_t _copy(self, size_t room) except? 0xFFFFFFFF
    cdef size_t _unpack(self, size_t room) except? 0xFFFFFFFF
    cpdef close(self)
