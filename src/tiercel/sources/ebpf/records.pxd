"""The records that the probe writes: `probe/probe.h`, as Cython sees it. See there for what the fields mean."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t


cdef enum:
    CALLS = 512
    NUMBERS = 1024
    NO_PLACE = 255
    OF_RESULT = 6


cdef enum RecordKind:
    RECORD_CALL = 1
    RECORD_FORK = 2
    RECORD_EXEC = 3
    RECORD_EXIT = 4
    RECORD_URING = 5


cdef enum RecordFlag:
    RECORD_COMPAT = 1
    RECORD_CUT = 2


cdef enum:
    PART_STRING = 1
    PART_MEMORY = 2
    PART_DATA = 3
    PART_ADDRESS = 4
    PART_FILE = 5
    PART_PATH = 6
    PART_SOCKET = 7
    PART_PROCESS = 8
    PART_ARGUMENTS = 9
    PART_ENVIRONMENT = 10
    PART_CGROUP = 11
    PART_EXEPATH = 12
    PART_FOLDER = 13
    PART_ROOT = 14
    PART_PEER_PATH = 15
    PART_OWN_PATH = 16
    PART_EXIT = 17
    PART_SECOND_FILE = 18
    PART_KINDS = 19


cdef enum FileFlag:
    FILE_UPPER = 1
    FILE_LOWER = 2
    FILE_MEMFD = 4
    FILE_UNLINKED = 8
    FILE_CREATED = 16
    FILE_PATH_CUT = 32
    FILE_SOCKET = 64
    FILE_WRITABLE = 128


cdef enum ProcessFlag:
    PROCESS_IN_PIDNS = 1
    PROCESS_PIDNS_INIT = 2
    PROCESS_SUBREAPER = 4
    PROCESS_KERNEL_THREAD = 8
    PROCESS_NEW_PIDNS = 16


cdef enum Subsystem:
    SUBSYSTEMS = 5
    SUBSYS_UNIFIED = 5


cdef struct Record:
    uint32_t size
    uint8_t kind
    uint8_t flags
    uint16_t nr
    uint64_t ts
    uint32_t tid
    uint32_t pid
    uint16_t cpu
    uint16_t parts
    uint32_t reserved
    int64_t result
    uint64_t args[6]


cdef struct Part:
    uint16_t kind
    uint8_t index
    uint8_t flags
    uint32_t size


cdef struct FileFacts:
    uint64_t inode
    uint64_t real_inode
    uint64_t ctime_ns
    uint64_t mtime_ns
    uint64_t size_bytes
    uint32_t dev
    uint32_t real_dev
    uint32_t mode
    uint32_t links
    uint32_t flags
    uint32_t open_flags
    uint32_t mount_id
    uint32_t magic
    uint32_t uid
    uint32_t generation


cdef struct SocketFacts:
    uint64_t cookie
    uint64_t own
    uint64_t peer
    uint32_t netns
    uint16_t family
    uint16_t type
    uint16_t protocol
    uint16_t state
    uint16_t own_port
    uint16_t peer_port
    uint8_t own_ip[16]
    uint8_t peer_ip[16]
    uint32_t backlog
    uint32_t max_backlog
    uint32_t flags
    uint32_t reserved
    uint64_t received_bytes
    uint64_t sent_bytes


cdef struct ProcessFacts:
    uint32_t tid, pid, ppid, parent_tid
    uint32_t vtid, vpid, sid, vsid
    uint32_t pgid, vpgid, uid, gid
    uint32_t euid, egid, loginuid, tty
    uint64_t cap_permitted, cap_effective, cap_inheritable
    uint64_t start_ns
    uint64_t pidns_start_ns
    uint32_t pidns, mntns, netns, userns
    uint32_t flags
    uint32_t exec_id
    uint32_t vm_size_kb, vm_rss_kb, vm_swap_kb, reserved
    uint64_t faults_major, faults_minor
    uint64_t fd_limit
    uint64_t cgroup_id
    uint8_t comm[16]
    FileFacts exe


cdef struct ExitFacts:
    uint32_t status
    uint32_t reaper
    uint32_t threads_left
    uint32_t reserved
