"""What stands in an audit log and is not an audit event."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BadEvent:
    """Something that is not an audit event: the line where it starts (from 1), and what is wrong with it."""

    line: int
    message: str


def too_large(line: int, limit_bytes: int) -> BadEvent:
    return BadEvent(
        line,
        f"the event is larger than {limit_bytes:,} bytes: let the API server cut such events "
        "(--audit-log-truncate-enabled), or allow larger ones (max_event_bytes)",
    )
