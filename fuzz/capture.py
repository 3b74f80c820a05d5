"""Damaged captures, one after the other: no crash, no hang, bounded memory.

    python fuzz/capture.py [--count 10000] [--seed 1] [--keep DIR] [CAPTURE ...]

Seeds are captures written here, and those given (a window of each a time). Every input is read whole; with
--fields every field is read off its events. To see reads out of bounds, build with TIERCEL_SANITIZE=1 and
preload libasan:

    LD_PRELOAD=$(gcc -print-file-name=libasan.so) ASAN_OPTIONS=detect_leaks=0 python fuzz/capture.py

An input that breaks something is left in DIR/input.scap: it is written there before it is read.
"""

from __future__ import annotations

import argparse
import faulthandler
import gzip
import io
import random
import resource
import struct
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tiercel.errors import CaptureError
from tiercel.events.table import EVENTS
from tiercel.sources.scap import Capture, CaptureWriter
from tiercel.sources.scap.conversions import CONVERSIONS

SECONDS_EACH = 20
TS = 1_700_000_000_000_000_000
EVENT_FRONT = {0x204: 10, 0x208: 14, 0x216: 10, 0x217: 14, 0x221: 10, 0x222: 14}
NUMBERS = [0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]
PIECES = [b"", b"\0", b"/", b"../" * 40, b"A" * 300, b"=" * 9, b'{"a":[' * 30, b"\xff\xfe", b"%s%n", bytes(8)]


def blocks_of(data: bytes) -> list[bytes]:
    found, at = [], 0
    while at + 8 <= len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        found.append(data[at : at + length])
        at += max(length, 8)
    return found


def block(kind: int, content: bytes) -> bytes:
    content += bytes(-len(content) % 4)
    length = struct.pack("<I", 12 + len(content))
    return struct.pack("<I", kind) + length + content + length


def event(rng: random.Random, code: int, values: Sequence[bytes]) -> bytes:
    """An event's block, of any kind that could carry it."""
    kind = rng.choice([0x204, 0x208, 0x216, 0x217])
    width = 4 if EVENTS[code].effects & (1 << 11) else 2
    if width == 4:
        kind = rng.choice([0x221, 0x222])
    lengths = b"".join(len(v).to_bytes(width, "little") for v in values)
    old = kind < 0x210
    head = struct.pack(
        "<QQIH",
        TS + rng.randrange(10**9),
        rng.randrange(1, 6),
        (22 if old else 26) + len(lengths) + sum(map(len, values)),
        code,
    )
    if not old:
        head += struct.pack("<I", len(values))
    front = bytes(6) if kind in (0x208, 0x217, 0x222) else bytes(2)
    return block(kind, front + head + lengths + b"".join(values))


def value(rng: random.Random) -> bytes:
    choice = rng.random()
    if choice < 0.4:
        return struct.pack("<q", rng.choice([-2, -1, 0, 1, 3, 5, 100, 1 << 40]))
    if choice < 0.6:
        return struct.pack("<I", rng.choice(NUMBERS))
    if choice < 0.8:
        return rng.choice(PIECES) + b"\0"
    return rng.randbytes(rng.randrange(40))


def made_up(rng: random.Random) -> list[bytes]:
    """A small capture with events of all types and ages."""
    out = io.BytesIO()
    with CaptureWriter(out) as w:
        w.interface("eth0", "10.0.0.1", "255.0.0.0")
        w.user(0, 0, "root", "/root", "/bin/sh")
        w.group(0, "root")
        for tid in range(1, 5):
            w.process(
                tid, pid=tid if tid < 4 else 1, ptid=tid - 1, comm="c", exe="/bin/c", args=["-x", ""],
                env=["A=1"], cgroups=["cpu=/docker/" + "a" * 64], cwd="/root",
            )  # fmt: skip
            w.fd(tid, 3, "file", name="/etc/passwd", flags=1)
            w.fd(tid, 4, "ipv4", source=("10.0.0.1", 1), destination=("10.0.0.2", 80))
            w.fd(tid, 5, "ipv6_server", source=("::", 80))
            w.fd(tid, 6, "unix", source=1, destination=2, name="/run/s")
    found = blocks_of(out.getvalue())
    for _ in range(60):
        if rng.random() < 0.5:
            c = rng.choice(CONVERSIONS)
            code, n = c.type, c.nparams
        else:
            kind = rng.choice(EVENTS)
            code, n = kind.code, len(kind.params)
        found.append(event(rng, code, [value(rng) for _ in range(n)]))
    return found


def window(rng: random.Random, blocks: Sequence[bytes]) -> list[bytes]:
    """The head of a capture and some of its events."""
    head = [b for b in blocks if int.from_bytes(b[:4], "little") not in EVENT_FRONT]
    events = [b for b in blocks if int.from_bytes(b[:4], "little") in EVENT_FRONT]
    at = rng.randrange(max(1, len(events) - 100))
    if rng.random() < 0.8:
        head = [
            b if len(b) < 2000 else cut_table(rng, b) for b in rng.sample(head[1:], min(20, len(head) - 1))
        ]
        head = [blocks[0], *head]
    return head + events[at : at + 100]


def cut_table(rng: random.Random, data: bytes) -> bytes:
    # A table cut at a random place: its length is right again, its last row is not.
    kind = int.from_bytes(data[:4], "little")
    return block(kind, data[8 : 8 + rng.randrange(400, 2000) // 4 * 4])


def bend_number(rng: random.Random, data: bytearray) -> None:
    size = rng.choice([1, 2, 4, 8])
    if len(data) > size:
        at = rng.randrange(len(data) - size)
        mask = (1 << 8 * size) - 1
        data[at : at + size] = (rng.choice(NUMBERS) & mask).to_bytes(size, "little")


def flip(rng: random.Random, data: bytearray) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def bend_header(rng: random.Random, data: bytearray) -> None:
    """Type, length, number of parameters, or a parameter's length."""
    front = EVENT_FRONT.get(int.from_bytes(data[:4], "little"))
    if front is None or len(data) < front + 34:
        return
    at, size = rng.choice([(16, 4), (20, 2), (22, 4), (26, 2), (28, 2), (30, 2), (8, 8)])
    old = int.from_bytes(data[front + at : front + at + size], "little")
    new = rng.choice([old + 1, old - 1, old * 2, rng.choice(NUMBERS), rng.randrange(450)])
    data[front + at : front + at + size] = (new & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def insert(rng: random.Random, data: bytearray) -> None:
    at = rng.randrange(len(data))
    data[at:at] = rng.choice(PIECES)


def refit(rng: random.Random, data: bytearray) -> None:
    """Another length, right at both ends."""
    content = bytes(data[8:-4])
    cut = rng.randrange(len(content) + 1)
    data[:] = block(int.from_bytes(data[:4], "little"), content[:cut] + rng.choice(PIECES))


BENDS: list[Callable[[random.Random, bytearray], None]] = [
    bend_number, bend_number, flip, bend_header, bend_header, bend_header, insert, refit,
]  # fmt: skip


def mutated(rng: random.Random, blocks: list[bytes]) -> bytes:
    for _ in range(rng.choice([0, 1, 1, 2, 4, 16])):
        i = rng.randrange(len(blocks))
        if i == 0 and rng.random() < 0.9:
            continue
        bent = bytearray(blocks[i])
        if bent:
            rng.choice(BENDS)(rng, bent)
        blocks[i] = bytes(bent)
    for _ in range(rng.choice([0, 0, 1, 3])):
        i, j = rng.randrange(1, len(blocks) + 1), rng.randrange(len(blocks))
        blocks.insert(i, blocks[j])
    data = b"".join(blocks)
    if rng.random() < 0.1:
        data = data[: rng.randrange(len(data) + 1)]
    if rng.random() < 0.1:
        packed = bytearray(gzip.compress(data, 1))
        if rng.random() < 0.5:
            flip(rng, packed)
        data = bytes(packed)
    return data


def read(data: bytes, buffer_size: int) -> int:
    """Reads a capture whole. The number of events."""
    seen = 0
    try:
        for _ in Capture(io.BytesIO(data), buffer_size):
            seen += 1
    except CaptureError:
        pass
    return seen


def field_reader() -> Callable[[bytes], int]:
    """Reads all fields of all events."""
    from tiercel.events.catalogue import CATALOGUE
    from tiercel.events.fields.dump import FieldReader
    from tiercel.events.fields.field import names
    from tiercel.events.fields.registered import load

    load()
    fields = []
    for name in names():
        argument = CATALOGUE[name].argument if name in CATALOGUE else None
        if name not in CATALOGUE:
            continue
        if argument is None or not argument.required:
            fields.append(name)
        if argument is not None:
            fields += (
                [f"{name}[{i}]" for i in (0, 1, 3)] if argument.index else [f"{name}[cpu]", f"{name}[A]"]
            )

    def read_fields(data: bytes) -> int:
        seen = 0
        try:
            for _ in FieldReader(Capture(io.BytesIO(data)), fields):
                seen += 1
        except CaptureError:
            pass
        return seen

    return read_fields


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    options.add_argument("--fields", action="store_true", help="read fields too, not only events")
    options.add_argument("captures", type=Path, nargs="*")
    given = options.parse_args()
    seeds = []
    for path in given.captures:
        data = path.read_bytes()
        seeds.append(blocks_of(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data))
    given.keep.mkdir(parents=True, exist_ok=True)
    kept = given.keep / "input.scap"
    read_fields = field_reader() if given.fields else None
    events, slowest, started = 0, 0.0, time.monotonic()
    for i in range(given.count):
        rng = random.Random(given.seed * 1_000_003 + i)
        blocks = window(rng, rng.choice(seeds)) if seeds and rng.random() < 0.7 else made_up(rng)
        data = mutated(rng, blocks)
        kept.write_bytes(data)
        faulthandler.dump_traceback_later(SECONDS_EACH, exit=True)
        before = time.monotonic()
        events += read(data, rng.choice([64, 4096, 256 * 1024]))
        if read_fields is not None:
            read_fields(data)
        slowest = max(slowest, time.monotonic() - before)
        faulthandler.cancel_dump_traceback_later()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{given.count} captures, {events} events, {time.monotonic() - started:.0f} s,"
        f" slowest {slowest:.2f} s, {peak} MB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
