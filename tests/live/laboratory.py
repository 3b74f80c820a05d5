"""Where actions are performed: on the host, or in a container, and what the sensor said about each."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import shlex
import shutil
import tempfile
import termios
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from attack_table import WORK, Action, Place
from detached import run_detached
from live_cgroup import HostCgroup
from live_container import PROGRAMS, Container
from live_programs import located
from live_sensor import LATE_SECONDS, MARK, Seen, Sensor

SECONDS = 60
# The script that makes the page about attacks asks for the outcomes here.
OUTCOMES = os.environ.get("TIERCEL_LIVE_OUTCOMES")

# What the actions on the host need to be there: made where it is not, and removed afterwards.
HOST_FILES = ("/home/someone-tiercel-live/.ssh/id_rsa",)
HOST_FOLDERS = ("/var/lib/rpm", "/etc/apt/sources.list.d", "/etc/cron.d", "/mnt")

_OURS = re.compile(r"(/[^\s\"';]*tiercel-live[^\s\"';]*)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an action. `text` is what its program wrote."""

    action: str
    place: Place
    code: int
    text: str
    rules: tuple[str, ...]


class Laboratory:
    def __init__(self, sensor: Sensor, programs: Path, container: Callable[[Place], Container]) -> None:
        self.sensor = sensor
        self.programs = programs
        self._container = container
        self._cgroup = HostCgroup()
        self._made: list[Path] = []
        self._outcomes: list[Outcome] = []
        self.work = Path(tempfile.mkdtemp(prefix="work-", dir=programs))
        for name, text in WORK.items():
            (self.work / name).write_text(text)
        for folder in HOST_FOLDERS:
            self._make(Path(folder))
        for file in map(Path, HOST_FILES):
            self._make(file.parent)
            file.write_text("no key\n")
            self._made.append(file)

    def _make(self, folder: Path) -> None:
        if not folder.exists():
            self._make(folder.parent)
            folder.mkdir()
            self._made.append(folder)

    def close(self) -> None:
        for path in reversed(self._made):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        shutil.rmtree(self.work)
        self._cgroup.remove()
        if OUTCOMES:
            Path(OUTCOMES).write_text(json.dumps([asdict(outcome) for outcome in self._outcomes]))

    def words(self, command: str, place: Place) -> list[str]:
        """The command's words, as they are started there."""
        folder, work = (str(self.programs), str(self.work)) if place is Place.HOST else (PROGRAMS, "/work")
        words = shlex.split(command)
        return [located(word, folder).replace("{work}", work).replace("{bin}", folder) for word in words]

    def run(
        self, words: list[str], place: Place, env: dict[str, str], *, terminal: bool = False
    ) -> tuple[int, str]:
        """Runs a command, and gives its exit code and what it wrote."""
        if place is Place.HOST:
            return self._run_on_host(words, env, terminal=terminal)
        result = self._container(place).run(words, env, terminal=terminal)
        return result.returncode, result.stdout + result.stderr

    def _run_on_host(self, words: list[str], env: dict[str, str], *, terminal: bool) -> tuple[int, str]:
        """Runs it in a session of its own, with a clean environment; in a terminal of its own where it wants one."""
        everywhere = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **env}
        if not terminal:
            with tempfile.TemporaryFile("w+", errors="replace") as written:

                def begin() -> None:
                    self._cgroup.enter()
                    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                    os.dup2(written.fileno(), 1)
                    os.dup2(written.fileno(), 2)

                code = run_detached(begin, words, everywhere, SECONDS)
                written.seek(0)
                return code, written.read()
        ours, theirs = pty.openpty()

        def enter() -> None:
            self._cgroup.enter()
            fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(theirs, fd)

        try:
            return run_detached(enter, words, everywhere, SECONDS), ""
        finally:
            os.close(ours)
            os.close(theirs)

    def perform(self, action: Action, place: Place) -> Outcome:
        """Performs it, and waits for what the sensor says: for all that is expected, but not for ever."""
        mark = f"{action.name}@{place}"
        env = dict(word.split("=", 1) for word in action.env)
        words = self.words(action.command, place)
        if place is not Place.HOST:
            self._container(place)  # what its start raises is not about this
        try:
            code, text = self.run(words, place, {**env, MARK: mark}, terminal=action.terminal)
        finally:
            if place is Place.HOST:
                self._undo(" ".join(words))
        return self.told(action, place, code, text)

    def told(self, action: Action, place: Place, code: int = 0, text: str = "") -> Outcome:
        """What the sensor said about an action that has been performed."""
        self.sensor.settle()
        mark = f"{action.name}@{place}"
        for rule in (*action.stock_at(place), *action.own_at(place)):
            self.sensor.wait(lambda seen, rule=rule: is_about(seen, mark, rule), LATE_SECONDS)
        rules = dict.fromkeys(seen.rule for seen in self.sensor.alerts(mark))
        outcome = Outcome(action.name, place, code, text.strip(), tuple(rules))
        self._outcomes.append(outcome)
        return outcome

    def _undo(self, command: str) -> None:
        for path in map(Path, _OURS.findall(command)):
            if path.is_relative_to(self.programs) or path in self._made:
                continue
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)


def is_about(seen: Seen, mark: str, rule: str) -> bool:
    return seen.action == mark and seen.rule == rule
