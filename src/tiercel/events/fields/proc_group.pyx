"""Fields of the session and the process groups that a process belongs to, and of who leads them."""

from tiercel.events.fields.field cimport (
    Arg,
    Context,
    Out,
    put_bool,
    put_int,
    put_string,
    put_text,
    register,
)
from tiercel.events.fields.lineage cimport BY_GROUP, BY_SESSION, BY_VIRTUAL_GROUP, GroupKind, leader
from tiercel.events.process cimport Thread


# Of the leader; an empty string where there is none.

cdef inline bint leader_comm(Context *c, GroupKind kind, Out *out) noexcept nogil:
    cdef Thread *t
    if c.event.thread == NULL:
        return False
    t = leader(c, c.event.thread, kind)
    return put_text(out, &t.comm) if t != NULL else put_string(out, "", 0)


cdef inline bint leader_exe(Context *c, GroupKind kind, Out *out) noexcept nogil:
    cdef Thread *t
    if c.event.thread == NULL:
        return False
    t = leader(c, c.event.thread, kind)
    return put_text(out, &t.exe) if t != NULL else put_string(out, "", 0)


cdef inline bint leader_exepath(Context *c, GroupKind kind, Out *out) noexcept nogil:
    cdef Thread *t
    if c.event.thread == NULL:
        return False
    t = leader(c, c.event.thread, kind)
    return put_text(out, &t.exepath) if t != NULL else put_string(out, "", 0)


# ---- session

cdef bint sid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_int(out, c.event.thread.sid)


cdef bint sname(Context *c, const Arg *a, Out *out) noexcept nogil:
    return leader_comm(c, BY_SESSION, out)


cdef bint sid_exe(Context *c, const Arg *a, Out *out) noexcept nogil:
    return leader_exe(c, BY_SESSION, out)


cdef bint sid_exepath(Context *c, const Arg *a, Out *out) noexcept nogil:
    return leader_exepath(c, BY_SESSION, out)


cdef bint is_sid_leader(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and put_bool(out, t.sid == t.vpid)


# ---- group, by its number in the process's own pid namespace

cdef bint vpgid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_int(out, c.event.thread.vpgid)


cdef bint vpgid_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return leader_comm(c, BY_VIRTUAL_GROUP, out)


cdef bint vpgid_exe(Context *c, const Arg *a, Out *out) noexcept nogil:
    return leader_exe(c, BY_VIRTUAL_GROUP, out)


cdef bint vpgid_exepath(Context *c, const Arg *a, Out *out) noexcept nogil:
    return leader_exepath(c, BY_VIRTUAL_GROUP, out)


cdef bint is_vpgid_leader(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and put_bool(out, t.vpgid == t.vpid)


# ---- group, by its number on the host

cdef bint pgid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_int(out, c.event.thread.pgid)


cdef bint pgid_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return leader_comm(c, BY_GROUP, out)


cdef bint pgid_exe(Context *c, const Arg *a, Out *out) noexcept nogil:
    return leader_exe(c, BY_GROUP, out)


cdef bint pgid_exepath(Context *c, const Arg *a, Out *out) noexcept nogil:
    return leader_exepath(c, BY_GROUP, out)


cdef bint is_pgid_leader(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    return t != NULL and put_bool(out, t.pgid == t.pid)


register("proc.sid", sid)
register("proc.sname", sname)
register("proc.sid.exe", sid_exe)
register("proc.sid.exepath", sid_exepath)
register("proc.is_sid_leader", is_sid_leader)
register("proc.vpgid", vpgid)
register("proc.vpgid.name", vpgid_name)
register("proc.vpgid.exe", vpgid_exe)
register("proc.vpgid.exepath", vpgid_exepath)
register("proc.is_vpgid_leader", is_vpgid_leader)
register("proc.pgid", pgid)
register("proc.pgid.name", pgid_name)
register("proc.pgid.exe", pgid_exe)
register("proc.pgid.exepath", pgid_exepath)
register("proc.is_pgid_leader", is_pgid_leader)
