"""Records of processes, made by hand: what they become, and that damaged ones do no harm."""

from __future__ import annotations

import random
import struct

import pytest

from tiercel.events.table import CODES, EVENTS
from tiercel.sources.ebpf import proc
from tiercel.sources.ebpf.decode import Decoder

FORK, EXEC, EXIT = 2, 3, 4
CLONE, VFORK, CLONE3, EXECVE = 56, 58, 435, 59
PROCESS, ARGUMENTS, ENVIRONMENT, CGROUP, EXEPATH, EXIT_PART, STRING = 8, 9, 10, 11, 12, 17, 1
EPOCH = 1_000_000
FILE = (77, 77, 1_000, 2_000, 5, 0x801, 0x801, 0o100755, 1, 0, 0, 0, 0, 0, 0)


def facts(flags: int = 0, exe_flags: int = 0) -> bytes:
    numbers = (11, 10, 4, 5, 1, 1, 9, 1, 8, 3, 100, 101, 1000, 1001, 1002, 0x8801)
    file = (*FILE[:9], exe_flags, *FILE[10:])
    caps = (1 << 63 | 7, 1 << 41 | 3, 1)
    return proc.PROCESS_FACTS.pack(
        *numbers, *caps, 500, 400, 21, 22, 23, 24, flags, 2, 30, 31, 32, 0, 40, 41, 1024, 6, b"name", *file
    )


def record(kind: int, nr: int, parts: list[tuple[int, int, bytes]], args: tuple[int, ...] = ()) -> bytes:
    body = b"".join(proc.PART.pack(p, i, 0, len(d)) + d + bytes(-len(d) % 8) for p, i, d in parts)
    words = (*args, *[0] * (6 - len(args)))
    return (
        proc.RECORD.pack(proc.RECORD.size + len(body), kind, 0, nr, 900, 11, 10, 3, len(parts), 0, 0, *words)
        + body
    )


def decoded(data: bytes) -> tuple[str, dict[str, bytes]]:
    event = Decoder(EPOCH).event(data)
    assert event is not None
    assert event[1:3] == (900 + EPOCH, 11)
    params = EVENTS[event[0]].params
    return EVENTS[event[0]].symbol, {p.name: v for p, v in zip(params, event[3], strict=True)}


def number(value: bytes) -> int:
    return int.from_bytes(value, "little", signed=True)


CGROUPS = [
    (CGROUP, 0, b"/\0"),
    (CGROUP, 1, b""),
    (CGROUP, 3, b"/a/b\0"),
    (CGROUP, 4, b""),
    (CGROUP, 5, b"/u\0"),
]


@pytest.mark.parametrize(
    ("nr", "native", "flags", "symbol", "falco"),
    [
        (CLONE, 0x100, 0, "CLONE_20_X", 0x8000),
        (CLONE3, 0x50F00, 0, "CLONE3_X", 0x1000 | 0x2000 | 0x800 | 0x1 | 0x2 | 0x8000),
        (CLONE, 0, 1, "CLONE_20_X", 1 << 29),
        (VFORK, 0x4100, 16, "VFORK_20_X", 1 << 29),
        (57, 0x400, 0, "FORK_20_X", 0),
        (0, 0x100, 0, "CLONE_20_X", 0x8000),
    ],
)
def test_a_fork(nr: int, native: int, flags: int, symbol: str, falco: int) -> None:
    parts = [(PROCESS, 0, facts(flags)), (ARGUMENTS, 0, b"/bin/x\0a\0\0b\0"), *CGROUPS]
    name, p = decoded(record(FORK, nr, parts, (native, 5, 4)))
    assert name == symbol
    assert (p["exe"], p["args"], p["comm"]) == (b"/bin/x\0", b"a\0\0b\0", b"name\0")
    assert p["cgroups"] == b"cpuset=/\0cpu=/\0io=/a/b\0memory=/a/b\0"
    got = [
        number(p[k]) for k in ("res", "tid", "pid", "ptid", "vtid", "vpid", "pidns_init_start_ts", "fdlimit")
    ]
    assert got == [0, 11, 10, 5, 1, 1, 400, 1024]
    assert [number(p[k]) for k in ("uid", "gid", "flags")] == [1000, 1001, falco]
    assert [number(p[k]) for k in ("vm_size", "vm_rss", "vm_swap", "pgft_maj", "pgft_min")] == [
        30,
        31,
        32,
        40,
        41,
    ]


def test_an_exec() -> None:
    parts = [
        (PROCESS, 0, facts(exe_flags=1 | 4 | 128)), (ARGUMENTS, 0, b"x\0y"), (ENVIRONMENT, 0, b"A=1\0B="), *CGROUPS,
        (EXEPATH, 0, b"/bin/x\0"), (STRING, 0, b"./x\0"),
    ]  # fmt: skip
    name, p = decoded(record(EXEC, EXECVE, parts))
    assert name == "EXECVE_19_X"
    assert (p["exe"], p["args"], p["env"]) == (b"x\0", b"y\0", b"A=1\0B=\0")
    assert (p["trusted_exepath"], p["filename"]) == (b"/bin/x\0", b"./x\0")
    assert number(p["flags"]) == 1 | 2 | 4
    assert [number(p[k]) for k in ("cap_permitted", "cap_effective", "cap_inheritable")] == [7, 3, 1]
    assert [number(p[k]) for k in ("exe_ino", "exe_ino_ctime", "exe_ino_mtime")] == [77, 1000, 2000]
    assert [number(p[k]) for k in ("vpgid", "pgid", "loginuid", "tty")] == [3, 8, 1002, 0x8801]


def test_control_groups_that_show_only_in_the_unified_hierarchy() -> None:
    parts = [(PROCESS, 0, facts()), (CGROUP, 0, b"/\0"), (CGROUP, 4, b""), (CGROUP, 5, b"/pod/id\0")]
    assert decoded(record(FORK, CLONE, parts))[1]["cgroups"] == b"cpuset=/\0memory=/\0=/pod/id\0"


@pytest.mark.parametrize(
    ("status", "ret", "sig", "core"),
    [(0, 0, 0, 0), (0x300, 3, 0, 0), (9, 0, 9, 0), (0x8B, 0, 11, 1), (0xFF00, 255, 0, 0)],
)
def test_an_exit(status: int, ret: int, sig: int, core: int) -> None:
    part = struct.pack("<IIII", status, 0xFFFFFFFF, 0, 0)
    name, p = decoded(record(EXIT, 0, [(EXIT_PART, 0, part)]))
    assert name == "PROCEXIT_1_E"
    assert [number(p[k]) for k in ("status", "ret", "reaper_tid")] == [status, ret if ret < 256 else -1, -1]
    assert (p["sig"], p["core"]) == (bytes([sig]), bytes([core]))


def test_arguments_that_do_not_end() -> None:
    parts = [(PROCESS, 0, facts()), (ARGUMENTS, 0, b"x" * 32768)]
    p = decoded(record(EXEC, EXECVE, parts))[1]
    assert (p["exe"], p["args"]) == (b"x" * 32768 + b"\0", b"")


def test_more_control_groups_than_there_is_room_for() -> None:
    long = b"/" + b"c" * 60000 + b"\0"
    parts = [(PROCESS, 0, facts()), *[(CGROUP, i, long) for i in range(5)]]
    p = decoded(record(FORK, CLONE, parts))[1]
    assert len(p["cgroups"]) <= 98304


@pytest.mark.parametrize("kind", [FORK, EXEC, EXIT])
def test_without_its_facts_there_is_no_event(kind: int) -> None:
    assert Decoder().event(record(kind, CLONE, [])) is None
    assert Decoder().event(record(kind, CLONE, [(PROCESS, 0, b"short"), (EXIT_PART, 0, b"")])) is None


def test_damaged_records_do_no_harm() -> None:
    parts = [
        (PROCESS, 0, facts()), (ARGUMENTS, 0, b"a\0b\0"), (ENVIRONMENT, 0, b"E=1\0"), *CGROUPS, (EXEPATH, 0, b"/x\0"),
        (EXIT_PART, 0, bytes(16)),
    ]  # fmt: skip
    drawn = random.Random(1)
    decoder = Decoder()
    for kind in (FORK, EXEC, EXIT):
        whole = record(kind, CLONE, parts)
        for _ in range(3000):
            data = bytearray(whole)
            for _ in range(drawn.randint(1, 6)):
                data[drawn.randrange(len(data))] = drawn.randrange(256)
            event = decoder.event(
                bytes(data[: drawn.randint(0, len(data))] if drawn.random() < 0.3 else data)
            )
            assert event is None or event[0] in {CODES[s] for s in CODES}
