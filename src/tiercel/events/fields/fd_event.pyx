"""Names of descriptors that an event carries itself."""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memcpy

from tiercel.events.codes cimport (
    ACCEPT4_6_X,
    ACCEPT_5_X,
    CONNECT_X,
    CREAT_X,
    OPEN_BY_HANDLE_AT_X,
    OPEN_X,
    OPENAT2_X,
    OPENAT_2_X,
    PPM_AT_FDCWD,
)
from tiercel.events.event cimport Bytes, Event, param_empty, param_i64
from tiercel.events.fields.arguments cimport (
    Argument,
    argument_shown,
    param_text,
    render_argument,
    working_directory,
)
from tiercel.events.fields.field cimport Context, arena_alloc
from tiercel.events.fields.line cimport Line
from tiercel.events.fields.proc_line cimport text_view, view
from tiercel.events.paths cimport PATH_SIZE, path_join
from tiercel.events.process cimport Fd
from tiercel.events.state cimport state_fd


cdef Bytes shown(Context *c, uint32_t i) noexcept nogil:
    cdef Argument a
    cdef const Line *line
    if not render_argument(c, i, &a):
        return view(NULL, 0)
    line = argument_shown(&a)
    return view(line.p, line.n)


cdef Bytes directory(Context *c, int64_t num) noexcept nogil:
    # Of a descriptor, with "/" at its end.
    cdef Fd *fd
    cdef char *p
    if num == PPM_AT_FDCWD:
        return working_directory(c, c.event.thread)
    fd = state_fd(c.state, c.event.thread, num) if num >= 0 else NULL
    if fd == NULL:
        return view(b"<UNKNOWN>", 9)
    if fd.name.n == 0 or fd.name.p[fd.name.n - 1] == c'/':
        return text_view(&fd.name)
    p = arena_alloc(c, <size_t> fd.name.n + 1)
    if p == NULL:
        return view(NULL, 0)
    memcpy(p, fd.name.p, fd.name.n)
    p[fd.name.n] = c'/'
    return view(p, fd.name.n + 1)


cdef Bytes opened_path(Context *c, bint raw) noexcept nogil:
    cdef Event *e = c.event
    cdef Bytes path, base
    cdef char *p
    if param_empty(e, 2):
        return view(NULL, 0)
    path = param_text(c, 2)
    if raw:
        return path
    if param_empty(e, 1):
        return view(NULL, 0)
    base = view(b".", 1) if path.n and path.p[0] == c'/' else directory(c, param_i64(e, 1))
    p = arena_alloc(c, PATH_SIZE)
    if p == NULL or base.p == NULL:
        return view(NULL, 0)
    return view(p, path_join(p, base.p, base.n, path.p, path.n))


cdef Bytes name_in_event(Context *c, bint raw) noexcept nogil:
    cdef uint32_t type = c.event.type
    if type == OPENAT_2_X or type == OPENAT2_X:
        return opened_path(c, raw)
    if (
        type == OPEN_X
        or type == CREAT_X
        or type == ACCEPT_5_X
        or type == ACCEPT4_6_X
        or type == CONNECT_X
    ):
        return shown(c, 1)
    if type == OPEN_BY_HANDLE_AT_X:
        return param_text(c, 3)
    if type & 1 == 0:
        return view(NULL, 0)     # on the way in
    return view(b"", 0)
