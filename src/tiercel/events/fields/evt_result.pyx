"""How a call went and what it did: evt.res, evt.failed, evt.count.error, evt.is_io, evt.buflen, evt.is_open_read and kin."""

from libc.stdint cimport int32_t, int64_t, uint32_t

from tiercel.events.codes cimport *
from tiercel.events.event cimport Event, param_u32
from tiercel.events.fields.arguments cimport Argument, argument_shown, render_argument
from tiercel.events.fields.evt cimport has_result, result_of
from tiercel.events.fields.field cimport (
    Arg, Context, Out, put_bool, put_int, put_string, put_uint, register,
)
from tiercel.events.fields.line cimport Line
from tiercel.events.layout cimport event_category, event_flags
from tiercel.events.process cimport *

cdef extern from "string.h" nogil:
    void *memmem(const void *haystack, size_t n, const void *needle, size_t m)


# ------------------------------------------------------------------------------------------------------- results

cdef bint evt_rawres(Context *c, const Arg *a, Out *out) noexcept nogil:
    return has_result(c.event) and put_int(out, result_of(c.event))


cdef bint evt_res(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Argument result
    cdef const Line *shown
    if not has_result(c.event):
        return False
    if result_of(c.event) >= 0:
        return put_string(out, b"SUCCESS", 7)
    if not render_argument(c, 0, &result):
        return False
    shown = argument_shown(&result)
    return put_string(out, shown.p, shown.n)


cdef bint evt_failed(Context *c, const Arg *a, Out *out) noexcept nogil:
    return has_result(c.event) and put_bool(out, result_of(c.event) < 0)


cdef bint evt_count_error(Context *c, const Arg *a, Out *out) noexcept nogil:
    return has_result(c.event) and put_uint(out, 1 if result_of(c.event) < 0 else 0)


cdef inline bint is_file(const Fd *fd) noexcept nogil:
    return fd.type == FD_FILE or fd.type == FD_FILE_V2


cdef inline bint is_internet(const Fd *fd) noexcept nogil:
    return FD_IPV4_SOCK <= fd.type <= FD_IPV6_SERVSOCK


cdef inline bint opens_file(int kind) noexcept nogil:
    return (
        kind == OPEN_X or kind == CREAT_X or kind == OPENAT_2_X or kind == OPENAT2_X or kind == OPEN_BY_HANDLE_AT_X
    )


cdef inline bint makes_connection(int kind) noexcept nogil:
    return kind == ACCEPT_5_X or kind == ACCEPT4_6_X or kind == CONNECT_X


cdef inline bint about_file(const Event *e) noexcept nogil:
    if e.fd == NULL:
        return opens_file(e.type)
    return is_file(e.fd) or e.fd.type == FD_DIRECTORY


cdef inline bint about_net(const Event *e) noexcept nogil:
    if e.fd == NULL:
        return makes_connection(e.type)
    return is_internet(e.fd) or e.fd.type == FD_UNIX_SOCK


cdef inline uint32_t kind_of_call(const Event *e) noexcept nogil:
    return event_category(e.type) & (EC_SYSCALL - 1)


cdef bint evt_count_error_file(Context *c, const Arg *a, Out *out) noexcept nogil:
    return about_file(c.event) and evt_count_error(c, a, out)


cdef bint evt_count_error_net(Context *c, const Arg *a, Out *out) noexcept nogil:
    return about_net(c.event) and evt_count_error(c, a, out)


cdef bint evt_count_error_memory(Context *c, const Arg *a, Out *out) noexcept nogil:
    return kind_of_call(c.event) == EC_MEMORY and evt_count_error(c, a, out)


cdef bint evt_count_error_other(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Event *e = c.event
    if about_file(e) or about_net(e) or (e.fd == NULL and kind_of_call(e) == EC_MEMORY):
        return False
    return evt_count_error(c, a, out)


# ------------------------------------------------------------------------------------------------------- I/O

cdef bint evt_is_io(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_bool(out, event_flags(c.event.type) & (EF_READS_FROM_FD | EF_WRITES_TO_FD))


cdef bint evt_is_io_read(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_bool(out, event_flags(c.event.type) & EF_READS_FROM_FD)


cdef bint evt_is_io_write(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_bool(out, event_flags(c.event.type) & EF_WRITES_TO_FD)


cdef bint evt_io_dir(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef uint32_t flags = event_flags(c.event.type)
    if flags & EF_WRITES_TO_FD:
        return put_string(out, b"write", 5)
    if flags & EF_READS_FROM_FD:
        return put_string(out, b"read", 4)
    return False


cdef bint evt_is_wait(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_bool(out, event_flags(c.event.type) & EF_WAITS)


cdef bint evt_is_syslog(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Event *e = c.event
    return put_bool(
        out,
        event_flags(e.type) & EF_WRITES_TO_FD and e.fd != NULL
        and memmem(e.fd.name.p, e.fd.name.n, b"/dev/log", 8) != NULL,
    )


cdef bint put_length(const Event *e, Out *out) noexcept nogil:
    # How much was read or written.
    return has_result(e) and result_of(e) >= 0 and put_uint(out, <uint64_t> result_of(e))


cdef bint evt_buflen(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.fd != NULL and kind_of_call(c.event) & EC_IO_BASE and put_length(c.event, out)


cdef bint evt_buflen_in(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.fd != NULL and kind_of_call(c.event) == EC_IO_READ and put_length(c.event, out)


cdef bint evt_buflen_out(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.fd != NULL and kind_of_call(c.event) == EC_IO_WRITE and put_length(c.event, out)


cdef bint evt_buflen_file(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.fd != NULL and is_file(c.event.fd) and evt_buflen(c, a, out)


cdef bint evt_buflen_file_in(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.fd != NULL and is_file(c.event.fd) and evt_buflen_in(c, a, out)


cdef bint evt_buflen_file_out(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.fd != NULL and is_file(c.event.fd) and evt_buflen_out(c, a, out)


cdef bint evt_buflen_net(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.fd != NULL and is_internet(c.event.fd) and evt_buflen(c, a, out)


cdef bint evt_buflen_net_in(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.fd != NULL and is_internet(c.event.fd) and evt_buflen_in(c, a, out)


cdef bint evt_buflen_net_out(Context *c, const Arg *a, Out *out) noexcept nogil:
    return c.event.fd != NULL and is_internet(c.event.fd) and evt_buflen_out(c, a, out)


# ------------------------------------------------------------------------------------------------------- opening

cdef inline bint opens(int kind) noexcept nogil:
    return kind == OPEN_X or kind == OPENAT_2_X or kind == OPENAT2_X or kind == OPEN_BY_HANDLE_AT_X


cdef inline uint32_t open_flags(const Event *e) noexcept nogil:
    # 0 for all other calls.
    if not opens(e.type):
        return 0
    return param_u32(e, 3 if e.type == OPENAT_2_X or e.type == OPENAT2_X else 2)


cdef bint evt_is_open_read(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_bool(out, open_flags(c.event) & PPM_O_RDONLY)


cdef bint evt_is_open_write(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_bool(out, open_flags(c.event) & PPM_O_WRONLY)


cdef bint evt_is_open_create(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Event *e = c.event
    cdef uint32_t flags = open_flags(e)
    return put_bool(
        out,
        flags & PPM_O_F_CREATED or (flags & PPM_O_TMPFILE and has_result(e) and result_of(e) >= 0),
    )


cdef bint evt_is_open_exec(Context *c, const Arg *a, Out *out) noexcept nogil:
    # A new file with a permission to execute it.
    cdef const Event *e = c.event
    cdef uint32_t mode = 0
    if e.type == CREAT_X:
        mode = param_u32(e, 2)
    elif open_flags(e) & (PPM_O_TMPFILE | PPM_O_CREAT) and e.type != OPEN_BY_HANDLE_AT_X:
        mode = param_u32(e, 3 if e.type == OPEN_X else 4)
    return put_bool(out, mode & (PPM_S_IXUSR | PPM_S_IXGRP | PPM_S_IXOTH))


register("evt.rawres", evt_rawres)
register("evt.res", evt_res)
register("evt.failed", evt_failed)
register("evt.count.error", evt_count_error)
register("evt.count.error.file", evt_count_error_file)
register("evt.count.error.net", evt_count_error_net)
register("evt.count.error.memory", evt_count_error_memory)
register("evt.count.error.other", evt_count_error_other)
register("evt.is_io", evt_is_io)
register("evt.is_io_read", evt_is_io_read)
register("evt.is_io_write", evt_is_io_write)
register("evt.io_dir", evt_io_dir)
register("evt.is_wait", evt_is_wait)
register("evt.is_syslog", evt_is_syslog)
register("evt.buflen", evt_buflen)
register("evt.buflen.in", evt_buflen_in)
register("evt.buflen.out", evt_buflen_out)
register("evt.buflen.file", evt_buflen_file)
register("evt.buflen.file.in", evt_buflen_file_in)
register("evt.buflen.file.out", evt_buflen_file_out)
register("evt.buflen.net", evt_buflen_net)
register("evt.buflen.net.in", evt_buflen_net_in)
register("evt.buflen.net.out", evt_buflen_net_out)
register("evt.is_open_read", evt_is_open_read)
register("evt.is_open_write", evt_is_open_write)
register("evt.is_open_create", evt_is_open_create)
register("evt.is_open_exec", evt_is_open_exec)
