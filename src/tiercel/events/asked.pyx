"""Containers that a live source has to ask about, and what is none.

Where a process starts in a container that the state does not know, its id and cgroups are kept for the source, which asks
the runtimes between two batches. A list that is full forgets the new one: its next process asks again. What a runtime says
is no container (a folder whose name looks like an id) is remembered; processes in it belong to the container around it, or
to the host.
"""

from libc.stdint cimport uint32_t
from libc.stdlib cimport calloc, free

from tiercel.events.process cimport Thread
from tiercel.events.state cimport MAX_ASKED, MAX_DENIED, Asked, Denied
from tiercel.events.text cimport text_clear, text_equals, text_init, text_set, text_share


cdef bint asked_init(State *s) noexcept nogil:
    cdef uint32_t i
    s.asked = <Asked *> calloc(MAX_ASKED, sizeof(Asked))
    s.denied = <Denied *> calloc(MAX_DENIED, sizeof(Denied))
    if s.asked == NULL or s.denied == NULL:
        return False
    for i in range(MAX_ASKED):
        text_init(&s.asked[i].id)
        text_init(&s.asked[i].cgroups)
    for i in range(MAX_DENIED):
        text_init(&s.denied[i].id)
        text_init(&s.denied[i].outer)
    return True


cdef void asked_free(State *s) noexcept nogil:
    cdef uint32_t i
    if s.asked != NULL:
        for i in range(MAX_ASKED):
            text_clear(&s.asked[i].id)
            text_clear(&s.asked[i].cgroups)
    if s.denied != NULL:
        for i in range(MAX_DENIED):
            text_clear(&s.denied[i].id)
            text_clear(&s.denied[i].outer)
    free(s.asked)
    free(s.denied)
    s.asked = NULL
    s.denied = NULL


cdef void asked_about(State *s, const Text *id, const Text *cgroups) noexcept nogil:
    cdef uint32_t i
    if s.asked == NULL:
        return
    for i in range(s.n_asked):
        if text_equals(&s.asked[i].id, id):
            return
    if s.n_asked < MAX_ASKED:
        text_share(&s.asked[s.n_asked].id, id)
        text_share(&s.asked[s.n_asked].cgroups, cgroups)
        s.n_asked += 1


cdef list asked_take(State *s):
    cdef uint32_t i
    cdef list out = []
    for i in range(s.n_asked):
        out.append((s.asked[i].id.p[:s.asked[i].id.n], s.asked[i].cgroups.p[:s.asked[i].cgroups.n]))
        text_clear(&s.asked[i].id)
        text_clear(&s.asked[i].cgroups)
    s.n_asked = 0
    return out


cdef const Text *denied_outer(State *s, const Text *id) noexcept nogil:
    cdef uint32_t i, n
    if s.n_denied == 0:
        return NULL
    n = s.n_denied if s.n_denied < MAX_DENIED else <uint32_t> MAX_DENIED
    for i in range(n):
        if text_equals(&s.denied[i].id, id):
            return &s.denied[i].outer
    return NULL


cdef void deny(State *s, bytes id, bytes outer):
    # Threads that were taken for its processes are put right.
    cdef Denied *d
    cdef Thread *t
    cdef uint32_t i
    if s.denied == NULL:
        return
    d = &s.denied[s.n_denied % MAX_DENIED]
    text_set(&d.id, id, <uint32_t> len(id))
    text_set(&d.outer, outer, <uint32_t> len(outer))
    s.n_denied += 1
    for i in range(s.threads.mask + 1):
        t = <Thread *> s.threads.slots[i].row
        if t != NULL and text_equals(&t.container_id, &d.id):
            text_share(&t.container_id, &d.outer)
