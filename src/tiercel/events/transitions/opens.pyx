"""Files that are opened."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.codes cimport (
    CREAT_X,
    OPEN_BY_HANDLE_AT_X,
    OPEN_X,
    OPENAT2_X,
    OPENAT_2_X,
    PPM_FD_LOWER_LAYER,
    PPM_FD_LOWER_LAYER_CREAT,
    PPM_FD_UPPER_LAYER,
    PPM_FD_UPPER_LAYER_CREAT,
    PPM_O_DIRECTORY,
    PPM_O_F_CREATED,
)
from tiercel.events.descriptors cimport fds_row
from tiercel.events.event cimport Bytes, Event, param_u16, param_u32, param_u64, result
from tiercel.events.process cimport FD_DIRECTORY, FD_FILE_V2, FD_OVERLAY_LOWER, FD_OVERLAY_UPPER, Fd
from tiercel.events.state cimport State
from tiercel.events.text cimport text_set
from tiercel.events.truth cimport fd_truth
from tiercel.events.transitions.entries cimport entry_of, entry_param
from tiercel.events.transitions.paths cimport Base, base_at, base_cwd, path_set
from tiercel.events.transitions.transition cimport is_na, open_fd, param, param_text, register, text_bytes

cdef enum:
    AFTER_CALL = ~(PPM_O_F_CREATED - 1)      # flags that the probe adds on the way out


cdef inline uint32_t u32_of(Bytes b) noexcept nogil:
    cdef uint32_t v = 0
    if b.n >= 4:
        memcpy(&v, b.p, 4)
    return v


cdef void opened(
    State *s, Event *e, const Base *b, Bytes name, uint32_t flags, uint32_t dev, uint64_t ino
) noexcept nogil:
    cdef int64_t num = result(e)
    cdef Fd *fd
    if num < 0:
        return
    fd = fds_row(s)
    if fd == NULL:
        return
    fd.type = FD_DIRECTORY if flags & PPM_O_DIRECTORY else FD_FILE_V2
    fd.openflags = flags
    fd.dev = dev
    fd.ino = ino
    if flags & PPM_FD_UPPER_LAYER:
        fd.flags |= FD_OVERLAY_UPPER
    if flags & PPM_FD_LOWER_LAYER:
        fd.flags |= FD_OVERLAY_LOWER
    text_set(&fd.name_raw, name.p, name.n)
    path_set(&fd.name, b, name)
    if e.true_path.p != NULL or e.file != NULL:
        fd_truth(fd, e.true_path, e.file)
    fd = open_fd(s, e, num, fd)
    e.fd_name_changed = fd != NULL and fd.name.n != 0


cdef void from_cwd(State *s, Event *e) noexcept nogil:
    # open, creat
    cdef Base b
    cdef Bytes name, before
    cdef uint32_t flags, dev = 0, at = 4, creat_flags
    cdef uint64_t ino = 0
    if e.thread == NULL:
        return
    name = param_text(e, 1)
    if e.type == OPEN_X:
        flags = param_u32(e, 2)
    else:
        flags = 0
        at = 3
    if param(e, at).n:
        dev = param_u32(e, at)
        if param(e, at + 1).n:
            ino = param_u64(e, at + 1)
            if e.type == CREAT_X:
                creat_flags = param_u16(e, 5)
                if creat_flags & PPM_FD_UPPER_LAYER_CREAT:
                    flags |= PPM_FD_UPPER_LAYER
                elif creat_flags & PPM_FD_LOWER_LAYER_CREAT:
                    flags |= PPM_FD_LOWER_LAYER
    if entry_of(e):
        before = text_bytes(entry_param(e.thread, 0))
        if not is_na(before):
            name = before
            if e.type == OPEN_X:
                flags = u32_of(entry_param(e.thread, 1)) | (flags & AFTER_CALL)
    base_cwd(&b, e.thread)
    opened(s, e, &b, name, flags, dev, ino)


cdef void from_directory(State *s, Event *e) noexcept nogil:
    # openat, openat2
    cdef Base b
    cdef Bytes name, before, dirfd
    cdef uint32_t flags, dev = 0, at
    cdef uint64_t ino = 0
    cdef int64_t num
    if e.thread == NULL:
        return
    name = param_text(e, 2)
    flags = param_u32(e, 3)
    at = 5 if e.type == OPENAT_2_X else 6
    if param(e, at + 1).n:
        dev = param_u32(e, at)
        ino = param_u64(e, at + 1)
    dirfd = param(e, 1)
    if entry_of(e):
        before = text_bytes(entry_param(e.thread, 1))
        if not is_na(before):
            name = before
            flags = u32_of(entry_param(e.thread, 2)) | (flags & AFTER_CALL)
            dirfd = entry_param(e.thread, 0)
    if dirfd.n >= 8:
        memcpy(&num, dirfd.p, 8)
        base_at(&b, e.thread, name, num)
    else:
        b.p = b""
        b.n = 0
    opened(s, e, &b, name, flags, dev, ino)


cdef void by_handle(State *s, Event *e) noexcept nogil:
    # The path is whole: the probe walks up to the root.
    cdef Base b
    if e.thread == NULL:
        return
    b.p = b""
    b.n = 0
    opened(s, e, &b, param_text(e, 3), param_u32(e, 2), param_u32(e, 4), param_u64(e, 5))


register(OPEN_X, from_cwd)
register(CREAT_X, from_cwd)
register(OPENAT_2_X, from_directory)
register(OPENAT2_X, from_directory)
register(OPEN_BY_HANDLE_AT_X, by_handle)
