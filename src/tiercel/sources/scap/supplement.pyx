"""The supplement: a block of a kind of our own in a capture's head, for what the format's tables have no place for.

When recording begins while things are under way, a thread has a time of birth, a socket a role and a name that its addresses
alone do not give. A reader that does not know the block skips it and has what Falco's own recordings have; ours has the state
as it was. Nothing is written where the tables say all, so a capture that is recorded again from its start has none.

    version u32, rows. A row: its length u32, itself included; what it is u8; then
    1  thread      tid i64, flags u32, health u8, takes orphans u8, cloned u64, last exec u64, ctime before clone u64,
                   ctime before the pid namespace u64, reaper i64, alive in its group u64, children u64, entries of children u64,
                   true directory u32 and bytes
    2  descriptor  tid i64, num i64, type i32, flags u32, open flags u32, device u32, mount u32, inode u64, pid i64, addresses 40,
                   inode below an overlay u64, ctime u64, device below u32, generation u32, file system u32, mode u32, links u32,
                   name u32 and bytes, unresolved name u32 and bytes, true name u32 and bytes
    3  text        tid i64, which u8 (an index of TEXTS), bytes up to the row's end: a string longer than its table takes

Fields are only ever added at the end of a row. Rows of other kinds are skipped, as are those of threads that nobody knows.
"""

from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.codes cimport PPM_CL_ACTIVE, PPM_CL_NAME_CHANGED
from tiercel.events.containers cimport HEALTH_CONTAINER
from tiercel.events.descriptors cimport fds_at, fds_get, fds_own, fds_put, fds_release, fds_room
from tiercel.events.process cimport (
    FD_FILE_V2, FD_FROM_PROC, FD_IPV4_SERVSOCK, FD_IPV4_SOCK, FD_IPV6_SERVSOCK, FD_IPV6_SOCK, FD_PIDFD, FD_UNINITIALIZED,
    FD_UNIX_SOCK, FD_UNKNOWN, Fd, Text,
)
from tiercel.events.sockets cimport socket_expose
from tiercel.events.state cimport fd_new
from tiercel.events.text cimport text_set
from tiercel.events.threads cimport thread_find
from tiercel.sources.scap.blocks cimport MAX_LIST, MAX_PATH, SUPPLEMENT, load32, load64
from tiercel.sources.scap.buffer cimport *

cdef enum:
    VERSION = 1
    ROW = 5                        # length and kind
    THREAD_BYTES = 8 + 4 + 2 + 8 * 8
    FD_BYTES = 8 + 8 + 4 * 5 + 8 + 8 + 40 + 8 + 8 + 4 * 5
    N_TEXTS = 8
    ENVIRONMENT = 6                # among them
    LONGEST_TEXT = 1 << 20

cdef enum RowKind:
    ROW_THREAD = 1
    ROW_FD = 2
    ROW_TEXT = 3


cdef Text *text_of(Thread *t, uint32_t which, uint32_t *longest, uint32_t **count) noexcept nogil:
    # A thread's strings, how long its table takes them, and for lists where it is kept how many they hold.
    longest[0] = MAX_PATH
    count[0] = NULL
    if which == 0:
        return &t.comm
    if which == 1:
        return &t.exe
    if which == 2:
        return &t.exepath
    if which == 3:
        return &t.cwd
    if which == 4:
        return &t.root
    longest[0] = MAX_LIST
    if which == 5:
        count[0] = &t.n_args
        return &t.args
    if which == ENVIRONMENT:
        count[0] = &t.n_env
        return &t.env
    count[0] = &t.n_cgroups
    return &t.cgroups


# ---- writing

cdef bint thread_told(const Thread *t) noexcept nogil:
    # Whether a reader of the tables has all of it.
    cdef uint32_t begins = PPM_CL_NAME_CHANGED | PPM_CL_ACTIVE
    return (
        t.clone_ts == 0 and t.lastexec_ts == 0
        and t.exe_ino_ctime_duration_clone_ts == 0 and t.exe_ino_ctime_duration_pidns_start == 0
        and t.reaper_tid == -1 and t.health == 0 and t.flags & begins == begins
        and t.true_cwd.n == 0
        and t.n_children == t.n_listed and t.n_child_entries == t.n_listed
        and (t.group == NULL or (t.group.alive == t.group.n_members and t.group.reaper == (t.pid == 1 or t.vpid == 1)))
    )


cdef bint fd_told(const Fd *fd) noexcept nogil:
    if not FD_UNKNOWN < fd.type <= OLD_KINDS or fd.flags != FD_FROM_PROC or fd.name_raw.n or fd.name.n >= MAX_PATH or fd.mount_id or fd.pid:
        return False
    if fd.true_name.n or fd.real_ino or fd.ctime_ns or fd.real_dev or fd.generation or fd.magic or fd.mode or fd.links:
        return False
    if fd.type in (FD_IPV4_SOCK, FD_IPV6_SOCK, FD_IPV4_SERVSOCK, FD_IPV6_SERVSOCK, FD_UNIX_SOCK):
        return False
    return fd.type == FD_FILE_V2 or (fd.dev == 0 and fd.openflags == 0)


cdef void put_long(Buffer *b, const Text *t) noexcept nogil:
    cdef uint32_t n = t.n if t.n < LONGEST_TEXT else <uint32_t> LONGEST_TEXT
    put32(b, n)
    put_bytes(b, t.p, n)


cdef void put_thread(Buffer *b, const Thread *t) noexcept nogil:
    cdef size_t row = row_begin(b)
    put8(b, ROW_THREAD)
    put64(b, t.tid)
    put32(b, t.flags)
    put8(b, t.health)
    put8(b, t.group != NULL and t.group.reaper)
    put64(b, t.clone_ts)
    put64(b, t.lastexec_ts)
    put64(b, t.exe_ino_ctime_duration_clone_ts)
    put64(b, t.exe_ino_ctime_duration_pidns_start)
    put64(b, t.reaper_tid)
    put64(b, t.group.alive if t.group != NULL else 0)
    put64(b, t.n_children)
    put64(b, t.n_child_entries)
    put_long(b, &t.true_cwd)
    row_end(b, row)


cdef void put_texts(Buffer *b, Thread *t, bint lean) noexcept nogil:
    cdef uint32_t which, longest
    cdef uint32_t *count
    cdef const Text *text
    cdef size_t row
    for which in range(N_TEXTS):
        text = text_of(t, which, &longest, &count)
        if text.n <= longest or (lean and which == ENVIRONMENT):
            continue
        row = row_begin(b)
        put8(b, ROW_TEXT)
        put64(b, t.tid)
        put8(b, <uint8_t> which)
        put_bytes(b, text.p, min(text.n, <uint32_t> LONGEST_TEXT))
        row_end(b, row)


cdef void put_fd(Buffer *b, int64_t tid, const Fd *fd) noexcept nogil:
    cdef size_t row = row_begin(b)
    put8(b, ROW_FD)
    put64(b, tid)
    put64(b, fd.num)
    put32(b, <uint32_t> fd.type)
    put32(b, fd.flags)
    put32(b, fd.openflags)
    put32(b, fd.dev)
    put32(b, fd.mount_id)
    put64(b, fd.ino)
    put64(b, fd.pid)
    put_bytes(b, fd.tuple, sizeof(fd.tuple))
    put64(b, fd.real_ino)
    put64(b, fd.ctime_ns)
    put32(b, fd.real_dev)
    put32(b, fd.generation)
    put32(b, fd.magic)
    put32(b, fd.mode)
    put32(b, fd.links)
    put_long(b, &fd.name)
    put_long(b, &fd.name_raw)
    put_long(b, &fd.true_name)
    row_end(b, row)


cdef void write_supplement(
    Buffer *b, Thread **threads, uint32_t n_threads, bint lean, Drain drain, void *to
) noexcept nogil:
    cdef size_t start = b.n
    cdef size_t empty
    cdef uint32_t i = 0, k
    cdef const Fd *fd
    while i < n_threads:
        start = block_begin(b, SUPPLEMENT)
        put32(b, VERSION)
        empty = b.n
        while i < n_threads and b.n - start < LONG_BLOCK:
            if not thread_told(threads[i]):
                put_thread(b, threads[i])
            put_texts(b, threads[i], lean)
            for k in range(fds_room(&threads[i].fds)):
                fd = fds_at(&threads[i].fds, k)
                if fd != NULL and not fd_told(fd):
                    put_fd(b, threads[i].tid, fd)
            i += 1
        if b.n == empty:
            b.n = start
            continue
        block_end(b, start)
        if drain != NULL:
            drain(to, b)


# ---- reading

cdef struct Row:
    const char *p
    const char *end


cdef inline const char *take(Row *r, size_t n) noexcept nogil:
    cdef const char *p = r.p
    if <size_t> (r.end - p) < n:
        return NULL
    r.p += n
    return p


cdef bint set_long(Text *to, Row *r) noexcept nogil:
    cdef const char *p = take(r, 4)
    cdef uint32_t n
    if p == NULL:
        return False
    n = load32(p)
    p = take(r, n)
    if p == NULL:
        return False
    text_set(to, p, n)
    return True


cdef bint read_thread(State *s, Row *r) noexcept nogil:
    cdef const char *p = take(r, THREAD_BYTES)
    cdef Thread *t
    if p == NULL:
        return False
    t = thread_find(s, <int64_t> load64(p))
    if t == NULL:
        return True
    t.flags = load32(p + 8)
    if <uint8_t> p[12] <= HEALTH_CONTAINER:
        t.health = <uint8_t> p[12]
    t.clone_ts = load64(p + 14)
    t.lastexec_ts = load64(p + 22)
    t.exe_ino_ctime_duration_clone_ts = load64(p + 30)
    t.exe_ino_ctime_duration_pidns_start = load64(p + 38)
    t.reaper_tid = <int64_t> load64(p + 46)
    t.n_children = load64(p + 62)
    t.n_child_entries = load64(p + 70)
    if t.group != NULL:
        t.group.reaper = p[13] != 0
        t.group.alive = load64(p + 54)
    return set_long(&t.true_cwd, r)


cdef bint read_text(State *s, Row *r) noexcept nogil:
    cdef const char *p = take(r, 9)
    cdef Thread *t
    cdef Text *text
    cdef uint32_t longest, n, i
    cdef uint32_t *count
    if p == NULL:
        return False
    t = thread_find(s, <int64_t> load64(p))
    n = <uint32_t> (r.end - r.p)
    if t == NULL or <uint8_t> p[8] >= N_TEXTS or n > LONGEST_TEXT or (<uint8_t> p[8] >= 5 and (n == 0 or (r.end - 1)[0] != 0)):
        return True
    text = text_of(t, <uint8_t> p[8], &longest, &count)
    text_set(text, r.p, n)
    if count != NULL:
        count[0] = 0
        for i in range(text.n):
            count[0] += text.p[i] == 0
    return True


cdef bint read_fd(State *s, Row *r) noexcept nogil:
    cdef const char *p = take(r, FD_BYTES)
    cdef Thread *t
    cdef Fd *fd
    cdef int64_t num
    cdef int type
    if p == NULL:
        return False
    t = thread_find(s, <int64_t> load64(p))
    num = <int64_t> load64(p + 8)
    type = <int32_t> load32(p + 16)
    if t == NULL or not FD_UNINITIALIZED <= type <= FD_PIDFD:
        return True
    fd = fds_get(&t.fds, num)
    if fd != NULL:
        fd = fds_own(s, &t.fds, fd)
    else:
        fd = fd_new()
        if fd == NULL:
            return True
        fd = fds_put(s, &t.fds, num, fd)
        if fd == NULL:
            return True
    fd.type = type
    fd.flags = load32(p + 20)
    fd.openflags = load32(p + 24)
    fd.dev = load32(p + 28)
    fd.mount_id = load32(p + 32)
    fd.ino = load64(p + 36)
    fd.pid = <int64_t> load64(p + 44)
    memcpy(fd.tuple, p + 52, sizeof(fd.tuple))
    fd.real_ino = load64(p + 92)
    fd.ctime_ns = load64(p + 100)
    fd.real_dev = load32(p + 108)
    fd.generation = load32(p + 112)
    fd.magic = load32(p + 116)
    fd.mode = load32(p + 120)
    fd.links = load32(p + 124)
    socket_expose(fd)
    return set_long(&fd.name, r) and set_long(&fd.name_raw, r) and set_long(&fd.true_name, r)


cdef bint read_supplement(State *s, const char *p, const char *end) noexcept nogil:
    cdef uint32_t length
    cdef Row r
    cdef bint whole
    if end - p < 4:
        return False
    if load32(p) != VERSION:
        return True
    p += 4
    while end - p >= ROW:
        length = load32(p)
        if length < ROW or length > <size_t> (end - p):
            return False
        r.p = p + ROW
        r.end = p + length
        whole = True
        if p[4] == ROW_THREAD:
            whole = read_thread(s, &r)
        elif p[4] == ROW_FD:
            whole = read_fd(s, &r)
        elif p[4] == ROW_TEXT:
            whole = read_text(s, &r)
        if not whole:
            return False
        p += length
    return True
