"""Which JSON objects are audit events: what the k8saudit plugin lets in, each event by itself.

    {"kind": "Event", "stageTimestamp": ..., ...}        an event
    {"kind": "EventList", "items": [...]}                events, whatever their kind

An event needs `stageTimestamp`, which is its time. The plugin drops a whole array for one member of
another kind; here the others count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tiercel.events.fields.audit_event import AuditEvent
from tiercel.events.fields.json_text import Object, members, parse
from tiercel.sources.k8s_audit.bad_event import BadEvent, too_large
from tiercel.sources.k8s_audit.framing import Frame
from tiercel.sources.k8s_audit.timestamp import nanoseconds


def admit(frame: Frame, max_event_bytes: int) -> Iterator[AuditEvent | BadEvent]:
    """The events of one JSON object."""
    if frame.has_items:
        # Read only as far as it needs: a list may be large, and is bounded by its events.
        kind = next(
            (_part(frame.text, span) for name, *span in members(frame.text, 0) if name == "kind"), None
        )
        if kind == "EventList":
            yield from _items(frame, max_event_bytes)
            return
    if len(frame.text) > max_event_bytes:
        yield too_large(frame.line, max_event_bytes)
        return
    document = parse(frame.text)
    kind = document.get("kind")
    if kind == "Event" or (frame.listed and kind is None):
        yield _event(frame.text, document, frame.line)
    elif kind == "EventList":
        yield from _items(frame, max_event_bytes)
    elif not isinstance(kind, str):
        yield BadEvent(frame.line, "not an audit event: it has no `kind` (`Event` or `EventList` expected)")
    else:
        yield BadEvent(
            frame.line, f"not an audit event: its `kind` is {kind[:60]!a}, not `Event` or `EventList`"
        )


def _part(text: bytes, span: Sequence[int]) -> object:
    return parse(text[span[0] : span[1]])


def _items(frame: Frame, max_event_bytes: int) -> Iterator[AuditEvent | BadEvent]:
    text, line, seen = frame.text, frame.line, 0
    at = next((start for name, start, _ in members(text, 0) if name == "items"), -1)
    if at < 0 or text[at] != 0x5B:
        yield BadEvent(line, "an EventList without an array `items`")
        return
    for _, start, end in members(text, at):
        line += text.count(b"\n", seen, start)
        seen = start
        if end - start > max_event_bytes:
            yield too_large(line, max_event_bytes)
            continue
        part = text[start:end]
        document = parse(part)
        if isinstance(document, Object):
            yield _event(part, document, line)
        else:
            yield BadEvent(line, "not an audit event: an item of a list that is not an object")


def _event(text: bytes, document: Object, line: int) -> AuditEvent | BadEvent:
    stamp = document.get("stageTimestamp")
    if not isinstance(stamp, str):
        return BadEvent(line, "an event without the time `stageTimestamp`")
    try:
        return AuditEvent(nanoseconds(stamp), document, text, line)
    except ValueError as error:
        return BadEvent(line, f"`stageTimestamp`: {error}")
