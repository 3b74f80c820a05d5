"""fs.path.*: the paths that a call works on, as given (`...raw`) and resolved.

One row a call says which parameters hold the path, or the source and target, and what counts as success; calls that are
not in the table have no such fields, nor have calls that failed. Opening counts as failed only where it returned -1, and
errors are other numbers: so the paths of files that could not be opened are there, as in libs 0.25.4.
"""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport strlen

from tiercel.events.codes cimport *
from tiercel.events.event cimport Bytes, Event
from tiercel.events.fields.arguments cimport (
    event_thread, param_text, signed_number, working_directory,
)
from tiercel.events.fields.fd_event cimport event_fd
from tiercel.events.fields.field cimport Arg, Context, Out, arena_alloc, put_string, register
from tiercel.events.fields.line cimport Line, line_add, line_char, line_clean, line_start
from tiercel.events.layout cimport param_index
from tiercel.events.paths cimport PATH_SIZE, path_join
from tiercel.events.process cimport *
from tiercel.events.state cimport state_fd

cdef enum Start:
    # Where a relative path starts.
    FROM_CWD
    FROM_FD            # the directory that the event is about
    FROM_PARAM         # a descriptor among the parameters
    FROM_NOWHERE       # not known
    IS_FD              # nowhere: the event's descriptor has the whole path


cdef struct Spot:
    int param                # the path's parameter; -1 where the call has no such path
    Start start
    uint32_t directory       # FROM_PARAM: the parameter's number


cdef struct PathRow:
    bint known
    int result               # the parameter that says how the call went
    bint opens               # succeeded unless that is -1; all others where it is 0
    bint of_fd               # the path is the name of the event's descriptor
    Spot name
    Spot source
    Spot target


cdef PathRow[N_EVENTS] rows


cdef inline Bytes text(const char *p) noexcept nogil:
    cdef Bytes b
    b.p = p
    b.n = <uint32_t> strlen(p)
    return b


cdef bint succeeded(Context *c, const PathRow *row) noexcept nogil:
    cdef int64_t number
    if <uint32_t> row.result >= c.event.nparams or not signed_number(c.event.params[row.result], 8, &number):
        return False
    return number != -1 if row.opens else number == 0


cdef bint named_by_fd(Context *c, Line *line) noexcept nogil:
    # The name of the descriptor that the call was about, "" where that is not known.
    cdef Fd *fd = event_fd(c)
    if c.event.thread == NULL or not line_start(line, c, 64):
        return False
    if fd != NULL:
        line_clean(line, fd.name.p, fd.name.n)
    return True


cdef bint raw_path(Context *c, const PathRow *row, const Spot *spot, Bytes *path) noexcept nogil:
    cdef Line line
    if row.of_fd:
        if spot.param < 0 or not named_by_fd(c, &line):
            return False
        path.p = line.p
        path.n = line.n
        return True
    if spot.param < 0 or <uint32_t> spot.param >= c.event.nparams:
        return False
    path[0] = param_text(c, <uint32_t> spot.param)
    return True


cdef Bytes directory_of(Context *c, const Fd *fd) noexcept nogil:
    # The descriptor's name with a slash at its end.
    cdef Line line
    cdef Bytes base
    if fd.name.n == 0 or fd.name.p[fd.name.n - 1] == c'/' or not line_start(&line, c, fd.name.n + 1):
        base.p = fd.name.p
        base.n = fd.name.n
        return base
    line_add(&line, fd.name.p, fd.name.n)
    line_char(&line, c'/')
    base.p = line.p
    base.n = line.n
    return base


cdef Bytes start_of(Context *c, const Spot *spot, Thread *t) noexcept nogil:
    cdef Event *e = c.event
    cdef int64_t number
    cdef Fd *fd
    if spot.start == FROM_CWD:
        return working_directory(c, t)
    if spot.start == FROM_FD:
        if e.fd != NULL and e.fd.type == FD_DIRECTORY:
            return directory_of(c, e.fd)
    elif spot.start == FROM_PARAM and spot.directory < e.nparams and e.thread != NULL:
        if signed_number(e.params[spot.directory], 8, &number):
            if number == PPM_AT_FDCWD:
                return working_directory(c, e.thread)
            fd = state_fd(c.state, e.thread, number)
            if fd != NULL:
                return directory_of(c, fd)
    return text(b"<UNKNOWN>")


cdef bint put_raw(Context *c, const PathRow *row, const Spot *spot, Out *out) noexcept nogil:
    cdef Bytes path
    return row.known and succeeded(c, row) and raw_path(c, row, spot, &path) and put_string(out, path.p, path.n)


cdef bint put_resolved(Context *c, const PathRow *row, const Spot *spot, Out *out) noexcept nogil:
    cdef Bytes path
    cdef Bytes base
    cdef Thread *t
    cdef char *to
    if not row.known or not succeeded(c, row) or not raw_path(c, row, spot, &path):
        return False
    t = event_thread(c)
    if t == NULL:
        return False
    base = text(b"")
    if c.truth and row.opens and c.event.fd != NULL and c.event.fd.true_name.n:
        # `true_name` holds the claim now.
        path.p = c.event.fd.name.p
        path.n = c.event.fd.name.n
        return put_string(out, path.p, path.n)
    if path.n == 0 or path.p[0] != c'/':
        if spot.start == IS_FD:
            path = text(b"<UNKNOWN>")
            if c.event.fd != NULL:
                path.p = c.event.fd.name.p
                path.n = c.event.fd.name.n
        else:
            base = start_of(c, spot, t)
    to = arena_alloc(c, PATH_SIZE)
    return to != NULL and put_string(out, to, path_join(to, base.p, base.n, path.p, path.n))


cdef inline const PathRow *row_of(const Context *c) noexcept nogil:
    return &rows[c.event.type if c.event.type < N_EVENTS else 0]


cdef bint fs_path_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const PathRow *row = row_of(c)
    return put_resolved(c, row, &row.name, out)


cdef bint fs_path_nameraw(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const PathRow *row = row_of(c)
    return put_raw(c, row, &row.name, out)


cdef bint fs_path_source(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const PathRow *row = row_of(c)
    return put_resolved(c, row, &row.source, out)


cdef bint fs_path_sourceraw(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const PathRow *row = row_of(c)
    return put_raw(c, row, &row.source, out)


cdef bint fs_path_target(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const PathRow *row = row_of(c)
    return put_resolved(c, row, &row.target, out)


cdef bint fs_path_targetraw(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const PathRow *row = row_of(c)
    return put_raw(c, row, &row.target, out)


cdef int place(int kind, const char *name) except -1:
    cdef int i = param_index(kind, name, <uint32_t> strlen(name))
    if i < 0:
        raise ImportError(f"an event of type {kind} has no parameter {name.decode()}")
    return i


cdef PathRow *new_row(int kind) except NULL:
    cdef PathRow *row = &rows[kind]
    row.known = True
    row.result = 0
    row.name.param = row.source.param = row.target.param = -1
    return row


cdef int one(int kind, const char *param, Start start) except -1:
    cdef PathRow *row = new_row(kind)
    row.result = place(kind, b"res")
    row.name.param = place(kind, param)
    row.name.start = start
    return 0


cdef int opening(int kind, Start start) except -1:
    cdef PathRow *row = new_row(kind)
    row.opens = True
    row.result = place(kind, b"fd")
    row.name.param = place(kind, b"name")
    row.name.start = start
    return 0


cdef int of_fd(int kind) except -1:
    one(kind, b"fd", FROM_CWD)
    rows[kind].of_fd = True
    return 0


cdef int two(int kind, const char *source, Start source_start, const char *target, Start target_start) except -1:
    cdef PathRow *row = new_row(kind)
    row.result = place(kind, b"res")
    row.source.param = place(kind, source)
    row.source.start = source_start
    row.target.param = place(kind, target)
    row.target.start = target_start
    return 0


one(MKDIR_2_X, b"path", FROM_CWD)
one(MKDIRAT_X, b"path", FROM_FD)
one(RMDIR_2_X, b"path", FROM_CWD)
one(UNLINK_2_X, b"path", FROM_CWD)
one(UNLINKAT_2_X, b"name", FROM_FD)
opening(OPEN_X, FROM_CWD)
opening(OPENAT_2_X, IS_FD)
opening(OPENAT2_X, IS_FD)
one(CHMOD_X, b"filename", FROM_CWD)
one(FCHMODAT_X, b"filename", FROM_FD)
of_fd(FCHMOD_X)
one(CHOWN_X, b"path", FROM_CWD)
one(LCHOWN_X, b"path", FROM_CWD)
of_fd(FCHOWN_X)
one(FCHOWNAT_X, b"pathname", FROM_FD)
one(QUOTACTL_X, b"special", FROM_CWD)
one(UMOUNT_1_X, b"name", FROM_CWD)
one(UMOUNT2_X, b"name", FROM_CWD)
two(RENAME_X, b"oldpath", FROM_CWD, b"newpath", FROM_CWD)
two(RENAMEAT_X, b"oldpath", FROM_CWD, b"newpath", FROM_CWD)
two(RENAMEAT2_X, b"oldpath", FROM_PARAM, b"newpath", FROM_PARAM)
rows[RENAMEAT2_X].source.directory = 1
rows[RENAMEAT2_X].target.directory = 3
# The source of a link is the new name, its target the old one.
two(LINK_2_X, b"newpath", FROM_CWD, b"oldpath", FROM_CWD)
two(LINKAT_2_X, b"newpath", FROM_CWD, b"oldpath", FROM_CWD)
two(SYMLINK_X, b"linkpath", FROM_CWD, b"target", FROM_CWD)
two(SYMLINKAT_X, b"linkpath", FROM_FD, b"target", FROM_NOWHERE)
two(MOUNT_X, b"dev", FROM_CWD, b"dir", FROM_CWD)

register("fs.path.name", fs_path_name)
register("fs.path.nameraw", fs_path_nameraw)
register("fs.path.source", fs_path_source)
register("fs.path.sourceraw", fs_path_sourceraw)
register("fs.path.target", fs_path_target)
register("fs.path.targetraw", fs_path_targetraw)
