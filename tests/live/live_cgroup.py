"""A cgroup of the host's for what acts on the host.

Rules tell containers from the host by the cgroup. The tests themselves may run anywhere: in a container, or in a
cgroup that looks like one's (`/ci/3f4c...`). What is to act on the host gets a plain cgroup of its own, in every
hierarchy in which ours is not the root.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
NAME = f"tiercel-live-{os.getpid()}"


class HostCgroup:
    def __init__(self) -> None:
        self._folders = []
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            hierarchy = _hierarchy(controllers)
            if path == "/" or hierarchy is None:
                continue
            folder = hierarchy / NAME
            folder.mkdir()
            self._folders.append(folder)

    def enter(self) -> None:
        """Moves the calling process there: for a child, between fork and exec."""
        for folder in self._folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self) -> None:
        for folder in self._folders:
            with contextlib.suppress(OSError):  # a process that is still there keeps it
                folder.rmdir()


def _hierarchy(controllers: str) -> Path | None:
    """Where that hierarchy is mounted; None where it is not."""
    places = [ROOT / controllers.removeprefix("name=")] if controllers else [ROOT / "unified", ROOT]
    return next((place for place in places if (place / "cgroup.procs").exists()), None)
