"""The `evt.*` fields that every source has, on an audit event (libs 0.25.4, generic event fields).

Times of day are local, as everywhere in Falco. `evt.time`, `evt.time.s`, `evt.time.iso8601`, `evt.datetime`
and `evt.datetime.s` are strings to a condition and in output text, but in JSON output all of them are the
event's time in ns, a number.
"""

from __future__ import annotations

import socket
import time
from functools import cache

from tiercel.events.fields.audit_event import PLUGIN, SOURCE, AuditEvent
from tiercel.events.fields.audit_value import Extractor, as_text

_SECOND = 1_000_000_000


@cache
def _hostname() -> str:
    return socket.gethostname()


@cache
def _zone_seconds() -> int:
    """How far local time is ahead of UTC, as it is now: one offset for all events, summer or winter."""
    return time.localtime().tm_gmtoff


def _local(event: AuditEvent, pattern: str) -> str:
    return time.strftime(pattern, time.gmtime(event.time_ns // _SECOND + _zone_seconds()))


def _fraction(event: AuditEvent) -> str:
    return f"{event.time_ns % _SECOND:09d}"


def _iso8601(event: AuditEvent) -> str:
    seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(event.time_ns // _SECOND))
    return f"{seconds}.{_fraction(event)}+0000"


_FIELDS: dict[str, Extractor] = {
    "evt.num": lambda e: e.num,
    "evt.time": lambda e: f"{_local(e, '%H:%M:%S')}.{_fraction(e)}",
    "evt.time.s": lambda e: _local(e, "%H:%M:%S"),
    "evt.time.iso8601": _iso8601,
    "evt.datetime": lambda e: f"{_local(e, '%Y-%m-%d %H:%M:%S')}.{_fraction(e)}",
    "evt.datetime.s": lambda e: _local(e, "%Y-%m-%d %H:%M:%S"),
    "evt.rawtime": lambda e: e.time_ns,
    "evt.rawtime.s": lambda e: e.time_ns // _SECOND,
    "evt.rawtime.ns": lambda e: e.time_ns % _SECOND,
    "evt.reltime": lambda e: (e.time_ns - e.first_ns) % 2**64,
    "evt.reltime.s": lambda e: (e.time_ns - e.first_ns) % 2**64 // _SECOND,
    "evt.reltime.ns": lambda e: (e.time_ns - e.first_ns) % 2**64 % _SECOND,
    "evt.pluginname": lambda e: PLUGIN,
    "evt.plugininfo": lambda e: as_text(e.text),
    "evt.source": lambda e: SOURCE,
    "evt.is_async": lambda e: False,
    "evt.asynctype": lambda e: None,
    "evt.hostname": lambda e: _hostname(),
}

NAMES = frozenset(_FIELDS)


def make(name: str, argument: str | None) -> Extractor:
    """The field `name`. KeyError where there is no such field, ValueError where it has an argument."""
    extractor = _FIELDS[name]
    if argument is not None:
        raise ValueError(f"{name} takes no argument, but has [{argument}]")
    return extractor
