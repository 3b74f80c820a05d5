"""Enter events that wait for the exit event of their thread."""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t

from tiercel.events.event cimport Bytes


cdef enum:
    MAX_ENTER_PARAMS = 8


cdef struct Enter:
    int64_t tid
    uint16_t type
    bint full                     # False: its exit event has come, the row waits for the thread's next
    uint32_t nparams
    Bytes params[MAX_ENTER_PARAMS]
    char *bytes                   # what params point to
    size_t capacity
    Enter *chain                  # of the same bucket
    Enter *older
    Enter *newer


cdef struct Enters:
    Enter **buckets
    uint32_t n_buckets            # a power of two, 0 before the first
    uint32_t n_rows
    uint64_t seed                 # without it, whoever writes the capture could have all rows in one bucket
    size_t size_bytes
    Enter *oldest
    Enter *newest
    uint64_t forgotten            # thrown out for want of room, before their exit event came


cdef void enter_keep(Enters *t, int64_t tid, uint16_t type, const Bytes *params, uint32_t n) noexcept nogil
cdef Enter *enter_of(Enters *t, int64_t tid) noexcept nogil      # NULL where none is kept
cdef void enter_forget(Enters *t, int64_t tid) noexcept nogil    # the thread is gone
cdef void enters_free(Enters *t) noexcept nogil
