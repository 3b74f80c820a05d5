"""A Kubernetes audit log as a source of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType

from tiercel.events.fields.audit_event import AuditEvent
from tiercel.sources.k8s_audit.admit import admit
from tiercel.sources.k8s_audit.bad_event import BadEvent
from tiercel.sources.k8s_audit.framing import Framer
from tiercel.sources.k8s_audit.log_file import Sign, open_log

# The API server takes requests of up to 3 MiB, and an event may hold the request's object and the response's.
MAX_EVENT_BYTES = 8 * 1024 * 1024
POLL_SECONDS = 0.25


class AuditLog:
    """The events of the log at `path` (`-`: standard input), in the order in which they stand there.

    Iterate over it. What is not an audit event is counted in `bad`, handed to `on_bad`, and the rest goes
    on. `follow`: the log grows and may be rotated; the events end only with `stop()`. Lines count from 1
    in each file.

    SourceError where the log cannot be opened or read on (a compressed one that is damaged: its events up
    to there come first).
    """

    def __init__(
        self,
        path: str,
        follow: bool = False,
        *,
        on_bad: Callable[[BadEvent], None] | None = None,
        max_event_bytes: int = MAX_EVENT_BYTES,
    ) -> None:
        self.path = path
        self.bad = 0
        self.events = 0
        self._first_ns = 0
        self._on_bad = on_bad
        self._max_event_bytes = max_event_bytes
        self._file = open_log(path, follow)
        self._stopped = False

    def __iter__(self) -> Iterator[AuditEvent]:
        for event in self.available():
            if event is not None:
                yield event
            else:
                self.wait()

    def wait(self) -> None:
        """Waits a moment for the log to grow."""
        if not self._stopped:
            self._file.wait(POLL_SECONDS)

    def available(self) -> Iterator[AuditEvent | None]:
        """As iterating, but gives None, over and over, while nothing is there yet: for a loop that has
        other work.

        None comes from a followed log and from a pipe, never from a plain file.
        """
        framer = Framer(self._max_event_bytes)
        try:
            while not self._stopped:
                piece = self._file.read()
                if piece is Sign.NOTHING:
                    yield None
                elif isinstance(piece, bytes):
                    framer.feed(piece)
                    yield from self._admitted(framer, final=False)
                else:
                    yield from self._admitted(framer, final=True)
                    if piece is Sign.END:
                        return
                    framer = Framer(self._max_event_bytes)
        finally:
            self.close()

    def stop(self) -> None:
        """Ends the events after those that were read; safe in a signal handler and from another thread."""
        self._stopped = True

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> AuditLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _admitted(self, framer: Framer, final: bool) -> Iterator[AuditEvent]:
        for found in framer.frames(final):
            if isinstance(found, BadEvent):
                self._refuse(found)
                continue
            for item in admit(found, self._max_event_bytes):
                if isinstance(item, BadEvent):
                    self._refuse(item)
                    continue
                self.events += 1
                item.num = self.events
                if self.events == 1:
                    self._first_ns = item.time_ns
                item.first_ns = self._first_ns
                yield item

    def _refuse(self, bad: BadEvent) -> None:
        self.bad += 1
        if self._on_bad is not None:
            self._on_bad(bad)
