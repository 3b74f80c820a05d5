"""What every kind of event is: its name, category, effects and parameters. Read from `tiercel.events.rows`.

An event's code is its place in `EVENTS`; codes beyond the table are unknown to Falco 0.44
as well. Compiled code sees the same through `tiercel.events.layout`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tiercel.events.params import FORMAT_NUMBERS, TYPE_NUMBERS, usual_format
from tiercel.events.rows import ROWS

# Kinds of call (EC_*, the low nine bits) and where the event comes from (the bits above).
KINDS: dict[str, int] = {
    "unknown": 0, "other": 1, "file": 2, "net": 3, "ipc": 4, "memory": 5, "process": 6, "sleep": 7,
    "system": 8, "signal": 9, "user": 10, "time": 11, "processing": 12, "io_read": 32, "io_write": 33,
    "io_other": 34, "wait": 64, "scheduler": 128, "internal": 256,
}  # fmt: skip
ORIGINS: dict[str, int] = {
    "syscall": 1 << 9, "tracepoint": 1 << 10, "plugin": 1 << 11, "metaevent": 1 << 12, "iter": 1 << 13,
}  # fmt: skip

# What an event does (EF_*).
EFFECTS: dict[str, int] = {
    "creates_fd": 1 << 0, "destroys_fd": 1 << 1, "uses_fd": 1 << 2, "reads_fd": 1 << 3, "writes_fd": 1 << 4,
    "modifies_state": 1 << 5, "unused": 1 << 6, "waits": 1 << 7, "skips_reset": 1 << 8, "old": 1 << 9,
    "large": 1 << 11, "converted": 1 << 12,
}  # fmt: skip

# Layouts of a dynamic parameter: its first byte says which, the value follows.
DYNAMIC: dict[str, tuple[tuple[str, str], ...]] = {
    "sockopt": (
        ("BYTEBUF", "HEX"),
        ("ERRNO", "DEC"),
        ("UINT32", "DEC"),
        ("UINT64", "DEC"),
        ("RELTIME", "DEC"),
    ),
    "ptrace": (("UINT64", "HEX"), ("SIGTYPE", "DEC")),
    "bpf": (("FD", "DEC"), ("ERRNO", "DEC")),
    "keyctl": (("INT64", "DEC"), ("CHARBUF", "NA")),
}


class Param(NamedTuple):
    """A parameter of an event. `type` and `format` are names of `tiercel.events.params`.

    `table` names a table of `tiercel.events.flags`, or for type DYN one of `DYNAMIC`; empty where there is
    none. `directory` is for paths that start at a descriptor (FSRELPATH): the parameter that holds it; -1 for
    all others.
    """

    name: str
    type: str
    format: str
    table: str
    directory: int


class EventType(NamedTuple):
    """A kind of event. `symbol` is its name among codes (`OPENAT_2_X`), `name` is what `evt.type` prints."""

    code: int
    symbol: str
    name: str
    category: int
    effects: int
    params: tuple[Param, ...]

    @property
    def is_exit(self) -> bool:
        return bool(self.code & 1)

    @property
    def exists(self) -> bool:
        """False for the side that fills up a pair of which only the other is ever sent."""
        return self.category != 0


def _param(text: str) -> tuple[str, str, str, str, str]:
    text, _, directory = text.partition("@")
    name, kind, *rest = text.split(":")
    form = rest.pop(0) if rest and rest[0] in FORMAT_NUMBERS else usual_format(kind)
    return name, kind, form, rest[0] if rest else "", directory


def _params(text: str) -> tuple[Param, ...]:
    parsed = [_param(item) for item in text.split()]
    names = [name for name, *_ in parsed]
    return tuple(
        Param(name, kind, form, table, names.index(directory) if directory else -1)
        for name, kind, form, table, directory in parsed
    )


def _read() -> Iterator[EventType]:
    head, params = "", ""
    for line in [*ROWS.strip().splitlines(), ""]:
        if line.startswith(" "):
            params += line
            continue
        if head:
            number, name, category, *effects = (part.strip() for part in head.split("|"))
            code, symbol = number.split()
            kind, *origin = category.split()
            yield EventType(
                int(code),
                symbol,
                name,
                KINDS[kind] | sum(ORIGINS[word] for word in origin),
                sum(EFFECTS[word] for word in " ".join(effects).split()),
                _params(params),
            )
        head, params = line, ""


EVENTS: tuple[EventType, ...] = tuple(_read())
CODES: dict[str, int] = {event.symbol: event.code for event in EVENTS}


def _by_name() -> dict[str, tuple[int, ...]]:
    codes: dict[str, list[int]] = {}
    for event in EVENTS:
        if event.exists:
            codes.setdefault(event.name, []).append(event.code)
    return {name: tuple(found) for name, found in codes.items()}


# Codes of all events, both ways and all versions, that `evt.type` prints by a name.
CODES_BY_NAME: dict[str, tuple[int, ...]] = _by_name()

assert all(param.type in TYPE_NUMBERS for event in EVENTS for param in event.params)
