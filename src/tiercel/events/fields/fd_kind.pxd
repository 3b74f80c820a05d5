"""What kind of thing a descriptor is, in words."""

from tiercel.events.process cimport (
    FD_BPF, FD_DIRECTORY, FD_EVENT, FD_EVENTPOLL, FD_FIFO, FD_FILE, FD_FILE_V2, FD_INOTIFY, FD_IOURING,
    FD_IPV4_SERVSOCK, FD_IPV4_SOCK, FD_IPV6_SERVSOCK, FD_IPV6_SOCK, FD_MEMFD, FD_NETLINK, FD_PIDFD, FD_SIGNALFD,
    FD_TIMERFD, FD_UNIX_SOCK, FD_UNKNOWN, FD_UNSUPPORTED, FD_USERFAULTFD, Fd,
)

cdef enum:
    N_KINDS = 22             # FD_PIDFD and below

# "file", "ipv4", ...; "<NA>" where unknown. Equal names are one pointer.
cdef const char *fd_type_name(int type) noexcept nogil


cdef inline bint is_file(const Fd *fd) noexcept nogil:
    return fd.type == FD_FILE or fd.type == FD_FILE_V2


cdef inline bint is_connection(const Fd *fd) noexcept nogil:
    # An IP socket with two ends.
    return fd.type == FD_IPV4_SOCK or fd.type == FD_IPV6_SOCK


cdef inline bint is_listener(const Fd *fd) noexcept nogil:
    return fd.type == FD_IPV4_SERVSOCK or fd.type == FD_IPV6_SERVSOCK


cdef inline unsigned int address_size(const Fd *fd) noexcept nogil:
    return 4 if fd.type == FD_IPV4_SOCK or fd.type == FD_IPV4_SERVSOCK else 16
