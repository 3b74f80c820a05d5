"""An alert: what fired, when, and the values that its output shows. Printed as Falco prints it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from tiercel.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Alert:
    """`message` is the rule's output with its fields filled in; `fields` are their values as JSON shows them."""

    time_ns: int
    rule: Rule
    message: str
    fields: dict[str, Any]
    hostname: str
    killchain: dict[str, Any] | None = None
    lost: dict[str, Any] | None = None  # what was lost around its time; see tiercel.app.losses


def clock(time_ns: int) -> str:
    """`HH:MM:SS.nnnnnnnnn`, local time."""
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    return f"{time.strftime('%H:%M:%S', time.localtime(seconds))}.{nanoseconds:09}"


def iso8601(time_ns: int) -> str:
    """`YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ`."""
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(seconds))}.{nanoseconds:09}Z"


def text_line(alert: Alert) -> str:
    """`HH:MM:SS.nnnnnnnnn: Priority message`, without a line end."""
    return f"{clock(alert.time_ns)}: {alert.rule.priority} {alert.message}"


def json_object(alert: Alert) -> dict[str, Any]:
    """Falco's JSON alert, `killchain` where it is known, `lost` where events are missing around it."""
    found: dict[str, Any] = {
        "hostname": alert.hostname,
        "output": text_line(alert),
        "output_fields": {"evt.time": alert.time_ns, **alert.fields},
        "priority": alert.rule.priority,
        "rule": alert.rule.name,
        "source": alert.rule.source,
        "tags": sorted(alert.rule.tags),
        "time": iso8601(alert.time_ns),
    }
    if alert.killchain is not None:
        found["killchain"] = alert.killchain
    if alert.lost is not None:
        found["lost"] = alert.lost
    return found


def json_line(alert: Alert) -> str:
    """One line, keys sorted, without blanks, as Falco writes it. Bytes of a rules file that are no UTF-8: U+FFFD."""
    line = json.dumps(json_object(alert), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return line
