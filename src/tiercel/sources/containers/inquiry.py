"""Asking runtimes: which of them, how often, and what their answers together mean.

For one container the runtimes that may know it are asked at once, those of root only. Each says yes (a
description), no, or nothing (away, too slow, a bad answer). A yes ends it. Where all say nothing, the files are
looked at. A no may come too early: a process is in its container's cgroup before its runtime has written it down.
So the question is put again, after longer and longer pauses; a no that stays is one. A user's own runtime is asked
last, and only about containers in that user's slice: what it says of others is not its to say.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tiercel.errors import SourceError
from tiercel.sources.containers import docker, grpc
from tiercel.sources.containers.answers import AwayError, RefusedError
from tiercel.sources.containers.bundles import Bundles
from tiercel.sources.containers.cgroup_path import Candidate
from tiercel.sources.containers.containerd import Containerd
from tiercel.sources.containers.cri import Cri
from tiercel.sources.containers.description import Description
from tiercel.sources.containers.docker import Docker
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.podman import Podman
from tiercel.sources.containers.runtime import Runtime
from tiercel.sources.containers.sockets import Place, RuntimeSockets

PAUSES = (0.02, 0.03, 0.05, 0.05, 0.1, 0.1, 0.15, 0.25, 0.5, 1.0)  # seconds before a question is put again
PATIENCE = 4.0  # seconds after which it is not put again
AT_ONCE = 4  # requests to one runtime
WEARY = 3  # failures in a row after which a runtime is let alone for REST seconds
REST = 5.0
# containerd tells of everybody's containers; whoever asked for them tells more.
LAST = Engine.CONTAINERD

# Falco's engines for a path of CRI are one here.
_ASKED_AS = {Engine.CRIO: Engine.CRI}


@dataclass(frozen=True, slots=True)
class Found:
    """A container, and the uid of whose word it is (None: root's)."""

    description: Description
    user: int | None = None


@dataclass(frozen=True, slots=True)
class Nobody:
    """No runtime knows it. `sure`: at least one that could said so, and all that could were heard."""

    sure: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer. `refused`: the runtime is well, but does not say it now."""

    reason: str
    refused: bool = False


@dataclass(slots=True)
class Peer:
    """A socket and the runtime behind it, made when the socket is there."""

    place: Place
    runtime: Runtime | None = None
    gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    failures: int = 0
    rested_at: float = 0.0
    problem: str = ""

    @property
    def engine(self) -> Engine:
        return self.runtime.engine if self.runtime else self.place.engine


class Inquiry:
    """Runtimes behind the sockets of a configuration, for one event loop; `seconds` is the time of each request."""

    def __init__(self, sockets: RuntimeSockets, seconds: float, poll_seconds: float) -> None:
        self._sockets = sockets
        self._seconds = seconds
        self._poll_seconds = poll_seconds
        self.peers: dict[Place, Peer] = {}
        self.bundles = Bundles(sockets.root) if sockets.files else None
        self.errors: Counter[str] = Counter()  # by socket's path
        self.look_around()

    def look_around(self) -> list[Peer]:
        """Sockets that were not there before: users' come and go."""
        fresh = [Peer(place) for place in self._sockets.places() if place not in self.peers]
        for peer in fresh:
            self.peers[peer.place] = peer
        for place in [p for p in self.peers if p.user is not None and not p.there()]:
            del self.peers[place]
        return fresh

    async def open(self, peer: Peer) -> Runtime | None:
        """The runtime; None where its socket is not there. Raises SourceError."""
        if not peer.place.there():
            peer.runtime = None
            return None
        if peer.runtime is None:
            peer.runtime = await self._make(peer.place)
        return peer.runtime

    async def _make(self, place: Place) -> Runtime:
        size = self._sockets.with_size
        if place.engine in (Engine.CRI, Engine.CONTAINERD):
            if not grpc.INSTALLED:
                raise AwayError(f"{place.path}: asking it takes a package more: pip install 'tiercel[cri]'")
            if place.engine is Engine.CRI:
                return Cri(place.path, self._seconds, size, self._poll_seconds)
            return Containerd(place.path, self._seconds, size)
        # Where podman stands in for Docker, its socket is linked to Docker's name.
        if place.engine is Engine.PODMAN or await docker.speaks_podman(place.path, self._seconds):
            return Podman(place.path, self._seconds, size)
        return Docker(place.path, self._seconds, size)

    def failed(self, peer: Peer, error: Exception) -> str:
        """Counts it; says what it was."""
        self.errors[peer.place.path] += 1
        peer.problem = str(error) or type(error).__name__
        if isinstance(error, RefusedError):
            return peer.problem  # a container that is half made, as a rule
        peer.failures += 1
        if peer.failures >= WEARY:
            peer.rested_at = asyncio.get_running_loop().time() + REST
        return peer.problem

    async def find(self, candidate: Candidate, told: Callable[[], bool]) -> Found | Nobody | None:
        """Who knows it; asks again until the pauses are over. None where meanwhile it was `told` otherwise."""
        clock = asyncio.get_running_loop().time
        began = clock()
        outcome = await self.find_now(candidate, last=False)
        for n, pause in enumerate(PAUSES):
            if isinstance(outcome, Found) or not candidate.engines or clock() - began > PATIENCE:
                break
            await asyncio.sleep(pause)
            if told():
                return None
            outcome = await self.find_now(candidate, last=n == len(PAUSES) - 1)
        return outcome

    async def find_now(self, candidate: Candidate, last: bool = True) -> Found | Nobody:
        """One round of asking. Where a runtime does answer, files are left to the `last` one: they know less."""
        engines = {_ASKED_AS.get(e, e) for e in candidate.engines}
        able = [p for p in self.peers.values() if p.engine in engines]
        trusted = [p for p in able if p.place.user is None]
        said_no = heard = False
        reasons: list[str] = []
        groups: tuple[list[Peer], ...] = (
            [p for p in trusted if p.engine is not LAST],
            [p for p in trusted if p.engine is LAST],
            [p for p in able if p.place.user is not None and p.place.user == candidate.user],
        )
        for n, group in enumerate(groups):
            if n == len(groups) - 1 and (last or not heard):
                found = self._in_files(candidate, reasons)
                if found is not None:
                    return found
            for answer in await self._ask_all(group, candidate.full_id):
                if isinstance(answer, Description):
                    return Found(answer, group[0].place.user)
                if isinstance(answer, Silence):
                    reasons.append(answer.reason)
                    heard = heard or answer.refused
                else:
                    said_no = said_no or answer
                    heard = heard or answer
        if reasons:
            return Nobody(False, reasons[0])
        if not candidate.engines:
            return Nobody(True, "no runtime makes such a folder")
        if said_no or (candidate.named and not any(p.place.there() for p in trusted)):
            return Nobody(True, "no runtime knows it")
        return Nobody(False, "no runtime of that kind answers here")

    def _in_files(self, candidate: Candidate, reasons: list[str]) -> Found | None:
        if self.bundles is None:
            return None
        for user in (None,) if candidate.user is None else (None, candidate.user):
            try:
                seen = self.bundles.find(candidate.full_id, user)
            except SourceError as e:
                self.errors["files"] += 1
                reasons.append(str(e))
                continue
            if seen is not None:
                return Found(seen, user)
        return None

    async def _ask_all(self, peers: list[Peer], container_id: str) -> list[Description | bool | Silence]:
        # Descriptions, True for a no, False where there is no socket, or why there is no answer. The first
        # description ends it.
        answers: list[Description | bool | Silence] = []
        tasks = [asyncio.create_task(self._ask(p, container_id)) for p in peers]
        try:
            for done in asyncio.as_completed(tasks):
                answers.append(await done)
                if isinstance(answers[-1], Description):
                    return answers[-1:]
        finally:
            for task in tasks:
                task.cancel()
        return answers

    async def _ask(self, peer: Peer, container_id: str) -> Description | bool | Silence:
        if peer.rested_at > asyncio.get_running_loop().time() and peer.place.there():
            return Silence(peer.problem)
        try:
            async with peer.gate:
                runtime = await self.open(peer)
                seen = await runtime.find(container_id) if runtime else None
        except SourceError as e:
            return Silence(self.failed(peer, e), isinstance(e, RefusedError))
        except Exception as e:  # whatever an answer made go wrong must not end the watch
            return Silence(self.failed(peer, AwayError(f"{peer.place.path}: {type(e).__name__}: {e}")))
        if runtime is None:
            return False
        peer.failures = 0
        return seen if seen is not None else True
