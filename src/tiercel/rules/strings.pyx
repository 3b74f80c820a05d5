"""Comparisons of bytes that take more than memcmp()."""

from libc.stdint cimport uint8_t, uint32_t
from libc.string cimport memcmp, memcpy

from tiercel.events.fields.field cimport Context, Value, arena_alloc


cdef bint contains_folded(const char *p, uint32_t n, const char *q, uint32_t m) noexcept nogil:
    cdef uint32_t i, j
    if m == 0:
        return True
    if m > n:
        return False
    for i in range(n - m + 1):
        j = 0
        while j < m and lower(<uint8_t> p[i + j]) == <uint8_t> q[j]:
            j += 1
        if j == m:
            return True
    return False


cdef bint path_below(const char *p, uint32_t n, const char *q, uint32_t m) noexcept nogil:
    cdef uint32_t i = 0, j = 0, a, b
    cdef char part[4096]
    cdef char pattern[4096]
    cdef bint wild
    while True:
        while j < m and q[j] == 47:
            j += 1
        if j == m:
            return True
        b = j
        wild = False
        while j < m and q[j] != 47:
            if q[j] == 42 or q[j] == 63 or q[j] == 91:
                wild = True
            j += 1
        while i < n and p[i] == 47:
            i += 1
        if i == n:
            return False
        a = i
        while i < n and p[i] != 47:
            i += 1
        if not wild:
            if i - a != j - b or memcmp(p + a, q + b, i - a) != 0:
                return False
        else:
            if i - a >= 4096 or j - b >= 4096:
                return False
            memcpy(part, p + a, i - a)
            part[i - a] = 0
            memcpy(pattern, q + b, j - b)
            pattern[j - b] = 0
            if fnmatch(pattern, part, 0) != 0:
                return False


cdef bint contains_with_fold(Context *c, const Value *v, const Value *needle) noexcept nogil:
    cdef char *q = arena_alloc(c, needle.n + 1)
    cdef uint32_t i
    if q == NULL:
        return False
    for i in range(needle.n):
        q[i] = <char> lower(<uint8_t> needle.p[i])
    return contains_folded(v.p, v.n, q, needle.n)
