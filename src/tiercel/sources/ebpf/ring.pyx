"""Reads a ring buffer of the kernel's without copying.

The kernel maps the records twice in a row, so that each lies in one piece even where it begins at the ring's end. A record
is preceded by its length, whose highest bit says that it is still being written, the next one that it was given up; and
four bytes more, so that records begin at multiples of eight (include/uapi/linux/bpf.h, BPF_RINGBUF_*).

What was peeked at stays until `ring_tell` gives its place back; it is told now and then, not at each record.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport memset
from posix.mman cimport MAP_FAILED, MAP_SHARED, PROT_READ, PROT_WRITE, mmap, munmap

import os

cdef extern from * nogil:
    """
    static inline unsigned long tiercel_load_acquire(const void *p) {
        return __atomic_load_n((const unsigned long *)p, __ATOMIC_ACQUIRE);
    }
    static inline unsigned int tiercel_load_acquire32(const void *p) {
        return __atomic_load_n((const unsigned int *)p, __ATOMIC_ACQUIRE);
    }
    static inline void tiercel_store_release(void *p, unsigned long v) {
        __atomic_store_n((unsigned long *)p, v, __ATOMIC_RELEASE);
    }
    """
    uint64_t tiercel_load_acquire(const void *p)
    uint32_t tiercel_load_acquire32(const void *p)
    void tiercel_store_release(void *p, uint64_t v)

cdef enum:
    HEADER = 8
    TELL_AFTER = 65536          # bytes


cdef int ring_open(Ring *r, int fd, uint64_t size) except -1:
    memset(r, 0, sizeof(Ring))
    r.page = os.sysconf("SC_PAGE_SIZE")
    r.size = size
    r.control = <char *> mmap(NULL, r.page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)
    if <void *> r.control == MAP_FAILED:
        r.control = NULL
        raise OSError("a ring of the probe's cannot be mapped")
    r.pages = <char *> mmap(NULL, r.page + 2 * size, PROT_READ, MAP_SHARED, fd, <long> r.page)
    if <void *> r.pages == MAP_FAILED:
        r.pages = NULL
        ring_close(r)
        raise OSError("a ring of the probe's cannot be mapped: use smaller rings")
    r.at = tiercel_load_acquire(r.control)
    r.told = r.at
    return 0


cdef void ring_close(Ring *r) noexcept:
    if r.pages != NULL:
        munmap(r.pages, r.page + 2 * r.size)
    if r.control != NULL:
        munmap(r.control, r.page)
    r.pages = NULL
    r.control = NULL


cdef const char *ring_peek(Ring *r, uint32_t *size) noexcept nogil:
    # The next record, NULL where there is none yet.
    cdef const char *p
    cdef uint32_t length
    cdef uint64_t end = tiercel_load_acquire(r.pages)
    while r.at < end:
        p = r.pages + r.page + (r.at & (r.size - 1))
        length = tiercel_load_acquire32(p)
        if length >> 31:
            return NULL
        size[0] = length & 0x3FFFFFFF
        if not length >> 30 & 1:
            return p + HEADER
        ring_take(r, size[0])
    return NULL


cdef void ring_take(Ring *r, uint32_t size) noexcept nogil:
    # Goes past the record that was peeked at.
    r.at += (size + HEADER + 7) & ~<uint64_t> 7


cdef void ring_tell(Ring *r) noexcept nogil:
    if r.at != r.told:
        tiercel_store_release(r.control, r.at)
        r.told = r.at


cdef uint64_t ring_used(Ring *r) noexcept nogil:
    return tiercel_load_acquire(r.pages) - r.at
