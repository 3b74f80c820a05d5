"""A recording begins before the alert, with the state of its own beginning."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_recorder import FIELDS, NO_RULES, Pieces, alerts, assert_same, dumped, plan_of, raw_bytes

from tiercel.demo import CAPTURE
from tiercel.rules.engine import Engine
from tiercel.rules.plan import Plan
from tiercel.sources.scap import Capture, CaptureWriter
from tiercel.sources.scap.lookback import Lookback
from tiercel.sources.scap.recorder import Recorder

SECOND = 1_000_000_000
FEW = [
    "evt.type",
    "proc.cmdline",
    "proc.cwd",
    "fd.name",
    "evt.args",
    "proc.aname[1]",
    "thread.tid",
    "evt.rawtime",
]


def around(
    data: bytes, plan: Plan, nth: int, after_ns: int, *, all_events: bool = True, **more: int
) -> tuple[bytes, int, int]:
    """The recording that the nth alert asks for, when it was asked for, and the look-back's peak of bytes."""
    capture, lookback, sink = Capture(io.BytesIO(data), buffer_size=4096), Lookback(**more), Pieces()
    recorder = Recorder(sink)
    engine = Engine(capture, plan, tap=lookback, all_events=all_events)
    capture.open()
    asked = peak = 0
    while (hits := engine.next_hits()) is not None:
        peak = max(peak, lookback.size_bytes)
        recorder.flush()
        if hits:
            nth -= 1
            if nth == 0:
                asked = engine.time_ns
                lookback.begin(recorder, asked + after_ns)
    lookback.end()
    recorder.close()
    return b"".join(b"".join(pieces) for pieces in sink.files), asked, peak


@settings(max_examples=25, deadline=None)
@given(nth=st.integers(1, 100), after_ms=st.integers(0, 100_000), span_ms=st.integers(0, 200_000))
def test_it_is_a_piece_of_the_whole(
    nth: int, after_ms: int, span_ms: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    demo = raw_bytes(Path(CAPTURE))
    plan = plan_of("evt.type != close", tmp_path_factory.mktemp("rules"))
    data, asked, _ = around(demo, plan, nth, after_ms * 1_000_000, span_ns=span_ms * 1_000_000)
    assert asked
    whole, piece = dumped(demo), dumped(data)
    times = [event["evt.rawtime"] for event in piece]
    assert asked in times
    # Everything up to the deadline, and the first event behind it.
    assert all(t < asked + after_ms * 1_000_000 for t in times[:-1] if t > asked)
    start = next(i for i in range(len(whole)) if whole[i : i + len(piece)] == piece)
    assert start >= 0


def test_real_events_and_the_bound_of_bytes(shared: Path, tmp_path: Path) -> None:
    data = (shared / "falco/recorded/container_shell.scap").read_bytes()
    raw = raw_bytes(shared / "falco/recorded/container_shell.scap")
    plan = plan_of("evt.type in (execve, execveat)", tmp_path)
    size = 1 << 21
    piece, asked, peak = around(data, plan, 100, SECOND, size_bytes=size)
    assert size / 4 < peak <= size
    whole, found = dumped(raw, FEW), dumped(piece, FEW)
    at = next(i for i, e in enumerate(found) if e["evt.rawtime"] == asked)
    assert at > 200  # it began well before
    start = next(i for i in range(len(whole)) if whole[i] == found[0] and whole[i : i + 50] == found[:50])
    assert_same(whole[start : start + len(found)], found)
    wide = dumped(piece, FIELDS)
    assert_same(dumped(raw, FIELDS)[start : start + len(found)], wide)


def many_processes(environment: int) -> bytes:
    """A thousand processes; one of them opens and closes files."""
    data = io.BytesIO()
    with CaptureWriter(data) as capture:
        for tid in range(1, 1001):
            capture.process(tid, comm="cat", exe="/bin/cat", env=["A=" + "x" * environment])
        for i in range(1, 2001):
            capture.event(i, 7, 0, "openat", fd=i, dirfd=-100, name=f"/etc/{i}", flags="O_RDONLY")
    return data.getvalue()


def test_a_head_that_is_too_long_is_tried_without_environments(tmp_path: Path) -> None:
    plan = plan_of("fd.name = /etc/1500", tmp_path)
    names = ["fd.name", "proc.env", "proc.exe"]
    for environment, size, has in ((10, 4 << 20, True), (2000, 4 << 20, False)):
        piece, _, peak = around(many_processes(environment), plan, 1, 1000, size_bytes=size)
        found = dumped(piece, names)
        assert len(found) == 2000 and found[-1]["proc.exe"] == "/bin/cat" and peak <= size
        assert bool(found[0].get("proc.env")) == has


def test_a_head_too_long_for_memory_is_left_out(tmp_path: Path) -> None:
    # Then the recording begins with the event that asked for it, as Falco's do.
    plan = plan_of("fd.name = /etc/1500", tmp_path)
    piece, asked, _ = around(many_processes(10), plan, 1, 100, size_bytes=1)
    found = dumped(piece, ["evt.rawtime", "fd.name", "proc.exe"])
    assert asked == 1500
    assert [e["evt.rawtime"] for e in found] == list(range(1500, 1601))
    assert found[0] == {"evt.rawtime": 1500, "fd.name": "/etc/1500", "proc.exe": "/bin/cat"}


def test_what_the_rules_need_is_enough(shared: Path, tmp_path: Path) -> None:
    # A sensor asks the kernel only for what rules and state need; replayed, the same rules find the same.
    path = shared / "falco/recorded/files.scap"
    plan = plan_of("evt.type in (openat, open) and fd.name startswith /etc", tmp_path)
    piece, asked, _ = around(path.read_bytes(), plan, 100, SECOND, all_events=False)
    expected = [a for a in alerts(path, plan) if a[0] <= asked + SECOND]
    found = alerts(piece, plan)
    assert asked in [t for t, _ in found]
    assert found == expected[len(expected) - len(found) :]


def test_nothing_to_begin_with() -> None:
    with pytest.raises(ValueError, match="no event"):
        Lookback().begin(Recorder(Pieces()), 0)


def test_without_a_recording_nothing_is_written() -> None:
    lookback = Lookback(size_bytes=400_000)
    capture = Capture(CAPTURE)
    engine = Engine(capture, NO_RULES, tap=lookback, all_events=True)
    capture.open()
    while engine.next_hits() is not None:
        pass
    assert not lookback.recording and lookback.heads >= 1 and lookback.size_bytes > 0
