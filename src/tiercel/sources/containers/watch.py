"""The watch over containers: a thread that asks runtimes, beside the loop that judges events."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from tiercel.sources.containers.sockets import RuntimeSockets
from tiercel.sources.containers.told import Told
from tiercel.sources.containers.watcher import Watcher

MAX_ASKED = 4_096  # questions that wait or are being asked
MAX_AT_ONCE = 64  # of them being asked
MAX_TOLD = 16_384  # results that wait to be taken
MAX_TOLD_BYTES = 64 << 20
MAX_ID = 128
STOP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class WatchCounts:
    """For metrics; all but `waiting` and `being_asked` only grow.

    `refused`: questions for which there was no room. `dropped`: results that nobody took in time. `lost_notices`:
    happenings that came faster than they were looked into. `errors` by socket: failures of asking it; `problems`:
    what the last was.
    """

    asked: int
    answered: int
    refused: int
    told: int
    dropped: int
    waiting: int
    being_asked: int
    notices: int
    lost_notices: int
    errors: Mapping[str, int]
    problems: Mapping[str, str]


class ContainerWatch:
    """See the package's description for its use. `seconds` is the time of each request to a runtime.

    `ask`, `take`, `counts` may be called from any one thread, and wait for nothing.
    """

    def __init__(
        self, sockets: RuntimeSockets | None = None, *, seconds: float = 2.0, poll_seconds: float = 5.0
    ) -> None:
        self._sockets = sockets or RuntimeSockets()
        self._seconds = seconds
        self._poll_seconds = poll_seconds
        self._questions: deque[tuple[str, bytes]] = deque()
        self._open: set[str] = set()  # ids asked for and not yet answered
        self._told: deque[tuple[Told, int]] = deque()
        self._told_bytes = 0  # of all ever told; written by the watch only
        self._taken_bytes = 0  # of all ever taken; written by who takes only
        self._asked = self._refused = self._answered = self._said = self._dropped = 0
        self._at_once = 0
        self._working: set[asyncio.Task[None]] = set()
        self._watcher: Watcher | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._ready = threading.Event()
        self._listed = threading.Event()

    # ---- for the loop

    def start(self) -> None:
        """Begins to list what runs, and to follow it."""
        if self._thread is not None:
            return
        self._thread = threading.Thread(target=self._run, name="tiercel-containers", daemon=True)
        self._thread.start()
        self._ready.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Ends the thread; results that wait can still be taken."""
        thread, loop, stop = self._thread, self._loop, self._stop
        if thread is None:
            return
        if loop is not None and stop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(stop.set)
        thread.join(STOP_SECONDS)
        self._thread = None

    def wait_listed(self, seconds: float) -> bool:
        """Waits until all that ran at the start is told, at most `seconds`; says whether it is."""
        return self._listed.wait(seconds)

    def ask(self, container_id: str, cgroups: bytes = b"") -> bool:
        """What is the container with this short id? `cgroups` is the list of a thread in it, as the state keeps it.

        Never waits. The answer comes from `take`: one of `ContainerInfo`, `NotAContainer`, `ContainerUnknown`.
        Asking for what is being asked costs a look into a set. False where there is no room: ask again later.
        """
        if container_id in self._open:
            return True
        loop = self._loop
        if (
            loop is None
            or len(self._open) >= MAX_ASKED
            or not container_id
            or len(container_id) > MAX_ID
            or "/" in container_id
        ):
            self._refused += 1
            return False
        self._open.add(container_id)
        self._questions.append((container_id, cgroups))
        self._asked += 1
        try:
            loop.call_soon_threadsafe(self._serve)
        except RuntimeError:  # it ends just now
            self._open.discard(container_id)
            return False
        return True

    def take(self, most: int = 256) -> list[Told]:
        """What was told since, the oldest first, at most `most`."""
        out: list[Told] = []
        while len(out) < most:
            try:
                told, size = self._told.popleft()
            except IndexError:
                break
            self._taken_bytes += size
            out.append(told)
        return out

    def counts(self) -> WatchCounts:
        watcher = self._watcher
        return WatchCounts(
            asked=self._asked,
            answered=self._answered,
            refused=self._refused,
            told=self._said,
            dropped=self._dropped,
            waiting=len(self._told),
            being_asked=len(self._open),
            notices=watcher.notices if watcher else 0,
            lost_notices=watcher.lost_notices if watcher else 0,
            errors=dict(watcher.inquiry.errors) if watcher else {},
            problems={p.place.path: p.problem for p in list(watcher.inquiry.peers.values()) if p.problem}
            if watcher
            else {},
        )

    # ---- in the thread

    def _run(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            asyncio.run(self._watch())
        self._loop = None
        self._ready.set()
        self._listed.set()

    async def _watch(self) -> None:
        self._stop = asyncio.Event()
        self._watcher = Watcher(self._sockets, self._tell, self._seconds, self._poll_seconds)
        loop = asyncio.get_running_loop()
        # A task that fails has been counted; its traceback is nobody's to read.
        loop.set_exception_handler(lambda *_: None)
        self._loop = loop
        self._ready.set()
        following = asyncio.create_task(self._watcher.follow(self._listed.set))
        self._serve()
        await self._stop.wait()
        self._loop = None
        following.cancel()

    def _tell(self, told: Told, size: int) -> bool:
        if len(self._told) >= MAX_TOLD or self._told_bytes - self._taken_bytes + size > MAX_TOLD_BYTES:
            self._dropped += 1
            return False
        self._told_bytes += size
        self._told.append((told, size))
        self._said += 1
        return True

    def _serve(self) -> None:
        while self._at_once < MAX_AT_ONCE and self._loop is not None:
            try:
                container_id, cgroups = self._questions.popleft()
            except IndexError:
                return
            self._at_once += 1
            task = asyncio.create_task(self._answer(container_id, cgroups))
            self._working.add(task)
            task.add_done_callback(self._working.discard)

    async def _answer(self, container_id: str, cgroups: bytes) -> None:
        assert self._watcher is not None
        try:
            await self._watcher.answer(container_id, cgroups)
            self._answered += 1
        finally:
            self._at_once -= 1
            self._open.discard(container_id)
            self._serve()
