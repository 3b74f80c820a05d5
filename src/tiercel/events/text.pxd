"""Owned strings of the state's rows."""

from libc.stdint cimport uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from tiercel.events.process cimport Text


cdef inline void text_set(Text *t, const char *p, uint32_t n) noexcept nogil:
    # Copies; keeps the old string where memory is short.
    cdef char *q
    if t.p != NULL and n == t.n:
        memcpy(t.p, p, n)
        return
    q = <char *> malloc(n + 1)
    if q == NULL:
        return
    if n:
        memcpy(q, p, n)
    q[n] = 0
    free(t.p)
    t.p = q
    t.n = n


cdef inline void text_clear(Text *t) noexcept nogil:
    free(t.p)
    t.p = NULL
    t.n = 0
