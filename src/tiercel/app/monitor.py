"""How the sensor is: what `/metrics`, `/healthz` and `/readyz` say."""

from __future__ import annotations

import json
import os
import resource
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tiercel.app.judge import Judge
from tiercel.app.metrics import CONTENT_TYPE, Family, Histogram, HistogramFamily, Sample, exposition
from tiercel.app.reload import Reloader
from tiercel.app.sink import LineSink
from tiercel.app.status_server import Page
from tiercel.sources.loss import LOSS_CLASSES

MOST_RULES = 1000  # samples; what is beyond is told as one
DROPPED = "dropped_"
OTHER_RULES = "_other"
STALL_SECONDS = 15.0
PAGE_BYTES = os.sysconf("SC_PAGESIZE")


class Monitor:
    """Reads what judge, sink and reloader count. `turned` is to be called at each turn of the loop, `printed` with the
    time of each alert that goes out.
    """

    def __init__(self, judge: Judge, stall_seconds: float = STALL_SECONDS) -> None:
        self.judge = judge
        self.stall_seconds = stall_seconds
        self.sink: LineSink | None = None
        self.reloader: Reloader[Any] | None = None
        self.latency = Histogram()
        self._started = time.time()
        self._turns = 0
        self._turned = time.monotonic()

    def turned(self) -> None:
        self._turns += 1
        self._turned = time.monotonic()

    def printed(self, time_ns: int) -> None:
        self.latency.observe(max(0.0, time.time() - time_ns / 1e9))

    # ---- pages

    def pages(self) -> dict[str, Callable[[], Page]]:
        families = list(self._families())
        return {
            "/metrics": lambda: Page(200, CONTENT_TYPE, exposition(families)),
            "/healthz": lambda: _health(self.trouble()),
            "/readyz": lambda: _health(self.trouble() or self._not_yet()),
        }

    def trouble(self) -> str | None:
        """What is wrong with the sensor; None where nothing is."""
        still = time.monotonic() - self._turned
        if still > self.stall_seconds:
            return f"the loop has not turned for {still:.0f} s"
        source = self.judge.source
        return source.fault() if source is not None else None

    def _not_yet(self) -> str | None:
        return None if self._turns else "starting"

    # ---- metrics

    def _families(self) -> Iterator[Family | HistogramFamily]:
        judge = self.judge
        yield Family("tiercel_build_info", "gauge", "Version.", lambda: [({"version": _version()}, 1)])
        yield Family(
            "tiercel_events_total", "counter", "Events seen, by source.",
            lambda: [({"source": name}, n) for name, n in sorted(judge.events_seen().items())],
        )  # fmt: skip
        yield Family(
            "tiercel_events_lost_total", "counter", "Events lost before they could be judged, by class.",
            lambda: [({"class": name}, judge.losses.totals[name]) for name in LOSS_CLASSES],
        )  # fmt: skip
        yield Family("tiercel_alerts_total", "counter", "Alerts, by rule.", self._alerts)
        yield Family(
            "tiercel_bad_events_total", "counter", "Audit events that could not be read.",
            lambda: [({}, judge.statistics.bad_events)],
        )  # fmt: skip
        yield HistogramFamily(
            "tiercel_alert_latency_seconds", "From an event to its alert being written.", self.latency
        )
        yield Family("tiercel_alerts_written_total", "counter", "Lines written.", self._of_sink("written"))
        yield Family(
            "tiercel_alerts_waiting",
            "gauge",
            "Lines that wait, since they cannot be written now.",
            self._of_sink("waiting"),
        )
        yield Family(
            "tiercel_alerts_lost_total", "counter", "Lines that could not be written and found no room to wait.",
            self._of_sink("lost"),
        )  # fmt: skip
        yield Family("tiercel_rules_loaded", "gauge", "Rules in use.", lambda: [({}, judge.rules_loaded)])
        yield Family("tiercel_rules_reloads_total", "counter", "Rules read again, by result.", self._reloads)
        yield Family(
            "tiercel_rules_reload_success", "gauge", "Whether the last reading of rules succeeded.",
            lambda: [({}, int(self.reloader.counts.last_ok))] if self.reloader else [],
        )  # fmt: skip
        yield Family(
            "tiercel_rules_reload_time_seconds", "gauge", "When rules were last read again, since 1970; 0 for never.",
            lambda: [({}, self.reloader.counts.last_time)] if self.reloader else [],
        )  # fmt: skip
        yield Family(
            "tiercel_state_rows", "gauge", "Rows of the state, by table.",
            lambda: [({"table": name}, n) for name, n in self._sizes() if not name.startswith(DROPPED)],
        )  # fmt: skip
        yield Family(
            "tiercel_state_dropped_total", "counter", "Rows for which the state had no room, by table.",
            lambda: [
                ({"table": name.removeprefix(DROPPED)}, n) for name, n in self._sizes() if name.startswith(DROPPED)
            ],
        )  # fmt: skip
        yield Family(
            "tiercel_ring_used_bytes", "gauge", "What waits in the kernel's rings to be judged.",
            lambda: [({"ring": name}, used) for name, (used, _) in self._rings()],
        )  # fmt: skip
        yield Family(
            "tiercel_ring_size_bytes", "gauge", "The room of the kernel's rings.",
            lambda: [({"ring": name}, size) for name, (_, size) in self._rings()],
        )  # fmt: skip
        yield Family("tiercel_loop_turns_total", "counter", "Batches.", lambda: [({}, self._turns)])
        yield Family(
            "tiercel_loop_still_seconds", "gauge", "Since the loop turned last.",
            lambda: [({}, time.monotonic() - self._turned)],
        )  # fmt: skip
        yield Family(
            "tiercel_healthy", "gauge", "What /healthz says.", lambda: [({}, int(self.trouble() is None))]
        )
        yield from process_families(self._started)

    def _sizes(self) -> Iterable[tuple[str, int]]:
        engine = self.judge.engine
        return () if engine is None else sorted(engine.sizes().items())

    def _rings(self) -> Iterable[tuple[str, tuple[int, int]]]:
        source = self.judge.source
        return () if source is None else source.rings().items()

    def _alerts(self) -> list[Sample]:
        # The most frequent first: a set of rules without end must not make a page without end.
        counts = self.judge.statistics.alerts.most_common()
        shown: list[Sample] = [({"rule": name}, n) for name, n in counts[:MOST_RULES]]
        if counts[MOST_RULES:]:
            shown.append(({"rule": OTHER_RULES}, sum(n for _, n in counts[MOST_RULES:])))
        return shown

    def _of_sink(self, name: str) -> Callable[[], Iterable[Sample]]:
        return lambda: [({}, getattr(self.sink, name))] if self.sink is not None else []

    def _reloads(self) -> list[Sample]:
        if self.reloader is None:
            return []
        counts = self.reloader.counts
        return [({"result": "ok"}, counts.done), ({"result": "failed"}, counts.failed)]


def process_families(started: float) -> Iterator[Family]:
    """The process itself, under the names that Prometheus clients use."""
    yield Family(
        "process_resident_memory_bytes", "gauge", "Resident memory.", lambda: [({}, resident_bytes())]
    )
    yield Family(
        "process_peak_resident_memory_bytes", "gauge", "The most that was resident.",
        lambda: [({}, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)],
    )  # fmt: skip
    yield Family("process_cpu_seconds_total", "counter", "CPU time.", lambda: [({}, time.process_time())])
    yield Family("process_start_time_seconds", "gauge", "Start, since 1970.", lambda: [({}, started)])
    yield Family("process_threads", "gauge", "Threads.", lambda: [({}, threading.active_count())])
    yield Family(
        "process_open_fds", "gauge", "Open descriptors.", lambda: [({}, len(os.listdir("/proc/self/fd")))]
    )


@cache
def _version() -> str:
    from importlib.metadata import version  # 20 ms, for those who ask

    return version("tiercel")


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def _health(trouble: str | None) -> Page:
    said = {"status": "ok"} if trouble is None else {"status": "unhealthy", "why": trouble}
    return Page(200 if trouble is None else 503, "application/json", json.dumps(said) + "\n")
