"""Damaged captures: all before the damage is delivered, then comes an error with its place."""

from __future__ import annotations

import gzip
import io
import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scap_bytes import TS, block, event, read, read_until, section, small_capture

from tiercel.errors import CaptureError
from tiercel.sources.scap import Capture

SMALL = small_capture()
EVENTS = read(SMALL)


def starts(data: bytes) -> list[tuple[int, int]]:
    """Offset and kind of each block."""
    found, at = [], 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        found.append((at, kind))
        at += length
    return found


BLOCKS = starts(SMALL)
FIRST_EVENT = next(at for at, kind in BLOCKS if kind in (0x216, 0x217, 0x221))


def test_cut_at_every_byte() -> None:
    ends = {at for at, _ in BLOCKS} | {len(SMALL)}
    event_starts = [at for at, kind in BLOCKS if kind in (0x216, 0x217, 0x221)]
    for cut in range(len(SMALL) + 1):
        events, error = read_until(SMALL[:cut], 4096)
        whole = sum(1 for at in event_starts[1:] if at <= cut) + (cut == len(SMALL))
        assert events == EVENTS[:whole]
        if cut in ends and cut > FIRST_EVENT:
            assert error is None
        else:
            assert error is not None
            assert error.offset <= cut


def test_gzip_cut_at_every_byte() -> None:
    packed = gzip.compress(SMALL, mtime=0)
    seen = 0
    for cut in range(2, len(packed)):
        events, error = read_until(packed[:cut])
        assert error is not None
        assert events == EVENTS[: len(events)]
        assert len(events) >= seen
        seen = len(events)
    assert seen == len(EVENTS)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_gzip_cut_gives_the_same_for_every_size_of_buffer(size: int) -> None:
    packed = gzip.compress(SMALL, mtime=0)
    for cut in range(2, len(packed)):
        events, error = read_until(packed[:cut])
        again, other = read_until(packed[:cut], size)
        assert error is not None
        assert other is not None
        assert (again, other.offset) == (events, error.offset)


def test_gzip_damaged_in_the_middle() -> None:
    """Whatever decompresses before the damage is delivered."""
    rng = random.Random(3)
    noise = [
        event("READ_X", [bytes(8), rng.randbytes(300), bytes(8), bytes(4)], ts=TS + i) for i in range(4000)
    ]
    packed = bytearray(gzip.compress(section() + b"".join(noise), mtime=0))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    events, error = read_until(bytes(packed))
    assert error is not None
    assert len(events) > 1900


def test_gzip_with_a_wrong_checksum() -> None:
    packed = bytearray(gzip.compress(SMALL))
    packed[-6] ^= 1
    events, error = read_until(bytes(packed))
    assert events == EVENTS
    assert error is not None


LIES = {
    "a block of no length": (struct.pack("<II", 0x216, 0), "cannot be 0 bytes"),
    "a block shorter than its header": (struct.pack("<II", 0x216, 7) + bytes(100), "cannot be 7 bytes"),
    "a block too short for an event": (block(0x216, bytes(20)), "cannot be"),
    "a block of 4 GB": (struct.pack("<II", 0x216, 0xFFFFFFFF) + bytes(100), "cannot be"),
    "a large block of 4 GB": (struct.pack("<II", 0x221, 0xFFFFFFFF) + bytes(100), "cannot be"),
    "a usual block that is longer than those are": (block(0x216, bytes(70_000)), "cannot be"),
    "an unknown block of no length": (struct.pack("<II", 0x7777, 0) + bytes(100), "cannot be"),
    "an unknown block beyond the end": (
        struct.pack("<II", 0x7777, 1 << 31) + bytes(100),
        "ends in the middle",
    ),
    "an unknown block of two lengths": (block(0x7777, b"abcd")[:-4] + bytes(4), "differ"),
    "an event longer than its block": (event("SETSID_X", [bytes(8)], extra=8), "does not fit"),
    "an event shorter than its parameters": (
        event("SETSID_X", [bytes(8)], extra=-1),
        "longer than the event",
    ),
    "an event shorter than its header": (event("SETSID_X", [], extra=-5), "does not fit"),
    "a parameter longer than its event": (
        event("SETSID_X", [bytes(8)]).replace(struct.pack("<IH", 1, 8), struct.pack("<IH", 1, 60000)),
        "longer than the event",
    ),
    "four billion parameters": (
        event("SETSID_X", [bytes(8)]).replace(struct.pack("<IH", 1, 8), struct.pack("<IH", 0xFFFFFFFF, 8)),
        "longer than the event",
    ),
    "oldest: lengths that do not add up": (event("SETSID_X", [bytes(8)], v1=True, extra=2), "add up"),
    "oldest: shorter than its parameters": (event("SETSID_X", [bytes(8)], v1=True, extra=-2), "add up"),
}


@pytest.mark.parametrize("row", LIES)
def test_lies_about_lengths(row: str) -> None:
    lie, text = LIES[row]
    good = event("SETSID_X", [bytes(8)])
    capture = Capture(io.BytesIO(section() + good + lie + good), 512)
    with pytest.raises(CaptureError) as raised:
        list(capture)
    error = raised.value
    assert capture.events == 1
    assert error.offset in (28 + len(good), 28 + len(good) + len(lie) + len(good))
    assert text in str(error)


@settings(max_examples=300, deadline=None)
@given(flips=st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 7)), min_size=1, max_size=8))
def test_flipped_bits(flips: list[tuple[int, int]]) -> None:
    data = bytearray(SMALL)
    for at, bit in flips:
        data[at] ^= 1 << bit
    assert read_until(bytes(data), 512) == read_until(bytes(data)) or read_until(bytes(data))[1] is not None


@settings(max_examples=200, deadline=None)
@given(tail=st.binary(max_size=300))
def test_noise_behind_good_events(tail: bytes) -> None:
    events, _ = read_until(SMALL + tail)
    assert events[: len(EVENTS)] == EVENTS


def test_flipped_bits_in_real_captures(falco: Path) -> None:
    rng = random.Random(1)
    for name in ("cat_write", "privileged"):
        data = gzip.decompress((falco / "captures" / f"{name}.scap").read_bytes())
        for _ in range(40):
            damaged = bytearray(data)
            for _ in range(rng.randint(1, 30)):
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
            read_until(bytes(damaged))
