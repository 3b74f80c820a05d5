"""The container that an event is about."""

from libc.stdlib cimport qsort
from libc.string cimport memcmp, memcpy

from tiercel.events.fields.field cimport arena_alloc, put_string
from tiercel.events.fields.line cimport Line, line_add, line_start
from tiercel.events.fields.proc_line cimport text_view, view
from tiercel.events.process cimport Text
from tiercel.events.state cimport state_container


cdef Container *container_of(const Context *c) noexcept nogil:
    if c.state.told != NULL:
        return c.state.told
    return state_container(c.state, &c.event.thread.container_id) if c.event.thread != NULL else NULL


cdef Container *sandbox_of(Context *c, const Container *box) noexcept nogil:
    # The record has the full id, the table the short one. Without an id that is the host, as in Falco.
    cdef Text id
    cdef char[SHORT_ID + 1] short_id
    cdef uint32_t n = box.pod_sandbox_id.n if box.pod_sandbox_id.n < SHORT_ID else <uint32_t> SHORT_ID
    if n:
        memcpy(short_id, box.pod_sandbox_id.p, n)
    short_id[n] = 0
    id.p = short_id
    id.n = n
    return state_container(c.state, &id)


cdef Bytes label(const Pair *labels, uint32_t n, const char *key, uint32_t n_key) noexcept nogil:
    cdef uint32_t i
    for i in range(n):
        if labels[i].key.n == n_key and memcmp(labels[i].key.p, key, n_key) == 0:
            return text_view(&labels[i].value)
    return view(NULL, 0)


cdef inline bint starts_with(const Text *t, const char *p, uint32_t n) noexcept nogil:
    return t.n >= n and memcmp(t.p, p, n) == 0


cdef int by_key(const void *a, const void *b) noexcept nogil:
    cdef const Text *left = &(<const Pair **> a)[0].key
    cdef const Text *right = &(<const Pair **> b)[0].key
    cdef int order = memcmp(left.p, right.p, left.n if left.n < right.n else right.n)
    return order if order else (left.n > right.n) - (left.n < right.n)


cdef bint put_labels(Context *c, const Pair *labels, uint32_t n, Out *out) noexcept nogil:
    cdef const Pair **sorted_labels = <const Pair **> arena_alloc(c, (<size_t> n + 1) * sizeof(Pair *))
    cdef Line line
    cdef uint32_t i, k = 0
    if sorted_labels == NULL or not line_start(&line, c, 256):
        return False
    for i in range(n):
        if starts_with(&labels[i].key, b"annotation.", 11) or starts_with(&labels[i].key, b"io.kubernetes.", 14):
            continue
        sorted_labels[k] = &labels[i]
        k += 1
    qsort(sorted_labels, k, sizeof(Pair *), by_key)
    for i in range(k):
        if line.n:
            line_add(&line, b", ", 2)
        line_add(&line, sorted_labels[i].key.p, sorted_labels[i].key.n)
        if sorted_labels[i].value.n:
            line_add(&line, b":", 1)
            line_add(&line, sorted_labels[i].value.p, sorted_labels[i].value.n)
    return put_string(out, line.p, line.n)
