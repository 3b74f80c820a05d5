"""Walking an audit event's document, and its values as text: what the fields of k8saudit have in common.

A JSON null is a value ("null" as text), so what is not there has a mark of its own: ABSENT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from tiercel.events.fields.audit_event import AuditEvent
from tiercel.events.fields.json_text import Array, Number, Object

# What a field gives of an event; None where the event has no such field.
Value = str | int | bool | list[str] | None
Extractor = Callable[[AuditEvent], Value]


class Absent:
    """The mark of a member that is not there."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()


def written(value: Any) -> str:
    """A value as text: a string as it is, all else as it is written in the log."""
    if type(value) is str:
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    if type(value) is int:
        return str(value)
    text: str = value.text if isinstance(value, Number) else value.text()
    return text


def cut(text: str) -> str:
    """A text as Falco takes it from the plugin: as a C string, which ends at the first NUL."""
    return text if "\0" not in text else text[: text.index("\0")]


def as_text(value: Any) -> str:
    """A value as the plugin hands it over."""
    if type(value) is str:
        return value if "\0" not in value else cut(value)
    return cut(written(value))


def texts(values: Iterable[Any]) -> list[str]:
    """Every value that is there, as text."""
    return [as_text(v) for v in values if v is not ABSENT]


def at(value: Any, path: Sequence[str]) -> Any:
    """What lies under `path` (names of members, or decimal positions in arrays), or ABSENT."""
    for name in path:
        if type(value) is Object:
            value = value.get(name, ABSENT)
        elif type(value) is Array:
            value = item(value, name)
        else:
            return ABSENT
        if value is ABSENT:
            return ABSENT
    return value


def item(array: Array, position: str) -> Any:
    """The item at a decimal position, as Go's Atoi reads one: a sign and leading zeros are no harm."""
    digits = position[1:] if position[:1] in ("+", "-") else position
    if not (digits.isascii() and digits.isdigit()):
        return ABSENT
    digits = digits.lstrip("0")
    if len(digits) > 10 or (digits and position[0] == "-"):
        return ABSENT
    index = int(digits or "0")
    return array[index] if index < len(array) else ABSENT


def through(value: Any, index: int, path: Sequence[str]) -> list[Any] | None:
    """All that lies under `path`, which may lead through arrays: item `index` of each, or every item for -1.

    Under an array, what is not there leaves an ABSENT in the list. None where there is nothing.
    An empty name stays where it is.
    """
    for i, name in enumerate(path):
        if type(value) is Array:
            if index < 0:
                found: list[Any] = []
                for member in value:
                    below = through(member, index, path[i:])
                    if below is None:
                        found.append(ABSENT)
                    else:
                        found.extend(below)
                return found
            if index >= len(value):
                return None
            value = value[index]
        if name:
            if type(value) is Object:
                value = value.get(name, ABSENT)
            elif type(value) is Array:
                value = item(value, name)
            else:
                return None
            if value is ABSENT:
                return None
    return [value]
