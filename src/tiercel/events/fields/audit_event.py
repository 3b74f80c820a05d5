"""One event of a Kubernetes audit log, as the rules see it."""

from __future__ import annotations

from tiercel.events.fields.json_text import Object, compact

SOURCE = "k8s_audit"
PLUGIN = "k8saudit"  # what Falco's rules know the source's plugin as


class AuditEvent:
    """An audit event: its time in ns since the epoch, its document, and the line of the log where it
    starts (from 1).

    `raw` is the text it came as. `num` (evt.num, from 1) and `first_ns` (time of the source's first
    event) are set by who numbers the events: the log itself, or an engine that mixes sources.
    """

    __slots__ = ("document", "first_ns", "line", "num", "params", "raw", "time_ns")

    def __init__(self, time_ns: int, document: Object, raw: bytes, line: int) -> None:
        self.time_ns = time_ns
        self.document = document
        self.raw = raw
        self.line = line
        self.num = 0
        self.first_ns = time_ns
        self.params: dict[str, str] | None = None  # of the request URI, once ka.uri.param has read them

    @property
    def text(self) -> str:
        """The event on one line without blanks, as the plugin hands it to Falco."""
        return compact(self.raw).decode("utf-8", "surrogateescape")

    def __repr__(self) -> str:
        return (
            f"AuditEvent(line={self.line}, time_ns={self.time_ns}, auditID={self.document.get('auditID')!r})"
        )
