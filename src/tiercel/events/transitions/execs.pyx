"""Threads that begin another program: execve, execveat."""

from libc.stdint cimport int64_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from tiercel.events.codes cimport (
    EXECVE_19_E,
    EXECVE_19_X,
    EXECVEAT_X,
    PPM_CL_ACTIVE,
    PPM_CL_CHILD_IN_PIDNS,
    PPM_CL_CLONE_INVERTED,
    PPM_CL_IS_MAIN_THREAD,
    PPM_CL_NAME_CHANGED,
    PPM_CL_PIPE_DST,
    PPM_CL_PIPE_SRC,
    PPM_EXE_FROM_MEMFD,
    PPM_EXE_LOWER_LAYER,
    PPM_EXE_UPPER_LAYER,
    PPM_EXE_WRITABLE,
    PPM_EXVAT_AT_EMPTY_PATH,
)
from tiercel.events.descriptors cimport fds_at, fds_get, fds_remove, fds_room
from tiercel.events.event cimport Bytes, Event, param_i64, param_u32, param_u64, result
from tiercel.events.process cimport Facts, Fd, FdTable, Thread, ThreadGroup, thread_invalid
from tiercel.events.state cimport State
from tiercel.events.text cimport text_set
from tiercel.events.threads cimport (
    exepath_tidy,
    thread_fds,
    thread_is_main,
    thread_link,
    thread_main,
    thread_remove,
    thread_resurrect,
)
from tiercel.events.transitions.copies cimport ends_with_exec
from tiercel.events.transitions.entries cimport entry_of, entry_param
from tiercel.events.transitions.images cimport P_PID, P_PTID, cgroups_told, exe_set, list_set, sizes_set
from tiercel.events.transitions.paths cimport Base, base_at, base_cwd, path_set
from tiercel.events.transitions.transition cimport is_na, param, param_text, register, text_bytes
from tiercel.events.truth cimport cwd_truth
from tiercel.events.users cimport users_seen

# Parameters besides those that clone has too.
cdef enum:
    P_ENV = 15
    P_TTY = 16
    P_VPGID = 17
    P_LOGINUID = 18
    P_FLAGS = 19
    P_CAP_INHERITABLE = 20
    P_CAP_PERMITTED = 21
    P_CAP_EFFECTIVE = 22
    P_INO = 23
    P_INO_CTIME = 24
    P_INO_MTIME = 25
    P_UID = 26
    P_TRUSTED_EXEPATH = 27
    P_PGID = 28
    P_GID = 29


cdef void path_from_entry(State *s, Event *e) noexcept nogil:
    # Captures that do not have the path as the kernel resolved it: out of what the call was given.
    cdef Thread *t = e.thread
    cdef Base b
    cdef Bytes name, value
    cdef int64_t dirfd = 0
    cdef uint32_t flags = 0
    cdef FdTable *fds
    if t.enter_type == EXECVE_19_E:
        name = text_bytes(entry_param(t, 0))
        if is_na(name):
            text_set(&t.exepath, name.p, name.n)
            return
        base_cwd(&b, t)
        path_set(&t.exepath, &b, name)
        return
    value = entry_param(t, 0)
    if value.n >= 8:
        memcpy(&dirfd, value.p, 8)
    value = entry_param(t, 2)
    if value.n >= 4:
        memcpy(&flags, value.p, 4)
    name = text_bytes(entry_param(t, 1))
    base_at(&b, t, name, dirfd)
    if not b.unknown and not (b.n == 1 and b.p[0] == c'.'):
        fds = thread_fds(t)
        e.fd = fds_get(fds, dirfd) if fds != NULL and dirfd >= 0 else NULL
    if b.unknown or (is_na(name) and not flags & PPM_EXVAT_AT_EMPTY_PATH):
        text_set(&t.exepath, b"<NA>", 4)
    elif flags & PPM_EXVAT_AT_EMPTY_PATH:
        # The program is the descriptor itself.
        name.p = b.p
        name.n = b.n
        b.p = b""
        b.n = 0
        path_set(&t.exepath, &b, name)
    else:
        path_set(&t.exepath, &b, name)


cdef void close_on_exec(State *s, FdTable *fds) noexcept nogil:
    cdef uint32_t i = 0
    cdef Fd *fd
    while i < fds_room(fds):
        fd = fds_at(fds, i)
        if fd != NULL and ends_with_exec(fd):
            fds_remove(s, fds, fd.num)
            # Another row may have moved into this place.
            if fds_at(fds, i) != NULL:
                continue
        i += 1


cdef void end_other_threads(State *s, Thread *t) noexcept nogil:
    cdef ThreadGroup *g = t.group
    cdef int64_t *tids
    cdef Thread *other
    cdef uint32_t i, n = 0
    if g == NULL or g.alive <= 1:
        return
    tids = <int64_t *> malloc((g.n_members + 1) * sizeof(int64_t))
    if tids == NULL:
        return
    other = g.first
    while other != NULL:
        if not thread_is_main(other) and other.tid != t.tid:
            tids[n] = other.tid
            n += 1
        other = other.next_member
    for i in range(n):
        thread_remove(s, tids[i])
    free(tids)


cdef void facts_of_program(Thread *t, const Event *e) noexcept nogil:
    # Where it came from it keeps.
    cdef Facts old = t.facts
    cdef Thread *main = thread_main(t)
    t.facts = e.told.facts
    t.facts.birth_tid = old.birth_tid
    t.facts.birth_pid = old.birth_pid
    text_set(&t.script, e.told.script.p, e.told.script.n)
    if main != NULL and e.told.cwd.n:
        cwd_truth(main, e.told.cwd)


cdef void executed(State *s, Event *e) noexcept nogil:
    cdef Thread *t = e.thread
    cdef Bytes b
    cdef uint32_t flags
    cdef FdTable *fds
    if t == NULL or result(e) < 0:
        return
    # Where a thread other than the main one did this, the kernel gave it the main thread's number, whose end was told.
    thread_resurrect(t)
    exe_set(t, e)
    t.lastexec_ts = e.ts
    t.pid = param_i64(e, P_PID)
    if thread_invalid(t):
        t.ptid = param_i64(e, P_PTID)
        if not t.flags & PPM_CL_CHILD_IN_PIDNS:
            t.vtid = t.tid
            t.vpid = t.pid
        thread_link(s, t)
    sizes_set(t, e)
    b = param(e, P_ENV)
    if b.n:
        list_set(&t.env, &t.n_env, b)
    cgroups_told(t, e)
    if param(e, P_TTY).n:
        t.tty = param_u32(e, P_TTY)
    if param(e, P_TRUSTED_EXEPATH).n:
        b = param_text(e, P_TRUSTED_EXEPATH)
        text_set(&t.exepath, b.p, b.n)
        exepath_tidy(t)
    elif entry_of(e):
        path_from_entry(s, e)
        exepath_tidy(t)
    if param(e, P_VPGID).n:
        t.vpgid = param_i64(e, P_VPGID)
    if param(e, P_LOGINUID).n:
        t.loginuid = param_u32(e, P_LOGINUID)
    if param(e, P_FLAGS).n:
        flags = param_u32(e, P_FLAGS)
        t.exe_writable = flags & PPM_EXE_WRITABLE != 0
        t.exe_upper_layer = flags & PPM_EXE_UPPER_LAYER != 0
        t.exe_from_memfd = flags & PPM_EXE_FROM_MEMFD != 0
        t.exe_lower_layer = flags & PPM_EXE_LOWER_LAYER != 0
    if param(e, P_CAP_EFFECTIVE).n:
        t.cap_inheritable = param_u64(e, P_CAP_INHERITABLE)
        t.cap_permitted = param_u64(e, P_CAP_PERMITTED)
        t.cap_effective = param_u64(e, P_CAP_EFFECTIVE)
    if param(e, P_INO_MTIME).n:
        t.exe_ino = param_u64(e, P_INO)
        t.exe_ino_ctime = param_u64(e, P_INO_CTIME)
        t.exe_ino_mtime = param_u64(e, P_INO_MTIME)
        if t.clone_ts:
            t.exe_ino_ctime_duration_clone_ts = t.clone_ts - t.exe_ino_ctime
        if t.pidns_init_start_ts and t.exe_ino_ctime > t.pidns_init_start_ts:
            t.exe_ino_ctime_duration_pidns_start = t.exe_ino_ctime - t.pidns_init_start_ts
    if param(e, P_UID).n:
        t.uid = param_u32(e, P_UID)
    t.pgid = param_i64(e, P_PGID) if param(e, P_PGID).n else -1
    if param(e, P_GID).n:
        t.gid = param_u32(e, P_GID)
    if t.container_id.n == 0:
        users_seen(s, t.uid, t.gid)
    if e.told != NULL:
        facts_of_program(t, e)
    fds = thread_fds(t)
    if fds != NULL:
        close_on_exec(s, fds)
    t.flags &= PPM_CL_PIPE_SRC | PPM_CL_PIPE_DST | PPM_CL_IS_MAIN_THREAD | PPM_CL_CLONE_INVERTED
    t.flags |= PPM_CL_ACTIVE | PPM_CL_NAME_CHANGED
    end_other_threads(s, t)


register(EXECVE_19_X, executed)
register(EXECVEAT_X, executed)
