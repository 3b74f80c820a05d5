"""Sizes of processes and their page faults."""

from tiercel.events.codes cimport BRK_4_X, MMAP2_X, MMAP_X, MUNMAP_X, SCHEDSWITCH_6_E
from tiercel.events.event cimport Event, param_u32, param_u64
from tiercel.events.process cimport Thread
from tiercel.events.state cimport State
from tiercel.events.threads cimport thread_main
from tiercel.events.transitions.transition cimport param, register


cdef void switched(State *s, Event *e) noexcept nogil:
    cdef Thread *main
    if e.thread == NULL or param(e, 5).n == 0:
        return
    e.thread.pfmajor = param_u64(e, 1)
    e.thread.pfminor = param_u64(e, 2)
    main = thread_main(e.thread)
    if main != NULL:
        main.vmsize_kb = param_u32(e, 3)
        main.vmrss_kb = param_u32(e, 4)
        main.vmswap_kb = param_u32(e, 5)


cdef void resized(State *s, Event *e) noexcept nogil:
    if e.thread == NULL:
        return
    if param(e, 1).n:
        e.thread.vmsize_kb = param_u32(e, 1)
    if param(e, 3).n:
        e.thread.vmrss_kb = param_u32(e, 2)
        e.thread.vmswap_kb = param_u32(e, 3)


register(SCHEDSWITCH_6_E, switched)
register(BRK_4_X, resized)
register(MMAP_X, resized)
register(MMAP2_X, resized)
register(MUNMAP_X, resized)
