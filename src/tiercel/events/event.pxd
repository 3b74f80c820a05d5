"""One event as the compiled core sees it: a view into a source's buffer, valid until the source's next event.

A source fills everything down to `params`; the state fills the rest (`tiercel.events.state`), for the rules to read.
Parameters are raw bytes in the layout of Falco libs' event table (0.25.4); a parameter that the event does not carry,
or carries empty, has `n == 0`.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.file cimport FileFacts
from tiercel.events.process cimport Facts, Fd, Thread



cdef struct Bytes:
    # A view: `p` is not owned and need not end in NUL. Absent is `p == NULL`.
    const char *p
    uint32_t n


cdef enum:
    MAX_PARAMS = 32


cdef struct Told:
    # Of a thread that begins, or runs another program: what the event's parameters have no place for.
    Facts facts
    Bytes script             # path of the script behind an interpreter
    Bytes cwd                # the working directory, as the kernel has it


cdef struct Event:
    # ---- from the source
    uint64_t ts           # ns since the epoch
    uint64_t prev_ts      # of the event before this one in the source, 0 for the first
    uint64_t first_ts     # of the source's first event
    uint64_t num          # evt.num, from 1
    int64_t tid
    uint16_t type         # tiercel.events.codes
    uint16_t cpu
    uint32_t flags        # of the event block
    uint32_t nparams
    Bytes params[MAX_PARAMS]
    Bytes true_path       # of the file that was opened, or of the directory that was entered, as the kernel has it, not as
                          # the process wrote it; absent where the source does not tell
    const FileFacts *file # of the same file; NULL where the source does not tell
    const Told *told      # of the event's thread; NULL where the source does not tell
    # ---- from the state
    Thread *thread        # NULL where the thread is not known
    Fd *fd                # the descriptor this event acts on, NULL where there is none
    int64_t fd_num        # its number, -1 where there is none
    bint fd_name_changed
    int32_t errno_        # > 0 where the call failed


# Values out of a parameter, which lies anywhere (not aligned); 0 where it is too short.
cdef inline uint64_t param_u64(const Event *e, uint32_t i) noexcept nogil:
    cdef uint64_t value
    if i >= e.nparams or e.params[i].n < 8:
        return 0
    memcpy(&value, e.params[i].p, 8)
    return value


cdef inline int64_t param_i64(const Event *e, uint32_t i) noexcept nogil:
    return <int64_t> param_u64(e, i)


cdef inline uint32_t param_u32(const Event *e, uint32_t i) noexcept nogil:
    cdef uint32_t value
    if i >= e.nparams or e.params[i].n < 4:
        return 0
    memcpy(&value, e.params[i].p, 4)
    return value


cdef inline uint16_t param_u16(const Event *e, uint32_t i) noexcept nogil:
    cdef uint16_t value
    if i >= e.nparams or e.params[i].n < 2:
        return 0
    memcpy(&value, e.params[i].p, 2)
    return value


cdef inline uint8_t param_u8(const Event *e, uint32_t i) noexcept nogil:
    if i >= e.nparams or e.params[i].n < 1:
        return 0
    return (<const uint8_t *> e.params[i].p)[0]


cdef inline bint param_empty(const Event *e, uint32_t i) noexcept nogil:
    return i >= e.nparams or e.params[i].n == 0


cdef inline int64_t result(const Event *e) noexcept nogil:
    # What the system call returned, of an event on the way out: its first parameter.
    cdef int64_t v = 0
    cdef int32_t w = 0
    if e.nparams:
        if e.params[0].n == 8:
            memcpy(&v, e.params[0].p, 8)
        elif e.params[0].n == 4:
            memcpy(&w, e.params[0].p, 4)
            v = w
    return v
