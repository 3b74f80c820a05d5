"""podman's and Docker's APIs, and the document that becomes of what they say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.events.state.calls import call, host
from tests.sources.containers.fake_runtimes import FULL, OTHER, FakeApi, inspected, serving

from tiercel.sources.containers import docker
from tiercel.sources.containers.answers import AnswerError, AwayError
from tiercel.sources.containers.description import Description
from tiercel.sources.containers.docker import Docker
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.podman import Podman
from tiercel.sources.containers.probes import Probe
from tiercel.sources.containers.runtime import Happening, Notice, Session

SOCKET = "api.sock"


@pytest.fixture
def podman(tmp_path: Path) -> Iterator[tuple[FakeApi, Podman]]:
    api = FakeApi("podman")
    with serving(tmp_path / SOCKET, api.talk):
        yield api, Podman(str(tmp_path / SOCKET))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[tuple[FakeApi, Docker]]:
    api = FakeApi("docker")
    with serving(tmp_path / SOCKET, api.talk):
        yield api, Docker(str(tmp_path / SOCKET))


IMAGE = {
    "Id": "sha256:" + "a" * 64,
    "RepoDigests": ["bad", "registry:5000/team/web@sha256:" + "e" * 64, "other@sha256:" + "f" * 64],
    "RepoTags": ["malformed", "other/thing:9", "registry:5000/team/web:1.2"],
}


def in_the_state(seen: Description) -> dict[str, Any]:
    """What the state knows after an event with the document."""
    machine = host()
    call(machine, "ASYNCEVENT_E", 1, plugin_id=0, name="container", data=seen.document() + b"\0")
    known = machine.container(seen.id.encode())
    assert known is not None
    return known


def test_podman_describes(podman: tuple[FakeApi, Podman]) -> None:
    api, runtime = podman
    api.containers[FULL] = inspected()
    seen = asyncio.run(runtime.find(FULL[:12]))
    assert seen is not None
    assert json.loads(seen.document()) == {
        "container": {
            "type": 11, "id": FULL[:12], "full_id": FULL, "name": "web", "image": "registry:5000/team/web:1.2",
            "imagedigest": "sha256:" + "e" * 64, "imageid": "a" * 64, "imagerepo": "registry:5000/team/web",
            "imagetag": "1.2", "User": "www", "cni_json": "", "cpu_period": 50000, "cpu_quota": 10, "cpu_shares": 1024,
            "cpuset_cpu_count": 4, "created_time": 1795578963, "env": ["A=1"], "host_ipc": False,
            "host_network": False, "host_pid": True, "ip": "10.1.2.3", "size": -1, "is_pod_sandbox": False,
            "labels": {"team": "red"}, "memory_limit": 1 << 30, "swap_limit": -1, "pod_sandbox_id": "",
            "privileged": True, "pod_sandbox_labels": {},
            "port_mappings": [{"HostIp": 0x7F000001, "HostPort": 8080, "ContainerPort": 80}],
            "Mounts": [
                {"Source": "/srv", "Destination": "/mnt", "Mode": "z", "RW": False, "Propagation": "rprivate"}
            ],
            "Healthcheck": {"exe": "sh", "args": ["-c", "ls /"]},
        }
    }  # fmt: skip
    assert (seen.pid, seen.started_ns) == (4373, 1795578963859087699)
    known = in_the_state(seen)
    assert (known["name"], known["privileged"], known["mounts"]) == (b"web", True, [(b"/srv", b"/mnt")])


def test_docker_describes(engine: tuple[FakeApi, Docker]) -> None:
    api, runtime = engine
    api.containers[FULL] = inspected(Image=IMAGE["Id"], Name="/k8s_POD_web", SizeRw=5)
    api.images[str(IMAGE["Id"])] = IMAGE
    seen = asyncio.run(runtime.find(FULL))
    assert seen is not None
    assert (seen.engine, seen.name, seen.is_pod_sandbox) == (Engine.DOCKER, "k8s_POD_web", True)
    assert (seen.image, seen.image_id) == ("registry:5000/team/web:1.2", "a" * 64)
    assert (seen.image_repo, seen.image_tag) == ("registry:5000/team/web", "1.2")
    assert (seen.image_digest, seen.size_bytes) == ("sha256:" + "e" * 64, 5)
    assert seen.probes == (Probe("Healthcheck", "/bin/sh", ("-c", "ls /")),)
    assert in_the_state(seen)["name"] == b"k8s_POD_web"
    asyncio.run(runtime.find(FULL))
    assert sum(a.startswith("/v1.47/images/") for a in api.asked) == 1


@pytest.mark.parametrize(
    ("offered", "version"),
    [("1.24", "1.24"), ("1.41", "1.41"), ("1.51", "1.51"), ("1.99", "1.51"), ("2.0", "1.51"), ("x", "1.24")],
)
def test_docker_versions_are_agreed_on(offered: str, version: str) -> None:
    assert docker.agree(offered) == version


def test_docker_was_changed_for_an_older_one(engine: tuple[FakeApi, Docker]) -> None:
    api, runtime = engine
    api.containers[FULL] = inspected()
    assert asyncio.run(runtime.find(FULL)) is not None
    api.version = "1.30"
    assert asyncio.run(runtime.find(FULL)) is not None


def test_docker_newer_api_has_the_address_below_networks(engine: tuple[FakeApi, Docker]) -> None:
    api, runtime = engine
    networks = {"Networks": {"a": {"IPAddress": ""}, "b": {"IPAddress": "10.9.9.9"}}}
    api.containers[FULL] = inspected(NetworkSettings=networks)
    seen = asyncio.run(runtime.find(FULL))
    assert seen is not None and seen.ip == "10.9.9.9"


def test_docker_network_of_another_container(engine: tuple[FakeApi, Docker]) -> None:
    api, runtime = engine
    api.containers[OTHER] = inspected(
        OTHER, NetworkSettings={}, HostConfig={"NetworkMode": "container:" + FULL}
    )
    api.containers[FULL] = inspected()
    seen = asyncio.run(runtime.find(OTHER))
    assert seen is not None and seen.ip == "10.1.2.3"


@pytest.mark.parametrize("kind", ["podman", "engine"])
def test_what_no_runtime_knows(kind: str, request: pytest.FixtureRequest) -> None:
    api, runtime = request.getfixturevalue(kind)
    assert asyncio.run(runtime.find(FULL)) is None
    # Both find by name, too: a container that is called as another's id begins is not that other.
    api.containers[OTHER] = inspected(OTHER, Name=FULL[:12])
    assert asyncio.run(runtime.find(FULL[:12])) is None
    assert asyncio.run(runtime.running()) == [OTHER]


@pytest.mark.parametrize("kind", ["podman", "engine"])
@pytest.mark.parametrize(
    "seen",
    [
        [], "x", None, {"Id": 5}, inspected(Name=5), inspected(Config=[]), inspected(Mounts={"a": 1}),
        inspected(Mounts=["x"]), inspected(Config={"Labels": {"a": 1}}), inspected(Config={"Env": "x"}),
        inspected(HostConfig={"Privileged": "yes"}), inspected(State={"Pid": "1"}),
    ],
)  # fmt: skip
def test_wrong_types_are_errors(kind: str, seen: Any, request: pytest.FixtureRequest) -> None:
    api, runtime = request.getfixturevalue(kind)

    api.containers = {FULL: seen}
    with pytest.raises(AnswerError):
        asyncio.run(runtime.find(FULL))


def test_absent_parts_are_empty(podman: tuple[FakeApi, Podman]) -> None:
    api, runtime = podman
    api.containers[FULL] = {
        "Id": FULL,
        "Name": "a",
        "Config": None,
        "HostConfig": None,
        "NetworkSettings": None,
    }
    seen = asyncio.run(runtime.find(FULL))
    assert seen is not None
    assert (seen.name, seen.pid, seen.created_ns, seen.env) == ("a", 0, 0, ())
    assert in_the_state(seen)["id"] == FULL[:12].encode()


def test_hostile_texts_reach_the_state_whole(podman: tuple[FakeApi, Podman]) -> None:
    api, runtime = podman
    api.containers[FULL] = inspected(
        Name="a\0b\ud800\n", Config={"Env": ["A=\0", "B=2"], "Labels": {"\0": "\udfff", "é": "ü"}}
    )
    seen = asyncio.run(runtime.find(FULL))
    assert seen is not None
    known = in_the_state(seen)
    assert known["name"] == b"ab?\n"
    assert known["env"] == [b"A=", b"B=2"]
    assert known["labels"] == [(b"", b"?"), ("é".encode(), "ü".encode())]


def test_what_makes_a_document_too_long_is_left_out(podman: tuple[FakeApi, Podman]) -> None:
    api, runtime = podman
    api.containers[FULL] = inspected(Config={"Env": ["X=" + "y" * 1000] * 3000, "Labels": {"a": "b"}})
    seen = asyncio.run(runtime.find(FULL))
    assert seen is not None
    row = json.loads(seen.document())["container"]
    assert (row["env"], row["labels"]) == ([], {"a": "b"})


async def _first(runtime: Any, n: int) -> list[Notice]:
    found: list[Notice] = []
    async with asyncio.timeout(5):
        stream = runtime.notices()
        async for notice in stream:
            found.append(notice)
            if len(found) == n:
                break
        await stream.aclose()
    return found


def test_podman_tells_what_happens(podman: tuple[FakeApi, Podman]) -> None:
    api, runtime = podman

    async def run() -> list[Notice]:
        hearing = asyncio.create_task(_first(runtime, 3))
        await asyncio.to_thread(api.happen, "start", FULL, image="x")
        api.happen("pull", FULL)
        api.happen("exec", FULL)
        api.happen("died", FULL, containerExitCode="137")
        return await hearing

    at = 1795578963859937900
    assert asyncio.run(run()) == [
        Notice(Happening.STARTED, FULL, at),
        Notice(Happening.EXEC, FULL, at),
        Notice(Happening.STOPPED, FULL, at, exit_code=137),
    ]


def test_docker_tells_what_happens(engine: tuple[FakeApi, Docker]) -> None:
    api, runtime = engine

    async def run() -> list[Notice]:
        hearing = asyncio.create_task(_first(runtime, 2))
        await asyncio.to_thread(api.happen, "exec_start: sh -c id", FULL, execID="7" * 64)
        api.happen("die", "not an id", exitCode="0")
        api.happen("die", FULL, exitCode="0")
        return await hearing

    at = 1795578963859937900
    assert asyncio.run(run()) == [
        Notice(Happening.EXEC, FULL, at, exec_id="7" * 64, command=("sh", "-c", "id")),
        Notice(Happening.STOPPED, FULL, at, exit_code=0),
    ]


def test_podman_finds_which_exec_it_was(podman: tuple[FakeApi, Podman]) -> None:
    api, runtime = podman
    api.containers[FULL] = inspected(ExecIDs=["1" * 64])
    process = {"entrypoint": "sh", "arguments": ["-c", "id"]}
    api.sessions = {c * 64: {"Pid": n, "ProcessConfig": process} for n, c in ((7, "1"), (8, "2"))}
    assert asyncio.run(runtime.session(FULL, "")) == Session("1" * 64, 7, ("sh", "-c", "id"))
    assert asyncio.run(runtime.session(FULL, "")) is None
    api.containers[FULL] = inspected(ExecIDs=["1" * 64, "2" * 64])
    assert asyncio.run(runtime.session(FULL, "")) == Session("2" * 64, 8, ("sh", "-c", "id"))


def test_nobody_is_there(tmp_path: Path) -> None:
    with pytest.raises(AwayError):
        asyncio.run(Podman(str(tmp_path / "none")).find(FULL))
    with pytest.raises(AwayError):
        asyncio.run(Docker("/" + "long" * 100).find(FULL))
