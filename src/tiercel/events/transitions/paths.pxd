"""Where a path of an event leads, seen from the thread's directory or from a descriptor's."""

from libc.stdint cimport int64_t, uint32_t

from tiercel.events.event cimport Bytes
from tiercel.events.process cimport Text, Thread

cdef enum:
    BASE_SIZE = 1028

cdef struct Base:
    # A directory that paths start from. `p` may point into `bytes`.
    const char *p
    uint32_t n
    bint unknown             # the descriptor is
    char bytes[BASE_SIZE]


cdef void base_cwd(Base *b, Thread *t) noexcept nogil
# Of openat and its like: an absolute path starts nowhere, AT_FDCWD is the thread's directory, an unknown descriptor
# gives "<UNKNOWN>". The thread may be NULL.
cdef void base_at(Base *b, Thread *t, Bytes path, int64_t dirfd) noexcept nogil
cdef void path_set(Text *to, const Base *b, Bytes path) noexcept nogil
cdef void move_to(Thread *t, Bytes path) noexcept nogil               # chdir, for the whole process
