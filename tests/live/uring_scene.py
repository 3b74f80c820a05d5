"""Asks io_uring to do what calls would have done, for `test_uring`: run as a program, `uring_scene.py FOLDER [sqpoll]`.

No library: the rings as include/uapi/linux/io_uring.h has them, mapped and filled here. Writes a line of JSON for each
request: its label and result.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import socket
import struct
import sys
import time
from pathlib import Path

SETUP, ENTER, REGISTER = 425, 426, 427
ACCEPT, CONNECT, OPENAT, CLOSE, READ, WRITE, SEND, RECV, OPENAT2 = 13, 16, 18, 19, 22, 23, 26, 27, 28
RENAMEAT, UNLINKAT, MKDIRAT, SYMLINKAT, LINKAT, SOCKET = 35, 36, 37, 38, 39, 45
SQPOLL, ASYNC, SKIP_SUCCESS, FIXED_FILE = 2, 16, 64, 1
REGISTER_FILES, AT_FDCWD = 2, -100
ENTRIES = 8

libc = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> int:
    result = int(libc.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


class Ring:
    """One ring, one request at a time."""

    def __init__(self, flags: int) -> None:
        parameters = ctypes.create_string_buffer(struct.pack("<IIII", 0, 0, flags, 0) + bytes(104))
        self.flags = flags
        self.fd = call(SETUP, ENTRIES, parameters)
        at = struct.unpack_from("<20I", parameters.raw, 40)
        _head, tail, mask, _entries, _flags, _dropped, array = at[:7]
        done_head, done_tail, done_mask, _entries2, _overflow, done = at[10:16]
        size = max(array + ENTRIES * 4, done + 2 * ENTRIES * 16)
        self.ring = mmap.mmap(self.fd, size, mmap.MAP_SHARED | 0x8000)
        self.requests = mmap.mmap(self.fd, ENTRIES * 64, mmap.MAP_SHARED | 0x8000, offset=0x10000000)
        self.places = (tail, mask, array, done_head, done_tail, done_mask, done)
        self.kept: list[object] = []

    def number(self, at: int) -> int:
        return int(struct.unpack_from("<I", self.ring, at)[0])

    def put(self, at: int, value: int) -> None:
        struct.pack_into("<I", self.ring, at, value & 0xFFFFFFFF)

    def ask(
        self,
        operation: int,
        fd: int = AT_FDCWD,
        *,
        off: int = 0,
        address: int = 0,
        size: int = 0,
        how: int = 0,
        flags: int = 0,
        slot: int = 0,
        waits: bool = True,
    ) -> int | None:
        """Its result; None where it does not wait for one."""
        tail, mask, array, done_head, done_tail, done_mask, done = self.places
        at = self.number(tail)
        place = at & self.number(mask)
        entry = struct.pack(
            "<BBHiQQIIQHHIQQ", operation, flags, 0, fd, off & (2**64 - 1), address, size & 0xFFFFFFFF, how, 7, 0, 0,
            slot, 0, 0,
        )  # fmt: skip
        self.requests[place * 64 : place * 64 + 64] = entry
        self.put(array + 4 * place, place)
        self.put(tail, at + 1)
        if self.flags & SQPOLL:
            call(ENTER, self.fd, 0, 0, 2, None, 0)
        else:
            call(ENTER, self.fd, 1, 1 if waits else 0, 1 if waits else 0, None, 0)
        if not waits:
            return None
        head = self.number(done_head)
        until = time.monotonic() + 10
        while self.number(done_tail) == head:
            if time.monotonic() > until:
                raise TimeoutError("the ring does not answer")
            time.sleep(0.001)
        (result,) = struct.unpack_from("<i", self.ring, done + 16 * (head & self.number(done_mask)) + 8)
        self.put(done_head, head + 1)
        return int(result)

    def keep(self, data: bytes) -> int:
        """The address of the bytes, which stay."""
        buffer = ctypes.create_string_buffer(data, max(len(data), 1))
        self.kept.append(buffer)
        return ctypes.addressof(buffer)

    def text(self, path: str | Path) -> int:
        return self.keep(str(path).encode() + b"\0")


def tell(label: str, result: int | None) -> int:
    print(json.dumps({"label": label, "result": result}), flush=True)
    return -1 if result is None else result


def files(ring: Ring, work: Path) -> None:
    secret, link = work / "secret", work / "link"
    secret.write_text("a secret of mine")
    link.symlink_to(secret)
    fd = tell("openat", ring.ask(OPENAT, address=ring.text(link)))
    tell("read", ring.ask(READ, fd, address=ring.keep(bytes(32)), size=32))
    tell("close", ring.ask(CLOSE, fd))
    how = struct.pack("<QQQ", 0, 0, 0)
    tell("openat2", ring.ask(OPENAT2, address=ring.text(link), off=ring.keep(how), size=24))
    made = tell(
        "create", ring.ask(OPENAT, address=ring.text(work / "made"), size=0o600, how=os.O_CREAT | os.O_WRONLY)
    )
    tell("write", ring.ask(WRITE, made, address=ring.keep(b"written"), size=7))
    folder = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
    tell("dirfd", ring.ask(OPENAT, folder, address=ring.text("link")))
    tell("async", ring.ask(OPENAT, address=ring.text(link), flags=ASYNC))
    tell("missing", ring.ask(OPENAT, address=ring.text(work / "missing")))
    table = struct.pack("<8i", *([-1] * 8))
    call(REGISTER, ring.fd, REGISTER_FILES, table, 8)
    tell("direct", ring.ask(OPENAT, address=ring.text(link), slot=3 + 1))
    tell("mkdir", ring.ask(MKDIRAT, address=ring.text(work / "folder"), size=0o700))
    for operation, label in ((SYMLINKAT, "symlink"), (LINKAT, "link")):
        # symlinkat(target, folder, name) has the folder where the others have the first one
        second = {"size": AT_FDCWD} if operation == LINKAT else {}
        new = work / f"{label}-new"
        tell(label, ring.ask(operation, address=ring.text(secret), off=ring.text(new), **second))
    old, new = ring.text(work / "made"), ring.text(work / "moved")
    tell("rename", ring.ask(RENAMEAT, address=old, off=new, size=AT_FDCWD))
    tell("unlink", ring.ask(UNLINKAT, address=ring.text(work / "moved")))
    tell("unlink-missing", ring.ask(UNLINKAT, address=ring.text(work / "moved")))
    tell("quiet", ring.ask(OPENAT, address=ring.text(link), flags=SKIP_SUCCESS, waits=False))


def sockets(ring: Ring) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    name = struct.pack(">4xI8x", 0x7F000001)
    name = struct.pack("<H", socket.AF_INET) + struct.pack(">H", port) + name[4:16]
    fd = tell("socket", ring.ask(SOCKET, socket.AF_INET, off=socket.SOCK_STREAM))
    tell("connect", ring.ask(CONNECT, fd, address=ring.keep(name), off=16))
    other = tell("accept", ring.ask(ACCEPT, server.fileno()))
    tell("send", ring.ask(SEND, fd, address=ring.keep(b"over the ring"), size=13))
    tell("receive", ring.ask(RECV, other, address=ring.keep(bytes(64)), size=64))
    print(json.dumps({"label": "port", "result": port}), flush=True)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    try:
        one = Ring(SQPOLL if sys.argv[2:] == ["sqpoll"] else 0)
    except OSError as e:
        print(json.dumps({"label": "none", "result": None, "why": str(e)}), flush=True)
        sys.exit(0)
    files(one, place)
    sockets(one)
    time.sleep(0.2)
