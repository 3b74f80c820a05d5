"""Rendering an event's parameters as text, one function a type of parameter.

Each function writes two lines: `raw`, the value as it came, and `resolved`, what it means, where there is more to say (a
descriptor's file, the names of flags, the error's name). The texts are those of Falco libs 0.25.4 with its usual output
format; where Falco gives up on a parameter that is too short for its type, "<NA>" stands here.
"""

from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy

from tiercel.events.codes cimport *
from tiercel.events.event cimport Bytes, Event
from tiercel.events.fields.addresses cimport line_address, line_tuple
from tiercel.events.fields.field cimport Context
from tiercel.events.fields.line cimport (
    Line, line_add, line_char, line_clean, line_cut, line_dots, line_hex, line_int, line_oct,
    line_padded, line_room, line_start, line_uint, strnlen,
)
from tiercel.events.fields.times cimport TIME_SIZE, write_duration, write_timestamp
from tiercel.events.layout cimport (
    Name, ParamInfo, errno_name, event_info, param_info, param_index, syscall_name,
)
from tiercel.events.paths cimport PATH_SIZE, path_join
from tiercel.events.process cimport *
from tiercel.events.state cimport state_fd, state_group, state_main_thread, state_thread, state_user
from tiercel.events.utf8 cimport utf8_clean

cdef enum:
    STORAGE = 1023       # what Falco's buffer for one argument holds before it has to grow
    RAW = 5              # SCAP_L4_RAW

ctypedef void (*Renderer)(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil

cdef Renderer[PT_MAX] renderers
cdef uint8_t[PT_MAX] sizes
cdef bint[PT_MAX] signs
cdef Bytes[32] signals


# ------------------------------------------------------------------------------------------------------- parts

cdef inline void add(Line *l, Bytes text) noexcept nogil:
    line_add(l, text.p, text.n)


cdef inline void add_name(Line *l, Name name) noexcept nogil:
    if name.p != NULL:
        line_add(l, name.p, name.n)


cdef inline Bytes literal(const char *p, uint32_t n) noexcept nogil:
    cdef Bytes b
    b.p = p
    b.n = n
    return b


cdef uint32_t number_size(int kind) noexcept nogil:
    return sizes[kind] if 0 <= kind < PT_MAX else 0


cdef bint number_signed(int kind) noexcept nogil:
    return 0 <= kind < PT_MAX and signs[kind]


cdef bint signed_number(Bytes value, uint32_t size, int64_t *number) noexcept nogil:
    cdef int8_t i1
    cdef int16_t i2
    cdef int32_t i4
    if size == 0 or value.p == NULL or value.n < size:
        return False
    if size == 8:
        memcpy(number, value.p, 8)
    elif size == 4:
        memcpy(&i4, value.p, 4)
        number[0] = i4
    elif size == 2:
        memcpy(&i2, value.p, 2)
        number[0] = i2
    else:
        i1 = <int8_t> value.p[0]
        number[0] = i1
    return True


cdef inline bint unsigned_number(Bytes value, uint32_t size, uint64_t *number) noexcept nogil:
    cdef int64_t i
    if not signed_number(value, size, &i):
        return False
    number[0] = <uint64_t> i
    if size < 8:
        number[0] &= (<uint64_t> 1 << (8 * size)) - 1
    return True


cdef bint text_missing(const ParamInfo *info, Bytes value) noexcept nogil:
    if info.type != PT_CHARBUF and info.type != PT_FSPATH and info.type != PT_FSRELPATH:
        return False
    return value.n == 0 or (value.n == 7 and memcmp(value.p, b"(NULL)", 7) == 0)


cdef Bytes text_of(const ParamInfo *info, Bytes value) noexcept nogil:
    if text_missing(info, value):
        return literal(b"<NA>", 4)
    return literal(value.p, <uint32_t> strnlen(value.p, value.n))


cdef Bytes param_text(const Context *c, uint32_t i) noexcept nogil:
    cdef const Event *e = c.event
    return text_of(param_info(e.type, i), e.params[i])


cdef int carried_param(const Context *c, const char *name, uint32_t n) noexcept nogil:
    cdef int i = param_index(c.event.type, name, n)
    return i if i < <int> c.event.nparams else -1


cdef Thread *event_thread(Context *c) noexcept nogil:
    return c.event.thread if c.event.thread != NULL else state_thread(c.state, c.event.tid)


cdef Bytes working_directory(Context *c, Thread *t) noexcept nogil:
    cdef Thread *main = state_main_thread(c.state, t)
    if main == NULL:
        return literal(b"./", 2)
    return literal(main.cwd.p, main.cwd.n)


cdef char fd_letter(const Fd *fd) noexcept nogil:
    # By FdType, from FD_UNKNOWN on.
    cdef const char *letters = b"ofd4646pueXslitnfburmP"
    if fd == NULL or fd.type < 0 or fd.type > FD_PIDFD:
        return c'?'
    return letters[fd.type]


cdef char protocol_letter(const Fd *fd) noexcept nogil:
    # 0 where the descriptor is no internet socket, or of another protocol. What protocol a connection has is said only
    # once it has a client and a server, unless it is raw.
    cdef const char *letters = b"\0\0tuir"
    if not FD_IPV4_SOCK <= fd.type <= FD_IPV6_SERVSOCK or fd.l4proto > RAW:
        return 0
    if fd.type <= FD_IPV6_SOCK and fd.l4proto != RAW and not fd.flags & (FD_ROLE_CLIENT | FD_ROLE_SERVER):
        return 0
    return letters[fd.l4proto]


cdef Bytes signal_text(int64_t number) noexcept nogil:
    return signals[number if 0 <= number < 32 else 0]


cdef void add_number(Line *l, int64_t value, uint32_t size, int format) noexcept nogil:
    # Unsigned numbers print as signed ones too, as in Falco.
    cdef uint64_t bits = <uint64_t> value
    if size < 8:
        bits = <uint32_t> bits   # C promotes what is smaller than an int
    if format == PF_OCT:
        if bits:
            line_char(l, c'0')
        line_oct(l, bits)
    elif format == PF_HEX:
        line_hex(l, bits, True)
    elif format == PF_10_PADDED_DEC:
        line_padded(l, value, 9)
    else:
        line_int(l, value)


# ------------------------------------------------------------------------------------------------------- types

cdef void render_unknown(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    line_add(&a.raw, b"(n.a.)", 6)


cdef void render_invalid(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    line_add(&a.raw, b"INVALID DYNAMIC PARAMETER", 25)


cdef void render_nothing(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    # Arrays of texts hold addresses of the process that wrote them: there is nothing to be read here.
    pass


cdef inline void render_short(Argument *a) noexcept nogil:
    line_add(&a.raw, b"<NA>", 4)


cdef void render_number(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef uint32_t size = sizes[info.type]
    cdef int64_t number
    cdef uint64_t plain
    if not signed_number(v, size, &number):
        render_short(a)
        return
    if not signs[info.type] and size < 4 and unsigned_number(v, size, &plain):
        number = <int64_t> plain
    # How it prints is declared for the parameter, also where its layout is chosen by the value (PT_DYN).
    add_number(&a.raw, number, size, param_info(c.event.type, i).format)


cdef void render_fd(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef int64_t number
    cdef Thread *t = event_thread(c)
    cdef Fd *fd
    if not signed_number(v, 8, &number):
        render_short(a)
        return
    line_int(&a.raw, number)
    if t == NULL:
        return
    if number >= 0:
        fd = state_fd(c.state, t, number)
        if fd == NULL:
            return
        line_char(&a.resolved, c'<')
        line_char(&a.resolved, fd_letter(fd))
        if protocol_letter(fd):
            line_char(&a.resolved, protocol_letter(fd))
        line_char(&a.resolved, c'>')
        line_clean(&a.resolved, fd.name.p, fd.name.n)
    elif number == PPM_AT_FDCWD:
        line_add(&a.resolved, b"AT_FDCWD", 8)
    else:
        add_name(&a.resolved, errno_name(-<int64_t> <int32_t> number))


cdef void render_pid(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef int64_t number
    cdef Thread *t
    if not signed_number(v, 8, &number):
        render_short(a)
        return
    line_int(&a.raw, number)
    t = state_thread(c.state, number)
    if t != NULL and t.comm.p != NULL:
        line_add(&a.resolved, t.comm.p, <uint32_t> strnlen(t.comm.p, t.comm.n))


cdef void render_errno(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef int64_t number
    if not signed_number(v, 8, &number):
        render_short(a)
        return
    line_int(&a.raw, number)
    if number < 0:
        add_name(&a.resolved, errno_name(-<int64_t> <int32_t> number))


cdef void render_text(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    add(&a.raw, text_of(info, v))


cdef Bytes start_directory(Context *c, uint32_t i, const ParamInfo *info, Thread *t, Line *line) noexcept nogil:
    # Where a relative path starts. `line` is for a name that has to be made up.
    cdef int64_t number
    cdef Fd *fd
    cdef int at = info.directory
    cdef Event *e = c.event
    if info.type != PT_FSRELPATH or at < 0 or <uint32_t> at >= e.nparams:
        return working_directory(c, t)
    if param_info(e.type, at).type != PT_FD or not signed_number(e.params[at], 8, &number) or number == PPM_AT_FDCWD:
        return working_directory(c, t)
    fd = state_fd(c.state, t, number)
    if fd != NULL and fd.name.n:
        line_clean(line, fd.name.p, fd.name.n)
        if fd.name.p[fd.name.n - 1] != c'/':
            line_char(line, c'/')
    return literal(line.p, line.n)


cdef void render_path(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef Bytes path = text_of(info, v)
    cdef Bytes base
    cdef Line line
    cdef Thread *t
    cdef char joined[PATH_SIZE]
    cdef uint32_t room = path.n if path.n > STORAGE else STORAGE
    if line_room(&a.raw, room):
        a.raw.n = utf8_clean(a.raw.p, room, path.p, path.n)
        a.raw.p[a.raw.n] = 0
    if path.n == 0 or path.p[0] == c'/' or (path.n == 4 and memcmp(path.p, b"<NA>", 4) == 0):
        return
    t = event_thread(c)
    if t == NULL or not line_start(&line, c, 64):
        return
    base = start_directory(c, i, info, t, &line)
    line_clean(&a.resolved, joined, path_join(joined, base.p, base.n, path.p, path.n))


cdef void render_bytes(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    line_dots(&a.raw, v.p, v.n)


cdef void render_address(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    line_address(&a.raw, v)


cdef void render_tuple(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    line_tuple(&a.raw, v)


cdef void render_fd_list(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    # A count (2 bytes), then a descriptor (8) and what was waited for (2) each: "3:f1 4:u5".
    cdef Thread *t = event_thread(c)
    cdef uint16_t count, k
    cdef int16_t events
    cdef int64_t number
    cdef uint32_t at = 2
    if t == NULL or v.n < 2:
        return
    memcpy(&count, v.p, 2)
    for k in range(count):
        if at + 10 > v.n or a.raw.n >= STORAGE:
            break
        memcpy(&number, v.p + at, 8)
        memcpy(&events, v.p + at + 8, 2)
        if k:
            line_char(&a.raw, c' ')
        line_uint(&a.raw, <uint64_t> number)
        line_char(&a.raw, c':')
        line_char(&a.raw, fd_letter(state_fd(c.state, t, number)))
        line_hex(&a.raw, <uint32_t> <int32_t> events, False)
        at += 10
    line_cut(&a.raw, STORAGE)


cdef void render_syscall(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef uint64_t code
    cdef Name name
    if not unsigned_number(v, 2, &code):
        render_short(a)
        return
    name = syscall_name(<uint32_t> code)
    if name.p == NULL:
        line_add(&a.raw, b"<unknown syscall>", 17)
        return
    line_uint(&a.raw, code)
    add_name(&a.resolved, name)


cdef void render_signal(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef uint64_t number
    if not unsigned_number(v, 1, &number):
        render_short(a)
        return
    line_uint(&a.raw, number)
    add(&a.resolved, signal_text(<int64_t> number))


cdef void render_signal_set(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef uint64_t bits
    cdef int k
    if not unsigned_number(v, 4, &bits):
        render_short(a)
        return
    for k in range(31):
        if bits >> k & 1:
            if a.raw.n:
                line_char(&a.raw, c' ')
            add(&a.raw, signals[k + 1])


cdef void render_duration(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef uint64_t ns
    cdef char text[TIME_SIZE]
    if not unsigned_number(v, 8, &ns):
        render_short(a)
        return
    if ns == <uint64_t> -1:
        line_add(&a.raw, b"none", 4)
        return
    line_uint(&a.raw, ns)
    line_add(&a.resolved, text, write_duration(text, ns))


cdef void render_time(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef uint64_t ns
    cdef char text[TIME_SIZE]
    if not unsigned_number(v, 8, &ns):
        render_short(a)
        return
    line_add(&a.raw, text, write_timestamp(text, ns))


cdef inline void add_flag(Line *l, Name name) noexcept nogil:
    if l.n:
        line_char(l, c'|')
    add_name(l, name)


cdef void render_flags(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    # Names in the order of the table; one that covers several bits takes them away from those that follow.
    cdef uint64_t given, left, flag
    cdef uint32_t k
    if not unsigned_number(v, sizes[info.type], &given):
        render_short(a)
        return
    line_uint(&a.raw, given)
    left = given
    for k in range(info.n_flags):
        flag = info.flags[k].value
        if not ((flag == 0 and given == 0) or (flag != 0 and left & flag == flag)):
            continue
        left &= ~flag
        add_flag(&a.resolved, info.flags[k].name)
        if flag == given:
            break


cdef void render_choice(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    # One of the table's names; all that have the value (AF_LOCAL|AF_UNIX).
    cdef uint64_t given
    cdef uint32_t k
    if not unsigned_number(v, sizes[info.type], &given):
        render_short(a)
        return
    line_uint(&a.raw, given)
    for k in range(info.n_flags):
        if info.flags[k].value == given:
            add_flag(&a.resolved, info.flags[k].name)


cdef void render_mode(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef uint64_t given, left, flag
    cdef int64_t number
    cdef uint32_t k
    if not unsigned_number(v, 4, &given) or not signed_number(v, 4, &number):
        render_short(a)
        return
    add_number(&a.raw, number, 4, info.format)
    left = given
    for k in range(info.n_flags):
        flag = info.flags[k].value
        if flag == given:
            add_flag(&a.resolved, info.flags[k].name)
            break
        if flag != 0 and left & flag == flag:
            add_flag(&a.resolved, info.flags[k].name)
            left &= ~flag


cdef inline void render_owner(Bytes name, Argument *a) noexcept nogil:
    if name.n:
        line_clean(&a.resolved, name.p, name.n)
    else:
        line_add(&a.resolved, b"<NA>", 4)


cdef bint owner_number(Bytes v, Argument *a, uint64_t *number) noexcept nogil:
    # False where no name is to be looked for.
    if not unsigned_number(v, 4, number):
        render_short(a)
        return False
    line_int(&a.raw, <int32_t> number[0])
    if number[0] == <uint32_t> -1:
        line_add(&a.resolved, b"<NONE>", 6)
        return False
    return True


cdef void render_user(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef uint64_t number
    cdef Thread *t
    cdef User *user = NULL
    if not owner_number(v, a, &number):
        return
    t = event_thread(c)
    if t != NULL:
        user = state_user(c.state, &t.container_id, <uint32_t> number)
    render_owner(literal(user.name.p, user.name.n) if user != NULL else literal(b"", 0), a)


cdef void render_group(Context *c, uint32_t i, const ParamInfo *info, Bytes v, Argument *a) noexcept nogil:
    cdef uint64_t number
    cdef Thread *t
    cdef Group *group = NULL
    if not owner_number(v, a, &number):
        return
    t = event_thread(c)
    if t != NULL:
        group = state_group(c.state, &t.container_id, <uint32_t> number)
    render_owner(literal(group.name.p, group.name.n) if group != NULL else literal(b"", 0), a)


# ------------------------------------------------------------------------------------------------------- the whole

cdef inline bint empty_is_null(int kind) noexcept nogil:
    # Types that could be empty before captures knew of empty parameters print so; all others are "<NA>".
    return (
        kind == PT_BYTEBUF or kind == PT_SOCKTUPLE or kind == PT_FDLIST or kind == PT_CHARBUFARRAY
        or kind == PT_CHARBUF_PAIR_ARRAY or kind == PT_DYN
    )


cdef bint render_argument(Context *c, uint32_t i, Argument *a) noexcept nogil:
    cdef Event *e = c.event
    cdef const ParamInfo *info = param_info(e.type, i)
    cdef Bytes v
    if i >= e.nparams or info.type == PT_NONE or not line_start(&a.raw, c, 40) or not line_start(&a.resolved, c, 40):
        return False
    v = e.params[i]
    if v.n == 0 and not text_missing(info, v):
        if empty_is_null(info.type):
            line_add(&a.raw, b"NULL", 4)
        else:
            line_add(&a.raw, b"<NA>", 4)
        return True
    if info.type == PT_DYN and <uint8_t> v.p[0] < info.n_dynamic:
        info = &info.dynamic[<uint8_t> v.p[0]]
        v = literal(v.p + 1, v.n - 1)
        if v.n == 0 and info.type != PT_CHARBUF and info.type != PT_BYTEBUF:
            render_short(a)
            return True
    renderers[info.type if info.type < PT_MAX else 0](c, i, info, v, a)
    return not a.raw.broken and not a.resolved.broken


cdef int fill() except -1:
    cdef int k
    cdef const char *names = (
        b"SIGHUP\0SIGINT\0SIGQUIT\0SIGILL\0SIGTRAP\0SIGABRT\0SIGBUS\0SIGFPE\0SIGKILL\0SIGUSR1\0SIGSEGV\0SIGUSR2\0"
        b"SIGPIPE\0SIGALRM\0SIGTERM\0SIGSTKFLT\0SIGCHLD\0SIGCONT\0SIGSTOP\0SIGTSTP\0SIGTTIN\0SIGTTOU\0SIGURG\0"
        b"SIGXCPU\0SIGXFSZ\0SIGVTALRM\0SIGPROF\0SIGWINCH\0SIGIO\0SIGPWR\0SIGSYS"
    )
    signals[0] = literal(NULL, 0)
    for k in range(1, 32):
        signals[k] = literal(names, <uint32_t> strnlen(names, 16))
        names += signals[k].n + 1
    for k in range(PT_MAX):
        renderers[k] = render_unknown
        sizes[k] = 0
        signs[k] = False
    rows = (
        (PT_INT8, 1, True), (PT_INT16, 2, True), (PT_INT32, 4, True), (PT_INT64, 8, True), (PT_UINT8, 1, False),
        (PT_UINT16, 2, False), (PT_UINT32, 4, False), (PT_UINT64, 8, False), (PT_ERRNO, 8, True), (PT_FD, 8, True),
        (PT_PID, 8, True), (PT_SYSCALLID, 2, False), (PT_SIGTYPE, 1, False), (PT_RELTIME, 8, False),
        (PT_ABSTIME, 8, False), (PT_PORT, 2, False), (PT_L4PROTO, 1, False), (PT_SOCKFAMILY, 1, False),
        (PT_BOOL, 4, False), (PT_FLAGS8, 1, False), (PT_FLAGS16, 2, False), (PT_FLAGS32, 4, False),
        (PT_UID, 4, False), (PT_GID, 4, False), (PT_SIGSET, 4, False), (PT_MODE, 4, False), (PT_ENUMFLAGS8, 1, False),
        (PT_ENUMFLAGS16, 2, False), (PT_ENUMFLAGS32, 4, False), (PT_FD32, 4, True), (PT_PID32, 4, True),
    )
    for kind, size, is_signed in rows:
        sizes[<int> kind] = size
        signs[<int> kind] = is_signed
    for k in range(PT_INT8, PT_UINT64 + 1):
        renderers[k] = render_number
    renderers[PT_CHARBUF] = render_text
    renderers[PT_BYTEBUF] = render_bytes
    renderers[PT_ERRNO] = render_errno
    renderers[PT_SOCKADDR] = render_address
    renderers[PT_SOCKTUPLE] = render_tuple
    renderers[PT_FD] = render_fd
    renderers[PT_PID] = render_pid
    renderers[PT_FDLIST] = render_fd_list
    renderers[PT_FSPATH] = render_path
    renderers[PT_FSRELPATH] = render_path
    renderers[PT_SYSCALLID] = render_syscall
    renderers[PT_SIGTYPE] = render_signal
    renderers[PT_SIGSET] = render_signal_set
    renderers[PT_RELTIME] = render_duration
    renderers[PT_ABSTIME] = render_time
    renderers[PT_FLAGS8] = renderers[PT_FLAGS16] = renderers[PT_FLAGS32] = render_flags
    renderers[PT_ENUMFLAGS8] = renderers[PT_ENUMFLAGS16] = renderers[PT_ENUMFLAGS32] = render_choice
    renderers[PT_MODE] = render_mode
    renderers[PT_UID] = render_user
    renderers[PT_GID] = render_group
    renderers[PT_DYN] = render_invalid
    renderers[PT_CHARBUFARRAY] = renderers[PT_CHARBUF_PAIR_ARRAY] = render_nothing
    return 0


fill()
