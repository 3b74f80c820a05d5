"""The order of a process's descriptors, as the table of GNU's C++ library has it (libstdc++, unordered_map of int64).

All elements are in one list. Those of one bucket (number modulo the number of buckets) stand together. A new element
comes first of its bucket; where the bucket is empty, first of all. When there would be more elements than buckets, the
table grows to about twice as many: elements are put into the new one in the order of the old, so that the order is
turned around.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memmove

cdef enum:
    N_SIZES = 16

# Numbers of buckets, from one to the next as the table grows.
cdef uint32_t[N_SIZES] sizes
sizes[:] = [
    1, 13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043, 85229, 172933, 351061,
]


cdef FdOrder *order_new() noexcept nogil:
    cdef FdOrder *o = <FdOrder *> calloc(1, sizeof(FdOrder))
    if o != NULL:
        o.buckets = 1
    return o


cdef void order_free(FdOrder *o) noexcept nogil:
    if o != NULL:
        free(o.nums)
        free(o)


cdef inline uint64_t bucket(const FdOrder *o, int64_t num) noexcept nogil:
    return <uint64_t> num % o.buckets


cdef void put(FdOrder *o, int64_t num) noexcept nogil:
    # There is room. The list is back to front: the end is where Falco begins.
    cdef uint64_t home = bucket(o, num)
    cdef uint32_t at = o.n
    while at and bucket(o, o.nums[at - 1]) != home:
        at -= 1
    if at == 0:
        at = o.n
    memmove(o.nums + at + 1, o.nums + at, (o.n - at) * sizeof(int64_t))
    o.nums[at] = num
    o.n += 1


cdef bint grow(FdOrder *o) noexcept nogil:
    cdef int64_t *old = o.nums
    cdef uint32_t n = o.n, i = 0
    cdef int64_t *nums
    while i < N_SIZES - 1 and sizes[i] <= o.buckets:
        i += 1
    nums = <int64_t *> malloc(<size_t> sizes[i] * sizeof(int64_t))
    if nums == NULL or sizes[i] <= o.buckets:
        free(nums)
        return False
    o.buckets = o.room = sizes[i]
    o.nums = nums
    o.n = 0
    while n:
        n -= 1
        put(o, old[n])
    free(old)
    return True


cdef bint order_insert(FdOrder *o, int64_t num) noexcept nogil:
    # The first element already needs more than the one bucket of an empty table.
    if (o.n + 1 > o.room) and not grow(o):
        return False
    put(o, num)
    return True


cdef void order_erase(FdOrder *o, int64_t num) noexcept nogil:
    cdef uint32_t i
    for i in range(o.n):
        if o.nums[i] == num:
            o.n -= 1
            memmove(o.nums + i, o.nums + i + 1, (o.n - i) * sizeof(int64_t))
            return


def replay(steps: list[int]) -> list[int]:
    """The order after descriptors came (their number) and went (its complement, ~number), for tests."""
    cdef FdOrder *o = order_new()
    cdef uint32_t i
    if o == NULL:
        raise MemoryError
    try:
        for step in steps:
            if step < 0:
                order_erase(o, ~step)
            elif not order_insert(o, step):
                raise MemoryError
        return [order_at(o, i) for i in range(o.n)]
    finally:
        order_free(o)
