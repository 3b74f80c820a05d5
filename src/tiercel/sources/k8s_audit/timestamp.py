"""Times of audit events: RFC 3339 as Go's time package reads it, in ns since the epoch.

Go is more lenient than the standard: an hour of one digit, a comma before the fraction, and a fraction of any
length, of which nine digits count.
"""

from __future__ import annotations

import re
from datetime import date

_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_EPOCH = date(1970, 1, 1).toordinal()
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_known_days: dict[str, int] = {}  # the seconds at which a day began: a log stays on one day for long


def nanoseconds(text: str) -> int:
    """The time as ns since the epoch, modulo 2**64. ValueError where it is no time."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is not a time such as 2006-01-02T15:04:05.123456Z")
    year, month, day, hour, minute, second, fraction, sign, zone_hour, zone_minute = match.groups()
    midnight = _known_days.get(text[:10])
    if midnight is None:
        midnight = _midnight(int(year), int(month), int(day), text)
    h, m, s = int(hour), int(minute), int(second)
    if h > 23 or m > 59 or s > 59:
        raise ValueError(f"{text[:40]!r} is not a time: there is no such hour, minute or second")
    seconds = midnight + h * 3600 + m * 60 + s
    if sign is not None:
        offset = int(zone_hour) * 3600 + int(zone_minute) * 60
        if int(zone_hour) > 24 or int(zone_minute) > 60:
            raise ValueError(f"{text[:40]!r} is not a time: there is no such time zone")
        seconds += offset if sign == "-" else -offset
    ns = int(fraction[:9].ljust(9, "0")) if fraction else 0
    return (seconds * 1_000_000_000 + ns) % 2**64


def _midnight(year: int, month: int, day: int, text: str) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1] or (month == 2 and day == 29 and not leap):
        raise ValueError(f"{text[:40]!r} is not a time: there is no such day")
    # Python has no year 0; the calendar repeats every 400 years.
    days = (
        date(year + 400, month, day).toordinal() - 146_097
        if year < 400
        else date(year, month, day).toordinal()
    )
    seconds = (days - _EPOCH) * 86_400
    if len(_known_days) > 1000:
        _known_days.clear()
    _known_days[text[:10]] = seconds
    return seconds
