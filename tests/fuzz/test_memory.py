"""Memory: the same capture, log and rules again and again leave nothing behind."""

from __future__ import annotations

import gc
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from fuzz.capture_story import Story

from tiercel.app.judge import Judge
from tiercel.rules.load import Loader, load_rules
from tiercel.rules.rule import Rule
from tiercel.shipped import shipped_rules

MOST_KB = 3000  # what the allocator may hold back; what leaks once a round is far more


def resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def grown_kb(once: Callable[[], None], rounds: int) -> int:
    """How much memory the second half of the rounds added."""
    for _ in range(rounds):
        once()
    gc.collect()
    before = resident_kb()
    for _ in range(rounds):
        once()
    gc.collect()
    return resident_kb() - before


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return [r for r in load_rules(shipped_rules()).rules if r.enabled]


@pytest.fixture(scope="module")
def printing() -> list[Rule]:
    """A rule that prints what it can on every event."""
    loader = Loader()
    output = (
        "%proc.cmdline %fd.name %evt.args %container.name %proc.aname[2] %proc.env %user.name %fdlist.names"
    )
    loader.load_content(
        f"- rule: r\n  desc: d\n  condition: evt.num > 0\n  output: '{output}'\n  priority: DEBUG\n".encode(),
        "print.yaml",
    )
    return loader.result.rules


def test_captures(rules: list[Rule], printing: list[Rule], tmp_path: Path) -> None:
    path = tmp_path / "story.scap"
    path.write_bytes(Story(random.Random("memory")).capture(400))

    def once() -> None:
        for judge in (Judge(rules, match_all=True), Judge(printing)):
            assert sum(1 for _ in judge.capture(path)) > 0 or judge.statistics.events

    assert grown_kb(once, 15) < MOST_KB


def test_one_capture_of_many(printing: list[Rule], tmp_path: Path) -> None:
    """Captures put one after the other are one capture, with a state that begins anew."""
    path = tmp_path / "stories.scap"
    story = Story(random.Random("memory")).capture(200)

    def rounds(n: int) -> int:
        path.write_bytes(story * n)
        sum(1 for _ in Judge(printing).capture(path))
        gc.collect()
        return resident_kb()

    rounds(20)
    few = rounds(20)
    assert rounds(200) - few < MOST_KB


def test_audit_logs(rules: list[Rule], tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    event = {
        "kind": "Event", "auditID": "1", "stage": "ResponseComplete", "verb": "create", "requestURI": "/x",
        "user": {"username": "u"}, "objectRef": {"resource": "pods"}, "stageTimestamp": "2024-01-01T00:00:00Z",
        "requestObject": {"spec": {"hostNetwork": True}},
    }  # fmt: skip
    path.write_text("".join(json.dumps(event | {"auditID": str(i)}) + "\n" for i in range(200)))

    def once() -> None:
        judge = Judge(rules, match_all=True)
        list(judge.audit_log(path))
        assert judge.statistics.events["k8s_audit"] == 200

    assert grown_kb(once, 10) < MOST_KB


def test_reloading_rules() -> None:
    def once() -> None:
        Judge([r for r in load_rules(shipped_rules()).rules if r.enabled])

    assert grown_kb(once, 4) < 3 * MOST_KB
