"""What /proc has of processes that were there before the sensor: their arguments and environment; and all of the rest,
where the kernel's iterators are not to be had, as records of the same layout (`probe/probe.h`).

Processes end while they are read: what is gone is left out.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import socket
import stat
import struct
from collections.abc import Collection, Iterator

MAX_ARGUMENTS, MAX_ENVIRONMENT = 32768, 4096
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_PROC = "/proc"

RECORD_TASK, RECORD_DESCRIPTOR = 6, 7
PART_FILE, PART_PATH, PART_SOCKET, PART_PROCESS, PART_CGROUP = 5, 6, 7, 8, 11
PART_EXEPATH, PART_FOLDER, PART_ROOT, PART_OWN_PATH = 12, 13, 14, 16
RECORD = struct.Struct("<IBBHQIIHHIq6Q")
PART = struct.Struct("<HBBI")
FILE_FACTS = struct.Struct("<5Q10I")
PROCESS_FACTS = struct.Struct("<16I5Q10I4Q16s5Q10I")
SOCKET_FACTS = struct.Struct("<3QI6H16s16sIIII2Q")
_FILE_MEMFD, _FILE_WRITABLE, _IN_PIDNS, _KERNEL_THREAD = 4, 128, 1, 8
_SUBSYSTEMS = ("cpuset", "cpu", "cpuacct", "io", "memory")
_UNIFIED = 5


class Strings:
    """Arguments and environments of processes, as they are now."""

    def of(self, pid: int, start_ns: int) -> tuple[bytes, bytes]:
        """Arguments and environment, each ending in NUL; empty where the number is another process's by now."""
        try:
            folder = os.open(f"{_PROC}/{pid}", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return b"", b""
        try:
            fields = _at(folder, "stat", 4096).rpartition(b")")[2].split()
            if len(fields) < 20 or int(fields[19]) != start_ns // _TICK_NS:
                return b"", b""
            return _at(folder, "cmdline", MAX_ARGUMENTS), _at(folder, "environ", MAX_ENVIRONMENT)
        finally:
            os.close(folder)

    def pidfd(self, pid: int, fd: int) -> int:
        """The process that a descriptor stands for, -1 where it is gone."""
        match = re.search(rb"^Pid:\s*(-?\d+)$", _whole(f"{_PROC}/{pid}/fdinfo/{fd}"), re.MULTILINE)
        return int(match[1]) if match else -1

    def link(self, pid: int, fd: int) -> bytes:
        """What a descriptor is called that is in no folder."""
        return _link(f"{_PROC}/{pid}/fd/{fd}")


def _at(folder: int, name: str, most: int) -> bytes:
    try:
        fd = os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
    except OSError:
        return b""
    try:
        return os.read(fd, most)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _whole(path: str, most: int = 1 << 20) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            data = b""
            while len(data) < most:
                more = file.read(most - len(data))
                if not more:
                    break
                data += more
            return data
    except OSError:
        return b""


def _link(path: str) -> bytes:
    try:
        return os.readlink(os.fsencode(path))
    except OSError:
        return b""


def memory_bytes() -> int:
    """Of this machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


class _Address(ctypes.Structure):
    _fields_ = [("family", ctypes.c_ushort), ("data", ctypes.c_ubyte * 26)]


class _Interface(ctypes.Structure):
    pass


_Interface._fields_ = [
    ("next", ctypes.POINTER(_Interface)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.POINTER(_Address)),
    ("netmask", ctypes.POINTER(_Address)),
]


def interfaces() -> list[tuple[bytes, int, bytes, bytes]]:
    """name, family, address, netmask of each address of this machine (getifaddrs(3))."""
    libc = ctypes.CDLL(None, use_errno=True)
    first = ctypes.POINTER(_Interface)()
    if libc.getifaddrs(ctypes.byref(first)) != 0:
        return []
    found = []
    at = first
    while at:
        row = at.contents
        if row.address:
            family = row.address.contents.family
            start, width = {socket.AF_INET: (2, 4), socket.AF_INET6: (6, 16)}.get(family, (0, 0))
            if width:
                address = bytes(row.address.contents.data[start : start + width])
                mask = bytes(row.netmask.contents.data[start : start + width]) if row.netmask else b""
                found.append((row.name or b"", int(family), address, mask.ljust(width, b"\0")))
        at = row.next
    libc.freeifaddrs(first)
    return found


# ---- records out of /proc alone


def _record(kind: int, tid: int, pid: int, number: int, parts: list[tuple[int, int, bytes]]) -> bytes:
    body = b"".join(
        PART.pack(part, index, 0, len(data)) + data + bytes(-len(data) % 8) for part, index, data in parts
    )
    head = RECORD.pack(
        RECORD.size + len(body), kind, 0, 0, 0, tid, pid, 0, len(parts), 0, 0, number, 0, 0, 0, 0, 0
    )
    return head + body


def _pids(path: str) -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(path) if name.isdigit())
    except OSError:
        return []


def tasks(but: Collection[int] = ()) -> Iterator[bytes]:
    """A record of each thread, a process's main thread first; not of the processes `but`."""
    for pid in _pids(_PROC):
        if pid in but:
            continue
        for tid in _pids(f"{_PROC}/{pid}/task"):
            with contextlib.suppress(OSError, ValueError, KeyError, IndexError):
                record = _task(pid, tid)
                if record:
                    yield record


def _status(folder: str) -> dict[bytes, list[bytes]]:
    rows = (line.partition(b":") for line in _whole(f"{folder}/status").splitlines())
    return {name: value.split() for name, _, value in rows}


def _task(pid: int, tid: int) -> bytes:
    folder = f"{_PROC}/{pid}/task/{tid}"
    status = _status(folder)
    line = _whole(f"{folder}/stat")
    stats = [int(x) if x.lstrip(b"-").isdigit() else 0 for x in line.rpartition(b")")[2].split()]
    if b"Z" in status[b"State"] and len(_pids(f"{_PROC}/{pid}/task")) == 1:
        return b""
    name = line[line.index(b"(") + 1 : line.rindex(b")")]
    euid, egid = int(status[b"Uid"][1]), int(status[b"Gid"][1])
    namespaces = [status.get(key, [b"0"]) for key in (b"NSpid", b"NStgid", b"NSsid", b"NSpgid")]
    vtid, vpid, vsid, vpgid = (int(row[-1]) for row in namespaces)
    deep = len(namespaces[0]) > 1
    caps = [int(status[key][0], 16) for key in (b"CapPrm", b"CapEff", b"CapInh")]
    inodes = [_inode(f"{folder}/ns/{kind}") for kind in ("pid", "mnt", "net", "user")]
    sizes = [min(int(status.get(key, [b"0"])[0]), 0xFFFFFFFF) for key in (b"VmSize", b"VmRSS", b"VmSwap")]
    login = _whole(f"{folder}/loginuid") or b"4294967295"
    exe = _link(f"{folder}/exe")
    facts = PROCESS_FACTS.pack(
        tid, pid, int(status[b"PPid"][0]), int(status[b"PPid"][0]), vtid, vpid, stats[3], vsid, stats[2], vpgid,
        int(status[b"Uid"][0]), int(status[b"Gid"][0]), euid, egid, int(login), stats[4] & 0xFFFFFFFF,
        *caps, stats[19] * _TICK_NS, 0, *inodes, (_IN_PIDNS if deep else 0) | (0 if exe else _KERNEL_THREAD), 0,
        *sizes, 0, stats[9], stats[7], _fd_limit(folder), 0, name[:15], *_file_facts(f"{folder}/exe", exe, euid, 0),
    )  # fmt: skip
    parts = [(PART_PROCESS, 0, facts)]
    if tid == pid:
        links = (
            (PART_EXEPATH, exe),
            (PART_FOLDER, _link(f"{folder}/cwd")),
            (PART_ROOT, _link(f"{folder}/root")),
        )
        parts += [(part, 0, path + b"\0") for part, path in links if path]
    return _record(RECORD_TASK, tid, pid, 0, parts + _cgroups(_whole(f"{folder}/cgroup")))


def _inode(path: str) -> int:
    match = re.search(rb"\[(\d+)\]", _link(path))
    return int(match[1]) if match else 0


def _fd_limit(folder: str) -> int:
    match = re.search(rb"^Max open files\s+(\d+)", _whole(f"{folder}/limits"), re.MULTILINE)
    return int(match[1]) if match else (1 << 64) - 1


def _file_facts(path: str, name: bytes, euid: int, flags: int) -> tuple[int, ...]:
    try:
        s = os.stat(path)
    except OSError:
        return (0,) * 15
    known = 0
    if name.startswith(b"/memfd:"):
        known |= _FILE_MEMFD
    if euid in (0, s.st_uid) or s.st_mode & stat.S_IWOTH:
        known |= _FILE_WRITABLE
    dev = s.st_dev & 0xFFFFFFFF
    return (
        s.st_ino, s.st_ino, s.st_ctime_ns, s.st_mtime_ns, s.st_size, dev, dev, s.st_mode, s.st_nlink, known,
        flags, 0, 0, s.st_uid, 0,
    )  # fmt: skip


def _cgroups(text: bytes) -> list[tuple[int, int, bytes]]:
    """Lines `number:subsystems:path`; of the unified hierarchy `0::path`, which all have that have no other."""
    paths: dict[str, bytes] = {}
    unified = b""
    for line in text.splitlines():
        number, subsystems, path = line.split(b":", 2)
        if number == b"0":
            unified = path
        for name in subsystems.decode().split(","):
            paths["io" if name == "blkio" else name] = path
    parts = [
        (PART_CGROUP, i, (paths.get(name) or unified) + b"\0")
        for i, name in enumerate(_SUBSYSTEMS)
        if paths.get(name) or unified
    ]
    return [*parts, (PART_CGROUP, _UNIFIED, unified + b"\0")] if unified else parts


def descriptors() -> Iterator[bytes]:
    """A record of each descriptor of each process."""
    networks: dict[int, dict[int, tuple[bytes, bytes]]] = {}
    own = os.getpid()
    for pid in _pids(_PROC):
        folder = f"{_PROC}/{pid}"
        namespace = _inode(f"{folder}/ns/net")
        for fd in _pids(f"{folder}/fd") if pid != own else ():
            name = _link(f"{folder}/fd/{fd}")
            match = re.search(rb"^flags:\s*([0-7]+)", _whole(f"{folder}/fdinfo/{fd}"), re.MULTILINE)
            facts = _file_facts(f"{folder}/fd/{fd}", name, 0, int(match[1], 8) if match else 0)
            if not facts[0]:
                continue
            parts = [(PART_FILE, 0, FILE_FACTS.pack(*facts))]
            if stat.S_ISSOCK(facts[7]):
                if namespace not in networks:
                    networks[namespace] = dict(_sockets(f"{folder}/net", namespace))
                socket_facts, path = networks[namespace].get(facts[0], (b"", b""))
                if socket_facts:
                    parts.append((PART_SOCKET, 0, socket_facts))
                if path:
                    parts.append((PART_OWN_PATH, 0, path))
            else:
                name = name.removeprefix(b"anon_inode:")
                if name.startswith(b"/memfd:"):
                    name = name[1:].removesuffix(b" (deleted)")
                parts.append((PART_PATH, 0, name + b"\0"))
            yield _record(RECORD_DESCRIPTOR, pid, pid, fd, parts)


def _sockets(folder: str, namespace: int) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
    """By inode, the sockets of a network namespace: facts, and a unix socket's path."""
    kinds = (
        ("tcp", 2, 1, 6),
        ("tcp6", 10, 1, 6),
        ("udp", 2, 2, 17),
        ("udp6", 10, 2, 17),
        ("raw", 2, 3, 0),
        ("raw6", 10, 3, 0),
    )
    for name, family, kind, protocol in kinds:
        for line in _whole(f"{folder}/{name}", 1 << 24).splitlines()[1:]:
            cells = line.split()
            with contextlib.suppress(ValueError, IndexError, struct.error):
                (own_ip, own_port), (peer_ip, peer_port) = _end(cells[1]), _end(cells[2])
                state = int(cells[3], 16)
                facts = SOCKET_FACTS.pack(
                    0, 0, 0, namespace, family, kind, protocol, state, own_port, peer_port, own_ip, peer_ip, 0, 0,
                    1 if protocol == 6 and state == 10 else 0, 0, 0, 0,
                )  # fmt: skip
                yield int(cells[9]), (facts, b"")
    for line in _whole(f"{folder}/unix", 1 << 24).splitlines()[1:]:
        cells = line.split(None, 7)
        with contextlib.suppress(ValueError, IndexError, struct.error):
            facts = SOCKET_FACTS.pack(
                0, int(cells[0].rstrip(b":"), 16), 0, namespace, 1, int(cells[4], 16), 0, int(cells[5], 16), 0, 0,
                b"", b"", 0, 0, 0, 0, 0, 0,
            )  # fmt: skip
            path = cells[7] if len(cells) > 7 else b""
            yield int(cells[6]), (facts, b"\0" + path[1:] if path.startswith(b"@") else path)


def _end(text: bytes) -> tuple[bytes, int]:
    """`0100007F:1F90`: words of four bytes as the machine has them, and a port."""
    address, _, port = text.partition(b":")
    raw = bytes.fromhex(address.decode())
    return b"".join(raw[i : i + 4][::-1] for i in range(0, len(raw), 4)), int(port, 16)
