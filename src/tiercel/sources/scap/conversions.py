"""How events of old captures become events of today, as Falco 0.44 reads them (libs 0.25.4).

Probes used to send two events a call, each with a part of the parameters; today the event on the way out
carries all. And a call that gained parameters got them at the end, or, where that was not enough, became a
new type of event. So:

    TYPE | E3 keep | X1 + e0-2 | X4 -> OTHER o0-1 - 0 e0?

reads: for the pair of events TYPE_E, TYPE_X, an enter event (E) with three parameters is kept for its thread
and dropped; an exit event (X) with one parameter gets the enter event's first three behind its own; one with
four becomes an OTHER_X of the parameters listed. What comes out is looked up again, until it is an event of
today. An indented line goes on with the pair above it.

    keep       kept for the thread's exit event of the same pair, then dropped
    pass       goes on as it is; `keep pass`: both
    o2, o0-7   the event's own parameters
    e0, e1-2   the enter event's; where none was kept: the type's default (0, or -1 for users and groups)
    e0?        the enter event's; where none was kept: empty
    - , -*3    empty
    0 , 0*2    the type's default
    json       the container's description, put together from its four parameters
"""

from __future__ import annotations

from typing import NamedTuple

from tiercel.events.table import CODES

ROWS = """
GENERIC | E2 keep | X1 + e1?
OPEN | E0 + -*3 | E3 pass | X4 + - | X5 + -
CLOSE | E1 keep | X1 + e0
READ | E2 keep | X2 + e0-1
WRITE | E2 keep | X2 + e0-1
BRK_1 | E1 keep | X1 -> BRK_4 o0 e0? -*3
EXECVE_8 | E0 -> EXECVE_13 | X8 -> EXECVE_13 o0-7 -*5
CLONE_11 | X11 -> CLONE_16 o0-7 -*5 o8-10
PROCEXIT | E0 -> PROCEXIT_1 -*5
SOCKET | E3 keep | X1 + e0-2 | X4 + 0
BIND | E1 keep | X2 + e0
CONNECT | E1 + 0 | E2 keep pass | X2 + e0 | X3 + e1
LISTEN | E2 keep | X1 + e0-1
ACCEPT | X3 -> ACCEPT_5 o0-2 0*2
SEND | E2 keep | X2 + e0-1 0
SENDTO | E3 keep | X2 + e0-2
RECV | E2 keep | X2 + e0-1 0
RECVFROM | E2 keep | X3 + e0-1
SHUTDOWN | E2 keep | X1 + e0-1
SOCKETPAIR | E3 keep | X5 + e0-2
SENDMSG | E3 keep | X2 + e0-2
SENDMMSG | X0 + 0 -*4
RECVMSG | E1 keep | X4 + 0 | X5 + e0
RECVMMSG | X0 + 0 -*5
ACCEPT4 | E1 keep | X3 -> ACCEPT4_6 o0-2 0*2 e0
CREAT | E0 + -*2 | E2 pass | X3 + - | X4 + - | X5 + -
EVENTFD | E2 keep | X1 + e0-1
FUTEX | E3 keep | X1 + e0-2
FSTAT | E1 keep | X1 + e0
EPOLLWAIT | E1 keep | X1 + e0
POLL | E2 keep | X2 + e1
NEWSELECT | X1 -> SELECT o0
LSEEK | E3 keep | X1 + e0-2
LLSEEK | E3 keep | X1 + e0-2
IOCTL_2 | E2 keep | X1 -> IOCTL_3 o0 e0-1? -
FCHDIR | E1 keep | X1 + e0?
MKDIR | E2 keep | X1 -> MKDIR_2 o0 e0-1?
RMDIR | E1 keep | X1 -> RMDIR_2 o0 e0?
OPENAT | E4 keep | X1 -> OPENAT_2 o0 e0-3? -*2
LINK | E2 keep | X1 -> LINK_2 o0 e0-1?
LINKAT | E4 keep | X1 -> LINKAT_2 o0 e0-3? -
UNLINK | E1 keep | X1 -> UNLINK_2 o0 e0?
UNLINKAT | E2 keep | X1 -> UNLINKAT_2 o0 e0-1? -
PREAD | E3 keep | X2 + e0-2
PWRITE | E3 keep | X2 + e0-2
READV | E1 keep | X3 + e0
WRITEV | E2 keep | X2 + e0-1
PREADV | E2 keep | X3 + e0-1
PWRITEV | E3 keep | X2 + e0-2
DUP | E1 keep | X1 -> DUP_1 o0 e0?
SIGNALFD | E3 keep | X1 + e0-2
KILL | E2 keep | X1 + e0-1
TKILL | E2 keep | X1 + e0-1
TGKILL | E3 keep | X1 + e0-2
NANOSLEEP | E1 keep | X1 + e0
TIMERFD_CREATE | E2 keep | X1 + e0-1
INOTIFY_INIT | E1 keep | X1 + e0
GETRLIMIT | E1 keep | X3 + e0
SETRLIMIT | E1 keep | X3 + e0
PRLIMIT | E2 keep | X5 + e0-1?
SCHEDSWITCH_1 | E1 -> SCHEDSWITCH_6 o0 -*5
FCNTL | E2 keep | X1 + e0-1 | X3 + 0
EXECVE_13 | E0 -> EXECVE_14 | X13 -> EXECVE_14 o0-12 -
CLONE_16 | X16 -> CLONE_17 o0-12 - o13-15
BRK_4 | E1 keep | X4 + e0?
MMAP | E6 keep | X4 + e0-5
MMAP2 | E6 keep | X4 + e0-5
MUNMAP | E2 keep | X4 + e0-1
SPLICE | E4 keep | X1 + e0-3
PTRACE | E2 keep | X0 + -*3 | X3 + e0-1?
IOCTL_3 | E3 keep | X1 + e0-2
EXECVE_14 | E0 -> EXECVE_15 | X14 -> EXECVE_15 o0-12 - o13
FORK | X16 -> FORK_17 o0-12 - o13-15
VFORK | X16 -> VFORK_17 o0-12 - o13-15
SENDFILE | E4 keep | X2 + e0-1 e3
QUOTACTL | E4 keep | X14 + e0-3
SETRESUID | E3 keep | X1 + e0-2?
SETRESGID | E3 keep | X1 + e0-2?
SETUID | E1 keep | X1 + e0?
SETGID | E1 keep | X1 + e0?
EXECVE_15 | E0 -> EXECVE_16 | X15 -> EXECVE_16 o0-13 - o14
CLONE_17 | X17 -> CLONE_20 o0-13 - o14-16 -*2
FORK_17 | X17 -> FORK_20 o0-13 - o14-16 -*2
VFORK_17 | X17 -> VFORK_20 o0-13 - o14-16 -*2
CLONE_20 | X20 + -
FORK_20 | X20 + -
VFORK_20 | X20 + -
CONTAINER | E4 -> CONTAINER_JSON json
EXECVE_16 | E0 -> EXECVE_17 | X16 -> EXECVE_17 o0-15 -
GETDENTS | E1 keep | X1 + e0
GETDENTS64 | E1 keep | X1 + e0
SETNS | E2 keep | X1 + e0-1?
FLOCK | E2 keep | X1 + e0-1
ACCEPT4_5 | E1 keep | X5 -> ACCEPT4_6 o0-4 e0
SEMOP | E1 keep | X8 + e0
SEMCTL | E4 keep | X1 + e0-3
PPOLL | E3 keep | X2 + e1-2
MOUNT | E1 keep | X4 + e0
UMOUNT | X2 -> UMOUNT_1 o0-1
SEMGET | E3 keep | X1 + e0-2
ACCESS | E1 keep | X2 + e0
CONTAINER_JSON | E1 -> CONTAINER_JSON_2 o0
MKDIR_2 | E1 keep | X2 + e0?
EXECVE_17 | E0 -> EXECVE_18 - | X17 -> EXECVE_18 o0-16
UNSHARE | E1 keep | X1 + e0
EXECVE_18 | E1 -> EXECVE_19 o0 | X17 -> EXECVE_19 o0-16 -
EXECVE_19 | E1 keep pass | X18 + - | X19 + - | X20 + -*3 | X23 + -*3 | X26 + - | X27 + - | X28 + - | X29 + -
    | X30 + e0?
SETPGID | E2 keep | X1 + e0-1?
BPF | E1 keep | X1 -> BPF_2 o0 e0?
SECCOMP | E1 + 0 | E2 keep | X1 + e0-1
OPENAT_2 | E0 + -*4 | E4 pass | X5 + - | X6 + -
OPENAT2 | E0 + -*5 | E5 pass | X6 + -*2
MPROTECT | E3 keep | X1 + e0-2
EXECVEAT | E3 pass | X19 + - | X20 + -*3 | X23 + -*3 | X26 + - | X27 + - | X28 + - | X29 + -
COPY_FILE_RANGE | E3 keep | X3 + e0-2
CLONE3 | X20 + -
EPOLL_CREATE | E1 keep | X1 + e0
EPOLL_CREATE1 | E1 keep | X1 + e0
ACCEPT4_6 | E1 keep | X5 + e0
UMOUNT2 | E1 keep | X2 + e0
EVENTFD2 | E1 keep | X2 + e0
SIGNALFD4 | E2 keep | X2 + e0-1
"""


class Conversion(NamedTuple):
    """What happens to events of one type with one number of parameters.

    `keep`: for the thread's exit event. `passes`: goes on as it is. Where neither, `target` is the type that
    the event becomes, and `steps` are the parameters to put behind the first `own` of the event:
    (source, index), the sources being `own`, `enter`, `enter?`, `empty`, `default`, `json`.
    """

    type: int
    nparams: int
    keep: bool
    passes: bool
    target: int
    own: int
    steps: tuple[tuple[str, int], ...]


_SOURCES = {"o": "own", "e": "enter", "-": "empty", "0": "default"}


def _steps(words: list[str]) -> tuple[tuple[str, int], ...]:
    steps: list[tuple[str, int]] = []
    for word in words:
        if word == "json":
            steps.append(("json", 0))
        elif word[0] in "oe":
            source = _SOURCES[word[0]] + ("?" if word.endswith("?") else "")
            first, _, last = word[1:].removesuffix("?").partition("-")
            steps += [(source, i) for i in range(int(first), int(last or first) + 1)]
        else:
            kind, _, count = word.partition("*")
            steps += [(_SOURCES[kind], 0)] * int(count or 1)
    return tuple(steps)


def _conversion(name: str, entry: str) -> Conversion:
    what, *words = entry.split()
    side, nparams = what[0], int(what[1:])
    code = CODES[f"{name}_{side}"]
    if words[0] == "+":
        return Conversion(code, nparams, False, False, code, nparams, _steps(words[1:]))
    if words[0] == "->":
        target = CODES[f"{words[1]}_{side}"]
        return Conversion(code, nparams, False, False, target, 0, _steps(words[2:]))
    return Conversion(code, nparams, "keep" in words, "pass" in words, code, nparams, ())


def _read() -> tuple[Conversion, ...]:
    lines = ROWS.strip().replace("\n    |", " |").splitlines()
    return tuple(
        _conversion(name, entry)
        for name, *entries in (line.split(" | ") for line in lines)
        for entry in entries
    )


CONVERSIONS: tuple[Conversion, ...] = _read()
