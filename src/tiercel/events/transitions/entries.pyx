"""Events on the way into a call."""

from libc.stdint cimport uint64_t
from libc.string cimport memcpy

from tiercel.events.codes cimport (
    CONNECT_E,
    CREAT_E,
    EXECVE_19_E,
    EXECVE_19_X,
    EXECVEAT_E,
    OPEN_E,
    OPENAT2_E,
    OPENAT_2_E,
)
from tiercel.events.state cimport State
from tiercel.events.text cimport text_room
from tiercel.events.transitions.transition cimport param, register

cdef enum:
    LARGEST = 4096               # that Falco keeps, the event's header and lengths included
    HEADER = 26
    MOST_PARAMS = 8


cdef void keep(State *s, Event *e) noexcept nogil:
    cdef Thread *t = e.thread
    cdef uint64_t total = 0
    cdef uint32_t i, n = e.nparams
    cdef char *to
    if t == NULL:
        return
    if n > MOST_PARAMS:
        n = MOST_PARAMS
    for i in range(n):
        total += e.params[i].n
    if HEADER + 2 * n + total > LARGEST:
        return
    to = text_room(&t.enter, <uint32_t> total)
    if to == NULL:
        return
    total = 0
    for i in range(n):
        if e.params[i].n:
            memcpy(to + total, e.params[i].p, e.params[i].n)
        total += e.params[i].n
        t.enter_ends[i] = <uint32_t> total
    t.enter_nparams = n
    t.enter_type = e.type
    t.enter_kept = True


cdef void keep_if_told(State *s, Event *e) noexcept nogil:
    # Where the first parameter is empty, all are.
    if param(e, 0).n:
        keep(s, e)


cdef bint entry_of(const Event *e) noexcept nogil:
    cdef Thread *t = e.thread
    if t == NULL or not t.enter_valid or not t.enter_kept:
        return False
    # A call of execveat that succeeds ends as execve.
    if e.type == EXECVE_19_X and t.enter_type == EXECVEAT_E:
        return True
    if t.enter_type + 1 != e.type:
        t.enter_valid = False
        return False
    return True


cdef Bytes entry_param(const Thread *t, uint32_t i) noexcept nogil:
    cdef Bytes b
    cdef uint32_t begin
    b.p = NULL
    b.n = 0
    if i < t.enter_nparams:
        begin = t.enter_ends[i - 1] if i else 0
        b.p = t.enter.p + begin
        b.n = t.enter_ends[i] - begin
    return b


for _type in (OPEN_E, CREAT_E, OPENAT_2_E, OPENAT2_E, EXECVE_19_E):
    register(_type, keep_if_told)
for _type in (EXECVEAT_E, CONNECT_E):
    register(_type, keep)
