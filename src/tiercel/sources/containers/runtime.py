"""What the watch asks of a runtime, whichever it is."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from tiercel.sources.containers.description import Description
from tiercel.sources.containers.engines import Engine


class Happening(Enum):
    """What a runtime's stream tells of a container."""

    STARTED = "started"
    STOPPED = "stopped"
    REMOVED = "removed"
    EXEC = "exec"
    CHANGED = "changed"  # what was known of it holds no more


@dataclass(frozen=True, slots=True)
class Notice:
    """One happening. `time_ns` since 1970; `pid`, `exec_id`, `command`, `exit_code` where the runtime tells them."""

    happening: Happening
    full_id: str
    time_ns: int
    pid: int = 0
    exec_id: str = ""
    command: tuple[str, ...] = ()
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A command that was brought into a running container. `pid` is 0 where it is over already."""

    exec_id: str
    pid: int
    command: tuple[str, ...]


class Runtime(Protocol):
    """A runtime behind a socket. All methods raise AwayError (not reached, too slow) and AnswerError (a bad answer)."""

    engine: Engine

    async def find(self, container_id: str) -> Description | None:
        """The container with that id, or whose id begins so; None where the runtime has none."""
        ...

    async def running(self) -> list[str]:
        """Whole ids of the containers that run."""
        ...

    def notices(self) -> AsyncGenerator[Notice, None]:
        """What happens, until the runtime ends the stream."""
        ...

    async def session(self, full_id: str, exec_id: str) -> Session | None:
        """What runs as that exec; None where the runtime does not tell."""
        ...
