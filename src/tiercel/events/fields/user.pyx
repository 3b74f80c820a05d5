"""Fields of the user that the event's process runs as, one of the host's or of the process's container: user.*"""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcmp

from tiercel.events.codes cimport ASYNCEVENT_E, CONTAINER_JSON_2_E
from tiercel.events.event cimport Bytes
from tiercel.events.fields.field cimport Arg, Context, Out, put_int, put_string, put_text, put_uint, register
from tiercel.events.process cimport Container, Thread, User
from tiercel.events.state cimport state_container, state_user

cdef enum:
    NO_USER = 0xFFFFFFFF


cdef bint announces_container(Context *c) noexcept nogil:
    cdef Bytes name
    if c.event.type == CONTAINER_JSON_2_E:
        return True
    if c.event.type != ASYNCEVENT_E or c.event.nparams < 2:
        return False
    name = c.event.params[1]
    return name.n >= 10 and memcmp(name.p, b"container\0", 10) == 0


cdef inline bint put_name(Context *c, uint32_t id, Out *out) noexcept nogil:
    cdef User *user = state_user(c.state, &c.event.thread.container_id, id)
    if user != NULL:
        return put_text(out, &user.name)
    return put_string(out, "root", 4) if id == 0 else put_string(out, "<NA>", 4)


cdef bint uid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_uint(out, c.event.thread.uid)


cdef bint name(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Of the news of a container: the user that its configuration names.
    cdef Thread *t = c.event.thread
    cdef Container *box
    if t == NULL:
        return False
    if announces_container(c) and t.container_id.n:
        box = state_container(c.state, &t.container_id)
        if box != NULL and box.user.n:
            return put_text(out, &box.user)
    return put_name(c, t.uid, out)


cdef bint homedir(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    cdef User *user
    if t == NULL:
        return False
    user = state_user(c.state, &t.container_id, t.uid)
    if user != NULL:
        return put_text(out, &user.home)
    return put_string(out, "/root", 5) if t.uid == 0 else put_string(out, "<NA>", 4)


cdef bint shell(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Thread *t = c.event.thread
    cdef User *user
    if t == NULL:
        return False
    user = state_user(c.state, &t.container_id, t.uid)
    return put_text(out, &user.shell) if user != NULL else put_string(out, "<NA>", 4)


cdef bint loginuid(Context *c, const Arg *a, Out *out) noexcept nogil:
    # -1 where nobody logged in.
    cdef Thread *t = c.event.thread
    return t != NULL and put_int(out, <int64_t> t.loginuid if t.loginuid != NO_USER else -1)


cdef bint loginname(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.thread != NULL and put_name(c, c.event.thread.loginuid, out)


register("user.uid", uid)
register("user.name", name)
register("user.homedir", homedir)
register("user.shell", shell)
register("user.loginuid", loginuid)
register("user.loginname", loginname)
