"""Containers, users and groups."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.events.state.calls import call, clone, execve, exits, host

from tiercel.events.machine import Machine, wanted
from tiercel.events.table import EVENTS

ID = "0123456789ab" + "c" * 52
SHORT = ID[:12].encode()


@pytest.mark.parametrize(
    ("path", "container"),
    [
        (f"/docker/{ID}", SHORT),
        (f"/system.slice/docker-{ID}.scope", SHORT),
        (f"/kubepods/besteffort/pod1/{ID}", SHORT),
        (f"/kubepods.slice/kubepods-pod1.slice/cri-containerd-{ID}.scope", SHORT),
        (f"/kubepods.slice/kubepods-pod1.slice/crio-{ID}.scope", SHORT),
        (f"/kubepods/pod1/crio-{ID}", SHORT),
        (f"/kubepods-pod1.slice:cri-containerd:{ID}", SHORT),
        (f"/default/nerdctl-{ID}.scope", SHORT),
        (f"/machine.slice/libpod-{ID}.scope", SHORT),
        (f"/machine.slice/libpod-{ID}.scope/container", SHORT),
        (f"/libpod_parent/libpod-{ID}", SHORT),
        (f"/user.slice/libpod-payload-{ID}", SHORT),
        (f"/user.slice/libpod-payload-{ID}.scope/container", SHORT),
        ("/default/redis", b"redis"),
        ("/default/a-name-that-is-long", b"a-name-that-"),
        ("/lxc/web", b"web"),
        ("/lxc/web/init", b"web/init"),  # containerd is asked first
        ("/a_/lxc.payload/web", b"web"),
        ("/lxc.payload.web", b"web"),
        ("/container.libvirt-lxc", b"container"),
        (
            "/machine.slice/machine-lxc\\x2d2293906\\x2dlibvirt\\x2dcontainer.scope",
            b"2293906\\x2dlibvirt\\x2dcontainer",
        ),
        ("/machine-lxc\\x2d77.scope/libvirt", b"77"),
        ("/machine.slice/machine-lxc\\x2d77.scope/libvirt", b"machine-lxc\\"),
        ("/libvirt/lxc/web", b"lxc/web"),
        ("/bpm-web.scope", b"web"),
        ("/", b""),
        ("/init.scope", b""),
        ("/user.slice/user-1000.slice/session-1.scope", b""),
        ("/system.slice/cron.service", b""),
        (f"/docker/{ID[:-1]}", b"0123456789ab"),  # not 64 digits: containerd's /namespace/name
        (f"/docker/{ID}0", b""),
        (f"/docker-{ID[:40]}{'z' * 24}.scope", b""),
        (f"/docker-{ID[:-1]}x.scope", SHORT),  # 64 characters into the path Falco asks no more for digits
    ],
)
def test_container_of_a_path(path: str, container: bytes) -> None:
    machine = host()
    machine.event(0, 10, [])
    seen = clone(machine, 11, 0, ptid=10, cgroups=["cpuset=/", f"memory={path}"])
    assert machine.thread(11)["container_id"] == container, seen  # type: ignore[index]


def test_the_first_cgroup_that_tells_counts() -> None:
    machine = host()
    machine.event(0, 10, [])
    clone(machine, 11, 0, ptid=10, cgroups=["a=/", "b=/default/one", "c=/default/two"])
    assert machine.thread(11)["container_id"] == b"one"  # type: ignore[index]


def test_broken_cgroups_leave_what_was() -> None:
    machine = host()
    seen = execve(machine, 10, cgroups=["io=/x", "nothing"])
    assert seen["thread"]["cgroups"] == [b"cpu=/"]


def test_child_is_in_no_container_until_it_tells() -> None:
    machine = host()
    clone(machine, 10, 11, cgroups=["a=/default/one"])
    assert machine.thread(11)["container_id"] == b""  # type: ignore[index]
    clone(machine, 11, 0, ptid=10, cgroups=["a=/default/one"])
    assert machine.thread(11)["container_id"] == b"one"  # type: ignore[index]


def test_threads_of_the_head_are_found_at_the_first_event() -> None:
    machine = host(cgroups=b"a=/default/one")
    assert machine.thread(10)["container_id"] == b""  # type: ignore[index]
    machine.event(1, 10, [])
    assert machine.thread(10)["container_id"] == b"one"  # type: ignore[index]


CONTAINER: dict[str, Any] = {
    "id": "one", "name": "web", "image": "nginx:1", "type": 0, "privileged": True, "created_time": 5,
    "labels": {"b": "2", "a": "1"}, "env": ["X=1"], "Mounts": [{"Source": "/s", "Destination": "/d", "RW": True}],
    "LivenessProbe": {"exe": "curl", "args": ["-f", "http://x"]},
}  # fmt: skip


def told(machine: Machine, row: Any, name: str = "container", plugin: int = 0) -> dict[str, Any]:
    data = row if isinstance(row, bytes) else json.dumps({"container": row}).encode() + b"\0"
    return call(machine, "ASYNCEVENT_E", 1, plugin_id=plugin, name=name, data=data)


def test_events_tell_of_containers() -> None:
    machine = host()
    assert told(machine, CONTAINER)["container"] == b"one"
    known = machine.container(b"one")
    assert known == {
        "id": b"one", "name": b"web", "image": b"nginx:1", "type": 0, "privileged": True, "created_ns": 5 * 10**9,
        "labels": [(b"a", b"1"), (b"b", b"2")], "mounts": [(b"/s", b"/d")], "env": [b"X=1"],
    }  # fmt: skip
    told(machine, {**CONTAINER, "name": "other"})
    assert machine.container(b"one")["name"] == b"other"  # type: ignore[index]
    assert told(machine, CONTAINER, "container_removed")["container"] == b"one"
    assert machine.container(b"one") is None
    assert machine.container(b"")["name"] == b"host"  # type: ignore[index]


@pytest.mark.parametrize(
    "row",
    [
        {**CONTAINER, "name": 5},
        {**CONTAINER, "labels": {"a": 1}},
        {**CONTAINER, "privileged": None},
        {**CONTAINER, "Mounts": [{"RW": 1}]},
        {**CONTAINER, "env": [1]},
        b"{",
        b"",
        b"[]",
        b"null\0",
        b'{"container": {"id": "one", "created_time": NaN}}',
        b'{"container": {"id": "\xff"}}',
        b'{"container": {"id": "\\ud800"}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_container_is_left(row: Any) -> None:
    machine = host()
    assert told(machine, row)["container"] is None
    assert machine.container(b"one") is None


def test_other_plugins_and_old_events() -> None:
    machine = host()
    assert told(machine, CONTAINER, plugin=3)["container"] is None
    assert told(machine, CONTAINER, "something")["container"] is None
    data = json.dumps({"container": CONTAINER, "more": 1}).encode() + b"\0"
    assert call(machine, "CONTAINER_JSON_2_E", 1, json=data)["container"] == b"one"


def test_probes_are_told_from_the_containers_own_processes() -> None:
    machine = host()
    told(machine, CONTAINER)
    machine.event(1, 10, [])
    inside = {"cgroups": ["a=/default/one"], "ptid": 10}
    clone(machine, 11, 0, **inside, vtid=1, vpid=1)
    assert machine.thread(11)["health"] == 4  # type: ignore[index]
    clone(machine, 12, 0, **{**inside, "ptid": 11}, exe="curl", args=["-f", "http://x"])
    assert machine.thread(12)["health"] == 4  # type: ignore[index]
    clone(machine, 13, 0, **inside, exe="curl", args=["-f", "", "http://x"])
    assert machine.thread(13)["health"] == 2  # type: ignore[index]
    clone(machine, 14, 0, **{**inside, "ptid": 13}, exe="sh")
    assert machine.thread(14)["health"] == 2  # type: ignore[index]
    clone(machine, 15, 0, **inside, exe="curl", args=["-f"])
    assert machine.thread(15)["health"] == 0  # type: ignore[index]


def test_many_containers_are_bounded() -> None:
    machine = host()
    for i in range(300):
        told(machine, {**CONTAINER, "id": f"c{i}"})
    assert machine.container(b"c299") is not None


# ---- users


def test_root_is_known_once_it_runs() -> None:
    machine = Machine()
    assert machine.user(0) is None
    machine.add_thread(tid=5, uid=0, gid=0)
    machine.tables_done()
    assert (machine.user(0), machine.group(0)) == ((b"root", b"/root", b"<NA>"), b"root")
    machine.add_user(0, 0, b"toor", b"/r", b"/bin/sh")
    assert machine.user(0) == (b"toor", b"/r", b"/bin/sh")
    machine.add_user(7, 7, b"+nis", b"", b"")
    assert machine.user(7) is None


def test_events_tell_of_users() -> None:
    machine = host()
    row = {"uid": 7, "gid": 8, "name": "ann", "home": "/home/ann", "shell": "/bin/sh"}
    call(machine, "USER_ADDED_E", 1, **row, container_id="")
    assert machine.user(7) == (b"ann", b"/home/ann", b"/bin/sh")
    # A container's users are looked up in the container, which is not there when a capture is replayed.
    call(machine, "USER_ADDED_E", 1, **row, container_id="one")
    assert machine.user(7, b"one") is None
    call(machine, "USER_DELETED_E", 1, **row, container_id="")
    assert machine.user(7) is None
    call(machine, "GROUP_ADDED_E", 1, gid=8, name="staff", container_id="")
    assert machine.group(8) == b"staff"
    call(machine, "GROUP_DELETED_E", 1, gid=8, name="staff", container_id="")
    assert machine.group(8) is None


def test_names_are_cut_as_falco_cuts_them() -> None:
    machine = host()
    call(
        machine, "USER_ADDED_E", 1, uid=7, gid=8, name="n" * 300, home="h" * 2000, shell="s", container_id=""
    )
    assert [len(t) for t in machine.user(7) or ()] == [255, 1023, 1]


# ---- the whole


def test_restart_keeps_users_and_containers() -> None:
    machine = host()
    told(machine, CONTAINER)
    exits(machine, 10)
    machine.restart()
    assert len(machine) == 0
    assert machine.container(b"one") is not None
    assert machine.user(0) is not None
    machine.check()


def test_which_events_the_state_needs() -> None:
    plain, memory, connected = wanted(), wanted(1), wanted(2)
    symbols = {e.symbol: e.code for e in EVENTS}
    for symbol in (
        "OPENAT_2_X",
        "CLOSE_X",
        "CLONE_20_X",
        "EXECVE_19_X",
        "PROCEXIT_1_E",
        "CONNECT_X",
        "ASYNCEVENT_E",
    ):
        assert plain[symbols[symbol]] == 1
    for symbol in ("FUTEX_X", "POLL_X", "LSEEK_X", "FSTAT_X", "IOCTL_3_X", "GENERIC_X", "DROP_E", "LISTEN_X"):
        assert plain[symbols[symbol]] == 0
    assert [m[symbols["MMAP_X"]] for m in (plain, memory, connected)] == [0, 1, 0]
    assert [m[symbols["READ_X"]] for m in (plain, memory, connected)] == [0, 0, 1]
