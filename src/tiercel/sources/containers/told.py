"""What a `ContainerWatch` tells: descriptions of containers, and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass

from tiercel.sources.containers.description import Description, Mount
from tiercel.sources.containers.engines import Engine

# Names of Falco's asynchronous events.
ADDED = "container"
REMOVED = "container_removed"


@dataclass(frozen=True, slots=True)
class ContainerInfo:
    """A container is known. `document` is the data of an `ADDED` event (without the NUL that ends it there).

    `user` is the uid of whoever owns the runtime that said so, None where that is root: what a user's runtime says
    is the user's word.
    """

    id: str
    document: bytes
    description: Description
    user: int | None = None


@dataclass(frozen=True, slots=True)
class NotAContainer:
    """Every runtime that could know the id was asked, and none does: the folder only looks like a container's.

    `outer` is the short id of the container around it which one does know; empty where there is none, and the
    process is one of the host.
    """

    id: str
    outer: str = ""


@dataclass(frozen=True, slots=True)
class ContainerUnknown:
    """Nobody could say: no runtime of that kind is there, or none answered. Nothing comes until it is asked again."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerStarted:
    """A container's first process runs. `pid` is 0 where the runtime does not tell it; `time_ns` since 1970."""

    id: str
    full_id: str
    engine: Engine
    time_ns: int
    pid: int
    name: str
    image: str
    image_id: str
    image_digest: str
    privileged: bool
    mounts: tuple[Mount, ...]
    pod_sandbox_id: str
    pod: str
    user: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerStopped:
    """A container's first process is gone. `document` is the data of a `REMOVED` event."""

    id: str
    full_id: str
    engine: Engine
    time_ns: int
    exit_code: int | None
    document: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerExec:
    """A command was brought into a running container. `pid` is 0, `command` empty where the runtime does not tell.

    `probe`: it is one of the container's health probes.
    """

    id: str
    full_id: str
    engine: Engine
    time_ns: int
    exec_id: str
    pid: int
    command: tuple[str, ...]
    probe: bool = False


Told = ContainerInfo | NotAContainer | ContainerUnknown | ContainerStarted | ContainerStopped | ContainerExec
