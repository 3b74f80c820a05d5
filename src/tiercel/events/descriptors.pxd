"""A process's descriptors: direct slots for small numbers, an open-addressed table for the rest.

How far the direct slots reach follows from how many descriptors there are, so that one descriptor with a large number
costs no more than any other. A fork copies slots, not rows: a row is copied when one of its processes changes it (fds_own).
Rows that are taken out stay readable until the event is over.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from tiercel.events.process cimport Fd, FdTable
from tiercel.events.state cimport State


cdef inline uint32_t fds_home(const FdTable *t, int64_t num) noexcept nogil:
    return <uint32_t> ((<uint64_t> num * <uint64_t> 0x9E3779B97F4A7C15) >> 32) & (t.far_capacity - 1)


cdef inline Fd *fds_get(const FdTable *t, int64_t num) noexcept nogil:
    cdef uint32_t i
    if 0 <= num < t.capacity:
        return t.rows[num]
    if t.far_count == 0:
        return NULL
    i = fds_home(t, num)
    while t.far[i] != NULL:
        if t.far[i].num == num:
            return t.far[i]
        i = (i + 1) & (t.far_capacity - 1)
    return NULL


# To walk over all: for i in range(fds_room(t)): fd = fds_at(t, i), which may be NULL.
cdef inline uint32_t fds_room(const FdTable *t) noexcept nogil:
    return t.capacity + t.far_capacity


cdef inline Fd *fds_at(const FdTable *t, uint32_t i) noexcept nogil:
    return t.rows[i] if i < t.capacity else t.far[i - t.capacity]


# A row of the state's, empty, held by nobody yet; NULL where memory is short.
cdef Fd *fds_row(State *s) noexcept nogil
cdef Fd *fds_twin(State *s, const Fd *fd) noexcept nogil               # a row with the same content
cdef void fds_release(State *s, Fd *fd) noexcept nogil                 # one holder less

# Takes the row over under that number, over what is there. NULL, and the row is gone, where the table is full.
cdef Fd *fds_put(State *s, FdTable *t, int64_t num, Fd *fd) noexcept nogil
# The row under that number as this table's own, for changing it; `fd` is what fds_get gave. Keeps it where memory is short.
cdef Fd *fds_own(State *s, FdTable *t, Fd *fd) noexcept nogil
cdef bint fds_remove(State *s, FdTable *t, int64_t num) noexcept nogil
cdef void fds_clear(State *s, FdTable *t) noexcept nogil
# `to`, which is empty, gets all that `source` has.
cdef void fds_copy(State *s, FdTable *to, const FdTable *source) noexcept nogil
cdef void fds_free_rows(State *s) noexcept nogil                       # the rows kept for reuse
