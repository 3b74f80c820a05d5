"""Makes system calls for `test_calls`, each in a process of its own: `calls_scene.py FOLDER`.

Prints a line of JSON for each: what is called, the process, and what its event should carry. A parameter is a
number, a text ("t:...", its NUL is added), bytes in hexadecimal ("x:..."), or flags by the names of the event table
("f:A|B"); those that are not listed may be anything.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import struct
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
HERE = -100  # AT_FDCWD
Row = tuple[str, dict[str, Any]]  # the event's name, its parameters
SCENES: dict[str, Callable[[], Row]] = {}


def call(number: int, *arguments: Any) -> int:
    """The call's result, the error's number below zero."""
    given = []
    for a in arguments:
        if isinstance(a, str):
            a = a.encode()
        given.append(ctypes.c_long(a) if isinstance(a, int) else a)
    ctypes.set_errno(0)
    result = int(libc.syscall(ctypes.c_long(number), *given))
    return -ctypes.get_errno() if result == -1 else result


def scene(function: Callable[[], Row]) -> Callable[[], Row]:
    SCENES[function.__name__] = function
    return function


def text(value: str | Path) -> str:
    return f"t:{value}"


def data(value: bytes) -> str:
    return f"x:{value.hex()}"


def made(name: str = "file", content: bytes = b"0123456789") -> Path:
    path = Path(name).absolute()
    path.write_bytes(content)
    return path


def opened(flags: int = os.O_RDWR) -> int:
    return os.open(made(), flags)


def address(port: int) -> bytes:
    return struct.pack("<H", 2) + struct.pack(">H", port) + socket.inet_aton("127.0.0.1") + bytes(8)


def ends(source: tuple[str, int], there: tuple[str, int]) -> str:
    parts = [socket.inet_aton(ip) + struct.pack("<H", port) for ip, port in (source, there)]
    return data(b"\2" + b"".join(parts))


def listening() -> tuple[socket.socket, int]:
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(5)
    return server, server.getsockname()[1]


# ---- files


@scene
def open_() -> Row:
    path = made()
    fd = call(2, str(path), os.O_RDWR | os.O_APPEND | os.O_CLOEXEC, 0)
    st = os.stat(path)
    flags = "f:O_RDWR|O_APPEND|O_CLOEXEC"
    return "open", {
        "fd": fd,
        "name": text(path),
        "flags": flags,
        "mode": 0,
        "ino": st.st_ino,
        "dev": st.st_dev,
    }


@scene
def open_missing() -> Row:
    return "open", {
        "fd": call(2, "/no/such", os.O_RDONLY, 0),
        "name": text("/no/such"),
        "flags": "f:O_RDONLY",
    }


@scene
def creat() -> Row:
    path = Path("made").absolute()
    fd = call(85, str(path), 0o640)
    return "creat", {"fd": fd, "name": text(path), "mode": 0o640, "ino": os.stat(path).st_ino}


@scene
def openat() -> Row:
    made("in-folder")
    folder = os.open(".", os.O_RDONLY)
    fd = call(257, folder, "in-folder", os.O_WRONLY | os.O_TRUNC, 0)
    expected = {"fd": fd, "dirfd": folder, "name": text("in-folder"), "flags": "f:O_WRONLY|O_TRUNC"}
    return "openat", {**expected, "ino": os.stat("in-folder").st_ino}


@scene
def openat_creates() -> Row:
    fd = call(257, HERE, "new", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    flags = "f:O_CREAT|O_EXCL|O_RDWR|O_F_CREATED"
    return "openat", {"fd": fd, "dirfd": HERE, "name": text("new"), "flags": flags, "mode": 0o600}


@scene
def openat2() -> Row:
    path = made()
    how = ctypes.create_string_buffer(struct.pack("<QQQ", os.O_RDONLY, 0, 0x04), 24)
    fd = call(437, HERE, "file", how, 24)
    expected = {"fd": fd, "dirfd": HERE, "name": text("file"), "flags": "f:O_RDONLY", "mode": 0}
    return "openat2", {**expected, "resolve": "f:RESOLVE_NO_SYMLINKS", "ino": os.stat(path).st_ino}


@scene
def close() -> Row:
    fd = opened()
    return "close", {"res": call(3, fd), "fd": fd}


@scene
def close_bad() -> Row:
    return "close", {"res": call(3, 999), "fd": 999}


@scene
def read() -> Row:
    fd = opened()
    n = call(0, fd, ctypes.create_string_buffer(64), 64)
    return "read", {"res": n, "data": data(b"0123456789"), "fd": fd, "size": 64}


@scene
def write() -> Row:
    fd = opened()
    return "write", {"res": call(1, fd, b"hello", 5), "data": data(b"hello"), "fd": fd, "size": 5}


@scene
def pread() -> Row:
    fd = opened()
    n = call(17, fd, ctypes.create_string_buffer(4), 4, 3)
    return "pread", {"res": n, "data": data(b"3456"), "fd": fd, "size": 4, "pos": 3}


@scene
def pwrite() -> Row:
    fd = opened()
    return "pwrite", {"res": call(18, fd, b"xyz", 3, 2), "data": data(b"xyz"), "fd": fd, "size": 3, "pos": 2}


def vectors(*pieces: Any) -> tuple[Any, int]:
    rows = b"".join(struct.pack("<QQ", ctypes.addressof(p), len(p)) for p in pieces)
    return ctypes.create_string_buffer(rows, len(rows)), len(pieces)


@scene
def readv() -> Row:
    fd = opened()
    first, second = ctypes.create_string_buffer(3), ctypes.create_string_buffer(4)
    n = call(19, fd, *vectors(first, second))
    return "readv", {"res": n, "size": 7, "data": data(b"0123456"), "fd": fd}


@scene
def writev() -> Row:
    fd = opened()
    first, second = ctypes.create_string_buffer(b"ab", 2), ctypes.create_string_buffer(b"cde", 3)
    n = call(20, fd, *vectors(first, second))
    return "writev", {"res": n, "data": data(b"abcde"), "fd": fd, "size": 5}


@scene
def preadv() -> Row:
    fd = opened()
    piece = ctypes.create_string_buffer(3)
    n = call(295, fd, *vectors(piece), 5, 0)
    return "preadv", {"res": n, "size": 3, "data": data(b"567"), "fd": fd, "pos": 5}


@scene
def pwritev() -> Row:
    fd = opened()
    piece = ctypes.create_string_buffer(b"qq", 2)
    n = call(296, fd, *vectors(piece), 4, 0)
    return "pwritev", {"res": n, "data": data(b"qq"), "fd": fd, "size": 2, "pos": 4}


@scene
def lseek() -> Row:
    fd = opened()
    return "lseek", {"res": call(8, fd, 5, 0), "fd": fd, "offset": 5, "whence": "f:SEEK_SET"}


@scene
def sendfile() -> Row:
    source, target = opened(), os.open("copy", os.O_CREAT | os.O_RDWR)
    return "sendfile", {
        "res": call(40, target, source, None, 6),
        "out_fd": target,
        "in_fd": source,
        "size": 6,
    }


@scene
def splice() -> Row:
    source = opened()
    _, target = os.pipe()
    n = call(275, source, None, target, None, 4, 0)
    return "splice", {"res": n, "fd_in": source, "fd_out": target, "size": 4}


@scene
def copy_file_range() -> Row:
    source, target = opened(), os.open("copy", os.O_CREAT | os.O_RDWR)
    n = call(326, source, None, target, None, 4, 0)
    return "copy_file_range", {"res": n, "fdin": source, "fdout": target, "len": 4}


@scene
def dup() -> Row:
    fd = opened()
    return "dup", {"res": call(32, fd), "oldfd": fd}


@scene
def dup2() -> Row:
    fd = opened()
    return "dup2", {"res": call(33, fd, 77), "oldfd": fd, "newfd": 77}


@scene
def dup3() -> Row:
    fd = opened()
    return "dup3", {"res": call(292, fd, 78, os.O_CLOEXEC), "oldfd": fd, "newfd": 78, "flags": "f:O_CLOEXEC"}


@scene
def fcntl() -> Row:
    fd = opened()
    return "fcntl", {"res": call(72, fd, 0, 50), "fd": fd, "cmd": "f:F_DUPFD", "arg": 50}


@scene
def flock() -> Row:
    fd = opened()
    return "flock", {"res": call(73, fd, 2 | 4), "fd": fd, "operation": "f:LOCK_EX|LOCK_NB"}


@scene
def ioctl() -> Row:
    fd = opened()
    return "ioctl", {"res": call(16, fd, 0x5401, 7), "fd": fd, "request": 0x5401, "argument": 7}


# ---- names


@scene
def access() -> Row:
    path = made()
    return "access", {"res": call(21, str(path), 4), "name": text(path), "mode": "f:R_OK"}


@scene
def stat() -> Row:
    path = made()
    return "stat", {"res": call(4, str(path), ctypes.create_string_buffer(256)), "path": text(path)}


@scene
def lstat() -> Row:
    path = made()
    return "lstat", {"res": call(6, str(path), ctypes.create_string_buffer(256)), "path": text(path)}


@scene
def fstat() -> Row:
    fd = opened()
    return "fstat", {"res": call(5, fd, ctypes.create_string_buffer(256)), "fd": fd}


@scene
def newfstatat() -> Row:
    made()
    n = call(262, HERE, "file", ctypes.create_string_buffer(256), 0x100)
    return "newfstatat", {"res": n, "dirfd": HERE, "path": text("file"), "flags": "f:AT_SYMLINK_NOFOLLOW"}


@scene
def rename() -> Row:
    made("a")
    return "rename", {"res": call(82, "a", "b"), "oldpath": text("a"), "newpath": text("b")}


@scene
def renameat() -> Row:
    made("a")
    n = call(264, HERE, "a", HERE, "b")
    expected = {"olddirfd": HERE, "oldpath": text("a"), "newdirfd": HERE, "newpath": text("b")}
    return "renameat", {"res": n, **expected}


@scene
def renameat2() -> Row:
    made("a")
    n = call(316, HERE, "a", HERE, "b", 1)
    expected = {"olddirfd": HERE, "oldpath": text("a"), "newdirfd": HERE, "newpath": text("b")}
    return "renameat2", {"res": n, **expected, "flags": "f:RENAME_NOREPLACE"}


@scene
def mkdir() -> Row:
    return "mkdir", {"res": call(83, "folder", 0o750), "path": text("folder"), "mode": 0o750}


@scene
def mkdirat() -> Row:
    n = call(258, HERE, "folder", 0o700)
    return "mkdirat", {"res": n, "dirfd": HERE, "path": text("folder"), "mode": 0o700}


@scene
def rmdir() -> Row:
    os.mkdir("folder")
    return "rmdir", {"res": call(84, "folder"), "path": text("folder")}


@scene
def link() -> Row:
    made("a")
    return "link", {"res": call(86, "a", "b"), "oldpath": text("a"), "newpath": text("b")}


@scene
def linkat() -> Row:
    made("a")
    n = call(265, HERE, "a", HERE, "b", 0x400)
    expected = {"olddir": HERE, "oldpath": text("a"), "newdir": HERE, "newpath": text("b")}
    return "linkat", {"res": n, **expected, "flags": "f:AT_SYMLINK_FOLLOW"}


@scene
def symlink() -> Row:
    return "symlink", {"res": call(88, "to", "from"), "target": text("to"), "linkpath": text("from")}


@scene
def symlinkat() -> Row:
    n = call(266, "to", HERE, "from")
    return "symlinkat", {"res": n, "target": text("to"), "linkdirfd": HERE, "linkpath": text("from")}


@scene
def unlink() -> Row:
    return "unlink", {"res": call(87, str(made())), "path": text(Path("file").absolute())}


@scene
def unlinkat() -> Row:
    os.mkdir("folder")
    n = call(263, HERE, "folder", 0x200)
    return "unlinkat", {"res": n, "dirfd": HERE, "name": text("folder"), "flags": "f:AT_REMOVEDIR"}


@scene
def chmod() -> Row:
    path = made()
    return "chmod", {"res": call(90, str(path), 0o4755), "filename": text(path)}


@scene
def fchmod() -> Row:
    fd = opened()
    return "fchmod", {"res": call(91, fd, 0o600), "fd": fd}


@scene
def fchmodat() -> Row:
    made()
    return "fchmodat", {"res": call(268, HERE, "file", 0o600), "dirfd": HERE, "filename": text("file")}


@scene
def chown() -> Row:
    path = made()
    return "chown", {"res": call(92, str(path), 5, 6), "path": text(path), "uid": 5, "gid": 6}


@scene
def lchown() -> Row:
    path = made()
    return "lchown", {"res": call(94, str(path), 5, 6), "path": text(path), "uid": 5, "gid": 6}


@scene
def fchown() -> Row:
    fd = opened()
    return "fchown", {"res": call(93, fd, 5, 6), "fd": fd, "uid": 5, "gid": 6}


@scene
def fchownat() -> Row:
    made()
    n = call(260, HERE, "file", 5, 6, 0)
    return "fchownat", {"res": n, "dirfd": HERE, "pathname": text("file"), "uid": 5, "gid": 6, "flags": 0}


@scene
def mknod() -> Row:
    return "mknod", {"res": call(133, "fifo", 0o010600, 0), "path": text("fifo"), "dev": 0}


@scene
def mknodat() -> Row:
    n = call(259, HERE, "fifo", 0o010600, 0)
    return "mknodat", {"res": n, "dirfd": HERE, "path": text("fifo"), "dev": 0}


@scene
def chdir() -> Row:
    os.mkdir("folder")
    return "chdir", {"res": call(80, "folder"), "path": text("folder")}


@scene
def fchdir() -> Row:
    fd = os.open("/", os.O_RDONLY)
    return "fchdir", {"res": call(81, fd), "fd": fd}


@scene
def chroot() -> Row:
    return "chroot", {"res": call(161, "/no/such"), "path": text("/no/such")}


@scene
def getcwd() -> Row:
    room = ctypes.create_string_buffer(4096)
    return "getcwd", {"res": call(79, room, 4096), "path": text(room.value.decode())}


@scene
def getdents64() -> Row:
    fd = os.open(".", os.O_RDONLY)
    return "getdents64", {"res": call(217, fd, ctypes.create_string_buffer(4096), 4096), "fd": fd}


@scene
def mount() -> Row:
    n = call(165, "nothing", "/no/such", "tmpfs", 1 | 8, None)
    expected = {"dev": text("nothing"), "dir": text("/no/such"), "type": text("tmpfs")}
    return "mount", {"res": n, **expected, "flags": "f:RDONLY|NOEXEC"}


@scene
def umount2() -> Row:
    return "umount2", {"res": call(166, "/no/such", 2), "name": text("/no/such"), "flags": "f:DETACH"}


# ---- sockets


@scene
def socket_() -> Row:
    fd = call(41, 2, 1, 6)
    return "socket", {"fd": fd, "domain": "f:AF_INET", "type": 1, "proto": 6}


@scene
def connect() -> Row:
    _server, port = listening()
    mine = socket.socket()
    n = call(42, mine.fileno(), address(port), 16)
    expected = {"tuple": ends(mine.getsockname(), ("127.0.0.1", port)), "fd": mine.fileno()}
    return "connect", {"res": n, **expected, "addr": data(b"\2\x7f\0\0\1" + struct.pack("<H", port))}


@scene
def connect_refused() -> Row:
    mine = socket.socket()
    n = call(42, mine.fileno(), address(9), 16)
    return "connect", {"res": n, "fd": mine.fileno(), "addr": data(b"\2\x7f\0\0\1\x09\0")}


@scene
def connect_unix() -> Row:
    server = socket.socket(socket.AF_UNIX)
    server.bind("here")
    server.listen(1)
    mine = socket.socket(socket.AF_UNIX)
    n = call(42, mine.fileno(), struct.pack("<H", 1) + b"here\0", 7)
    return "connect", {"res": n, "fd": mine.fileno(), "addr": data(b"\1here\0")}


@scene
def accept() -> Row:
    server, port = listening()
    mine = socket.create_connection(("127.0.0.1", port))
    fd = call(43, server.fileno(), None, None)
    return "accept", {"fd": fd, "tuple": ends(mine.getsockname(), ("127.0.0.1", port)), "queuemax": 5}


@scene
def accept4() -> Row:
    server, port = listening()
    mine = socket.create_connection(("127.0.0.1", port))
    fd = call(288, server.fileno(), None, None, os.O_CLOEXEC)
    return "accept4", {"fd": fd, "tuple": ends(mine.getsockname(), ("127.0.0.1", port)), "queuemax": 5}


@scene
def bind() -> Row:
    mine = socket.socket()
    n = call(49, mine.fileno(), address(47310), 16)
    return "bind", {"res": n, "addr": data(b"\2\x7f\0\0\1" + struct.pack("<H", 47310)), "fd": mine.fileno()}


@scene
def listen() -> Row:
    mine = socket.socket()
    return "listen", {"res": call(50, mine.fileno(), 9), "fd": mine.fileno(), "backlog": 9}


@scene
def shutdown() -> Row:
    mine, _other = socket.socketpair()
    return "shutdown", {"res": call(48, mine.fileno(), 1), "fd": mine.fileno(), "how": "f:SHUT_WR"}


@scene
def socketpair() -> Row:
    both = (ctypes.c_int * 2)()
    n = call(53, 1, 2, 0, both)
    return "socketpair", {
        "res": n,
        "fd1": both[0],
        "fd2": both[1],
        "domain": "f:AF_UNIX",
        "type": 2,
        "proto": 0,
    }


@scene
def sendto() -> Row:
    mine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mine.bind(("127.0.0.1", 0))
    n = call(44, mine.fileno(), b"datagram", 8, 0, address(47311), 16)
    expected = {"data": data(b"datagram"), "fd": mine.fileno(), "size": 8}
    return "sendto", {"res": n, **expected, "tuple": ends(mine.getsockname(), ("127.0.0.1", 47311))}


@scene
def recvfrom() -> Row:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    mine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mine.bind(("127.0.0.1", 0))
    mine.sendto(b"hello", server.getsockname())
    room, size = ctypes.create_string_buffer(16), ctypes.c_int(16)
    n = call(45, server.fileno(), ctypes.create_string_buffer(32), 32, 0, room, ctypes.byref(size))
    expected = {"data": data(b"hello"), "fd": server.fileno(), "size": 32}
    return "recvfrom", {"res": n, **expected, "tuple": ends(mine.getsockname(), server.getsockname())}


def message(*pieces: Any, name: bytes = b"") -> Any:
    rows, n = vectors(*pieces)
    room = ctypes.create_string_buffer(name, max(len(name), 1))
    packed = struct.pack(
        "<QIIQQQQQ", ctypes.addressof(room), len(name), 0, ctypes.addressof(rows), n, 0, 0, 0
    )
    head = ctypes.create_string_buffer(packed, len(packed))
    head.kept = (rows, room, pieces)  # type: ignore[attr-defined]
    return head


@scene
def sendmsg() -> Row:
    mine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mine.bind(("127.0.0.1", 0))
    pieces = ctypes.create_string_buffer(b"one", 3), ctypes.create_string_buffer(b"two", 3)
    n = call(46, mine.fileno(), message(*pieces, name=address(47312)), 0)
    expected = {"data": data(b"onetwo"), "fd": mine.fileno(), "size": 6}
    return "sendmsg", {"res": n, **expected, "tuple": ends(mine.getsockname(), ("127.0.0.1", 47312))}


@scene
def recvmsg() -> Row:
    mine, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    other.send(b"abc")
    n = call(47, mine.fileno(), message(ctypes.create_string_buffer(8)), 0)
    return "recvmsg", {"res": n, "size": 3, "data": data(b"abc"), "fd": mine.fileno()}


@scene
def setsockopt() -> Row:
    mine = socket.socket()
    n = call(54, mine.fileno(), 1, 2, struct.pack("<i", 1), 4)
    expected = {"fd": mine.fileno(), "level": "f:SOL_SOCKET", "optname": "f:SO_REUSEADDR", "optlen": 4}
    return "setsockopt", {"res": n, **expected}


@scene
def getsockopt() -> Row:
    mine = socket.socket()
    size = ctypes.c_int(4)
    n = call(55, mine.fileno(), 1, 3, ctypes.create_string_buffer(4), ctypes.byref(size))
    expected = {"fd": mine.fileno(), "level": "f:SOL_SOCKET", "optname": "f:SO_TYPE", "optlen": 4}
    return "getsockopt", {"res": n, **expected}


# ---- descriptors of other kinds


@scene
def pipe() -> Row:
    both = (ctypes.c_int * 2)()
    n = call(22, both)
    return "pipe", {"res": n, "fd1": both[0], "fd2": both[1], "ino": os.fstat(both[0]).st_ino}


@scene
def pipe2() -> Row:
    both = (ctypes.c_int * 2)()
    n = call(293, both, os.O_CLOEXEC)
    expected = {"fd1": both[0], "fd2": both[1], "ino": os.fstat(both[0]).st_ino}
    return "pipe2", {"res": n, **expected, "flags": "f:O_CLOEXEC"}


@scene
def eventfd2() -> Row:
    return "eventfd2", {"res": call(290, 3, 0), "initval": 3}


@scene
def epoll_create1() -> Row:
    return "epoll_create1", {"res": call(291, 0), "flags": 0}


@scene
def inotify_init1() -> Row:
    return "inotify_init1", {"res": call(294, 0), "flags": 0}


@scene
def timerfd_create() -> Row:
    return "timerfd_create", {"res": call(283, 1, 0)}


@scene
def memfd_create() -> Row:
    return "memfd_create", {"fd": call(319, "secret", 1), "name": text("secret"), "flags": "f:MFD_CLOEXEC"}


@scene
def userfaultfd() -> Row:
    return "userfaultfd", {"res": call(323, os.O_CLOEXEC), "flags": os.O_CLOEXEC}


@scene
def pidfd_open() -> Row:
    return "pidfd_open", {"fd": call(434, os.getpid(), 0), "pid": os.getpid(), "flags": 0}


@scene
def pidfd_getfd() -> Row:
    mine = os.pidfd_open(os.getpid())
    return "pidfd_getfd", {"fd": call(438, mine, 1, 0), "pid_fd": mine, "target_fd": 1, "flags": 0}


@scene
def io_uring_setup() -> Row:
    room = ctypes.create_string_buffer(120)
    fd = call(425, 4, room)
    sq, cq = struct.unpack_from("<II", room)
    return "io_uring_setup", {"res": fd, "entries": 4, "sq_entries": sq, "cq_entries": cq}


@scene
def close_range() -> Row:
    return "close_range", {"res": call(436, 900, 905, 0), "first": 900, "last": 905, "flags": 0}


# ---- memory


@scene
def mmap() -> Row:
    where = call(9, 0, 8192, 3, 0x22, -1, 0)
    expected = {"addr": 0, "length": 8192, "prot": "f:PROT_READ|PROT_WRITE", "fd": -1, "offset": 0}
    return "mmap", {"res": where, **expected, "flags": "f:MAP_PRIVATE|MAP_ANONYMOUS"}


@scene
def mprotect() -> Row:
    where = call(9, 0, 4096, 3, 0x22, -1, 0)
    n = call(10, where, 4096, 5)
    return "mprotect", {"res": n, "addr": where, "length": 4096, "prot": "f:PROT_READ|PROT_EXEC"}


@scene
def munmap() -> Row:
    where = call(9, 0, 4096, 3, 0x22, -1, 0)
    return "munmap", {"res": call(11, where, 4096), "addr": where, "length": 4096}


@scene
def mlock2() -> Row:
    where = call(9, 0, 4096, 3, 0x22, -1, 0)
    n = call(325, where, 4096, 1)
    return "mlock2", {"res": n, "addr": where, "len": 4096, "flags": "f:MLOCK_ONFAULT"}


# ---- processes and who they are


@scene
def kill() -> Row:
    return "kill", {"res": call(62, os.getpid(), 0), "pid": os.getpid(), "sig": 0}


@scene
def tgkill() -> Row:
    me = os.getpid()
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    return "tgkill", {"res": call(234, me, me, 10), "pid": me, "tid": me, "sig": 10}


@scene
def setpgid() -> Row:
    return "setpgid", {"res": call(109, 0, 0), "pid": 0, "pgid": 0}


@scene
def setsid() -> Row:
    return "setsid", {"res": call(112)}


@scene
def setuid() -> Row:
    return "setuid", {"res": call(105, 33), "uid": 33}


@scene
def setgid() -> Row:
    return "setgid", {"res": call(106, 34), "gid": 34}


@scene
def setreuid() -> Row:
    return "setreuid", {"res": call(113, 33, 33), "ruid": 33, "euid": 33}


@scene
def setresuid() -> Row:
    return "setresuid", {"res": call(117, 31, 32, 33), "ruid": 31, "euid": 32, "suid": 33}


@scene
def setresgid() -> Row:
    return "setresgid", {"res": call(119, 31, 32, 33), "rgid": 31, "egid": 32, "sgid": 33}


@scene
def getresuid() -> Row:
    rooms = [ctypes.c_uint() for _ in range(3)]
    n = call(118, *map(ctypes.byref, rooms))
    return "getresuid", {"res": n, "ruid": 0, "euid": 0, "suid": 0}


@scene
def geteuid() -> Row:
    return "geteuid", {"euid": call(107)}


@scene
def capset() -> Row:
    head = struct.pack("<Ii", 0x20080522, 0)
    return "capset", {"res": call(126, head, bytes(24)), "cap_permitted": 0, "cap_effective": 0}


@scene
def setrlimit() -> Row:
    n = call(160, 7, struct.pack("<QQ", 100, 200))
    return "setrlimit", {"res": n, "cur": 100, "max": 200, "resource": "f:RLIMIT_NOFILE"}


@scene
def prlimit() -> Row:
    room = ctypes.create_string_buffer(16)
    n = call(302, 0, 7, struct.pack("<QQ", 90, 95), room)
    return "prlimit", {"res": n, "newcur": 90, "newmax": 95, "pid": 0, "resource": "f:RLIMIT_NOFILE"}


@scene
def prctl() -> Row:
    return "prctl", {
        "res": call(157, 15, b"renamed\0", 0),
        "option": "f:PR_SET_NAME",
        "arg2_str": text("renamed"),
    }


@scene
def ptrace() -> Row:
    return "ptrace", {"res": call(101, 16, 2**22 - 1, 0, 0), "request": "f:PTRACE_ATTACH", "pid": 2**22 - 1}


@scene
def unshare() -> Row:
    return "unshare", {"res": call(272, 0x04000000), "flags": "f:CLONE_NEWUTS"}


@scene
def setns() -> Row:
    fd = os.open("/proc/self/ns/uts", os.O_RDONLY)
    return "setns", {"res": call(308, fd, 0x04000000), "fd": fd, "nstype": "f:CLONE_NEWUTS"}


@scene
def seccomp() -> Row:
    return "seccomp", {"res": call(317, 2, 0, struct.pack("<I", 0x7FFF0000)), "flags": 0}


@scene
def bpf() -> Row:
    return "bpf", {"fd": call(321, 1, b"\0" * 32, 32), "cmd": "f:BPF_MAP_LOOKUP_ELEM"}


@scene
def init_module() -> Row:
    n = call(175, b"no module", 9, "a=b")
    return "init_module", {"res": n, "length": 9, "uargs": text("a=b")}


@scene
def finit_module() -> Row:
    fd = opened()
    return "finit_module", {"res": call(313, fd, "c=d", 0), "fd": fd, "uargs": text("c=d"), "flags": 0}


@scene
def delete_module() -> Row:
    n = call(176, "no-such-module", os.O_NONBLOCK)
    return "delete_module", {"res": n, "name": text("no-such-module"), "flags": "f:O_NONBLOCK"}


@scene
def process_vm_readv() -> Row:
    source = ctypes.create_string_buffer(b"in memory", 9)
    target = ctypes.create_string_buffer(9)
    n = call(310, os.getpid(), *vectors(target), *vectors(source), 0)
    return "process_vm_readv", {"res": n, "pid": os.getpid(), "data": data(b"in memory")}


@scene
def nanosleep() -> Row:
    n = call(35, struct.pack("<qq", 0, 1_000_000), None)
    return "nanosleep", {"res": n, "interval": 1_000_000}


@scene
def futex() -> Row:
    return "futex", {"res": call(202, ctypes.byref(ctypes.c_int(5)), 1, 1), "op": "f:FUTEX_WAKE", "val": 1}


@scene
def poll() -> Row:
    fd = opened()
    n = call(7, ctypes.create_string_buffer(struct.pack("<ihh", fd, 1, 0), 8), 1, 0)
    return "poll", {"res": n, "timeout": 0}


def main() -> None:
    libc.prctl(1, signal.SIGKILL)
    base = Path(sys.argv[1])
    for name, function in SCENES.items():
        at, to = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.chdir(tempfile.mkdtemp(dir=base))
            event, expected = function()
            told = json.dumps({"scene": name, "tid": os.getpid(), "event": event, "expected": expected})
            os.write(to, told.encode() + b"\n")
            os._exit(0)
        os.close(to)
        _, status = os.waitpid(pid, 0)
        line = os.read(at, 65536).decode()
        os.close(at)
        print(line.strip() or json.dumps({"scene": name, "status": status}), flush=True)


if __name__ == "__main__":
    main()
