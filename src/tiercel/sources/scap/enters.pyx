"""A table of enter events by thread: at most one a thread, in a bounded amount of memory.

Rows are chained by hash and, for the bound, by age: when LIMIT is reached the rows that were stored longest ago go.
A thread's row stays when its event has been used, so that a busy thread allocates nothing.
"""

from libc.stdint cimport int64_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy

from tiercel.events.event cimport Bytes
from tiercel.events.idmap cimport drawn_seed

cdef enum:
    LIMIT = 32 * 1024 * 1024
    FIRST_BUCKETS = 256


cdef inline uint32_t _bucket(const Enters *t, int64_t tid) noexcept nogil:
    cdef uint64_t h = (<uint64_t> tid + t.seed) * <uint64_t> 0x9E3779B97F4A7C15
    h ^= h >> 32
    return <uint32_t> ((h * t.seed) >> 32) & (t.n_buckets - 1)


cdef inline Enter *_find(Enters *t, int64_t tid) noexcept nogil:
    cdef Enter *row
    if t.n_rows == 0:
        return NULL
    row = t.buckets[_bucket(t, tid)]
    while row != NULL and row.tid != tid:
        row = row.chain
    return row


cdef Enter *enter_of(Enters *t, int64_t tid) noexcept nogil:
    cdef Enter *row = _find(t, tid)
    return row if row != NULL and row.full else NULL


cdef inline void _age_out(Enters *t, Enter *row) noexcept nogil:
    if row.older != NULL:
        row.older.newer = row.newer
    else:
        t.oldest = row.newer
    if row.newer != NULL:
        row.newer.older = row.older
    else:
        t.newest = row.older


cdef inline void _age_in(Enters *t, Enter *row) noexcept nogil:
    row.older = t.newest
    row.newer = NULL
    if t.newest != NULL:
        t.newest.newer = row
    else:
        t.oldest = row
    t.newest = row


cdef void _remove(Enters *t, Enter *row) noexcept nogil:
    cdef Enter **link = &t.buckets[_bucket(t, row.tid)]
    while link[0] != row:
        link = &link[0].chain
    link[0] = row.chain
    _age_out(t, row)
    t.n_rows -= 1
    t.size_bytes -= sizeof(Enter) + row.capacity
    free(row.bytes)
    free(row)


cdef void _grow(Enters *t) noexcept nogil:
    # Keeps the old buckets where memory is short: chains get longer, nothing else.
    cdef uint32_t n = t.n_buckets * 2 if t.n_buckets else FIRST_BUCKETS
    cdef Enter **buckets = <Enter **> calloc(n, sizeof(Enter *))
    cdef Enter *row = t.oldest
    cdef uint32_t i
    if buckets == NULL:
        return
    if t.n_buckets == 0:
        t.seed = drawn_seed(t)
    free(t.buckets)
    t.buckets = buckets
    t.n_buckets = n
    while row != NULL:
        i = _bucket(t, row.tid)
        row.chain = buckets[i]
        buckets[i] = row
        row = row.newer


cdef Enter *_add(Enters *t, int64_t tid) noexcept nogil:
    cdef Enter *row
    cdef uint32_t i
    if t.n_rows >= t.n_buckets:
        _grow(t)
    if t.n_buckets == 0:
        return NULL
    row = <Enter *> calloc(1, sizeof(Enter))
    if row == NULL:
        return NULL
    row.tid = tid
    i = _bucket(t, tid)
    row.chain = t.buckets[i]
    t.buckets[i] = row
    _age_in(t, row)
    t.n_rows += 1
    t.size_bytes += sizeof(Enter)
    return row


cdef void enter_keep(Enters *t, int64_t tid, uint16_t type, const Bytes *params, uint32_t n) noexcept nogil:
    cdef Enter *row = _find(t, tid)
    cdef size_t need = 0
    cdef size_t at = 0
    cdef uint32_t i
    cdef char *room
    if row == NULL:
        row = _add(t, tid)
        if row == NULL:
            return
    elif row != t.newest:
        _age_out(t, row)
        _age_in(t, row)
    row.full = False
    if n > MAX_ENTER_PARAMS:
        return
    for i in range(n):
        need += params[i].n
    if need > row.capacity:
        room = <char *> malloc(need)
        if room == NULL:
            return
        free(row.bytes)
        row.bytes = room
        t.size_bytes += need - row.capacity
        row.capacity = need
    for i in range(n):
        if params[i].n:
            memcpy(row.bytes + at, params[i].p, params[i].n)
        row.params[i].p = row.bytes + at
        row.params[i].n = params[i].n
        at += params[i].n
    row.nparams = n
    row.type = type
    row.full = True
    while t.size_bytes > LIMIT and t.oldest != row:
        t.forgotten += t.oldest.full
        _remove(t, t.oldest)


cdef void enter_forget(Enters *t, int64_t tid) noexcept nogil:
    cdef Enter *row = _find(t, tid)
    if row != NULL:
        _remove(t, row)


cdef void enters_free(Enters *t) noexcept nogil:
    while t.oldest != NULL:
        _remove(t, t.oldest)
    free(t.buckets)
    t.buckets = NULL
    t.n_buckets = 0
