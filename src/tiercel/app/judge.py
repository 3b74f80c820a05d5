"""Rules and sources brought together: events in, alerts out."""

from __future__ import annotations

import heapq
import os
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tiercel.app.losses import LossLog
from tiercel.app.waiting import WaitingRoom
from tiercel.events.table import CODES
from tiercel.rules.alert import Alert
from tiercel.rules.engine import Engine
from tiercel.rules.plan import Plan, plan_audit, plan_syscalls
from tiercel.rules.printer import Printer
from tiercel.rules.rule import Rule
from tiercel.sources.scap import Capture

if TYPE_CHECKING:
    from tiercel.app.recordings import Recordings
    from tiercel.sources.ebpf.live import LiveSource
    from tiercel.sources.k8s_audit import BadEvent

LISTING_SECONDS = 2.0  # runtimes have so long to list what runs at the start
AUDIT_EVENT = CODES["PLUGINEVENT_E"]


@dataclass(slots=True)
class Statistics:
    """What was seen: events by source, alerts by rule and by priority, and what could not be read."""

    events: Counter[str] = field(default_factory=Counter)
    alerts: Counter[str] = field(default_factory=Counter)
    priorities: Counter[str] = field(default_factory=Counter)
    bad_events: int = 0
    unknown_blocks: int = 0
    unknown_events: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Where to stop: after `events` events, after `seconds` of a source's own time; 0 is no limit."""

    events: int = 0
    seconds: float = 0.0

    @property
    def nanoseconds(self) -> int:
        return int(self.seconds * 1e9)


@dataclass(frozen=True, slots=True)
class Sensor:
    """How the live source watches: sizes of its rings (powers of two), bytes kept of what is read and written, how
    often it looks; `all_events`: every event that a system call can tell of, not just what rules and state need.
    """

    ring_bytes: int = 8 << 20
    state_ring_bytes: int = 4 << 20
    data_bytes: int = 80
    poll_ms: float = 20.0
    all_events: bool = False
    ask_runtimes: bool = True
    name_wait_seconds: float = 0.5  # alerts wait so long at most for their container's name


class Judge:
    """Holds the plans of the rules that are loaded, one for each source, and runs sources through them.

    `replace` puts other rules in place while sources run; they take hold at the next batch. `between` is called between
    batches with the number of bytes of the source's file that are through.
    """

    def __init__(
        self, rules: Sequence[Rule], *, match_all: bool = False, limits: Limits | None = None
    ) -> None:
        self.match_all = match_all
        self.limits = limits or Limits()
        self.statistics = Statistics()
        self.hostname = os.environ.get("FALCO_HOSTNAME") or socket.gethostname()  # as Falco names its host
        self.between: Callable[[int], None] = lambda position: None
        self.on_ready: Callable[[], None] = lambda: None
        self.stopping = False
        self.source: LiveSource | None = None  # while it watches
        self.engine: Engine | None = None  # of the source that runs, or ran last
        self.on_bad_event: Callable[[BadEvent], None] = lambda event: None
        self.losses = LossLog(self.hostname)  # live sources `add` to it
        self.recordings: Callable[[], Recordings | None] = lambda: (
            None
        )  # one for each source, around its alerts
        self._generation = 0
        self._plans: dict[str, Plan] = {}  # by source, as far as asked for
        self._killchains: dict[str, dict[str, Any] | None] = {}  # by rule, likewise
        self.replace(rules)

    def replace(self, rules: Sequence[Rule], plans: Mapping[str, Plan] | None = None) -> None:
        """Goes on with other rules. `plans` of them, by source, where they are made already."""
        self._rules = tuple(rules)
        self._plans = dict(plans or {})
        self._killchains.clear()
        self._generation += 1

    def plans(self, rules: Sequence[Rule]) -> dict[str, Plan]:
        """Plans of other rules, for the sources that are in use: in another thread, while the loop runs."""
        return {source: _plan(source, rules) for source in tuple(self._plans)}

    @property
    def rules_loaded(self) -> int:
        return len(self._rules)

    def _plan(self, source: str) -> Plan:
        if source not in self._plans:
            self._plans[source] = _plan(source, self._rules)
        return self._plans[source]

    def _alert(self, rule: Rule, time_ns: int, printed: tuple[str, dict[str, Any]]) -> Alert:
        self.statistics.alerts[rule.name] += 1
        self.statistics.priorities[rule.priority] += 1
        if rule.name not in self._killchains:
            from tiercel.killchain import classify  # not before an alert: a run without any starts faster

            found = classify(rule)
            self._killchains[rule.name] = found.as_dict() if found is not None else None
        lost = self.losses.during(time_ns)
        return Alert(time_ns, rule, printed[0], printed[1], self.hostname, self._killchains[rule.name], lost)

    def capture(self, path: str | Path) -> Iterator[Alert]:
        """The alerts of a capture, in the order of its events.

        CaptureError where it cannot be read further, after the alerts of all that came before.
        """
        capture = Capture(path)
        engine = self._engine(capture)
        try:
            capture.open()
            for alert in self._alerts(engine):
                if alert is not None:
                    yield alert
                else:
                    self.between(capture.position)
        finally:
            self.statistics.events["syscall"] += capture.events
            self.statistics.unknown_blocks += capture.unknown_blocks
            self.statistics.unknown_events += capture.unknown_events
            capture.close()

    def live(self, sensor: Sensor) -> Iterator[Alert]:
        """The alerts of this machine, as they happen, until `stop()`; then those of what is still in the rings.

        SourceError where the kernel does not let the probe in.
        """
        # A run on captures starts without them.
        from tiercel.sources.containers import ContainerWatch, RuntimeSockets
        from tiercel.sources.ebpf.live import LiveSource

        watch = ContainerWatch(RuntimeSockets()) if sensor.ask_runtimes else None
        source = LiveSource(
            ring_bytes=sensor.ring_bytes,
            state_ring_bytes=sensor.state_ring_bytes,
            data_bytes=sensor.data_bytes,
            poll_ms=sensor.poll_ms,
            all_events=sensor.all_events,
            watch=watch,
        )
        engine = self._engine(source, all_events=sensor.all_events)
        self.stopping = False
        try:
            if watch is not None:
                watch.start()
                watch.wait_listed(LISTING_SECONDS)
            source.open()
            self.source = source
            self.on_ready()
            began, generation = time.monotonic(), self._generation
            for alert in self._alerts(engine, WaitingRoom(sensor.name_wait_seconds)):
                if alert is not None:
                    yield alert
                    continue
                loss = source.take_loss()
                if loss is not None:
                    self.losses.add(loss)
                if generation != self._generation:  # the engine has taken them up already
                    generation = self._generation
                    source.tell_plans()
                self.between(0)
                if self.limits.seconds and time.monotonic() - began >= self.limits.seconds:
                    self.stopping = True
                if self.stopping:
                    source.stop()
        finally:
            self.source = None
            self.statistics.events["syscall"] += source.events
            source.close()
            if watch is not None:
                watch.stop()

    def events_seen(self) -> Counter[str]:
        """Events so far, by source, those of the live source that runs among them."""
        seen = Counter(self.statistics.events)
        if self.source is not None:
            seen["syscall"] += self.source.events
        return seen

    def stop(self) -> None:
        """Ends the live source: what the kernel has told already is still judged."""
        self.stopping = True

    def _engine(self, source: object, *, all_events: bool = False) -> Engine:
        self.engine = Engine(
            source,
            self._plan("syscall"),
            match_all=self.match_all,
            last_event=self.limits.events,
            span_ns=self.limits.nanoseconds,
            all_events=all_events,
        )
        return self.engine

    def _alerts(self, engine: Engine, waiting: WaitingRoom | None = None) -> Iterator[Alert | None]:
        """Alerts in the order of events; None where a batch is through: a time for other things. Takes up other rules
        between batches. What `waiting` holds comes when its time has come.
        """
        printer, generation = Printer(self._plan("syscall")), self._generation
        recordings = self.recordings()
        if recordings is not None:
            engine.tap = recordings.lookback
        try:
            while (hits := engine.next_hits()) is not None:
                for i in hits:
                    if recordings is not None:
                        recordings.fired(printer.rules[i], engine.time_ns, engine.number)
                    if waiting is not None and printer.wants_container(i):
                        waiting.hold(printer, i)
                    else:
                        yield self._alert(printer.rules[i], engine.time_ns, printer.print(i))
                if hits:
                    continue
                if waiting is not None and len(waiting):
                    yield from self._named(waiting)
                if generation != self._generation:
                    engine.use(self._plan("syscall"))
                    printer, generation = Printer(self._plan("syscall")), self._generation
                if recordings is not None:
                    recordings.attend()
                yield None
            if waiting is not None:
                yield from self._named(waiting, all_of_them=True)
        finally:
            if recordings is not None:
                recordings.close()

    def _named(self, waiting: WaitingRoom, *, all_of_them: bool = False) -> Iterator[Alert]:
        for printer, held in waiting.ready(all_of_them=all_of_them):
            yield self._alert(printer.rules[held.rule], held.time_ns, printer.release(held))

    def audit_log(self, path: str | Path, *, follow: bool = False) -> Iterator[Alert]:
        """The alerts of an audit log. A bad event is told to `on_bad_event` and left out."""
        from tiercel.sources.k8s_audit import AuditLog  # a run on captures starts without it

        log = AuditLog(str(path), follow=follow, on_bad=self._bad_event)
        printer, generation = Printer(self._plan("k8s_audit")), self._generation
        try:
            for event in log.available():
                self.between(0)
                if event is None:
                    log.wait()
                    continue
                if self.limits.events and event.num > self.limits.events:
                    break
                if self.limits.seconds and event.time_ns - event.first_ns >= self.limits.nanoseconds:
                    break
                if generation != self._generation:
                    printer, generation = Printer(self._plan("k8s_audit")), self._generation
                self.statistics.events["k8s_audit"] += 1
                for i in printer.matcher.match_document(AUDIT_EVENT, event, self.match_all):
                    yield self._alert(printer.rules[i], event.time_ns, printer.print(i))
        finally:
            log.close()

    def _bad_event(self, event: BadEvent) -> None:
        self.statistics.bad_events += 1
        self.on_bad_event(event)


def _plan(source: str, rules: Sequence[Rule]) -> Plan:
    plan = plan_syscalls if source == "syscall" else plan_audit
    return plan([r for r in rules if r.source == source])


def merged(alerts: Sequence[Iterator[Alert]]) -> Iterator[Alert]:
    """Alerts of several sources in the order of time. Each source's own order stays as it is."""
    return heapq.merge(*alerts, key=lambda a: a.time_ns)
