"""Audit events for tests, made of what a test cares about."""

from __future__ import annotations

import json
from typing import Any

from tiercel.events.fields.audit import AuditEvent, Value, extractor
from tiercel.events.fields.json_text import parse


def event(
    *, time_ns: int = 1_540_475_929_736_141_000, raw: bytes | None = None, **members: Any
) -> AuditEvent:
    """An event with an id and these members, or the one that `raw` is."""
    if raw is None:
        raw = json.dumps({"kind": "Event", "auditID": "id", **members}, ensure_ascii=False).encode()
    return AuditEvent(time_ns, parse(raw), raw, 1)


def pod(*, spec: dict[str, Any] | None = None, **lists: Any) -> AuditEvent:
    """An event that makes a pod with these lists of containers."""
    return event(requestObject={"spec": {**(spec or {}), **lists}})


def read(field: str, of: AuditEvent) -> Value:
    """A field written as in a rule, `name` or `name[argument]`."""
    name, bracket, argument = field.partition("[")
    return extractor(name, argument[:-1] if bracket else None)(of)
