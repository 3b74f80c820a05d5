"""Walks over ancestors."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.codes cimport PPM_CL_CHILD_IN_PIDNS
from tiercel.events.fields.field cimport Context, arena_alloc
from tiercel.events.process cimport Thread
from tiercel.events.state cimport State, state_main_thread, state_parent, state_thread

cdef enum:
    SHALLOW = 1024           # levels that may be asked for however few threads are known


cdef Thread *ancestor(State *s, Thread *t, uint32_t level) noexcept nogil:
    cdef uint64_t left = s.n_threads if s.n_threads > SHALLOW else SHALLOW
    t = state_main_thread(s, t)
    if level > left:
        return NULL          # deeper than any line without a ring
    while level and t != NULL:
        t = state_parent(s, t)
        if t != NULL:
            t = state_main_thread(s, t)
        level -= 1
    return t


cdef inline bint is_own_parent(const Thread *t) noexcept nogil:
    return t.tid == t.ptid


cdef void ancestors(Context *c, Thread *main, Ancestry *line) noexcept nogil:
    cdef State *s = c.state
    cdef Thread *t = state_parent(s, main)
    line.at = line.near
    line.n = 0
    while t != NULL and t.tid != -1:
        if line.n == NEAR:
            deep_ancestors(c, main, line)
            return
        line.near[line.n] = t
        line.n += 1
        t = state_parent(s, t)
        if t != NULL and is_own_parent(t):
            return


cdef void deep_ancestors(Context *c, Thread *main, Ancestry *line) noexcept nogil:
    # A long line, or a ring: two walkers, the second twice as fast; where they meet there is a ring. This is also how
    # Falco walks, so that a ring gives as many names here as there.
    cdef State *s = c.state
    cdef Thread *slow = state_parent(s, main)
    cdef Thread *fast = state_parent(s, slow) if slow != NULL else NULL
    cdef Thread **more
    cdef uint32_t room = NEAR
    cdef int i
    line.n = 0
    while slow != NULL and slow.tid != -1:
        if line.n == room:
            more = <Thread **> arena_alloc(c, 2 * room * sizeof(Thread *))
            if more == NULL:
                return
            memcpy(more, line.at, line.n * sizeof(Thread *))
            line.at = more
            room *= 2
        line.at[line.n] = slow
        line.n += 1
        slow = state_parent(s, slow)
        for i in range(2):
            if fast != NULL:
                fast = state_parent(s, fast)
            if slow != NULL and (slow == fast or is_own_parent(slow)):
                return


cdef inline int64_t group_of(const Thread *t, GroupKind kind) noexcept nogil:
    return t.sid if kind == BY_SESSION else t.vpgid if kind == BY_VIRTUAL_GROUP else t.pgid


cdef bint in_pid_namespace(const Thread *t) noexcept nogil:
    return t.flags & PPM_CL_CHILD_IN_PIDNS != 0 or (t.tid != t.vtid and t.vtid >= 0)


cdef Thread *leader(Context *c, Thread *t, GroupKind kind) noexcept nogil:
    cdef int64_t number = group_of(t, kind)
    cdef Thread *found
    cdef Ancestry line
    cdef uint32_t i
    if number == -1:
        return NULL
    if kind == BY_GROUP or not in_pid_namespace(t):
        found = state_thread(c.state, number)
        if found != NULL:
            return found
    # In a namespace of its own, the number says nothing about the table.
    found = NULL
    ancestors(c, t, &line)
    for i in range(line.n):
        if group_of(line.at[i], kind) != number:
            break
        found = line.at[i]
    return found
