"""The kernel's flags in Falco's numbers: what a program gave a call, as the event table tells it.

A translation is rows of (mask, equals, gives): where `value & mask == equals`, the bits of `gives` are set. A flag is
a row with the same mask and equals; one of several values under one mask, a row each; a row whose mask is 0 holds where
no other does. Numbers on the left are those of x86-64 (include/uapi), those on the right `tiercel.events.flags`.

Numbers that are the same on both sides (commands of bpf(2), prctl(2), keyctl(2), ...) have no table.
"""

from __future__ import annotations

from collections.abc import Mapping

from tiercel.events.flags import FLAGS

Row = tuple[int, int, int]
_INT = (1 << 32) - 1


def _bits(table: str, natives: Mapping[str, int]) -> tuple[Row, ...]:
    """Flags that have the same names on both sides."""
    known = dict(FLAGS[table])
    return tuple((native, native, known[name]) for name, native in natives.items())


def _values(table: str, natives: Mapping[str, int], mask: int = _INT) -> tuple[Row, ...]:
    """Values of which there is one at a time."""
    known = dict(FLAGS[table])
    return tuple((mask, native, known[name]) for name, native in natives.items())


def _any(native: int, gives: int) -> tuple[Row, ...]:
    """A flag of several bits that Falco sees where any of them is set."""
    return tuple((bit, bit, gives) for bit in (1 << i for i in range(32)) if native & bit)


def _otherwise(gives: int) -> tuple[Row, ...]:
    return ((0, 0, gives),)


_OPEN_BITS = {
    "O_CREAT": 0o100, "O_EXCL": 0o200, "O_TRUNC": 0o1000, "O_APPEND": 0o2000, "O_NONBLOCK": 0o4000,
    "O_DSYNC": 0o10000, "O_DIRECT": 0o40000, "O_LARGEFILE": 0o100000, "O_DIRECTORY": 0o200000,
    "O_CLOEXEC": 0o2000000,
}  # fmt: skip
_OPEN_NUMBERS = dict(FLAGS["file_flags"])
_OPEN = (
    *_values("file_flags", {"O_RDONLY": 0, "O_WRONLY": 1, "O_RDWR": 2}, 3),
    (3, 3, _OPEN_NUMBERS["O_RDONLY"]),  # both bits (for ioctl only): as Falco has it
    *_bits("file_flags", _OPEN_BITS),
    # O_SYNC contains O_DSYNC, O_TMPFILE contains O_DIRECTORY. Falco takes either bit for the whole, so an opened
    # folder shows O_TMPFILE; rules are written, and recordings made, with that.
    *_any(0o4010000, _OPEN_NUMBERS["O_SYNC"]),
    *_any(0o20200000, _OPEN_NUMBERS["O_TMPFILE"]),
)  # fmt: skip
_MODE_BITS = {
    "S_IXOTH": 0o1, "S_IWOTH": 0o2, "S_IROTH": 0o4, "S_IXGRP": 0o10, "S_IWGRP": 0o20, "S_IRGRP": 0o40,
    "S_IXUSR": 0o100, "S_IWUSR": 0o200, "S_IRUSR": 0o400, "S_ISVTX": 0o1000, "S_ISGID": 0o2000,
    "S_ISUID": 0o4000,
}  # fmt: skip

# Options of sockets at SOL_SOCKET; the rest of them have their native numbers.
_SOCKET_OPTIONS = {
    "SO_DEBUG": 1, "SO_REUSEADDR": 2, "SO_TYPE": 3, "SO_ERROR": 4, "SO_DONTROUTE": 5, "SO_BROADCAST": 6,
    "SO_SNDBUF": 7, "SO_RCVBUF": 8, "SO_KEEPALIVE": 9, "SO_OOBINLINE": 10, "SO_NO_CHECK": 11, "SO_PRIORITY": 12,
    "SO_LINGER": 13, "SO_BSDCOMPAT": 14, "SO_REUSEPORT": 15, "SO_PASSCRED": 16, "SO_PEERCRED": 17, "SO_RCVLOWAT": 18,
    "SO_SNDLOWAT": 19, "SO_RCVTIMEO": 20, "SO_SNDTIMEO": 21, "SO_SECURITY_AUTHENTICATION": 22,
    "SO_SECURITY_ENCRYPTION_TRANSPORT": 23, "SO_SECURITY_ENCRYPTION_NETWORK": 24, "SO_BINDTODEVICE": 25,
    "SO_ATTACH_FILTER": 26, "SO_DETACH_FILTER": 27, "SO_PEERNAME": 28, "SO_TIMESTAMP": 29, "SO_ACCEPTCONN": 30,
    "SO_PEERSEC": 31, "SO_SNDBUFFORCE": 32, "SO_RCVBUFFORCE": 33, "SO_PASSSEC": 34, "SO_TIMESTAMPNS": 35, "SO_MARK": 36,
    "SO_TIMESTAMPING": 37, "SO_PROTOCOL": 38, "SO_DOMAIN": 39, "SO_RXQ_OVFL": 40, "SO_WIFI_STATUS": 41,
    "SO_PEEK_OFF": 42, "SO_NOFCS": 43, "SO_LOCK_FILTER": 44, "SO_SELECT_ERR_QUEUE": 45, "SO_BUSY_POLL": 46,
    "SO_MAX_PACING_RATE": 47, "SO_BPF_EXTENSIONS": 48, "SO_INCOMING_CPU": 49, "SO_ATTACH_BPF": 50, "SO_MEMINFO": 55,
    "SO_COOKIE": 57, "SO_PEERGROUPS": 59,
}  # fmt: skip

_FAMILIES = {
    name: number for name, number in FLAGS["socket_families"] if name not in ("AF_LOCAL", "AF_ROUTE")
}

TRANSLATIONS: dict[str, tuple[Row, ...]] = {
    "file_flags": _OPEN,
    "socket_flags": _bits("file_flags", {"O_NONBLOCK": 0o4000, "O_CLOEXEC": 0o2000000}),
    "dup3_flags": _bits("file_flags", {"O_CLOEXEC": 0o2000000}),
    "pipe2_flags": _bits("file_flags", {"O_NONBLOCK": 0o4000, "O_DIRECT": 0o40000, "O_CLOEXEC": 0o2000000}),
    "chmod_mode": _bits("chmod_mode", _MODE_BITS),
    "mknod_mode": (
        *_bits("mknod_mode", _MODE_BITS),
        *_values(
            "mknod_mode",
            {"S_IFREG": 0o100000, "S_IFCHR": 0o20000, "S_IFBLK": 0o60000, "S_IFIFO": 0o10000, "S_IFSOCK": 0o140000},
            0o170000,
        ),
        *_values("mknod_mode", {"S_IFREG": 0}, 0o170000),
    ),
    "clone_flags": _bits(
        "clone_flags",
        {
            "CLONE_VM": 0x100, "CLONE_FS": 0x200, "CLONE_FILES": 0x400, "CLONE_SIGHAND": 0x800, "CLONE_PTRACE": 0x2000,
            "CLONE_VFORK": 0x4000, "CLONE_PARENT": 0x8000, "CLONE_THREAD": 0x10000, "CLONE_NEWNS": 0x20000,
            "CLONE_SYSVSEM": 0x40000, "CLONE_SETTLS": 0x80000, "CLONE_PARENT_SETTID": 0x100000,
            "CLONE_CHILD_CLEARTID": 0x200000, "CLONE_UNTRACED": 0x800000, "CLONE_CHILD_SETTID": 0x1000000,
            "CLONE_NEWCGROUP": 0x2000000, "CLONE_NEWUTS": 0x4000000, "CLONE_NEWIPC": 0x8000000,
            "CLONE_NEWUSER": 0x10000000, "CLONE_NEWPID": 0x20000000, "CLONE_NEWNET": 0x40000000,
            "CLONE_IO": 0x80000000,
        },
    ),
    "flock_flags": _bits("flock_flags", {"LOCK_SH": 1, "LOCK_EX": 2, "LOCK_NB": 4, "LOCK_UN": 8}),
    "futex_operations": (
        *_values("futex_operations", {name: n for name, n in FLAGS["futex_operations"] if n < 128}, 127),
        *_bits("futex_operations", {"FUTEX_PRIVATE_FLAG": 128, "FUTEX_CLOCK_REALTIME": 256}),
    ),
    "lseek_whence": _values("lseek_whence", {"SEEK_SET": 0, "SEEK_CUR": 1, "SEEK_END": 2}),
    "poll_flags": _bits(
        "poll_flags",
        {
            "POLLIN": 1, "POLLPRI": 2, "POLLOUT": 4, "POLLERR": 8, "POLLHUP": 0x10, "POLLNVAL": 0x20,
            "POLLRDNORM": 0x40, "POLLRDBAND": 0x80, "POLLWRNORM": 0x100, "POLLWRBAND": 0x200, "POLLRDHUP": 0x2000,
        },
    ),
    "umount_flags": _bits("umount_flags", {"FORCE": 1, "DETACH": 2, "EXPIRE": 4, "NOFOLLOW": 8}),
    "shutdown_how": (
        *_values("shutdown_how", {"SHUT_RD": 0, "SHUT_WR": 1, "SHUT_RDWR": 2}),
        *_otherwise(dict(FLAGS["shutdown_how"])["SHUT_UNKNOWN"]),
    ),
    "rlimit_resources": (
        *_values("rlimit_resources", {name: n for name, n in FLAGS["rlimit_resources"] if n < 16}),
        *_otherwise(dict(FLAGS["rlimit_resources"])["RLIMIT_UNKNOWN"]),
    ),
    "fcntl_commands": _values(
        "fcntl_commands",
        {
            "F_DUPFD": 0, "F_GETFD": 1, "F_SETFD": 2, "F_GETFL": 3, "F_SETFL": 4, "F_GETLK": 5, "F_SETLK": 6,
            "F_SETLKW": 7, "F_SETOWN": 8, "F_GETOWN": 9, "F_SETSIG": 10, "F_GETSIG": 11, "F_GETLK64": 12,
            "F_SETLK64": 13, "F_SETLKW64": 14, "F_SETOWN_EX": 15, "F_GETOWN_EX": 16, "F_OFD_GETLK": 36,
            "F_OFD_SETLK": 37, "F_OFD_SETLKW": 38, "F_SETLEASE": 1024, "F_GETLEASE": 1025, "F_NOTIFY": 1026,
            "F_CANCELLK": 1029, "F_DUPFD_CLOEXEC": 1030, "F_SETPIPE_SZ": 1031, "F_GETPIPE_SZ": 1032,
        },
    ),
    "sockopt_levels": _values("sockopt_levels", {"SOL_SOCKET": 1, "SOL_TCP": 6}),
    "sockopt_options": (
        *_values("sockopt_options", _SOCKET_OPTIONS),
        *_values("sockopt_options", {"SO_RCVTIMEO": 66, "SO_SNDTIMEO": 67}),  # with 64-bit times
    ),
    "socket_families": _values("socket_families", _FAMILIES, 0xFF),
    "ptrace_requests": _values(
        "ptrace_requests",
        {
            "PTRACE_TRACEME": 0, "PTRACE_PEEKTEXT": 1, "PTRACE_PEEKDATA": 2, "PTRACE_PEEKUSR": 3, "PTRACE_POKETEXT": 4,
            "PTRACE_POKEDATA": 5, "PTRACE_POKEUSR": 6, "PTRACE_CONT": 7, "PTRACE_KILL": 8, "PTRACE_SINGLESTEP": 9,
            "PTRACE_GETREGS": 12, "PTRACE_SETREGS": 13, "PTRACE_GETFPREGS": 14, "PTRACE_SETFPREGS": 15,
            "PTRACE_ATTACH": 16, "PTRACE_DETACH": 17, "PTRACE_GETFPXREGS": 18, "PTRACE_SETFPXREGS": 19,
            "PTRACE_OLDSETOPTIONS": 21, "PTRACE_SYSCALL": 24, "PTRACE_GET_THREAD_AREA": 25,
            "PTRACE_SET_THREAD_AREA": 26, "PTRACE_ARCH_PRCTL": 30, "PTRACE_SYSEMU": 31,
            "PTRACE_SYSEMU_SINGLESTEP": 32, "PTRACE_SINGLEBLOCK": 33, "PTRACE_SETOPTIONS": 0x4200,
            "PTRACE_GETEVENTMSG": 0x4201, "PTRACE_GETSIGINFO": 0x4202, "PTRACE_SETSIGINFO": 0x4203,
            "PTRACE_GETREGSET": 0x4204, "PTRACE_SETREGSET": 0x4205, "PTRACE_SEIZE": 0x4206,
            "PTRACE_INTERRUPT": 0x4207, "PTRACE_LISTEN": 0x4208, "PTRACE_PEEKSIGINFO": 0x4209,
            "PTRACE_GETSIGMASK": 0x420A, "PTRACE_SETSIGMASK": 0x420B,
        },
    ),
    "prot_flags": _bits(
        "prot_flags",
        {
            "PROT_READ": 1, "PROT_WRITE": 2, "PROT_EXEC": 4, "PROT_SEM": 8, "PROT_GROWSDOWN": 0x1000000,
            "PROT_GROWSUP": 0x2000000, "PROT_SAO": 0x10,
        },
    ),
    "mmap_flags": _bits(
        "mmap_flags",
        {
            "MAP_SHARED": 1, "MAP_PRIVATE": 2, "MAP_FIXED": 0x10, "MAP_ANONYMOUS": 0x20, "MAP_32BIT": 0x40,
            "MAP_INHERIT": 0x80, "MAP_GROWSDOWN": 0x100, "MAP_DENYWRITE": 0x800, "MAP_EXECUTABLE": 0x1000,
            "MAP_LOCKED": 0x2000, "MAP_NORESERVE": 0x4000, "MAP_POPULATE": 0x8000, "MAP_NONBLOCK": 0x10000,
        },
    ),
    "splice_flags": _bits(
        "splice_flags", {"SPLICE_F_MOVE": 1, "SPLICE_F_NONBLOCK": 2, "SPLICE_F_MORE": 4, "SPLICE_F_GIFT": 8}
    ),
    "quotactl_cmds": _values(
        "quotactl_cmds",
        {
            "Q_SYNC": 0x800001 << 8, "Q_QUOTAON": 0x800002 << 8, "Q_QUOTAOFF": 0x800003 << 8, "Q_GETFMT": 0x800004 << 8,
            "Q_GETINFO": 0x800005 << 8, "Q_SETINFO": 0x800006 << 8, "Q_GETQUOTA": 0x800007 << 8,
            "Q_SETQUOTA": 0x800008 << 8, "Q_XQUOTAON": 0x5801 << 8, "Q_XQUOTAOFF": 0x5802 << 8,
            "Q_XGETQUOTA": 0x5803 << 8, "Q_XSETQLIM": 0x5804 << 8, "Q_XGETQSTAT": 0x5805 << 8,
            "Q_XQUOTARM": 0x5806 << 8, "Q_XQUOTASYNC": 0x5807 << 8,
        },
        _INT ^ 0xFF,
    ),
    "quotactl_types": _values("quotactl_types", {"USRQUOTA": 0, "GRPQUOTA": 1}, 0xFF),
    "quotactl_quota_fmts": (
        *_values("quotactl_quota_fmts", {"QFMT_VFS_OLD": 1, "QFMT_VFS_V0": 2, "QFMT_VFS_V1": 4}),
        *_otherwise(dict(FLAGS["quotactl_quota_fmts"])["QFMT_NOT_USED"]),
    ),
    "semop_flags": _bits("semop_flags", {"IPC_NOWAIT": 0o4000, "SEM_UNDO": 0x1000}),
    "semget_flags": _bits("semget_flags", {"IPC_CREAT": 0o1000, "IPC_EXCL": 0o2000}),
    # 32-bit programs add 0x100, which says nothing but "the newer structures".
    "semctl_commands": _values(
        "semctl_commands",
        {
            "IPC_RMID": 0, "IPC_SET": 1, "IPC_STAT": 2, "IPC_INFO": 3, "GETPID": 11, "GETVAL": 12, "GETALL": 13,
            "GETNCNT": 14, "GETZCNT": 15, "SETVAL": 16, "SETALL": 17, "SEM_STAT": 18, "SEM_INFO": 19,
        },
        0xFEFF,
    ),
    "access_flags": _bits("access_flags", {"X_OK": 1, "W_OK": 2, "R_OK": 4}),
    "unlinkat_flags": _bits("unlinkat_flags", {"AT_REMOVEDIR": 0x200}),
    "linkat_flags": _bits("linkat_flags", {"AT_SYMLINK_FOLLOW": 0x400, "AT_EMPTY_PATH": 0x1000}),
    "newfstatat_flags": _bits(
        "newfstatat_flags", {"AT_SYMLINK_NOFOLLOW": 0x100, "AT_NO_AUTOMOUNT": 0x800, "AT_EMPTY_PATH": 0x1000}
    ),
    # Falco looks at AT_SYMLINK_FOLLOW here and its table names that AT_SYMLINK_NOFOLLOW.
    "fchownat_flags": _bits("fchownat_flags", {"AT_SYMLINK_NOFOLLOW": 0x400, "AT_EMPTY_PATH": 0x1000}),
    "openat2_flags": _bits(
        "openat2_flags",
        {
            "RESOLVE_NO_XDEV": 1, "RESOLVE_NO_MAGICLINKS": 2, "RESOLVE_NO_SYMLINKS": 4, "RESOLVE_BENEATH": 8,
            "RESOLVE_IN_ROOT": 0x10, "RESOLVE_CACHED": 0x20,
        },
    ),
    "io_uring_setup_flags": _bits(
        "io_uring_setup_flags",
        {
            "IORING_SETUP_IOPOLL": 1, "IORING_SETUP_SQPOLL": 2, "IORING_SETUP_SQ_AFF": 4, "IORING_SETUP_CQSIZE": 8,
            "IORING_SETUP_CLAMP": 0x10, "IORING_SETUP_ATTACH_RW": 0x20, "IORING_SETUP_R_DISABLED": 0x40,
            "IORING_SQ_NEED_WAKEUP": 1,
        },
    ),
    "io_uring_setup_feats": _bits(
        "io_uring_setup_feats", {name: number for name, number in FLAGS["io_uring_setup_feats"]}
    ),
    "io_uring_enter_flags": _bits(
        "io_uring_enter_flags",
        {
            "IORING_ENTER_GETEVENTS": 1, "IORING_ENTER_SQ_WAKEUP": 2, "IORING_ENTER_SQ_WAIT": 4,
            "IORING_ENTER_EXT_ARG": 8,
        },
    ),
    "mlockall_flags": _bits("mlockall_flags", {"MCL_CURRENT": 1, "MCL_FUTURE": 2, "MCL_ONFAULT": 4}),
    "mlock2_flags": _bits("mlock2_flags", {"MLOCK_ONFAULT": 1}),
    "epoll_create1_flags": _bits("epoll_create1_flags", {"EPOLL_CLOEXEC": 0o2000000}),
    "memfd_create_flags": _bits(
        "memfd_create_flags", {"MFD_CLOEXEC": 1, "MFD_ALLOW_SEALING": 2, "MFD_HUGETLB": 4}
    ),
    "pidfd_open_flags": _bits("pidfd_open_flags", {"PIDFD_NONBLOCK": 0o4000}),
    "delete_module_flags": _bits("delete_module_flags", {"O_NONBLOCK": 0o4000, "O_TRUNC": 0o1000}),
    "close_range_flags": _bits("close_range_flags", {"CLOSE_RANGE_UNSHARE": 2, "CLOSE_RANGE_CLOEXEC": 4}),
    "finit_module_flags": _bits(
        "finit_module_flags",
        {"MODULE_INIT_IGNORE_MODVERSIONS": 1, "MODULE_INIT_IGNORE_VERMAGIC": 2, "MODULE_INIT_COMPRESSED_FILE": 4},
    ),
}  # fmt: skip
