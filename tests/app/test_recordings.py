"""Recordings that rules ask for: when they begin and end, what they are called, what they may not do."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tiercel.app.judge import Judge
from tiercel.app.recordings import RecordingPlan, Recordings
from tiercel.errors import TiercelError
from tiercel.rules.load import load_rules
from tiercel.sources.scap import Capture, CaptureWriter

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND

RULES = """
- rule: shadow
  desc: d
  condition: evt.type = openat and fd.name = /etc/shadow
  output: "%fd.name %evt.num"
  priority: WARNING
  capture: true
  capture_duration: 2000
- rule: passwd
  desc: d
  condition: evt.type = openat and fd.name = /etc/passwd
  output: "%fd.name %evt.num"
  priority: WARNING
- rule: group
  desc: d
  condition: evt.type = openat and fd.name = /etc/group
  output: "%fd.name %evt.num"
  priority: WARNING
  capture: true
"""


def capture_of(path: Path, opens: dict[int, str], seconds: int = 60) -> Path:
    """Ten events a second; what is opened in which of them."""
    with CaptureWriter(path) as capture:
        capture.process(42, comm="cat", exe="/bin/cat", cwd="/")
        for i in range(seconds * 10):
            ts = START + i * SECOND // 10
            if i in opens:
                capture.event(ts, 42, 0, "openat", fd=3, dirfd=-100, name=opens[i], flags="O_RDONLY")
            else:
                capture.event(ts, 42, 0, "close", res=0, fd=3)
    return path


def judged(tmp_path: Path, opens: dict[int, str], **plan: int | bool) -> tuple[list[Path], list[str]]:
    """The recordings of a minute in which these files are opened, and what was told."""
    rules = tmp_path / "rules.yaml"
    rules.write_text(RULES)
    folder = tmp_path / "recordings"
    folder.mkdir(exist_ok=True)
    told: list[str] = []
    judge = Judge(load_rules([rules]).rules)
    judge.recordings = lambda: Recordings(RecordingPlan(folder / "rec", **plan), told.append)  # type: ignore[arg-type]
    list(judge.capture(capture_of(tmp_path / "in.scap", opens)))
    return sorted(folder.iterdir()), told


def tenths(path: Path) -> list[int]:
    """When its events were, tenths of a second from the start."""
    return [(e.ts - START) * 10 // SECOND for e in Capture(path)]


def test_it_begins_before_and_ends_after(tmp_path: Path) -> None:
    (path,), told = judged(tmp_path, {100: "/etc/shadow"})
    assert path.name == f"rec_{START + 10 * SECOND:020}_{101:020}.scap"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes()[:2] == b"\x1f\x8b"
    # The last event is the first at or beyond the deadline, as in Falco.
    assert tenths(path) == list(range(0, 121))
    assert told == [f"recorded: {path}"]


def test_the_default_duration(tmp_path: Path) -> None:
    (path,), _ = judged(tmp_path, {100: "/etc/group"}, duration_ms=1500)
    assert tenths(path)[-1] == 115


def test_only_rules_that_ask(tmp_path: Path) -> None:
    assert judged(tmp_path, {100: "/etc/passwd"})[0] == []
    (path,), _ = judged(tmp_path, {100: "/etc/passwd"}, all_rules=True)
    assert tenths(path)[-1] == 150


def test_alerts_meanwhile_prolong(tmp_path: Path) -> None:
    (path,), _ = judged(tmp_path, {100: "/etc/shadow", 115: "/etc/shadow", 130: "/etc/passwd"})
    assert tenths(path)[-1] == 180
    # A shorter one does not cut it off.
    for p in (tmp_path / "recordings").iterdir():
        p.unlink()
    (path,), _ = judged(tmp_path, {100: "/etc/group", 105: "/etc/shadow"})
    assert tenths(path)[-1] == 150


def test_later_alerts_begin_another(tmp_path: Path) -> None:
    first, second = judged(tmp_path, {100: "/etc/shadow", 400: "/etc/shadow"})[0]
    assert tenths(first)[-1] == 120
    assert tenths(second)[-1] == 420
    assert 400 in tenths(second) and tenths(second)[0] < 400


def test_a_recording_that_runs_at_the_end_is_whole(tmp_path: Path) -> None:
    (path,), _ = judged(tmp_path, {590: "/etc/group"})
    assert tenths(path)[-1] == 599


def test_the_recording_gives_the_alert_again(tmp_path: Path) -> None:
    opens = {100: "/etc/shadow", 110: "/etc/passwd"}
    (path,), _ = judged(tmp_path, opens)
    again = Judge(load_rules([tmp_path / "rules.yaml"]).rules)
    assert [a.message for a in again.capture(path)] == ["/etc/shadow 101", "/etc/passwd 111"]


def test_the_oldest_go(tmp_path: Path) -> None:
    opens = {i: "/etc/shadow" for i in range(50, 600, 50)}
    paths, _ = judged(tmp_path, opens, keep=3)
    assert [tenths(p)[-1] for p in paths] == [470, 520, 570]


def test_size_is_bounded(tmp_path: Path) -> None:
    # Checked between batches, against what is in the file: 1 byte ends it at the next look.
    (path,), told = judged(tmp_path, {100: "/etc/group"}, most_bytes=1)
    assert tenths(path)
    assert any("the limit" in line for line in told) or tenths(path)[-1] == 150


def test_total_is_bounded_and_links_are_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("x" * 1000)
    link = folder / f"rec_{1:020}_{1:020}.scap"
    link.symlink_to(secret)
    other = folder / f"other_{1:020}_{1:020}.scap"
    other.write_text("not ours")
    old = folder / f"rec_{2:020}_{2:020}.scap"
    old.write_text("x" * 500)
    paths, _ = judged(tmp_path, {100: "/etc/shadow"}, keep_bytes=1000, most_bytes=600)
    assert link.is_symlink() and secret.read_text() == "x" * 1000 and other.exists() and not old.exists()
    assert len(paths) == 3


def test_a_planted_name_is_not_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (folder / f"rec_{START + 10 * SECOND:020}_{101:020}.scap").symlink_to(victim)
    paths, told = judged(tmp_path, {100: "/etc/shadow"})
    assert victim.read_text() == "mine" and len(paths) == 1
    assert told == [f"{paths[0]}: at byte 0: cannot be written: File exists"]


def test_folders_that_are_not_fit(tmp_path: Path) -> None:
    with pytest.raises(TiercelError, match="no folder for recordings: No such file"):
        Recordings(RecordingPlan(tmp_path / "absent" / "x"))
    everybody = tmp_path / "everybody"
    everybody.mkdir()
    everybody.chmod(0o777)
    with pytest.raises(TiercelError, match="everybody may replace files"):
        Recordings(RecordingPlan(everybody))
    everybody.chmod(0o1777)
    Recordings(RecordingPlan(everybody)).close()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a folder of another user")
def test_another_users_folder(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, 12345, 12345)
    with pytest.raises(TiercelError, match="belongs to another user"):
        Recordings(RecordingPlan(folder))
    assert stat.S_ISDIR(folder.stat().st_mode)
