"""Rules that are read again while the sensor runs: on SIGHUP, and where their files change.

**Looking.** The state of each file and folder (device, inode, size, times) is looked at twice a second, through links.
That is a few stat(2) calls. Unlike inotify it needs no instance, of which a node has 128 for each user; it sees changes
made elsewhere on a network file system; and it needs no choice of what to watch in a chain of links: a Kubernetes
ConfigMap changes by one link in its middle (`..data`), and the names that were given stay as they are. A change is
taken up when it has stood still for SETTLED looks, so that a copy of many files is one change.

**Loading.** Reading and planning the stock rules takes about 0.4 s. A thread does it, while the loop goes on with the
old rules; the loop takes the new ones over between two batches (`taken`). A broken file leaves the old ones in place.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from tiercel.errors import TiercelError

Loaded = TypeVar("Loaded")

LOOK_SECONDS = 0.5
SETTLED = 2  # looks that see the same
LONGEST_LOOKS = 20  # a change that never stands still is taken up all the same
MOST_ENTRIES = 10_000  # of one folder

State = tuple[tuple[str, int, int, int, int, int], ...]


def look(paths: Sequence[Path]) -> State:
    """What says whether these files, and the files in these folders, are still the same."""
    found: list[tuple[str, int, int, int, int, int]] = []
    for path in paths:
        found.append(_state(str(path)))
        try:
            names = sorted(os.listdir(path))[:MOST_ENTRIES]
        except OSError:  # a file, or gone
            continue
        found += [_state(os.path.join(path, name)) for name in names]
    return tuple(found)


def _state(path: str) -> tuple[str, int, int, int, int, int]:
    try:
        s = os.stat(path)
    except OSError as e:
        return (path, e.errno or 0, 0, 0, 0, 0)
    return (path, s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns)


@dataclass
class ReloadCounts:
    """How often rules were loaded anew, or could not be; when last, in seconds since the epoch, and how it ended."""

    done: int = 0
    failed: int = 0
    last_time: float = 0.0
    last_ok: bool = True


class Reloader(Generic[Loaded]):
    """Loads rules in a thread of its own. `load` gives what `taken` hands out, or None where a file is broken (it has
    told the errors by then). `paths` are watched; none for SIGHUP alone.
    """

    def __init__(
        self, load: Callable[[], Loaded | None], paths: Sequence[Path], tell: Callable[[str], None]
    ) -> None:
        self.counts = ReloadCounts()
        self._load = load
        self._paths = list(paths)
        self._tell = tell
        self._wanted = False
        self._ready: deque[Loaded] = deque(maxlen=1)
        self._stop = False
        self._seen = look(self._paths)
        self._thread = threading.Thread(target=self._run, name="tiercel-reload", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop = True

    def request(self) -> None:
        """Loads anew, changed or not. May be called from a signal's handler: it sets a flag and nothing more."""
        self._wanted = True

    def taken(self) -> Loaded | None:
        """What was loaded since the last call; None where nothing was."""
        try:
            return self._ready.popleft()
        except IndexError:
            return None

    def _run(self) -> None:
        changed, same, looks = False, 0, 0
        next_look = 0.0
        while not self._stop:
            # Short, so that SIGHUP is answered soon; a lock that a signal's handler touches could stand still.
            time.sleep(0.1)
            if self._wanted:
                self._wanted = changed = False
                self._seen = look(self._paths)
                self._once("asked to")
                continue
            now = time.monotonic()
            if not self._paths or now < next_look:
                continue
            next_look = now + LOOK_SECONDS
            seen = look(self._paths)
            if seen != self._seen:
                self._seen = seen
                looks = looks + 1 if changed else 0
                changed, same = True, 0
            elif changed:
                same += 1
            if changed and (same >= SETTLED or looks >= LONGEST_LOOKS):
                changed, looks = False, 0
                self._once("rules have changed")

    def _once(self, why: str) -> None:
        self._tell(f"{why}: reading the rules again")
        try:
            loaded = self._load()
        except (TiercelError, OSError, MemoryError) as e:
            self._tell(str(e))
            loaded = None
        self.counts.last_time = time.time()
        self.counts.last_ok = loaded is not None
        if loaded is None:
            self.counts.failed += 1
            self._tell("the rules in use stay as they are")
        else:
            self.counts.done += 1
            self._ready.append(loaded)
