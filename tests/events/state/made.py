"""Events made up at random: the types that move the state, with parameters that are right, odd, cut or absent."""

from __future__ import annotations

import json
import random

from tiercel.events.machine import wanted
from tiercel.events.table import EVENTS

TIDS = [1, 2, 3, 7, 8, 9, 100, 101, 102, 103]
NUMBERS = [0, 1, 2, 3, 4, 5, 63, 64, 200, 4095, 5000, 1 << 40]
MOVING = [e for e, flag in zip(EVENTS, wanted(3), strict=True) if flag]

NAMES = [
    b"/etc/passwd", b"a", b"..", b"../../x", b"/", b"", b"<NA>", b"./b//c/", b"\xff\xfe", b"/x" * 600,
    "/tmp/ü€😀".encode(), b"(NULL)",
]  # fmt: skip
CGROUPS = [
    b"cpu=/\0io=/docker/" + b"ab" * 32 + b"\0",
    b"cpuset=/lxc/web/x\0",
    b"pids=/default/redis\0",
    b"cpu_cgroup=/system.slice/docker-" + b"0f" * 32 + b".scope",
    b"broken",
    b"",
]


def _container(r: random.Random) -> bytes:
    row = {
        "id": r.choice(["abababababab", "web", "", "x" * 70]),
        "type": r.choice([0, 6, 11, "no"]),
        "labels": r.choice([None, {"a": "b", "io.kubernetes.pod.name": "p"}, {"a": 1}]),
        "Mounts": r.choice([None, [{"Source": "/a", "Destination": "/b", "RW": True}], [{"RW": 1}]]),
        "Healthcheck": {"exe": "curl", "args": ["-f"]},
    }
    text = json.dumps({"container": row}).encode() + b"\0"
    return text if r.random() < 0.9 else text[: r.randrange(len(text))]


def _socket(r: random.Random, pair: bool) -> bytes:
    family = r.choice([1, 2, 10, 16])
    ends = 2 if pair else 1
    if family == 2:
        body = b"".join(bytes([127, 0, 0, r.randrange(3)]) + bytes([r.randrange(3), 0]) for _ in range(ends))
    elif family == 10:
        ip = [
            bytes(10) + b"\xff\xff" + bytes([10, 0, 0, 1]),
            bytes(16),
            bytes(15) + b"\1",
            b"\x20\1" + bytes(14),
        ]
        body = b"".join(r.choice(ip) + bytes([r.randrange(3), 0]) for _ in range(ends))
    else:
        body = bytes(16 if pair else 0) + r.choice([b"/run/x\0", b"\0", b"y" * 200 + b"\0", b"unended"])
    return bytes([family]) + body


def _value(r: random.Random, kind: str) -> bytes:
    if kind in ("ERRNO",):
        return r.choice([0, 0, 0, *TIDS, *NUMBERS[:6], -2, -115]).to_bytes(8, "little", signed=True)
    if kind == "FD":
        return r.choice([*NUMBERS, -1, -100]).to_bytes(8, "little", signed=True)
    if kind == "PID":
        return r.choice([*TIDS, 0, -1]).to_bytes(8, "little", signed=True)
    if kind in ("CHARBUF", "FSPATH", "FSRELPATH"):
        return r.choice(NAMES) + b"\0"
    if kind == "CHARBUFARRAY":
        return r.choice([*CGROUPS, b"-l\0x\0", b"\0", b"\0\0\0"])
    if kind == "BYTEBUF":
        return r.choice([b"data", _container(r)])
    if kind == "SOCKADDR":
        return _socket(r, False)
    if kind == "SOCKTUPLE":
        return _socket(r, True)
    width = 8
    for end, size in (("8", 1), ("16", 2), ("32", 4), ("64", 8), ("UID", 4), ("GID", 4), ("MODE", 4)):
        if kind.endswith(end):
            width = size
    if r.random() < 0.7:
        return r.choice([0, 1, 2, 3, 7, 10, *TIDS]).to_bytes(width, "little")
    return r.randbytes(width)


def event(r: random.Random) -> tuple[int, int, list[bytes]]:
    """Type, thread and parameters."""
    kind = r.choice(MOVING)
    params = [_value(r, p.type) for p in kind.params]
    if r.random() < 0.1 and params:
        for _ in range(r.randrange(1, 4)):
            i = r.randrange(len(params))
            params[i] = params[i][: r.randrange(len(params[i]) + 1)]
    if r.random() < 0.03:
        params = params[: r.randrange(len(params) + 1)]
    return kind.code, r.choice(TIDS), params
