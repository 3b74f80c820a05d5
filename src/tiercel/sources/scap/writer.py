"""Writes captures that we and Falco (libs 0.25.4) read: version 1.2 of the format.

    with CaptureWriter("demo.scap.gz", Machine(hostname="node-1")) as capture:
        capture.user(0, 0, "root", "/root", "/bin/bash")
        capture.process(1, comm="systemd", exe="/sbin/init")
        capture.fd(1, 3, "file", name="/etc/passwd", flags=1)
        capture.event(ts, 1, 0, "openat", fd=3, dirfd=-100, name="/etc/passwd", flags="O_RDONLY")

Machine, interfaces, users, processes and descriptors are the head: they are told before the first event.
"""

from __future__ import annotations

import gzip
import ipaddress
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike, fspath
from types import TracebackType
from typing import Any, BinaryIO

from tiercel.events.table import CODES, CODES_BY_NAME, EFFECTS, EVENTS, EventType
from tiercel.sources.scap.encode import default, encode, text_list

_SECTION, _MACHINE, _INTERFACES, _USERS, _PROCESSES, _FDS = 0x0A0D0D0A, 0x201, 0x219, 0x220, 0x215, 0x218
_EVENT, _EVENT_FLAGS, _LARGE, _LARGE_FLAGS = 0x216, 0x217, 0x221, 0x222

_OPTION_TRUE_PATH, _OPTION_FILE = 0x8001, 0x8002  # blocks.pxd

_MAX_PATH = 1024  # longer strings and lists are cut, as Falco does
_MAX_LIST = 4096
_MAX_SMALL = 65536  # of an event's block, behind its header

# Kinds of descriptor, as the format numbers them.
FD_TYPES: dict[str, int] = {
    "directory": 2, "ipv4": 3, "ipv6": 4, "ipv4_server": 5, "ipv6_server": 6, "fifo": 7, "unix": 8,
    "event": 9, "other": 10, "signalfd": 11, "eventpoll": 12, "inotify": 13, "timerfd": 14, "netlink": 15,
    "file": 16, "bpf": 17, "userfaultfd": 18, "io_uring": 19, "memfd": 20, "pidfd": 21,
}  # fmt: skip
PROTOCOLS: dict[str, int] = {"unknown": 0, "none": 1, "tcp": 2, "udp": 3, "icmp": 4, "raw": 5}


@dataclass(frozen=True)
class Machine:
    """The machine that a capture comes from. `boot_ts`: when it started, ns since the epoch."""

    hostname: str = "localhost"
    num_cpus: int = 1
    memory_bytes: int = 1 << 30
    max_pid: int = 1 << 22
    boot_ts: int = 0


@dataclass(frozen=True)
class OpenedFile:
    """What the kernel knows of an event's file, in recordings of Tiercel's. `flags`: FileFlag, events/file.pxd."""

    path: str
    inode: int = 0
    mode: int = 0o100644
    flags: int = 0

    def options(self) -> bytes:
        """As they follow an event's parameters in its block; Falco and sysdig skip them."""
        facts = struct.pack(
            "<5Q10I", self.inode, self.inode, 0, 0, 0, 0, 0, self.mode, 1, self.flags, 0, 0, 0, 0, 0
        )
        return _option(_OPTION_TRUE_PATH, os.fsencode(self.path)) + _option(_OPTION_FILE, facts)


def _option(code: int, content: bytes) -> bytes:
    return struct.pack("<HH", code, len(content)) + content + bytes(-len(content) % 4)


class CaptureWriter:
    """Writes one capture to a path (gzip where it ends in .gz) or to a binary file, which is left open."""

    def __init__(self, target: str | PathLike[str] | BinaryIO, machine: Machine | None = None) -> None:
        self._files: list[Any] = []
        if isinstance(target, (str, PathLike)):
            file: Any = open(target, "wb")  # noqa: SIM115 (close() closes it)
            self._files.append(file)
            if fspath(target).endswith(".gz"):
                # No time and no name: the same events give the same file.
                file = gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
                self._files.append(file)
        else:
            file = target
        self._file = file
        self._machine = machine or Machine()
        self._interfaces: list[bytes] = []
        self._users: list[bytes] = []
        self._processes: list[bytes] = []
        self._fds: dict[int, list[bytes]] = {}
        self._head_written = False
        self.events_written = 0

    def __enter__(self) -> CaptureWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Writes what is left and closes the file, where this opened it."""
        self._write_head()
        while self._files:
            self._files.pop().close()

    # ---- the head

    def interface(self, name: str, address: str, netmask: str, broadcast: str | None = None) -> None:
        """An interface's address, IPv4 or IPv6."""
        ip, mask = ipaddress.ip_address(address), ipaddress.ip_address(netmask)
        last = ipaddress.ip_address(broadcast).packed if broadcast else bytes(len(ip.packed))
        raw = _cut(name, _MAX_PATH - 1)
        row = struct.pack("<HH", 1 if ip.version == 4 else 2, len(raw)) + ip.packed + mask.packed + last
        row += struct.pack("<Q", 0) + raw
        self._tell(self._interfaces, struct.pack("<I", len(row)) + row)

    def user(self, uid: int, gid: int, name: str, home: str = "", shell: str = "") -> None:
        row = b"\0" + struct.pack("<II", uid, gid) + b"".join(_string(s, 255) for s in (name, home, shell))
        self._tell(self._users, _sized(row))

    def group(self, gid: int, name: str) -> None:
        self._tell(self._users, _sized(b"\1" + struct.pack("<I", gid) + _string(name, 255)))

    def process(
        self,
        tid: int,
        *,
        pid: int | None = None,
        ptid: int = 0,
        sid: int = 0,
        vpgid: int | None = None,
        pgid: int | None = None,
        vtid: int | None = None,
        vpid: int | None = None,
        comm: str,
        exe: str,
        exepath: str = "",
        args: Sequence[str | bytes] = (),
        cwd: str = "/",
        env: Sequence[str | bytes] = (),
        cgroups: Sequence[str | bytes] = (),
        root: str = "/",
        fdlimit: int = 1024,
        flags: int = 0,
        uid: int = 0,
        gid: int = 0,
        loginuid: int = -1,
        tty: int = 0,
        vmsize_kb: int = 0,
        vmrss_kb: int = 0,
        vmswap_kb: int = 0,
        pfmajor: int = 0,
        pfminor: int = 0,
        pidns_init_start_ts: int = 0,
        exe_writable: bool = False,
        exe_upper_layer: bool = False,
        exe_lower_layer: bool = False,
        exe_from_memfd: bool = False,
        exe_ino: int = 0,
        exe_ino_ctime: int = 0,
        exe_ino_mtime: int = 0,
        cap_inheritable: int = 0,
        cap_permitted: int = 0,
        cap_effective: int = 0,
    ) -> None:
        """A thread that lived when the capture began. What is left out is as for a main thread."""
        pid = tid if pid is None else pid
        vpid = pid if vpid is None else vpid
        row = struct.pack("<qqqqq", tid, pid, ptid, sid, vpid if vpgid is None else vpgid)
        row += _string(comm) + _string(exe) + _string(exepath) + _list(args) + _string(cwd)
        row += struct.pack("<qIII", fdlimit, flags, uid, gid)
        row += struct.pack("<IIIQQ", vmsize_kb, vmrss_kb, vmswap_kb, pfmajor, pfminor)
        row += _list(env)
        row += struct.pack("<qq", tid if vtid is None else vtid, vpid) + _list(cgroups) + _string(root)
        row += struct.pack("<QII?", pidns_init_start_ts, tty, loginuid & 0xFFFFFFFF, exe_writable)
        row += struct.pack("<QQQ", cap_inheritable, cap_permitted, cap_effective)
        row += struct.pack("<?QQQ", exe_upper_layer, exe_ino, exe_ino_ctime, exe_ino_mtime)
        row += struct.pack("<??q", exe_from_memfd, exe_lower_layer, pid if pgid is None else pgid)
        self._tell(self._processes, _sized(row))

    def fd(
        self,
        tid: int,
        num: int,
        kind: str,
        *,
        name: str = "",
        ino: int = 0,
        flags: int = 0,
        dev: int = 0,
        source: tuple[str, int] | int = 0,
        destination: tuple[str, int] | int = 0,
        protocol: str = "tcp",
    ) -> None:
        """A descriptor that was open when the capture began. `kind` is one of FD_TYPES.

        Sockets have a `source` and a `destination`, (address, port) each, a server's only the first; unix
        sockets have their kernel addresses there and a path as `name`. `flags` are those of an open file.
        """
        code = FD_TYPES[kind]
        row = struct.pack("<qQB", num, ino, code)
        if kind in ("ipv4", "ipv6"):
            (sip, sport), (dip, dport) = _ip_end(source), _ip_end(destination)
            row += sip + dip + struct.pack("<HHB", sport, dport, PROTOCOLS[protocol])
        elif kind in ("ipv4_server", "ipv6_server"):
            ip, port = _ip_end(source)
            row += ip + struct.pack("<HB", port, PROTOCOLS[protocol])
        elif kind == "unix":
            row += struct.pack("<QQ", source, destination) + _string(name, _MAX_PATH - 1)
        elif kind == "file":
            row += struct.pack("<I", flags) + _string(name, _MAX_PATH - 1) + struct.pack("<I", dev)
        else:
            row += _string(name, _MAX_PATH - 1)
        self._tell(self._fds.setdefault(tid, []), _sized(row))

    def _tell(self, rows: list[bytes], row: bytes) -> None:
        if self._head_written:
            raise ValueError("tables are told before the first event")
        rows.append(row)

    def _write_head(self) -> None:
        if self._head_written:
            return
        self._head_written = True
        m = self._machine
        self._block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 2, -1))
        machine = struct.pack("<IQQ128s", m.num_cpus, m.memory_bytes, m.max_pid, _cut(m.hostname, 127))
        self._block(_MACHINE, machine + struct.pack("<QQQQ", m.boot_ts, 0, 0, 0))
        for kind, rows in (
            (_INTERFACES, self._interfaces),
            (_USERS, self._users),
            (_PROCESSES, self._processes),
        ):
            if rows:
                self._block(kind, b"".join(rows))
        for tid, rows in self._fds.items():
            self._block(_FDS, struct.pack("<q", tid) + b"".join(rows))

    # ---- events

    def event(
        self,
        ts: int,
        tid: int,
        cpu: int,
        name: str,
        params: Mapping[str, Any] | None = None,
        /,
        block_flags: int = 0,
        opened: OpenedFile | None = None,
        **more: Any,
    ) -> None:
        """An event: `ts` in ns since the epoch, its thread, its processor, its type, its parameters by name.

        `name` is what `evt.type` shows (the newest event of that name, on its way out where it has one) or a
        type's symbol ("OPENAT_2_X"). Parameters stand in a mapping or are keywords (where both: the keyword
        counts); see `tiercel.sources.scap.encode` for their values. Those that are left out are 0 or empty;
        None is empty.
        """
        kind = event_type(name)
        given = {**(params or {}), **more}
        unknown = given.keys() - {p.name for p in kind.params}
        if unknown:
            raise ValueError(f"{name} has no parameter {' '.join(sorted(unknown))}")
        values = [encode(p, given[p.name]) if p.name in given else default(p) for p in kind.params]
        self.raw_event(ts, tid, cpu, kind.code, values, block_flags, opened)

    def raw_event(
        self,
        ts: int,
        tid: int,
        cpu: int,
        code: int,
        values: Sequence[bytes],
        block_flags: int = 0,
        opened: OpenedFile | None = None,
    ) -> None:
        """An event with its parameters as bytes, as many as there are."""
        large = bool(EVENTS[code].effects & EFFECTS["large"])
        lengths = struct.pack(f"<{len(values)}{'I' if large else 'H'}", *map(_small(large), values))
        body = lengths + b"".join(values)
        head = struct.pack("<QQIHI", ts, tid & 0xFFFFFFFFFFFFFFFF, 26 + len(body), code, len(values))
        block = (
            struct.pack("<H", cpu) + (struct.pack("<I", block_flags) if block_flags else b"") + head + body
        )
        if opened is not None:
            block += bytes(-len(block) % 4) + opened.options()
        if not large and len(block) + -len(block) % 4 + 4 > _MAX_SMALL:
            raise ValueError(f"an event of {len(block)} bytes is too long for a capture")
        self._write_head()
        kinds = (_LARGE, _LARGE_FLAGS) if large else (_EVENT, _EVENT_FLAGS)
        self._block(kinds[bool(block_flags)], block)
        self.events_written += 1

    def _block(self, kind: int, content: bytes) -> None:
        padding = bytes(-len(content) % 4)
        length = struct.pack("<I", 12 + len(content) + len(padding))
        self._file.write(struct.pack("<I", kind) + length + content + padding + length)


def event_type(name: str) -> EventType:
    """The type meant by a name, or by a symbol. Raises ValueError where there is none."""
    if name in CODES:
        return EVENTS[CODES[name]]
    today = [EVENTS[c] for c in CODES_BY_NAME.get(name, ()) if not EVENTS[c].effects & EFFECTS["old"]]
    if not today:
        raise ValueError(f"there is no event {name}")
    return max(today, key=lambda event: (event.is_exit, event.code))


def _small(large: bool) -> Any:
    def length(value: bytes) -> int:
        if not large and len(value) > 65535:
            raise ValueError(f"a parameter of {len(value)} bytes is too long for a capture")
        return len(value)

    return length


def _cut(text: str | bytes, longest: int) -> bytes:
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return raw[:longest]


def _string(text: str | bytes, longest: int = _MAX_PATH) -> bytes:
    raw = _cut(text, longest)
    return struct.pack("<H", len(raw)) + raw


def _list(values: Sequence[str | bytes]) -> bytes:
    raw = text_list(values)[:_MAX_LIST]
    return struct.pack("<H", len(raw)) + raw


def _sized(row: bytes) -> bytes:
    # The length counts itself, except for interfaces.
    return struct.pack("<I", 4 + len(row)) + row


def _ip_end(end: tuple[str, int] | int) -> tuple[bytes, int]:
    if isinstance(end, int):
        raise ValueError("a socket's end is an address and a port")
    return ipaddress.ip_address(end[0]).packed, end[1]
