"""Fields of the descriptors that a poll waits for: fdlist.*, each one string with commas between."""

from libc.stdint cimport int64_t, uint16_t, uint32_t
from libc.string cimport memcpy

from tiercel.events.codes cimport POLL_X, PPOLL_X
from tiercel.events.event cimport Bytes
from tiercel.events.fields.fd_kind cimport is_connection, is_listener
from tiercel.events.fields.field cimport Arg, Context, Out, put_string, register
from tiercel.events.fields.line cimport (
    Line,
    line_add,
    line_char,
    line_int,
    line_ip4,
    line_ip6,
    line_start,
    line_uint,
)
from tiercel.events.process cimport FD_IPV4_SOCK, Fd
from tiercel.events.state cimport state_fd

cdef enum:
    ENTRY = 10               # a descriptor's number, 8 bytes, and what is waited for, 2

# Writes what is to be said of a descriptor, which is NULL where it is not known; False where that is nothing.
ctypedef bint (*Writer)(Line *line, int64_t num, const Fd *fd) noexcept nogil


cdef bint write_num(Line *line, int64_t num, const Fd *fd) noexcept nogil:
    line_int(line, num)
    return True


cdef bint write_name(Line *line, int64_t num, const Fd *fd) noexcept nogil:
    if fd == NULL or fd.name.n == 0:
        line_add(line, b"<NA>", 4)
    else:
        line_add(line, fd.name.p, fd.name.n)
    return True


cdef bint write_client(Line *line, int64_t num, const Fd *fd) noexcept nogil:
    if fd == NULL or not is_connection(fd):
        return False
    if fd.type == FD_IPV4_SOCK:
        line_ip4(line, <const char *> fd.sip)
    else:
        line_ip6(line, <const char *> fd.sip)
    return True


cdef bint write_server(Line *line, int64_t num, const Fd *fd) noexcept nogil:
    # Of an IPv6 listener Falco writes the first four bytes as if they were an IPv4 address.
    if fd == NULL:
        return False
    if is_listener(fd):
        line_ip4(line, <const char *> fd.sip)
    elif not is_connection(fd):
        return False
    elif fd.type == FD_IPV4_SOCK:
        line_ip4(line, <const char *> fd.dip)
    else:
        line_ip6(line, <const char *> fd.dip)
    return True


cdef bint write_client_port(Line *line, int64_t num, const Fd *fd) noexcept nogil:
    if fd == NULL or not is_connection(fd):
        return False
    line_uint(line, fd.sport)
    return True


cdef bint write_server_port(Line *line, int64_t num, const Fd *fd) noexcept nogil:
    if fd == NULL or not is_connection(fd):
        return False
    line_uint(line, fd.dport)
    return True


cdef bint list_out(Context *c, Writer write, Out *out) noexcept nogil:
    cdef Bytes list
    cdef Line line
    cdef uint16_t count, k
    cdef int64_t num
    cdef Fd *fd
    if (c.event.type != POLL_X and c.event.type != PPOLL_X) or c.event.thread == NULL or c.event.nparams < 2:
        return False
    list = c.event.params[1]
    if list.n < 2 or not line_start(&line, c, 64):
        return False
    memcpy(&count, list.p, 2)
    for k in range(count):
        if 2 + (<uint32_t> k + 1) * ENTRY > list.n:
            break
        memcpy(&num, list.p + 2 + k * ENTRY, 8)
        fd = state_fd(c.state, c.event.thread, num) if num >= 0 else NULL
        if write(&line, num, fd):
            line_char(&line, c',')
    if line.n and line.p[line.n - 1] == c',':
        line.n -= 1
    return line.n > 0 and put_string(out, line.p, line.n)


cdef bint nums(Context *c, const Arg *a, Out *out) noexcept nogil:
    return list_out(c, write_num, out)


cdef bint names(Context *c, const Arg *a, Out *out) noexcept nogil:
    return list_out(c, write_name, out)


cdef bint cips(Context *c, const Arg *a, Out *out) noexcept nogil:
    return list_out(c, write_client, out)


cdef bint sips(Context *c, const Arg *a, Out *out) noexcept nogil:
    return list_out(c, write_server, out)


cdef bint cports(Context *c, const Arg *a, Out *out) noexcept nogil:
    return list_out(c, write_client_port, out)


cdef bint sports(Context *c, const Arg *a, Out *out) noexcept nogil:
    return list_out(c, write_server_port, out)


register("fdlist.nums", nums)
register("fdlist.names", names)
register("fdlist.cips", cips)
register("fdlist.sips", sips)
register("fdlist.cports", cports)
register("fdlist.sports", sports)
