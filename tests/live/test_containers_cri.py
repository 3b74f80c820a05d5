"""The watch over a real containerd, if one is installed: a container of its own, and a pod as a kubelet makes one.

A containerd is started with folders and a socket of its own. No network is needed: the pod is in the host's, its
image is made of busybox.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("h2", reason="needs the extra 'cri'")

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
    grpc,
)
from tiercel.sources.containers import cri_tables as t
from tiercel.sources.containers.probes import APPLIED
from tiercel.sources.containers.protobuf import Field, Table, decode, encode

IMAGE = "localhost/tiercel-test-pause:1"
CONFIG = """
version = 2
root = "{0}/root"
state = "{0}/state"
[grpc]
  address = "{0}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{1}"
  restrict_oom_score_adj = true
  disable_apparmor = true
[plugins."io.containerd.internal.v1.opt"]
  path = "{0}/opt"
"""

# What a kubelet sends.
PAIR: Table = {1: Field("key", "text"), 2: Field("value", "text")}
NAMESPACES: Table = {1: Field("network", "int"), 2: Field("pid", "int")}
POD: Table = {
    1: Field("metadata", "message", t.POD_METADATA),
    6: Field("labels", "message", PAIR, many=True),
    7: Field("annotations", "message", PAIR, many=True),
    8: Field(
        "linux",
        "message",
        {
            1: Field("cgroup_parent", "text"),
            2: Field("sc", "message", {1: Field("ns", "message", NAMESPACES)}),
        },
    ),
}
CONTAINER: Table = {
    1: Field("metadata", "message", t.METADATA),
    2: Field("image", "message", t.IMAGE),
    3: Field("command", "text", many=True),
    6: Field("envs", "message", PAIR, many=True),
    7: Field("mounts", "message", t.MOUNT, many=True),
    9: Field("labels", "message", PAIR, many=True),
    15: Field("linux", "message", {2: Field("sc", "message", {3: Field("ns", "message", NAMESPACES)})}),
}
CREATE: Table = {
    1: Field("pod_sandbox_id", "text"),
    2: Field("config", "message", CONTAINER),
    3: Field("sandbox_config", "message", POD),
}
POD_ID: Table = {1: Field("pod_sandbox_id", "text")}
CONTAINER_ID: Table = {1: Field("container_id", "text")}
OURS: dict[str, Any] = {"sc": {"ns": {"network": t.OF_THE_NODE, "pid": 1}}}


class Containerd:
    """A containerd of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.socket = str(folder / "containerd.sock")

    def ctr(self, *words: str, namespace: str = "default") -> str:
        done = subprocess.run(
            ["ctr", "-a", self.socket, "-n", namespace, *words], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def call(self, method: str, ask: Table, message: dict[str, Any]) -> str:
        data = asyncio.run(grpc.call(self.socket, t.RUNTIME + method, encode(ask, message), 30, 1 << 20))
        return str(decode({1: Field("id", "text")}, data).get("id", ""))

    def clear(self) -> None:
        for namespace in ("k8s.io", "default"):
            for name in self.ctr("tasks", "ls", "-q", namespace=namespace).split():
                subprocess.run(
                    ["ctr", "-a", self.socket, "-n", namespace, "tasks", "rm", "-f", name],
                    capture_output=True,
                    timeout=60,
                )
            for name in self.ctr("containers", "ls", "-q", namespace=namespace).split():
                subprocess.run(
                    ["ctr", "-a", self.socket, "-n", namespace, "containers", "rm", name],
                    capture_output=True,
                    timeout=60,
                )


def image_archive(folder: Path, busybox: str) -> Path:
    """An image in OCI's layout, made by hand: one layer, and a command."""
    import hashlib

    def blob(data: bytes) -> dict[str, Any]:
        digest = hashlib.sha256(data).hexdigest()
        path = folder / "image/blobs/sha256" / digest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return {"digest": "sha256:" + digest, "size": len(data)}

    layer = folder / "layer.tar"
    with tarfile.open(layer, "w") as tar:
        tar.add(busybox, "bin/busybox")
        link = tarfile.TarInfo("bin/sleep")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
    kind = "application/vnd.oci.image."
    content = blob(layer.read_bytes())
    config = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine),
        "os": "linux",
        "config": {"Cmd": ["/bin/sleep", "1000"]},
        "rootfs": {"type": "layers", "diff_ids": [content["digest"]]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind + "manifest.v1+json",
        "config": {"mediaType": kind + "config.v1+json", **blob(json.dumps(config).encode())},
        "layers": [{"mediaType": kind + "layer.v1.tar", **content}],
    }
    named = {"annotations": {"io.containerd.image.name": IMAGE, "org.opencontainers.image.ref.name": IMAGE}}
    index = {
        "schemaVersion": 2,
        "manifests": [{"mediaType": manifest["mediaType"], **blob(json.dumps(manifest).encode()), **named}],
    }
    (folder / "image/index.json").write_text(json.dumps(index))
    (folder / "image/oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    with tarfile.open(folder / "image.tar", "w") as tar:
        tar.add(folder / "image", "")
    return folder / "image.tar"


@pytest.fixture(scope="module")
def containerd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containerd]:
    busybox = shutil.which("busybox")
    if os.geteuid() != 0:
        pytest.skip("needs root")
    if not (shutil.which("containerd") and shutil.which("ctr") and shutil.which("runc") and busybox):
        pytest.skip("needs containerd, ctr, runc and a static busybox")
    folder = tmp_path_factory.mktemp("cd")
    (folder / "config.toml").write_text(CONFIG.format(folder, IMAGE))
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen(
            ["containerd", "-c", str(folder / "config.toml")], stdout=log, stderr=log
        ) as process,
    ):
        runtime = Containerd(folder)
        try:
            until = time.monotonic() + 20
            while not Path(runtime.socket).exists() and time.monotonic() < until:
                time.sleep(0.1)
            archive = image_archive(folder, busybox)
            for namespace in ("k8s.io", "default"):
                runtime.ctr("images", "import", str(archive), namespace=namespace)
            yield runtime
            runtime.clear()
        finally:
            process.terminate()
            process.wait(20)
    for line in Path("/proc/mounts").read_text().splitlines():
        if line.split()[1].startswith(str(folder)):
            subprocess.run(["umount", line.split()[1]], capture_output=True)


@pytest.fixture
def watch(containerd: Containerd) -> Iterator[ContainerWatch]:
    sockets = (containerd.socket,)
    watch = ContainerWatch(
        RuntimeSockets(podman=(), podman_users=False, docker=(), cri=sockets, containerd=sockets, files=False)
    )
    watch.start()
    assert watch.wait_listed(10)
    watch.take(10_000)
    yield watch
    watch.stop()


def wait(watch: ContainerWatch, done: Callable[[list[Told]], bool]) -> list[Told]:
    found: list[Told] = []
    until = time.monotonic() + 15
    while not done(found):
        assert time.monotonic() < until, (found, watch.counts())
        found += watch.take()
        time.sleep(0.005)
    return found


def of(kind: type[Told], container: str) -> Callable[[list[Told]], bool]:
    return lambda found: any(isinstance(t, kind) and t.id == container[:12] for t in found)


def test_a_container_of_containerd(containerd: Containerd, watch: ContainerWatch) -> None:
    containerd.ctr("run", "-d", "--label", "team=red", IMAGE, "tiercel-web", "/bin/sleep", "100")
    told = wait(watch, of(ContainerStarted, "tiercel-web"))
    info = next(x for x in told if isinstance(x, ContainerInfo))
    seen = info.description
    assert (info.id, seen.full_id, seen.image, seen.engine) == (
        "tiercel-web"[:12], "tiercel-web", IMAGE, Engine.CONTAINERD,
    )  # fmt: skip
    assert seen.labels["team"] == "red" and seen.image_digest.startswith("sha256:")
    path = Path(f"/proc/{seen.pid}/cgroup").read_bytes()
    assert b"/default/tiercel-web" in path
    watch.ask("tiercel-web", path)
    assert wait(watch, of(ContainerInfo, "tiercel-web")) == [info]
    watch.ask("tiercel-not", b"0::/default/tiercel-not")
    wait(watch, of(NotAContainer, "tiercel-not"))
    containerd.ctr("tasks", "kill", "-s", "9", "tiercel-web")
    wait(watch, of(ContainerStopped, "tiercel-web"))


def test_a_pod(containerd: Containerd, watch: ContainerWatch) -> None:
    manifest = {
        "spec": {"containers": [{"name": "web", "livenessProbe": {"exec": {"command": ["cat", "/x"]}}}]}
    }
    pod = {
        "metadata": {"name": "shop-1", "uid": "u-1", "namespace": "prod"},
        "labels": [{"key": "app", "value": "shop"}],
        "annotations": [{"key": APPLIED, "value": json.dumps(manifest)}],
        "linux": {"cgroup_parent": "/kubepods/besteffort/podu-1", **OURS},
    }
    pod_id = containerd.call("RunPodSandbox", {1: Field("config", "message", POD)}, {"config": pod})
    config = {
        "metadata": {"name": "web"},
        "image": {"image": IMAGE},
        "command": ["/bin/sleep", "100"],
        "envs": [{"key": "A", "value": "2"}],
        "mounts": [{"container_path": "/mnt", "host_path": "/tmp", "readonly": True}],
        "labels": [{"key": "io.kubernetes.container.name", "value": "web"}],
        "linux": OURS,
    }
    full_id = containerd.call(
        "CreateContainer", CREATE, {"pod_sandbox_id": pod_id, "config": config, "sandbox_config": pod}
    )
    containerd.call("StartContainer", CONTAINER_ID, {"container_id": full_id})
    told = wait(watch, of(ContainerStarted, full_id))
    infos = {x.id: x.description for x in told if isinstance(x, ContainerInfo)}
    assert (
        infos[pod_id[:12]].is_pod_sandbox and infos[pod_id[:12]].labels["io.kubernetes.pod.name"] == "shop-1"
    )
    seen = infos[full_id[:12]]
    assert (seen.name, seen.image_tag, seen.env, seen.pod_sandbox_id) == ("web", "1", ("A=2",), pod_id)
    assert (seen.shared.network, seen.shared.pid, seen.privileged) == (True, False, False)
    assert [(m.source, m.destination, m.writable) for m in seen.mounts] == [("/tmp", "/mnt", False)]
    assert seen.labels["io.kubernetes.pod.namespace"] == "prod" and seen.pod_sandbox_labels == {"app": "shop"}
    assert [(p.kind, p.exe, p.args) for p in seen.probes] == [("LivenessProbe", "cat", ("/x",))]
    path = Path(f"/proc/{seen.pid}/cgroup").read_bytes()
    assert full_id.encode() in path
    watch.ask(full_id[:12], path)
    wait(watch, of(ContainerInfo, full_id))
    containerd.ctr("tasks", "exec", "--exec-id", "e1", full_id, "/bin/sleep", "0", namespace="k8s.io")
    session = next(x for x in wait(watch, of(ContainerExec, full_id)) if isinstance(x, ContainerExec))
    assert session.exec_id == "e1" and session.pid > 0
    containerd.call("StopPodSandbox", POD_ID, {"pod_sandbox_id": pod_id})
    wait(watch, of(ContainerStopped, full_id))
    containerd.call("RemovePodSandbox", POD_ID, {"pod_sandbox_id": pod_id})
