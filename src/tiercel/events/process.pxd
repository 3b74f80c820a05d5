"""What is known of threads, descriptors, users and containers: the rows of the state.

Strings are owned by their row (`Text`): NUL-terminated, never NULL once the row exists. Rows live until the state
removes them; an event's pointers to rows are good until the state is told that the event is over.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from tiercel.events.file cimport FileFacts


cdef struct Text:
    # Set only with the functions of tiercel.events.text: rows share bytes.
    char *p            # NUL-terminated; "" where empty
    uint32_t n         # length without the NUL


cdef enum FdType:
    # Values of libscap's scap_fd_type, as captures store them.
    FD_UNINITIALIZED = -1
    FD_UNKNOWN = 0
    FD_FILE = 1
    FD_DIRECTORY = 2
    FD_IPV4_SOCK = 3
    FD_IPV6_SOCK = 4
    FD_IPV4_SERVSOCK = 5
    FD_IPV6_SERVSOCK = 6
    FD_FIFO = 7
    FD_UNIX_SOCK = 8
    FD_EVENT = 9
    FD_UNSUPPORTED = 10
    FD_SIGNALFD = 11
    FD_EVENTPOLL = 12
    FD_INOTIFY = 13
    FD_TIMERFD = 14
    FD_NETLINK = 15
    FD_FILE_V2 = 16
    FD_BPF = 17
    FD_USERFAULTFD = 18
    FD_IOURING = 19
    FD_MEMFD = 20
    FD_PIDFD = 21


cdef enum FdFlag:
    FD_FROM_PROC = 1
    FD_ROLE_CLIENT = 1 << 2
    FD_ROLE_SERVER = 1 << 3
    FD_SOCKET_CONNECTED = 1 << 13
    FD_CONNECTION_PENDING = 1 << 15
    FD_CONNECTION_FAILED = 1 << 16
    FD_OVERLAY_UPPER = 1 << 17
    FD_OVERLAY_LOWER = 1 << 18
    # Tiercel's own
    FD_TRUTH = 1 << 28           # what the kernel calls it is known: `true_name`, or `name` where that is empty
    FD_CREATED = 1 << 29         # by the open that made this descriptor
    FD_MISNAMED = 1 << 27        # the path that the process gave does not lead to the file
    FD_ELSEWHERE = 1 << 30       # its path is that of another mount namespace than the process's


cdef struct Fd:
    int64_t num
    int type                 # FdType
    uint32_t flags           # FdFlag
    uint32_t openflags       # PPM_O_*
    uint32_t dev
    uint32_t mount_id
    uint64_t ino
    int64_t pid              # of a pidfd
    Text name                # as Falco shows it: resolved path, "src:port->dst:port", ...
    Text name_raw            # unresolved path of a file
    Text true_name           # the kernel's path of a file where it is another than `name`; else empty
    # Sockets. IPv4 addresses are the first 4 bytes; all in network order, ports in host order.
    # Server sockets keep their address in sip/sport.
    uint8_t sip[16]
    uint8_t dip[16]
    uint16_t sport
    uint16_t dport
    uint8_t l4proto          # SCAP_L4_*: 0 unknown, 1 n/a, 2 tcp, 3 udp, 4 icmp, 5 raw
    # What tells a file apart and how it came about; 0 where the source does not tell (tiercel.events.file).
    uint64_t real_ino        # below an overlay
    uint64_t ctime_ns        # when it was opened
    uint32_t real_dev
    uint32_t generation
    uint32_t magic           # of the file system
    uint32_t mode
    uint32_t links
    uint64_t unix_source     # unix sockets: kernel addresses of both ends
    uint64_t unix_dest
    # The state's own: Falco keeps a socket's addresses in a union, of which one kind of socket reads what another wrote.
    # The fields above are read out of these bytes (tiercel.events.sockets).
    uint8_t tuple[40]
    uint32_t refs            # tables that hold this row: a fork shares rows; one that changes is copied first
    Fd *next                 # in a list of rows to be reused


cdef struct FdOrder:
    # In what order Falco goes through them; `tiercel.events.fd_order` owns it.
    int64_t *nums            # back to front
    uint32_t n
    uint32_t room
    uint32_t buckets


cdef struct FdTable:
    # A process's descriptors. `tiercel.events.descriptors` owns the layout: use its functions.
    Fd **rows                # direct slots for 0..capacity-1
    uint32_t capacity
    Fd **far                 # open-addressed table of the other numbers, and of negative ones
    uint32_t far_capacity
    uint32_t far_count
    uint32_t count           # open descriptors, both parts
    FdOrder *order           # NULL where it is not kept


cdef struct ThreadGroup:
    int64_t pid
    uint64_t alive           # threads not yet dead; may be wrong where events were lost, as Falco's count is
    bint reaper              # PR_SET_CHILD_SUBREAPER, or pid 1 of its namespace
    Thread *first            # the main thread first, the others in order of arrival
    Thread *last
    uint32_t n_members
    uint32_t refs            # threads in it, and the table of groups


cdef struct Facts:
    # What only the live sensor knows of a thread, for joining; all 0 where it was not told.
    uint64_t start_ns        # when the kernel made it, ns since the epoch
    uint32_t birth_tid       # the thread that made it, and that one's process: they stay when it gets another parent
    uint32_t birth_pid
    uint32_t pidns, mntns, netns, userns     # inode numbers of namespaces
    uint64_t cgroup_id       # in the unified hierarchy
    uint32_t exec_id         # grows with each program it runs
    bint subreaper
    FileFacts exe            # the program; where that is an interpreter's, `script` is what it was started for
    FileFacts script         # inode 0 where there is none


cdef struct Thread:
    int64_t tid, pid, ptid, reaper_tid, sid, pgid, vtid, vpid, vpgid
    uint32_t flags           # PPM_CL_*
    uint32_t uid, gid, loginuid
    uint32_t tty
    bint exe_writable, exe_upper_layer, exe_lower_layer, exe_from_memfd
    uint64_t cap_permitted, cap_effective, cap_inheritable
    uint64_t exe_ino, exe_ino_ctime, exe_ino_mtime
    uint64_t exe_ino_ctime_duration_clone_ts, exe_ino_ctime_duration_pidns_start
    uint64_t pidns_init_start_ts
    uint32_t vmsize_kb, vmrss_kb, vmswap_kb
    uint64_t pfmajor, pfminor
    int64_t fdlimit
    uint64_t clone_ts, lastexec_ts
    int64_t lastevent_fd     # what fd.num shows
    uint16_t lastevent_type
    Text comm, exe, exepath, cwd, root
    Facts facts
    Text script              # path of facts.script, as the kernel has it
    Text true_cwd            # the kernel's path of the directory where it is another than `cwd`; else empty
    # Lists of strings: each ends in NUL, one after the other; `n` counts all bytes, NULs included.
    Text args                # without argv[0]
    uint32_t n_args
    Text env
    uint32_t n_env
    Text cmdline             # comm and args, joined when first asked for: whoever changes either clears it (text_clear)
    Text cgroups             # "subsystem=path" each
    uint32_t n_cgroups
    Text container_id        # "" on the host
    uint8_t health           # 0 none, 1 health check, 2 liveness probe, 3 readiness probe, 4 other process of a container
    FdTable fds              # of the main thread; others look there unless they do not share it
    ThreadGroup *group
    Thread *prev_member      # of the group
    Thread *next_member
    Thread *first_child      # newest first, as Falco keeps them
    Thread *prev_sibling
    Thread *next_sibling
    Thread *parent           # whose list this thread is in, NULL where none
    uint64_t n_listed        # in that list
    uint64_t n_children      # Falco's count; wraps below 0 where events were lost
    uint64_t n_child_entries # what Falco's list would hold, with those that are gone and not yet swept out
    # The enter event that an exit event may still need (open, openat, creat, openat2, execve, execveat, connect).
    Text enter               # its parameters, one after the other
    uint32_t enter_ends[8]   # where each ends in `enter`
    uint32_t enter_nparams
    uint16_t enter_type
    bint enter_kept          # there is one
    bint enter_valid         # the event now being judged is its exit
    Thread *next             # in a list of rows to be reused


cdef struct User:
    uint32_t uid, gid
    Text name, home, shell


cdef struct Group:
    uint32_t gid
    Text name


cdef struct Pair:
    Text key, value


cdef struct Mount:
    Text source, dest, mode, propagation
    bint rdwr


cdef struct Container:
    Text id, full_id, name, image, image_id, image_repo, image_tag, image_digest, ip, cni_json
    Text pod_sandbox_id      # as the runtime gives it, not cut
    Text user                # "User" of the container's configuration
    int type                 # CT_*, tiercel.events.containers
    bint privileged, host_pid, host_network, host_ipc, is_pod_sandbox
    int64_t created_ns       # created_time * 1e9
    Pair *labels
    uint32_t n_labels
    Pair *pod_labels         # pod_sandbox_labels
    uint32_t n_pod_labels
    Mount *mounts
    uint32_t n_mounts
    Text env                 # NUL-separated
    uint32_t n_env
    # Commands that the runtime or the kubelet runs to see whether the container is well: exe, args NUL-separated.
    Text probe_exe[3]        # by Thread.health - 1
    Text probe_args[3]
    uint32_t n_probe_args[3]
    bint probed[3]           # whether there is such a command
    Text json                # the description that all of this was read from, for recordings; empty where there was none
    Container *next          # in the table


cdef inline bint thread_invalid(const Thread *t) noexcept nogil:
    # A placeholder for a thread of which nothing is known.
    return t.tid < 0 or t.pid < 0 or t.ptid < 0
