"""Users and groups of this machine and of its containers, out of their passwd and group files.

A container's files are its own: whoever is root in there chose what they hold and what they are. So they are opened in
the container's root without leaving it (openat2, RESOLVE_IN_ROOT), only regular ones are read, no more than MAX_BYTES.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import struct
from dataclasses import dataclass, field

MAX_BYTES = 1 << 20
MAX_ROWS = 10_000
_OPENAT2 = 437
_RESOLVE_NO_MAGICLINKS, _RESOLVE_IN_ROOT = 0x02, 0x10
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(slots=True)
class Accounts:
    """`users`: name, uid, gid, home, shell; `groups`: name, gid."""

    users: list[tuple[bytes, int, int, bytes, bytes]] = field(default_factory=list)
    groups: list[tuple[bytes, int]] = field(default_factory=list)


def of_host() -> Accounts:
    """Of this machine: of the root of process 1, for the sensor may run in a container that sees all processes."""
    found = of_process(1)
    return found if found.users else of_process(os.getpid())


def of_container(pid: int) -> Accounts | None:
    """Of the container that a process runs in. None where the process is gone, or is still in the host's root,
    as the first process of a container is for a while.
    """
    try:
        root, host = os.stat(f"/proc/{pid}/root/"), _host_root()
    except OSError:
        return None
    return None if (root.st_dev, root.st_ino) == host else of_process(pid)


def _host_root() -> tuple[int, int]:
    for path in ("/proc/1/root/", "/"):
        with contextlib.suppress(OSError):
            root = os.stat(path)
            return root.st_dev, root.st_ino
    return 0, 0


def of_process(pid: int) -> Accounts:
    """Of the root directory that a process has. Empty where it is gone, or has no such files."""
    try:
        root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return Accounts()
    try:
        return Accounts(_users(_read(root, b"etc/passwd")), _groups(_read(root, b"etc/group")))
    finally:
        os.close(root)


def _read(root: int, path: bytes) -> bytes:
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    how = struct.pack("<QQQ", flags, 0, _RESOLVE_IN_ROOT | _RESOLVE_NO_MAGICLINKS)
    fd = int(_libc.syscall(_OPENAT2, root, path, how, len(how)))
    if fd < 0:
        return b""
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return b""
        return os.read(fd, MAX_BYTES)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _number(text: bytes) -> int | None:
    if not text.isdigit() or len(text) > 10:
        return None
    value = int(text)
    return value if value < 1 << 32 else None


def _users(data: bytes) -> list[tuple[bytes, int, int, bytes, bytes]]:
    """name:password:uid:gid:comment:home:shell (passwd(5)); the first row of a number counts."""
    found: dict[int, tuple[bytes, int, int, bytes, bytes]] = {}
    for line in data.split(b"\n", MAX_ROWS)[:MAX_ROWS]:
        cells = line.split(b":")
        if len(cells) != 7:
            continue
        uid, gid = _number(cells[2]), _number(cells[3])
        if uid is not None and gid is not None and uid not in found:
            found[uid] = (cells[0], uid, gid, cells[5], cells[6])
    return list(found.values())


def _groups(data: bytes) -> list[tuple[bytes, int]]:
    """name:password:gid:members (group(5))."""
    found: dict[int, tuple[bytes, int]] = {}
    for line in data.split(b"\n", MAX_ROWS)[:MAX_ROWS]:
        cells = line.split(b":")
        gid = _number(cells[2]) if len(cells) == 4 else None
        if gid is not None and gid not in found:
            found[gid] = (cells[0], gid)
    return list(found.values())
