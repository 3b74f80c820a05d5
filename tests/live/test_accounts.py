"""Users of containers, out of files that whoever is root in there has made."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tiercel.sources.ebpf import accounts

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to change a process's root directory")

Inhabited = Callable[[], int]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    busybox = shutil.which("busybox")
    if busybox is None:
        pytest.skip("needs a static busybox")
    (tmp_path / "bin").mkdir()
    (tmp_path / "etc").mkdir()
    shutil.copy(busybox, tmp_path / "bin" / "busybox")
    return tmp_path


@pytest.fixture
def inhabited(root: Path) -> Iterator[Inhabited]:
    """Starts a process whose root directory it is; gives its number."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> int:
        command = ["/bin/busybox", "sleep", "30"]
        process = subprocess.Popen(command, preexec_fn=lambda: os.chroot(root))
        started.append(process)
        time.sleep(0.1)
        return process.pid

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_users_and_groups(root: Path, inhabited: Inhabited) -> None:
    (root / "etc/passwd").write_text(
        "root:x:0:0:r:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/ash\nagain:x:0:0::/:\n"
    )
    (root / "etc/group").write_text("root:x:0:\nstaff:x:50:ann,bob\n")
    found = accounts.of_process(inhabited())
    assert found.users == [
        (b"root", 0, 0, b"/root", b"/bin/sh"),
        (b"ann", 1000, 1000, b"/home/ann", b"/bin/ash"),
    ]
    assert found.groups == [(b"root", 0), (b"staff", 50)]


@pytest.mark.parametrize(
    "target",
    ["/../../../../etc/passwd", "/etc/passwd", "../../../../../../etc/passwd", "/proc/1/root/etc/passwd"],
)
def test_a_link_does_not_lead_out(root: Path, inhabited: Inhabited, target: str) -> None:
    (root / "etc/passwd").symlink_to(target)
    assert accounts.of_process(inhabited()).users == []


def test_a_folder_that_is_a_link_does_not_lead_out(root: Path, inhabited: Inhabited) -> None:
    (root / "etc").rmdir()
    (root / "etc").symlink_to("/../../../../../../etc")
    assert accounts.of_process(inhabited()).users == []


def test_a_link_inside_is_followed(root: Path, inhabited: Inhabited) -> None:
    (root / "etc/users").write_text("ann:x:7:7::/:\n")
    (root / "etc/passwd").symlink_to("/etc/users")
    assert [row[0] for row in accounts.of_process(inhabited()).users] == [b"ann"]


def test_a_pipe_does_not_hold_it_up(root: Path, inhabited: Inhabited) -> None:
    os.mkfifo(root / "etc/passwd")
    os.mknod(root / "etc/group", 0o644 | 0o020000, os.makedev(1, 5))
    start = time.monotonic()
    found = accounts.of_process(inhabited())
    assert (found.users, found.groups) == ([], [])
    assert time.monotonic() - start < 2


def test_no_more_than_so_much_is_read(root: Path, inhabited: Inhabited) -> None:
    with (root / "etc/passwd").open("w") as file:
        for i in range(200_000):
            file.write(f"u{i}:x:{i}:{i}::/:\n")
    assert len(accounts.of_process(inhabited()).users) <= accounts.MAX_ROWS


def test_rows_that_are_none(root: Path, inhabited: Inhabited) -> None:
    (root / "etc/passwd").write_bytes(
        b"\xff\n:::::\na:x:-1:0::/:\nb:x:4294967296:0::/:\nc:x:5:5:::\0\nd:x:6\n" + b"x" * 70000 + b"\n"
    )
    assert accounts.of_process(inhabited()).users == [(b"c", 5, 5, b"", b"\0")]


def test_a_process_that_is_gone() -> None:
    assert accounts.of_process(2**22 - 1).users == []
