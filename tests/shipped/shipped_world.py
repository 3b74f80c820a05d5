"""A small cluster node on which a test lets one thing happen, and which of Tiercel's rules speak about it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tiercel.app.judge import Judge
from tiercel.demo.audit_log import AuditLog
from tiercel.demo.node import Container, Node, Process
from tiercel.rules.alert import Alert
from tiercel.rules.load import load_rules
from tiercel.shipped import APPEND_OUTPUT, shipped_rules
from tiercel.sources.scap.writer import CaptureWriter, Machine

START = 1_773_109_000_000_000_000
TERMINAL = 0x8800
SHIM = "/usr/bin/containerd-shim-runc-v2"
OUTSIDE = "203.0.113.77"
POD = "10.244.2.9"
IN_NO_LAYER = "EXE_WRITABLE"  # on a volume

Scene = Callable[["World"], None]


class World:
    """A node with one pod; its processes by what they are."""

    def __init__(self, node: Node, namespace: str = "shop") -> None:
        self.node = node
        self.pod = Container("web", "registry.example.com/shop/web:1.0", namespace, "web-0", POD)
        node.capture.user(0, 0, "root", "/root", "/bin/bash")
        init = node.running(1, "/usr/lib/systemd/systemd")
        self.shim = node.running(2001, SHIM, "-namespace", "k8s.io", parent=init)
        self.service = node.running(
            2010, "python3", "/srv/web.py", parent=self.shim, container=self.pod,
            exepath="/usr/bin/python3.11", env=("KUBERNETES_SERVICE_HOST=10.3.0.1", "PATH=/usr/bin:/bin"),
        )  # fmt: skip
        self.host_shell = node.running(2100, "/usr/bin/bash", parent=init)
        self.host_server = node.running(2110, "/usr/sbin/nginx", parent=init)
        self.cron = node.running(2120, "/usr/sbin/cron", parent=init)
        node.container_known(self.pod)

    # ---- where things happen: processes to start others from

    def below_service(self) -> Process:
        """A shell that the service has started."""
        return self.started(self.service, "/usr/bin/dash", "-c", "id", exe="/bin/sh")

    def terminal(self) -> Process:
        """A shell with a terminal, opened from outside."""
        shell = self.node.fork(self.shim, self.pod)
        shell.tty = TERMINAL
        return self.node.execute(shell, "/usr/bin/bash", exe="bash")

    def runtime(self) -> Process:
        """What the runtime puts into the container before it becomes a program."""
        return self.node.fork(self.shim, self.pod)

    def started(
        self, parent: Process, path: str, *args: str, exe: str | None = None, flags: str | None = None
    ) -> Process:
        return self.node.execute(
            self.node.fork(parent), path, *args, exe=exe or path.rpartition("/")[2], flags=flags
        )

    def parent(self, where: str) -> Process:
        """A process by the name of its attribute or method here."""
        found = getattr(self, where)
        return found if isinstance(found, Process) else found()


def runs(where: str, path: str, *args: str, exe: str | None = None, flags: str | None = None) -> Scene:
    """A program is started from `where`."""

    def scene(world: World) -> None:
        world.started(world.parent(where), path, *args, exe=exe, flags=flags)

    return scene


def runs_below(where: str, parent: tuple[str, ...], path: str, *args: str, exe: str | None = None) -> Scene:
    """A program is started by `parent`, which `where` has started."""

    def scene(world: World) -> None:
        above = world.started(world.parent(where), parent[0], *parent[1:])
        world.started(above, path, *args, exe=exe)

    return scene


def execs(path: str, *args: str, exe: str | None = None, flags: str | None = None) -> Scene:
    """The runtime starts a program in the container: `exec` from outside, or a check of the kubelet."""

    def scene(world: World) -> None:
        world.node.execute(world.runtime(), path, *args, exe=exe or path.rpartition("/")[2], flags=flags)

    return scene


def calls(where: str, program: tuple[str, ...], name: str, **params: Any) -> Scene:
    """A program, started from `where`, makes a system call."""

    def scene(world: World) -> None:
        process = world.started(world.parent(where), program[0], *program[1:])
        world.node.call(process, name, **params)

    return scene


def reads(where: str, program: tuple[str, ...], path: str, layer: str = "FD_LOWER_LAYER") -> Scene:
    def scene(world: World) -> None:
        world.node.read(world.started(world.parent(where), program[0], *program[1:]), path, b"x", layer)

    return scene


def writes(
    where: str, program: tuple[str, ...], path: str, layer: str = "FD_UPPER_LAYER", mode: int = 0o644
) -> Scene:
    def scene(world: World) -> None:
        process = world.started(world.parent(where), program[0], *program[1:])
        world.node.write(process, path, b"x", mode, layer)

    return scene


def connects(
    where: str, program: tuple[str, ...], address: str, port: int, *, flags: str | None = None, res: int = 0
) -> Scene:
    def scene(world: World) -> None:
        process = world.started(world.parent(where), program[0], *program[1:], flags=flags)
        to, source = (address, port), (POD if process.container else "192.0.2.13", 50000)
        world.node.call(process, "SOCKET_X", fd=3, domain="AF_INET", type=1, proto=0)
        world.node.call(process, "CONNECT_X", res=res, tuple=(source, to), fd=3, addr=to)

    return scene


def links(where: str, program: tuple[str, ...], target: str, link: str) -> Scene:
    def scene(world: World) -> None:
        process = world.started(world.parent(where), program[0], *program[1:])
        world.node.symlink(process, target, link)

    return scene


@cache
def _judge() -> Judge:
    loaded = load_rules(shipped_rules(), APPEND_OUTPUT)
    assert loaded.ok, loaded.results
    # Rules that are shipped disabled are tested like the others.
    return Judge(loaded.rules, match_all=True)


def judged(scene: Scene, tmp_path: Path, namespace: str = "shop") -> list[Alert]:
    """The alerts of a scene, of all rules that match."""
    raw = io.BytesIO()
    with CaptureWriter(raw, Machine(hostname="node", boot_ts=START - 10**15)) as capture:
        scene(World(Node(capture, START), namespace))
    path = tmp_path / "scene.scap"
    path.write_bytes(raw.getvalue())
    return list(_judge().capture(path))


def rules_that_speak(scene: Scene, tmp_path: Path, namespace: str = "shop") -> set[str]:
    """The names of the rules that match something of a scene."""
    return {alert.rule.name for alert in judged(scene, tmp_path, namespace)}


def request(
    user: str,
    verb: str,
    uri: str,
    *,
    code: int = 200,
    agent: str = "app/1.0",
    source: str = "10.244.2.9",
    **more: Any,
) -> dict[str, Any]:
    """An audit event; `more` are keys of the event to add or replace."""
    text = io.StringIO()
    AuditLog(text).request(START, user, verb, uri, source=source, agent=agent, code=code)
    event: dict[str, Any] = json.loads(text.getvalue())
    return {**event, **more}


def audit_rules_that_speak(event: Mapping[str, Any], tmp_path: Path) -> set[str]:
    path = tmp_path / "audit.jsonl"
    path.write_text(json.dumps(event) + "\n")
    return {alert.rule.name for alert in _judge().audit_log(path)}
