"""Reads the head of a capture into the state: machine, processes, descriptors, interfaces, users.

    section header | machine | interfaces | users | processes | descriptors, a block a process | events ...

Blocks come in any order. Rows follow each other without padding; the block ends in up to three bytes of it. What a row
holds depends on the block's kind, and from version 1.2 of the format on (PROCESSES_V9, FDS_V2, INTERFACES_V2, USERS_V2) on
the row's own length: fields are only ever added at the end. Strings are a u16 length and bytes without NUL, lists of
strings one string each of which ends in NUL. (Falco libs 0.25.4, scap_savefile.c)

Rows are handed over as the capture has them: what they mean (which thread is the main one, how a socket is called) is
the state's. Of interfaces and users the last block counts, as for Falco.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memchr, memcpy

from tiercel.errors import CaptureError

from tiercel.events.descriptors cimport fds_release
from tiercel.events.event cimport Bytes
from tiercel.events.process cimport *
from tiercel.events.state cimport (
    State,
    fd_add,
    fd_new,
    group_add,
    interface_add,
    tables_done,
    thread_add,
    thread_new,
    user_add,
)
from tiercel.events.text cimport text_init, text_set
from tiercel.events.threads cimport thread_free
from tiercel.sources.scap.blocks cimport *
from tiercel.sources.scap.stream cimport Stream
from tiercel.sources.scap.supplement cimport read_supplement

cdef enum:
    AF_INET = 2
    AF_INET6 = 10
    # Bytes that a process row of libs before 0.10 still has behind its root directory, at most. Later ones put two
    # fields before these, not behind them.
    OLD_TAIL = 29


cdef bint is_event(uint32_t kind) noexcept nogil:
    return (
        kind == EVENT_V2
        or kind == EVENT_FLAGS_V2
        or kind == EVENT_LARGE
        or kind == EVENT_FLAGS_LARGE
        or kind == EVENT
        or kind == EVENT_FLAGS
        or kind == EVENT_INT
    )


# Kinds of process block, oldest first.
cdef enum:
    N_PROCESS_KINDS = 12
cdef uint32_t[N_PROCESS_KINDS] process_kinds = [
    PROCESSES_V1, PROCESSES_V1_INT, PROCESSES_V2, PROCESSES_V2_INT, PROCESSES_V3, PROCESSES_V3_INT,
    PROCESSES_V4, PROCESSES_V5, PROCESSES_V6, PROCESSES_V7, PROCESSES_V8, PROCESSES_V9,
]
cdef int[N_PROCESS_KINDS] process_versions = [1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9]


cdef int _process_version(uint32_t kind) noexcept nogil:
    cdef int i
    for i in range(N_PROCESS_KINDS):
        if process_kinds[i] == kind:
            return process_versions[i]
    return 0


cdef bint is_table(uint32_t kind) noexcept nogil:
    return (
        _process_version(kind) > 0
        or kind == MACHINE or kind == MACHINE_INT
        or kind == FDS or kind == FDS_INT or kind == FDS_V2
        or kind == INTERFACES or kind == INTERFACES_INT or kind == INTERFACES_V2
        or kind == USERS or kind == USERS_INT or kind == USERS_V2
    )


cdef class Content:
    """What is in a block. Reads field by field, never beyond the block's end."""

    cdef Stream stream
    cdef uint64_t start            # of the block
    cdef uint64_t left             # bytes of content not yet read
    cdef uint32_t kind

    cdef const char *take(self, size_t n) except NULL:
        if n > self.left:
            raise self.damaged("a row is longer than its block")
        self.left -= n
        return self.stream.take(n)

    cdef object damaged(self, why):
        return CaptureError(self.stream.path, self.start, f"{why} (block kind {self.kind:#x})")

    cdef int skip(self, uint64_t n) except -1:
        if n > self.left:
            raise self.damaged("a row is longer than its block")
        self.left -= n
        return self.stream.skip(n)

    cdef int u8(self, uint8_t *to) except -1:
        to[0] = <uint8_t> self.take(1)[0]
        return 0

    cdef int u16(self, uint16_t *to) except -1:
        to[0] = load16(self.take(2))
        return 0

    cdef int u32(self, uint32_t *to) except -1:
        to[0] = load32(self.take(4))
        return 0

    cdef int u64(self, uint64_t *to) except -1:
        to[0] = load64(self.take(8))
        return 0

    cdef int i64(self, int64_t *to) except -1:
        to[0] = <int64_t> load64(self.take(8))
        return 0

    cdef Bytes string(self, uint32_t longest, what) except *:
        """A string's bytes, good until the next read."""
        cdef Bytes b
        cdef uint16_t n
        self.u16(&n)
        if n > longest:
            raise self.damaged(f"{what} of {n} bytes")
        b.p = self.take(n)
        b.n = n
        return b

    cdef int text(self, Text *to, what, uint32_t longest=MAX_PATH) except -1:
        cdef Bytes b = _until_nul(self.string(longest, what))
        text_set(to, b.p, b.n)
        return 0

    cdef int list(self, Text *to, uint32_t *count, what) except -1:
        cdef Bytes b = self.string(MAX_LIST, what)
        cdef uint32_t i
        cdef bytes ended
        count[0] = 0
        if b.n == 0 or (b.n == 1 and b.p[0] == 0):
            return 0
        if b.p[b.n - 1] == 0:
            text_set(to, b.p, b.n)
        else:
            ended = b.p[:b.n] + b"\0"
            text_set(to, ended, b.n + 1)
        for i in range(to.n):
            count[0] += to.p[i] == 0
        return 0


cdef inline Bytes _until_nul(Bytes b) noexcept nogil:
    cdef const char *end = <const char *> memchr(b.p, 0, b.n) if b.n else NULL
    if end != NULL:
        b.n = <uint32_t> (end - b.p)
    return b


cdef object read_head(Stream stream, State *state):
    cdef Content c = Content()
    cdef object interfaces = None
    cdef object users = None
    cdef list supplements = []
    cdef uint32_t length, trailer
    cdef uint64_t unknown = 0
    cdef int version
    c.stream = stream
    _read_section(c)
    while True:
        c.start = stream.tell()
        if not _see(stream):
            break
        c.kind = load32(stream.w.buf + stream.w.pos)
        length = load32(stream.w.buf + stream.w.pos + 4)
        if is_event(c.kind):
            break
        if length < BLOCK_HEADER + TRAILER:
            raise c.damaged(f"a block cannot be {length} bytes long")
        stream.skip(BLOCK_HEADER)
        c.left = length - BLOCK_HEADER - TRAILER
        version = _process_version(c.kind)
        if version:
            _read_processes(c, state, version)
        elif c.kind == FDS or c.kind == FDS_INT or c.kind == FDS_V2:
            _read_fds(c, state)
        elif c.kind == MACHINE or c.kind == MACHINE_INT:
            _read_machine(c, state)
        elif c.kind == INTERFACES or c.kind == INTERFACES_INT or c.kind == INTERFACES_V2:
            interfaces = (c.start, c.kind, _content(c))
            _read_interfaces(interfaces, stream.path, NULL)
        elif c.kind == USERS or c.kind == USERS_INT or c.kind == USERS_V2:
            users = (c.start, c.kind, _content(c))
            _read_users(users, stream.path, NULL)
        elif c.kind == SUPPLEMENT:
            supplements.append((c.start, c.kind, _content(c)))
        else:
            unknown += 1
        stream.skip(c.left)
        trailer = load32(stream.take(TRAILER))
        if trailer != length:
            raise c.damaged(f"a block's two lengths differ: {length} and {trailer}")
    if interfaces is not None:
        _read_interfaces(interfaces, stream.path, state)
    if users is not None:
        _read_users(users, stream.path, state)
    tables_done(state)
    for supplement in supplements:
        _read_supplement(supplement, stream.path, state)
    return unknown


cdef int _read_supplement(tuple block, path, State *s) except -1:
    start, kind, content = block
    cdef const char *p = content
    if not read_supplement(s, p, p + len(content)):
        raise CaptureError(path, start, f"the supplement is damaged (block kind {kind:#x})")
    return 0


cdef bint _see(Stream s) except -1:
    # Brings in the next block's header. False at the end of the file: Falco does not take a capture without events.
    while s.w.end - s.w.pos < BLOCK_HEADER:
        if not s.fill():
            if s.w.pos == s.w.end:
                raise CaptureError(s.path, s.tell(), "the capture has no events")
            raise CaptureError(s.path, s.tell(), "the file ends in the middle of a block")
    return True


cdef int _read_section(Content c) except -1:
    cdef uint32_t length, magic
    cdef uint16_t major
    cdef const char *p
    c.start = c.stream.tell()
    p = c.stream.take(BLOCK_HEADER)
    c.kind = load32(p)
    length = load32(p + 4)
    if c.kind != SECTION:
        raise CaptureError(c.stream.path, c.start, "no capture: it does not begin with a section header")
    if length < BLOCK_HEADER + 16 + TRAILER:
        raise c.damaged(f"a section header cannot be {length} bytes long")
    p = c.stream.take(16)              # magic u32, major u16, minor u16, length u64 of the section (not kept up)
    magic = load32(p)
    major = load16(p + 4)
    if magic != SECTION_MAGIC:
        raise c.damaged("not written on a little endian machine, or no capture")
    if major > MAX_MAJOR:
        raise c.damaged(f"version {major} of the format is newer than this reader: use a newer one")
    c.stream.skip(length - BLOCK_HEADER - 16)      # options, and the length again
    return 0


cdef bytes _content(Content c):
    cdef size_t n = c.left
    if n > MAX_BLOCK:
        raise c.damaged(f"a table of {n} bytes")
    return c.take(n)[:n] if n else b""


cdef int _read_machine(Content c, State *s) except -1:
    # num_cpus u32, memory u64, max pid u64, hostname 128 bytes, boot time u64, then flags and room for more
    cdef const char *p
    cdef Bytes name
    if c.left < 156:
        raise c.damaged("the machine's description is too short")
    p = c.take(156)
    s.num_cpus = load32(p)
    s.memory_bytes = load64(p + 4)
    s.boot_ts_ns = load64(p + 148)
    name.p = p + 20
    name.n = 128
    name = _until_nul(name)
    text_set(&s.hostname, name.p, name.n)
    return 0


# ---- processes

cdef int _read_processes(Content c, State *s, int version) except -1:
    cdef Thread *t
    while c.left >= 4:
        t = thread_new()
        if t == NULL:
            raise MemoryError
        try:
            _read_process(c, t, version)
        except:
            thread_free(t)
            raise
        thread_add(s, t)
    return 0


cdef int _read_process(Content c, Thread *t, int version) except -1:
    cdef uint64_t before = c.left
    cdef uint64_t rest
    cdef uint32_t length = 0
    if version >= 9:
        c.u32(&length)
    c.i64(&t.tid)
    c.i64(&t.pid)
    c.i64(&t.ptid)
    if version >= 6:
        c.i64(&t.sid)
    if version >= 8:
        c.i64(&t.vpgid)
    c.text(&t.comm, "a command's name")
    c.text(&t.exe, "a program's name")
    if version >= 7:
        c.text(&t.exepath, "a program's path")
    c.list(&t.args, &t.n_args, "arguments")
    c.text(&t.cwd, "a directory")
    c.i64(&t.fdlimit)
    c.u32(&t.flags)
    c.u32(&t.uid)
    c.u32(&t.gid)
    if version >= 2:
        c.u32(&t.vmsize_kb)
        c.u32(&t.vmrss_kb)
        c.u32(&t.vmswap_kb)
        c.u64(&t.pfmajor)
        c.u64(&t.pfminor)
    if version >= 3:
        c.list(&t.env, &t.n_env, "an environment")
    if version >= 4:
        c.i64(&t.vtid)
        c.i64(&t.vpid)
        c.list(&t.cgroups, &t.n_cgroups, "control groups")
    if version >= 5:
        c.text(&t.root, "a root directory")
    if length == 0:
        return 0
    if before - c.left > length:
        raise c.damaged("a process is longer than it says")
    rest = length - (before - c.left)
    if rest > OLD_TAIL:
        rest = _more64(c, rest, &t.pidns_init_start_ts)
        rest = _more32(c, rest, &t.tty)
    rest = _more32(c, rest, &t.loginuid)
    rest = _more_bool(c, rest, &t.exe_writable)
    rest = _more64(c, rest, &t.cap_inheritable)
    rest = _more64(c, rest, &t.cap_permitted)
    rest = _more64(c, rest, &t.cap_effective)
    rest = _more_bool(c, rest, &t.exe_upper_layer)
    rest = _more64(c, rest, &t.exe_ino)
    rest = _more64(c, rest, &t.exe_ino_ctime)
    rest = _more64(c, rest, &t.exe_ino_mtime)
    rest = _more_bool(c, rest, &t.exe_from_memfd)
    rest = _more_bool(c, rest, &t.exe_lower_layer)
    rest = _more64(c, rest, <uint64_t *> &t.pgid)
    c.skip(rest)
    return 0


# A field that rows have only from some version on: read where the row goes on that far. The rest of the row.
cdef uint64_t _more64(Content c, uint64_t rest, uint64_t *to) except? 0xFFFFFFFF:
    if rest < 8:
        return rest
    c.u64(to)
    return rest - 8


cdef uint64_t _more32(Content c, uint64_t rest, uint32_t *to) except? 0xFFFFFFFF:
    if rest < 4:
        return rest
    c.u32(to)
    return rest - 4


cdef uint64_t _more_bool(Content c, uint64_t rest, bint *to) except? 0xFFFFFFFF:
    cdef uint8_t value
    if rest < 1:
        return rest
    c.u8(&value)
    to[0] = value != 0
    return rest - 1


# ---- descriptors

cdef int _read_fds(Content c, State *s) except -1:
    cdef int64_t tid
    cdef Fd *fd
    c.i64(&tid)
    while c.left >= 4:
        fd = fd_new()
        if fd == NULL:
            raise MemoryError
        try:
            _read_fd(c, fd)
        except:
            fds_release(s, fd)
            raise
        fd_add(s, tid, fd)
    return 0


cdef int _read_fd(Content c, Fd *fd) except -1:
    cdef uint64_t before = c.left
    cdef uint64_t used
    cdef uint32_t length = 0
    cdef uint8_t type
    if c.kind == FDS_V2:
        c.u32(&length)
    c.i64(&fd.num)
    c.u64(&fd.ino)
    c.u8(&type)
    fd.type = type
    fd.flags = FD_FROM_PROC
    if type == FD_IPV4_SOCK or type == FD_IPV6_SOCK:
        _address(c, fd.sip, type == FD_IPV6_SOCK)
        _address(c, fd.dip, type == FD_IPV6_SOCK)
        c.u16(&fd.sport)
        c.u16(&fd.dport)
        c.u8(&fd.l4proto)
    elif type == FD_IPV4_SERVSOCK or type == FD_IPV6_SERVSOCK:
        _address(c, fd.sip, type == FD_IPV6_SERVSOCK)
        c.u16(&fd.sport)
        c.u8(&fd.l4proto)
    elif type == FD_UNIX_SOCK:
        c.u64(&fd.unix_source)
        c.u64(&fd.unix_dest)
        c.text(&fd.name, "a socket's path", MAX_PATH - 1)
    elif type == FD_FILE_V2:
        c.u32(&fd.openflags)
        c.text(&fd.name, "a path", MAX_PATH - 1)
        if length >= before - c.left + 4:
            c.u32(&fd.dev)
    elif FD_FILE <= type <= FD_PIDFD:
        c.text(&fd.name, "a path", MAX_PATH - 1)
    elif type != FD_UNKNOWN:
        fd.type = FD_UNSUPPORTED
        name = b"unknown-type:[%d]" % type
        text_set(&fd.name, name, len(name))
    used = before - c.left
    if length:
        if used > length:
            raise c.damaged("a descriptor is longer than it says")
        c.skip(length - used)
    return 0


cdef int _address(Content c, uint8_t *to, bint ipv6) except -1:
    memcpy(to, c.take(16 if ipv6 else 4), 16 if ipv6 else 4)
    return 0


# ---- interfaces

cdef struct InterfaceKind:
    int family
    uint32_t address_bytes
    uint32_t speed_bytes

# By type, from 1: IPv4, IPv6, and both without the link's speed.
cdef InterfaceKind[5] interface_kinds = [
    InterfaceKind(0, 0, 0),
    InterfaceKind(AF_INET, 4, 8),
    InterfaceKind(AF_INET6, 16, 8),
    InterfaceKind(AF_INET, 4, 0),
    InterfaceKind(AF_INET6, 16, 0),
]


cdef int _read_interfaces(tuple block, path, State *s) except -1:
    # [length u32] type u16, length of the name u16, address, netmask, broadcast, [speed u64], name
    start, kind, content = block
    cdef const char *p = content
    cdef const char *end = p + len(content)
    cdef uint32_t v2 = 4 if kind == INTERFACES_V2 else 0
    cdef uint64_t size
    cdef uint64_t given
    cdef uint32_t type, n
    cdef Bytes name, address, netmask
    while end - p >= 4:
        if end - p < v2 + 4:
            raise CaptureError(path, start, "the list of interfaces is damaged")
        type, n = load16(p + v2), load16(p + v2 + 2)
        if not 1 <= type <= 4 or n >= MAX_PATH:
            raise CaptureError(path, start, f"the list of interfaces is damaged (type {type}, name of {n} bytes)")
        size = 4 + 3 * interface_kinds[type].address_bytes + interface_kinds[type].speed_bytes + n
        given = load32(p) if v2 else size
        if v2 + max(size, given) > <uint64_t> (end - p):
            raise CaptureError(path, start, "the list of interfaces is damaged: a row is longer than its block")
        if s != NULL:
            address.p = p + v2 + 4
            address.n = netmask.n = interface_kinds[type].address_bytes
            netmask.p = address.p + address.n
            name.p = p + v2 + size - n
            name.n = n
            interface_add(s, _until_nul(name), interface_kinds[type].family, address, netmask)
        p += v2 + given
    return 0


# ---- users and groups

cdef int _read_users(tuple block, path, State *s) except -1:
    # [length u32] type u8: 0 a user: uid u32, gid u32, name, home, shell; else a group: gid u32, name
    start, kind, content = block
    cdef const char *p = content
    cdef const char *end = p + len(content)
    cdef const char *row
    cdef uint32_t v2 = 4 if kind == USERS_V2 else 0
    cdef uint32_t length
    cdef Bytes[3] texts
    cdef Text host
    cdef int i, n
    text_init(&host)
    while end - p >= 4:
        row = p
        length = load32(p) if v2 else 0
        p += v2
        if end - p < 1:
            raise CaptureError(path, start, "the list of users is damaged")
        n = 3 if p[0] == 0 else 1
        p += 1 + (8 if n == 3 else 4)
        for i in range(n):
            if p > end or end - p < 2 or end - p - 2 < load16(p) or load16(p) > MAX_CREDENTIAL:
                raise CaptureError(path, start, "the list of users is damaged: a name is too long")
            texts[i].p = p + 2
            texts[i].n = load16(p)
            p += 2 + texts[i].n
            texts[i] = _until_nul(texts[i])
        if s != NULL and n == 3:
            user_add(s, &host, load32(row + v2 + 1), load32(row + v2 + 5), texts[0], texts[1], texts[2])
        elif s != NULL:
            group_add(s, &host, load32(row + v2 + 1), texts[0])
        if length:
            if length < <uint64_t> (p - row) or length > <uint64_t> (end - row):
                raise CaptureError(path, start, "the list of users is damaged: a row lies about its length")
            p = row + length
    return 0
