"""What Tiercel itself has to say among the alerts: events were lost, rules did not load."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tiercel.rules.alert import clock, iso8601

INTERNAL = "internal"  # source of such lines, as in Falco


@dataclass(frozen=True, slots=True)
class Notice:
    """An internal alert. It looks as Falco's do: no tags, no event; `output` has neither time nor priority in JSON."""

    time_ns: int
    rule: str
    priority: str
    message: str
    fields: Mapping[str, Any]  # values: str, int, float, bool
    hostname: str


def notice_text(notice: Notice) -> str:
    """`HH:MM:SS.nnnnnnnnn: Priority message (key=value key=value)`, keys sorted, values as JSON writes them."""
    shown = " ".join(f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in sorted(notice.fields.items()))
    return f"{clock(notice.time_ns)}: {notice.priority} {notice.message} ({shown})"


def notice_json(notice: Notice) -> str:
    """One line, keys sorted, without blanks."""
    found = {
        "hostname": notice.hostname,
        "output": notice.message,
        "output_fields": dict(notice.fields),
        "priority": notice.priority,
        "rule": notice.rule,
        "source": INTERNAL,
        "time": iso8601(notice.time_ns),
    }
    return json.dumps(found, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
