"""Joining and tidying paths."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.utf8 cimport utf8_step

cdef const char *TOO_LONG = b"/DIR_TOO_LONG/FILENAME_TOO_LONG"
cdef enum:
    TOO_LONG_SIZE = 31


cdef inline uint8_t byte_at(const uint8_t *p, const uint8_t *end) noexcept nogil:
    # 0 at the end: paths end there, or at a NUL inside.
    return p[0] if p < end else 0


cdef inline uint32_t parent_of(const char *to, uint32_t k) noexcept nogil:
    # The length of the path after a step up. Above "/" there is nothing; a relative path may end up empty.
    if k <= 1:
        return k
    k -= 1
    while k and to[k - 1] != c'/':
        k -= 1
    return k


cdef uint32_t path_join(char *to, const char *base, uint32_t nbase, const char *path, uint32_t npath) noexcept nogil:
    cdef const uint8_t *at = <const uint8_t *> path
    cdef const uint8_t *end = at + npath
    cdef uint32_t k = 0
    cdef bint no_base
    cdef uint8_t c, next1, next2
    cdef int step
    if <uint64_t> nbase + npath + 1 > PATH_SIZE:
        memcpy(to, TOO_LONG, TOO_LONG_SIZE + 1)
        return TOO_LONG_SIZE
    if npath and at[0] != c'/':
        memcpy(to, base, nbase)
        k = nbase
    no_base = k == 0
    while True:
        c = byte_at(at, end)
        if c == 0:
            if k > 1 and to[k - 1] == c'/':
                k -= 1
            break
        step = utf8_step(at, end)
        if step < 0:
            if k + 3 >= PATH_SIZE:
                break
            to[k] = <char> 0xEF
            to[k + 1] = <char> 0xBF
            to[k + 2] = <char> 0xBD
            k += 3
            at -= step
            continue
        if step == 1:
            if c == c'.' and (k == 0 or to[k - 1] == c'/'):
                next1 = byte_at(at + 1, end)
                next2 = byte_at(at + 2, end) if next1 else 0
                if next1 == c'.' and (next2 == c'/' or next2 == 0):
                    k = parent_of(to, k)
                    at += 3 if next2 else 2
                    continue
                if next1 == c'/' or next1 == 0:
                    at += 2 if next1 else 1
                    continue
            elif c == c'/' and ((k > 0 and to[k - 1] == c'/') or (k == 0 and not no_base)):
                at += 1
                continue
        if k + step >= PATH_SIZE:
            break
        memcpy(to + k, at, step)
        k += step
        at += step
    to[k] = 0
    return k


def join(base: bytes, path: bytes) -> bytes:
    """`path` seen from the directory `base`, for tests and for Python's side."""
    cdef char to[PATH_SIZE]
    cdef uint32_t n = path_join(to, base, <uint32_t> min(len(base), PATH_SIZE), path, <uint32_t> min(len(path), PATH_SIZE))
    return to[:n]
