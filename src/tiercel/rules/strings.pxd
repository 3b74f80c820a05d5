"""Bytes compared as rules compare them."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from tiercel.events.fields.field cimport Context, Value, arena_alloc

cdef extern from "fnmatch.h" nogil:
    int fnmatch(const char *pattern, const char *string, int flags)
    enum:
        FNM_CASEFOLD

cdef extern from "string.h" nogil:
    void *memmem(const void *haystack, size_t n, const void *needle, size_t m)

# Whether q, in lower case, is in p, whatever p's case; of two values, whatever the case of both.
cdef bint contains_folded(const char *p, uint32_t n, const char *q, uint32_t m) noexcept nogil
cdef bint contains_with_fold(Context *c, const Value *v, const Value *needle) noexcept nogil

# Whether the components of search path q begin those of path p: components of q may be globs, empty ones do not count.
cdef bint path_below(const char *p, uint32_t n, const char *q, uint32_t m) noexcept nogil


cdef inline uint64_t hash_bytes(const char *p, uint32_t n) noexcept nogil:
    # Multiply-and-fold over 8 bytes at a time; only ever used within one process, on tables of rules' constants.
    cdef uint64_t h = 0x9E3779B97F4A7C15ULL ^ n
    cdef uint64_t w
    while n >= 8:
        memcpy(&w, p, 8)
        h = (h ^ w) * 0xFF51AFD7ED558CCDULL
        h ^= h >> 32
        p += 8
        n -= 8
    if n:
        w = 0
        memcpy(&w, p, n)
        h = (h ^ w) * 0xFF51AFD7ED558CCDULL
        h ^= h >> 32
    return h * 0xC4CEB9FE1A85EC53ULL


cdef inline uint8_t lower(uint8_t c) noexcept nogil:
    return c + 32 if c >= 65 and c <= 90 else c

cdef inline int compare_bytes(const char *p, uint32_t n, const char *q, uint32_t m) noexcept nogil:
    cdef int r = memcmp(p, q, n if n < m else m)
    if r:
        return r
    return -1 if n < m else (1 if n > m else 0)


cdef inline const char *terminated(Context *c, const Value *v) noexcept nogil:
    # The value as a NUL-terminated string.
    cdef char *q = arena_alloc(c, v.n + 1)
    if q == NULL:
        return NULL
    memcpy(q, v.p, v.n)
    q[v.n] = 0
    return q
