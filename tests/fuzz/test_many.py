"""Captures made to cost: an event costs the same however many threads a process has, or children a thread."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest

from tiercel.events.table import CODES
from tiercel.rules.engine import Engine
from tiercel.rules.plan import plan_syscalls
from tiercel.sources.scap import Capture, CaptureWriter

START = 1_700_000_000_000_000_000
LATER = 3_000_000_000  # a clone that long after the last one makes the thread anew

Clone = Callable[..., None]


class Writing:
    """A capture with a process 2 whose parent is process 1."""

    def __init__(self) -> None:
        self.file = io.BytesIO()
        self.writer = CaptureWriter(self.file)
        self.writer.process(1, comm="init", exe="/sbin/init")
        self.writer.process(2, ptid=1, comm="main", exe="/main")
        self.now = START

    def event(self, by: int, name: str, /, **params: object) -> None:
        self.now += 1000
        self.writer.event(self.now, by, 0, name, params)

    def clone(self, parent: int, child: int, pid: int = 0, flags: str = "") -> None:
        """As the child tells it."""
        pid = pid or child
        self.event(
            child,
            "clone",
            res=0,
            exe="/c",
            tid=child,
            pid=pid,
            ptid=parent,
            flags=flags,
            vtid=child,
            vpid=pid,
            comm="c",
        )

    def bytes(self) -> bytes:
        self.writer.close()
        return self.file.getvalue()


def children(n: int) -> bytes:
    w = Writing()
    for i in range(n):
        w.clone(2, 1000 + i)
    for i in range(n):
        w.event(1000 + i, "PROCEXIT_1_E")
    return w.bytes()


def threads(n: int) -> bytes:
    w = Writing()
    for i in range(n):
        w.clone(1, 1000 + i, pid=2, flags="CLONE_THREAD")
    for i in range(n):
        w.event(1000 + i, "PROCEXIT_1_E")
    return w.bytes()


def main_threads_again(n: int) -> bytes:
    w = Writing()
    for i in range(n):
        w.clone(1, 1000 + i, pid=2, flags="CLONE_THREAD")
    for _ in range(n):
        w.now += LATER
        w.clone(1, 2)
    return w.bytes()


def children_of_lost_parents(n: int) -> bytes:
    w = Writing()
    for i in range(n):
        w.clone(2, 1000 + i)
    w.now += LATER
    w.clone(1, 2)
    for i in range(n):
        w.clone(2, 1_000_000 + i)
    for i in range(n):
        w.event(1000 + i, "PROCEXIT_1_E")
    return w.bytes()


def enter_events_alike(n: int) -> bytes:
    """Threads whose numbers a plain multiplication would put into one bucket."""
    w = Writing()
    inverse = pow(0x9E3779B97F4A7C15, -1, 1 << 64)
    values = [bytes(8), b"/x\0", bytes(4), bytes(4)]
    for i in range(n):
        tid = inverse * ((i & 0x7FFF) << 49 | i >> 15) & (1 << 63) - 1
        w.writer.raw_event(START + i, tid, 0, CODES["OPENAT_E"], values)
    return w.bytes()


def seconds(capture: bytes) -> float:
    source = Capture(io.BytesIO(capture))
    engine = Engine(source, plan_syscalls([]))
    start = time.process_time()
    source.open()
    while engine.next_hits() is not None:
        pass
    return time.process_time() - start


@pytest.mark.parametrize(
    "make",
    [children, threads, main_threads_again, children_of_lost_parents, enter_events_alike],
    ids=lambda f: f.__name__,
)
def test_cost_grows_no_faster_than_the_capture(make: Callable[[int], bytes]) -> None:
    few, many = (min(seconds(capture) for _ in range(3)) for capture in (make(4000), make(24_000)))
    assert many < 6 * few * 3 + 0.05
