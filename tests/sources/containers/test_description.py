"""Names of images, counts of CPUs, ports, probes, sockets."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tiercel.sources.containers import Engine, Port, RuntimeSockets
from tiercel.sources.containers.description import Description, count_cpus, published_port, split_image
from tiercel.sources.containers.probes import APPLIED, Probe, healthcheck, manifest_probes
from tiercel.sources.containers.remembered import Remembered


@pytest.mark.parametrize(
    ("image", "repo", "tag"),
    [
        ("r.example:5000/foo/bar:latest@sha256:ab", "r.example:5000/foo/bar", "latest"),
        ("r.example:5000/foo/bar@sha256:ab", "r.example:5000/foo/bar", ""),
        ("r.example:5000/foo/bar", "r.example:5000/foo/bar", ""),
        ("foo/bar:1", "foo/bar", "1"),
        ("foo:1", "foo", "1"),
        ("foo", "foo", ""),
        ("sha256:ab", "sha256", "ab"),
        ("", "", ""),
    ],
)
def test_split_image(image: str, repo: str, tag: str) -> None:
    assert split_image(image) == (repo, tag)


@pytest.mark.parametrize(
    ("cpuset", "count"),
    [("", 0), ("1,7", 2), ("1-4,7", 5), ("1-4,7-10,12", 9), ("1-2-3", 0), ("a-b", 0), ("-", 0), ("0", 1)],
)
def test_count_cpus(cpuset: str, count: int) -> None:
    assert count_cpus(cpuset) == count


@pytest.mark.parametrize(
    ("port", "seen"),
    [
        (("1.2.3.4", "80", "81"), Port(0x01020304, 80, 81)),
        (("::", "80", "80"), None),
        (("", "80", "80"), None),
        (("0.0.0.0", "", "80"), None),
        (("0.0.0.0", "70000", "80"), None),
        (("0.0.0.0", "80", "-1"), None),
    ],
)
def test_ports(port: tuple[str, str, str], seen: Port | None) -> None:
    assert published_port(*port) == seen


@pytest.mark.parametrize(
    ("test", "seen"),
    [
        (["CMD", "curl", "-f", "http://x"], Probe("Healthcheck", "curl", ("-f", "http://x"))),
        (["CMD", '"curl"', "'-f'", ""], Probe("Healthcheck", "curl", ("-f",))),
        (["CMD-SHELL", "a b", "c"], Probe("Healthcheck", "/bin/sh", ("-c", "a b c"))),
        (["NONE"], None),
        (["CMD"], None),
        (["CMD", ""], None),
        ([], None),
        (None, None),
    ],
)
def test_healthcheck(test: Any, seen: Probe | None) -> None:
    assert healthcheck({"Healthcheck": {"Test": test}}, ("/bin/sh", "-c")) == seen


def manifest(*containers: Any) -> str:
    return json.dumps({"spec": {"containers": list(containers)}})


LIVE = {"name": "web", "livenessProbe": {"exec": {"command": ["cat", "/x"]}}}
SEEN = (Probe("LivenessProbe", "cat", ("/x",)),)


@pytest.mark.parametrize(
    ("labels", "name", "seen"),
    [
        ({APPLIED: manifest(LIVE)}, "web", SEEN),
        ({"annotation." + APPLIED: manifest(LIVE)}, "web", SEEN),
        ({APPLIED: json.dumps({"spec": {"template": json.loads(manifest(LIVE))}})}, "web", SEEN),
        ({APPLIED: manifest({"name": "a"}, LIVE)}, "web", SEEN),
        ({APPLIED: manifest(LIVE)}, "", SEEN),
        ({APPLIED: manifest(LIVE, LIVE)}, "", ()),
        ({APPLIED: manifest(LIVE)}, "other", ()),
        ({APPLIED: manifest({"name": "web", "livenessProbe": {"httpGet": {}}})}, "web", ()),
        ({APPLIED: "{"}, "web", ()),
        ({APPLIED: manifest(5)}, "web", ()),
        ({APPLIED: '{"spec": []}'}, "web", ()),
        ({}, "web", ()),
    ],
)
def test_manifest_probes(labels: dict[str, str], name: str, seen: tuple[Probe, ...]) -> None:
    assert manifest_probes(labels, name) == seen


def test_long_labels_are_left_out() -> None:
    seen = Description(engine=Engine.DOCKER, full_id="a", labels={"b": "é" * 5, "a": "x", "c": "y" * 11})
    assert json.loads(seen.document(10))["container"]["labels"] == {"a": "x", "b": "é" * 5}
    assert json.loads(seen.document(9))["container"]["labels"] == {"a": "x"}


def test_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST_ROOT", str(tmp_path))
    for user in ("0", "1000", "1001", "x"):
        (tmp_path / "run/user" / user / "podman").mkdir(parents=True)
    (tmp_path / "run/user/1001/podman/podman.sock").touch()
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(str(tmp_path / "run/user/1000/podman/podman.sock"))
        places = RuntimeSockets().places()
    assert [(p.engine, p.path.removeprefix(str(tmp_path)), p.user) for p in places] == [
        (Engine.PODMAN, "/run/podman/podman.sock", None),
        (Engine.DOCKER, "/var/run/docker.sock", None),
        (Engine.CRI, "/run/containerd/containerd.sock", None),
        (Engine.CRI, "/run/crio/crio.sock", None),
        (Engine.CRI, "/run/k3s/containerd/containerd.sock", None),
        (Engine.CRI, "/run/host-containerd/containerd.sock", None),
        (Engine.CONTAINERD, "/run/containerd/containerd.sock", None),
        (Engine.CONTAINERD, "/run/k3s/containerd/containerd.sock", None),
        (Engine.CONTAINERD, "/run/host-containerd/containerd.sock", None),
        (Engine.PODMAN, "/run/user/1000/podman/podman.sock", 1000),
    ]
    assert RuntimeSockets(podman=(), docker=(), cri=(), containerd=()).places() == ()


def test_remembered() -> None:
    kept: Remembered[int, str] = Remembered(3, 100)
    for i in range(5):
        kept.put(i, str(i), 60, 10)
    assert [kept.get(i) for i in range(5)] == [None, None, "2", "3", "4"]
    kept.put(9, "big", 60, 95)
    assert kept.keys() == [9]
    kept.put(9, "old", -1, 10)
    assert kept.get(9) is None and len(kept) == 0
    kept.put(1, "a", 60, 100)
    assert kept.forget(1) == "a" and kept.forget(1) is None
    kept.put(2, "b", 60, 100)
    assert kept.get(2) == "b"
