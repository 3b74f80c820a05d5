"""Runs a target's cases in forked workers, watches them, keeps what failed.

A worker writes into shared memory which case it is at and since when; the parent looks there ten times a second. So a
case that ends its process, or never ends, is known by its number, and a new worker goes on behind it.
"""

from __future__ import annotations

import gc
import json
import mmap
import os
import random
import signal
import struct
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from fuzz import ROOT
from fuzz.target import Target

CRASHES = ROOT / "fuzz/crashes"
PAGE = os.sysconf("SC_PAGESIZE")
SLOT = struct.Struct("<qdqqq")  # case, since when, done, slowest case's microseconds and number
MOST_FAILURES = 25
TAIL = 6000  # characters of a report that are shown
SAMPLE = 400  # cases between two looks at what is allocated


@dataclass
class Failure:
    case: int
    kind: str
    text: str
    path: Path


@dataclass
class Outcome:
    """What came of a target's cases."""

    target: str
    cases: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    peak_mb: int = 0
    slowest: tuple[float, int] = (0.0, 0)  # seconds of CPU time, case
    allocated_mb: list[float] = field(default_factory=list)  # of the worker that grew most

    def __str__(self) -> str:
        grown = " -> ".join(f"{m:.1f}" for m in self.allocated_mb)
        lines = [
            f"{self.target}: {self.cases} cases in {self.seconds:.0f} s, {len(self.failures)} failures;"
            f" slowest {self.slowest[0]:.2f} s (case {self.slowest[1]}), most memory {self.peak_mb} MB,"
            f" allocated {grown or '?'} MB",
            "   " + ", ".join(f"{n} {what}" for what, n in sorted(self.counts.items())),
        ]
        lines += [f"   FAILED case {f.case}: {f.kind} ({f.path})" for f in self.failures]
        return "\n".join(lines)


def seeded(target: str, number: int) -> random.Random:
    """The source of chance of one case."""
    return random.Random(f"{target} {number}")


class Worker:
    """A forked process that runs every `step`th case from `first` on."""

    def __init__(self, index: int, target: Target, first: int, last: int, step: int, deadline: float) -> None:
        self.index = index
        self.next = first
        self.shared = mmap.mmap(-1, SLOT.size)
        self.log = CRASHES / f".worker-{os.getpid()}-{index}.log"
        self.report = CRASHES / f".worker-{os.getpid()}-{index}.json"
        self.seen = (-1, 0.0)  # the case at hand, and the processor time when it was first seen
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            try:
                self._work(target, first, last, step, deadline)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)

    def look(self) -> tuple[int, float, int, float, int]:
        """The case at hand, the seconds it has taken, the number done, the slowest one's seconds and number."""
        case, since, done, slowest, which = SLOT.unpack(self.shared[:])
        return case, time.monotonic() - since if since else 0.0, done, slowest / 1e6, which

    def hung(self, limit: float) -> float:
        """The seconds that the case at hand has taken, where these are too many, else 0. Processor time counts:
        other work on the machine makes no hang. By the clock twenty times the limit, for a case that waits for ever.
        """
        case, taken, *_ = self.look()
        cpu = self.cpu_seconds()
        if case != self.seen[0]:
            self.seen = (case, cpu)
        worked = cpu - self.seen[1]
        return worked if worked > limit else taken if taken > 20 * limit else 0.0

    def cpu_seconds(self) -> float:
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _work(self, target: Target, first: int, last: int, step: int, deadline: float) -> None:
        from fuzz.probe import allocated

        signal.signal(signal.SIGINT, signal.SIG_DFL)
        fd = os.open(self.log, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_APPEND, 0o644)
        os.dup2(fd, 2)
        os.dup2(fd, 1)
        counts: Counter[str] = Counter()
        held: list[float] = []
        done = slowest = which = 0
        for n in range(first, last, step):
            if deadline and time.monotonic() > deadline:
                break
            # Made before the clock starts: only running it is bounded.
            self.shared[:] = SLOT.pack(n, 0.0, done, slowest, which)
            data = target.case(n)
            start, cpu = time.monotonic(), time.process_time()
            self.shared[:] = SLOT.pack(n, start, done, slowest, which)
            try:
                counts.update(target.run(data))
            except Exception:
                traceback.print_exc()
                sys.stderr.flush()
                os._exit(3)
            done += 1
            slowest, which = max((slowest, which), (int((time.process_time() - cpu) * 1e6), n))
            if done % SAMPLE == 0 or done == SAMPLE // 4:
                gc.collect()
                held.append(allocated() / 1e6)
            self.shared[:] = SLOT.pack(n, 0.0, done, slowest, which)
            if done % 50 == 0:
                self._tell(counts, held)
        self.shared[:] = SLOT.pack(-1, 0.0, done, slowest, which)
        self._tell(counts, held)

    def _tell(self, counts: Counter[str], held: list[float]) -> None:
        self.report.write_text(json.dumps({"counts": counts, "held": held}))

    def told(self) -> tuple[Counter[str], list[float]]:
        try:
            told = json.loads(self.report.read_text())
        except (OSError, ValueError):
            return Counter(), []
        return Counter(told["counts"]), told["held"]

    def tidy(self) -> None:
        self.log.unlink(missing_ok=True)
        self.report.unlink(missing_ok=True)

    def resident_mb(self) -> int:
        try:
            return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * PAGE >> 20
        except (OSError, IndexError, ValueError):
            return 0


def run_cases(target: Target, first: int, cases: int, workers: int, seconds: float = 0.0) -> Outcome:
    """Runs that many cases, or as many as fit into `seconds`, where that is not 0."""
    CRASHES.mkdir(exist_ok=True)
    target.prepare()
    gc.collect()
    gc.freeze()
    outcome = Outcome(target.name)
    start = time.monotonic()
    deadline = start + seconds if seconds else 0.0
    last = first + cases
    live = [Worker(i, target, first + i, last, workers, deadline) for i in range(min(workers, cases))]
    base = {w.index: w.resident_mb() for w in live}
    while live:
        time.sleep(0.1)
        for w in list(live):
            failed = ""
            pid, status = os.waitpid(w.pid, os.WNOHANG)
            case, _, done, slowest, which = w.look()
            outcome.slowest = max(outcome.slowest, (slowest, which))
            if not pid:
                size = w.resident_mb()
                outcome.peak_mb = max(outcome.peak_mb, size)
                base[w.index] = base[w.index] or size
                if taken := w.hung(target.seconds):
                    failed = f"hang ({taken:.0f} s)"
                elif size > base[w.index] + target.megabytes:
                    failed = f"memory ({size} MB, {base[w.index]} MB at the start)"
                if not failed:
                    continue
                os.kill(w.pid, signal.SIGABRT)  # faulthandler tells where it is
                time.sleep(0.3)
                os.kill(w.pid, signal.SIGKILL)
                os.waitpid(w.pid, 0)
            elif status:
                failed = "exception" if os.waitstatus_to_exitcode(status) == 3 else f"crash (status {status})"
            live.remove(w)
            counts, held = w.told()
            outcome.cases += done + bool(failed)
            outcome.counts += counts
            if (
                held
                and held[-1] - held[0]
                >= (outcome.allocated_mb or [0, 0])[-1] - (outcome.allocated_mb or [0])[0]
            ):
                outcome.allocated_mb = [held[0], held[len(held) // 2], held[-1]]
            if failed:
                outcome.failures.append(_keep(target, case, failed, w))
                print(f"{target.name}: case {case}: {failed}\n{outcome.failures[-1].text}", flush=True)
                behind = case + workers
                if behind < last and len(outcome.failures) < MOST_FAILURES:
                    live.append(Worker(w.index, target, behind, last, workers, deadline))
                    base[w.index] = live[-1].resident_mb()
            else:
                w.tidy()
    outcome.seconds = time.monotonic() - start
    return outcome


def _keep(target: Target, case: int, kind: str, worker: Worker) -> Failure:
    path = CRASHES / f"{target.name}-{case}-{kind.split()[0]}"
    path.write_bytes(target.case(case))
    try:
        text = worker.log.read_text("utf-8", "replace")
    except OSError:
        text = ""
    worker.tidy()
    at = text.find("ERROR: AddressSanitizer")
    text = text[max(at, 0) :][:TAIL] if at >= 0 else text[-TAIL:]
    path.with_suffix(".txt").write_text(f"{kind}\n{text}")
    return Failure(case, kind, text, path)
