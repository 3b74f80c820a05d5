"""A ring buffer of the kernel's (BPF_MAP_TYPE_RINGBUF), read where it lies. See `ring.pyx`."""

from libc.stdint cimport uint32_t, uint64_t


cdef struct Ring:
    char *control              # pages that the reader writes: where it is
    char *pages                # pages that only the kernel writes: where it is, then the records, twice in a row
    uint64_t size              # of the records' part, a power of two
    uint64_t at                # the next record
    uint64_t told              # what the kernel knows of `at`
    uint64_t page


cdef int ring_open(Ring *r, int fd, uint64_t size) except -1
cdef void ring_close(Ring *r) noexcept
cdef const char *ring_peek(Ring *r, uint32_t *size) noexcept nogil
cdef void ring_take(Ring *r, uint32_t size) noexcept nogil
cdef void ring_tell(Ring *r) noexcept nogil
cdef uint64_t ring_used(Ring *r) noexcept nogil
