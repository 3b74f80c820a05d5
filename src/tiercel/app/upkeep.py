"""What is done between two batches: signals answered, new rules taken over, losses told, waiting lines written.

All of it in the loop's own thread, so that nothing that judges or prints has to be locked. A turn that finds nothing to
do costs about a microsecond.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from tiercel.app.drops import Drops
from tiercel.app.judge import Judge
from tiercel.app.notice import Notice
from tiercel.app.reload import Reloader
from tiercel.app.sink import LineSink
from tiercel.app.systemd import Notifier
from tiercel.rules.rule import Rule

if TYPE_CHECKING:
    from tiercel.app.monitor import Monitor
    from tiercel.rules.plan import Plan

Prepared = tuple[list[Rule], "dict[str, Plan]"]  # rules and their plans


class Stopped(Exception):
    """SIGINT or SIGTERM came: end cleanly."""


class Upkeep:
    """Everything beside the judge that has to be done now and then. `show` prints a notice; `tell` is for persons.

    `patient` runs (on files) stop at once when a signal comes. Others stop at the next turn, so that no alert is cut
    off between being found and being written, or by `stop`; a second signal stops them at once.
    """

    def __init__(
        self,
        judge: Judge,
        sink: LineSink,
        reloader: Reloader[Prepared],
        *,
        show: Callable[[Notice], None],
        tell: Callable[[str], None],
        patient: bool,
        stop: Callable[[], None] | None = None,
    ) -> None:
        self.judge = judge
        self.sink = sink
        self.reloader = reloader
        self.show = show
        self.tell = tell
        self.patient = patient
        self.stop = stop
        self.monitor: Monitor | None = None
        self.drops: Drops | None = None
        self.notifier = Notifier()
        self._reopen = False
        self._stopping = False

    def turn(self, position: int = 0) -> None:
        """To be called between batches. Stopped where a signal came; TiercelError where the run has to end."""
        if self.monitor is not None:
            self.monitor.turned()
        self.notifier.turned()
        if self._reopen:
            self._reopen = False
            self.sink.reopen()
        elif self.sink.waiting:
            self.sink.flush()
        if (loaded := self.reloader.taken()) is not None:
            rules, plans = loaded
            self.judge.replace(rules, plans)
            self.tell(f"{len(rules)} rules loaded")
        now = time.time_ns()
        for notice in self.judge.losses.due(now):
            self.show(notice)
        if self.drops is not None:
            notice_due = self.drops.look(now, self.judge.events_seen()["syscall"])
            if notice_due is not None:
                self.show(notice_due)
            if self.drops.stop is not None:
                raise self.drops.stop
        if self._stopping and self.stop is None:
            raise Stopped

    def finish(self) -> int:
        """Tells what is left to tell, and gives the number of alerts that could not be written."""
        for notice in self.judge.losses.rest():
            self.show(notice)
        return self.sink.close()

    # ---- signals

    @contextmanager
    def running(self) -> Iterator[None]:
        """Within it SIGHUP, SIGUSR1, SIGINT and SIGTERM are answered, and the rules' files looked at."""
        handlers = {
            signal.SIGINT: self._on_stop,
            signal.SIGTERM: self._on_stop,
            signal.SIGHUP: self._on_hang_up,
            signal.SIGUSR1: self._on_reopen,
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        self.reloader.start()
        try:
            yield
        finally:
            self.notifier.stopping()
            self.reloader.stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        if self.patient or self._stopping:
            raise Stopped
        self._stopping = True
        if self.stop is not None:
            self.stop()

    def _on_hang_up(self, number: int, frame: FrameType | None) -> None:
        self.reloader.request()

    def _on_reopen(self, number: int, frame: FrameType | None) -> None:
        self._reopen = True
