"""A table from a number to a row: open addressing, at most half full, no tombstones.

Keys come from whoever wrote a capture, so their places depend on a seed that is drawn when the table is made.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t


cdef struct Slot:
    int64_t key
    void *row            # NULL where the slot is free


cdef struct IdMap:
    Slot *slots
    uint32_t mask        # slots - 1
    uint32_t count
    uint64_t seed


cdef inline uint32_t idmap_home(const IdMap *m, int64_t key) noexcept nogil:
    cdef uint64_t h = (<uint64_t> key + m.seed) * <uint64_t> 0x9E3779B97F4A7C15
    h ^= h >> 32
    h *= m.seed
    return <uint32_t> (h >> 32) & m.mask


cdef inline void *idmap_get(const IdMap *m, int64_t key) noexcept nogil:
    cdef uint32_t i = idmap_home(m, key)
    while m.slots[i].row != NULL:
        if m.slots[i].key == key:
            return m.slots[i].row
        i = (i + 1) & m.mask
    return NULL


# A number that whoever writes a capture cannot know: for tables whose keys come from there. Odd.
cdef uint64_t drawn_seed(const void *table) noexcept nogil

cdef bint idmap_init(IdMap *m) noexcept nogil                        # False where memory is short
cdef void idmap_free(IdMap *m) noexcept nogil                        # not the rows
cdef bint idmap_put(IdMap *m, int64_t key, void *row) noexcept nogil # over what is there; False where memory is short
cdef void *idmap_take(IdMap *m, int64_t key) noexcept nogil          # removes and returns, NULL where it is not there
