"""Parameters whose meaning depends on the call's other arguments: values of socket options, what ptrace(2) was told, ...

Some are "dynamic" in Falco's event table: a first byte says which layout follows (`tiercel.events.table.DYNAMIC`). Native
numbers are those of include/uapi; what is told of a failed call is what Falco's probe tells.
"""

from libc.stdint cimport int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.event cimport Bytes
from tiercel.sources.ebpf.decode cimport Decoding, Step, failed, number_at, part_bytes, room_for, whole
from tiercel.sources.ebpf.records cimport PART_MEMORY, PART_STRING, RECORD_COMPAT, Part, Record
from tiercel.sources.ebpf.translate cimport translated

from tiercel.sources.ebpf.translate import TRANSLATION_NUMBERS


cpdef enum Dynamic:
    DYNAMIC_FDS = 64
    DYNAMIC_SOCKOPT
    DYNAMIC_SOCKOPT_NAME
    DYNAMIC_PTRACE_ADDR
    DYNAMIC_PTRACE_DATA
    DYNAMIC_PRCTL_TEXT
    DYNAMIC_PRCTL_NUMBER
    DYNAMIC_KEYCTL
    DYNAMIC_QUOTA_FILE
    DYNAMIC_QUOTA_BLOCK
    DYNAMIC_QUOTA_INFO
    DYNAMIC_QUOTA_FORMAT
    DYNAMIC_QUOTA_ID
    DYNAMIC_FSCONFIG_BYTES
    DYNAMIC_FSCONFIG_TEXT
    DYNAMIC_SEMCTL_VALUE


cdef enum:
    MAX_FDS = 16
    POLLFD = 8                 # struct pollfd: s32 fd, s16 events, s16 revents

    # Layouts of a socket option's value.
    OPTION_BYTES = 0
    OPTION_ERRNO = 1
    OPTION_UINT32 = 2
    OPTION_UINT64 = 3
    OPTION_TIME = 4
    SOL_SOCKET = 1
    SO_ERROR = 4
    SO_LINGER = 13
    SO_PEERCRED = 17
    SO_RCVTIMEO = 20
    SO_SNDTIMEO = 21
    SO_ATTACH_FILTER = 26
    SO_PEERNAME = 28
    SO_INCOMING_CPU = 49
    SO_COOKIE = 57
    SO_RCVTIMEO_NEW = 66
    SO_SNDTIMEO_NEW = 67

    PTRACE_UINT64 = 0
    PTRACE_SIGNAL = 1
    PTRACE_PEEKTEXT = 1
    PTRACE_PEEKUSR = 3
    PTRACE_CONT = 7
    PTRACE_SINGLESTEP = 9
    PTRACE_DETACH = 17
    PTRACE_SYSCALL = 24

    PR_SET_NAME = 15
    PR_GET_NAME = 16
    PR_GET_CHILD_SUBREAPER = 37

    KEYCTL_NUMBER = 0
    KEYCTL_TEXT = 1

    Q_QUOTAON = 0x800002
    Q_GETFMT = 0x800004
    Q_GETINFO = 0x800005
    Q_SETINFO = 0x800006
    Q_GETQUOTA = 0x800007
    Q_SETQUOTA = 0x800008
    Q_XGETQUOTA = 0x5803
    Q_XSETQLIM = 0x5804

    FSCONFIG_STRING = 1
    FSCONFIG_BINARY = 2
    FSCONFIG_PATH_EMPTY = 4

    SETVAL = 16
    IPC_64 = 0x100

cdef uint8_t poll_flags = TRANSLATION_NUMBERS["poll_flags"]
cdef uint8_t socket_options = TRANSLATION_NUMBERS["sockopt_options"]
cdef uint8_t quota_formats = TRANSLATION_NUMBERS["quotactl_quota_fmts"]

# What each argument of a keyctl(2) operation is, the second to the fifth: n a number, s a string, - nothing (told as 0).
cdef char[33][4] keyctl_arguments
_KEYCTL = (
    "nn-- s--- nnn- n--- nnn- nn-- nnn- n--- nn-- nn-- nssn nnn- nnnn nnn- n--- nn-- n--- nnn- ---- nnnn nnnn"
    " n--- nn-- nnnn nns- nsnn nsnn nsnn nsnn nss- nnnn nn-- nnn-"
)


def _fill_keyctl():
    cdef int i, k
    for i, kinds in enumerate(_KEYCTL.split()):
        for k in range(4):
            keyctl_arguments[i][k] = ord(kinds[k])


_fill_keyctl()


cdef inline void put(Decoding *d, Bytes *to, const void *value, uint32_t n) noexcept nogil:
    cdef char *out = room_for(d, n)
    if out != NULL:
        memcpy(out, value, n)
        to.p = out
        to.n = n


cdef inline void put_number(Decoding *d, const Step *s, Bytes *to, uint64_t value) noexcept nogil:
    put(d, to, &value, s.size if s.size <= 8 else 8)


cdef inline void put_tagged(Decoding *d, Bytes *to, uint8_t layout, const void *value, uint32_t n) noexcept nogil:
    cdef char *out = room_for(d, 1 + n)
    if out == NULL:
        return
    out[0] = <char> layout
    if n:
        memcpy(out + 1, value, n)
    to.p = out
    to.n = 1 + n


cdef void fd_list(Decoding *d, const Step *s, Bytes *to) noexcept nogil:
    # How many u16, then fd s64 and flags s16 of each.
    cdef const Part *p = d.parts.of[PART_MEMORY][s.place]
    cdef uint64_t asked = <uint32_t> d.record.args[s.place + 1]
    cdef uint16_t n = <uint16_t> min(asked, <uint64_t> MAX_FDS)
    cdef char *out = room_for(d, 2 + 10 * MAX_FDS)
    cdef uint32_t i
    cdef int32_t fd
    cdef int64_t wide
    cdef int16_t flags
    if out == NULL:
        return
    if p == NULL:
        n = 0
    elif n > p.size // POLLFD:
        n = <uint16_t> (p.size // POLLFD)
    memcpy(out, &n, 2)
    for i in range(n):
        memcpy(&fd, part_bytes(p) + POLLFD * i, 4)
        memcpy(&flags, part_bytes(p) + POLLFD * i + 6, 2)
        wide = fd
        flags = <int16_t> translated(poll_flags, <uint64_t> <uint16_t> flags)
        memcpy(out + 2 + 10 * i, &wide, 8)
        memcpy(out + 10 + 10 * i, &flags, 2)
    to.p = out
    to.n = 2 + 10 * n


cdef void socket_option(Decoding *d, const Step *s, Bytes *to) noexcept nogil:
    cdef const Record *r = d.record
    cdef const Part *p = d.parts.of[PART_MEMORY][s.place]
    cdef int32_t level = <int32_t> r.args[1]
    cdef int32_t name = <int32_t> r.args[2]
    cdef uint64_t value
    cdef int64_t signed_value
    cdef uint32_t width
    if level == SOL_SOCKET:
        if name == SO_ERROR:
            signed_value = -<int64_t> <int32_t> number_at(p, 0, 4)
            put_tagged(d, to, OPTION_ERRNO, &signed_value, 8)
            return
        if name in (SO_RCVTIMEO, SO_SNDTIMEO, SO_RCVTIMEO_NEW, SO_SNDTIMEO_NEW):
            width = 4 if r.flags & RECORD_COMPAT and name < SO_RCVTIMEO_NEW else 8
            value = number_at(p, 0, width) * <uint64_t> 1000000000 + number_at(p, width, width) * 1000
            put_tagged(d, to, OPTION_TIME, &value, 8)
            return
        if name == SO_COOKIE:
            value = number_at(p, 0, 8)
            put_tagged(d, to, OPTION_UINT64, &value, 8)
            return
        if 0 < name <= SO_INCOMING_CPU and name not in (SO_LINGER, SO_PEERCRED, SO_ATTACH_FILTER, SO_PEERNAME):
            # Those that are numbers; an option of fewer bytes is what it has.
            value = number_at(p, 0, 4 if p == NULL or p.size >= 4 else p.size)
            put_tagged(d, to, OPTION_UINT32, &value, 4)
            return
    put_tagged(d, to, OPTION_BYTES, part_bytes(p) if p != NULL else NULL, p.size if p != NULL else 0)


cdef void ptrace_data(Decoding *d, const Step *s, Bytes *to) noexcept nogil:
    cdef const Record *r = d.record
    cdef uint64_t request = r.args[0], value
    cdef uint8_t signal
    if failed(r):
        value = 0
        put_tagged(d, to, PTRACE_UINT64, &value, 8)
    elif PTRACE_PEEKTEXT <= request <= PTRACE_PEEKUSR:
        value = number_at(d.parts.of[PART_MEMORY][s.place], 0, 4 if r.flags & RECORD_COMPAT else 8)
        put_tagged(d, to, PTRACE_UINT64, &value, 8)
    elif request in (PTRACE_CONT, PTRACE_SINGLESTEP, PTRACE_DETACH, PTRACE_SYSCALL):
        signal = <uint8_t> r.args[s.place]
        put_tagged(d, to, PTRACE_SIGNAL, &signal, 1)
    else:
        value = r.args[s.place]
        put_tagged(d, to, PTRACE_UINT64, &value, 8)


cdef void keyctl_argument(Decoding *d, const Step *s, Bytes *to) noexcept nogil:
    cdef uint32_t operation = <uint32_t> d.record.args[0]
    cdef char kind = c'-'
    cdef int64_t value = 0
    cdef const Part *p
    if operation < 33:
        kind = keyctl_arguments[operation][s.place - 1]
    if kind == c's':
        p = d.parts.of[PART_STRING][s.place]
        put_tagged(d, to, KEYCTL_TEXT, part_bytes(p) if p != NULL else NULL, p.size if p != NULL else 0)
        return
    if kind == c'n':
        value = <int64_t> d.record.args[s.place]
    put_tagged(d, to, KEYCTL_NUMBER, &value, 8)


cdef uint64_t quota_field(Decoding *d, const Step *s, uint32_t command) noexcept nogil:
    # A field of struct if_dqblk (told of, by bit `width` of its word at 64) or if_dqinfo (of its word at 20).
    cdef const Part *p = d.parts.of[PART_MEMORY][s.place]
    if s.getter == DYNAMIC_QUOTA_BLOCK:
        if (command == Q_GETQUOTA or command == Q_SETQUOTA) and number_at(p, 64, 4) & s.width:
            return number_at(p, s.offset, 8)
    elif (command == Q_GETINFO or command == Q_SETINFO) and number_at(p, 20, 4) & s.width:
        return number_at(p, s.offset, 4 if s.offset == 16 else 8)
    return 0


cdef void make_dynamic(Decoding *d, const Step *s, Bytes *to) noexcept nogil:
    cdef const Record *r = d.record
    cdef uint8_t getter = s.getter
    cdef uint64_t value = 0
    cdef uint32_t command
    cdef const Part *p
    if getter == DYNAMIC_FDS:
        fd_list(d, s, to)
    elif getter == DYNAMIC_SOCKOPT:
        socket_option(d, s, to)
    elif getter == DYNAMIC_SOCKOPT_NAME:
        if <int32_t> r.args[1] == SOL_SOCKET:
            value = translated(socket_options, <uint32_t> r.args[s.place])
        put_number(d, s, to, value)
    elif getter == DYNAMIC_PTRACE_ADDR:
        value = 0 if failed(r) else r.args[s.place]
        put_tagged(d, to, PTRACE_UINT64, &value, 8)
    elif getter == DYNAMIC_PTRACE_DATA:
        ptrace_data(d, s, to)
    elif getter == DYNAMIC_PRCTL_TEXT:
        if <uint32_t> r.args[0] in (PR_SET_NAME, PR_GET_NAME):
            whole(to, d.parts.of[PART_STRING][s.place])
    elif getter == DYNAMIC_PRCTL_NUMBER:
        command = <uint32_t> r.args[0]
        if command == PR_GET_CHILD_SUBREAPER:
            value = <uint64_t> <int64_t> <int32_t> number_at(d.parts.of[PART_MEMORY][s.place], 0, 4)
        elif command != PR_SET_NAME and command != PR_GET_NAME:
            value = r.args[s.place]
        put_number(d, s, to, value)
    elif getter == DYNAMIC_KEYCTL:
        keyctl_argument(d, s, to)
    elif getter == DYNAMIC_FSCONFIG_BYTES:
        if not failed(r) and <uint32_t> r.args[1] == FSCONFIG_BINARY:
            whole(to, d.parts.of[PART_MEMORY][s.place])
    elif getter == DYNAMIC_FSCONFIG_TEXT:
        command = <uint32_t> r.args[1]
        if not failed(r) and FSCONFIG_STRING <= command <= FSCONFIG_PATH_EMPTY and command != FSCONFIG_BINARY:
            whole(to, d.parts.of[PART_STRING][s.place])
    elif getter == DYNAMIC_SEMCTL_VALUE:
        if r.args[2] & (0xffff ^ <uint64_t> IPC_64) == SETVAL:
            value = r.args[s.place]
        put_number(d, s, to, value)
    else:
        command = (<uint32_t> r.args[0]) >> 8
        if getter == DYNAMIC_QUOTA_FILE:
            if command == Q_QUOTAON:
                whole(to, d.parts.of[PART_STRING][s.place])
            return
        if getter == DYNAMIC_QUOTA_FORMAT:
            # Told where it is an argument (place 2), or came back behind a pointer.
            value = 0
            if s.place == 2 and command == Q_QUOTAON:
                value = <uint32_t> r.args[2]
            elif s.place == 3 and command == Q_GETFMT:
                value = number_at(d.parts.of[PART_MEMORY][3], 0, 4)
            value = translated(quota_formats, value)
        elif getter == DYNAMIC_QUOTA_ID:
            if command in (Q_GETQUOTA, Q_SETQUOTA, Q_XGETQUOTA, Q_XSETQLIM):
                value = r.args[s.place]
        else:
            value = quota_field(d, s, command)
        put_number(d, s, to, value)
