"""container.* and k8s.*"""

from __future__ import annotations

import json
from typing import Any

import pytest
from captured import BOOT, START, last, read

from tiercel.sources.scap import CaptureWriter

ID = "0123456789ab" + "c" * 52
POD = "fedcba987654" + "d" * 52
CGROUP = [f"cpu=/docker/{ID}"]
RECORD: dict[str, Any] = {
    "id": ID[:12],
    "full_id": ID,
    "name": "web",
    "type": 0,
    "image": "registry/web:1.2",
    "imageid": "aa11",
    "imagerepo": "registry/web",
    "imagetag": "1.2",
    "imagedigest": "sha256:bb",
    "privileged": True,
    "host_pid": False,
    "host_network": True,
    "host_ipc": False,
    "ip": "172.17.0.2",
    "cni_json": "",
    "User": "www",
    "env": [],
    "is_pod_sandbox": False,
    "Mounts": [
        {
            "Source": "/proc",
            "Destination": "/host/proc",
            "Mode": "ro",
            "RW": False,
            "Propagation": "rprivate",
        },
        {"Source": "/var/run/docker.sock", "Destination": "/sock", "Mode": "", "RW": True, "Propagation": ""},
    ],
    "labels": {
        "zeta": "1",
        "app": "shop",
        "bare": "",
        "annotation.x": "no",
        "io.kubernetes.pod.name": "web-0",
        "io.kubernetes.pod.namespace": "prod",
        "io.kubernetes.pod.uid": "uid-1",
    },
    "pod_sandbox_id": POD,
    "pod_sandbox_labels": {"own": "label"},
}
SANDBOX: dict[str, Any] = {
    "id": POD[:12],
    "full_id": POD,
    "name": "pause",
    "type": 7,
    "ip": "10.1.1.1",
    "cni_json": '{"eth0":1}',
    "pod_sandbox_labels": {"team": "red", "app": "pod"},
    "is_pod_sandbox": True,
}


def record(capture: CaptureWriter, container: dict[str, Any]) -> None:
    data = json.dumps({"container": container}).encode() + b"\0"
    capture.event(START, -1, 0, "ASYNCEVENT_E", plugin_id=0, name="container", data=data)


def tell(*records: dict[str, Any], tid: int = 20) -> Any:
    def told(capture: CaptureWriter) -> None:
        capture.process(10, comm="sshd", exe="sshd")
        capture.process(
            20, comm="nginx", exe="nginx", cgroups=CGROUP, vtid=1, vpid=1, pidns_init_start_ts=BOOT
        )
        for container in records:
            record(capture, container)
        capture.event(START + 5, tid, 0, "nanosleep", res=0)

    return told


KNOWN: list[tuple[str, Any]] = [
    ("container.id", ID[:12]),
    ("container.full_id", ID),
    ("container.name", "web"),
    ("container.type", "docker"),
    ("container.image", "registry/web:1.2"),
    ("container.image.id", "aa11"),
    ("container.image.repository", "registry/web"),
    ("container.image.tag", "1.2"),
    ("container.image.digest", "sha256:bb"),
    ("container.privileged", True),
    ("container.host_pid", False),
    ("container.host_network", True),
    ("container.host_ipc", False),
    ("container.ip", "172.17.0.2"),
    ("container.cni.json", ""),
    ("container.mounts", "/proc:/host/proc:ro:false:rprivate,/var/run/docker.sock:/sock::true:"),
    ("container.mount[0]", "/proc:/host/proc:ro:false:rprivate"),
    ("container.mount[2]", None),
    ("container.mount[/proc]", "/proc:/host/proc:ro:false:rprivate"),
    ("container.mount[/proc*]", "/proc:/host/proc:ro:false:rprivate"),
    ("container.mount[/pro*c*]", "/proc:/host/proc:ro:false:rprivate"),
    ("container.mount[^/var]", "/var/run/docker.sock:/sock::true:"),
    ("container.mount[x*]", None),
    ("container.mount[(]", None),
    ("container.mount[01]", None),
    ("container.mount.dest[/var/run/docker.sock]", "/sock"),
    ("container.mount.dest[/host]", None),
    ("container.mount.source[/host]", "/proc"),
    ("container.mount.mode[/proc]", "ro"),
    ("container.mount.rdwr[0]", "false"),
    ("container.mount.rdwr[1]", "true"),
    ("container.mount.propagation[0]", "rprivate"),
    ("container.label[app]", "shop"),
    ("container.label[bare]", ""),
    ("container.label[none]", None),
    ("container.labels", "app:shop, bare, zeta:1"),
    ("container.healthcheck", None),
    ("proc.is_container_healthcheck", None),
    ("k8s.pod.name", "web-0"),
    ("k8s.ns.name", "prod"),
    ("k8s.pod.uid", "uid-1"),
    ("k8s.pod.id", "uid-1"),
    ("k8s.pod.sandbox_id", POD[:12]),
    ("k8s.pod.full_sandbox_id", POD),
    ("k8s.pod.ip", None),
    ("k8s.pod.cni.json", None),
    ("k8s.pod.label[own]", "label"),
    ("k8s.pod.labels", "own:label"),
    ("k8s.deployment.name", None),
    ("user.name", "root"),
]


@pytest.mark.parametrize(("field", "value"), KNOWN, ids=[f for f, _ in KNOWN])
def test_known(field: str, value: Any) -> None:
    assert last(tell(RECORD), field).get(field) == value


SANDBOXED: list[tuple[str, Any]] = [
    ("k8s.pod.ip", "10.1.1.1"),
    ("k8s.pod.cni.json", '{"eth0":1}'),
    ("k8s.pod.label[team]", "red"),
    ("k8s.pod.label[own]", "label"),
    ("k8s.pod.labels", "app:pod, team:red"),
    ("container.ip", "172.17.0.2"),
]


@pytest.mark.parametrize(("field", "value"), SANDBOXED, ids=[f for f, _ in SANDBOXED])
def test_the_pod_is_known_by_its_own_container(field: str, value: Any) -> None:
    assert last(tell(RECORD, SANDBOX), field).get(field) == value


HOST: list[tuple[str, Any]] = [
    ("container.id", "host"),
    ("container.full_id", "host"),
    ("container.name", "host"),
    ("container.type", "host"),
    ("container.image", ""),
    ("container.privileged", False),
    ("container.mounts", ""),
    ("container.labels", ""),
    ("container.start_ts", None),
    ("k8s.pod.name", None),
    ("k8s.pod.ip", ""),
    ("k8s.pod.labels", ""),
    ("k8s.pod.sandbox_id", ""),
]


@pytest.mark.parametrize(("field", "value"), HOST, ids=[f for f, _ in HOST])
def test_host(field: str, value: Any) -> None:
    assert last(tell(RECORD, tid=10), field).get(field) == value


def test_known_by_its_id_only() -> None:
    fields = [f for f, _ in KNOWN] + ["container.start_ts", "container.duration"]
    row = last(tell(), *fields)
    del row["user.name"]
    assert row == {
        "container.id": ID[:12],
        "container.start_ts": BOOT,
        "container.duration": START + 5 - BOOT,
    }


def test_the_news_of_a_container_is_about_that_container() -> None:
    def told(capture: CaptureWriter) -> None:
        tell()(capture)
        record(capture, RECORD)
        capture.event(START + 9, 20, 0, "nanosleep", res=0)

    rows = read(told, ["container.id", "container.name", "container.start_ts", "proc.name"])
    before, news, after = rows
    assert before == {"container.id": ID[:12], "container.start_ts": BOOT, "proc.name": "nginx"}
    assert news == {"container.id": ID[:12], "container.name": "web"}
    assert after == {**before, "container.name": "web"}


def test_labels_and_mounts_of_any_kind_of_bytes() -> None:
    odd = {**RECORD, "labels": {"": "", "k" * 3000: "v" * 3000}, "Mounts": [{}]}
    row = last(tell(odd), "container.labels", "container.mounts", "container.mount[0]", "container.mount[.]")
    assert row["container.labels"].endswith("k:" + "v" * 3000)
    assert row["container.mount[0]"] == row["container.mounts"] == ":::false:"
    assert "container.mount[.]" not in row
