"""Which runtimes may know the container of a path."""

from __future__ import annotations

import pytest
from tests.events.state.calls import clone, host

from tiercel.sources.containers.cgroup_path import ANY, Candidate, candidate
from tiercel.sources.containers.engines import Engine

ID = "0123456789ab" + "c" * 52
IN = "fedcba987654" + "d" * 52
PODMAN = {Engine.PODMAN}
DOCKER = {Engine.DOCKER, Engine.CRI}
CRI = {Engine.CRI, Engine.CONTAINERD}
CONTAINERD = {Engine.CONTAINERD}
PODS = {Engine.CRI, Engine.CONTAINERD, Engine.DOCKER}

SHORT = ID[:12]
CRIO = {Engine.CRI}
Form = tuple[str, str, str, set[Engine], int | None, tuple[str, ...]]

# Path of a cgroup, the id that the state takes from it (Falco's), the whole id, who may know it, its user, what it
# lies in.
FORMS: list[Form] = [
    # podman
    (f"/libpod_parent/libpod-{ID}", SHORT, ID, PODMAN, None, ()),
    (f"/machine.slice/libpod-{ID}.scope", SHORT, ID, PODMAN, None, ()),
    (f"/machine.slice/libpod-{ID}.scope/container", SHORT, ID, PODMAN, None, ()),
    (f"/machine.slice/machine-libpod_pod_{IN}.slice/libpod-{ID}.scope", SHORT, ID, PODMAN, None, ()),
    (f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope", SHORT, ID, PODMAN, 1000, ()),
    (f"/user.slice/user-1000.slice/user@1000.service/libpod-{ID}", SHORT, ID, PODMAN, 1000, ()),
    (f"/system.slice/ceph@mon.a.service/libpod-payload-{ID}", SHORT, ID, PODMAN, None, ()),
    # docker
    (f"/docker/{ID}", SHORT, ID, DOCKER, None, ()),
    (f"/system.slice/docker-{ID}.scope", SHORT, ID, DOCKER, None, ()),
    (f"/docker.slice/docker-{ID}.scope", SHORT, ID, DOCKER, None, ()),
    (f"/user.slice/user-7.slice/user@7.service/user.slice/docker-{ID}.scope", SHORT, ID, DOCKER, 7, ()),
    # kubernetes
    (f"/kubepods/besteffort/pod1/{ID}", SHORT, ID, PODS, None, ()),
    (f"/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope", SHORT, ID, CRI, None, ()),
    (f"/kubepods-burstable-pod1.slice:cri-containerd:{ID}", SHORT, ID, CRI, None, ()),
    (f"/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:{ID}", SHORT, ID, CRI, None, ()),
    (f"/kubepods.slice/kubepods-pod1.slice/crio-{ID}.scope", SHORT, ID, CRIO, None, ()),
    (f"/kubepods/burstable/pod1/crio-{ID}", SHORT, ID, CRIO, None, ()),
    (f"/kubepods.slice/kubepods-pod1.slice/docker-{ID}.scope", SHORT, ID, DOCKER, None, ()),
    # containerd
    (f"/system.slice/nerdctl-{ID}.scope", SHORT, ID, CONTAINERD, None, ()),
    (f"/default/{ID}", SHORT, ID, set(ANY), None, ()),
    ("/default/redis", "redis", "redis", CONTAINERD, None, ()),
    ("/k8s.io/a-long-name-of-one", "a-long-name-", "a-long-name-of-one", CONTAINERD, None, ()),
    # Falco's pattern takes these for containers, too; no runtime makes such.
    ("/system.slice/web.service/worker", "web.service/", "web.service/worker", set(), None, ()),
    ("/user.slice/user-8.slice/mine", "user-8.slice", "user-8.slice/mine", set(), 8, ()),
    ("/mesos/0123-uuid", "0123-uuid", "0123-uuid", CONTAINERD, None, ()),
    ("/garden/x-y", "x-y", "x-y", CONTAINERD, None, ()),
    ("/machine.slice/machine-rkt\\x2d1.scope/a", "machine-rkt\\", "machine-rkt\\x2d1.scope/a", set(), None, ()),
    # nested: Docker in Kubernetes, kind, podman in podman
    (f"/kubepods/pod1/{IN}/docker/{ID}", SHORT, ID, DOCKER, None, (IN[:12],)),
    (f"/docker/{IN}/kubelet/kubepods/pod1/{ID}", SHORT, ID, PODS, None, (IN[:12],)),
    (f"/system.slice/docker-{IN}.scope/kubelet.slice/cri-containerd-{ID}.scope", SHORT, ID, CRI, None, (IN[:12],)),
    (f"/machine.slice/libpod-{IN}.scope/libpod_parent/libpod-{ID}", SHORT, ID, PODMAN, None, (IN[:12],)),
]  # fmt: skip
NAMES = [f[0].replace(ID, "ID").replace(IN, "OUTER") for f in FORMS]
LISTS = ["cpuset={}\0", "cpuset=/\0memory={}\0", "0::{}\n", "9:name=systemd:{}\n0::/\n", "{}"]


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
@pytest.mark.parametrize("wrapped", LISTS)
def test_forms(form: Form, wrapped: str) -> None:
    path, short, full, engines, user, outer = form
    seen = candidate(short, wrapped.format(path).encode())
    assert (seen.full_id, set(seen.engines), seen.user, seen.outer) == (full, engines, user, outer)
    assert seen.named == (len(full) != 64)


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_the_state_takes_the_same_id(form: Form) -> None:
    machine = host()
    machine.event(0, 10, [])
    clone(machine, 11, 0, ptid=10, cgroups=["cpuset=/", f"memory={form[0]}"])
    assert machine.thread(11)["container_id"] == form[1].encode()  # type: ignore[index]


@pytest.mark.parametrize(
    "cgroups",
    [b"", b"cpu=/", b"\0\0\0", b"cpu=", b"\xff/\xff", b"cpu=/other\0", b"/" * 70_000, b"x" * 200_000],
)
def test_no_path_has_it(cgroups: bytes) -> None:
    assert candidate("0123456789ab", cgroups) == Candidate("0123456789ab", ANY)


def test_a_path_of_many_folders() -> None:
    path = "/docker" + f"/{IN}" * 500 + f"/{ID}"
    assert candidate(ID[:12], b"a=" + path.encode()).outer == (IN[:12],)
