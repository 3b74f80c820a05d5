"""Well-formed captures to begin with: made up by chance, or cut out of recordings.

A made-up one has a few threads and descriptors that its events keep coming back to, so that clones, calls and exits
meet each other: what the state is for. Every event type occurs, in every shape that old captures have.
"""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from fuzz.words import CGROUPS, CONTAINER, NAMES, PATHS, number, text
from tiercel.events.flags import FLAGS
from tiercel.events.params import SIZES
from tiercel.events.table import CODES, EVENTS, EventType, Param
from tiercel.sources.scap.conversions import CONVERSIONS
from tiercel.sources.scap.writer import FD_TYPES, CaptureWriter, Machine

Block = tuple[int, bytearray]  # kind, content with its padding

START = 1_700_000_000_000_000_000
EXISTING = tuple(e for e in EVENTS if e.exists)

# What moves the state comes more often than the rest.
MOVERS = tuple(
    CODES[s]
    for s in (
        "CLONE_20_X", "CLONE_20_X", "CLONE3_X", "FORK_20_X", "VFORK_20_X", "EXECVE_19_X", "EXECVEAT_X",
        "PROCEXIT_1_E", "PROCEXIT_1_E",
        "OPEN_X", "OPENAT_2_X", "OPENAT2_X", "CREAT_X", "OPEN_BY_HANDLE_AT_X", "CLOSE_X", "CLOSE_X",
        "CLOSE_RANGE_X", "DUP_1_X", "DUP2_X", "DUP3_X", "FCNTL_X", "SOCKET_X",
        "CONNECT_X", "ACCEPT4_6_X", "ACCEPT_5_X", "BIND_X", "LISTEN_X", "SOCKETPAIR_X", "PIPE_X", "PIPE2_X",
        "CHDIR_X", "FCHDIR_X", "CHROOT_X",
        "SETUID_X", "SETGID_X", "SETRESUID_X", "SETSID_X", "SETPGID_X", "PRCTL_X", "CAPSET_X", "UNSHARE_X",
        "SETNS_X", "RENAMEAT2_X",
        "READ_X", "WRITE_X", "SENDTO_X", "RECVFROM_X", "SENDMSG_X", "RECVMSG_X", "EVENTFD2_X", "TIMERFD_CREATE_X",
        "SIGNALFD4_X", "EPOLL_CREATE1_X",
        "INOTIFY_INIT1_X", "MEMFD_CREATE_X", "PIDFD_OPEN_X", "PIDFD_GETFD_X", "BPF_2_X", "USERFAULTFD_X",
        "IO_URING_SETUP_X", "GETCWD_X",
        "PRLIMIT_X", "SETRLIMIT_X", "SHUTDOWN_X", "GETSOCKOPT_X", "PTRACE_X", "SCHEDSWITCH_6_E", "SIGNALDELIVER_E",
        "PROCINFO_E",
        "CONTAINER_JSON_2_E", "ASYNCEVENT_E", "USER_ADDED_E", "USER_DELETED_E", "GROUP_ADDED_E", "GROUP_DELETED_E",
        "DROP_E",
    )
    if s in CODES
)  # fmt: skip

OLD_SHAPES = tuple(sorted({(c.type, c.nparams) for c in CONVERSIONS}))

JSON = (
    '{"container":{"id":"%s","full_id":"%s","name":"web","type":0,"image":"a/b:1","imageid":"i","imagerepo":"a/b","imagetag":"1",'
    '"imagedigest":"sha256:0","privileged":true,"is_pod_sandbox":false,"ip":"10.0.0.2","created_time":1700000000,"User":"root",'
    '"labels":{"a":"b","io.kubernetes.pod.name":"p","io.kubernetes.pod.namespace":"n"},"env":["A=b","C"],'
    '"Mounts":[{"Source":"/a","Destination":"/b","Mode":"rw","RDW":true,"Propagation":"private"}],'
    '"Healthcheck":{"exe":"/bin/sh","args":["-c","true"]},"port_mappings":[{"HostIp":1,"HostPort":80,"ContainerPort":80}]}}'
)


Given = dict[str, int | str | bytes]
Scene = tuple[tuple[str, str, Given], ...]

_ADDRESS = bytes([2, 10, 0, 0, 2, 80, 0])
_PAIR = bytes([2, 10, 0, 0, 1, 0, 99, 10, 0, 0, 2, 80, 0])
_SOCKET: tuple[str, str, Given] = ("SOCKET_X", "tid", {"fd": "fd", "domain": 2, "type": 1, "proto": 0})
# Events of a scene: the type, whose event it is, and the parameters that matter; names are numbers of the scene.
SCENES: tuple[Scene, ...] = (
    (
        _SOCKET,
        ("CONNECT_E", "tid", {"fd": "fd", "addr": _ADDRESS}),
        ("CONNECT_X", "tid", {"res": -115, "tuple": b"", "fd": "fd"}),
    ),
    (
        _SOCKET,
        ("CONNECT_E", "tid", {"fd": "fd", "addr": _ADDRESS}),
        ("CONNECT_X", "tid", {"res": 0, "tuple": _PAIR, "fd": "fd"}),
        ("GETSOCKOPT_X", "tid", {"res": 0, "fd": "fd", "level": 1, "optname": 4}),
    ),
    (
        _SOCKET,
        ("BIND_X", "tid", {"res": 0, "addr": _ADDRESS, "fd": "fd"}),
        ("LISTEN_X", "tid", {"res": 0, "fd": "fd"}),
        ("ACCEPT4_6_X", "tid", {"fd": 5, "tuple": _PAIR}),
        ("RECVFROM_X", "tid", {"res": 10, "fd": 5, "tuple": b""}),
    ),
    (
        _SOCKET,
        ("SENDTO_X", "tid", {"res": 5, "fd": "fd", "tuple": _PAIR}),
        ("RECVMSG_X", "tid", {"res": 5, "fd": "fd", "tuple": _PAIR}),
    ),
    (
        ("CLONE_20_X", "tid", {"res": "other", "tid": "tid", "pid": "tid"}),
        (
            "CLONE_20_X",
            "other",
            {"res": 0, "tid": "other", "pid": "pid", "ptid": "tid", "vtid": "other", "vpid": "pid"},
        ),
        ("EXECVE_19_E", "other", {"filename": b"/bin/sh\0"}),
        ("EXECVE_19_X", "other", {"res": 0, "tid": "other", "pid": "pid"}),
        ("PROCEXIT_1_E", "other", {"reaper_tid": 1}),
    ),
    (
        ("VFORK_20_X", "other", {"res": 0, "tid": "other", "pid": "other", "ptid": "tid"}),
        ("VFORK_20_X", "tid", {"res": "other"}),
        ("PRCTL_X", "tid", {"res": 0, "option": 36, "arg2_int": 1}),
        ("PROCEXIT_1_E", "tid", {"reaper_tid": 0}),
    ),
    (
        ("OPENAT_2_E", "tid", {"name": b"a/b\0", "dirfd": "fd"}),
        ("OPENAT_2_X", "tid", {"fd": "fd", "name": b"", "dirfd": -100}),
        ("DUP3_X", "tid", {"res": 9, "oldfd": "fd", "newfd": 9}),
        ("CLOSE_RANGE_X", "tid", {"res": 0, "first": 0, "last": 9}),
    ),
    (
        ("EXECVEAT_E", "tid", {"dirfd": "fd", "pathname": b"\0"}),
        ("EXECVE_19_X", "tid", {"res": 0, "tid": "tid", "pid": "tid"}),
        ("FCHDIR_X", "tid", {"res": 0, "fd": "fd"}),
        ("PIDFD_OPEN_X", "tid", {"res": 7, "pid": "other"}),
        ("PIDFD_GETFD_X", "tid", {"res": 8, "pid_fd": 7, "target_fd": "fd"}),
    ),
)


class Story:
    """One made-up capture."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        few = [1, *(rng.randrange(2, 60) for _ in range(rng.choice((2, 5, 12))))]
        self.tids = [
            *few,
            *rng.choices(
                (0, -1, -2, 1 << 31, (1 << 32) + 3, (1 << 63) - 1, -(1 << 63), 32768),
                k=rng.choice((0, 0, 1, 3)),
            ),
        ]
        if rng.random() < 0.03:  # more than a table first has room for
            self.tids += range(1000, 1000 + rng.choice((150, 700)))
        self.fds = [
            *range(rng.choice((3, 6, 12))),
            *rng.choices((-1, -100, 63, 64, 65, 127, 1000, 4095, 4096, 1 << 20, (1 << 31) - 1, 1 << 40), k=2),
        ]
        self.now = START
        # The calls that threads are in: (exit event's type) by thread.
        self.entered: dict[int, int] = {}

    def capture(self, events: int) -> bytes:
        file = io.BytesIO()
        writer = CaptureWriter(file, Machine(num_cpus=4, boot_ts=START - 10**12))
        self._head(writer)
        writer.event(START, 1, 0, "CONTAINER_JSON_2_E", json=JSON % (CONTAINER[:12], CONTAINER))
        for _ in range(events):
            self._event(writer)
        writer.close()
        return file.getvalue()

    def tid(self) -> int:
        return self.rng.choice(self.tids)

    def _head(self, w: CaptureWriter) -> None:
        rng = self.rng
        w.interface("lo", "127.0.0.1", "255.0.0.0")
        w.interface("eth0", "10.0.0.1", "255.0.0.0", "10.255.255.255")
        w.interface("eth0", "fe80::1", "ffff:ffff::")
        for uid in (0, 1000, rng.getrandbits(32)):
            w.user(uid, uid, rng.choice(NAMES), "/home/x", "/bin/sh")
            w.group(uid, rng.choice(NAMES))
        for tid in dict.fromkeys(self.tids):
            if rng.random() < 0.2:
                continue
            pid = rng.choice((tid, tid, tid, self.tid()))
            w.process(
                tid, pid=pid, ptid=rng.choice((0, 1, self.tid(), self.tid())), vtid=rng.choice((tid, 1, 5)),
                vpid=rng.choice((pid, 1)),
                comm=rng.choice(NAMES), exe=self._path(), exepath=self._path(), args=rng.choices(NAMES,
                k=rng.randrange(5)), cwd=self._path(),
                env=rng.choices(("PATH=/bin", "A=b", "", "HOME=/root", "C", "x" * 500), k=rng.randrange(4)),
                cgroups=rng.choices(CGROUPS, k=rng.randrange(4)),
                root=rng.choice(("/", "/box", "")), flags=rng.choice((0, 0, rng.getrandbits(32))),
                uid=rng.choice((0, 1000)), tty=rng.randrange(3),
                exe_writable=rng.random() < 0.2, cap_effective=rng.getrandbits(41),
            )  # fmt: skip
            for num in rng.sample(self.fds, k=min(3, len(self.fds))):
                self._fd(w, tid, num)

    def _path(self) -> str:
        return self.rng.choice(PATHS)

    def _fd(self, w: CaptureWriter, tid: int, num: int) -> None:
        rng = self.rng
        kind = rng.choice(tuple(FD_TYPES))
        if kind.startswith("ipv4"):
            w.fd(
                tid, num, kind, source=("10.0.0.1", rng.choice((80, 0, 40000))), destination=("1.2.3.4", 443)
            )
        elif kind.startswith("ipv6"):
            w.fd(tid, num, kind, source=("::1", 80), destination=("::ffff:10.0.0.1", 443))
        elif kind == "unix":
            w.fd(tid, num, kind, name=self._path(), source=rng.getrandbits(64), destination=0)
        else:
            w.fd(tid, num, kind, name=self._path(), ino=5, flags=rng.getrandbits(16))

    def _scene(self, w: CaptureWriter) -> None:
        """A few events of one thread that belong together; what a scene leaves open is made up."""
        rng = self.rng
        tid, fd = self.tid(), rng.choice(self.fds[:3])
        other = rng.choice((self.tid(), rng.randrange(1 << 20)))
        known = {"tid": tid, "fd": fd, "other": other, "pid": rng.choice((other, tid))}
        for symbol, by, given in rng.choice(SCENES):
            if rng.random() < 0.1:
                continue
            event = EVENTS[CODES[symbol]]
            params = []
            for p in event.params:
                value = given.get(p.name)
                size = SIZES.get(p.type)
                if value is None or (size is None) != isinstance(value, bytes):
                    params.append(self._value(event, p))
                elif isinstance(value, bytes):
                    params.append(value)
                else:
                    number = known[value] if isinstance(value, str) else value
                    params.append((number & ((1 << 8 * SIZES[p.type]) - 1)).to_bytes(SIZES[p.type], "little"))
            self.now += rng.choice((1, 1000, 3 * 10**9))
            w.raw_event(self.now, known[by], 0, event.code, params)

    def _event(self, w: CaptureWriter) -> None:
        rng = self.rng
        if rng.random() < 0.08:
            self._scene(w)
            return
        self.now += rng.choice((0, 1, 1000, 10**6, 10**9, -5))
        kind = rng.random()
        tid = self.tid()
        large = 0
        if tid in self.entered and kind < 0.5:
            code = self.entered.pop(tid)
            n = rng.choice([k for c, k in OLD_SHAPES if c == code] or [len(EVENTS[code].params)])
        elif kind < 0.75:
            code = rng.choice(MOVERS)
            n = len(EVENTS[code].params)
        elif kind < 0.88:
            code, n = rng.choice(OLD_SHAPES)
            if code % 2 == 0:
                self.entered[tid] = code + 1
        else:
            code = rng.choice(EXISTING).code
            n = len(EVENTS[code].params)
            if rng.random() < 0.004:  # mostly the end of the capture: nobody ever wrote such an event
                n += rng.choice((1, -1))
        event = EVENTS[code]
        params = [self._value(event, p) for p in event.params[: max(n, 0)]]
        params += [rng.randbytes(4)] * (n - len(params))
        if rng.random() < 0.01 and params:
            large = rng.randrange(len(params))
            params[large] = rng.randbytes(16) * rng.choice((64, 256, 2000))
        flags = rng.choice((0, 0, 0, rng.getrandbits(32)))
        try:
            w.raw_event(self.now, tid, rng.randrange(5), code, params, flags)
        except ValueError:  # too long for its kind of block
            w.raw_event(self.now, tid, 0, code, [p[:200] for p in params], flags)

    def _value(self, event: EventType, p: Param) -> bytes:
        rng = self.rng
        if rng.random() < 0.03:
            return rng.choice((b"", rng.randbytes(rng.randrange(20))))
        size = SIZES.get(p.type)
        if size is not None:
            return (self._number(event, p) & ((1 << 8 * size) - 1)).to_bytes(size, "little")
        return _VALUES.get(p.type, _bytes)(self, p)

    def _number(self, event: EventType, p: Param) -> int:
        rng = self.rng
        if p.name in ("tid", "pid", "ptid", "vtid", "vpid", "pgid", "vpgid", "reaper_tid", "next"):
            return self.tid()
        if p.type in ("FD", "FD32"):
            return rng.choice(self.fds)
        if p.name == "res":
            if event.name in ("clone", "fork", "vfork", "clone3"):
                return rng.choice((0, 0, 0, self.tid(), self.tid(), -11))
            return rng.choice((0, 0, 0, 0, -2, -13, rng.choice(self.fds), number(rng)))
        names = FLAGS.get(p.table)
        if names and rng.random() < 0.8:
            value = rng.choice(names)[1]
            return value if p.type.startswith("ENUM") or rng.random() < 0.4 else value | rng.choice(names)[1]
        if p.type in ("UID", "GID"):
            return rng.choice((0, 1000, -1, rng.getrandbits(32)))
        return number(rng)


def _bytes(story: Story, p: Param) -> bytes:
    return text(story.rng)


def _charbuf(story: Story, p: Param) -> bytes:
    rng = story.rng
    if p.name == "json":
        raw = (JSON % (CONTAINER[:12], CONTAINER)).encode()
        for _ in range(rng.choice((0, 0, 1, 3))):
            at = rng.randrange(len(raw))
            raw = (
                raw[:at]
                + rng.choice((b"", b'"', b"{", b"[", b"\\u00", b"\xff", b"null", b"-1e999", b"[" * 300))
                + raw[at + rng.randrange(3) :]
            )
        return raw + b"\0"
    if p.name == "cwd" and rng.random() < 0.5:
        return b"/root\0"
    return text(rng) + (b"\0" if rng.random() < 0.95 else b"")


def _strings(story: Story, p: Param) -> bytes:
    rng = story.rng
    if p.name == "cgroups":
        words = [c.encode() for c in rng.choices(CGROUPS, k=rng.randrange(4))]
    elif p.name in ("args", "env"):
        words = [text(rng) for _ in range(rng.choice((0, 1, 2, 6)))]
    else:
        return text(rng)
    return b"\0".join(words) + (b"\0" if words and rng.random() < 0.95 else b"")


def _ends(rng: Random) -> tuple[int, bytes, bytes]:
    port = struct.pack("<H", rng.choice((0, 53, 80, 443, 40000, 65535)))
    if rng.random() < 0.5:
        return 2, rng.choice((b"\x7f\0\0\1", b"\x0a\0\0\1", bytes(4), rng.randbytes(4))), port
    return (
        10,
        rng.choice((bytes(15) + b"\1", bytes(10) + b"\xff\xff\x0a\0\0\1", rng.randbytes(16), bytes(16))),
        port,
    )


def _address(story: Story, p: Param) -> bytes:
    rng = story.rng
    if rng.random() < 0.2:
        return bytes([1]) + text(rng) + b"\0"
    family, ip, port = _ends(rng)
    return bytes([family]) + ip + port


def _tuple(story: Story, p: Param) -> bytes:
    rng = story.rng
    if rng.random() < 0.2:
        return (
            struct.pack("<BQQ", 1, rng.getrandbits(64), rng.choice((0, rng.getrandbits(64))))
            + text(rng)
            + b"\0"
        )
    family, sip, sport = _ends(rng)
    dip = rng.choice((sip, rng.randbytes(len(sip)), bytes(len(sip))))
    return bytes([family]) + sip + sport + dip + struct.pack("<H", rng.choice((53, 80, 443)))


def _fd_list(story: Story, p: Param) -> bytes:
    rng = story.rng
    n = rng.choice((0, 1, 3, 40))
    rows = b"".join(struct.pack("<qh", rng.choice(story.fds), rng.randrange(-5, 64)) for _ in range(n))
    return struct.pack("<H", n + rng.choice((0, 0, 0, 1, 60000))) + rows


def _dynamic(story: Story, p: Param) -> bytes:
    rng = story.rng
    return bytes([rng.choice((0, 1, 2, 3, 4, 5, 200))]) + rng.choice(
        (rng.randbytes(8), rng.randbytes(4), b"x\0", b"", text(rng))
    )


_VALUES: dict[str, Callable[[Story, Param], bytes]] = {
    "CHARBUF": _charbuf, "FSPATH": _charbuf, "FSRELPATH": _charbuf, "BYTEBUF": _strings, "CHARBUFARRAY": _strings,
    "CHARBUF_PAIR_ARRAY": _strings, "SOCKADDR": _address, "SOCKTUPLE": _tuple, "FDLIST": _fd_list, "DYN": _dynamic,
}  # fmt: skip


# ---- blocks


def split(capture: bytes) -> list[Block]:
    """The blocks of a capture; what does not hold together at its end is left out."""
    blocks: list[Block] = []
    at = 0
    while at + 12 <= len(capture):
        kind, length = struct.unpack_from("<II", capture, at)
        if length < 12 or at + length > len(capture):
            break
        blocks.append((kind, bytearray(capture[at + 8 : at + length - 4])))
        at += length
    return blocks


def joined(blocks: list[Block]) -> bytes:
    out = bytearray()
    for kind, content in blocks:
        length = struct.pack("<I", 12 + len(content))
        out += struct.pack("<I", kind) + length + content + length
    return bytes(out)


EVENT_KINDS = frozenset((0x204, 0x8010ABCD, 0x208, 0x216, 0x217, 0x221, 0x222))
MOST_HEAD_BYTES = 20_000


class Recording:
    """The blocks of a capture file. Its head is thinned out: rows of tables, one in so many."""

    def __init__(self, path: Path) -> None:
        raw = path.read_bytes()
        blocks = split(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        self.head = [b for b in blocks if b[0] not in EVENT_KINDS]
        self.events = [b for b in blocks if b[0] in EVENT_KINDS]

    def cut(self, rng: Random) -> list[Block]:
        head: list[Block] = []
        size = 0
        for kind, content in self.head[:3] + rng.sample(self.head[3:], min(25, max(len(self.head) - 3, 0))):
            if kind in (0x215, 0x214, 0x213) and len(content) > 4000:
                content = _thinned(content, rng)
            if size + len(content) <= MOST_HEAD_BYTES or kind == 0x0A0D0D0A:
                head.append((kind, bytearray(content)))
                size += len(content)
        at = rng.randrange(max(len(self.events) - 40, 1))
        many = rng.choice((10, 40, 80))
        return head + [(kind, bytearray(content)) for kind, content in self.events[at : at + many]]


def _thinned(table: bytearray, rng: Random) -> bytearray:
    """Some rows of a table of processes whose rows begin with their length."""
    rows: list[bytes] = []
    at = 0
    while at + 4 <= len(table):
        (length,) = struct.unpack_from("<I", table, at)
        if length < 8 or at + length > len(table):
            break
        rows.append(bytes(table[at : at + length]))
        at += length
    kept = b"".join(rng.sample(rows, min(len(rows), 8)))
    return bytearray(kept + bytes(-len(kept) % 4))


@cache
def recordings(shared: Path) -> tuple[Recording, ...]:
    """The captures under `../shared/falco`, none where it is absent."""
    return tuple(
        Recording(p)
        for folder in ("captures", "recorded", "cases/captures")
        for p in sorted((shared / "falco" / folder).glob("*.scap"))
    )


def blocks_of(rng: Random, shared: Path) -> list[Block]:
    """A well-formed capture, block by block."""
    found = recordings(shared)
    if found and rng.random() < 0.3:
        return rng.choice(found).cut(rng)
    return split(Story(rng).capture(rng.choice((5, 20, 60, 120))))
