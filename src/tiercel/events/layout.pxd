"""The event table as compiled code reads it: rows by code, never out of bounds.

    event_info(type).flags & EF_USES_FD
    param_info(type, i).format

A code beyond the table gives the row of an unknown event: no name, no flags, no parameters.
"""

from libc.stdint cimport int8_t, int64_t, uint8_t, uint16_t, uint32_t

from tiercel.events.codes cimport N_EVENTS


cdef enum:
    N_SYSCALLS = 512


cdef struct Name:
    const char *p            # ends in NUL; lives as long as the program
    uint32_t n


cdef struct FlagName:
    Name name
    uint32_t value


cdef struct ParamInfo:
    Name name
    uint8_t type             # PT_*
    uint8_t format           # PF_*
    int8_t directory         # FSRELPATH: the parameter with the directory's descriptor; else -1
    uint8_t n_dynamic        # DYN: layouts, chosen by the value's first byte
    const ParamInfo *dynamic
    uint32_t n_flags         # names of flags, in the order in which they print
    const FlagName *flags


cdef struct EventInfo:
    Name name                # evt.type, except for GENERIC_E and GENERIC_X: see syscall_name
    uint32_t category        # EC_*
    uint32_t flags           # EF_*
    uint32_t nparams
    const ParamInfo *params


cdef EventInfo[N_EVENTS + 1] event_rows
cdef ParamInfo no_param
cdef Name[N_SYSCALLS] syscall_rows
cdef Name[1024] errno_rows
cdef uint16_t[1024] native_rows


cdef inline const EventInfo *event_info(uint32_t type) noexcept nogil:
    return &event_rows[type if type < N_EVENTS else N_EVENTS]


cdef inline const ParamInfo *param_info(uint32_t type, uint32_t i) noexcept nogil:
    # Of a parameter that the event does not have: no name, PT_NONE.
    cdef const EventInfo *e = event_info(type)
    return &e.params[i] if i < e.nparams else &no_param


cdef inline uint32_t event_flags(uint32_t type) noexcept nogil:
    return event_info(type).flags


cdef inline uint32_t event_category(uint32_t type) noexcept nogil:
    return event_info(type).category


cdef inline uint32_t event_nparams(uint32_t type) noexcept nogil:
    return event_info(type).nparams


cdef inline Name event_name(uint32_t type) noexcept nogil:
    return event_info(type).name


cdef inline Name syscall_name(uint32_t code) noexcept nogil:
    # By Falco's number (parameter ID of GENERIC_*); p is NULL where there is none.
    cdef Name none
    if code < N_SYSCALLS:
        return syscall_rows[code]
    none.p = NULL
    none.n = 0
    return none


cdef inline uint16_t native_syscall(uint32_t number) noexcept nogil:
    # Falco's number of a call by the kernel's on x86_64; 0 where there is none.
    return native_rows[number] if number < 1024 else 0


cdef inline Name errno_name(int64_t code) noexcept nogil:
    # `code` positive, 2 gives "ENOENT"; p is NULL where there is no such error.
    cdef Name none
    if 0 <= code < 1024:
        return errno_rows[code]
    none.p = NULL
    none.n = 0
    return none


# The parameter of that name, -1 where the event has none.
cdef int param_index(uint32_t type, const char *name, uint32_t n) noexcept nogil
