"""Lines of alerts into files, pipes and full disks."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiercel.app import sink as module
from tiercel.app.sink import LineSink
from tiercel.errors import OutputError


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mounting a tmpfs needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_appends_a_line_at_once(tmp_path: Path) -> None:
    path = tmp_path / "alerts"
    path.write_text("before\n")
    sink = LineSink(path)
    sink.write("ä \udcff")
    assert path.read_bytes() == "before\nä ".encode() + b"\xff\n"
    assert sink.close() == 0
    assert sink.written == 1


def test_file_is_not_for_everybody(tmp_path: Path) -> None:
    LineSink(tmp_path / "alerts").close()
    assert (tmp_path / "alerts").stat().st_mode & 0o007 == 0


@pytest.mark.parametrize("path", ["absent/alerts", "."])
def test_cannot_be_opened(tmp_path: Path, path: str) -> None:
    with pytest.raises(OutputError, match="cannot be written there"):
        LineSink(tmp_path / path)


def test_rotated_with_signal(tmp_path: Path) -> None:
    path = tmp_path / "alerts"
    sink = LineSink(path)
    sink.write("one")
    path.rename(tmp_path / "alerts.1")
    sink.reopen()
    sink.write("two")
    assert ((tmp_path / "alerts.1").read_text(), path.read_text()) == ("one\n", "two\n")
    sink.close()


def test_rotated_without_signal(tmp_path: Path) -> None:
    path = tmp_path / "alerts"
    sink = LineSink(path)
    sink.write("one")
    path.rename(tmp_path / "alerts.1")
    end = time.monotonic() + 10
    n = 0
    while not path.exists():
        assert time.monotonic() < end
        n += 1
        sink.write(f"more {n}")
        time.sleep(0.1)
    text = (tmp_path / "alerts.1").read_text() + path.read_text()
    assert text == "one\n" + "".join(f"more {i + 1}\n" for i in range(n))
    sink.close()


def test_full_disk(small_disk: Path, told: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    path, filler = small_disk / "alerts", small_disk / "filler"
    filler.write_bytes(bytes(40 << 10))
    sink = LineSink(path, tell=told.append)
    lines = [f"{i} {'x' * 200}" for i in range(300)]  # 60 KiB: more than there is room for
    for line in lines:
        sink.write(line)
    assert sink.waiting > 100
    assert len(told) == 1
    assert "No space left" in told[0]
    filler.unlink()
    sink.write("last")
    assert sink.waiting == 0
    assert path.read_text().splitlines() == [*lines, "last"]
    assert "written again" in told[-1]
    assert sink.close() == 0


def test_full_disk_and_full_memory(
    small_disk: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(module, "TOLD_SECONDS", 0.0)
    monkeypatch.setattr(module, "BACKLOG_BYTES", 10_000)
    sink = LineSink(small_disk / "alerts", tell=told.append)
    for i in range(1000):
        sink.write(f"{i} {'x' * 200}")
    assert sink.written + sink.waiting + sink.lost == 1000
    assert sink.lost > 500
    assert f"{sink.waiting} alerts wait in memory, {sink.lost} are lost" in told[-1]
    waited = sink.waiting
    assert sink.close(0) == 1000 - sink.written
    assert f"{waited} alerts could not be written" in told[-1]


def test_rotated_away_from_a_full_disk(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that was cut off there is whole in the new file."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    link = tmp_path / "alerts"
    link.symlink_to(small_disk / "alerts")
    sink = LineSink(link)
    lines = [f"{i} {'x' * 300}" for i in range(300)]
    for line in lines:
        sink.write(line)
    assert sink.waiting > 0
    link.unlink()
    sink.reopen()
    whole = [line for line in (small_disk / "alerts").read_text().splitlines() if line in lines]
    assert whole + link.read_text().splitlines() == lines
    sink.close()


def test_patient_sink_fails_on_a_full_disk(small_disk: Path) -> None:
    sink = LineSink(small_disk / "alerts", patient=True)
    with pytest.raises(OutputError, match="No space left"):
        for _ in range(1000):
            sink.write("x" * 200)


def test_named_pipe_without_a_reader_waits(
    tmp_path: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.0)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    sink = LineSink(path, tell=told.append)
    sink.write("one")
    assert sink.waiting == 1
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink.write("two")
    assert os.read(reader, 100) == b"one\ntwo\n"
    os.close(reader)  # and gone again
    sink.write("three")
    assert sink.waiting == 1
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    sink.flush()
    assert os.read(reader, 100) == b"three\n"
    os.close(reader)
    sink.close(0)


def test_pipe_that_nobody_empties_does_not_block(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    reader, writer = os.pipe()
    monkeypatch.setattr(module, "STDOUT", writer)
    sink = LineSink(tell=told.append)
    lines = [f"{i} {'x' * 500}" for i in range(400)]  # 200 KB into 64 KiB
    start = time.monotonic()
    for line in lines:
        sink.write(line)
    assert time.monotonic() - start < 2
    assert sink.waiting > 100
    assert told == []  # a burst is no trouble
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.0)
    sink.flush()
    assert "nobody reads" in told[0]
    got = b""
    while len(got) < sum(len(line) + 1 for line in lines):
        got += os.read(reader, 1 << 16)
        sink.flush()
    assert got.decode().splitlines() == lines
    os.close(reader)
    with pytest.raises(BrokenPipeError):
        sink.write("more")
    os.close(writer)
