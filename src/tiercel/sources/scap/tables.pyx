"""Writes the head of a capture from a state.

    section header | machine | interfaces | users | processes | descriptors, a block a process | supplement | events of the head

Layouts are those of `head.pyx`, the newest of each. Falco (libs 0.25.4, scap_savefile.c) writes the same tables; it tells of
containers by "container" events, and of containers' users by events too, before all others, and so does this.

What the format has no place for (when a thread was cloned, what role a socket has, ...) stands in the supplement, a block of a
kind of our own, which other readers go over (`supplement.pyx`).

Kinds of descriptor that came after libs 0.10 (bpf, memfd, pidfd, io_uring, userfaultfd) are "unsupported" in the table, for older
readers give up on a capture that has others (sysdig 0.29); the supplement has the kind.

Sockets: a reader takes a socket's source as the local end and, where some process listens on that port, turns it around. So
a socket that is a server's is written turned around where a reader will turn it back.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t
from libc.stdlib cimport calloc, free, malloc, qsort
from libc.string cimport memcpy, memset

from tiercel.events.codes cimport ASYNCEVENT_E, GROUP_ADDED_E, USER_ADDED_E
from tiercel.events.descriptors cimport fds_at, fds_room
from tiercel.events.event cimport Bytes, Event
from tiercel.events.process cimport (
    FD_FILE_V2, FD_IPV4_SERVSOCK, FD_IPV4_SOCK, FD_IPV6_SERVSOCK, FD_IPV6_SOCK, FD_PIDFD, FD_ROLE_SERVER, FD_UNIX_SOCK, FD_UNKNOWN, FD_UNSUPPORTED,
    Container, Fd, Group, Text, Thread, User,
)
from tiercel.events.state cimport Interfaces
from tiercel.events.users cimport users_walk
from tiercel.sources.scap.blocks cimport *
from tiercel.sources.scap.buffer cimport *
from tiercel.sources.scap.event_block cimport write_event
from tiercel.sources.scap.supplement cimport write_supplement

cdef enum:
    MINOR = 2                    # of the format's version
    HOSTNAME = 128
    MAX_PID = 1 << 22
    PORTS = 8192


cdef struct Head:
    # What the parts need besides the state.
    Buffer *b
    size_t start                 # of the head in the buffer
    size_t most
    Drain drain
    void *to
    bint lean
    bint full                    # longer than `most`
    uint64_t ts
    uint8_t *server_ports        # a bit for each port that a process listens on
    Thread **threads             # by number
    uint32_t n_threads


cdef bint write_head(Buffer *b, State *s, uint64_t ts, size_t most, bint lean, Drain drain, void *to) noexcept nogil:
    cdef Head h
    cdef size_t start = b.n
    memset(&h, 0, sizeof(Head))
    h.b, h.start, h.most, h.lean, h.drain, h.to, h.ts = b, start, most, lean, drain, to, ts
    h.server_ports = <uint8_t *> calloc(PORTS, 1)
    h.threads = <Thread **> malloc((s.threads.count + 1) * sizeof(Thread *))
    if h.server_ports != NULL and h.threads != NULL:
        list_threads(&h, s)
        write_section(&h)
        write_machine(&h, s)
        write_interfaces(&h, &s.interfaces)
        write_users(&h, s)
        write_processes(&h)
        write_descriptors(&h)
        if not h.full:
            write_supplement(b, h.threads, h.n_threads, lean, drain, to)
            drained(&h)
        write_containers(&h, s)
        h.full = h.full or b.failed
    else:
        h.full = True
    free(h.server_ports)
    free(h.threads)
    if h.full:
        if drain == NULL:
            b.n = start
        return False
    return True


cdef inline void drained(Head *h) noexcept nogil:
    # A block is written.
    if h.drain != NULL:
        h.drain(h.to, h.b)
    elif h.most and h.b.n - h.start > h.most:
        h.full = True


cdef int by_tid(const void *a, const void *b) noexcept nogil:
    cdef int64_t x = (<Thread **> a)[0].tid, y = (<Thread **> b)[0].tid
    return (x > y) - (x < y)


cdef void list_threads(Head *h, State *s) noexcept nogil:
    # In the order of their numbers: the same state gives the same bytes.
    cdef uint32_t i, k
    cdef const Fd *fd
    for i in range(s.threads.mask + 1):
        if s.threads.slots[i].row != NULL:
            h.threads[h.n_threads] = <Thread *> s.threads.slots[i].row
            h.n_threads += 1
    qsort(h.threads, h.n_threads, sizeof(Thread *), by_tid)
    for i in range(h.n_threads):
        for k in range(fds_room(&h.threads[i].fds)):
            fd = fds_at(&h.threads[i].fds, k)
            if fd != NULL and (fd.type == FD_IPV4_SERVSOCK or fd.type == FD_IPV6_SERVSOCK):
                h.server_ports[fd.sport >> 3] |= <uint8_t> (1 << (fd.sport & 7))


cdef void write_section(Head *h) noexcept nogil:
    cdef size_t start = block_begin(h.b, SECTION)
    put32(h.b, SECTION_MAGIC)
    put16(h.b, MAX_MAJOR)
    put16(h.b, MINOR)
    put64(h.b, <uint64_t> -1)              # its length is not known
    block_end(h.b, start)


cdef void write_machine(Head *h, State *s) noexcept nogil:
    cdef size_t start = block_begin(h.b, MACHINE)
    cdef char *name
    put32(h.b, s.num_cpus if s.num_cpus else 1)
    put64(h.b, s.memory_bytes)
    put64(h.b, MAX_PID)
    name = buffer_take(h.b, HOSTNAME)
    if name != NULL:
        memset(name, 0, HOSTNAME)
        memcpy(name, s.hostname.p, min(s.hostname.n, <uint32_t> (HOSTNAME - 1)))
    put64(h.b, s.boot_ts_ns)
    put64(h.b, 0)                          # flags, and room for two more numbers
    put64(h.b, 0)
    put64(h.b, 0)
    block_end(h.b, start)


cdef void write_interfaces(Head *h, const Interfaces *a) noexcept nogil:
    # The state keeps neither names nor links' speeds, and of IPv6 no netmask. These rows do not count their length.
    cdef size_t start
    cdef uint32_t i, address, netmask, broadcast
    cdef uint8_t[16] none
    if a.n_v4 + a.n_v6 == 0:
        return
    memset(none, 0, 16)
    start = block_begin(h.b, INTERFACES_V2)
    for i in range(a.n_v4):
        memcpy(&address, a.v4[i].addr, 4)
        memcpy(&netmask, a.v4[i].netmask, 4)
        broadcast = address | ~netmask
        put32(h.b, 24)
        put16(h.b, 1)
        put16(h.b, 0)
        put32(h.b, address)
        put32(h.b, netmask)
        put32(h.b, broadcast)
        put64(h.b, 0)
    for i in range(a.n_v6):
        put32(h.b, 60)
        put16(h.b, 2)
        put16(h.b, 0)
        put_bytes(h.b, a.v6[i].addr, 16)
        put_bytes(h.b, none, 16)
        put_bytes(h.b, none, 16)
        put64(h.b, 0)
    block_end(h.b, start)
    drained(h)


# ---- users and groups: the host's in a table, those of containers told by events

cdef void host_person(void *to, const Text *container_id, const User *user, const Group *group) noexcept nogil:
    cdef Buffer *b = <Buffer *> to
    cdef size_t row
    if container_id.n:
        return
    row = row_begin(b)
    if user != NULL:
        put8(b, 0)
        put32(b, user.uid)
        put32(b, user.gid)
        put_text(b, &user.name, MAX_CREDENTIAL)
        put_text(b, &user.home, MAX_CREDENTIAL)
        put_text(b, &user.shell, MAX_CREDENTIAL)
    else:
        put8(b, 1)
        put32(b, group.gid)
        put_text(b, &group.name, MAX_CREDENTIAL)
    row_end(b, row)


cdef void write_users(Head *h, State *s) noexcept nogil:
    cdef size_t start
    if s.users.count + s.user_groups.count == 0:
        return
    start = block_begin(h.b, USERS_V2)
    users_walk(s, host_person, h.b)
    block_end(h.b, start)
    drained(h)


cdef inline Bytes ended(const Text *t) noexcept nogil:
    # With the NUL that stands behind every Text.
    cdef Bytes b
    b.p = t.p
    b.n = t.n + 1
    return b


cdef void container_person(void *to, const Text *container_id, const User *user, const Group *group) noexcept nogil:
    cdef Head *h = <Head *> to
    cdef Event e
    if container_id.n == 0 or h.full:
        return
    memset(&e, 0, sizeof(Event))
    e.ts = h.ts
    e.tid = -1
    if user != NULL:
        e.type = USER_ADDED_E
        e.nparams = 6
        e.params[0].p, e.params[0].n = <const char *> &user.uid, 4
        e.params[1].p, e.params[1].n = <const char *> &user.gid, 4
        e.params[2] = ended(&user.name)
        e.params[3] = ended(&user.home)
        e.params[4] = ended(&user.shell)
        e.params[5] = ended(container_id)
    else:
        e.type = GROUP_ADDED_E
        e.nparams = 3
        e.params[0].p, e.params[0].n = <const char *> &group.gid, 4
        e.params[1] = ended(&group.name)
        e.params[2] = ended(container_id)
    write_event(h.b, &e, 0)
    drained(h)


cdef void write_containers(Head *h, State *s) noexcept nogil:
    cdef const Container *c
    cdef uint32_t plugin = 0, i
    cdef Event e
    memset(&e, 0, sizeof(Event))
    e.ts = h.ts
    e.tid = 1
    e.type = ASYNCEVENT_E
    e.nparams = 3
    e.params[0].p, e.params[0].n = <const char *> &plugin, 4
    e.params[1].p, e.params[1].n = b"container\0", 10
    for i in range(s.containers.mask + 1):
        c = <const Container *> s.containers.slots[i].row
        while c != NULL and not h.full:
            # Of those without, the cgroup of their processes is all that is known.
            if c.json.n:
                e.params[2] = ended(&c.json)
                write_event(h.b, &e, 0)
                drained(h)
            c = c.next
    users_walk(s, container_person, h)


# ---- processes

cdef void write_process(Buffer *b, const Thread *t, bint lean) noexcept nogil:
    cdef size_t row = row_begin(b)
    put64(b, t.tid)
    put64(b, t.pid)
    put64(b, t.ptid)
    put64(b, t.sid)
    put64(b, t.vpgid)
    put_text(b, &t.comm, MAX_PATH)
    put_text(b, &t.exe, MAX_PATH)
    put_text(b, &t.exepath, MAX_PATH)
    put_text(b, &t.args, MAX_LIST)
    put_text(b, &t.cwd, MAX_PATH)
    put64(b, t.fdlimit)
    put32(b, t.flags)
    put32(b, t.uid)
    put32(b, t.gid)
    put32(b, t.vmsize_kb)
    put32(b, t.vmrss_kb)
    put32(b, t.vmswap_kb)
    put64(b, t.pfmajor)
    put64(b, t.pfminor)
    put_text(b, &t.env, 0 if lean else MAX_LIST)
    put64(b, t.vtid)
    put64(b, t.vpid)
    put_text(b, &t.cgroups, MAX_LIST)
    put_text(b, &t.root, MAX_PATH)
    put64(b, t.pidns_init_start_ts)
    put32(b, t.tty)
    put32(b, t.loginuid)
    put8(b, t.exe_writable)
    put64(b, t.cap_inheritable)
    put64(b, t.cap_permitted)
    put64(b, t.cap_effective)
    put8(b, t.exe_upper_layer)
    put64(b, t.exe_ino)
    put64(b, t.exe_ino_ctime)
    put64(b, t.exe_ino_mtime)
    put8(b, t.exe_from_memfd)
    put8(b, t.exe_lower_layer)
    put64(b, t.pgid)
    row_end(b, row)


cdef void write_processes(Head *h) noexcept nogil:
    cdef size_t start
    cdef uint32_t i = 0
    while i < h.n_threads:
        start = block_begin(h.b, PROCESSES_V9)
        while i < h.n_threads and h.b.n - start < LONG_BLOCK:
            write_process(h.b, h.threads[i], h.lean)
            i += 1
        block_end(h.b, start)
        drained(h)
        if h.full:
            return


# ---- descriptors

cdef inline bint listened(const Head *h, uint16_t port) noexcept nogil:
    return h.server_ports[port >> 3] & (1 << (port & 7)) != 0


cdef void write_pair(Head *h, const Fd *fd, uint32_t width) noexcept nogil:
    # Local end first.
    cdef bint turned = fd.type == FD_IPV4_SOCK and fd.flags & FD_ROLE_SERVER != 0 and listened(h, fd.dport)
    if turned:
        put_bytes(h.b, fd.dip, width)
        put_bytes(h.b, fd.sip, width)
        put16(h.b, fd.dport)
        put16(h.b, fd.sport)
    else:
        put_bytes(h.b, fd.sip, width)
        put_bytes(h.b, fd.dip, width)
        put16(h.b, fd.sport)
        put16(h.b, fd.dport)
    put8(h.b, fd.l4proto)


cdef void write_fd(Head *h, const Fd *fd) noexcept nogil:
    cdef Buffer *b = h.b
    cdef size_t row = row_begin(b)
    put64(b, fd.num)
    put64(b, fd.ino)
    put8(b, <uint8_t> (fd.type if fd.type <= OLD_KINDS else FD_UNSUPPORTED))
    if fd.type == FD_IPV4_SOCK or fd.type == FD_IPV6_SOCK:
        write_pair(h, fd, 4 if fd.type == FD_IPV4_SOCK else 16)
    elif fd.type == FD_IPV4_SERVSOCK or fd.type == FD_IPV6_SERVSOCK:
        put_bytes(b, fd.sip, 4 if fd.type == FD_IPV4_SERVSOCK else 16)
        put16(b, fd.sport)
        put8(b, fd.l4proto)
    else:
        if fd.type == FD_UNIX_SOCK:
            put64(b, fd.unix_source)
            put64(b, fd.unix_dest)
        elif fd.type == FD_FILE_V2:
            put32(b, fd.openflags)
        put_text(b, &fd.name, MAX_PATH - 1)
        if fd.type == FD_FILE_V2:
            put32(b, fd.dev)
    row_end(b, row)


cdef void write_descriptors(Head *h) noexcept nogil:
    cdef const Thread *t
    cdef const Fd *fd
    cdef size_t start
    cdef uint32_t i, k
    for i in range(h.n_threads):
        t = h.threads[i]
        if t.fds.count == 0 or h.full:
            continue
        start = block_begin(h.b, FDS_V2)
        put64(h.b, t.tid)
        for k in range(fds_room(&t.fds)):
            fd = fds_at(&t.fds, k)
            if fd != NULL and FD_UNKNOWN < fd.type <= FD_PIDFD:
                write_fd(h, fd)
        block_end(h.b, start)
        drained(h)
