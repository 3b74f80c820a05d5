"""What an event is: evt.type, evt.category, evt.num, evt.source, syscall.type and the like."""

from libc.stdint cimport uint16_t, uint32_t
from libc.string cimport memcmp, strlen

from tiercel.events.codes cimport *
from tiercel.events.event cimport Bytes, Event, param_u16
from tiercel.events.fields.arguments cimport param_text
from tiercel.events.fields.field cimport (
    Arg, Context, Out, put_bool, put_string, put_text, put_uint, register, register_printed,
)
from tiercel.events.layout cimport Name, event_category, event_name, native_syscall, syscall_name
from tiercel.events.process cimport *


cdef inline bint put_name(Out *out, Name name) noexcept nogil:
    return name.p != NULL and put_string(out, name.p, name.n)


cdef inline bint put_bytes(Out *out, Bytes text) noexcept nogil:
    return put_string(out, text.p, text.n)


cdef bint evt_num(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, c.event.num)


cdef bint evt_cpu(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, c.event.cpu)


cdef bint evt_dir(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_string(out, b"<" if c.event.type & 1 else b">", 1)


cdef Name call_name(Context *c) noexcept nogil:
    # Of a call without events of its own. Captures made before Falco had a number for it carry the kernel's.
    cdef const Event *e = c.event
    cdef uint16_t code = param_u16(e, 0)
    cdef Name none
    none.p = NULL
    none.n = 0
    if e.nparams == 0 or e.params[0].n != 2:
        return none
    if code == 0 and c.state.capture and e.nparams > 1 and e.params[1].n == 2:
        code = native_syscall(param_u16(e, 1))
    return syscall_name(code)


cdef bint evt_type(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Event *e = c.event
    if e.type == GENERIC_X:
        return put_name(out, call_name(c))
    if e.type == ASYNCEVENT_E:
        return e.nparams > 1 and put_bytes(out, param_text(c, 1))
    return put_name(out, event_name(e.type))


cdef inline bint is_named(uint32_t code, const Arg *a) noexcept nogil:
    cdef Name name = event_name(code)
    return name.n == a.n and memcmp(name.p, a.text, a.n) == 0


cdef bint evt_type_is(Context *c, const Arg *a, Out *out) noexcept nogil:
    # The argument is a number, or a name: that of the two ways of its first version, and of no later one.
    cdef uint32_t type = c.event.type
    cdef uint32_t code
    if a.index >= 0:
        return put_uint(out, 1 if type == a.index else 0)
    if is_named(type, a) or (type > 0 and is_named(type - 1, a)):
        for code in range(N_EVENTS):
            if is_named(code, a):
                return put_uint(out, 1 if type == code or type == code + 1 else 0)
    return put_uint(out, 0)


cdef bint evt_type_is_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Falco has no form for it.
    return False


cdef bint syscall_type(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Event *e = c.event
    if not event_category(e.type) & EC_SYSCALL:
        return False
    return put_name(out, call_name(c) if e.type == GENERIC_X else event_name(e.type))


cdef inline bint put_descriptor_category(const Fd *fd, Out *out) noexcept nogil:
    # Reading and writing takes its category from what is read and written.
    if fd == NULL:
        return put_string(out, b"unknown", 7)
    if fd.type == FD_FILE or fd.type == FD_FILE_V2 or fd.type == FD_DIRECTORY:
        return put_string(out, b"file", 4)
    if FD_IPV4_SOCK <= fd.type <= FD_IPV6_SERVSOCK:
        return put_string(out, b"net", 3)
    if (
        fd.type == FD_FIFO or fd.type == FD_UNIX_SOCK or fd.type == FD_EVENT or fd.type == FD_SIGNALFD
        or fd.type == FD_INOTIFY or fd.type == FD_USERFAULTFD
    ):
        return put_string(out, b"ipc", 3)
    return put_string(out, b"unknown", 7)


cdef bint evt_category(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef uint32_t category = event_category(c.event.type) & (EC_SYSCALL - 1)
    cdef const char *text
    if EC_IO_READ <= category <= EC_IO_OTHER:
        return put_descriptor_category(c.event.fd, out)
    if category <= EC_PROCESSING:
        text = categories[category]
    elif category == EC_WAIT:
        text = b"wait"
    elif category == EC_SCHEDULER:
        text = b"scheduler"
    elif category == EC_INTERNAL:
        text = b"internal"
    else:
        text = b"unknown"
    return put_string(out, text, <uint32_t> strlen(text))


cdef bint evt_is_async(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_bool(out, event_category(c.event.type) & EC_METAEVENT)


cdef bint evt_asynctype(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Event *e = c.event
    if not event_category(e.type) & EC_METAEVENT:
        return False
    if e.type == ASYNCEVENT_E:
        return e.nparams > 1 and put_bytes(out, param_text(c, 1))
    return put_name(out, event_name(e.type))


cdef bint evt_source(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_string(out, b"syscall", 7)


cdef bint evt_plugin(Context *c, const Arg *a, Out *out) noexcept nogil:
    # No plugin makes system calls; audit events have their own (tiercel.events.fields.audit_evt).
    return False


cdef bint evt_hostname(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Libs 0.25.4 forgets what a capture says of its machine before the first event comes.
    if c.state == NULL:
        return False
    return put_string(out, b"", 0) if c.state.capture else put_text(out, &c.state.hostname)


cdef bint evt_count(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, 1)


cdef bint evt_count_exit(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.type & 1 and put_uint(out, 1)


cdef bint evt_count_threadinfo(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, 1 if c.event.type == PROCINFO_E else 0)


cdef bint evt_count_procinfo(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Event *e = c.event
    return put_uint(out, 1 if e.type == PROCINFO_E and e.thread != NULL and (
        e.thread.tid == e.thread.pid or e.thread.flags & PPM_CL_IS_MAIN_THREAD
    ) else 0)


cdef (const char *)[EC_PROCESSING + 1] categories    # by number

categories[:] = [
    b"unknown", b"other", b"file", b"net", b"IPC", b"memory", b"process", b"sleep", b"system", b"signal", b"user",
    b"time", b"processing",
]

register("evt.num", evt_num)
register("evt.cpu", evt_cpu)
register("evt.dir", evt_dir)
register("evt.type", evt_type)
register("evt.type.is", evt_type_is)
register_printed("evt.type.is", evt_type_is_printed)
register("syscall.type", syscall_type)
register("evt.category", evt_category)
register("evt.is_async", evt_is_async)
register("evt.asynctype", evt_asynctype)
register("evt.source", evt_source)
register("evt.pluginname", evt_plugin)
register("evt.plugininfo", evt_plugin)
register("evt.hostname", evt_hostname)
register("evt.count", evt_count)
register("evt.count.exit", evt_count_exit)
register("evt.count.threadinfo", evt_count_threadinfo)
register("evt.count.procinfo", evt_count_procinfo)
