"""What comes from a runtime, read with distrust.

A runtime's answer is JSON that somebody else wrote, and its labels, names and paths are chosen by whoever started
the container. Here each value is taken out by its type: absent and null are empty, another type is an
`AnswerError`. Texts come out without NUL and as whole UTF-8, since the state keeps lists as strings that end in
NUL.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from tiercel.errors import SourceError

MAX_TEXT = 1 << 18  # characters of one value
MAX_ITEMS = 4_096  # of a list or a mapping


class AnswerError(SourceError):
    """An answer that is no answer: broken JSON, a wrong type, too long. The text says of what."""


class RefusedError(AnswerError):
    """The runtime's own word that it does not answer this, now."""


class AwayError(SourceError):
    """A runtime that cannot be reached, or does not answer in time."""


def _no_constant(name: str) -> NoReturn:
    raise AnswerError(f"the number {name} is no JSON")


def parse(data: bytes | str) -> Any:
    """The JSON value. Raises AnswerError."""
    try:
        return json.loads(data, parse_constant=_no_constant)
    except (ValueError, RecursionError) as e:
        raise AnswerError(f"broken JSON: {e}") from None


def parse_object(data: bytes | str) -> dict[str, Any]:
    value = parse(data)
    if not isinstance(value, dict):
        raise AnswerError(f"an object was expected, not {_kind(value)}")
    return value


def clean(value: str) -> str:
    """The text as the state can keep it: cut to MAX_TEXT, without NUL and lone surrogates."""
    return value[:MAX_TEXT].replace("\0", "").encode("utf-8", "replace").decode()


def at(value: Any, *path: str) -> Any:
    """What lies under the keys; None where something on the way is absent or null."""
    for key in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise AnswerError(f"{key!r} was looked for in {_kind(value)}")
        value = value.get(key)
    return value


def text(value: Any, *path: str) -> str:
    value = at(value, *path)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise AnswerError(f"{_name(path)} is {_kind(value)}, not text")
    return clean(value)


def number(value: Any, *path: str) -> int:
    """A whole number that fits into 64 bits; 0 where it is absent."""
    value = at(value, *path)
    if value is None:
        return 0
    if isinstance(value, bool) or not isinstance(value, int):
        raise AnswerError(f"{_name(path)} is {_kind(value)}, not a whole number")
    return max(-(1 << 62), min(1 << 62, value))


def flag(value: Any, *path: str) -> bool:
    value = at(value, *path)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise AnswerError(f"{_name(path)} is {_kind(value)}, not true or false")
    return value


def mapping(value: Any, *path: str) -> dict[str, Any]:
    """At most MAX_ITEMS of an object's members."""
    value = at(value, *path)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise AnswerError(f"{_name(path)} is {_kind(value)}, not an object")
    if len(value) <= MAX_ITEMS:
        return value
    return dict(list(value.items())[:MAX_ITEMS])


def items(value: Any, *path: str) -> list[Any]:
    """At most MAX_ITEMS of a list."""
    value = at(value, *path)
    if value is None:
        return []
    if not isinstance(value, list):
        raise AnswerError(f"{_name(path)} is {_kind(value)}, not a list")
    return value[:MAX_ITEMS]


def texts(value: Any, *path: str) -> tuple[str, ...]:
    return tuple(text(v) for v in items(value, *path))


def pairs(value: Any, *path: str) -> dict[str, str]:
    """An object of texts, such as labels."""
    return {clean(k): text(v) for k, v in mapping(value, *path).items()}


# RFC 3339 as Go prints it: any number of digits of a second, and an offset.
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(?:[Zz]|([+-])(\d\d):(\d\d))"
)


def moment_ns(value: Any, *path: str) -> int:
    """Nanoseconds since 1970 of an RFC 3339 text; 0 where it is none, or before 1970 (Go's zero time)."""
    match = _MOMENT.match(text(value, *path))
    if match is None:
        return 0
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    if not (year >= 1970 and 1 <= month <= 12 and 1 <= day <= 31):
        return 0
    offset = (int(match[9]) * 60 + int(match[10])) * (-1 if match[8] == "-" else 1) if match[8] else 0
    whole = ((_days(year, month, day) * 24 + hour) * 60 + minute - offset) * 60 + second
    return max(0, whole * 1_000_000_000 + int((match[7] or "").ljust(9, "0")))


def _days(year: int, month: int, day: int) -> int:
    # Days since 1970 of the Gregorian calendar, years beginning in March. No `datetime`: it knows no nanoseconds.
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def _name(path: tuple[str, ...]) -> str:
    return ".".join(path) if path else "a value"


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    return "text" if isinstance(value, str) else "a number"
