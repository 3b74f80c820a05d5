"""Fields of the group that the event's process runs as: group.*"""

from tiercel.events.fields.field cimport Arg, Context, Out, put_string, put_text, put_uint, register
from tiercel.events.process cimport Group, Thread
from tiercel.events.state cimport state_group


cdef bint gid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, c.event.thread.gid)


cdef bint name(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    cdef Group *group
    if t == NULL:
        return False
    group = state_group(c.state, &t.container_id, t.gid)
    if group != NULL:
        return put_text(out, &group.name)
    return put_string(out, "root", 4) if t.gid == 0 else put_string(out, "<NA>", 4)


register("group.gid", gid)
register("group.name", name)
