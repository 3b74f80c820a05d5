"""Pieces of captures as bytes, for tests: blocks of any kind and age, whole captures; and reading them."""

from __future__ import annotations

import io
import struct
from collections.abc import Sequence

from tiercel.errors import CaptureError
from tiercel.events.table import CODES
from tiercel.sources.scap import Capture, CaptureWriter, RawEvent

TS = 1_700_000_000_000_000_000


def block(kind: int, content: bytes) -> bytes:
    content += bytes(-len(content) % 4)
    length = struct.pack("<I", 12 + len(content))
    return struct.pack("<I", kind) + length + content + length


def section(major: int = 1) -> bytes:
    return block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, major, 2, -1))


def event(
    symbol: str | int,
    params: Sequence[bytes] = (),
    *,
    ts: int = TS,
    tid: int = 1,
    cpu: int = 0,
    flags: int | None = None,
    v1: bool = False,
    width: int = 2,
    kind: int | None = None,
    extra: int = 0,
    tail: bytes = b"",
) -> bytes:
    """An event's block. `v1`: without the number of parameters; `extra` is added to the length."""
    code = symbol if isinstance(symbol, int) else CODES[symbol]
    body = b"".join(len(p).to_bytes(width, "little") for p in params) + b"".join(params)
    head = struct.pack("<QQIH", ts, tid, (22 if v1 else 26) + len(body) + extra, code)
    head += b"" if v1 else struct.pack("<I", len(params))
    front = struct.pack("<H", cpu) + (b"" if flags is None else struct.pack("<I", flags))
    if kind is None:
        kind = {(False, False): 0x216, (True, False): 0x217, (False, True): 0x204, (True, True): 0x208}[
            flags is not None, v1
        ]
    return block(kind, front + head + body + tail)


def read(data: bytes, buffer_size: int = 256 * 1024) -> list[RawEvent]:
    return list(Capture(io.BytesIO(data), buffer_size))


def read_until(data: bytes, buffer_size: int = 256 * 1024) -> tuple[list[RawEvent], CaptureError | None]:
    """What was read before the end, and the error if that was not a proper one."""
    found: list[RawEvent] = []
    try:
        for e in Capture(io.BytesIO(data), buffer_size):
            found.append(e)
    except CaptureError as error:
        return found, error
    return found, None


def small_capture() -> bytes:
    """A capture of today with a head and a dozen events of several shapes."""
    out = io.BytesIO()
    with CaptureWriter(out) as w:
        w.interface("eth0", "10.0.0.1", "255.0.0.0")
        w.user(0, 0, "root", "/root", "/bin/sh")
        w.process(1, comm="init", exe="/sbin/init", args=["-x"], env=["A=1", "B=2"], cgroups=["cpu=/"])
        w.fd(1, 3, "file", name="/etc/passwd", flags=1)
        w.fd(1, 4, "ipv4", source=("10.0.0.1", 1), destination=("10.0.0.2", 80))
        for i in range(3):
            w.event(TS + 4 * i, 1, i, "openat", fd=3, dirfd=-100, name=f"/etc/file{i}", flags="O_RDONLY")
            w.event(TS + 4 * i + 1, 1, i, "read", res=4, data=b"abcd", fd=3, size=4096)
            w.event(TS + 4 * i + 2, 1, i, "close", block_flags=1, res=0, fd=3)
            w.event(TS + 4 * i + 3, 1, i, "container", json='{"container":{"id":"' + "a" * 100 * i + '"}}')
    return out.getvalue()
