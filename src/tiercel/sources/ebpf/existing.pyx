"""What ran before the sensor: threads, descriptors, users, addresses of this machine, put into the state as a capture's head is.

    read_existing(state, probe, boot_epoch_ns)

Read when the probe is attached, so that nothing is missed in between: what happens while this reads is in the rings as well,
and told again it changes nothing (a fork of a thread that is there, a descriptor that is closed twice).

Tasks and descriptors come from the kernel's iterators (`probe/tasks.bpf.c`), where those are not to be had from /proc
(`proc.py`), which makes the same records. Arguments and environment lie in a process's own memory: /proc has them, and a start
time that tells whether the number still is the same process's.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from tiercel.events.containers cimport container_attach
from tiercel.events.codes cimport (
    PPM_CL_CLONE_FILES, PPM_CL_CLONE_THREAD,
)
from tiercel.events.event cimport Bytes
from tiercel.events.machine cimport Machine
from tiercel.events.process cimport (
    FD_BPF, FD_DIRECTORY, FD_EVENT, FD_EVENTPOLL, FD_FIFO, FD_FILE_V2, FD_INOTIFY, FD_IOURING, FD_IPV4_SERVSOCK,
    FD_IPV4_SOCK, FD_IPV6_SERVSOCK, FD_IPV6_SOCK, FD_MEMFD, FD_NETLINK, FD_PIDFD, FD_SIGNALFD, FD_TIMERFD, FD_UNIX_SOCK,
    FD_UNSUPPORTED, FD_USERFAULTFD, Fd, Text, Thread,
)
from tiercel.events.state cimport (
    State, fd_add, fd_new, group_add, interface_add, state_thread, tables_done, thread_add, thread_new, user_add,
)
from tiercel.events.text cimport text_init, text_set
from tiercel.events.truth cimport fd_truth
from tiercel.sources.ebpf.decode cimport DECODE_ROOM, Decoding, part_bytes, read_parts
from tiercel.sources.ebpf.process_decode cimport cgroup_lines, facts_of
from tiercel.sources.ebpf.records cimport (
    FILE_LOWER, FILE_MEMFD, FILE_UPPER, FILE_WRITABLE, PART_EXEPATH, PART_FILE, PART_FOLDER, PART_OWN_PATH, PART_PATH,
    PART_PROCESS, PART_ROOT, PART_SOCKET, PROCESS_IN_PIDNS, RECORD_DESCRIPTOR, RECORD_TASK, FileFacts, Part,
    ProcessFacts, Record, SocketFacts,
)

from tiercel.sources.ebpf.residents cimport Residents

import os
import socket

from tiercel.sources.ebpf import accounts, bpf, proc
from tiercel.sources.ebpf.native import TRANSLATIONS

cdef enum:
    KIND_MASK = 0xF000
    KIND_FIFO = 0x1000
    KIND_FOLDER = 0x4000
    KIND_SOCKET = 0xC000
    KIND_FILE = 0x8000
    KIND_DEVICE = 0x2000
    KIND_BLOCKS = 0x6000
    FAMILY_UNIX = 1
    FAMILY_INET = 2
    FAMILY_INET6 = 10
    FAMILY_NETLINK = 16
    TYPE_RAW = 3
    PROTOCOL_ICMP = 1
    PROTOCOL_TCP = 6
    PROTOCOL_UDP = 17
    PROTOCOL_ICMP6 = 58
    TCP_CLOSED = 7
    L4_UNKNOWN = 0
    L4_TCP = 2
    L4_UDP = 3
    L4_ICMP = 4
    L4_RAW = 5
    READ_BYTES = 1 << 20
    TRIED = 4                      # processes of a container that are asked for its users
    KNOWN_CAPABILITIES = 41

cdef struct OpenFlag:
    uint32_t mask, equals, gives

cdef OpenFlag[48] open_flags
cdef uint32_t n_open_flags = 0

for _mask, _equals, _gives in TRANSLATIONS["file_flags"]:
    open_flags[n_open_flags].mask = _mask & 0xFFFFFFFF
    open_flags[n_open_flags].equals = _equals
    open_flags[n_open_flags].gives = _gives
    n_open_flags += 1

# Files that are in no folder, by the name that the kernel gives them.
_ANONYMOUS = {
    b"[eventfd]": FD_EVENT, b"[eventpoll]": FD_EVENTPOLL, b"inotify": FD_INOTIFY, b"[signalfd]": FD_SIGNALFD,
    b"[timerfd]": FD_TIMERFD, b"[io_uring]": FD_IOURING, b"[userfaultfd]": FD_USERFAULTFD, b"[pidfd]": FD_PIDFD,
    b"bpf-map": FD_BPF, b"bpf-prog": FD_BPF, b"bpf-link": FD_BPF, b"bpf_link": FD_BPF, b"bpf_iter": FD_BPF,
}


cdef void text_of(Text *to, const Part *p) noexcept nogil:
    if p != NULL and p.size:
        text_set(to, part_bytes(p), p.size - 1)


cdef bytes part_text(const Part *p):
    return b"" if p == NULL or p.size == 0 else part_bytes(p)[: p.size - 1]


cdef void set_bytes(Text *to, bytes value):
    text_set(to, value, <uint32_t> len(value))


cdef int add_task(State *s, Decoding *d, int64_t epoch, object strings) except -1:
    # A thread of which the record tells; `strings`: what /proc has of a process.
    cdef const Part *part = d.parts.of[PART_PROCESS][0]
    cdef const ProcessFacts *p
    cdef Thread *t
    cdef Bytes b
    cdef uint64_t known = (<uint64_t> 1 << KNOWN_CAPABILITIES) - 1
    cdef bytes arguments = b"", environment = b""
    if part == NULL or part.size < sizeof(ProcessFacts):
        return 0
    p = <const ProcessFacts *> part_bytes(part)
    if p.tid == p.pid:
        arguments, environment = strings.of(p.pid, p.start_ns)
    elif state_thread(s, p.tid) != NULL:
        return 0
    t = thread_new()
    if t == NULL:
        raise MemoryError
    t.tid = p.tid
    t.pid = p.pid
    t.ptid = p.ppid
    t.sid = p.sid
    t.pgid = p.pgid
    t.vpgid = p.vpgid
    t.vtid = p.vtid
    t.vpid = p.vpid
    t.flags = 0 if p.tid == p.pid else PPM_CL_CLONE_THREAD | PPM_CL_CLONE_FILES
    t.uid = p.euid
    t.gid = p.egid
    t.loginuid = p.loginuid
    t.tty = p.tty
    t.exe_writable = p.exe.flags & FILE_WRITABLE != 0
    t.exe_upper_layer = p.exe.flags & FILE_UPPER != 0
    t.exe_lower_layer = p.exe.flags & FILE_LOWER != 0
    t.exe_from_memfd = p.exe.flags & FILE_MEMFD != 0
    t.cap_permitted = p.cap_permitted & known
    t.cap_effective = p.cap_effective & known
    t.cap_inheritable = p.cap_inheritable & known
    t.exe_ino = p.exe.inode
    t.exe_ino_ctime = p.exe.ctime_ns
    t.exe_ino_mtime = p.exe.mtime_ns
    t.clone_ts = p.start_ns + epoch
    t.pidns_init_start_ts = (p.pidns_start_ns if p.flags & PROCESS_IN_PIDNS else 0) + epoch
    if t.exe_ino:
        t.exe_ino_ctime_duration_clone_ts = t.clone_ts - t.exe_ino_ctime
        if t.exe_ino_ctime > t.pidns_init_start_ts:
            t.exe_ino_ctime_duration_pidns_start = t.exe_ino_ctime - t.pidns_init_start_ts
    t.vmsize_kb = p.vm_size_kb
    t.vmrss_kb = p.vm_rss_kb
    t.vmswap_kb = p.vm_swap_kb
    t.pfmajor = p.faults_major
    t.pfminor = p.faults_minor
    t.fdlimit = <int64_t> p.fd_limit
    text_set(&t.comm, <const char *> p.comm, name_length(<const char *> p.comm))
    text_of(&t.exepath, d.parts.of[PART_EXEPATH][0])
    text_of(&t.cwd, d.parts.of[PART_FOLDER][0])
    text_of(&t.root, d.parts.of[PART_ROOT][0])
    exe, _, rest = arguments.partition(b"\0")
    set_bytes(&t.exe, exe)
    set_list(&t.args, &t.n_args, rest)
    set_list(&t.env, &t.n_env, environment)
    facts_of(d, &t.facts, p)
    b = cgroup_lines(d)
    text_set(&t.cgroups, b.p, b.n)
    thread_add(s, t)
    return 1


cdef uint32_t name_length(const char *name) noexcept nogil:
    cdef uint32_t n = 0
    while n < 16 and name[n] != 0:
        n += 1
    return n


cdef void set_list(Text *to, uint32_t *count, bytes value):
    # Strings that end in NUL each; the last of a cut list may lack it.
    if value and not value.endswith(b"\0"):
        value += b"\0"
    text_set(to, value, <uint32_t> len(value))
    count[0] = <uint32_t> value.count(b"\0")


cdef uint32_t translated(uint32_t flags) noexcept nogil:
    cdef uint32_t i, out = 0
    for i in range(n_open_flags):
        if flags & open_flags[i].mask == open_flags[i].equals:
            out |= open_flags[i].gives
    return out


cdef void socket_row(Fd *fd, const SocketFacts *k, const Part *name, uint64_t inode):
    # Sockets of families and in states that Falco does not find in /proc/net have no more than their number.
    cdef int width = 4 if k.family == FAMILY_INET else 16
    cdef bint connected = False
    cdef int i
    fd.type = FD_UNSUPPORTED
    if k.family == FAMILY_UNIX:
        fd.type = FD_UNIX_SOCK
        fd.unix_source = k.own
        fd.unix_dest = k.peer
        if name != NULL and name.size:
            set_bytes(&fd.name, unix_name(part_bytes(name)[: name.size]))
        return
    if k.family == FAMILY_NETLINK:
        fd.type = FD_NETLINK
        return
    if k.family == FAMILY_INET or k.family == FAMILY_INET6:
        for i in range(width):
            connected = connected or k.peer_ip[i] != 0
        if k.type == TYPE_RAW:
            fd.l4proto = L4_RAW
        elif k.protocol == PROTOCOL_TCP:
            fd.l4proto = L4_TCP
        elif k.protocol == PROTOCOL_UDP:
            fd.l4proto = L4_UDP
        elif k.protocol == PROTOCOL_ICMP or k.protocol == PROTOCOL_ICMP6:
            fd.l4proto = L4_ICMP
        else:
            fd.l4proto = L4_UNKNOWN
        if connected or k.own_port or k.type == TYPE_RAW:
            if k.protocol != PROTOCOL_TCP or k.state != TCP_CLOSED:
                memcpy(fd.sip, k.own_ip, width)
                fd.sport = k.own_port
                if connected:
                    memcpy(fd.dip, k.peer_ip, width)
                    fd.dport = k.peer_port
                    fd.type = FD_IPV4_SOCK if width == 4 else FD_IPV6_SOCK
                else:
                    fd.type = FD_IPV4_SERVSOCK if width == 4 else FD_IPV6_SERVSOCK
                return
    fd.l4proto = 0
    set_bytes(&fd.name, b"socket:[%d]" % inode)


cdef bytes unix_name(bytes name):
    # Of the abstract space, /proc/net/unix shows an @ for the first NUL.
    if name.startswith(b"\0"):
        return b"@" + name[1:].split(b"\0", 1)[0]
    return name.split(b"\0", 1)[0]


cdef int add_descriptor(State *s, Decoding *d, object strings) except -1:
    cdef const Record *r = d.record
    cdef const Part *part = d.parts.of[PART_FILE][0]
    cdef const FileFacts *f
    cdef const SocketFacts *k
    cdef uint32_t kind
    cdef bytes path
    cdef Bytes nowhere
    cdef Fd *fd
    # Threads of a process have the same descriptors, as Falco sees it.
    if part == NULL or part.size < sizeof(FileFacts) or r.tid != r.pid or state_thread(s, r.pid) == NULL:
        return 0
    f = <const FileFacts *> part_bytes(part)
    fd = fd_new()
    if fd == NULL:
        raise MemoryError
    fd.num = <int64_t> r.args[0]
    fd.ino = f.inode
    nowhere.p = NULL
    nowhere.n = 0
    fd_truth(fd, nowhere, f)
    kind = f.mode & KIND_MASK
    if kind == KIND_SOCKET:
        part = d.parts.of[PART_SOCKET][0]
        if part != NULL and part.size >= sizeof(SocketFacts):
            k = <const SocketFacts *> part_bytes(part)
            socket_row(fd, k, d.parts.of[PART_OWN_PATH][0], f.inode)
        else:
            fd.type = FD_UNSUPPORTED
            set_bytes(&fd.name, b"socket:[%d]" % f.inode)
        fd_add(s, r.pid, fd)
        return 1
    path = part_text(d.parts.of[PART_PATH][0])
    if kind == KIND_FIFO:
        fd.type = FD_FIFO
        if not path.startswith(b"/"):
            path = b"pipe:[%d]" % f.inode
    elif kind == KIND_FOLDER:
        fd.type = FD_DIRECTORY
    elif f.flags & FILE_MEMFD:
        fd.type = FD_MEMFD
        path = b"/" + path + b" (deleted)"
    elif kind == KIND_FILE or kind == KIND_DEVICE or kind == KIND_BLOCKS:
        # Files that are in no folder may be called "/" too.
        if path.startswith(b"/") and path != b"/":
            fd.type = FD_FILE_V2
            fd.openflags = translated(f.open_flags)
            fd.dev = f.dev
            fd.mount_id = f.mount_id
    if fd.type < 0:
        fd.type = _ANONYMOUS.get(path, FD_UNSUPPORTED)
        path = strings.link(r.pid, fd.num) or b"anon_inode:" + path
        if path.startswith(b"anon_inode:[pidfd]") or path.startswith(b"pidfd:"):
            fd.type = FD_PIDFD
        if fd.type == FD_PIDFD:
            fd.pid = strings.pidfd(r.pid, fd.num)
    set_bytes(&fd.name, path)
    fd_add(s, r.pid, fd)
    return 1


cdef int take(State *s, Decoding *d, bytes data, int64_t epoch, object strings) except -1:
    # Whole records at the beginning of `data`; the bytes that they take.
    cdef const char *p = data
    cdef uint32_t at = 0, end = <uint32_t> len(data), size
    while end - at >= sizeof(Record):
        size = (<const Record *> (p + at)).size
        if size < sizeof(Record) or size > end - at:
            break
        if read_parts(d, p + at, size):
            if d.record.kind == RECORD_TASK:
                add_task(s, d, epoch, strings)
            elif d.record.kind == RECORD_DESCRIPTOR:
                add_descriptor(s, d, strings)
        at += size
    return <int> at


cdef int drain(State *s, Decoding *d, object program, int64_t epoch, object strings) except -1:
    # All that an iterator has to tell.
    cdef bytes left = b""
    fd = bpf.create_iterator(program)
    try:
        while True:
            data = os.read(fd, READ_BYTES)
            if not data:
                return 0
            left += data
            left = left[take(s, d, left, epoch, strings):]
    finally:
        os.close(fd)


cdef Bytes view(bytes value):
    cdef Bytes b
    b.p = value
    b.n = <uint32_t> len(value)
    return b


cdef void add_accounts(State *s, object found):
    # Of the host.
    cdef Text host
    text_init(&host)
    for name, uid, gid, home, shell in found.users:
        user_add(s, &host, uid, gid, view(name), view(home), view(shell))
    for name, gid in found.groups:
        group_add(s, &host, gid, view(name))


cdef object known_pids(State *s):
    cdef uint32_t i
    cdef Thread *t
    found = set()
    for i in range(s.threads.mask + 1):
        t = <Thread *> s.threads.slots[i].row
        if t != NULL:
            found.add(t.pid)
    return found


cdef object some_of_each_container(State *s, uint32_t host_mntns):
    # Processes of each container, by the container's id; none that is still in the host's directories.
    cdef uint32_t i
    cdef Thread *t
    found = {}
    for i in range(s.threads.mask + 1):
        t = <Thread *> s.threads.slots[i].row
        if t == NULL:
            continue
        container_attach(s, t)
        if t.container_id.n and t.tid == t.pid and t.facts.mntns not in (0, host_mntns):
            pids = found.setdefault(t.container_id.p[: t.container_id.n], [])
            if len(pids) < TRIED:
                pids.append(t.pid)
    return found


cdef object read_existing(State *s, object probe, int64_t boot_epoch_ns, Residents residents):
    """Fills the state. What is not to be had (an iterator, a file) is left out."""
    cdef Decoding d
    room = bytearray(<int> DECODE_ROOM)
    memset(&d, 0, sizeof(Decoding))
    d.room = room
    d.boot_epoch_ns = boot_epoch_ns
    strings = proc.Strings()
    programs = probe.programs if probe is not None else {}
    s.capture = False
    s.boot_ts_ns = <uint64_t> boot_epoch_ns
    s.num_cpus = os.cpu_count() or 1
    s.memory_bytes = proc.memory_bytes()
    set_bytes(&s.hostname, os.fsencode(socket.gethostname()))
    for name, family, address, netmask in proc.interfaces():
        interface_add(s, view(name), family, view(address), view(netmask))
    add_accounts(s, accounts.of_host())
    try:
        drain(s, &d, programs["each_task"], boot_epoch_ns, strings)
        # Some processes no iterator tells of where the machine is one in another.
        for record in proc.tasks(known_pids(s)):
            take(s, &d, record, boot_epoch_ns, strings)
        drain(s, &d, programs["each_descriptor"], boot_epoch_ns, strings)
    except (KeyError, OSError):
        for record in proc.tasks():
            take(s, &d, record, boot_epoch_ns, strings)
        for record in proc.descriptors():
            take(s, &d, record, boot_epoch_ns, strings)
    tables_done(s)
    for container, pids in some_of_each_container(s, residents.host_mntns).items():
        for pid in pids:
            users = accounts.of_container(pid)
            if users is not None:
                residents.put(s, container, users)
                break


def read_into(Machine machine, probe, int64_t boot_epoch_ns):
    """For tests, and for looking at what there is."""
    read_existing(machine.state, probe, boot_epoch_ns, Residents())
