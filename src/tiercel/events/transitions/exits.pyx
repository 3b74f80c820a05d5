"""Threads that end. They stay for the rules to see; state_leave() removes them."""

from tiercel.events.codes cimport PROCEXIT_1_E
from tiercel.events.event cimport Event, param_i64
from tiercel.events.state cimport State
from tiercel.events.threads cimport thread_die
from tiercel.events.transitions.transition cimport param, register

cdef enum:
    P_REAPER = 4


cdef void exited(State *s, Event *e) noexcept nogil:
    if e.thread == NULL:
        return
    thread_die(e.thread)
    s.leaving_tid = e.tid
    if e.thread.n_child_entries == 0:
        return
    if e.nparams > P_REAPER:
        if param(e, P_REAPER).n:
            e.thread.reaper_tid = param_i64(e, P_REAPER)
    else:
        e.thread.reaper_tid = -1


register(PROCEXIT_1_E, exited)
