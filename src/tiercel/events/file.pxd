"""What the kernel knows of an open file, as the live sensor tells it. Laid out as `struct file_facts` of its probe
(`sources/ebpf/probe/probe.h`), which is handed on as it is.
"""

from libc.stdint cimport uint32_t, uint64_t


cdef enum FileFlag:
    FILE_UPPER = 1         # in an overlay's upper layer
    FILE_LOWER = 2
    FILE_MEMFD = 4
    FILE_UNLINKED = 8      # no name leads to it any more
    FILE_CREATED = 16      # by this open
    FILE_PATH_CUT = 32     # the beginning of its path is missing
    FILE_SOCKET = 64
    FILE_WRITABLE = 128    # by the process at hand (exec)
    FILE_ELSEWHERE = 256   # on a mount of another mount namespace than the process's, or of none
    FILE_NAMELESS = 512    # of a kind that has no path: a pipe, a file of the kernel's own
    FILE_MISNAMED = 1024   # the path that the process gave does not lead to it (sources/ebpf/claims.pyx; not the probe's)


cdef struct FileFacts:
    uint64_t inode
    uint64_t real_inode    # below an overlay; else the same
    uint64_t ctime_ns
    uint64_t mtime_ns
    uint64_t size_bytes
    uint32_t dev           # as stat(2) encodes it
    uint32_t real_dev
    uint32_t mode
    uint32_t links
    uint32_t flags         # FileFlag
    uint32_t open_flags    # O_* of the open file
    uint32_t mount_id
    uint32_t magic         # of the file system
    uint32_t uid
    uint32_t generation
