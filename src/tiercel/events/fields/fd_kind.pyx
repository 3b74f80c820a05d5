"""Descriptor types by number, in the words of Falco libs 0.25.4."""

ctypedef const char *Word

cdef Word[N_KINDS] names
cdef const char *UNKNOWN = b"<NA>"
cdef const char *FILE = b"file"
cdef const char *IPV4 = b"ipv4"
cdef const char *IPV6 = b"ipv6"


cdef const char *fd_type_name(int type) noexcept nogil:
    return names[type] if 0 <= type < N_KINDS else UNKNOWN


cdef int name(int type, const char *word) except -1:
    names[type] = word
    return 0


name(FD_UNKNOWN, UNKNOWN)
name(FD_FILE, FILE)
name(FD_DIRECTORY, b"directory")
name(FD_IPV4_SOCK, IPV4)
name(FD_IPV6_SOCK, IPV6)
name(FD_IPV4_SERVSOCK, IPV4)
name(FD_IPV6_SERVSOCK, IPV6)
name(FD_FIFO, b"pipe")
name(FD_UNIX_SOCK, b"unix")
name(FD_EVENT, b"event")
name(FD_UNSUPPORTED, UNKNOWN)
name(FD_SIGNALFD, b"signalfd")
name(FD_EVENTPOLL, b"eventpoll")
name(FD_INOTIFY, b"inotify")
name(FD_TIMERFD, b"timerfd")
name(FD_NETLINK, b"netlink")
name(FD_FILE_V2, FILE)
name(FD_BPF, b"bpf")
name(FD_USERFAULTFD, b"userfaultfd")
name(FD_IOURING, b"io_uring")
name(FD_MEMFD, b"memfd")
name(FD_PIDFD, b"pidfd")
