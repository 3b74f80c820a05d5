"""The records that the probe writes: `probe/probe.h`, as Cython sees it. See there for what the fields mean."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from tiercel.events.file cimport (  # noqa: F401
    FILE_CREATED, FILE_ELSEWHERE, FILE_LOWER, FILE_MEMFD, FILE_MISNAMED, FILE_NAMELESS, FILE_PATH_CUT, FILE_SOCKET, FILE_UNLINKED,
    FILE_UPPER, FILE_WRITABLE, FileFacts,
)


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
    RECORD_TASK = 6
    RECORD_DESCRIPTOR = 7


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
    PART_CONTROL = 24
    PART_TASK = 25
    PART_KINDS = 26


cdef enum PartFlag:
    PART_TRUNCATED = 1
    PART_FAULT = 2


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
    uint32_t offered
    int64_t result
    uint64_t args[6]


cdef struct Part:
    uint16_t kind
    uint8_t index
    uint8_t flags
    uint32_t size


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


cdef struct TaskFacts:
    uint64_t cap_inheritable, cap_permitted, cap_effective
    uint32_t vm_size_kb, vm_rss_kb, vm_swap_kb, reserved


cdef struct ExitFacts:
    uint32_t status
    uint32_t reaper
    uint32_t threads_left
    uint32_t reserved
