"""Who processes run as, what they may do, which session and limits they have."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from tiercel.events.codes cimport (
    CAPSET_X,
    GETRLIMIT_X,
    PPM_CL_CLONE_NEWUSER,
    PPM_PR_GET_CHILD_SUBREAPER,
    PPM_PR_SET_CHILD_SUBREAPER,
    PPM_RLIMIT_NOFILE,
    PRCTL_X,
    PRLIMIT_X,
    SETGID_X,
    SETNS_X,
    SETREGID_X,
    SETRESGID_X,
    SETRESUID_X,
    SETREUID_X,
    SETRLIMIT_X,
    SETSID_X,
    SETUID_X,
    UNSHARE_X,
)
from tiercel.events.event cimport Event, param_i64, param_u8, param_u32, param_u64, result
from tiercel.events.process cimport Thread, thread_invalid
from tiercel.events.state cimport State
from tiercel.events.threads cimport thread_get, thread_main
from tiercel.events.transitions.transition cimport param, register
from tiercel.events.users cimport users_seen

cdef enum:
    N_CAPABILITIES = 41
    NOBODY = 0xFFFFFFFF


cdef void user_set(State *s, Event *e) noexcept nogil:
    cdef uint32_t at = 1 if e.type == SETUID_X else 2
    if e.thread == NULL or result(e) != 0 or param(e, at).n == 0:
        return
    e.thread.uid = param_u32(e, at)
    if e.thread.container_id.n == 0:
        users_seen(s, e.thread.uid, <uint32_t> NOBODY)


cdef void group_set(State *s, Event *e) noexcept nogil:
    cdef uint32_t at = 1 if e.type == SETGID_X else 2
    if e.thread == NULL or result(e) != 0 or param(e, at).n == 0:
        return
    e.thread.gid = param_u32(e, at)
    if e.thread.container_id.n == 0:
        users_seen(s, <uint32_t> NOBODY, e.thread.gid)


cdef void capabilities_set(State *s, Event *e) noexcept nogil:
    if e.thread == NULL or result(e) < 0:
        return
    e.thread.cap_inheritable = param_u64(e, 1)
    e.thread.cap_permitted = param_u64(e, 2)
    e.thread.cap_effective = param_u64(e, 3)


cdef void namespace_entered(State *s, Event *e) noexcept nogil:
    # A new user namespace: there it may do everything.
    cdef uint64_t all_of_them = (<uint64_t> 1 << N_CAPABILITIES) - 1
    if e.thread == NULL or result(e) < 0:
        return
    if param_u32(e, 1 if e.type == UNSHARE_X else 2) & PPM_CL_CLONE_NEWUSER:
        e.thread.cap_inheritable = all_of_them
        e.thread.cap_permitted = all_of_them
        e.thread.cap_effective = all_of_them


cdef void session_begun(State *s, Event *e) noexcept nogil:
    if e.thread != NULL and result(e) >= 0:
        e.thread.sid = result(e)


cdef void controlled(State *s, Event *e) noexcept nogil:
    # prctl: who takes orphans. Falco reads the answer to the question too.
    cdef uint32_t option = param_u32(e, 1)
    if e.thread == NULL or result(e) < 0 or thread_invalid(e.thread) or e.thread.group == NULL:
        return
    if option == PPM_PR_SET_CHILD_SUBREAPER or option == PPM_PR_GET_CHILD_SUBREAPER:
        e.thread.group.reaper = param_i64(e, 3) != 0


cdef void own_limit_set(State *s, Event *e) noexcept nogil:
    cdef Thread *main
    cdef int64_t limit = param_i64(e, 1)
    if e.thread == NULL or result(e) < 0 or param_u8(e, 3) != PPM_RLIMIT_NOFILE or limit == -1:
        return
    main = thread_main(e.thread)
    if main != NULL:
        main.fdlimit = limit


cdef void limit_set(State *s, Event *e) noexcept nogil:
    cdef Thread *t
    cdef int64_t limit = param_i64(e, 1), tid = param_i64(e, 5)
    if result(e) != 0 or param(e, 6).n == 0 or param_u8(e, 6) != PPM_RLIMIT_NOFILE or limit == -1:
        return
    if param(e, 5).n == 0:
        return
    t = thread_get(s, tid if tid else e.tid)
    if t == NULL or thread_invalid(t):
        return
    t = thread_main(t)
    if t != NULL:
        t.fdlimit = limit


for _type in (SETUID_X, SETREUID_X, SETRESUID_X):
    register(_type, user_set)
for _type in (SETGID_X, SETREGID_X, SETRESGID_X):
    register(_type, group_set)
register(CAPSET_X, capabilities_set)
register(UNSHARE_X, namespace_entered)
register(SETNS_X, namespace_entered)
register(SETSID_X, session_begun)
register(PRCTL_X, controlled)
register(GETRLIMIT_X, own_limit_set)
register(SETRLIMIT_X, own_limit_set)
register(PRLIMIT_X, limit_set)
