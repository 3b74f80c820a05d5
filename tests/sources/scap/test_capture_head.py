"""The tables at the head of a capture arrive in the state, from every version of the format."""

from __future__ import annotations

import io
import struct
from typing import Any

import pytest
from scap_bytes import block, event, read_until, section

from tiercel.events.fields.dump import FieldReader
from tiercel.sources.scap import Capture, CaptureWriter, Machine

# field: what it shows, and the first version that has it
SHOWN: dict[str, tuple[Any, int]] = {
    "proc.name": ("comm", 1), "proc.exe": ("exe", 1), "proc.args": ("-a b c", 1), "proc.cwd": ("/work/", 1),
    "proc.pid": (7, 1), "proc.fdlimit": (1024, 1), "user.uid": (5, 1), "group.gid": (6, 1),
    "proc.vmsize": (11, 2), "proc.vmrss": (12, 2), "proc.vmswap": (13, 2), "thread.pfmajor": (14, 2),
    "thread.pfminor": (15, 2), "proc.env": ("A=1 B=2", 3), "thread.vtid": (72, 4), "proc.vpid": (73, 4),
    "thread.cgroups": ("cpu=/x memory=/y", 4), "proc.sid": (70, 6), "proc.exepath": ("/bin/exe", 7),
    "proc.vpgid": (71, 8), "proc.pgid": (74, 9), "proc.tty": (33, 9), "user.loginuid": (55, 9),
    "proc.exe_ino": (1234, 9), "proc.is_exe_writable": (True, 9), "proc.is_exe_upper_layer": (True, 9),
    "proc.is_exe_lower_layer": (True, 9), "proc.is_exe_from_memfd": (True, 9),
    "proc.pidns_init_start_ts": (99, 9),
}  # fmt: skip
FIELDS = list(SHOWN)


def fields(data: bytes, names: list[str], **more: Any) -> dict[str, Any]:
    """Fields of the last event."""
    *_, last = FieldReader(Capture(io.BytesIO(data), **more), names)
    return last


def string(text: bytes) -> bytes:
    return struct.pack("<H", len(text)) + text


def process(version: int, *, tail: int = 1 << 30, args: bytes = b"-a\0b c\0", extra: bytes = b"") -> bytes:
    """A process as that version of the table has it. `tail`: bytes behind its root directory, from 9 on."""
    row = struct.pack("<qqq", 7, 7, 1)
    row += struct.pack("<q", 70) * (version >= 6) + struct.pack("<q", 71) * (version >= 8)
    row += string(b"comm") + string(b"exe") + string(b"/bin/exe") * (version >= 7) + string(args)
    row += string(b"/work") + struct.pack("<qIII", 1024, 0, 5, 6)
    row += struct.pack("<IIIQQ", 11, 12, 13, 14, 15) * (version >= 2)
    row += string(b"A=1\0B=2") * (version >= 3)
    row += (struct.pack("<qq", 72, 73) + string(b"cpu=/x\0mem_cgroup=/y\0")) * (version >= 4)
    row += string(b"/root") * (version >= 5)
    if version >= 9:
        more = struct.pack("<QI", 99, 33) + struct.pack("<I?QQQ", 55, True, 1, 2, 4)
        more += struct.pack("<?QQQ", True, 1234, 8, 9) + struct.pack("<??q", True, True, 74)
        row += more[:tail] + extra
        row = struct.pack("<I", 4 + len(row)) + row
    return row


KINDS = {
    "1": (0x202, 1), "1, unpublished": (0x8000ABCD, 1), "2": (0x207, 2), "2, unpublished": (0x8013ABCD, 2),
    "3": (0x209, 3), "3, unpublished": (0x8014ABCD, 3), "4": (0x210, 4), "5": (0x211, 5), "6": (0x212, 6),
    "7": (0x213, 7), "8": (0x214, 8), "9": (0x215, 9),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_processes(kind: str) -> None:
    code, version = KINDS[kind]
    found = fields(section() + block(code, process(version)) + event("GETUID_X", [bytes(4)], tid=7), FIELDS)
    for name, (value, since) in SHOWN.items():
        if version >= since:
            assert found[name] == value, name
        else:
            assert found.get(name) != value, name


@pytest.mark.parametrize("version", [1, 5, 9])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_several_processes_and_padding(version: int, n: int) -> None:
    code = {1: 0x202, 5: 0x211, 9: 0x215}[version]
    rows = b"".join(process(version, args=b"x" * i) for i in range(n))
    data = section() + block(code, rows) + block(code, rows) + event("GETUID_X", [bytes(4)], tid=7)
    assert fields(data, ["proc.args"]) == ({"proc.args": "x" * (n - 1)} if n > 1 else {"proc.args": ""})


@pytest.mark.parametrize(
    ("tail", "shown", "missing"),
    [
        (29, {"user.loginuid": 99}, []),  # libs before 0.10: the first four bytes are the login's number
        (42, {"proc.tty": 33, "user.loginuid": 55, "proc.is_exe_writable": True}, ["proc.exe_ino"]),
        (46, {"proc.is_exe_upper_layer": True}, ["proc.exe_ino"]),
        (66, {"proc.exe_ino": 1234}, []),
    ],
    ids=["before 0.10", "0.10", "cut in a field", "with inode"],
)
def test_processes_grow_at_their_end(tail: int, shown: dict[str, Any], missing: list[str]) -> None:
    data = section() + block(0x215, process(9, tail=tail)) + event("GETUID_X", [bytes(4)], tid=7)
    found = fields(data, FIELDS)
    for name, value in shown.items():
        assert found.get(name) == value
    assert all(not found.get(name) for name in missing)


def test_what_a_newer_program_put_behind_a_process() -> None:
    data = block(0x215, process(9, extra=b"new" * 7) + process(9)) + event("GETUID_X", [bytes(4)], tid=7)
    assert fields(section() + data, ["proc.pgid"]) == {"proc.pgid": 74}


def fd_row(v2: bool, num: int, kind: int, rest: bytes) -> bytes:
    row = struct.pack("<qQB", num, 77, kind) + rest
    return (struct.pack("<I", 4 + len(row)) if v2 else b"") + row


FDS: dict[str, tuple[int, bytes, dict[str, Any]]] = {
    "file": (16, struct.pack("<I", 1) + string(b"/etc/x"), {"fd.name": "/etc/x", "fd.type": "file"}),
    "directory": (2, string(b"/etc"), {"fd.name": "/etc", "fd.type": "directory"}),
    "pipe": (7, string(b"pipe:[1]"), {"fd.type": "pipe"}),
    "IPv4": (
        3, bytes([10, 0, 0, 1, 10, 0, 0, 2]) + struct.pack("<HHB", 1, 80, 2),
        {"fd.name": "10.0.0.1:1->10.0.0.2:80", "fd.type": "ipv4", "fd.l4proto": "tcp"},
    ),
    "IPv6": (
        4, bytes(15) + b"\1" + bytes(15) + b"\2" + struct.pack("<HHB", 1, 80, 3),
        {"fd.name": "::1:1->::2:80", "fd.type": "ipv6"},
    ),
    "IPv4 server": (5, bytes([10, 0, 0, 1]) + struct.pack("<HB", 80, 2), {"fd.name": "10.0.0.1:80"}),
    "IPv6 server": (6, bytes(15) + b"\1" + struct.pack("<HB", 80, 2), {"fd.name": "::1:80"}),
    "unix": (8, struct.pack("<QQ", 1, 2) + string(b"/run/s"), {"fd.name": "/run/s", "fd.type": "unix"}),
    "event": (9, string(b""), {"fd.type": "event"}),
}  # fmt: skip


@pytest.mark.parametrize("v2", [False, True], ids=["old", "new"])
@pytest.mark.parametrize("row", FDS)
def test_descriptors(row: str, v2: bool) -> None:
    kind, rest, shown = FDS[row]
    if row == "file" and v2:
        rest += struct.pack("<I", 0x801)
        shown = {**shown, "fd.dev": "801"}
    table = block(0x218 if v2 else 0x203, struct.pack("<q", 7) + fd_row(v2, 3, kind, rest) * 2)
    data = section() + block(0x215, process(9)) + table
    data += event("FSTAT_X", [bytes(8), struct.pack("<q", 3)], tid=7)
    assert fields(data, list(shown)) == shown


def test_a_kind_of_descriptor_that_is_newer() -> None:
    table = block(
        0x218, struct.pack("<q", 7) + fd_row(True, 3, 200, b"what") + fd_row(True, 4, 2, string(b"/x"))
    )
    data = section() + block(0x215, process(9)) + table
    data += event("FSTAT_X", [bytes(8), struct.pack("<q", 4)], tid=7)
    assert fields(data, ["fd.name"]) == {"fd.name": "/x"}


@pytest.mark.parametrize("v2", [False, True], ids=["old", "new"])
def test_users_and_groups(v2: bool) -> None:
    user = b"\0" + struct.pack("<II", 5, 6) + string(b"bob") + string(b"/home/bob") + string(b"/bin/sh")
    group = b"\1" + struct.pack("<I", 6) + string(b"staff")
    rows = b"".join(struct.pack("<I", 4 + len(r)) + r if v2 else r for r in (user, group))
    data = section() + block(0x220 if v2 else 0x206, rows) + block(0x215, process(9))
    names = ["user.name", "user.homedir", "user.shell", "group.name"]
    found = fields(data + event("GETUID_X", [bytes(4)], tid=7), names)
    assert list(found.values()) == ["bob", "/home/bob", "/bin/sh", "staff"]


@pytest.mark.parametrize("v2", [False, True], ids=["old", "new"])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_interfaces(kind: int, v2: bool) -> None:
    """A client's address that is the machine's own tells which end of a connection of old is which."""
    size = 4 if kind % 2 else 16
    row = struct.pack("<HH", kind, 4) + bytes(size * 3) + bytes(8 * (kind < 3)) + b"eth0"
    row = struct.pack("<I", len(row)) + row if v2 else row
    data = section() + block(0x219 if v2 else 0x205, row * 3) + event("SETSID_X")
    events, error = read_until(data)
    assert (len(events), error) == (1, None)


def test_the_writer_tells_all() -> None:
    out = io.BytesIO()
    with CaptureWriter(out, Machine(hostname="node-1", num_cpus=4, boot_ts=5)) as w:
        w.user(5, 6, "bob", "/home/bob", "/bin/sh")
        w.group(6, "staff")
        w.process(
            7, ptid=1, sid=70, vpgid=71, pgid=74, vtid=72, vpid=73, comm="comm", exe="exe",
            exepath="/bin/exe", args=["-a", "b c"], cwd="/work", env=["A=1", "B=2"],
            cgroups=["cpu=/x", "mem_cgroup=/y"], root="/root", uid=5, gid=6, loginuid=55, tty=33,
            vmsize_kb=11, vmrss_kb=12, vmswap_kb=13, pfmajor=14, pfminor=15, pidns_init_start_ts=99,
            exe_writable=True, exe_upper_layer=True, exe_lower_layer=True, exe_from_memfd=True, exe_ino=1234,
            exe_ino_ctime=8, exe_ino_mtime=9,
        )  # fmt: skip
        w.fd(7, 3, "ipv4", source=("10.0.0.1", 1), destination=("10.0.0.2", 80))
        w.event(10**18, 7, 0, "fstat", res=0, fd=3)
    found = fields(out.getvalue(), [*FIELDS, "fd.name", "user.name", "group.name"])
    assert found["fd.name"] == "10.0.0.1:1->10.0.0.2:80"
    assert (found["user.name"], found["group.name"]) == ("bob", "staff")
    assert {name: found[name] for name in SHOWN} == {name: value for name, (value, _) in SHOWN.items()}


def user_of(n: int) -> bytes:
    return b"\0" + struct.pack("<II", 5, 6) + struct.pack("<H", n) + b"x" * 40


DAMAGED = {
    "a name longer than names are": (
        0x215, process(9).replace(string(b"comm"), struct.pack("<H", 1025)), "1025 bytes",
    ),
    "arguments longer than those are": (0x202, process(1, args=b"x" * 4097), "4097 bytes"),
    "a process longer than its block": (0x202, process(1)[:-10], "longer than its block"),
    "a process that says it is short": (0x215, struct.pack("<I", 40) + process(9)[4:], "longer than it says"),
    "a process that says it is long": (
        0x215, struct.pack("<I", 4000) + process(9)[4:], "longer than its block",
    ),
    "a descriptor that says it is short": (
        0x218, struct.pack("<qI", 7, 20) + fd_row(True, 3, 2, string(b"/x"))[4:], "longer than it says",
    ),
    "a descriptor's name longer than its block": (
        0x203, struct.pack("<q", 7) + fd_row(False, 3, 2, struct.pack("<H", 900)), "longer than its block",
    ),
    "descriptors of nobody": (0x203, b"1234", "longer than its block"),
    "a user's name too long": (0x206, user_of(256), "too long"),
    "a user's name beyond the end": (0x206, user_of(200), "too long"),
    "a user that says it is long": (0x220, struct.pack("<I", 900) + user_of(4), "too long"),
    "an interface of no kind": (0x205, struct.pack("<HH", 9, 0) + bytes(40), "damaged"),
    "an interface's name beyond the end": (0x205, struct.pack("<HH", 1, 999) + bytes(40), "damaged"),
    "an interface longer than its block": (0x219, struct.pack("<IHH", 4000, 1, 0) + bytes(40), "damaged"),
    "a machine too short": (0x201, bytes(100), "too short"),
}  # fmt: skip


@pytest.mark.parametrize("row", DAMAGED)
def test_damaged_tables(row: str) -> None:
    kind, content, text = DAMAGED[row]
    events, error = read_until(section() + block(kind, content) + event("SETSID_X"))
    assert events == []
    assert error is not None
    assert error.offset == 28
    assert text in str(error)


def test_a_block_whose_two_lengths_differ() -> None:
    table = bytearray(block(0x206, b""))
    table[-4] += 4
    events, error = read_until(section() + bytes(table) + event("SETSID_X"))
    assert events == []
    assert "differ" in str(error)


def test_a_later_capture_starts_with_a_clean_state() -> None:
    first = section() + block(0x215, process(9)) + event("GETUID_X", [bytes(4)], tid=7)
    second = section() + event("GETUID_X", [bytes(4)], tid=7)
    assert fields(first, ["proc.name"]) == {"proc.name": "comm"}
    assert fields(first + second, ["proc.name"]).get("proc.name") != "comm"
    assert fields(second + first, ["proc.name"]) == {"proc.name": "comm"}
