"""Fields of the processes above the one that made the event: proc.p* of its parent, proc.a* of any of its ancestors.

proc.aname[2] is the name of the process two steps up; proc.aname[0] is the process's own. Without a number a condition
holds where it holds for some ancestor, so the compared form gives one value an ancestor, parent first; the printed form
is one string with a space between them.
"""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcpy

from tiercel.events.event cimport Bytes
from tiercel.events.fields.field cimport (
    Arg,
    Context,
    Out,
    arena_alloc,
    put_bytes,
    put_int,
    put_string,
    put_uint,
    register,
    register_printed,
)
from tiercel.events.fields.lineage cimport Ancestry, ancestor, ancestors
from tiercel.events.fields.proc_line cimport (
    arguments,
    asks_by_name,
    command_line,
    environment,
    joined,
    text_view,
    variable,
)
from tiercel.events.process cimport Thread
from tiercel.events.state cimport state_main_thread, state_parent

cdef enum:
    HIGHEST_ID = 0xFFFFFFFF  # numbers of threads beyond it are no thread of the system
    ENV_LEVELS = 20          # how far up proc.aenv[NAME] looks
    MOST_LEVELS = 1 << 16    # that may be asked for by number

# Something of a process as text; p is NULL where memory is used up.
ctypedef Bytes (*Reading)(Context *c, Thread *t) noexcept nogil


cdef Bytes comm_of(Context *c, Thread *t) noexcept nogil:
    return text_view(&t.comm)


cdef Bytes exe_of(Context *c, Thread *t) noexcept nogil:
    return text_view(&t.exe)


cdef Bytes exepath_of(Context *c, Thread *t) noexcept nogil:
    return text_view(&t.exepath)


cdef Bytes cmdline_of(Context *c, Thread *t) noexcept nogil:
    return command_line(t)


cdef Bytes args_of(Context *c, Thread *t) noexcept nogil:
    return arguments(t)


cdef Bytes env_of(Context *c, Thread *t) noexcept nogil:
    return joined(c, environment(c.state, t))


# ---- one ancestor

cdef inline Thread *at_level(Context *c, int64_t level) noexcept nogil:
    if c.event.thread == NULL or not 0 <= level <= <int64_t> 0xFFFFFFFF:
        return NULL
    return ancestor(c.state, c.event.thread, <uint32_t> level)


cdef inline bint of_level(Context *c, int64_t level, Reading read, Out *out) noexcept nogil:
    cdef Thread *t = at_level(c, level)
    return t != NULL and put_bytes(out, read(c, t))


cdef inline bint id_of_level(Context *c, int64_t level, Out *out) noexcept nogil:
    cdef Thread *t = at_level(c, level)
    return t != NULL and -1 <= t.pid <= <int64_t> HIGHEST_ID and put_int(out, t.pid)


# ---- all of them

cdef inline bint find_all(Context *c, Ancestry *line) noexcept nogil:
    cdef Thread *main
    line.n = 0
    if c.event.thread == NULL:
        return False
    main = state_main_thread(c.state, c.event.thread)
    if main == NULL:
        return False
    ancestors(c, main, line)
    return line.n > 0


cdef bint of_all(Context *c, Reading read, Out *out) noexcept nogil:
    cdef Ancestry line
    cdef uint32_t i
    if not find_all(c, &line):
        return False
    for i in range(line.n):
        if not put_bytes(out, read(c, line.at[i])):
            break
    return out.n > 0


cdef bint all_in_one(Context *c, Reading read, Out *out) noexcept nogil:
    # Empty pieces at the front leave no space behind.
    cdef Ancestry line
    cdef Bytes text
    cdef size_t room = 0
    cdef uint32_t n = 0, i
    cdef char *p
    if not find_all(c, &line):
        return False
    for i in range(line.n):
        room += <size_t> read(c, line.at[i]).n + 1
    p = arena_alloc(c, room)
    if p == NULL:
        return False
    for i in range(line.n):
        text = read(c, line.at[i])
        if n and n < room:
            p[n] = c' '
            n += 1
        if text.p == NULL or text.n > room - n:
            break
        memcpy(p + n, text.p, text.n)
        n += text.n
    return n > 0 and put_string(out, p, n)


# ---- the parent

cdef bint pname(Context *c, const Arg *a, Out *out) noexcept nogil:
    return of_level(c, 1, comm_of, out)


cdef bint pexe(Context *c, const Arg *a, Out *out) noexcept nogil:
    return of_level(c, 1, exe_of, out)


cdef bint pexepath(Context *c, const Arg *a, Out *out) noexcept nogil:
    return of_level(c, 1, exepath_of, out)


cdef bint pcmdline(Context *c, const Arg *a, Out *out) noexcept nogil:
    return of_level(c, 1, cmdline_of, out)


cdef bint ppid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return id_of_level(c, 1, out)


cdef inline Thread *starter(Context *c) noexcept nogil:
    # The thread that started this very thread, which need not be the main thread of the parent.
    return state_parent(c.state, c.event.thread) if c.event.thread != NULL else NULL


cdef bint pvpid(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = starter(c)
    return t != NULL and put_int(out, t.vpid)


cdef bint ppid_ts(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = starter(c)
    return t != NULL and put_uint(out, t.clone_ts)


cdef bint ppid_duration(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Where it is not known when the parent started, Falco shows the number of the process's own open descriptors.
    cdef Thread *t = at_level(c, 1)
    if t == NULL:
        return False
    if t.clone_ts != 0:
        return put_uint(out, c.event.ts - t.clone_ts)
    t = state_main_thread(c.state, c.event.thread)
    return put_uint(out, t.fds.count if t != NULL else 0)


# ---- any ancestor

cdef bint aname(Context *c, const Arg *a, Out *out) noexcept nogil:
    return of_all(c, comm_of, out) if a.index == -1 else of_level(c, a.index, comm_of, out)


cdef bint aexe(Context *c, const Arg *a, Out *out) noexcept nogil:
    return of_all(c, exe_of, out) if a.index == -1 else of_level(c, a.index, exe_of, out)


cdef bint aexepath(Context *c, const Arg *a, Out *out) noexcept nogil:
    return of_all(c, exepath_of, out) if a.index == -1 else of_level(c, a.index, exepath_of, out)


cdef bint acmdline(Context *c, const Arg *a, Out *out) noexcept nogil:
    return of_all(c, cmdline_of, out) if a.index == -1 else of_level(c, a.index, cmdline_of, out)


cdef bint aname_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    return all_in_one(c, comm_of, out) if a.index == -1 else of_level(c, a.index, comm_of, out)


cdef bint aexe_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    return all_in_one(c, exe_of, out) if a.index == -1 else of_level(c, a.index, exe_of, out)


cdef bint aexepath_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    return all_in_one(c, exepath_of, out) if a.index == -1 else of_level(c, a.index, exepath_of, out)


cdef bint acmdline_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    return all_in_one(c, cmdline_of, out) if a.index == -1 else of_level(c, a.index, cmdline_of, out)


cdef bint aargs(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Conditions, too, see all ancestors' arguments as one string.
    return all_in_one(c, args_of, out) if a.index == -1 else of_level(c, a.index, args_of, out)


cdef bint apid(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Ancestry line
    cdef uint32_t i
    if a.index != -1:
        return id_of_level(c, a.index, out)
    if not find_all(c, &line):
        return False
    for i in range(line.n):
        if not put_int(out, line.at[i].pid):
            break
    return out.n > 0


cdef bint apid_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    return id_of_level(c, 0 if a.index == -1 else a.index, out)


# ---- environments of ancestors

cdef inline Thread *started_by(Context *c, uint32_t level) noexcept nogil:
    # Up from thread to thread, without a stop at main threads in between.
    cdef Thread *t = state_main_thread(c.state, c.event.thread)
    while level and t != NULL:
        t = state_parent(c.state, t)
        level -= 1
    return t


cdef bint aenv_of_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    # The nearest ancestor's that has the variable set to something; "" where none has.
    cdef Thread *t = started_by(c, 0)
    cdef Bytes value
    cdef uint32_t level
    value.p = b""
    value.n = 0
    if t == NULL:
        return put_bytes(out, value)
    for level in range(ENV_LEVELS):
        t = state_parent(c.state, t)
        if t == NULL:
            value.n = 0
            break
        value = variable(environment(c.state, t), a.text, a.n)
        if value.n:
            break
    return put_bytes(out, value)


cdef bint aenv(Context *c, const Arg *a, Out *out) noexcept nogil:
    # A condition on proc.aenv[2] looks at every ancestor, as one on proc.aenv does (Falco libs 0.25.4).
    if c.event.thread == NULL:
        return False
    if asks_by_name(a):
        return aenv_of_name(c, a, out)
    return of_all(c, env_of, out)


cdef bint aenv_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Without an argument it is the process's own.
    cdef Thread *t = c.event.thread
    if t == NULL:
        return False
    if asks_by_name(a):
        return aenv_of_name(c, a, out)
    if a.index < 1:
        return put_bytes(out, env_of(c, t))
    if state_main_thread(c.state, t) == NULL:
        return put_string(out, "", 0)
    if a.index > MOST_LEVELS:
        return False
    t = started_by(c, <uint32_t> a.index)
    return t != NULL and put_bytes(out, env_of(c, t))


register("proc.pname", pname)
register("proc.pexe", pexe)
register("proc.pexepath", pexepath)
register("proc.pcmdline", pcmdline)
register("proc.ppid", ppid)
register("proc.pvpid", pvpid)
register("proc.ppid.ts", ppid_ts)
register("proc.ppid.duration", ppid_duration)
register("proc.aname", aname)
register("proc.aexe", aexe)
register("proc.aexepath", aexepath)
register("proc.acmdline", acmdline)
register("proc.aargs", aargs)
register("proc.apid", apid)
register("proc.aenv", aenv)
register_printed("proc.aname", aname_printed)
register_printed("proc.aexe", aexe_printed)
register_printed("proc.aexepath", aexepath_printed)
register_printed("proc.acmdline", acmdline_printed)
register_printed("proc.apid", apid_printed)
register_printed("proc.aenv", aenv_printed)
