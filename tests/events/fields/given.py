"""Made-up events, for the tests of fields."""

from __future__ import annotations

import struct
from typing import Any

from tiercel.events.fields.dump import FieldReader, Given
from tiercel.events.table import CODES

SECOND = 1_000_000_000
START = 1_715_000_706 * SECOND  # 2024-05-06T13:05:06Z


def u8(n: int) -> bytes:
    return struct.pack("<B", n)


def u16(n: int) -> bytes:
    return struct.pack("<H", n)


def u32(n: int) -> bytes:
    return struct.pack("<I", n)


def u64(n: int) -> bytes:
    return struct.pack("<Q", n)


def i64(n: int) -> bytes:
    return struct.pack("<q", n)


def text(s: str | bytes) -> bytes:
    return (s.encode() if isinstance(s, str) else s) + b"\0"


def ip4(address: str) -> bytes:
    return bytes(int(part) for part in address.split("."))


Spec = tuple[Any, ...]  # symbol of the event, then its parameters


def process(cwd: str) -> Spec:
    """The event by which thread 100 becomes known: a child that its parent's clone made."""
    ids = (i64(100), i64(100), i64(1))
    numbers = (i64(1024), u64(0), u64(0), u32(0), u32(0), u32(0))
    rest = (text("sh"), b"", u32(0), u32(1000), u32(1000), i64(100), i64(100), u64(0))
    return ("CLONE_20_X", i64(0), text("/bin/sh"), b"", *ids, text(cwd), *numbers, *rest)


def read(events: list[Spec], fields: list[str], form: str = "json") -> list[dict[str, Any]]:
    """The fields of each event; the events are a millisecond apart."""
    given = [(CODES[e[0]], 100, START + i * 1_000_000, e[1:]) for i, e in enumerate(events)]
    return list(FieldReader(Given(given), fields, form))


def last(events: list[Spec], field: str, form: str = "json") -> Any:
    """A field of the last event; None where it has none."""
    return read(events, [field], form)[-1].get(field)
