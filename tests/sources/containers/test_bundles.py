"""Containers by the files that runtimes leave."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.sources.containers.fake_runtimes import FULL, OTHER

from tiercel.sources.containers.answers import AnswerError
from tiercel.sources.containers.bundles import Bundles, read_file
from tiercel.sources.containers.description import Mount, Shared
from tiercel.sources.containers.engines import Engine

IMAGE = "a" * 64


def write(root: Path, path: str, content: Any) -> None:
    file = root / path.lstrip("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content))


def spec(**annotations: str) -> dict[str, Any]:
    return {
        "process": {"user": {"uid": 7}, "env": ["A=1"], "apparmorProfile": "x"},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/mnt", "type": "bind", "source": "/srv", "options": ["rbind", "ro", "rslave"]},
        ],
        "linux": {"namespaces": [{"type": "pid"}, {"type": "ipc"}], "maskedPaths": ["/proc/kcore"]},
        "annotations": {k.replace("__", "-").replace("_", "."): v for k, v in annotations.items()},
    }


def running(root: Path, folder: str, bundle: str, content: dict[str, Any], full_id: str = FULL) -> None:
    write(root, f"{folder}/{full_id}/state.json", {
        "id": full_id, "init_process_pid": 4373, "created": "2026-11-25T03:56:03.832814312Z",
        "config": {"labels": ["x=y", f"bundle={bundle}"]},
    })  # fmt: skip
    write(root, f"{bundle}/config.json", content)


def test_podman(tmp_path: Path) -> None:
    storage = "/data/storage"
    bundle = f"{storage}/overlay-containers/{FULL}/userdata"
    running(
        tmp_path,
        "/run/runc",
        bundle,
        spec(io_container_manager="libpod", io_podman_annotations_privileged="TRUE"),
    )
    told = json.dumps({"image-name": "registry:5000/team/web:1.2", "name": "web"})
    write(tmp_path, f"{storage}/overlay-containers/containers.json", [
        {"id": FULL, "names": ["web"], "image": IMAGE, "metadata": told}, {"id": OTHER}, "odd", {"id": 5},
    ])  # fmt: skip
    write(tmp_path, f"{storage}/overlay-images/images.json", [{"id": IMAGE, "digest": "sha256:" + "e" * 64}])
    name = "=" + base64.b64encode(f"sha256:{IMAGE}".encode()).decode()
    write(tmp_path, f"{storage}/overlay-images/{IMAGE}/{name}", {"config": {"Labels": {"maker": "ann"}}})
    bundles = Bundles(str(tmp_path))
    for asked in (FULL, FULL[:12]):
        seen = bundles.find(asked)
        assert seen is not None
        assert (seen.engine, seen.full_id, seen.name, seen.pid) == (Engine.PODMAN, FULL, "web", 4373)
        assert (seen.image_repo, seen.image_tag, seen.image_id) == ("registry:5000/team/web", "1.2", IMAGE)
        assert (seen.image_digest, seen.labels) == ("sha256:" + "e" * 64, {"maker": "ann"})
        assert (seen.privileged, seen.shared, seen.user) == (True, Shared(network=True), "7")
        assert seen.mounts == (Mount("/srv", "/mnt", "", False, "rslave"),)
        assert seen.started_ns == 1795578963832814312
    assert bundles.find(OTHER) is None
    assert bundles.running() == [FULL]
    # The tables are read again when they change.
    write(tmp_path, f"{storage}/overlay-containers/containers.json", [{"id": FULL, "names": ["renamed"]}])
    seen = bundles.find(FULL)
    assert seen is not None and (seen.name, seen.image) == ("renamed", "")


def test_crun_and_containerds_annotations(tmp_path: Path) -> None:
    write(
        tmp_path, f"/run/crun/{FULL}/status", {"pid": 12, "bundle": "/b", "created": "2026-11-25T03:56:03Z"}
    )
    write(tmp_path, "/b/config.json", spec(**{
        "io_kubernetes_cri_container__type": "container", "io_kubernetes_cri_container__name": "web",
        "io_kubernetes_cri_image__name": "r/web:2", "io_kubernetes_cri_sandbox__id": OTHER,
        "io_kubernetes_cri_sandbox__name": "shop-1", "io_kubernetes_cri_sandbox__namespace": "prod",
        "io_kubernetes_cri_sandbox__uid": "u-1",
    }))  # fmt: skip
    seen = Bundles(str(tmp_path)).find(FULL)
    assert seen is not None
    assert (seen.engine, seen.name, seen.image_tag, seen.pid) == (Engine.CONTAINERD, "web", "2", 12)
    assert seen.labels == {
        "io.kubernetes.sandbox.id": OTHER, "io.kubernetes.pod.uid": "u-1", "io.kubernetes.pod.name": "shop-1",
        "io.kubernetes.pod.namespace": "prod",
    }  # fmt: skip
    assert (seen.pod_sandbox_id, seen.is_pod_sandbox, seen.privileged) == (OTHER, False, False)


def test_a_sandbox_of_containerd(tmp_path: Path) -> None:
    bundle = f"/run/containerd/io.containerd.runtime.v2.task/k8s.io/{FULL}"
    annotations = {
        "io_kubernetes_cri_container__type": "sandbox",
        "io_kubernetes_cri_sandbox__name": "shop-1",
    }
    running(tmp_path, "/run/containerd/runc/k8s.io", bundle, spec(**annotations))
    seen = Bundles(str(tmp_path)).find(FULL[:12])
    assert seen is not None
    assert (seen.is_pod_sandbox, seen.name, seen.pod_sandbox_id) == (True, "shop-1", FULL)


def test_crio(tmp_path: Path) -> None:
    bundle = f"/run/containers/storage/overlay-containers/{FULL}/userdata"
    content = spec()
    content["annotations"] = {
        "io.kubernetes.cri-o.ContainerType": "container",
        "io.kubernetes.cri-o.ImageName": "r/web:3",
        "io.kubernetes.cri-o.SandboxID": OTHER,
        "io.kubernetes.cri-o.Labels": json.dumps({"io.kubernetes.pod.name": "shop-1"}),
        "io.kubernetes.cri-o.Metadata": json.dumps({"name": "web"}),
        "io.kubernetes.cri-o.IP.0": "10.0.0.1",
    }
    running(tmp_path, "/run/runc", bundle, content)
    seen = Bundles(str(tmp_path)).find(FULL)
    assert seen is not None
    assert (seen.engine, seen.name, seen.image_repo, seen.ip) == (Engine.CRIO, "web", "r/web", "10.0.0.1")
    assert seen.labels == {"io.kubernetes.pod.name": "shop-1", "io.kubernetes.sandbox.id": OTHER}


def test_docker(tmp_path: Path) -> None:
    bundle = f"/run/docker/containerd/daemon/io.containerd.runtime.v2.task/moby/{FULL}"
    running(tmp_path, "/run/docker/runtime-runc/moby", bundle, spec())
    write(tmp_path, f"/var/lib/docker/containers/{FULL}/config.v2.json", {
        "Name": "/web", "Image": "sha256:" + IMAGE, "Config": {"Image": "r/web:4", "Labels": {"a": "b"}},
        "MountPoints": {"/d": {"Source": "/s", "Destination": "/d", "RW": True, "Propagation": "rprivate"}},
    })  # fmt: skip
    seen = Bundles(str(tmp_path)).find(FULL)
    assert seen is not None
    assert (seen.engine, seen.name, seen.image, seen.image_id) == (Engine.DOCKER, "web", "r/web:4", IMAGE)
    assert seen.mounts == (Mount("/s", "/d", "", True, "rprivate"),)


def test_nobody_known_asked_for_it(tmp_path: Path) -> None:
    running(tmp_path, "/run/runc", "/anywhere", {}, "mine")
    seen = Bundles(str(tmp_path)).find("mine")
    assert seen is not None and (seen.engine, seen.name, seen.pid) == (Engine.UNKNOWN, "mine", 4373)


@pytest.mark.parametrize(
    "asked", ["", "../../etc", ".", "..", "a/b", "a\0b", "*", "x" * 200, FULL[:11], FULL[:20]]
)
def test_what_is_no_id_is_not_looked_for(tmp_path: Path, asked: str) -> None:
    running(tmp_path, "/run/runc", "/b", {})
    assert Bundles(str(tmp_path)).find(asked) is None


def test_files_of_a_user_are_the_users(tmp_path: Path) -> None:
    running(tmp_path, "/run/user/1000/runc", "/home/u/b", spec(io_container_manager="libpod"))
    bundles = Bundles(str(tmp_path))
    assert bundles.find(FULL) is None
    assert bundles.find(FULL, 1000) is None or os.getuid() == 1000  # written by us, not by the user
    if os.getuid() == 0:
        os.chown(tmp_path / f"run/user/1000/runc/{FULL}/state.json", 1000, 1000)
        seen = bundles.find(FULL, 1000)
        assert seen is not None and seen.env == ()  # the bundle is not theirs


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"init_process_pid": "1"}', '{"config": []}', "[" * 10_000]
)
def test_broken_files_are_errors(tmp_path: Path, content: str) -> None:
    write(tmp_path, f"/run/runc/{FULL}/state.json", content)
    with pytest.raises(AnswerError):
        Bundles(str(tmp_path)).find(FULL)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big").write_bytes(b"x" * 101)
    for name in ("pipe", "big", "none", ".", "a\0b"):
        assert read_file(str(tmp_path / name), 100) is None
    assert read_file("/dev/zero", 100) is None
