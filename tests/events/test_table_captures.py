"""The event table against real captures: every event's parameters must fit what the table says of it.

The reader here is small and of its own: a mistake in the product's reader must not hide one in the table.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiercel.events.params import SIZES
from tiercel.events.table import EVENTS

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
if not SHARED.is_dir():
    SHARED = Path("/work/shared")
CAPTURES = sorted(SHARED.glob("falco/*/*.scap"))

# Blocks of events: with flags, with the number of parameters, with 32-bit lengths.
EVENT_BLOCKS = {
    0x204: (False, False, False),
    0x208: (True, False, False),
    0x216: (False, True, False),
    0x217: (True, True, False),
    0x221: (False, True, True),
    0x222: (True, True, True),
}


def counted(data: bytes, at: int, size: int) -> int:
    """How many parameters an event has that does not say so: as many 16-bit lengths as make up its size."""
    count = used = 0
    while used < size:
        (n,) = struct.unpack_from("<H", data, at + 2 * count)
        used += 2 + n
        count += 1
    return count


def events(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    raw = path.read_bytes()
    data = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    offset = 0
    while offset + 12 <= len(data):
        kind, total = struct.unpack_from("<II", data, offset)
        if kind in EVENT_BLOCKS:
            with_flags, with_count, large = EVENT_BLOCKS[kind]
            at = offset + 8 + 2 + (4 if with_flags else 0)
            _, _, length, code = struct.unpack_from("<QQIH", data, at)
            body = at + 22
            if with_count:
                (count,) = struct.unpack_from("<I", data, body)
                body += 4
            else:
                count = counted(data, body, length - 22)
            width = 4 if large else 2
            lengths = struct.unpack_from("<" + ("I" if large else "H") * count, data, body)
            body += width * count
            values = []
            for n in lengths:
                values.append(data[body : body + n])
                body += n
            assert body == at + length, f"{path.name}: event {code} at {offset} does not add up"
            yield code, values
        offset += total


def misfits(code: int, values: list[bytes]) -> Iterator[str]:
    event = EVENTS[code]
    if len(values) > len(event.params):
        yield f"{event.symbol}: {len(values)} parameters, the table has {len(event.params)}"
    for param, value in zip(event.params, values, strict=False):
        if not value:
            continue
        size = SIZES.get(param.type)
        if size is not None and len(value) != size:
            yield f"{event.symbol}.{param.name} ({param.type}): {len(value)} bytes"
        if param.type in ("CHARBUF", "FSPATH", "FSRELPATH") and value[-1:] != b"\0":
            yield f"{event.symbol}.{param.name}: text without an end"
        if param.type == "SOCKTUPLE" and value[0] in (2, 10):
            expected = 13 if value[0] == 2 else 37
            if len(value) != expected:
                yield f"{event.symbol}.{param.name}: {len(value)} bytes for family {value[0]}"


@pytest.mark.skipif(not CAPTURES, reason="the captures under ../shared/falco are not there")
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_events_fit_the_table(path: Path) -> None:
    seen = 0
    found: set[str] = set()
    for code, values in events(path):
        assert code < len(EVENTS), f"event code {code}"
        assert EVENTS[code].exists, f"{EVENTS[code].symbol} is only there to fill a pair"
        found |= set(misfits(code, values))
        seen += 1
    assert not found
    assert seen or path.stem == "empty"
