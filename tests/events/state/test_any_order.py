"""Whatever comes in whatever order: rows never contradict each other, and nothing that is gone is looked at.

    TIERCEL_SANITIZE=1 make build; LD_PRELOAD=$(gcc -print-file-name=libasan.so) pytest tests/events/state

Rows are given back to the system at once (`reuse=False`), so that the sanitizer sees any use after the end.
"""

from __future__ import annotations

import os
import random

import pytest
from tests.events.state.made import event

from tiercel.events.machine import Machine

ROUNDS = int(os.environ.get("TIERCEL_FUZZ_ROUNDS", "12"))


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_rows_never_contradict(seed: int) -> None:
    r = random.Random(seed)
    machine = Machine(reuse=seed % 2 == 0)
    for tid in (1, 2, 100):
        machine.add_thread(tid=tid, comm=b"init", cwd=b"/", cgroups=b"cpu=/\0", args=b"-x\0")
    machine.tables_done()
    ts = 1_000_000_000_000
    for i in range(3000):
        ts += r.choice([1, 10**6, 3 * 10**9]) if r.random() > 0.01 else -(10**10)
        type_, tid, params = event(r)
        machine.event(type_, tid, params, ts)
        if i % 100 == 0:
            machine.check()
    machine.check()
    assert len(machine) < 40


@pytest.mark.skipif("asan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer keeps what is freed")
def test_memory_does_not_grow_with_repetition() -> None:
    import resource

    machine = Machine()
    machine.add_thread(tid=1, cwd=b"/")
    machine.tables_done()

    def some_time(seed: int, n: int) -> None:
        r = random.Random(seed)
        for i in range(n):
            type_, tid, params = event(r)
            machine.event(type_, tid, params, 10**12 + seed * 10**9 + i)

    some_time(0, 20_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(1, 4):
        some_time(seed, 20_000)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8 * 1024
