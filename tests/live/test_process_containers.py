"""Processes in containers of podman, as `tiercel run` judges them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from live.probed import is_allowed

pytestmark = pytest.mark.skipif(bool(is_allowed()), reason=is_allowed() or "-")

IMAGE = "localhost/tiercel-test-process:1"
OPTIONS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--network=none"]
FIELDS = (
    "proc.name proc.exepath proc.cmdline proc.pid proc.vpid proc.ppid proc.pname proc.aname[2] proc.cwd user.name"
    " user.uid group.name container.id proc.is_exe_upper_layer proc.is_exe_writable proc.is_exe_from_memfd proc.sname"
)  # fmt: skip


def podman(*words: str) -> str:
    return subprocess.run(
        ["podman", *words], capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    busybox = shutil.which("busybox")
    if not shutil.which("podman") or not busybox:
        pytest.skip("needs podman and a static busybox")
    root = tmp_path_factory.mktemp("rootfs")
    with tarfile.open(root / "rootfs.tar", "w") as tar:
        tar.add(busybox, "bin/busybox")
        for name in ("sh", "sleep", "true", "cp"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        for name, text in (
            ("etc/passwd", b"root:x:0:0::/:/bin/sh\nann:x:1234:1234::/:/bin/sh\n"),
            ("etc/group", b"crew:x:1234:\n"),
        ):
            row = tarfile.TarInfo(name)
            row.size = len(text)
            tar.addfile(row, BytesIO(text))
        for name in ("tmp", "work"):
            row = tarfile.TarInfo(name)
            row.type, row.mode = tarfile.DIRTYPE, 0o1777
            tar.addfile(row)
    try:
        podman("import", str(root / "rootfs.tar"), IMAGE)
        podman("run", *OPTIONS, "--rm", IMAGE, "/bin/true")
    except subprocess.SubprocessError as e:
        pytest.skip(f"podman runs no containers here: {getattr(e, 'stderr', '') or e}")
    yield IMAGE
    subprocess.run(["podman", "rmi", "-f", IMAGE], capture_output=True, timeout=60)


class Sensor:
    """`tiercel run` with a rule that fires for each program in containers."""

    def __init__(self, folder: Path) -> None:
        output = " ".join(f"{name}=%{name}" for name in FIELDS.split())
        (folder / "rules.yaml").write_text(
            "- rule: Program\n  desc: d\n  priority: INFO\n  condition: evt.type in (execve, execveat) and"
            f" evt.res = SUCCESS and container.id != host\n  output: {output}\n"
        )
        tiercel = str(Path(sys.executable).with_name("tiercel"))
        self.alerts = folder / "alerts"
        self.errors = folder / "errors"
        with self.alerts.open("wb") as out, self.errors.open("wb") as err:
            self.process = subprocess.Popen(
                [tiercel, "run", "-r", str(folder / "rules.yaml"), "--format", "json"], stdout=out, stderr=err
            )
        end = time.monotonic() + 60
        while "tiercel: watching" not in self.errors.read_text():
            assert self.process.poll() is None, self.errors.read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        time.sleep(0.5)

    def stop(self) -> list[dict[str, Any]]:
        time.sleep(0.5)
        self.process.terminate()
        assert self.process.wait(30) == 0, self.errors.read_text()
        rows = [json.loads(line) for line in self.alerts.read_text().splitlines()]
        return [row["output_fields"] for row in rows if row.get("rule") == "Program"]


def named(rows: list[dict[str, Any]], container: str, name: str) -> dict[str, Any]:
    return next(r for r in rows if r["container.id"] == container[:12] and r["proc.name"] == name)


def test_a_container_that_starts_later(image: str, tmp_path: Path) -> None:
    sensor = Sensor(tmp_path)
    command = "cd /work; cp /bin/busybox /work/dropped; /work/dropped true; sleep 0.2; /bin/true; :"
    try:
        id = podman("run", "-d", *OPTIONS, "--user", "1234:1234", image, "/bin/sh", "-c", command)
        podman("wait", id)
    finally:
        rows = sensor.stop()
        podman("rm", "-f", id)
    shell = named(rows, id, "sh")
    assert shell["proc.vpid"] == 1
    assert shell["proc.exepath"] == "/bin/busybox"
    assert shell["user.uid"] == 1234
    assert not shell["proc.is_exe_upper_layer"]
    dropped = named(rows, id, "dropped")
    assert dropped["proc.exepath"] == "/work/dropped"
    assert dropped["proc.is_exe_upper_layer"]
    assert dropped["proc.is_exe_writable"]
    assert dropped["proc.pname"] == "sh"
    assert dropped["proc.cwd"] == "/work/"
    last = named(rows, id, "true")
    assert (last["user.name"], last["group.name"]) == ("ann", "crew")
    assert last["proc.ppid"] == shell["proc.pid"]


def test_a_container_that_was_there_before(image: str, tmp_path: Path) -> None:
    script = "while :; do sleep 0.3; done"
    id = podman("run", "-d", *OPTIONS, "--user", "1234:1234", image, "/bin/sh", "-c", script)
    try:
        sensor = Sensor(tmp_path)
        time.sleep(1)
        rows = sensor.stop()
    finally:
        podman("rm", "-f", "-t", "0", id)
    row = named(rows, id, "exe")  # busybox runs its own programs so
    assert (row["user.name"], row["group.name"], row["proc.pname"]) == ("ann", "crew", "sh")
    assert row["proc.sname"] == "sh"
    assert row["proc.cwd"] == "/"


def test_a_session_in_a_container(image: str, tmp_path: Path) -> None:
    id = podman("run", "-d", *OPTIONS, image, "/bin/sleep", "60")
    try:
        sensor = Sensor(tmp_path)
        podman("exec", id, "/bin/sh", "-c", "/bin/true; :")
        rows = sensor.stop()
    finally:
        podman("rm", "-f", "-t", "0", id)
    row = named(rows, id, "true")
    assert (row["proc.pname"], row["user.name"], row["user.uid"]) == ("sh", "root", 0)
    assert os.path.basename(row["proc.exepath"]) == "busybox"
