"""Rules read again: signals, files that change in every way that files do, broken ones."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tiercel.app import reload as module
from tiercel.app.reload import Reloader
from tiercel.errors import TiercelError

Start = Callable[[Path], Reloader[str]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a reloader that "loads" the text of the files below a path; `broken` in it is an error."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.1)
    running: list[Reloader[str]] = []

    def begin(path: Path) -> Reloader[str]:
        def load() -> str | None:
            files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
            text = "".join(f.read_text() for f in files)
            if "broken" in text:
                raise TiercelError("it is broken")
            return text

        reloader = Reloader(load, [path], lambda text: None)
        reloader.start()
        running.append(reloader)
        return reloader

    yield begin
    for reloader in running:
        reloader.stop()


def got(reloader: Reloader[str], seconds: float = 10) -> str:
    end = time.monotonic() + seconds
    while (text := reloader.taken()) is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    return text


def nothing(reloader: Reloader[str], seconds: float = 1) -> bool:
    time.sleep(seconds)
    return reloader.taken() is None


def test_nothing_changes(start: Start, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("one")
    assert nothing(start(tmp_path / "a.yaml"))


def test_written_in_place(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("one")
    reloader = start(path)
    path.write_text("two")
    assert got(reloader) == "two"
    assert nothing(reloader, 0.5)
    assert (reloader.counts.done, reloader.counts.last_ok) == (1, True)


def test_renamed_over_it_as_editors_do(start: Start, tmp_path: Path) -> None:
    path, new = tmp_path / "a.yaml", tmp_path / "new"
    path.write_text("one")
    reloader = start(path)
    for text in ("two", "three"):
        new.write_text(text)
        os.utime(new, (1, 1))  # as a copy that keeps times
        new.rename(path)
        assert got(reloader) == text


def test_folder(start: Start, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("one ")
    reloader = start(tmp_path)
    (tmp_path / "b.yaml").write_text("two")
    assert got(reloader) == "one two"
    (tmp_path / "a.yaml").unlink()
    assert got(reloader) == "two"


def config_map(folder: Path, number: int, text: str) -> None:
    """Writes the folder as the kubelet does: the names are links to a link, which is swapped."""
    version = folder / f"..2026_{number}"
    version.mkdir()
    (version / "rules.yaml").write_text(text)
    (folder / "..data_tmp").symlink_to(version.name)
    (folder / "..data_tmp").rename(folder / "..data")
    if not (folder / "rules.yaml").is_symlink():
        (folder / "rules.yaml").symlink_to("..data/rules.yaml")


@pytest.mark.parametrize("watched", ["", "rules.yaml"])
def test_config_map(start: Start, tmp_path: Path, watched: str) -> None:
    config_map(tmp_path, 1, "one")
    reloader = start(tmp_path / watched)
    config_map(tmp_path, 2, "two")
    assert got(reloader) == "two"


def test_a_burst_is_one_change(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("0")
    reloader = start(path)
    for i in range(20):
        path.write_text(f"{i} " * (i + 1))
        time.sleep(0.03)
    assert got(reloader) == "19 " * 20
    assert nothing(reloader, 0.5)
    assert reloader.counts.done == 1


def test_what_never_stands_still_is_taken_up(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_LOOKS", 4)
    path = tmp_path / "a.yaml"
    path.write_text("0")
    reloader = start(path)
    end = time.monotonic() + 10
    i = 0
    while reloader.taken() is None:
        assert time.monotonic() < end
        i += 1
        path.write_text(str(i))
        time.sleep(0.05)


def test_broken_file_and_mended_one(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("one")
    reloader = start(path)
    path.write_text("broken")
    end = time.monotonic() + 10
    while not reloader.counts.failed:
        assert time.monotonic() < end
        time.sleep(0.02)
    assert (reloader.taken(), reloader.counts.last_ok) == (None, False)
    path.write_text("mended")
    assert got(reloader) == "mended"
    assert (reloader.counts.failed, reloader.counts.last_ok) == (1, True)


def test_gone_and_back(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("one")
    reloader = start(path)
    path.unlink()
    end = time.monotonic() + 10
    while not reloader.counts.failed:
        assert time.monotonic() < end
        time.sleep(0.02)
    path.write_text("two")
    assert got(reloader) == "two"


def test_request(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("one")
    reloader = start(path)
    reloader.request()
    assert got(reloader, 2) == "one"
