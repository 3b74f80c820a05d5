"""The watch over real containers of podman: by its API, and by its files where no API answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiercel.sources.containers import (
    ContainerExec,
    ContainerInfo,
    ContainerStarted,
    ContainerStopped,
    ContainerWatch,
    Engine,
    NotAContainer,
    RuntimeSockets,
    Told,
)

IMAGE = "localhost/tiercel-test-watch:1"
RUN = [
    "podman", "run", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--network=none",
]  # fmt: skip
NAME = f"tiercel-watch-{os.getpid()}"


def podman(*words: str) -> str:
    return subprocess.run(
        ["podman", *words], capture_output=True, text=True, timeout=60, check=True
    ).stdout.strip()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    busybox = shutil.which("busybox")
    if not shutil.which("podman") or not busybox:
        pytest.skip("needs podman and a static busybox")
    root = tmp_path_factory.mktemp("rootfs")
    with tarfile.open(root / "rootfs.tar", "w") as tar:
        tar.add(busybox, "bin/busybox")
        for name in ("sh", "sleep", "true"):
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    try:
        podman(
            "import", "--change", "LABEL maker=ann", "--change", "ENV A=1", str(root / "rootfs.tar"), IMAGE
        )
        podman(*RUN[1:], "--rm", IMAGE, "/bin/true")
    except subprocess.SubprocessError as e:
        pytest.skip(f"podman runs no containers here: {getattr(e, 'stderr', '') or e}")
    yield IMAGE
    subprocess.run(["podman", "rmi", "-f", IMAGE], capture_output=True, timeout=60)


@pytest.fixture
def service(image: str, tmp_path: Path) -> Iterator[str]:
    path = tmp_path / "podman.sock"
    with subprocess.Popen(
        ["podman", "system", "service", "--time=0", f"unix://{path}"], stderr=subprocess.DEVNULL
    ) as process:
        until = time.monotonic() + 10
        while not path.exists() and time.monotonic() < until:
            time.sleep(0.05)
        yield str(path)
        process.terminate()


@pytest.fixture
def names(image: str) -> Iterator[list[str]]:
    made: list[str] = []
    yield made
    for name in made:
        subprocess.run(["podman", "rm", "-f", "-t0", name], capture_output=True, timeout=60)


def watch_of(socket: str, files: bool = False) -> ContainerWatch:
    sockets = (socket,) if socket else ()
    return ContainerWatch(
        RuntimeSockets(podman=sockets, podman_users=False, docker=(), cri=(), containerd=(), files=files)
    )


def wait(watch: ContainerWatch, kind: type[Told], container: str, seconds: float = 10) -> list[Told]:
    """All that is told until one of that kind is told of the container."""
    found: list[Told] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        told = watch.take()
        found += [t for t in told if t.id == container]
        if any(isinstance(t, kind) for t in found):
            return found
        time.sleep(0.002)
    raise AssertionError(f"no {kind.__name__} of {container}: {found}; {watch.counts()}")


def cgroups_of(pid: str) -> bytes:
    return Path(f"/proc/{pid}/cgroup").read_bytes()


def test_a_container_from_its_start_to_its_end(service: str, names: list[str], image: str) -> None:
    watch = watch_of(service)
    watch.start()
    try:
        assert watch.wait_listed(10)
        names.append(NAME)
        full_id = podman(
            *RUN[1:], "-d", "--name", NAME, "--label", "team=red", "-v", "/tmp:/mnt:ro", "--health-cmd", "ls /",
            "--health-interval=disable", "--pid=host", image, "/bin/sleep", "100",
        )  # fmt: skip
        short = full_id[:12]
        pid = podman("inspect", "-f", "{{.State.Pid}}", NAME)
        info, started = wait(watch, ContainerStarted, short)[-2:]
        assert isinstance(info, ContainerInfo) and isinstance(started, ContainerStarted)
        row = json.loads(info.document)["container"]
        assert (row["type"], row["id"], row["full_id"], row["name"]) == (11, short, full_id, NAME)
        assert (row["image"], row["imagerepo"], row["imagetag"]) == (IMAGE, IMAGE[:-2], "1")
        assert row["imagedigest"].startswith("sha256:") and len(row["imageid"]) == 64
        assert row["labels"] == {"maker": "ann", "team": "red"}
        assert "A=1" in row["env"] and row["host_pid"] and not row["privileged"]
        assert [(m["Source"], m["Destination"], m["RW"]) for m in row["Mounts"]] == [("/tmp", "/mnt", False)]
        assert row["Healthcheck"] == {"exe": "sh", "args": ["-c", "ls /"]}
        assert abs(row["created_time"] - time.time()) < 60
        assert started.pid == int(pid) and started.mounts[0].source == "/tmp"
        assert abs(started.time_ns - time.time_ns()) < 60 * 10**9

        assert watch.ask(short, cgroups_of(pid))
        assert wait(watch, ContainerInfo, short)[-1] == info

        subprocess.run(["podman", "exec", "-d", NAME, "/bin/sleep", "50"], check=True, capture_output=True)
        session = wait(watch, ContainerExec, short)[-1]
        assert isinstance(session, ContainerExec)
        assert session.command == ("/bin/sleep", "50")
        assert short in Path(f"/proc/{session.pid}/cgroup").read_text()

        fake = "0123456789ab" + "c" * 52
        watch.ask(fake[:12], f"cpu=/libpod_parent/libpod-{fake}\0".encode())
        assert wait(watch, NotAContainer, fake[:12])

        podman("rm", "-f", "-t0", NAME)
        stopped = wait(watch, ContainerStopped, short)[-1]
        assert isinstance(stopped, ContainerStopped) and stopped.document == info.document
        assert stopped.exit_code == 137
    finally:
        watch.stop()


def test_a_container_that_lives_shortly(service: str, names: list[str], image: str) -> None:
    watch = watch_of(service)
    watch.start()
    try:
        assert watch.wait_listed(10)
        name = NAME + "-short"
        names.append(name)
        full_id = podman(*RUN[1:], "-d", "--rm", "--name", name, image, "/bin/true")
        told = wait(watch, ContainerStopped, full_id[:12])
        assert any(isinstance(t, ContainerStarted) for t in told)
    finally:
        watch.stop()


@pytest.mark.parametrize("files", [False, True], ids=["api", "files"])
def test_what_ran_before(service: str, names: list[str], image: str, files: bool) -> None:
    name = f"{NAME}-before-{files}"
    names.append(name)
    full_id = podman(*RUN[1:], "-d", "--name", name, "--privileged", image, "/bin/sleep", "100")
    pid = podman("inspect", "-f", "{{.State.Pid}}", name)
    watch = watch_of("" if files else service, files)
    watch.start()
    try:
        assert watch.wait_listed(10)
        told = [t for t in watch.take(10_000) if t.id == full_id[:12]]
        assert [type(t) for t in told] == [ContainerInfo, ContainerStarted]
        info, started = told
        assert isinstance(info, ContainerInfo) and isinstance(started, ContainerStarted)
        seen = info.description
        assert (seen.engine, seen.name, seen.image, seen.privileged) == (Engine.PODMAN, name, IMAGE, True)
        assert seen.labels == {"maker": "ann"} and seen.image_digest.startswith("sha256:")
        assert started.pid == int(pid)
    finally:
        watch.stop()
