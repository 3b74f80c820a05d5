"""How the state moves: what every event does, and what each type does besides (`tiercel.events.transitions`).

    state_enter     find the event's thread, make a placeholder where it is not known
                    on the way into a call: note the descriptor, keep the parameters that the way out will need
                    on the way out: what the call returned, the descriptor it was about
                    the type's transition
                    a process that started: its container
    state_leave     close what was closed, remove who exited, free rows that nobody can reach any more

Everything follows Falco libs 0.25.4 replaying a capture: nothing is asked of the machine it runs on.
"""

from libc.stdint cimport int8_t, int32_t
from libc.stdlib cimport calloc, free, malloc, qsort, realloc
from libc.string cimport memcpy, memset

from tiercel.events.asked cimport asked_free
from tiercel.events.codes cimport *
from tiercel.events.containers cimport (
    cgroups_set,
    container_attach,
    container_find,
    container_untold,
    containers_free,
    containers_init,
)
from tiercel.events.descriptors cimport fds_at, fds_free_rows, fds_get, fds_put, fds_release, fds_remove, fds_room
from tiercel.events.event cimport param_i64, result
from tiercel.events.idmap cimport idmap_free, idmap_init
from tiercel.events.layout cimport event_category, event_flags
from tiercel.events.paths cimport PATH_SIZE, path_join
from tiercel.events.process cimport FD_FILE_V2, FD_FROM_PROC, FD_PIDFD, FD_UNINITIALIZED, FD_UNKNOWN
from tiercel.events.sockets cimport socket_fix_direction, socket_from_table
from tiercel.events.text cimport text_clear, text_init, text_set
from tiercel.events.threads cimport (
    cwd_set,
    exepath_tidy,
    exit_note,
    thread_blank,
    thread_fds,
    thread_find,
    thread_free,
    thread_get,
    thread_insert,
    thread_link,
    thread_main,
    thread_remove,
    threads_clear,
    threads_leave,
)
from tiercel.events.transitions.registry cimport registered
from tiercel.events.users cimport group_find, group_put, user_find, user_put, users_free, users_seen

# Importing them fills the table of transitions.
from tiercel.events.transitions import (  # noqa: F401
    clones,
    closes,
    copies,
    credentials,
    directories,
    entries,
    execs,
    exits,
    handles,
    memory,
    opens,
    tables,
    traffic,
)


cdef enum:
    MAX_INTERFACES = 4096


# ---- life

cdef State *state_new() except NULL:
    cdef State *s = <State *> calloc(1, sizeof(State))
    cdef bint whole
    if s == NULL:
        raise MemoryError
    text_init(&s.hostname)
    s.capture = True
    s.max_free = 4096
    s.leaving_tid = -1
    s.exits = <RecentExits *> calloc(1, sizeof(RecentExits))
    whole = s.exits != NULL
    whole = idmap_init(&s.threads) and whole
    whole = idmap_init(&s.groups) and whole
    whole = idmap_init(&s.users) and whole
    whole = idmap_init(&s.user_groups) and whole
    whole = idmap_init(&s.containers) and whole
    whole = containers_init(s) and whole
    if not whole:
        raise MemoryError
    threads_clear(s)
    return s


cdef void state_free(State *s) noexcept:
    cdef Thread *t
    if s == NULL:
        return
    state_restart(s)
    s.max_free = 0
    while s.free_threads != NULL:
        t = s.free_threads
        s.free_threads = t.next
        thread_free(t)
    fds_free_rows(s)
    users_free(s)
    containers_free(s)
    asked_free(s)
    idmap_free(&s.threads)
    idmap_free(&s.groups)
    idmap_free(&s.users)
    idmap_free(&s.user_groups)
    idmap_free(&s.containers)
    text_clear(&s.hostname)
    free(s.exits)
    free(s)


cdef void state_restart(State *s) noexcept nogil:
    state_leave(s, NULL)
    threads_clear(s)
    state_leave(s, NULL)
    s.restarts += 1
    free(s.interfaces.v4)
    free(s.interfaces.v6)
    memset(&s.interfaces, 0, sizeof(Interfaces))
    memset(s.server_ports, 0, sizeof(s.server_ports))
    # `started` stays: Falco does not look for the containers of a second head's threads.


# ---- what each type needs, worked out once

ctypedef void (*Transition)(State *s, Event *e) noexcept nogil


cdef enum Need:
    N_TRANSITION = 1             # has one
    N_NO_RESET = 2               # tells of no thread
    N_TABLES = 4                 # part of a capture's head, or like it: containers, users, plugins
    N_FINDS_ONLY = 8             # an unknown thread stays unknown
    N_RESULT = 16                # the first parameter is what a call returned
    N_USES_FD = 32
    N_NEW_PROCESS = 64           # a process that may be in a container started
    N_SWITCH = 128

cdef uint8_t[N_EVENTS + 1] needs
cdef int8_t[N_EVENTS + 1] fd_places
cdef uint8_t[4][N_EVENTS + 1] wanted
cdef void **moves = registered()

# Where events on the way out have the descriptor they are about (libscap, scap_event.c).
cdef dict FD_PLACES = {
    1: (
        SETNS_X, LISTEN_X, SHUTDOWN_X, FCHDIR_X, LSEEK_X, LLSEEK_X, IOCTL_3_X, FSTAT_X, CLOSE_X, GETDENTS_X,
        GETDENTS64_X, FLOCK_X, COPY_FILE_RANGE_X, FCNTL_X, DUP_1_X, DUP2_X, DUP3_X, NEWFSTATAT_X, FCHOWNAT_X,
        FCHMODAT_X, MKDIRAT_X, UNLINKAT_2_X, MKNODAT_X, SENDMMSG_X, RECVMMSG_X, IO_URING_REGISTER_X,
        IO_URING_ENTER_X, SETSOCKOPT_X, GETSOCKOPT_X, FSCONFIG_X, FINIT_MODULE_X, FCHMOD_X, FCHOWN_X,
    ),
    2: (
        READ_X, PREAD_X, BIND_X, WRITE_X, PWRITE_X, RECV_X, SEND_X, SENDTO_X, SENDMSG_X, SENDFILE_X, SPLICE_X,
        WRITEV_X, PWRITEV_X, CONNECT_X, SYMLINKAT_X,
    ),
    3: (RECVFROM_X, READV_X, PREADV_X),
    5: (RECVMSG_X,),
    8: (MMAP_X, MMAP2_X),
}  # fmt: skip
cdef tuple NEW_PROCESS = (CLONE_20_X, FORK_20_X, VFORK_20_X, CLONE3_X, EXECVE_19_X, EXECVEAT_X, CHROOT_X)
cdef tuple TABLES = (
    CONTAINER_JSON_2_E, USER_ADDED_E, USER_DELETED_E, GROUP_ADDED_E, GROUP_DELETED_E, PLUGINEVENT_E, ASYNCEVENT_E,
)  # fmt: skip
cdef tuple FINDS_ONLY = (CLONE_20_X, CLONE3_X, FORK_20_X, VFORK_20_X, SCHEDSWITCH_6_E, PROCEXIT_1_E)
# Transitions that only keep up what a Feature names.
cdef dict FEATURES = {
    FEATURE_MEMORY: (SCHEDSWITCH_6_E, BRK_4_X, MMAP_X, MMAP2_X, MUNMAP_X),
    FEATURE_CONNECTED: (READ_X, READV_X, PREAD_X, PREADV_X, WRITE_X, WRITEV_X, PWRITE_X, PWRITEV_X),
}


cdef int _work_out() except -1:
    cdef int type, place, features
    for type in range(N_EVENTS):
        flags = event_flags(type)
        fd_places[type] = -1
        needs[type] = N_TRANSITION if moves[type] != NULL else 0
        if flags & EF_SKIPPARSERESET:
            needs[type] |= N_NO_RESET
        if type & 1 and event_category(type) & EC_SYSCALL and type != GENERIC_X:
            needs[type] |= N_RESULT
        if flags & EF_USES_FD:
            needs[type] |= N_USES_FD
    needs[N_EVENTS] = N_NO_RESET
    for place, types in FD_PLACES.items():
        for type in types:
            fd_places[type] = <int8_t> place
    fd_places[CONNECT_E] = 0
    for type in TABLES:
        needs[type] |= N_TABLES
    for type in FINDS_ONLY:
        needs[type] |= N_FINDS_ONLY
    for type in NEW_PROCESS:
        needs[type] |= N_NEW_PROCESS
    needs[SCHEDSWITCH_6_E] |= N_SWITCH
    for features in range(4):
        for type in range(N_EVENTS):
            wanted[features][type] = needs[type] & (N_TRANSITION | N_NEW_PROCESS | N_TABLES) != 0
        for feature, types in FEATURES.items():
            if not features & feature:
                for type in types:
                    wanted[features][type] = 0
        # Falco forgets a call that was begun when a signal comes in between.
        wanted[features][SIGNALDELIVER_E] = 1
    return 0


_work_out()


cdef const uint8_t *state_wanted() noexcept nogil:
    return wanted[0]


cdef const uint8_t *state_wanted_for(uint32_t features) noexcept nogil:
    return wanted[features & 3]


# ---- events

cdef void first_event(State *s) noexcept nogil:
    # Threads of the head are told apart as probes once all containers of the head are known.
    cdef uint32_t i
    s.started = True
    for i in range(s.threads.mask + 1):
        if s.threads.slots[i].row != NULL:
            container_attach(s, <Thread *> s.threads.slots[i].row)


cdef void begin(State *s, Event *e, uint8_t need) noexcept nogil:
    # The event's thread, what its call returned, its descriptor. Calls that never ended, and ends without a beginning,
    # are seen as Falco sees them: by the thread's last event on the way in.
    cdef Thread *t
    cdef FdTable *fds
    cdef int64_t res
    cdef int place
    t = thread_find(s, e.tid)
    if t == NULL and not need & N_FINDS_ONLY:
        t = thread_get(s, e.tid)
    e.thread = t
    if t == NULL or need & N_SWITCH:
        return
    place = fd_places[e.type]
    if not e.type & 1:
        t.lastevent_fd = -1
        t.lastevent_type = e.type
        if need & N_USES_FD and place >= 0 and <uint32_t> place < e.nparams and e.params[place].n >= 8:
            t.lastevent_fd = param_i64(e, <uint32_t> place)
    else:
        t.enter_valid = e.type == t.lastevent_type + 1 or (
            e.type == EXECVE_19_X and t.lastevent_type == EXECVEAT_E
        )
        if not t.enter_valid:
            t.lastevent_fd = -1
        if need & N_RESULT and e.nparams:
            res = result(e)
            if res < 0:
                e.errno_ = <int32_t> -res
        if not need & N_USES_FD:
            return
        if t.lastevent_fd == -1 and place >= 0 and <uint32_t> place < e.nparams and e.params[place].n >= 8:
            t.lastevent_fd = param_i64(e, <uint32_t> place)
    if need & N_USES_FD and t.lastevent_fd >= 0:
        fds = thread_fds(t)
        if fds != NULL:
            e.fd = fds_get(fds, t.lastevent_fd)


cdef void state_enter(State *s, Event *e) noexcept nogil:
    cdef uint8_t need = needs[e.type if e.type < N_EVENTS else N_EVENTS]
    e.thread = NULL
    e.fd = NULL
    e.fd_num = -1
    e.fd_name_changed = False
    e.errno_ = 0
    if not s.started and not need & N_TABLES:
        first_event(s)
    if need & N_NO_RESET:
        e.thread = thread_find(s, e.tid)
        return
    if not need & N_TABLES:
        begin(s, e, need)
    if need & N_TRANSITION:
        (<Transition> moves[e.type])(s, e)
    if need & N_NEW_PROCESS and result(e) >= 0:
        attach(s, e)
    if e.thread == NULL:
        # Fields of events that move tables, not threads, show whoever has the number now.
        e.thread = thread_find(s, e.tid)
        return
    e.fd_num = e.thread.lastevent_fd
    if e.type & 1:
        e.thread.enter_kept = False


cdef void attach(State *s, Event *e) noexcept nogil:
    cdef Thread *t = thread_find(s, e.tid)
    if t == NULL:
        return
    container_attach(s, t)
    if t.container_id.n == 0:
        users_seen(s, t.uid, t.gid)


cdef void state_leave(State *s, Event *e) noexcept nogil:
    cdef Thread *t
    cdef FdTable *fds
    cdef Fd *fd
    if s.leaving_tid != -1:
        t = thread_find(s, s.leaving_tid)
        exit_note(s, t.ptid if t != NULL else -1, s.leaving_tid, e.ts if e != NULL else 0)
        thread_remove(s, s.leaving_tid)
        s.leaving_tid = -1
    if s.leaving_fd_of != NULL:
        fds = thread_fds(s.leaving_fd_of)
        if fds != NULL:
            fds_remove(s, fds, s.leaving_fd)
        s.leaving_fd_of = NULL
    if s.told != NULL:
        container_untold(s)
    while s.gone_fds != NULL:
        fd = s.gone_fds
        s.gone_fds = fd.next
        fds_release(s, fd)
    if s.gone_threads != NULL:
        threads_leave(s)
        while s.gone_fds != NULL:
            fd = s.gone_fds
            s.gone_fds = fd.next
            fds_release(s, fd)


cdef void state_skipped(State *s, uint16_t type, int64_t tid) noexcept nogil:
    cdef uint8_t need = needs[type if type < N_EVENTS else N_EVENTS]
    if not need & (N_NO_RESET | N_TABLES | N_FINDS_ONLY):
        thread_get(s, tid)


# ---- look-ups

cdef Thread *state_thread(State *s, int64_t tid) noexcept nogil:
    return thread_find(s, tid)


cdef Thread *state_main_thread(State *s, Thread *t) noexcept nogil:
    return thread_main(t)


cdef Thread *state_parent(State *s, Thread *t) noexcept nogil:
    return thread_find(s, t.ptid)


cdef FdTable *state_fds(State *s, Thread *t) noexcept nogil:
    return thread_fds(t)


cdef Fd *state_fd(State *s, Thread *t, int64_t num) noexcept nogil:
    cdef FdTable *fds
    if num < 0:
        return NULL
    fds = thread_fds(t)
    return fds_get(fds, num) if fds != NULL else NULL


cdef User *state_user(State *s, const Text *container_id, uint32_t uid) noexcept nogil:
    return user_find(s, container_id, uid)


cdef Group *state_group(State *s, const Text *container_id, uint32_t gid) noexcept nogil:
    return group_find(s, container_id, gid)


cdef Container *state_container(State *s, const Text *id) noexcept nogil:
    return container_find(s, id)


# ---- what a source's tables bring

cdef Thread *thread_new() noexcept nogil:
    cdef Thread *t = <Thread *> malloc(sizeof(Thread))
    if t != NULL:
        thread_blank(t)
    return t


cdef uint32_t tidy_list(Text *t) noexcept nogil:
    # Strings parted by NULs, the last with or without one: each ends in NUL afterwards. Returns how many.
    cdef uint32_t n = t.n, i, count = 1
    if n and t.p[n - 1] == 0:
        n -= 1
    if n == 0:
        text_set(t, NULL, 0)
        return 0
    for i in range(n):
        count += t.p[i] == 0
    if n == t.n:
        # The NUL behind every Text becomes part of it.
        t.n += 1
    return count


cdef void thread_add(State *s, Thread *t) noexcept nogil:
    cdef char path[PATH_SIZE]
    cdef Bytes list
    cdef uint32_t n
    t.n_args = tidy_list(&t.args)
    t.n_env = tidy_list(&t.env)
    list.p = t.cgroups.p
    list.n = t.cgroups.n
    cgroups_set(t, list)
    exepath_tidy(t)
    if t.tid == t.pid:
        n = path_join(path, b"", 0, t.cwd.p, t.cwd.n)
        cwd_set(t, path, n)
    else:
        text_clear(&t.cwd)
        text_clear(&t.env)
        t.n_env = 0
    t.flags |= PPM_CL_NAME_CHANGED | PPM_CL_ACTIVE
    t.reaper_tid = -1
    t.lastexec_ts = 0
    users_seen(s, t.uid, t.gid)
    thread_insert(s, t, False)


cdef Fd *fd_new() noexcept nogil:
    cdef Fd *fd = <Fd *> calloc(1, sizeof(Fd))
    if fd != NULL:
        text_init(&fd.name)
        text_init(&fd.name_raw)
        text_init(&fd.true_name)
        fd.num = -1
        fd.type = FD_UNINITIALIZED
        fd.refs = 1
    return fd


cdef void fd_add(State *s, int64_t tid, Fd *fd) noexcept nogil:
    cdef Thread *t = thread_find(s, tid)
    if t == NULL or not FD_UNKNOWN < fd.type <= FD_PIDFD:
        fds_release(s, fd)
        return
    if fd.type != FD_FILE_V2:
        fd.openflags = 0
        fd.dev = 0
        fd.mount_id = 0
    fd.flags = FD_FROM_PROC
    socket_from_table(s, fd)
    fds_put(s, &t.fds, fd.num, fd)


cdef void user_add(
    State *s, const Text *container_id, uint32_t uid, uint32_t gid, Bytes name, Bytes home, Bytes shell
) noexcept nogil:
    user_put(s, container_id, uid, gid, name, home, shell)


cdef void group_add(State *s, const Text *container_id, uint32_t gid, Bytes name) noexcept nogil:
    group_put(s, container_id, gid, name)


cdef void interface_add(State *s, Bytes name, int family, Bytes addr, Bytes netmask) noexcept nogil:
    cdef Interfaces *a = &s.interfaces
    cdef void *more
    if addr.n == 4 and a.n_v4 < MAX_INTERFACES:
        more = realloc(a.v4, (a.n_v4 + 1) * sizeof(Interface4))
        if more == NULL:
            return
        a.v4 = <Interface4 *> more
        memset(&a.v4[a.n_v4], 0, sizeof(Interface4))
        memcpy(a.v4[a.n_v4].addr, addr.p, 4)
        memcpy(a.v4[a.n_v4].netmask, netmask.p, 4 if netmask.n >= 4 else netmask.n)
        a.n_v4 += 1
    elif addr.n == 16 and a.n_v6 < MAX_INTERFACES:
        more = realloc(a.v6, (a.n_v6 + 1) * sizeof(Interface6))
        if more == NULL:
            return
        a.v6 = <Interface6 *> more
        memcpy(a.v6[a.n_v6].addr, addr.p, 16)
        a.n_v6 += 1


cdef int by_tid(const void *a, const void *b) noexcept nogil:
    cdef int64_t x = (<Thread **> a)[0].tid, y = (<Thread **> b)[0].tid
    return (x > y) - (x < y)


cdef void tables_done(State *s) noexcept nogil:
    # In the order of their numbers, so that it does not matter where the table put them.
    cdef uint32_t n = 0, i, k
    cdef Thread **all
    cdef Fd *fd
    all = <Thread **> malloc((s.threads.count + 1) * sizeof(Thread *))
    if all == NULL:
        return
    for i in range(s.threads.mask + 1):
        if s.threads.slots[i].row != NULL:
            all[n] = <Thread *> s.threads.slots[i].row
            n += 1
    qsort(all, n, sizeof(Thread *), by_tid)
    for i in range(n):
        thread_link(s, all[i])
    for i in range(n):
        for k in range(fds_room(&all[i].fds)):
            fd = fds_at(&all[i].fds, k)
            if fd != NULL:
                socket_fix_direction(s, fd)
    free(all)
    state_leave(s, NULL)
