"""The event's parameters as fields: evt.arg, evt.rawarg, evt.args, evt.buffer, evt.abspath, evt.infra.docker.*.

`evt.arg` takes a name or a number: Arg.text is "fd" for `evt.arg.fd`, "0" for `evt.arg[0]`.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memchr, memcmp, strlen

from tiercel.events.codes cimport *
from tiercel.events.event cimport Bytes, Event
from tiercel.events.fields.arguments cimport (
    Argument, argument_shown, carried_param, number_signed, number_size, param_text, render_argument, signed_number,
    text_missing, working_directory,
)
from tiercel.events.fields.evt cimport has_result, result_of
from tiercel.events.fields.field cimport (
    V_BYTES, Arg, Context, Out, arena_alloc, put_int, put_string, put_uint, register, register_printed,
)
from tiercel.events.fields.line cimport (
    Line, line_add, line_char, line_cut, line_dots, line_hex, line_oct, line_padded, line_start,
)
from tiercel.events.layout cimport Name, ParamInfo, event_flags, param_info
from tiercel.events.paths cimport PATH_SIZE, path_join
from tiercel.events.process cimport *
from tiercel.events.state cimport state_fd

cdef enum:
    SHOWN_ALL = 1022       # a buffer of up to so many bytes is shown whole in an output,
    SHOWN_PART = 1021      # of a longer one these


cdef inline uint32_t shown(uint32_t n) noexcept nogil:
    return n if n <= SHOWN_ALL else SHOWN_PART


cdef inline bint put_line(Out *out, const Line *l) noexcept nogil:
    return not l.broken and put_string(out, l.p, l.n)


cdef inline bint put_buffer(Out *out, Bytes b) noexcept nogil:
    if not put_string(out, b.p, b.n):
        return False
    out.items[out.n - 1].kind = V_BYTES
    return True


# ------------------------------------------------------------------------------------------------------- as text

cdef bint evt_arg(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Argument argument
    cdef int64_t i = a.index
    if i < 0:
        i = carried_param(c, a.text, a.n) if a.n else -1
    if i < 0 or i >= c.event.nparams or not render_argument(c, <uint32_t> i, &argument):
        return False
    return put_line(out, argument_shown(&argument))


cdef bint evt_args(Context *c, const Arg *a, Out *out) noexcept nogil:
    """`name=value` or `name=value(meaning)` for every parameter, a blank between them."""
    cdef const Event *e = c.event
    cdef Argument argument
    cdef Line line
    cdef Name name
    cdef uint32_t i
    if e.type == GENERIC_X:
        return put_string(out, b"", 0)
    if not line_start(&line, c, 200):
        return False
    for i in range(e.nparams):
        if not render_argument(c, i, &argument):
            continue
        if line.n:
            line_char(&line, c' ')
        name = param_info(e.type, i).name
        line_add(&line, name.p, name.n)
        line_char(&line, c'=')
        line_add(&line, argument.raw.p, argument.raw.n)
        if argument.resolved.n:
            line_char(&line, c'(')
            line_add(&line, argument.resolved.p, argument.resolved.n)
            line_char(&line, c')')
    return put_line(out, &line)


# ------------------------------------------------------------------------------------------------------- as values

cdef inline bint is_text(int kind) noexcept nogil:
    return kind == PT_CHARBUF or kind == PT_FSPATH or kind == PT_FSRELPATH


cdef bint evt_rawarg(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Numbers as numbers, texts as they came, the rest as bytes.
    cdef const Event *e = c.event
    cdef int i = carried_param(c, a.text, a.n) if a.n else -1
    cdef const ParamInfo *info
    cdef Bytes v
    cdef uint32_t size
    cdef int64_t number
    if i < 0:
        return False
    info = param_info(e.type, i)
    v = e.params[i]
    if is_text(info.type):
        v = param_text(c, i)
        return put_string(out, v.p, v.n)
    if v.n == 0:
        return False
    size = number_size(info.type)
    if size == 0:
        return put_buffer(out, v)
    if not signed_number(v, size, &number):
        return False
    if number_signed(info.type):
        return put_int(out, number)
    if size < 8:
        number &= (<int64_t> 1 << (8 * size)) - 1
    return put_uint(out, <uint64_t> number)


cdef inline bint plain(const ParamInfo *info) noexcept nogil:
    # Whether Falco's JSON has a number of this parameter as a number: where it prints in decimal, and says so where it
    # has 64 bits.
    if info.format == PF_NA:
        return info.type != PT_INT64 and info.type != PT_FD and info.type != PT_PID
    return info.format != PF_HEX and info.format != PF_OCT and info.format != PF_10_PADDED_DEC


cdef bint evt_rawarg_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Numbers as their parameter prints, which is as text where that is not decimal; bytes with dots. A number that
    # the event has no value for prints as 0; to a condition it is absent.
    cdef uint32_t before = out.n
    cdef int i = carried_param(c, a.text, a.n) if a.n else -1
    cdef uint32_t size
    cdef uint64_t u
    cdef const ParamInfo *info
    cdef Line line
    if i < 0:
        return False
    info = param_info(c.event.type, i)
    size = number_size(info.type)
    if size and c.event.params[i].n == 0:
        put_uint(out, 0)
    elif not evt_rawarg(c, a, out):
        return False
    if out.n == before:
        return False
    if (size and plain(info)) or is_text(info.type):
        return True
    if not line_start(&line, c, 40):
        return False
    u = out.items[before].num.u
    if size == 0:
        line_dots(&line, out.items[before].p, shown(out.items[before].n))
    elif info.format == PF_HEX or info.format == PF_OCT:
        if size < 8:
            u = <uint32_t> u         # C promotes what is smaller than an int
        if info.format == PF_HEX:
            line_hex(&line, u, True)
        else:
            line_oct(&line, u)
    else:
        line_padded(&line, <int64_t> u, 9 if info.format == PF_10_PADDED_DEC else 1)
    out.n = before
    return put_line(out, &line)


cdef bint evt_buffer(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef int i = carried_param(c, b"data", 4)
    return i >= 0 and c.event.params[i].n and put_buffer(out, c.event.params[i])


cdef bint evt_buffer_printed(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Argument argument
    cdef int i = carried_param(c, b"data", 4)
    if i < 0 or not render_argument(c, <uint32_t> i, &argument):
        return False
    if c.event.params[i].n == 0:
        return put_string(out, b"", 0)
    line_cut(&argument.raw, shown(argument.raw.n))
    return put_line(out, &argument.raw)


# ------------------------------------------------------------------------------------------------------- evt.abspath

cdef struct At:
    # A call with a path and the descriptor of the directory it starts from; `to` is the second such pair.
    const char *directory
    const char *path
    const char *to_directory
    const char *to_path


cdef const At *at_call(int kind) noexcept nogil:
    if kind == RENAMEAT_X or kind == RENAMEAT2_X:
        return &at_calls[0]
    if kind == SYMLINKAT_X:
        return &at_calls[1]
    if kind == OPENAT_2_X or kind == OPENAT2_X or kind == UNLINKAT_2_X:
        return &at_calls[2]
    if kind == LINKAT_2_X:
        return &at_calls[3]
    if kind == MKDIRAT_X:
        return &at_calls[4]
    if kind == FCHMODAT_X:
        return &at_calls[5]
    if kind == FCHOWNAT_X:
        return &at_calls[6]
    return NULL


cdef bint put_joined(Context *c, Out *out, Bytes base, Bytes path) noexcept nogil:
    cdef char *to = arena_alloc(c, PATH_SIZE)
    return to != NULL and put_string(out, to, path_join(to, base.p, base.n, path.p, path.n))


cdef bint evt_abspath(Context *c, const Arg *a, Out *out) noexcept nogil:
    """The argument is empty, "src" or "dst"."""
    cdef Event *e = c.event
    cdef const At *call = at_call(e.type)
    cdef bint second = a.n == 3 and memcmp(a.text, b"dst", 3) == 0
    cdef const char *directory
    cdef const char *path
    cdef int di, pi
    cdef int64_t number
    cdef Bytes base
    cdef Bytes name
    cdef Fd *fd
    cdef Line line
    if e.thread == NULL:
        return False
    base.p = b""
    base.n = 0
    if e.type == OPEN_BY_HANDLE_AT_X:
        # The kernel gives the whole path, of a file that could be opened.
        if not has_result(e) or <int> result_of(e) <= 0 or e.nparams <= 3:
            return False
        return put_joined(c, out, base, param_text(c, 3))
    if call == NULL:
        return False
    if c.truth and e.fd != NULL and e.fd.true_name.n and event_flags(e.type) & EF_CREATES_FD:
        # `true_name` holds the claim now.
        return put_string(out, e.fd.name.p, e.fd.name.n)
    directory = call.to_directory if second and call.to_directory != NULL else call.directory
    path = call.to_path if second and call.to_path != NULL else call.path
    di = carried_param(c, directory, <uint32_t> strlen(directory))
    pi = carried_param(c, path, <uint32_t> strlen(path))
    if di < 0 or pi < 0 or e.params[pi].n == 0 or not signed_number(e.params[di], 8, &number):
        return False
    name = param_text(c, pi)
    if name.n and name.p[0] == c'/':
        return put_joined(c, out, base, name)
    if number == PPM_AT_FDCWD:
        return put_joined(c, out, working_directory(c, e.thread), name)
    fd = state_fd(c.state, e.thread, number)
    if fd == NULL:
        base.p = b"<UNKNOWN>/"
        base.n = 10
        return put_joined(c, out, base, name)
    if not line_start(&line, c, fd.name.n + 1):
        return False
    line_add(&line, fd.name.p, fd.name.n)
    line_char(&line, c'/')
    base.p = line.p
    base.n = line.n
    return put_joined(c, out, base, name)


# ------------------------------------------------------------------------------------------------- evt.infra.docker.*

cdef Bytes trimmed(Bytes b) noexcept nogil:
    while b.n and b.p[0] in (c' ', c'\t', c'\n', c'\r', c'\v', c'\f'):
        b.p += 1
        b.n -= 1
    while b.n and b.p[b.n - 1] in (c' ', c'\t', c'\n', c'\r', c'\v', c'\f'):
        b.n -= 1
    return b


cdef Bytes cut_at(Bytes b, char at) noexcept nogil:
    # What is in front of the character, all where it does not occur.
    cdef const char *found = <const char *> memchr(b.p, at, b.n) if b.n else NULL
    if found != NULL:
        b.n = <uint32_t> (found - b.p)
    return b


cdef bint docker_part(Context *c, const char *key, Bytes *part, Bytes *whole) noexcept nogil:
    """The value of a part "key: value" of the event's text, parts being separated by ";".

    `whole` is all after the part's first colon, `part` is up to its second.
    """
    cdef const Event *e = c.event
    cdef uint32_t n = <uint32_t> strlen(key)
    cdef Bytes rest, item
    if e.type != INFRASTRUCTURE_EVENT_E or e.nparams < 3:
        return False
    rest = param_text(c, 2)
    while True:
        item = cut_at(rest, c';')
        rest.p += item.n
        rest.n -= item.n
        item = trimmed(item)
        if item.n >= n and memcmp(item.p, key, n) == 0:
            whole[0] = cut_at(item, c':')
            if whole.n == item.n:
                return False
            whole.p += whole.n + 1
            whole.n = item.n - whole.n - 1
            part[0] = cut_at(whole[0], c':')
            return True
        if rest.n == 0:
            return False
        rest.p += 1
        rest.n -= 1


cdef bint put_docker(Context *c, Out *out, const char *key, uint32_t longest) noexcept nogil:
    cdef Bytes part, whole
    if not docker_part(c, key, &part, &whole):
        return False
    part = trimmed(part)
    return put_string(out, part.p, part.n if part.n < longest else longest)


cdef bint evt_docker_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_docker(c, out, b"Event", <uint32_t> -1)


cdef bint evt_docker_id(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_docker(c, out, b"ID", 12)


cdef bint evt_docker_container(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_docker(c, out, b"name", <uint32_t> -1)


cdef bint evt_docker_image(Context *c, const Arg *a, Out *out) noexcept nogil:
    # Without a digest; an image that is nothing but a digest stays whole.
    cdef Bytes part, whole
    cdef uint32_t i
    if not docker_part(c, b"Image", &part, &whole):
        return False
    if memchr(part.p, c'@', part.n) != NULL:
        part = cut_at(part, c'@')
    else:
        for i in range(6, part.n + 1):
            if memcmp(part.p + i - 6, b"sha256", 6) == 0:
                part = whole
                break
    part = trimmed(part)
    return put_string(out, part.p, part.n)


cdef At[7] at_calls
at_calls[:] = [
    At(b"olddirfd", b"oldpath", b"newdirfd", b"newpath"),
    At(b"linkdirfd", b"linkpath", NULL, NULL),
    At(b"dirfd", b"name", NULL, NULL),
    At(b"olddir", b"oldpath", b"newdir", b"newpath"),
    At(b"dirfd", b"path", NULL, NULL),
    At(b"dirfd", b"filename", NULL, NULL),
    At(b"dirfd", b"pathname", NULL, NULL),
]

register("evt.arg", evt_arg)
register("evt.args", evt_args)
register("evt.info", evt_args)
register("evt.rawarg", evt_rawarg)
register_printed("evt.rawarg", evt_rawarg_printed)
register("evt.buffer", evt_buffer)
register_printed("evt.buffer", evt_buffer_printed)
register("evt.abspath", evt_abspath)
register("evt.infra.docker.name", evt_docker_name)
register("evt.infra.docker.container.id", evt_docker_id)
register("evt.infra.docker.container.name", evt_docker_container)
register("evt.infra.docker.container.image", evt_docker_image)
