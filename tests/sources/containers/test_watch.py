"""The watch: questions and answers, what runtimes tell unasked, and runtimes that do neither."""

from __future__ import annotations

import gc
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sources.containers.fake_runtimes import (
    FULL,
    OTHER,
    FakeApi,
    inspected,
    read_target,
    reply,
    serving,
)

from tiercel.sources.containers import (
    ContainerExec,
    ContainerInfo,
    ContainerStarted,
    ContainerStopped,
    ContainerUnknown,
    ContainerWatch,
    Engine,
    NotAContainer,
    RuntimeSockets,
    Told,
)

SHORT = FULL[:12]
PATH = f"cpu=/\0memory=/libpod_parent/libpod-{FULL}\0".encode()
NONE = RuntimeSockets(podman=(), podman_users=False, docker=(), cri=(), containerd=(), files=False)


def only(**sockets: Any) -> RuntimeSockets:
    kept = {f: getattr(NONE, f) for f in NONE.__slots__}
    return RuntimeSockets(**{**kept, **sockets})


def wait(watch: ContainerWatch, n: int = 1, seconds: float = 6.0) -> list[Told]:
    found: list[Told] = []
    until = time.monotonic() + seconds
    while len(found) < n and time.monotonic() < until:
        found += watch.take()
        time.sleep(0.002)
    return found


@pytest.fixture
def started() -> Iterator[Callable[..., ContainerWatch]]:
    watches: list[ContainerWatch] = []

    def start(sockets: RuntimeSockets, **more: Any) -> ContainerWatch:
        watches.append(ContainerWatch(sockets, **more))
        watches[-1].start()
        return watches[-1]

    yield start
    for watch in watches:
        watch.stop()


@pytest.fixture
def podman(tmp_path: Path) -> Iterator[FakeApi]:
    api = FakeApi("podman")
    with serving(tmp_path / "p", api.talk):
        yield api


def test_a_question_is_answered(
    tmp_path: Path, podman: FakeApi, started: Callable[..., ContainerWatch]
) -> None:
    watch = started(only(podman=(str(tmp_path / "p"),)))
    assert watch.wait_listed(5)
    assert watch.take() == []
    podman.containers[FULL] = inspected()
    assert watch.ask(SHORT, PATH)
    info, begun = wait(watch, 2)
    assert isinstance(info, ContainerInfo) and isinstance(begun, ContainerStarted)
    assert (info.id, info.user, json.loads(info.document)["container"]["name"]) == (SHORT, None, "web")
    assert (begun.pid, begun.time_ns, begun.engine, begun.privileged) == (
        4373, 1795578963859087699, Engine.PODMAN, True,
    )  # fmt: skip
    asked = len(podman.asked)
    assert watch.ask(SHORT, PATH)
    assert wait(watch) == [info]
    assert len(podman.asked) == asked
    counts = watch.counts()
    assert (counts.asked, counts.answered, counts.being_asked, counts.errors) == (2, 2, 0, {})


def test_what_runs_at_the_start_is_told_first(
    tmp_path: Path, podman: FakeApi, started: Callable[..., ContainerWatch]
) -> None:
    ids = [f"{i:064x}" for i in range(1, 60)]
    podman.containers = {i: inspected(i) for i in ids}
    watch = started(only(podman=(str(tmp_path / "p"),)))
    assert watch.wait_listed(5)
    told = watch.take(1000)
    assert {t.id for t in told if isinstance(t, ContainerInfo)} == {i[:12] for i in ids}
    assert sum(isinstance(t, ContainerStarted) for t in told) == 59


def test_a_container_that_is_just_being_made(
    tmp_path: Path, podman: FakeApi, started: Callable[..., ContainerWatch]
) -> None:
    watch = started(only(podman=(str(tmp_path / "p"),)))
    watch.ask(SHORT, PATH)
    time.sleep(0.15)
    podman.containers[FULL] = inspected()
    assert isinstance(wait(watch)[0], ContainerInfo)


def test_a_folder_that_is_no_container(
    tmp_path: Path, podman: FakeApi, started: Callable[..., ContainerWatch]
) -> None:
    watch = started(only(podman=(str(tmp_path / "p"),)))
    watch.ask(SHORT, PATH)
    assert wait(watch) == [NotAContainer(SHORT)]
    # One inside a container belongs to that.
    podman.containers[OTHER] = inspected(OTHER)
    inner = "ab" * 32
    watch.ask(inner[:12], f"0::/libpod_parent/libpod-{OTHER}/libpod-{inner}".encode())
    told = wait(watch, 3)
    assert NotAContainer(inner[:12], OTHER[:12]) in told
    assert any(isinstance(t, ContainerInfo) and t.id == OTHER[:12] for t in told)


def test_nobody_can_say(tmp_path: Path, podman: FakeApi, started: Callable[..., ContainerWatch]) -> None:
    # podman knows nothing of Docker's containers, and Docker is not there.
    watch = started(only(podman=(str(tmp_path / "p"),), docker=(str(tmp_path / "none"),)))
    watch.ask(SHORT, f"a=/docker/{FULL}\0".encode())
    (told,) = wait(watch)
    assert isinstance(told, ContainerUnknown) and told.id == SHORT
    # A name of containerd's, where there is none: a folder like any other. One that cannot be a name: at once.
    watch.ask("worker", b"a=/default/worker\0")
    assert wait(watch) == [NotAContainer("worker")]
    began = time.monotonic()
    watch.ask("web.service/", b"a=/system.slice/web.service/x\0")
    assert not watch.ask("", b"")
    assert watch.counts().refused == 2
    watch.ask("web.service.", b"a=/system.slice/web.service.\0")
    assert wait(watch) == [NotAContainer("web.service.")]
    assert time.monotonic() - began < 1


def test_containers_that_come_and_go(
    tmp_path: Path, podman: FakeApi, started: Callable[..., ContainerWatch]
) -> None:
    watch = started(only(podman=(str(tmp_path / "p"),)))
    assert watch.wait_listed(5)
    podman.containers[FULL] = inspected()
    podman.happen("start", FULL)
    info, begun = wait(watch, 2)
    assert isinstance(info, ContainerInfo) and isinstance(begun, ContainerStarted)
    podman.happen("start", FULL)
    podman.sessions["9" * 64] = {"Pid": 99, "ProcessConfig": {"entrypoint": "sh", "arguments": []}}
    podman.happen("exec", FULL)
    (session,) = wait(watch)
    assert isinstance(session, ContainerExec)
    assert (session.exec_id, session.pid, session.command) == ("9" * 64, 99, ("sh",))
    del podman.containers[FULL]
    podman.happen("died", FULL, containerExitCode="3")
    podman.happen("remove", FULL)
    (stopped,) = wait(watch)
    assert isinstance(stopped, ContainerStopped)
    assert (stopped.exit_code, stopped.document) == (3, info.document)
    # It is gone, yet a late question is about what it was.
    watch.ask(SHORT, PATH)
    assert wait(watch) == [info]
    # One of which nothing is left to be seen when its start is told.
    podman.happen("start", OTHER)
    (bare,) = wait(watch)
    assert isinstance(bare, ContainerStarted) and (bare.id, bare.pid) == (OTHER[:12], 0)
    # The same container once more, as another process.
    podman.containers[FULL] = inspected(State={"Pid": 5000})
    podman.happen("start", FULL)
    assert [type(t) for t in wait(watch, 2)] == [ContainerInfo, ContainerStarted]


def test_docker_tells_of_an_exec_before_it_runs(
    tmp_path: Path, started: Callable[..., ContainerWatch]
) -> None:
    api = FakeApi("docker")
    api.containers[FULL] = inspected()
    process = {"entrypoint": "/bin/sh", "arguments": ["-c", "ls /"]}
    api.sessions["7" * 64] = {"Pid": 0, "ProcessConfig": process}
    with serving(tmp_path / "d", api.talk):
        watch = started(only(docker=(str(tmp_path / "d"),)))
        assert watch.wait_listed(5)
        watch.take()
        api.happen("exec_start: /bin/sh -c ls /", FULL, execID="7" * 64)
        time.sleep(0.02)
        api.sessions["7" * 64] = {"Pid": 77, "ProcessConfig": process}
        (told,) = wait(watch)
    assert isinstance(told, ContainerExec)
    assert (told.pid, told.probe, told.command) == (77, True, ("/bin/sh", "-c", "ls /"))


def test_podman_in_dockers_place(
    tmp_path: Path, podman: FakeApi, started: Callable[..., ContainerWatch]
) -> None:
    podman.containers[FULL] = inspected()
    watch = started(only(docker=(str(tmp_path / "p"),)))
    assert watch.wait_listed(5)
    told = watch.take()
    assert isinstance(told[0], ContainerInfo) and told[0].description.engine is Engine.PODMAN
    assert watch.ask(SHORT, PATH)
    assert isinstance(wait(watch)[0], ContainerInfo)


def test_a_runtime_that_comes_later(tmp_path: Path, started: Callable[..., ContainerWatch]) -> None:
    watch = started(only(podman=(str(tmp_path / "p"),)))
    assert watch.wait_listed(5)
    api = FakeApi("podman")
    api.containers[FULL] = inspected()
    with serving(tmp_path / "p", api.talk):
        watch.ask(SHORT, PATH)
        assert isinstance(wait(watch)[0], ContainerInfo)


def test_a_users_runtime_speaks_of_its_own_only(
    tmp_path: Path, started: Callable[..., ContainerWatch]
) -> None:
    api = FakeApi("podman")
    api.containers = {FULL: inspected(Name="theirs"), OTHER: inspected(OTHER)}
    folder = tmp_path / "run/user/1000/podman"
    folder.mkdir(parents=True)
    with serving(folder / "podman.sock", api.talk):
        watch = started(only(podman=("/run/podman/podman.sock",), podman_users=True, host_root=str(tmp_path)))
        assert watch.wait_listed(5)
        assert watch.take() == []  # nothing unasked
        watch.ask(SHORT, PATH)  # not in the user's slice
        assert isinstance(wait(watch)[0], ContainerUnknown)
        slice_ = f"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{OTHER}.scope"
        watch.ask(OTHER[:12], slice_.encode())
        told = wait(watch, 2)
        assert isinstance(told[0], ContainerInfo) and told[0].user == 1000
        assert isinstance(told[1], ContainerStarted) and told[1].user == 1000


# ---- hostile


def slow(conn: socket.socket) -> None:
    read_target(conn)
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n":
        conn.sendall(bytes([byte]))
        time.sleep(0.3)


def says(body: Any, status: int = 200) -> Callable[[socket.socket], None]:
    def talk(conn: socket.socket) -> None:
        read_target(conn)
        reply(conn, status, body)

    return talk


def drops(conn: socket.socket) -> None:
    conn.close()


def random(conn: socket.socket) -> None:
    conn.sendall(os.urandom(4096))


HOSTILE: dict[str, Callable[[socket.socket], None]] = {
    "silent": lambda conn: time.sleep(5),
    "slow": slow,
    "drops": drops,
    "random": random,
    "huge": says(b'"' + b"x" * (6 << 20) + b'"'),
    "deep": says(b"[" * 100_000),
    "no json": says(b"<html>"),
    "wrong type": says([{"Id": 1}]),
    "no id": says({"Id": "x"}),
    "refuses": says({"message": "no"}, 500),
    "too new": says({"message": "no"}, 400),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_runtime_costs_a_counted_error(
    tmp_path: Path, name: str, started: Callable[..., ContainerWatch]
) -> None:
    api = FakeApi("docker")
    api.containers[OTHER] = inspected(OTHER)
    with serving(tmp_path / "bad", HOSTILE[name]), serving(tmp_path / "good", api.talk):
        watch = started(only(podman=(str(tmp_path / "bad"),), docker=(str(tmp_path / "good"),)), seconds=0.3)
        began = time.monotonic()
        watch.ask(SHORT, PATH)
        while time.monotonic() - began < 0.05:  # asking waits for nobody
            assert watch.ask(SHORT, PATH)
        watch.ask(OTHER[:12], f"a=/docker/{OTHER}\0".encode())
        answers: dict[str, Told] = {}
        while len(answers) < 2 and time.monotonic() - began < 6:
            found = wait(watch, 1, 1)
            answers |= {
                t.id: t for t in found if isinstance(t, ContainerInfo | ContainerUnknown | NotAContainer)
            }
        assert isinstance(answers[OTHER[:12]], ContainerInfo)
        assert isinstance(answers[SHORT], ContainerUnknown)
        counts = watch.counts()
        assert counts.errors[str(tmp_path / "bad")] > 0
        assert counts.problems[str(tmp_path / "bad")]
        assert str(tmp_path / "good") not in counts.errors


def test_endless_happenings_are_bounded(tmp_path: Path, started: Callable[..., ContainerWatch]) -> None:
    stop = threading.Event()

    def talk(conn: socket.socket) -> None:
        target = read_target(conn)
        if "/events" not in target:
            return reply(conn, 404 if "/containers/json" not in target else 200, [])
        conn.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        n = 0
        while not stop.is_set():
            n += 1
            event = {"Type": "container", "Action": "died", "Actor": {"ID": f"{n:064x}"}, "timeNano": n}
            conn.sendall(json.dumps(event).encode() + b"\n")
        return None

    with serving(tmp_path / "p", talk):
        watch = started(only(podman=(str(tmp_path / "p"),)))
        time.sleep(2)
        gc.collect()
        counts = watch.counts()
        assert counts.notices > 100
        assert counts.waiting <= 16_384
        assert watch.ask(SHORT, PATH)
        stop.set()
        while watch.take():
            pass
        assert watch.counts().waiting == 0


def test_many_questions_are_bounded(tmp_path: Path, started: Callable[..., ContainerWatch]) -> None:
    with serving(tmp_path / "p", HOSTILE["silent"]):
        watch = started(only(podman=(str(tmp_path / "p"),)), seconds=0.2)
        began = time.monotonic()
        taken = sum(watch.ask(f"{i:012x}", PATH) for i in range(20_000))
        assert time.monotonic() - began < 5
        assert taken <= 4_200 and watch.counts().refused >= 15_000


def test_results_that_nobody_takes_are_bounded(
    tmp_path: Path, podman: FakeApi, started: Callable[..., ContainerWatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tiercel.sources.containers.watch.MAX_TOLD", 10)
    podman.containers = {f"{i:064x}": inspected(f"{i:064x}") for i in range(30)}
    watch = started(only(podman=(str(tmp_path / "p"),)))
    assert watch.wait_listed(5)
    assert watch.counts().waiting == 10 and watch.counts().dropped == 50
    assert len(watch.take(1000)) == 10
    # What was dropped is not taken for told: it is told when it is asked for.
    watch.ask(f"{29:064x}"[:12], f"a=/libpod_parent/libpod-{29:064x}\0".encode())
    assert isinstance(wait(watch)[0], ContainerInfo)


def test_stopping(tmp_path: Path, started: Callable[..., ContainerWatch]) -> None:
    with serving(tmp_path / "p", HOSTILE["silent"]):
        watch = started(only(podman=(str(tmp_path / "p"),)))
        watch.ask(SHORT, PATH)
        began = time.monotonic()
        watch.stop()
        assert time.monotonic() - began < 2
        assert not watch.ask(OTHER[:12], PATH)
    watch.stop()
    assert not any(t.name == "tiercel-containers" for t in threading.enumerate())
    fresh = ContainerWatch(NONE)
    assert not fresh.ask(SHORT, PATH)
    fresh.stop()
