"""Lost events: which alerts say so, when the notice comes, and Falco's own alert about drops."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tiercel.app.drops import DropPolicy, Drops, drop_policy
from tiercel.app.losses import SECOND, LossLog
from tiercel.app.notice import Notice, notice_json, notice_text
from tiercel.sources.loss import Loss

T0 = 1_700_000_000 * SECOND


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def loss(from_ms: int, to_ms: int, **counts: int) -> Loss:
    return Loss(T0 + from_ms * 1_000_000, T0 + to_ms * 1_000_000, counts)


def told(log: LossLog, ms: int) -> list[int]:
    """How many events each notice speaks of that is due at that time."""
    return [notice.fields["lost"] for notice in log.due(T0 + ms * 1_000_000)]


def test_alerts_in_the_span_say_what_was_lost() -> None:
    log = LossLog("node")
    log.add(loss(100, 250, open=3, connect=0))
    log.add(loss(250, 400, open=1, execve=2))
    assert log.during(T0 + 99 * 1_000_000) is None
    assert log.during(T0 + 401 * 1_000_000) is None
    assert log.during(T0 + 120 * 1_000_000) == {
        "from": "2023-11-14T22:13:20.100000000Z", "to": "2023-11-14T22:13:20.250000000Z",
        "events": 3, "classes": {"open": 3},
    }  # fmt: skip
    both = log.during(T0 + 250 * 1_000_000)
    assert both is not None
    assert (both["events"], both["classes"]) == (6, {"execve": 2, "open": 4})
    assert log.totals == {"open": 4, "execve": 2, "connect": 0}


def test_notice() -> None:
    log = LossLog("node")
    log.add(loss(100, 350, open=3, proc_exit=1))
    (notice,) = log.due(T0 + SECOND)
    assert notice_text(notice) == (
        "22:13:20.350000000: Warning tiercel: events lost. 4 in 0.250 s (open 3, proc_exit 1). "
        '(from="2023-11-14T22:13:20.100000000Z" lost=4 lost_open=3 lost_proc_exit=1 '
        'to="2023-11-14T22:13:20.350000000Z")'
    )
    assert json.loads(notice_json(notice)) == {
        "hostname": "node", "output": "tiercel: events lost. 4 in 0.250 s (open 3, proc_exit 1).",
        "output_fields": {
            "from": "2023-11-14T22:13:20.100000000Z", "lost": 4, "lost_open": 3, "lost_proc_exit": 1,
            "to": "2023-11-14T22:13:20.350000000Z",
        },
        "priority": "Warning", "rule": "tiercel: events lost", "source": "internal",
        "time": "2023-11-14T22:13:20.350000000Z",
    }  # fmt: skip


def test_a_loss_that_goes_on_is_told_less_and_less_often_and_nothing_is_left_out() -> None:
    log = LossLog("node")
    times = []
    for ms in range(0, 300_000, 50):
        log.add(loss(ms, ms + 50, open=1))
        times += [(ms + 50, n) for n in told(log, ms + 50)]
    assert [ms for ms, _ in times[:4]] == [50, 1_050, 3_050, 7_050]
    assert len(times) < 13
    assert max(b - a for (a, _), (b, _) in pairwise(times)) == 60_000
    rest = [notice.fields["lost"] for notice in log.rest()]
    assert sum(n for _, n in times) + sum(rest) == 6_000
    assert not list(log.rest())


def test_after_a_quiet_time_the_next_is_told_at_once() -> None:
    log = LossLog("node")
    for ms in (0, 50, 100):
        log.add(loss(ms, ms + 50, open=1))
    assert told(log, 150) == [3]
    log.add(loss(200, 250, open=1))
    assert told(log, 250) == []
    assert told(log, 1_150) == [1]
    log.add(loss(20_000, 20_050, open=1))
    assert told(log, 20_050) == [1]


def test_nothing_lost_is_nothing() -> None:
    log = LossLog("node")
    log.add(loss(0, 50, open=0))
    assert (told(log, 100), log.during(T0)) == ([], None)


def test_short_spans_are_joined_and_memory_is_bounded() -> None:
    """An event is judged some time after it happened: as long its span has to be known."""
    log = LossLog("node")
    for ms in range(0, 100_000, 2):
        log.add(loss(ms, ms + 2, open=1))
    assert log.during(T0) is None
    for ms in (85_000, 99_999):
        found = log.during(T0 + ms * 1_000_000)
        assert found is not None
        assert 40 <= found["events"] <= 110


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("alert", DropPolicy(frozenset({"alert"}), 0.1, 0.03333, 1.0)),
        ("log,exit,threshold=0", DropPolicy(frozenset({"log", "exit"}), 0.0)),
        ("alert, rate=2, max_burst=10", DropPolicy(frozenset({"alert"}), 0.1, 2.0, 10.0)),
    ],
)
def test_policy(text: str, policy: DropPolicy) -> None:
    assert drop_policy(text) == policy


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "neither an action"),
        ("page", "neither an action"),
        ("threshold=0", "no action"),
        ("ignore,alert", "exclude each other"),
        ("alert,threshold=2", "from 0 to 1"),
        ("alert,threshold=nan", "from 0 to 1"),
        ("alert,rate=often", "not a number"),
        ("alert,size=1", "neither an action"),
    ],
)
def test_policy_that_cannot_be(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        drop_policy(text)


def drops(text: str) -> tuple[Drops, list[str]]:
    logged: list[str] = []
    return Drops(drop_policy(text), "node", logged.append), logged


def seconds(watched: Drops, lost: list[dict[str, int]]) -> list[Notice | None]:
    """What is said at the end of each second, in which 1,000 events came and these were lost."""
    assert watched.look(T0, 0) is None
    said = []
    for i, counts in enumerate(lost, 1):
        watched.add(Loss(T0 + (i - 1) * SECOND, T0 + i * SECOND, counts))
        said.append(watched.look(T0 + i * SECOND, i * 1_000))
    return said


def test_alert_is_falcos() -> None:
    watched, _ = drops("alert,threshold=0")
    (notice,) = seconds(watched, [{"open": 5, "clone_fork": 1, "consumer": 2, "page_faults": 4}])
    assert notice is not None
    assert json.loads(notice_json(notice)) == {
        "hostname": "node",
        "output": "Falco internal: syscall event drop. 12 system calls dropped in last second.",
        "output_fields": {
            "ebpf_enabled": "1", "n_drops": "12", "n_drops_buffer_clone_fork_exit": "1",
            "n_drops_buffer_close_exit": "0", "n_drops_buffer_connect_exit": "0",
            "n_drops_buffer_dir_file_exit": "0", "n_drops_buffer_execve_exit": "0",
            "n_drops_buffer_open_exit": "5", "n_drops_buffer_other_interest_exit": "2",
            "n_drops_buffer_proc_exit": "0", "n_drops_buffer_total": "8", "n_drops_bug": "0",
            "n_drops_page_faults": "4", "n_drops_scratch_map": "0", "n_evts": "1012",
        },
        "priority": "Debug", "rule": "Falco internal: syscall event drop", "source": "internal",
        "time": "2023-11-14T22:13:21.000000000Z",
    }  # fmt: skip
    assert notice_text(notice).startswith(
        "22:13:21.000000000: Debug Falco internal: syscall event drop. 12 system calls dropped in last second. "
        '(ebpf_enabled="1" n_drops="12" '
    )


def test_threshold_is_a_share_of_all_events() -> None:
    watched, _ = drops("alert,rate=10,max_burst=10")
    said = seconds(watched, [{"open": 111}, {"open": 112}, {}])
    assert [n is not None for n in said] == [False, True, False]


def test_bucket_of_tokens() -> None:
    watched, _ = drops("alert,threshold=0,rate=0.5,max_burst=2")
    said = seconds(watched, [{"open": 1}] * 8)
    assert [n is not None for n in said] == [True, True, True, False, True, False, True, False]


def test_log_and_exit() -> None:
    watched, logged = drops("log,alert,exit,threshold=0")
    assert seconds(watched, [{"open": 1}]) != [None]
    assert logged == ["Falco internal: syscall event drop. 1 system calls dropped in last second."]
    assert "--drops" in str(watched.stop)


def test_ignore() -> None:
    watched, logged = drops("ignore,threshold=0")
    assert seconds(watched, [{"open": 1}]) == [None]
    assert (logged, watched.stop) == ([], None)
