"""The `json.*` fields of Falco's json plugin 0.7, and their older names `jevt.*`, on an audit event.

    json.value[/a/b/0]   what lies under a JSON pointer (RFC 6901): a string as it is, all else as written
    json.obj             the whole event over many lines, two blanks a level
    json.rawtime         the event's time in ns

As in the plugin, the pointer's first `/` may be left out, an empty pointer is the whole event on one
line, and a position in an array may have a sign and leading zeros. `json.obj` is absent for an event that
only a lenient reader takes (a bad escape, a number like `1-2`).
"""

from __future__ import annotations

import json
from typing import NoReturn

from tiercel.events.fields.audit_event import AuditEvent
from tiercel.events.fields.audit_value import ABSENT, Extractor, as_text, at
from tiercel.events.fields.json_text import compact, indented

NAMES = frozenset(f"{prefix}.{name}" for prefix in ("json", "jevt") for name in ("value", "obj", "rawtime"))


def make(name: str, argument: str | None) -> Extractor:
    """The field `name`, bound to its argument.

    KeyError for an unknown field, ValueError for a wrong argument.
    """
    if name not in NAMES:
        raise KeyError(name)
    field = name.partition(".")[2]
    if field == "value":
        if argument is None:
            raise ValueError(f"{name} needs an argument: {name}[/path/to/a/member]")
        return _value(argument)
    if argument is not None:
        raise ValueError(f"{name} takes no argument, but has [{argument}]")
    return _object if field == "obj" else _time


def pointer(text: str) -> tuple[str, ...]:
    """The names that a JSON pointer leads through."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in text.removeprefix("/").split("/"))


def _value(argument: str) -> Extractor:
    if not argument:
        return _line
    path = pointer(argument)

    def read(event: AuditEvent) -> str | None:
        value = at(event.document, path)
        return None if value is ABSENT else as_text(value)

    return read


def _line(event: AuditEvent) -> str:
    return as_text(event.text)


def _object(event: AuditEvent) -> str | None:
    text = compact(event.raw)
    try:
        json.loads(text.decode("utf-8", "surrogateescape"), parse_constant=_no_constant)
    except ValueError:
        return None
    return as_text(indented(text).decode("utf-8", "surrogateescape"))


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _time(event: AuditEvent) -> str:
    return str(event.time_ns)
