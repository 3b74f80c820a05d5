"""The fields of audit events: `ka.*`, `json.*` and `jevt.*`, and the `evt.*` that every source has.

    extract = extractor("ka.req.pod.containers.image.repository", "1")     # once, at load time
    value = extract(event)                                                # for each AuditEvent

A value is a str (ka.*, json.*: all strings), an int or bool (evt.*), a list of str for list fields, or
None where the event has no such field. Strings hold bytes that are no UTF-8 as lone surrogates
(`surrogateescape`).

How a real Falco prints them, for whoever formats:
- in text, a list is `(a,b)`, without quotes, cut at 1,023 bytes (the closing bracket may be lost); absent is
  `<NA>`; a single string is never cut;
- in JSON (`output_fields`), a list field is an array, also where an index picked one item; absent is null; an
  int field is a number, and `evt.time` and its kin are the event's time in ns;
- bytes that are not UTF-8 come out as U+FFFD.
"""

from __future__ import annotations

from tiercel.events.fields import audit_evt, audit_ka, jevt
from tiercel.events.fields.audit_event import PLUGIN, SOURCE, AuditEvent
from tiercel.events.fields.audit_value import Extractor, Value

_FAMILIES = (audit_ka, jevt, audit_evt)

__all__ = ["PLUGIN", "SOURCE", "AuditEvent", "Extractor", "Value", "extractor", "names"]


def extractor(name: str, argument: str | None = None) -> Extractor:
    """Reads the field `name`, with the text between its brackets, off an event.

    KeyError where audit events have no such field; ValueError where the argument is missing, not allowed, or
    wrong.
    """
    for family in _FAMILIES:
        if name in family.NAMES:
            made: Extractor = family.make(name, argument)
            return made
    raise KeyError(name)


def names() -> list[str]:
    """The fields of audit events, sorted."""
    return sorted(name for family in _FAMILIES for name in family.NAMES)
