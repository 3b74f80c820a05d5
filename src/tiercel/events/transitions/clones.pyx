"""Threads and processes that begin: clone, clone3, fork, vfork, each told by the parent and by the child.

Whichever comes first makes the child, unless the parent cannot: its event has the child's number as the parent's namespace
sees it, so where namespaces of process numbers are involved only the child's counts. After vfork only the child's counts
too, for the child may be gone when the parent goes on.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from tiercel.events.codes cimport (
    CLONE3_X,
    CLONE_20_X,
    FORK_20_X,
    PPM_CL_CHILD_IN_PIDNS,
    PPM_CL_CLONE_FILES,
    PPM_CL_CLONE_INVERTED,
    PPM_CL_CLONE_NEWPID,
    PPM_CL_CLONE_PARENT,
    PPM_CL_CLONE_THREAD,
    PPM_CL_CLONE_VFORK,
    VFORK_20_X,
)
from tiercel.events.event cimport Event, param_i64, param_u32, param_u64, result
from tiercel.events.process cimport Facts, Thread, thread_invalid
from tiercel.events.state cimport State
from tiercel.events.text cimport text_clear, text_share
from tiercel.events.threads cimport (
    exit_was,
    thread_find,
    thread_get,
    thread_insert,
    thread_link,
    thread_remove,
    thread_row,
)
from tiercel.events.transitions.images cimport (
    P_PID,
    P_PTID,
    cgroups_told,
    exe_set,
    inherit,
    inherit_process,
    sizes_set,
)
from tiercel.events.transitions.transition cimport param, register
from tiercel.events.users cimport users_seen

# Parameters besides those that exec has too.
cdef enum:
    P_FLAGS = 15
    P_UID = 16
    P_GID = 17
    P_VTID = 18
    P_VPID = 19
    P_PIDNS_START = 20

cdef enum:
    STALE_NS = 2_000_000_000     # a child older than that is another one with the same number


cdef inline uint64_t boot_of(const State *s) noexcept nogil:
    return 0 if s.capture else s.boot_ts_ns


cdef void namesake(Thread *t, const Thread *child) noexcept nogil:
    # A parent or main thread of which nothing was known is taken to run what its child runs.
    text_share(&t.exe, &child.exe)
    text_share(&t.comm, &child.comm)
    text_share(&t.args, &child.args)
    t.n_args = child.n_args
    text_clear(&t.cmdline)


cdef void common(State *s, Thread *child, const Event *e) noexcept nogil:
    # What both events tell of the child.
    exe_set(child, e)
    sizes_set(child, e)
    child.uid = param_u32(e, P_UID)
    child.gid = param_u32(e, P_GID)
    users_seen(s, child.uid, child.gid)
    cgroups_told(child, e)
    child.clone_ts = e.ts


cdef void virtual_ids(Thread *t, const Event *e) noexcept nogil:
    if param(e, P_VPID).n:
        t.vtid = param_i64(e, P_VTID)
        t.vpid = param_i64(e, P_VPID)
    else:
        t.vtid = t.tid
        t.vpid = -1


cdef void facts_of_child(Thread *child, const Event *e) noexcept nogil:
    # What it runs it has from its parent.
    cdef Facts *to = &child.facts
    cdef const Facts *told = &e.told.facts
    to.start_ns = told.start_ns
    to.birth_tid = told.birth_tid
    to.birth_pid = told.birth_pid
    to.pidns = told.pidns
    to.mntns = told.mntns
    to.netns = told.netns
    to.userns = told.userns
    to.cgroup_id = told.cgroup_id
    to.exec_id = told.exec_id
    to.subreaper = told.subreaper
    if told.exe.inode:
        to.exe = told.exe


cdef void told_by_parent(State *s, Event *e, int64_t child_tid) noexcept nogil:
    cdef uint32_t flags = param_u32(e, P_FLAGS)
    cdef Thread *caller = thread_get(s, e.tid)
    cdef Thread *child
    cdef bint known
    e.thread = caller
    if caller == NULL:
        return
    known = not thread_invalid(caller)
    if not known:
        caller.pid = param_i64(e, P_PID)
        caller.ptid = param_i64(e, P_PTID)
        virtual_ids(caller, e)
        thread_link(s, caller)
    # CLONE_PARENT: a container's first process, in captures that do not say so otherwise.
    if flags & (PPM_CL_CHILD_IN_PIDNS | PPM_CL_CLONE_NEWPID | PPM_CL_CLONE_PARENT) or e.tid != caller.vtid:
        return
    if flags & PPM_CL_CLONE_VFORK or e.type == VFORK_20_X:
        return
    if exit_was(s, e.tid, child_tid, e.ts):
        return
    child = thread_find(s, child_tid)
    if child != NULL:
        if child.flags & PPM_CL_CLONE_INVERTED:
            return
        # Its exit was lost.
        thread_remove(s, child_tid)
    child = thread_row(s)
    if child == NULL:
        return
    child.flags = flags
    child.tid = child_tid
    if not flags & PPM_CL_CLONE_THREAD:
        if known:
            inherit_process(s, child, caller)
        child.pid = child_tid
        child.ptid = caller.tid
    else:
        child.pid = caller.pid
        child.ptid = caller.ptid
        # Threads use the main thread's descriptors, whatever they asked for.
        child.flags |= PPM_CL_CLONE_FILES
        child.lastexec_ts = caller.lastexec_ts
    child.vtid = child.tid
    child.vpid = child.pid
    common(s, child, e)
    child.pidns_init_start_ts = boot_of(s)
    if known:
        inherit(child, caller)
    else:
        namesake(caller, child)
    thread_insert(s, child, True)
    e.thread = thread_find(s, e.tid)


cdef void told_by_child(State *s, Event *e) noexcept nogil:
    cdef Thread *child = e.thread
    cdef Thread *other
    cdef bint leader, known
    if child != NULL and child.clone_ts != 0:
        if e.ts - child.clone_ts < STALE_NS:
            return
        # Its exit was lost.
        thread_remove(s, e.tid)
    e.thread = NULL
    child = thread_row(s)
    if child == NULL:
        return
    child.tid = e.tid
    child.pid = param_i64(e, P_PID)
    child.ptid = param_i64(e, P_PTID)
    virtual_ids(child, e)
    child.flags = param_u32(e, P_FLAGS) | PPM_CL_CLONE_INVERTED
    leader = not child.flags & PPM_CL_CLONE_THREAD
    if not leader:
        child.flags |= PPM_CL_CLONE_FILES
    other = thread_get(s, child.ptid if leader else child.pid)
    if other == NULL:
        child.next = s.gone_threads
        s.gone_threads = child
        return
    known = not thread_invalid(other)
    if not known and not leader:
        other.pid = child.pid
        other.ptid = child.ptid
        other.vpid = child.vpid
        other.vtid = other.vpid
        thread_link(s, other)
    common(s, child, e)
    if known:
        inherit(child, other)
        if leader:
            inherit_process(s, child, other)
        else:
            child.lastexec_ts = other.lastexec_ts
    elif not leader:
        namesake(other, child)
    if child.flags & (PPM_CL_CHILD_IN_PIDNS | PPM_CL_CLONE_NEWPID) or child.tid != child.vtid:
        if param(e, P_PIDNS_START).n:
            child.pidns_init_start_ts = param_u64(e, P_PIDNS_START) + boot_of(s)
    else:
        child.pidns_init_start_ts = boot_of(s)
    if e.told != NULL:
        facts_of_child(child, e)
    e.thread = thread_insert(s, child, True)


cdef void cloned(State *s, Event *e) noexcept nogil:
    cdef int64_t res = result(e)
    if res == 0:
        told_by_child(s, e)
    elif res > 0:
        told_by_parent(s, e, res)


register(CLONE_20_X, cloned)
register(CLONE3_X, cloned)
register(FORK_20_X, cloned)
register(VFORK_20_X, cloned)
