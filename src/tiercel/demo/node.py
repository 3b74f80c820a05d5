"""A node of a cluster that does not exist: processes in containers; their system calls go into a capture.

The events are those of Falco's modern probe (libs 0.25): system calls on their way out only, `clone` seen by
parent and child, thread numbers of the host with those of the container beside them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from tiercel.sources.scap.writer import CaptureWriter, OpenedFile

SECOND = 1_000_000_000
MICROSECOND = 1_000

_IN_PID_NAMESPACE = "CLONE_CHILD_IN_PIDNS"
# What the probe says of a program's file: part of the image, or put into the running container.
OF_THE_IMAGE = "EXE_WRITABLE|EXE_LOWER_LAYER"
DROPPED = "EXE_WRITABLE|EXE_UPPER_LAYER"
_CONTAINERD = 7  # a container's type in the container plugin of Falco
_OVERLAY_DEV = 0x2B
_EVERYTHING = 0x1FFFEFFFFFF  # all capabilities but CAP_SYS_BOOT and later ones
_USUAL = 0xA80425FB  # what runtimes leave a container's root


def digest(text: str) -> str:
    """64 hexadecimal digits that stand for `text`: an id that is the same every time."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(slots=True)
class Container:
    """A container of a pod, with what its runtime tells of it."""

    name: str
    image: str
    namespace: str
    pod: str
    address: str
    next_pid: int = 1
    full_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.full_id = digest(f"{self.namespace}/{self.pod}/{self.name}")

    @property
    def id(self) -> str:
        return self.full_id[:12]

    @property
    def pod_uid(self) -> str:
        raw = digest(self.pod)[:32]
        return "-".join((raw[:8], raw[8:12], raw[12:16], raw[16:20], raw[20:]))

    @property
    def cgroups(self) -> list[str]:
        slice_ = f"kubepods-burstable-pod{self.pod_uid.replace('-', '_')}.slice"
        path = f"/kubepods.slice/kubepods-burstable.slice/{slice_}/cri-containerd-{self.full_id}.scope"
        return [f"{controller}={path}" for controller in ("cpuset", "cpu", "io", "memory", "pids")]

    def described(self, created: int) -> str:
        """The JSON that the container plugin puts into the stream when it has learned of a container."""
        repository, _, tag = self.image.rpartition(":")
        labels = {
            "io.kubernetes.container.name": self.name,
            "io.kubernetes.pod.name": self.pod,
            "io.kubernetes.pod.namespace": self.namespace,
            "io.kubernetes.pod.uid": self.pod_uid,
        }
        told = {
            "type": _CONTAINERD,
            "id": self.id,
            "full_id": self.full_id,
            "name": self.name,
            "image": self.image,
            "imagerepo": repository,
            "imagetag": tag,
            "imageid": digest(self.image),
            "imagedigest": f"sha256:{digest(self.image + '@')}",
            "User": "0",
            "privileged": False,
            "env": [],
            "labels": labels,
            "host_pid": False,
            "host_ipc": False,
            "host_network": False,
            "ip": self.address,
            "is_pod_sandbox": False,
            "pod_sandbox_id": digest(f"sandbox of {self.pod}"),
            "pod_sandbox_labels": {"app": self.name},
            "created_time": created // SECOND,
            "port_mappings": [],
            "cpu_shares": 512,
            "cpu_period": 100000,
            "Mounts": [],
        }
        return json.dumps({"container": told})


@dataclass(slots=True)
class Process:
    """A living process. `vpid` is its number inside its container, the same as `pid` on the host."""

    pid: int
    vpid: int
    parent: Process | None
    container: Container | None
    exe: str
    exepath: str
    args: list[str]
    env: list[str]
    tty: int = 0
    sid: int = 0
    group: int = 0
    next_fd: int = 3

    @property
    def comm(self) -> str:
        return PurePosixPath(self.exe).name[:15]


class Node:
    """Writes what happens on the node. Its clock, `now` (ns since the epoch), goes on with each event."""

    def __init__(self, capture: CaptureWriter, start: int) -> None:
        self.capture = capture
        self.now = start
        self._next_pid = 30211
        self._next_ino = 4_718_600
        self._cpu = 0

    # ---- before the first event

    def running(
        self,
        pid: int,
        exe: str,
        *args: str,
        parent: Process | None = None,
        container: Container | None = None,
        exepath: str | None = None,
        uid: int = 0,
        env: tuple[str, ...] = (),
    ) -> Process:
        """A process that was there when the capture began; a container's first one is its process 1."""
        vpid = pid
        if container:
            vpid, container.next_pid = container.next_pid, container.next_pid + 1
        process = Process(pid, vpid, parent, container, exe, exepath or exe, list(args), list(env))
        process.sid = process.group = vpid
        self.capture.process(
            pid,
            ptid=parent.pid if parent else 0,
            sid=process.sid,
            vpgid=process.group,
            pgid=pid,
            vtid=vpid,
            vpid=vpid,
            comm=process.comm,
            exe=exe,
            exepath=process.exepath,
            args=args,
            env=env,
            cgroups=container.cgroups
            if container
            else ["cpuset=/", "cpu=/system.slice", "memory=/system.slice"],
            uid=uid,
            flags=0x20000000 if container else 0,
            exe_lower_layer=container is not None,
            exe_writable=uid == 0,
            cap_permitted=_USUAL if container else _EVERYTHING,
            cap_effective=_USUAL if container else _EVERYTHING,
        )
        return process

    # ---- time and writing

    def wait(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    def call(
        self, process: Process | None, name: str, /, opened: OpenedFile | None = None, **params: Any
    ) -> None:
        """Any event, of `process` or of nobody, by its name and parameters (`CaptureWriter.event`)."""
        self.now += 37 * MICROSECOND
        self._cpu = (self._cpu + 1) % 2
        self.capture.event(self.now, process.pid if process else -1, self._cpu, name, params, opened=opened)

    def container_known(self, container: Container) -> None:
        """The runtime's word about a container."""
        self.call(
            None,
            "ASYNCEVENT_E",
            name="container",
            data=container.described(self.now - 3600 * SECOND).encode() + b"\0",
        )

    # ---- processes

    def fork(self, parent: Process, container: Container | None = None) -> Process:
        """A child of `parent` that is still the same program; with a `container`, one that is put into it."""
        pid, self._next_pid = self._next_pid, self._next_pid + 1
        vpid, home = pid, container or parent.container
        if home:
            vpid, home.next_pid = home.next_pid, home.next_pid + 1
        child = replace(parent, pid=pid, vpid=vpid, parent=parent, container=home)
        if container:
            child.sid = child.group = vpid
        self.call(parent, "CLONE_20_X", res=vpid if parent.container else pid, **self._cloned(parent))
        self.call(child, "CLONE_20_X", res=0, **self._cloned(child))
        return child

    def _cloned(self, process: Process) -> dict[str, Any]:
        return {
            **self._identity(process),
            "flags": _IN_PID_NAMESPACE if process.container else 0,
            "uid": 0,
            "gid": 0,
            "vtid": process.vpid,
            "vpid": process.vpid,
        }

    def _identity(self, process: Process) -> dict[str, Any]:
        return {
            "exe": process.exe,
            "args": process.args,
            "tid": process.pid,
            "pid": process.pid,
            "ptid": process.parent.pid if process.parent else 0,
            "fdlimit": 1048576,
            "vm_size": 2592,
            "vm_rss": 1604,
            "comm": process.comm,
            "cgroups": process.container.cgroups if process.container else ["cpuset=/", "cpu=/system.slice"],
        }

    def execute(
        self, process: Process, path: str, *args: str, exe: str | None = None, flags: str | None = None
    ) -> Process:
        """`process` becomes another program; `flags` are the probe's, by default those of the image."""
        process.exe, process.exepath, process.args, process.next_fd = exe or path, path, list(args), 3
        if flags is None:
            flags = OF_THE_IMAGE if process.container else ""
        self._next_ino += 3
        self.call(
            process,
            "EXECVE_19_X",
            res=0,
            **self._identity(process),
            env=process.env,
            tty=process.tty,
            vpgid=process.group,
            loginuid=0xFFFFFFFF,
            flags=flags,
            cap_permitted=_USUAL if process.container else _EVERYTHING,
            cap_effective=_USUAL if process.container else _EVERYTHING,
            exe_ino=self._next_ino,
            exe_ino_ctime=self.now - 2 * SECOND if "UPPER" in flags else self.now - 86400 * SECOND,
            exe_ino_mtime=self.now - 2 * SECOND if "UPPER" in flags else self.now - 40 * 86400 * SECOND,
            uid=0,
            trusted_exepath=path,
            pgid=process.pid,
            gid=0,
            filename=path,
        )
        return process

    @contextmanager
    def started(
        self, parent: Process, path: str, *args: str, exe: str | None = None, flags: str | None = None
    ) -> Iterator[Process]:
        """A program that `parent` starts and that ends with the block."""
        process = self.execute(self.fork(parent), path, *args, exe=exe, flags=flags)
        self.wait(0.004)
        yield process
        self.exit(process)

    def run(self, parent: Process, path: str, *args: str, exe: str | None = None) -> None:
        """A program that does nothing else worth a line."""
        with self.started(parent, path, *args, exe=exe):
            pass

    def exit(self, process: Process, status: int = 0) -> None:
        self.call(process, "PROCEXIT_1_E", status=status << 8, ret=status)

    # ---- files

    def open(
        self,
        process: Process,
        path: str,
        flags: str = "O_RDONLY",
        mode: int = 0,
        layer: str = "FD_LOWER_LAYER",
    ) -> int:
        """Opens a file, gives its descriptor. `layer`: where in the image's layers it lies, "" outside."""
        number, process.next_fd = process.next_fd, process.next_fd + 1
        self._next_ino += 1
        self.call(
            process,
            "OPENAT_2_X",
            fd=number,
            dirfd=-100,
            name=path,
            flags="|".join(filter(None, (flags, layer))),
            mode=mode,
            dev=_OVERLAY_DEV,
            ino=self._next_ino,
        )
        return number

    def read(self, process: Process, path: str, data: bytes = b"", layer: str = "FD_LOWER_LAYER") -> None:
        number = self.open(process, path, layer=layer)
        self.call(process, "READ_X", res=len(data), data=data[:80], fd=number, size=131072)
        self.close(process, number)

    def write(
        self, process: Process, path: str, data: bytes, mode: int = 0o644, layer: str = "FD_UPPER_LAYER"
    ) -> None:
        number = self.open(process, path, "O_WRONLY|O_CREAT|O_TRUNC|O_F_CREATED", mode, layer)
        self.call(process, "WRITE_X", res=len(data), data=data[:80], fd=number, size=len(data))
        self.close(process, number)

    def close(self, process: Process, number: int) -> None:
        self.call(process, "CLOSE_X", res=0, fd=number)
        if number == process.next_fd - 1:
            process.next_fd = number

    def symlink(self, process: Process, target: str, link: str) -> None:
        self.call(process, "SYMLINKAT_X", res=0, target=target, linkdirfd=-100, linkpath=link)

    # ---- connections

    def listen(self, process: Process, number: int, address: str, port: int) -> None:
        """A server's socket that was open when the capture began."""
        process.next_fd = max(process.next_fd, number + 1)
        self.capture.fd(process.pid, number, "ipv4_server", source=(address, port), ino=self._next_ino)

    def accept(self, process: Process, client: tuple[str, int], server: tuple[str, int]) -> int:
        number, process.next_fd = process.next_fd, process.next_fd + 1
        self.call(process, "ACCEPT4_6_X", fd=number, tuple=(client, server), queuemax=511, flags=0o2000000)
        return number

    def connect(
        self, process: Process, source: tuple[str, int], to: tuple[str, int], *, pending: bool = False
    ) -> int:
        """A TCP connection. `pending`: the call does not wait (EINPROGRESS), as most programs do it."""
        number, process.next_fd = process.next_fd, process.next_fd + 1
        self.call(process, "SOCKET_X", fd=number, domain="AF_INET", type=1, proto=0)
        self.call(process, "CONNECT_X", res=-115 if pending else 0, tuple=(source, to), fd=number, addr=to)
        self.wait(0.002)
        return number

    def receive(self, process: Process, number: int, data: bytes) -> None:
        self.call(process, "READ_X", res=len(data), data=data[:80], fd=number, size=65536)

    def send(self, process: Process, number: int, data: bytes) -> None:
        self.call(process, "WRITE_X", res=len(data), data=data[:80], fd=number, size=len(data))

    def duplicate(self, process: Process, old: int, new: int) -> None:
        self.call(process, "DUP2_X", res=new, oldfd=old, newfd=new)
