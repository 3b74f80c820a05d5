"""Fields of the thread that made the event: thread.*"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.string cimport memcmp, memcpy, strlen

from tiercel.events.codes cimport PROCINFO_E
from tiercel.events.event cimport Bytes
from tiercel.events.fields.field cimport (
    Arg,
    Context,
    Out,
    arena_alloc,
    put_bool,
    put_bytes,
    put_double,
    put_int,
    put_string,
    put_uint,
    register,
    register_features,
)
from tiercel.events.fields.lineage cimport is_main_thread
from tiercel.events.fields.proc_line cimport joined, piece
from tiercel.events.process cimport Thread
from tiercel.events.state cimport FEATURE_MEMORY

cdef enum:
    N_CAPABILITIES = 41

ctypedef const char *Word

# linux/capability.h, bit 0 first
cdef Word[N_CAPABILITIES] capabilities
capabilities[:] = [
    b"CAP_CHOWN", b"CAP_DAC_OVERRIDE", b"CAP_DAC_READ_SEARCH", b"CAP_FOWNER", b"CAP_FSETID", b"CAP_KILL", b"CAP_SETGID",
    b"CAP_SETUID", b"CAP_SETPCAP", b"CAP_LINUX_IMMUTABLE", b"CAP_NET_BIND_SERVICE", b"CAP_NET_BROADCAST",
    b"CAP_NET_ADMIN", b"CAP_NET_RAW", b"CAP_IPC_LOCK", b"CAP_IPC_OWNER", b"CAP_SYS_MODULE", b"CAP_SYS_RAWIO",
    b"CAP_SYS_CHROOT", b"CAP_SYS_PTRACE", b"CAP_SYS_PACCT", b"CAP_SYS_ADMIN", b"CAP_SYS_BOOT", b"CAP_SYS_NICE",
    b"CAP_SYS_RESOURCE", b"CAP_SYS_TIME", b"CAP_SYS_TTY_CONFIG", b"CAP_MKNOD", b"CAP_LEASE", b"CAP_AUDIT_WRITE",
    b"CAP_AUDIT_CONTROL", b"CAP_SETFCAP", b"CAP_MAC_OVERRIDE", b"CAP_MAC_ADMIN", b"CAP_SYSLOG", b"CAP_WAKE_ALARM",
    b"CAP_BLOCK_SUSPEND", b"CAP_AUDIT_READ", b"CAP_PERFMON", b"CAP_BPF", b"CAP_CHECKPOINT_RESTORE",
]


# ---- who it is

cdef bint tid(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Of events whose thread is not known, too.
    return -1 <= c.event.tid <= <int64_t> 0xFFFFFFFF and put_int(out, c.event.tid)


cdef bint vtid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and c.event.thread.vtid != -1 and put_int(out, c.event.thread.vtid)


cdef bint ismain(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_bool(out, is_main_thread(c.event.thread))


cdef bint nametid(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    cdef char *p
    if t == NULL:
        return False
    p = arena_alloc(c, <size_t> t.comm.n + 24)
    if p == NULL:
        return False
    if t.comm.n:
        memcpy(p, t.comm.p, t.comm.n)
    return put_string(out, p, t.comm.n + <uint32_t> snprintf(p + t.comm.n, 24, b"%lld", <long long> c.event.tid))


# ---- capabilities: their names with spaces between them

cdef bint put_capabilities(Context *c, uint64_t held, Out *out) noexcept nogil:
    cdef char *p = arena_alloc(c, N_CAPABILITIES * 24)
    cdef uint32_t n = 0, k
    cdef size_t length
    if p == NULL:
        return False
    for k in range(N_CAPABILITIES):
        if held >> k & 1:
            length = strlen(capabilities[k])
            memcpy(p + n, capabilities[k], length)
            n += <uint32_t> length
            p[n] = c' '
            n += 1
    return put_string(out, p, n - 1 if n else 0)


cdef bint cap_permitted(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_capabilities(c, c.event.thread.cap_permitted, out)


cdef bint cap_inheritable(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_capabilities(c, c.event.thread.cap_inheritable, out)


cdef bint cap_effective(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_capabilities(c, c.event.thread.cap_effective, out)


# ---- control groups

cdef bint cgroups(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and t.n_cgroups > 0 and put_bytes(out, joined(c, &t.cgroups))


cdef bint cgroup(Context *c, const Arg *a, Out *out) noexcept nogil:
    # thread.cgroup.SUBSYSTEM: the path, absent where the thread has none of that kind.
    cdef Thread *t = c.event.thread
    cdef Bytes found
    cdef uint32_t i
    if t == NULL:
        return False
    for i in range(t.n_cgroups):
        found = piece(&t.cgroups, i)
        if found.p == NULL:
            return False
        if found.n > a.n and found.p[a.n] == c'=' and memcmp(found.p, a.text, a.n) == 0:
            return put_string(out, found.p + a.n + 1, found.n - a.n - 1)
    return False


# ---- memory

cdef bint pfmajor(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, c.event.thread.pfmajor)


cdef bint pfminor(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, c.event.thread.pfminor)


cdef inline uint64_t of_main(const Thread *t, uint32_t kb) noexcept nogil:
    # The process's memory counts for its main thread; the others have none.
    return kb if is_main_thread(t) else 0


cdef bint vmsize(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and put_uint(out, of_main(t, t.vmsize_kb))


cdef bint vmrss(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and put_uint(out, of_main(t, t.vmrss_kb))


cdef bint vmsize_bytes(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and put_uint(out, of_main(t, t.vmsize_kb) * 1024)


cdef bint vmrss_bytes(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and put_uint(out, of_main(t, t.vmrss_kb) * 1024)


# ---- processor time
#
# Falco 0.44 means to add these up from event to event, but in a capture all of them stay 0: it forgets the number of
# processors once the head is read, and what it notes in a thread for these fields is not there at the next event.

cdef bint exectime(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, 0)


cdef bint totexectime(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, 0)


cdef bint cpu(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and c.event.type == PROCINFO_E and put_double(out, 0)


register("thread.tid", tid)
register("thread.vtid", vtid)
register("thread.ismain", ismain)
register("thread.nametid", nametid)
register("thread.cap_permitted", cap_permitted)
register("thread.cap_inheritable", cap_inheritable)
register("thread.cap_effective", cap_effective)
register("thread.cgroups", cgroups)
register("thread.cgroup", cgroup)
register("thread.pfmajor", pfmajor)
register("thread.pfminor", pfminor)
register("thread.vmsize", vmsize)
register("thread.vmrss", vmrss)
register("thread.vmsize.b", vmsize_bytes)
register("thread.vmrss.b", vmrss_bytes)
for sized in (
    "thread.pfmajor", "thread.pfminor", "thread.vmsize", "thread.vmrss", "thread.vmsize.b", "thread.vmrss.b",
):
    register_features(sized, FEATURE_MEMORY)
register("thread.exectime", exectime)
register("thread.totexectime", totexectime)
register("thread.cpu", cpu)
register("thread.cpu.user", cpu)
register("thread.cpu.system", cpu)
