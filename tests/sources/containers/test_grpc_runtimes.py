"""CRI runtimes and containerd, answering over gRPC."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("h2", reason="needs the extra 'cri'")

from tests.sources.containers.fake_grpc import Method, Refused, one, talker
from tests.sources.containers.fake_runtimes import FULL, OTHER, serving
from tests.sources.containers.test_apis import in_the_state

from tiercel.errors import SourceError
from tiercel.sources.containers import cri, grpc
from tiercel.sources.containers import cri_tables as t
from tiercel.sources.containers.answers import AnswerError, AwayError
from tiercel.sources.containers.containerd import Containerd
from tiercel.sources.containers.cri import Cri
from tiercel.sources.containers.description import Limits, Mount, Shared
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.probes import APPLIED, Probe
from tiercel.sources.containers.protobuf import decode, encode
from tiercel.sources.containers.runtime import Happening, Notice

POD = "5" * 64
DIGEST = "sha256:" + "e" * 64
MANIFEST = {
    "spec": {
        "containers": [
            {"name": "other", "livenessProbe": {"exec": {"command": ["no"]}}},
            {
                "name": "web",
                "livenessProbe": {"exec": {"command": ["cat", "/tmp/alive"]}},
                "readinessProbe": {"exec": {"command": ["sh", "-c", "'true'"]}},
            },
        ]
    }
}
STATUS: dict[str, Any] = {
    "id": FULL,
    "metadata": {"name": "web"},
    "state": 1,
    "created_at": 1795578963_000000001,
    "started_at": 1795578964_000000002,
    "image": {"image": "docker.io/team/web:1.2"},
    "image_ref": "docker.io/team/web@" + DIGEST,
    "image_id": "sha256:" + "a" * 64,
    "labels": {"io.kubernetes.container.name": "web", "io.kubernetes.pod.name": "shop-1", "long": "x" * 200},
    "mounts": [{"container_path": "/data", "host_path": "/srv", "readonly": True, "propagation": 1}],
    "resources": {
        "linux": {"cpu_shares": 512, "cpu_quota": 7, "memory_limit": 1 << 20, "cpuset_cpus": "0-1"}
    },
    "user": {"linux": {"uid": 33}},
}
INFO = {
    "pid": 4711,
    "sandboxID": POD,
    "config": {
        "image": {"image": "sha256:" + "b" * 64},
        "envs": [{"key": "A", "value": "1"}],
        "linux": {"security_context": {"privileged": True}},
    },
}
POD_STATUS: dict[str, Any] = {
    "id": POD,
    "metadata": {"name": "shop-1", "uid": "u-1", "namespace": "prod"},
    "created_at": 1795578960_000000000,
    "network": {"ip": "10.2.0.9"},
    "linux": {"namespaces": {"options": {"network": 2, "pid": 1, "ipc": 0}}},
    "labels": {"app": "shop"},
    "annotations": {APPLIED: json.dumps(MANIFEST)},
}
POD_INFO = {"cniResult": {"Interfaces": {"eth0": {"Mac": "x"}, "lo": {}}}, "pid": 4700}


def methods(runtime: str = "containerd", info: Any = INFO, **more: Method) -> dict[str, Method]:
    def listed(body: bytes, _: dict[str, str]) -> list[bytes]:
        wanted = decode(t.LIST_ASK, body).get("filter", {}).get("id", "")
        rows = [{"id": FULL, "pod_sandbox_id": POD, "state": 1}] if FULL.startswith(wanted) else []
        return one(t.LIST, {"containers": rows})

    def pods(body: bytes, _: dict[str, str]) -> list[bytes]:
        wanted = decode(t.LIST_ASK, body).get("filter", {}).get("id", "")
        return one(t.POD_LIST, {"items": [{"id": POD}] if POD.startswith(wanted) else []})

    known: dict[str, Method] = {
        "Version": lambda *_: one(t.VERSION, {"runtime_name": runtime, "runtime_version": "1"}),
        "ListContainers": listed,
        "ListPodSandbox": pods,
        "ContainerStatus": lambda *_: one(t.STATUS, {"status": STATUS, "info": {"info": json.dumps(info)}}),
        "PodSandboxStatus": lambda *_: one(
            t.POD_ANSWER, {"status": POD_STATUS, "info": {"info": json.dumps(POD_INFO)}}
        ),
        "ContainerStats": lambda *_: one(
            t.STATS, {"stats": {"writable_layer": {"used_bytes": {"value": 77}}}}
        ),
        **more,
    }
    return {t.RUNTIME + name: method for name, method in known.items()}


def test_cri_describes(tmp_path: Path) -> None:
    with serving(tmp_path / "s", talker(methods())):
        seen = asyncio.run(Cri(str(tmp_path / "s"), with_size=True).find(FULL[:12]))
    assert seen is not None
    assert (seen.engine, seen.full_id, seen.name, seen.pid) == (Engine.CONTAINERD, FULL, "web", 4711)
    assert (seen.image, seen.image_repo, seen.image_tag) == (
        "docker.io/team/web:1.2", "docker.io/team/web", "1.2",
    )  # fmt: skip
    assert (seen.image_id, seen.image_digest, seen.size_bytes) == ("b" * 64, DIGEST, 77)
    assert (seen.user, seen.env, seen.privileged) == ("33", ("A=1",), True)
    assert (seen.created_ns, seen.started_ns) == (STATUS["created_at"], STATUS["started_at"])
    assert seen.mounts == (Mount("/srv", "/data", "", False, "rslave"),)
    assert seen.limits == Limits(100_000, 7, 512, 2, 1 << 20, 0)
    assert (seen.ip, seen.shared, seen.pod_sandbox_id) == ("10.2.0.9", Shared(network=True), POD)
    assert seen.pod_sandbox_labels == {"app": "shop"}
    assert {k: seen.labels[k] for k in seen.labels if "pod" in k or "sandbox" in k} == {
        "io.kubernetes.pod.name": "shop-1", "io.kubernetes.pod.uid": "u-1", "io.kubernetes.pod.namespace": "prod",
        "io.kubernetes.sandbox.id": POD,
    }  # fmt: skip
    assert seen.probes == (
        Probe("LivenessProbe", "cat", ("/tmp/alive",)),
        Probe("ReadinessProbe", "sh", ("-c", "true")),
    )
    assert json.loads(seen.cni_json) == {"eth0": {"Mac": "x"}}
    row = json.loads(seen.document())["container"]
    assert "long" not in row["labels"] and row["type"] == 7 and row["created_time"] == 1795578963
    assert in_the_state(seen)["name"] == b"web"


@pytest.mark.parametrize("container_id", [POD, POD[:12]])
def test_cri_describes_a_pods_own_container(tmp_path: Path, container_id: str) -> None:
    with serving(tmp_path / "s", talker(methods("cri-o"))):
        seen = asyncio.run(Cri(str(tmp_path / "s")).find(container_id))
    assert seen is not None
    assert (seen.engine, seen.full_id, seen.is_pod_sandbox, seen.image) == (Engine.CRIO, POD, True, "")
    assert (seen.pid, seen.pod_sandbox_id, seen.name) == (4700, POD, "shop-1")
    assert seen.labels["io.kubernetes.pod.namespace"] == "prod"


def test_cri_knows_it_not(tmp_path: Path) -> None:
    with serving(tmp_path / "s", talker(methods())):
        assert asyncio.run(Cri(str(tmp_path / "s")).find(OTHER)) is None
        assert asyncio.run(Cri(str(tmp_path / "s")).running()) == [FULL, POD]


def refuse(code: int) -> Method:
    def method(*_: Any) -> list[bytes]:
        raise Refused(code)

    return method


def test_cri_container_is_removed_meanwhile(tmp_path: Path) -> None:
    with serving(tmp_path / "s", talker(methods(ContainerStatus=refuse(grpc.NOT_FOUND)))):
        assert asyncio.run(Cri(str(tmp_path / "s")).find(FULL)) is None
    with serving(tmp_path / "s", talker(methods(PodSandboxStatus=refuse(grpc.NOT_FOUND)))):
        seen = asyncio.run(Cri(str(tmp_path / "s")).find(FULL))
        assert seen is not None and seen.pod_sandbox_id == POD and seen.ip == ""
    with serving(tmp_path / "s", talker(methods(ContainerStatus=refuse(13)))), pytest.raises(grpc.CallError):
        asyncio.run(Cri(str(tmp_path / "s")).find(FULL))


@pytest.mark.parametrize("info", ["no json", [], {"pid": "x"}, {"config": 5}, {"privileged": "yes"}])
def test_cri_info_is_the_runtimes_own(tmp_path: Path, info: Any) -> None:
    # JSON that is no object is as if there were none; values of other types are counted as an error by who asks.
    with serving(tmp_path / "s", talker(methods(info=info))):
        try:
            seen = asyncio.run(Cri(str(tmp_path / "s")).find(FULL))
        except AnswerError:
            assert isinstance(info, dict)
        else:
            assert seen is not None and seen.pid == 0 and not isinstance(info, dict)


IMAGES = [
    # image, reference, annotations: image, repository, tag, digest
    ("a/b:1", "", {}, ("a/b:1", "a/b", "1", "")),
    ("a/b:1", DIGEST, {}, ("a/b:1", "a/b", "1", DIGEST)),
    ("r:5000/b:1", "r:5000/b@" + DIGEST, {}, ("r:5000/b:1", "r:5000/b", "1", DIGEST)),
    ("r:5000/b", "r:5000/b@" + DIGEST, {}, ("r:5000/b", "r:5000/b", "", DIGEST)),
    (DIGEST, "r/b@" + DIGEST, {}, ("r/b", "r/b", "", DIGEST)),
    (DIGEST, DIGEST, {"io.kubernetes.cri.image-name": "r/b:2"}, ("r/b:2", "r/b", "2", DIGEST)),
    ("", "", {"io.kubernetes.cri-o.ImageName": "r/b:3"}, ("r/b:3", "r/b", "3", "")),
    (
        "",
        "",
        {"io.kubernetes.cri-o.Image": "x:1", "io.kubernetes.cri-o.ImageName": "y:2"},
        ("x:1", "x", "1", ""),
    ),
    ("", "", {}, ("", "", "", "")),
]


@pytest.mark.parametrize(("image", "reference", "annotations", "seen"), IMAGES)
def test_image_names(image: str, reference: str, annotations: dict[str, str], seen: Any) -> None:
    assert cri.image_names({"image": {"image": image}, "image_ref": reference}, annotations) == seen


@pytest.mark.parametrize(
    ("info", "privileged"),
    [
        ({}, False), ({"privileged": True}, True),
        ({"config": {"linux": {"security_context": {"privileged": False}}}, "privileged": True}, False),
        ({"runtimeSpec": {"linux": {"security_context": {"privileged": True}}}}, True),
    ],
)  # fmt: skip
def test_privileged(info: Any, privileged: bool) -> None:
    assert cri.is_privileged(info) == privileged


@pytest.mark.parametrize(
    ("info", "seen"),
    [
        ({}, ""), ({"cniResult": {"interfaces": [{"name": "lo"}, {"name": "eth0"}]}}, '[{"name":"eth0"}]'),
        ({"runtimeSpec": {"annotations": {"io.kubernetes.cri-o.CNIResult": "{}"}}}, "{}"),
    ],
)  # fmt: skip
def test_cni(info: Any, seen: str) -> None:
    assert cri.cni({"info": json.dumps(info)}) == seen


async def _first(runtime: Cri | Containerd, n: int) -> list[Notice]:
    found: list[Notice] = []
    async with asyncio.timeout(5):
        stream = runtime.notices()
        async for notice in stream:
            found.append(notice)
            if len(found) == n:
                break
        await stream.aclose()
    return found


def test_cri_tells_what_happens(tmp_path: Path) -> None:
    def events(*_: Any) -> list[bytes]:
        rows = [(FULL, 0), (FULL, 1), (FULL, 2), (FULL, 3)]
        return [encode(t.EVENT, {"container_id": i, "type": k, "created_at": 9}) for i, k in rows]

    with serving(tmp_path / "s", talker(methods(GetContainerEvents=events))):
        assert asyncio.run(_first(Cri(str(tmp_path / "s")), 3)) == [
            Notice(Happening.STARTED, FULL, 9),
            Notice(Happening.STOPPED, FULL, 9),
            Notice(Happening.REMOVED, FULL, 9),
        ]


def test_cri_without_events_is_looked_at_now_and_then(tmp_path: Path) -> None:
    looks: list[int] = []

    def listed(*_: Any) -> list[bytes]:
        looks.append(1)
        rows = [{"id": FULL, "state": 1}] if len(looks) == 2 else []
        return one(t.LIST, {"containers": rows})

    with serving(tmp_path / "s", talker(methods(ListContainers=listed))):
        seen = asyncio.run(_first(Cri(str(tmp_path / "s"), poll_seconds=0.05), 2))
    assert [(n.happening, n.full_id) for n in seen] == [(Happening.STARTED, FULL), (Happening.STOPPED, FULL)]


# ---- containerd

SPEC = {
    "process": {"user": {"uid": 5}, "env": ["B=2"]},
    "mounts": [{"destination": "/d", "source": "/s", "type": "bind", "options": ["rbind", "ro"]}],
    "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}], "rootfsPropagation": "rslave"},
    "annotations": {},
}


def containerd_methods() -> dict[str, Method]:
    containers = {
        "default": {"redis": {"id": "redis", "image": "docker.io/library/redis:7", "labels": {"a": "b"}}},
        "moby": {FULL: {"id": FULL, "image": ""}},
    }

    def get(body: bytes, headers: dict[str, str]) -> list[bytes]:
        row = containers.get(headers["containerd-namespace"], {}).get(decode(t.ID, body).get("id", ""))
        if row is None:
            raise Refused(grpc.NOT_FOUND)
        spec = {"type_url": "types.containerd.io/x", "value": json.dumps(SPEC).encode()}
        return one(
            t.CONTAINERD_GET, {"container": {**row, "spec": spec, "created_at": {"seconds": 7, "nanos": 5}}}
        )

    def listed(body: bytes, headers: dict[str, str]) -> list[bytes]:
        wanted = decode(t.FILTERS, body)["filters"][0].removeprefix("id~=^")
        rows = [
            r for i, r in containers.get(headers["containerd-namespace"], {}).items() if i.startswith(wanted)
        ]
        return one(
            {1: t.CONTAINERD_GET[1].__class__("c", "message", t.CONTAINERD_CONTAINER, True)}, {"c": rows}
        )

    def tasks(_: bytes, headers: dict[str, str]) -> list[bytes]:
        ids = containers.get(headers["containerd-namespace"], {})
        return one(t.TASK_LIST, {"tasks": [{"id": i, "pid": 3, "status": 2} for i in ids]})

    def events(*_: Any) -> list[bytes]:
        rows = [
            ("/tasks/start", encode(t.TASK_START, {"container_id": "redis", "pid": 3})),
            ("/images/create", b"\xff"),
            (
                "/tasks/exec-started",
                encode(t.TASK_EXEC, {"container_id": "redis", "exec_id": "e1", "pid": 4}),
            ),
            ("/tasks/exit", encode(t.TASK_EXIT, {"container_id": "redis", "id": "e1", "pid": 4})),
            ("/tasks/exit", encode(t.TASK_EXIT, {"container_id": "redis", "id": "redis", "exit_status": 2})),
            ("/containers/delete", encode(t.CONTAINER_DELETE, {"id": "redis"})),
        ]
        return [
            encode(
                t.ENVELOPE,
                {
                    "timestamp": {"seconds": 1, "nanos": 2},
                    "namespace": "default",
                    "topic": k,
                    "event": {"value": v},
                },
            )
            for k, v in rows
        ]

    return {
        t.NAMESPACES_SERVICE + "List": lambda *_: one(
            t.NAMESPACE_LIST, {"namespaces": [{"name": n} for n in ("moby", "default", "bad name\n")]}
        ),
        t.CONTAINERS_SERVICE + "Get": get,
        t.CONTAINERS_SERVICE + "List": listed,
        t.TASKS_SERVICE + "List": tasks,
        t.TASKS_SERVICE + "Get": lambda *_: one(t.TASK, {"process": {"pid": 3}}),
        t.IMAGES_SERVICE + "Get": lambda *_: one(
            t.IMAGE_GET, {"image": {"target": {"digest": DIGEST, "size": 9}}}
        ),
        t.EVENTS_SERVICE + "Subscribe": events,
    }


def test_containerd_describes(tmp_path: Path) -> None:
    with serving(tmp_path / "s", talker(containerd_methods())):
        runtime = Containerd(str(tmp_path / "s"))
        seen = asyncio.run(runtime.find("redis"))
        assert asyncio.run(runtime.find("other")) is None
        assert asyncio.run(runtime.running()) == ["redis"]
        by_docker = asyncio.run(runtime.find(FULL[:12]))
    assert seen is not None and by_docker is not None
    assert (seen.engine, seen.id, seen.name, seen.pid) == (Engine.CONTAINERD, "redis", "redis", 3)
    assert (seen.image_repo, seen.image_tag, seen.image_digest) == ("docker.io/library/redis", "7", DIGEST)
    assert (seen.user, seen.env, seen.created_ns) == ("5", ("B=2",), 7_000_000_005)
    assert seen.mounts == (Mount("/s", "/d", "", False, "rslave"),)
    assert (seen.shared, seen.privileged) == (Shared(pid=False, network=True, ipc=True), True)
    assert (by_docker.engine, by_docker.full_id) == (Engine.DOCKER, FULL)
    assert in_the_state(seen)["id"] == b"redis"


def test_containerd_tells_what_happens(tmp_path: Path) -> None:
    at = 1_000_000_002
    with serving(tmp_path / "s", talker(containerd_methods())):
        assert asyncio.run(_first(Containerd(str(tmp_path / "s")), 4)) == [
            Notice(Happening.STARTED, "redis", at, pid=3),
            Notice(Happening.EXEC, "redis", at, pid=4, exec_id="e1"),
            Notice(Happening.STOPPED, "redis", at, exit_code=2),
            Notice(Happening.REMOVED, "redis", at),
        ]


# ---- hostile


def raw(data: bytes, pause: float = 0.0) -> Callable[[socket.socket], None]:
    def talk(conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(data)
        time.sleep(pause)

    return talk


def huge(*_: Any) -> list[bytes]:
    return [b"x" * (8 << 20)]


@pytest.mark.parametrize(
    ("talk", "error"),
    [
        (raw(b""), SourceError),
        (raw(b"HTTP/1.1 200 OK\r\n\r\n"), SourceError),
        (raw(b"\0" * 100), SourceError),
        (raw(b"\xff" * 100_000), SourceError),
        (raw(b"", 2), AwayError),
        (talker({t.RUNTIME + "Version": lambda *_: []}), AnswerError),
        (talker({t.RUNTIME + "Version": lambda *_: [b"\xff"]}), AnswerError),
        (talker({t.RUNTIME + "Version": huge}), AnswerError),
        (talker({}), AnswerError),
        (talker(methods(ListContainers=lambda *_: [b"\x0a\x05ab"])), AnswerError),
        (talker(methods(ContainerStatus=lambda *_: one(t.STATUS, {"status": {"id": OTHER}}))), AnswerError),
    ],
)
def test_hostile_servers_cost_an_error_and_no_time(
    tmp_path: Path, talk: Callable[[socket.socket], None], error: type[Exception]
) -> None:
    with serving(tmp_path / "s", talk):
        began = time.monotonic()
        with pytest.raises(error):
            asyncio.run(Cri(str(tmp_path / "s"), seconds=1).find(FULL))
        assert time.monotonic() - began < 4


def test_the_reference_implementation_is_understood(tmp_path: Path) -> None:
    reference = pytest.importorskip("grpc", reason="needs grpcio")
    from concurrent import futures

    handlers = {
        name.rpartition("/")[2]: reference.unary_unary_rpc_method_handler(
            lambda body, context, method=method: b"".join(method(body, {}))
        )
        for name, method in methods().items()
    }
    server = reference.server(futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers(
        (reference.method_handlers_generic_handler("runtime.v1.RuntimeService", handlers),)
    )
    server.add_insecure_port(f"unix:{tmp_path}/s")
    server.start()
    try:
        runtime = Cri(str(tmp_path / "s"))
        seen = asyncio.run(runtime.find(FULL))
        assert seen is not None and seen.pid == 4711
        assert asyncio.run(runtime.find(OTHER)) is None
    finally:
        server.stop(0).wait()
