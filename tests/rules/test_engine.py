"""The engine on captures: how events are cut into batches never shows, rules can be changed on the way."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiercel.demo import CAPTURE
from tiercel.rules.engine import Engine
from tiercel.rules.load import load_rules
from tiercel.rules.plan import Plan, plan_syscalls
from tiercel.rules.printer import Printer
from tiercel.shipped import shipped_rules
from tiercel.sources.scap import Capture

EVERYTHING = """
- rule: all
  desc: every event
  condition: evt.num > 0
  output: "%evt.num %evt.type %proc.name %proc.pid %fd.name %evt.args %container.id %user.name %proc.aname[1]"
  priority: DEBUG
"""

Told = list[tuple[int, str]]


def plan_of(text: str, folder: Path) -> Plan:
    path = folder / "rules.yaml"
    path.write_text(text)
    loaded = load_rules([path])
    assert loaded.ok, loaded.results
    return plan_syscalls(loaded.rules)


def judged(capture: Capture, plan: Plan, match_all: bool = False) -> Told:
    engine, printer = Engine(capture, plan, match_all=match_all), Printer(plan)
    capture.open()
    told: Told = []
    while (hits := engine.next_hits()) is not None:
        told += [(engine.time_ns, f"{plan.rules[i].name}: {printer.print(i)}") for i in hits]
    return told


@pytest.fixture(scope="module")
def raw() -> bytes:
    return gzip.decompress(Path(CAPTURE).read_bytes())


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Plan]:
    shipped = [r for r in load_rules(shipped_rules()).rules if r.enabled and r.source == "syscall"]
    return {
        "everything": plan_of(EVERYTHING, tmp_path_factory.mktemp("rules")),
        "shipped": plan_syscalls(shipped),
    }


@settings(max_examples=60, deadline=None)
@given(size=st.integers(1, 20_000), which=st.sampled_from(["everything", "shipped"]), match_all=st.booleans())
def test_batches_do_not_show(
    raw: bytes, plans: dict[str, Plan], size: int, which: str, match_all: bool
) -> None:
    whole = judged(Capture(io.BytesIO(raw)), plans[which], match_all)
    assert whole
    assert judged(Capture(io.BytesIO(raw), buffer_size=size), plans[which], match_all) == whole


def test_gzip_does_not_show(raw: bytes, plans: dict[str, Plan]) -> None:
    packed = Capture(io.BytesIO(gzip.compress(raw)), buffer_size=4096)
    assert judged(packed, plans["everything"]) == judged(Capture(io.BytesIO(raw)), plans["everything"])


def test_other_rules_from_a_batch_on(raw: bytes, plans: dict[str, Plan], tmp_path: Path) -> None:
    quiet = plan_of(EVERYTHING.replace("evt.num > 0", "evt.num < 0"), tmp_path)
    capture = Capture(io.BytesIO(raw), buffer_size=4096)
    engine = Engine(capture, plans["everything"])
    capture.open()
    seen = 0
    while (hits := engine.next_hits()) is not None:
        seen += len(hits)
        if seen > 20 and not hits:
            engine.use(quiet)
    assert 20 < seen < len(judged(Capture(io.BytesIO(raw)), plans["everything"]))


@pytest.mark.parametrize("last", [1, 7, 50])
def test_last_event(raw: bytes, plans: dict[str, Plan], last: int) -> None:
    plan = plans["everything"]
    capture = Capture(io.BytesIO(raw))
    engine, printer = Engine(capture, plan, last_event=last), Printer(plan)
    capture.open()
    numbers = []
    while (hits := engine.next_hits()) is not None:
        numbers += [printer.print(i)[1]["evt.num"] for i in hits]
    whole = [int(text.split("'")[1].split()[0]) for _, text in judged(Capture(io.BytesIO(raw)), plan)]
    assert numbers == [n for n in whole if n <= last]
