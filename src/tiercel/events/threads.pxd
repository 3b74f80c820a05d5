"""Threads by tid, the groups (processes) they form, and who is whose child.

Followed as Falco libs 0.25.4 keeps them, counts that go wrong after lost events included: fields show them. What is kept
better is only what no field shows: a thread that is gone leaves its parent's and its group's list at once.

A dead main thread stays, for its descriptors and its directory, until the last thread of its group is gone.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from tiercel.events.codes cimport PPM_CL_CHILD_IN_PIDNS, PPM_CL_CLONE_FILES, PPM_CL_CLOSED, PPM_CL_IS_MAIN_THREAD
from tiercel.events.idmap cimport idmap_get
from tiercel.events.process cimport FdTable, Thread
from tiercel.events.state cimport State


cdef inline Thread *thread_find(State *s, int64_t tid) noexcept nogil:
    return <Thread *> idmap_get(&s.threads, tid)


cdef inline bint thread_is_main(const Thread *t) noexcept nogil:
    return t.tid == t.pid or t.flags & PPM_CL_IS_MAIN_THREAD != 0


cdef inline bint thread_is_dead(const Thread *t) noexcept nogil:
    return t.flags & PPM_CL_CLOSED != 0


cdef inline bint thread_in_pidns(const Thread *t) noexcept nogil:
    return t.flags & PPM_CL_CHILD_IN_PIDNS != 0 or (t.tid != t.vtid and t.vtid >= 0)


cdef inline Thread *thread_main(Thread *t) noexcept nogil:
    # NULL where the main thread is not known.
    cdef Thread *first
    if thread_is_main(t):
        return t
    if t.group == NULL:
        return NULL
    first = t.group.first
    return first if first != NULL and thread_is_main(first) else NULL


cdef inline FdTable *thread_fds(Thread *t) noexcept nogil:
    cdef Thread *main
    if not t.flags & PPM_CL_CLONE_FILES:
        return &t.fds
    main = thread_main(t)
    return &main.fds if main != NULL else NULL


cdef void thread_blank(Thread *t) noexcept nogil                      # what every thread begins with
cdef Thread *thread_row(State *s) noexcept nogil                      # of the state's, blank; NULL where memory is short
cdef void thread_free(Thread *t) noexcept nogil                       # one that is in no table, with all it owns but descriptors
cdef Thread *thread_get(State *s, int64_t tid) noexcept nogil         # a placeholder where it is not known; NULL: no room
cdef void thread_link(State *s, Thread *t) noexcept nogil             # into its group and its parent's list
cdef Thread *thread_insert(State *s, Thread *t, bint link) noexcept nogil    # takes it over; NULL where there is no room
cdef void thread_remove(State *s, int64_t tid) noexcept nogil         # with all that follows for children and group
cdef void thread_die(Thread *t) noexcept nogil                        # marks it dead in its group
cdef void thread_resurrect(Thread *t) noexcept nogil
cdef void exepath_tidy(Thread *t) noexcept nogil                      # without the kernel's mark of a deleted file
cdef void cwd_set(Thread *t, const char *path, uint32_t n) noexcept nogil    # with a "/" at the end
cdef void threads_leave(State *s) noexcept nogil                      # the event is over: rows taken out are free now
cdef void threads_clear(State *s) noexcept nogil

cdef void exit_note(State *s, int64_t ptid, int64_t tid, uint64_t ts) noexcept nogil
cdef bint exit_was(const State *s, int64_t ptid, int64_t tid, uint64_t ts) noexcept nogil   # within 2 s before ts
