"""Who started whom: from a thread to its process, its ancestors, the leader of its session or group.

A parent is found by number (ptid), so that what is shown is whoever has that number now, as Falco does it. Numbers come
from outside and may form rings or point nowhere: every walk here ends.
"""

from libc.stdint cimport uint32_t

from tiercel.events.codes cimport PPM_CL_IS_MAIN_THREAD
from tiercel.events.fields.field cimport Context
from tiercel.events.process cimport Thread
from tiercel.events.state cimport State

cdef enum:
    NEAR = 64                # ancestors that need no memory of the context


cdef struct Ancestry:
    # A thread's ancestors, parent first; `at` points to `near` or into the context's arena.
    Thread **at
    uint32_t n
    Thread *near[NEAR]


cdef enum GroupKind:
    BY_SESSION = 1           # sid: a number of the process's own pid namespace
    BY_VIRTUAL_GROUP = 2     # vpgid: likewise
    BY_GROUP = 3             # pgid: a number of the host's namespace


# The process `level` steps above the thread's own, which is level 0. NULL where the way up is broken.
cdef Thread *ancestor(State *s, Thread *t, uint32_t level) noexcept nogil

# All ancestors of a main thread. A ring is walked until Falco would notice it.
cdef void ancestors(Context *c, Thread *main, Ancestry *line) noexcept nogil

# Who leads the thread's session or group: the holder of that number, or else the eldest of the unbroken row of
# ancestors in the same one. NULL where there is none.
cdef Thread *leader(Context *c, Thread *t, GroupKind kind) noexcept nogil


cdef bint in_pid_namespace(const Thread *t) noexcept nogil


cdef inline bint is_main_thread(const Thread *t) noexcept nogil:
    return t.tid == t.pid or t.flags & PPM_CL_IS_MAIN_THREAD != 0
