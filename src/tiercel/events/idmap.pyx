"""Tables from numbers to rows."""

from libc.stdlib cimport calloc, free
from libc.time cimport time

cdef enum:
    FIRST_SIZE = 256

cdef uint64_t drawn = <uint64_t> time(NULL)


cdef uint64_t drawn_seed(const void *m) noexcept nogil:
    # Not secret, only out of the reach of whoever writes a capture: time, address space layout, how many came before.
    global drawn
    drawn = (drawn ^ <uint64_t> <size_t> m ^ (<uint64_t> <size_t> &drawn << 20)) * <uint64_t> 0xD1342543DE82EF95 + 1
    return (drawn ^ (drawn >> 31)) | 1


cdef bint idmap_init(IdMap *m) noexcept nogil:
    m.slots = <Slot *> calloc(FIRST_SIZE, sizeof(Slot))
    m.mask = FIRST_SIZE - 1
    m.count = 0
    m.seed = drawn_seed(m)
    return m.slots != NULL


cdef void idmap_free(IdMap *m) noexcept nogil:
    free(m.slots)
    m.slots = NULL
    m.count = 0


cdef bint grow(IdMap *m) noexcept nogil:
    cdef Slot *old = m.slots
    cdef uint32_t n = m.mask + 1, i, j
    cdef Slot *slots = <Slot *> calloc(<size_t> n * 2, sizeof(Slot))
    if slots == NULL:
        return False
    m.slots = slots
    m.mask = n * 2 - 1
    for i in range(n):
        if old[i].row != NULL:
            j = idmap_home(m, old[i].key)
            while slots[j].row != NULL:
                j = (j + 1) & m.mask
            slots[j] = old[i]
    free(old)
    return True


cdef bint idmap_put(IdMap *m, int64_t key, void *row) noexcept nogil:
    cdef uint32_t i = idmap_home(m, key)
    while m.slots[i].row != NULL:
        if m.slots[i].key == key:
            m.slots[i].row = row
            return True
        i = (i + 1) & m.mask
    if m.count * 2 > m.mask:
        if not grow(m):
            return False
        return idmap_put(m, key, row)
    m.slots[i].key = key
    m.slots[i].row = row
    m.count += 1
    return True


cdef void *idmap_take(IdMap *m, int64_t key) noexcept nogil:
    cdef uint32_t i = idmap_home(m, key), j, home
    cdef void *row
    while m.slots[i].row != NULL and m.slots[i].key != key:
        i = (i + 1) & m.mask
    row = m.slots[i].row
    if row == NULL:
        return NULL
    m.count -= 1
    # What follows moves up as far as its home allows, so that no search ends at the hole.
    j = i
    while True:
        j = (j + 1) & m.mask
        if m.slots[j].row == NULL:
            break
        home = idmap_home(m, m.slots[j].key)
        if ((j - home) & m.mask) >= ((j - i) & m.mask):
            m.slots[i] = m.slots[j]
            i = j
    m.slots[i].row = NULL
    return row
