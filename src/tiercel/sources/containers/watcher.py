"""The watch's own side: answers questions, follows what runtimes tell, and says each thing once.

Everything here runs in the one event loop of the watch's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tiercel.errors import SourceError
from tiercel.sources.containers.answers import AwayError
from tiercel.sources.containers.cgroup_path import ANY, Candidate, candidate
from tiercel.sources.containers.description import ID, SHORT_ID, Description
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.inquiry import Found, Inquiry, Nobody, Peer
from tiercel.sources.containers.remembered import Remembered
from tiercel.sources.containers.runtime import Happening, Notice, Runtime
from tiercel.sources.containers.sockets import RuntimeSockets
from tiercel.sources.containers.told import (
    ContainerExec,
    ContainerInfo,
    ContainerStarted,
    ContainerStopped,
    ContainerUnknown,
    NotAContainer,
    Told,
)

MAX_REMEMBERED = 8_192
MAX_REMEMBERED_BYTES = 32 << 20
MAX_NOTICES = 1_024  # of one runtime that wait
MAX_LISTED = 16_384  # containers of one runtime that are described at the start
KNOWN_SECONDS = 600.0  # an answer is good for so long, where nothing tells of a change before
NOT_SECONDS = 10.0
UNKNOWN_SECONDS = 5.0
AGAIN_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0)  # before a stream that broke is opened again
LOOK_SECONDS = 5.0  # between two looks for sockets that were not there
MAX_OUTER = 4
SESSION_SECONDS = 0.05
MAX_SESSIONS = 64  # that are looked at at once


@dataclass(frozen=True, slots=True)
class _Running:
    pid: int
    told: ContainerInfo


class Watcher:
    """`tell` takes what is told, with its size in bytes, and says whether there was room for it."""

    def __init__(
        self,
        sockets: RuntimeSockets,
        tell: Callable[[Told, int], bool],
        seconds: float = 2.0,
        poll_seconds: float = 5.0,
    ) -> None:
        self.inquiry = Inquiry(sockets, seconds, poll_seconds)
        self.notices = 0
        self.lost_notices = 0
        self._label_max_len = sockets.label_max_len
        self._tell = tell
        self._answers: Remembered[str, ContainerInfo | NotAContainer | ContainerUnknown] = Remembered(
            MAX_REMEMBERED, MAX_REMEMBERED_BYTES
        )
        self._running: Remembered[str, _Running] = Remembered(2 * MAX_REMEMBERED, MAX_REMEMBERED_BYTES)
        self._stopped: Remembered[str, _Running] = Remembered(MAX_REMEMBERED, MAX_REMEMBERED_BYTES)
        self._execs: Remembered[tuple[str, str], bool] = Remembered(MAX_REMEMBERED)
        self._pids: Remembered[tuple[str, str], int] = Remembered(MAX_REMEMBERED)
        self._tasks: set[asyncio.Task[None]] = set()

    # ---- questions

    async def answer(self, container_id: str, cgroups: bytes) -> None:
        """Tells what the id is: `ContainerInfo`, `NotAContainer` or `ContainerUnknown`."""
        known = self._answers.get(container_id)
        if known is not None:
            self._say(known)
            return
        asked = candidate(container_id, cgroups)
        try:
            outcome = await self.inquiry.find(asked, lambda: self._answers.get(container_id) is not None)
        except Exception as e:  # who asks gets an answer, whatever went wrong
            self.inquiry.errors["questions"] += 1
            outcome = Nobody(False, f"{type(e).__name__}: {e}")
        if outcome is None:
            return  # its start was told while the question was open, and with it what it is
        if isinstance(outcome, Found):
            self._describe(outcome, container_id)
            return
        gone = self._stopped.get(asked.full_id)
        if gone is not None:
            # It was one, and was removed before it could be asked for.
            self._say(gone.told)
        elif outcome.sure:
            self._remember(NotAContainer(container_id, await self._outer(asked)), NOT_SECONDS)
        else:
            self._remember(ContainerUnknown(container_id, outcome.reason), UNKNOWN_SECONDS)

    async def _outer(self, asked: Candidate) -> str:
        for outer in asked.outer[:MAX_OUTER]:
            known = self._answers.get(outer)
            if isinstance(known, ContainerInfo):
                return outer
            found = await self.inquiry.find_now(Candidate(outer, ANY, user=asked.user))
            if isinstance(found, Found):
                self._describe(found, outer)
                return outer
        return ""

    def _remember(self, told: NotAContainer | ContainerUnknown, seconds: float) -> None:
        self._answers.put(told.id, told, seconds)
        self._say(told)

    def _describe(self, found: Found, container_id: str = "") -> None:
        # Says what is known of a container, if that is news, and that it has started, if that is.
        seen = found.description
        told = ContainerInfo(seen.id, seen.document(self._label_max_len), seen, found.user)
        old = self._answers.get(told.id)
        if isinstance(old, ContainerInfo):
            if old.user is None and found.user is not None:
                return
            if old.document == told.document and not container_id:
                self._started(seen, told)
                return
        if self._say(told):
            self._answers.put(told.id, told, KNOWN_SECONDS, len(told.document))
        self._started(seen, told)

    def _started(self, seen: Description, told: ContainerInfo, surely: bool = False) -> None:
        # `surely`: the runtime told so, even where the process is gone by now.
        if not (seen.pid or surely):
            return
        before = self._running.get(seen.full_id)
        if before is None or seen.pid:
            size = len(told.document)
            self._running.put(seen.full_id, _Running(seen.pid, told), float("inf"), size)
        if before is not None and seen.pid in (before.pid, 0):
            return
        self._stopped.forget(seen.full_id)
        self._say(
            ContainerStarted(
                id=seen.id,
                full_id=seen.full_id,
                engine=seen.engine,
                time_ns=seen.started_ns or seen.created_ns or time.time_ns(),
                pid=seen.pid,
                name=seen.name,
                image=seen.image,
                image_id=seen.image_id,
                image_digest=seen.image_digest,
                privileged=seen.privileged,
                mounts=seen.mounts,
                pod_sandbox_id=seen.pod_sandbox_id,
                pod=seen.pod,
                user=told.user,
            )
        )

    def _say(self, told: Told) -> bool:
        return self._tell(
            told, len(told.document) if isinstance(told, ContainerInfo | ContainerStopped) else 256
        )

    # ---- what runtimes tell

    async def follow(self, listed: Callable[[], None]) -> None:
        """Lists what runs, then follows all runtimes until cancelled; `listed` is called after the first lists."""
        loop = asyncio.get_running_loop()
        first = [loop.create_future() for _ in self._own()]
        for peer, done in zip(self._own(), first, strict=True):
            self._spawn(self._follow(peer, done))
        if first:
            await asyncio.wait(first)
        await self._list_files()
        listed()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for peer in self.inquiry.look_around():
                if peer.place.user is None:
                    self._spawn(self._follow(peer, None))

    def _own(self) -> list[Peer]:
        # What a user's runtime tells unasked is not followed: it could tell of anybody's containers.
        return [p for p in self.inquiry.peers.values() if p.place.user is None]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, peer: Peer, listed: asyncio.Future[None] | None) -> None:
        broken = 0
        while True:
            began = time.monotonic()
            try:
                runtime = await self.inquiry.open(peer)
                if runtime is not None:
                    await self._stream(peer, runtime, listed)
            except Exception as e:  # a stream that broke is opened again, whatever broke it
                self.inquiry.failed(peer, e)
                runtime = peer.runtime
            if listed is not None and not listed.done():
                listed.set_result(None)
            if runtime is None:
                broken = 0
                await asyncio.sleep(LOOK_SECONDS)
                continue
            broken = 0 if time.monotonic() - began > 60 else broken + 1
            await asyncio.sleep(AGAIN_SECONDS[min(broken, len(AGAIN_SECONDS)) - 1])

    async def _stream(self, peer: Peer, runtime: Runtime, listed: asyncio.Future[None] | None) -> None:
        # The stream is opened before the list is read, so that nothing happens between the two.
        waiting: asyncio.Queue[Notice] = asyncio.Queue(MAX_NOTICES)

        async def hear() -> None:
            async with contextlib.aclosing(runtime.notices()) as notices:
                async for notice in notices:
                    self.notices += 1
                    if not ID.fullmatch(notice.full_id):
                        continue
                    try:
                        waiting.put_nowait(notice)
                    except asyncio.QueueFull:
                        self.lost_notices += 1

        async def work() -> None:
            await self._list(peer, runtime)
            if listed is not None and not listed.done():
                listed.set_result(None)
            while True:
                await self._heed(peer, runtime, await waiting.get())

        hearing, working = asyncio.create_task(hear()), asyncio.create_task(work())
        try:
            done, _ = await asyncio.wait({hearing, working}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            while not waiting.empty():  # the stream ended in peace; what it told last counts
                await self._heed(peer, runtime, waiting.get_nowait())
        finally:
            for task in (hearing, working):
                task.cancel()
            await asyncio.gather(hearing, working, return_exceptions=True)

    async def _list(self, peer: Peer, runtime: Runtime) -> None:
        ids = [i for i in dict.fromkeys(await runtime.running()) if ID.fullmatch(i)][:MAX_LISTED]
        left = iter(ids)

        async def describe() -> None:
            for full_id in left:
                found = await self._find(peer, runtime, full_id)
                if found is not None:
                    self._describe(found)

        await asyncio.gather(*(describe() for _ in range(4)))

    async def _list_files(self) -> None:
        bundles = self.inquiry.bundles
        if bundles is None:
            return
        known = set(self._running.keys())
        for full_id in bundles.running()[:MAX_LISTED]:
            if full_id in known:
                continue
            with contextlib.suppress(SourceError):
                seen = bundles.find(full_id)
                if seen is not None:
                    self._describe(Found(seen))
            await asyncio.sleep(0)

    async def _find(self, peer: Peer, runtime: Runtime, full_id: str) -> Found | None:
        try:
            async with peer.gate:
                seen = await runtime.find(full_id)
        except SourceError as e:
            self.inquiry.failed(peer, e)
            return None
        except Exception as e:  # as for a question
            self.inquiry.failed(peer, AwayError(f"{type(e).__name__}: {e}"))
            return None
        peer.failures = 0
        return None if seen is None else Found(seen, peer.place.user)

    async def _heed(self, peer: Peer, runtime: Runtime, notice: Notice) -> None:
        short = notice.full_id[:SHORT_ID]
        match notice.happening:
            case Happening.STARTED:
                found = await self._best(peer, runtime, notice.full_id)
                if found is not None:
                    self._describe(found)
                seen = found.description if found else self._bare(runtime, notice)
                self._started(seen, self._info(seen), surely=True)
            case Happening.CHANGED:
                found = await self._best(peer, runtime, notice.full_id)
                if found is not None:
                    self._describe(found)
            case Happening.STOPPED | Happening.REMOVED:
                self._answers.forget(short)
                self._ended(runtime, notice)
            case Happening.EXEC if notice.exec_id and len(self._tasks) < MAX_SESSIONS:
                self._spawn(self._session(runtime, notice, SESSION_SECONDS))
            case Happening.EXEC:
                await self._session(runtime, notice, 0)

    async def _best(self, peer: Peer, runtime: Runtime, full_id: str) -> Found | None:
        # containerd's stream tells of containers that Docker or Kubernetes asked for, too: those tell more of them.
        if runtime.engine is Engine.CONTAINERD:
            outcome = await self.inquiry.find_now(Candidate(full_id, ANY))
            return outcome if isinstance(outcome, Found) else None
        return await self._find(peer, runtime, full_id)

    def _bare(self, runtime: Runtime, notice: Notice) -> Description:
        return Description(
            engine=runtime.engine, full_id=notice.full_id, pid=notice.pid, started_ns=notice.time_ns
        )

    def _info(self, seen: Description) -> ContainerInfo:
        return ContainerInfo(seen.id, seen.document(self._label_max_len), seen)

    def _ended(self, runtime: Runtime, notice: Notice) -> None:
        if self._stopped.get(notice.full_id):
            return
        row = self._running.forget(notice.full_id)
        if row is None and notice.happening is Happening.REMOVED:
            return  # it never ran
        row = row or _Running(0, self._info(self._bare(runtime, notice)))
        self._stopped.put(notice.full_id, row, KNOWN_SECONDS, len(row.told.document))
        self._say(
            ContainerStopped(
                id=notice.full_id[:SHORT_ID],
                full_id=notice.full_id,
                engine=row.told.description.engine,
                time_ns=notice.time_ns or time.time_ns(),
                exit_code=notice.exit_code,
                document=row.told.document,
            )
        )

    async def _session(self, runtime: Runtime, notice: Notice, pause: float) -> None:
        # Docker tells of an exec before its process is there: after a pause it is looked at once more.
        row = self._running.get(notice.full_id)
        if runtime.engine is Engine.CONTAINERD and row and row.told.description.engine is Engine.DOCKER:
            # Docker tells the command, and its containerd the pid.
            self._pids.put((notice.full_id, notice.exec_id), notice.pid, KNOWN_SECONDS)
            return
        session = None
        try:
            session = await runtime.session(notice.full_id, notice.exec_id)
            if session is not None and not session.pid and pause:
                await asyncio.sleep(pause)
                session = await runtime.session(notice.full_id, notice.exec_id) or session
        except SourceError:
            self.inquiry.errors["sessions"] += 1
        exec_id = session.exec_id if session else notice.exec_id
        if exec_id:
            if self._execs.get((notice.full_id, exec_id)):
                return
            self._execs.put((notice.full_id, exec_id), True, KNOWN_SECONDS)
        pid = (session.pid if session else 0) or notice.pid or self._pids.get((notice.full_id, exec_id)) or 0
        command = (session.command if session else ()) or notice.command
        probes = row.told.description.probes if row else ()
        self._say(
            ContainerExec(
                id=notice.full_id[:SHORT_ID],
                full_id=notice.full_id,
                engine=row.told.description.engine if row else runtime.engine,
                time_ns=notice.time_ns or time.time_ns(),
                exec_id=exec_id,
                pid=pid,
                command=command,
                probe=any(command == (p.exe, *p.args) for p in probes),
            )
        )
