"""Fields of the process that made the event: proc.*, without ancestors (`proc_ancestor`) and groups (`proc_group`)."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, strlen

from tiercel.events.codes cimport PPM_CL_CLOSED
from tiercel.events.event cimport Bytes
from tiercel.events.fields.fd_kind cimport fd_type_name
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
    put_text,
    put_uint,
    register,
    register_features,
)
from tiercel.events.fields.lineage cimport Ancestry, ancestors
from tiercel.events.fields.proc_line cimport (
    arguments,
    asks_by_name,
    command_line,
    environment,
    joined,
    piece,
    variable,
)
from tiercel.events.process cimport Fd, Thread
from tiercel.events.state cimport FEATURE_MEMORY, state_fd, state_main_thread

cdef enum:
    HIGHEST_ID = 0xFFFFFFFF  # numbers of threads beyond it are no thread of the system


cdef inline bint put_id(Out *out, int64_t id) noexcept nogil:
    return -1 <= id <= <int64_t> HIGHEST_ID and put_int(out, id)


# ---- names and command line

cdef bint name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_text(out, &c.event.thread.comm)


cdef bint exe(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_text(out, &c.event.thread.exe)


cdef bint exepath(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_text(out, &c.event.thread.exepath)


cdef bint cmdline(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_bytes(out, command_line(c.event.thread))


cdef bint args(Context *c, const Arg *a, Out *out) noexcept nogil:
    # proc.args[N] beyond the last argument is an empty string.
    cdef Thread *t = c.event.thread
    cdef Bytes found
    if t == NULL:
        return False
    if a.index < 0:
        return put_bytes(out, arguments(t))
    found = piece(&t.args, a.index)
    return put_bytes(out, found) if found.p != NULL else put_string(out, "", 0)


cdef bint exeline(Context *c, const Arg *a, Out *out) noexcept nogil:
    # The space after the executable is there without arguments too.
    cdef Thread *t = c.event.thread
    cdef Bytes tail
    cdef char *p
    if t == NULL:
        return False
    tail = arguments(t)
    p = arena_alloc(c, <size_t> t.exe.n + 1 + tail.n)
    if p == NULL:
        return False
    if t.exe.n:
        memcpy(p, t.exe.p, t.exe.n)
    p[t.exe.n] = c' '
    memcpy(p + t.exe.n + 1, tail.p, tail.n)
    return put_string(out, p, t.exe.n + 1 + tail.n)


cdef bint cmdnargs(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, c.event.thread.n_args)


cdef bint cmdlenargs(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and put_uint(out, t.args.n - t.n_args)


cdef bint env(Context *c, const Arg *a, Out *out) noexcept nogil:
    # proc.env[NAME] is the variable; a number between the brackets is no name, and asks for all of them.
    cdef Thread *t = c.event.thread
    if t == NULL:
        return False
    if asks_by_name(a):
        return put_bytes(out, variable(environment(c.state, t), a.text, a.n))
    return put_bytes(out, joined(c, environment(c.state, t)))


cdef bint cwd(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *main
    if c.event.thread == NULL:
        return False
    main = state_main_thread(c.state, c.event.thread)
    return put_text(out, &main.cwd) if main != NULL else put_string(out, "./", 2)


# ---- numbers

cdef bint pid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_id(out, c.event.thread.pid)


cdef bint vpid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and c.event.thread.vpid != -1 and put_int(out, c.event.thread.vpid)


cdef bint tty(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, c.event.thread.tty)


cdef inline bint is_shell(const Thread *t) noexcept nogil:
    return t.comm.n >= 2 and t.comm.p[t.comm.n - 2] == c's' and t.comm.p[t.comm.n - 1] == c'h'


cdef bint loginshellid(Context *c, const Arg *a, Out *out) noexcept nogil:
    # The eldest of the process and its ancestors whose name ends in "sh".
    cdef Thread *main
    cdef Thread *shell = NULL
    cdef Ancestry line
    cdef uint32_t i
    if c.event.thread == NULL:
        return False
    main = state_main_thread(c.state, c.event.thread)
    if main == NULL:
        return False
    if is_shell(main):
        shell = main
    ancestors(c, main, &line)
    for i in range(line.n):
        if is_shell(line.at[i]):
            shell = line.at[i]
    return shell != NULL and put_int(out, shell.pid)


# ---- times: nanoseconds, absent where 0

cdef bint duration(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and t.clone_ts != 0 and put_uint(out, c.event.ts - t.clone_ts)


cdef bint pid_ts(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and t.clone_ts != 0 and put_uint(out, t.clone_ts)


cdef bint pidns_init_start_ts(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and t.pidns_init_start_ts != 0 and put_uint(out, t.pidns_init_start_ts)


# ---- the executable

cdef bint is_exe_writable(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_bool(out, c.event.thread.exe_writable)


cdef bint is_exe_upper_layer(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_bool(out, c.event.thread.exe_upper_layer)


cdef bint is_exe_lower_layer(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_bool(out, c.event.thread.exe_lower_layer)


cdef bint is_exe_from_memfd(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_bool(out, c.event.thread.exe_from_memfd)


cdef bint exe_ino(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and t.exe_ino != 0 and put_int(out, <int64_t> t.exe_ino)


cdef bint exe_ino_ctime(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and t.exe_ino_ctime != 0 and put_uint(out, t.exe_ino_ctime)


cdef bint exe_ino_mtime(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and t.exe_ino_mtime != 0 and put_uint(out, t.exe_ino_mtime)


cdef bint exe_ino_ctime_duration_proc_start(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return (
        t != NULL
        and t.exe_ino_ctime_duration_clone_ts != 0
        and put_uint(out, t.exe_ino_ctime_duration_clone_ts)
    )


cdef bint exe_ino_ctime_duration_pidns_start(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return (
        t != NULL
        and t.exe_ino_ctime_duration_pidns_start != 0
        and put_uint(out, t.exe_ino_ctime_duration_pidns_start)
    )


# ---- descriptors: those of the main thread

cdef inline uint64_t open_descriptors(Context *c) noexcept nogil:
    cdef Thread *main = state_main_thread(c.state, c.event.thread)
    return main.fds.count if main != NULL else 0


cdef inline int64_t descriptor_limit(Context *c) noexcept nogil:
    cdef Thread *main = state_main_thread(c.state, c.event.thread)
    return main.fdlimit if main != NULL else 0


cdef bint fdopencount(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, open_descriptors(c))


cdef bint fdlimit(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_int(out, descriptor_limit(c))


cdef bint fdusage(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Percent.
    cdef uint64_t count
    cdef int64_t limit
    if c.event.thread == NULL:
        return False
    limit = descriptor_limit(c)
    if limit <= 0:
        return put_double(out, 0)
    count = open_descriptors(c)
    return put_double(out, <double> count * 100 / <double> limit if count <= <uint64_t> limit else 100)


cdef inline bint standard_type(Context *c, int64_t num, Out *out) noexcept nogil:
    cdef Fd *fd = state_fd(c.state, c.event.thread, num) if c.event.thread != NULL else NULL
    cdef const char *type_name
    if fd == NULL:
        return False
    type_name = fd_type_name(fd.type)
    return put_string(out, type_name, <uint32_t> strlen(type_name))


cdef inline bint standard_name(Context *c, int64_t num, Out *out) noexcept nogil:
    cdef Fd *fd = state_fd(c.state, c.event.thread, num) if c.event.thread != NULL else NULL
    return fd != NULL and put_text(out, &fd.name)


cdef bint stdin_type(Context *c, const Arg *a, Out *out) noexcept nogil:
    return standard_type(c, 0, out)


cdef bint stdout_type(Context *c, const Arg *a, Out *out) noexcept nogil:
    return standard_type(c, 1, out)


cdef bint stderr_type(Context *c, const Arg *a, Out *out) noexcept nogil:
    return standard_type(c, 2, out)


cdef bint stdin_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return standard_name(c, 0, out)


cdef bint stdout_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return standard_name(c, 1, out)


cdef bint stderr_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return standard_name(c, 2, out)


# ---- size

cdef bint vmsize(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, c.event.thread.vmsize_kb)


cdef bint vmrss(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, c.event.thread.vmrss_kb)


cdef bint vmswap(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, c.event.thread.vmswap_kb)


cdef inline bint main_is_alive(Context *c, Thread *t) noexcept nogil:
    cdef Thread *main = state_main_thread(c.state, t)
    return main != NULL and main.flags & PPM_CL_CLOSED == 0


cdef bint nthreads(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and put_uint(out, t.group.alive if t.group != NULL else 0)


cdef bint nchilds(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Threads that live, without the main one.
    cdef Thread *t = c.event.thread
    if t == NULL:
        return False
    if t.group == NULL:
        return put_uint(out, 0)
    return put_uint(out, <uint64_t> t.group.alive - (1 if main_is_alive(c, t) else 0))


register("proc.name", name)
register("proc.exe", exe)
register("proc.exepath", exepath)
register("proc.cmdline", cmdline)
register("proc.args", args)
register("proc.exeline", exeline)
register("proc.cmdnargs", cmdnargs)
register("proc.cmdlenargs", cmdlenargs)
register("proc.env", env)
register("proc.cwd", cwd)
register("proc.pid", pid)
register("proc.vpid", vpid)
register("proc.tty", tty)
register("proc.loginshellid", loginshellid)
register("proc.duration", duration)
register("proc.pid.ts", pid_ts)
register("proc.pidns_init_start_ts", pidns_init_start_ts)
register("proc.is_exe_writable", is_exe_writable)
register("proc.is_exe_upper_layer", is_exe_upper_layer)
register("proc.is_exe_lower_layer", is_exe_lower_layer)
register("proc.is_exe_from_memfd", is_exe_from_memfd)
register("proc.exe_ino", exe_ino)
register("proc.exe_ino.ctime", exe_ino_ctime)
register("proc.exe_ino.mtime", exe_ino_mtime)
register("proc.exe_ino.ctime_duration_proc_start", exe_ino_ctime_duration_proc_start)
register("proc.exe_ino.ctime_duration_pidns_start", exe_ino_ctime_duration_pidns_start)
register("proc.fdopencount", fdopencount)
register("proc.fdlimit", fdlimit)
register("proc.fdusage", fdusage)
register("proc.stdin.type", stdin_type)
register("proc.stdout.type", stdout_type)
register("proc.stderr.type", stderr_type)
register("proc.stdin.name", stdin_name)
register("proc.stdout.name", stdout_name)
register("proc.stderr.name", stderr_name)
register("proc.vmsize", vmsize)
register("proc.vmrss", vmrss)
register("proc.vmswap", vmswap)
for sized in ("proc.vmsize", "proc.vmrss", "proc.vmswap"):
    register_features(sized, FEATURE_MEMORY)
register("proc.nthreads", nthreads)
register("proc.nchilds", nchilds)
