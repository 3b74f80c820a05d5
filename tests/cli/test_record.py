"""`tiercel record` as a user calls it, on captures; this machine: tests/live/test_record.py."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from tiercel.demo import CAPTURE
from tiercel.sources.scap import Capture

TIERCEL = str(Path(sys.executable).with_name("tiercel"))


def tiercel(*args: object, code: int = 0) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run([TIERCEL, *map(str, args)], capture_output=True, timeout=60)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done


def alerts(path: object) -> bytes:
    return tiercel("run", "--capture", path, "-q").stdout


@pytest.mark.parametrize("name", ["out.scap", "out.scap.gz"])
def test_a_copy_gives_the_same_alerts(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    done = tiercel("record", out, "--capture", CAPTURE)
    assert done.stderr.startswith(b"Recorded 190 events, ")
    assert (out.read_bytes()[:2] == b"\x1f\x8b") == name.endswith("gz")
    assert alerts(out) == alerts(CAPTURE) != b""


def test_compress_by_option(tmp_path: Path) -> None:
    tiercel("record", "-z", tmp_path / "out.scap", "--capture", CAPTURE)
    assert (tmp_path / "out.scap").read_bytes()[:2] == b"\x1f\x8b"


def test_a_filter_keeps_what_the_state_needs(tmp_path: Path) -> None:
    out = tmp_path / "out.scap"
    done = tiercel("record", out, "--capture", CAPTURE, "--filter", "evt.type in (execve, execveat)")
    events = list(Capture(out))
    shown = [e for e in events if not e.flags]
    assert b"(and %d kept for the state)" % sum(e.flags for e in events) in done.stderr
    assert 0 < len(shown) < len(events)


def test_limits(tmp_path: Path) -> None:
    out = tmp_path / "out.scap"
    tiercel("record", "-n", 7, out, "--capture", CAPTURE)
    assert len(list(Capture(out))) == 7
    tiercel("record", "-t", 10, out, "--capture", CAPTURE)
    times = [e.ts for e in Capture(out)]
    assert 0 < times[-1] - times[0] < 10_000_000_000


def test_a_pipe_to_another(tmp_path: Path) -> None:
    copy = subprocess.run(
        f"{TIERCEL} record -q - --capture {CAPTURE} | {TIERCEL} run -q --capture -",
        shell=True,
        capture_output=True,
    )
    assert copy.stdout == alerts(CAPTURE)


def test_files_one_after_the_other(tmp_path: Path) -> None:
    tiercel("record", "-C", 1, tmp_path / "out.scap.gz", "--capture", CAPTURE)
    assert [p.name for p in tmp_path.iterdir()] == ["out-0001.scap.gz"]


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (
            ["--filter", "evt.typ = 3"],
            1,
            b"tiercel: --filter: filter_check called with nonexistent field evt.typ\n",
        ),
        (["--filter", "evt.type = "], 1, b"tiercel: --filter: "),
        (["-W", "3"], 2, b"--files needs --file-size"),
        (["--only-command"], 2, b"--only-command is for a command"),
    ],
)
def test_mistakes(args: list[str], code: int, said: bytes, tmp_path: Path) -> None:
    out = tmp_path / "out.scap"
    assert said in tiercel("record", *args, out, "--capture", CAPTURE, code=code).stderr
    assert not out.exists()


def test_not_into_the_capture_itself(tmp_path: Path) -> None:
    out = tmp_path / "out.scap"
    tiercel("record", out, "--capture", CAPTURE)
    before = out.read_bytes()
    assert b"is the capture that is read" in tiercel("record", out, "--capture", out, code=2).stderr
    assert out.read_bytes() == before


def test_a_full_disk(tmp_path: Path) -> None:
    done = tiercel("record", "/dev/full", "--capture", CAPTURE, code=1)
    assert b"tiercel: /dev/full: at byte 0: cannot be written further: No space left on device" in done.stderr


def test_what_cannot_be_read(tmp_path: Path) -> None:
    done = tiercel("record", tmp_path / "out.scap", "--capture", tmp_path / "absent", code=1)
    assert b"absent: cannot be read: No such file" in done.stderr
    torn = tmp_path / "torn.scap"
    torn.write_bytes(gzip.decompress(Path(CAPTURE).read_bytes())[:-10])
    out = tmp_path / "out.scap"
    done = tiercel("record", out, "--capture", torn, code=1)
    assert b"ends in the middle of a block" in done.stderr
    assert len(list(Capture(out))) == 189
