"""Where runtimes are asked: sockets, and folders of those that keep files."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from tiercel.sources.containers.engines import Engine

MAX_USER_SOCKETS = 32


@dataclass(frozen=True, slots=True)
class RuntimeSockets:
    """Which sockets of runtimes to ask; the defaults are those of Falco's container plugin.

    An empty tuple leaves an engine out. `podman_users` asks besides the podman sockets that users have under
    /run/user, but only about containers in that user's slice. `host_root` is put before every path (a sensor in a
    container sees the host's files there); by default the environment's HOST_ROOT. `files` reads what runtimes
    leave in folders where no socket answers. Labels with values longer than `label_max_len` bytes are left out;
    `with_size` asks for the size of the writable layer, which is slow.
    """

    podman: tuple[str, ...] = ("/run/podman/podman.sock",)
    podman_users: bool = True
    docker: tuple[str, ...] = ("/var/run/docker.sock",)
    cri: tuple[str, ...] = (
        "/run/containerd/containerd.sock",
        "/run/crio/crio.sock",
        "/run/k3s/containerd/containerd.sock",
        "/run/host-containerd/containerd.sock",
    )
    containerd: tuple[str, ...] = (
        "/run/containerd/containerd.sock",
        "/run/k3s/containerd/containerd.sock",
        "/run/host-containerd/containerd.sock",
    )
    files: bool = True
    host_root: str = ""
    label_max_len: int = 100
    with_size: bool = False

    @property
    def root(self) -> str:
        return (self.host_root or os.environ.get("HOST_ROOT", "")).rstrip("/")

    def places(self) -> tuple[Place, ...]:
        """All sockets to look at now, whether there is one or not; of users only those that are there."""
        root = self.root
        named = (
            (Engine.PODMAN, self.podman),
            (Engine.DOCKER, self.docker),
            (Engine.CRI, self.cri),
            (Engine.CONTAINERD, self.containerd),
        )
        found = [Place(engine, root + path) for engine, paths in named for path in paths]
        if self.podman and self.podman_users:
            found += _of_users(root)
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Place:
    """A socket of one engine. `user` is the uid of whoever owns the runtime behind it, where that is not root."""

    engine: Engine
    path: str
    user: int | None = None

    def there(self) -> bool:
        try:
            return stat.S_ISSOCK(os.stat(self.path).st_mode)
        except OSError:
            return False


def _of_users(root: str) -> list[Place]:
    found: list[Place] = []
    try:
        names = sorted(os.listdir(root + "/run/user"))
    except OSError:
        return found
    for name in names:
        if not (name.isascii() and name.isdigit()) or name == "0":
            continue
        place = Place(
            Engine.PODMAN, str(Path(root + "/run/user", name, "podman/podman.sock")), int(name[:10])
        )
        if place.there():
            found.append(place)
    return found[:MAX_USER_SOCKETS]
