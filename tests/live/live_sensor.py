"""`tiercel run`, live, as a process of its own; its alerts as they come; and which action each of them is about.

Every rule's output gets marks added (`RULES` below, by a rules file of the tests' own): the environment
variable ACTION of the process, which an action's whole process tree inherits and nobody else has; and the
file's names. So one sensor serves all tests at once.

`settle` waits until all that happened so far has been judged: it does a thing of its own, with a number in
it, and waits for the alert about that. Events are judged in their order, so what came before it has been
judged too.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tiercel.events.catalogue import CATALOGUE

MARK = "ACTION"
START_SECONDS = 60
SETTLE_SECONDS = 30
STOP_SECONDS = 20
LATE_SECONDS = 0.5  # alerts may wait for a container's name before they go out

# A file's names, where the sensor has them: as opened, and as it is.
MARKS = (
    "proc.env[ACTION]",
    "proc.pid",
    "fd.name",
    "tiercel.fd.true",
    "tiercel.fd.claimed",
    "container.image.repository",
)

BARRIER = "/dev/null/tiercel-settles-"
BARRIER_RULE = "The tests' barrier"
RACE_RULE = "The tests' race"
OWN_RULES: list[dict[str, Any]] = [
    {
        "rule": BARRIER_RULE,
        "desc": "The test waits for this one.",
        "condition": f"evt.type in (open, openat) and evt.arg.name startswith {BARRIER}",
        "output": "barrier %evt.arg.name",
        "priority": "DEBUG",
    },
    {
        "rule": RACE_RULE,
        "desc": "Every open of the program that races, whatever it opened.",
        "condition": "evt.type = openat and proc.name = race and fd.num >= 0",
        "output": "race %fd.ino %evt.arg.name %fd.nameraw",
        "priority": "DEBUG",
    },
]


@dataclass(frozen=True, slots=True)
class Seen:
    """An alert of the sensor's."""

    rule: str
    action: str  # empty for what no action did
    output: str
    fields: dict[str, Any]
    line: dict[str, Any]


def marked_rules(files: Iterable[Path], folder: Path, marks: Sequence[str]) -> Path:
    """A rules file that adds the marks to the output of every rule of these files, and the tests' own rules."""
    known = [mark for mark in marks if mark.partition("[")[0] in CATALOGUE]
    added = " | " + " ".join(f"{mark}=%{mark}" for mark in known)
    items: list[dict[str, Any]] = [dict(rule) for rule in OWN_RULES]
    names = {item["rule"] for file in files for item in yaml.safe_load(file.read_text()) if "rule" in item}
    for name in (*sorted(names), RACE_RULE):
        items.append({"rule": name, "output": added, "override": {"output": "append"}})
    path = folder / "marks.yaml"
    path.write_text(yaml.safe_dump(items, width=1000))
    return path


class Sensor:
    """A running sensor. `log` is what it wrote to standard error."""

    def __init__(self, rules: Sequence[Path], folder: Path, *options: str) -> None:
        self.log = folder / "sensor.err"
        self._lines: list[bytes] = []
        self._seen: list[Seen] = []
        self._news = threading.Condition()
        self._barriers = 0
        command = [str(Path(sys.executable).parent / "tiercel"), "run", "--format", "json", *options]
        for file in rules:
            command += ["-r", str(file)]
        self._error = self.log.open("wb")
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._error,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for (
            line
        ) in self.process.stdout:  # nothing is parsed here: it must keep up with a hundred thousand of them
            with self._news:
                self._lines.append(line)
                self._news.notify_all()

    def _parse(self) -> None:
        """Parses what has come; the lock is held."""
        for line in self._lines[len(self._seen) :]:
            alert = json.loads(line)
            fields = alert.get("output_fields") or {}
            action = fields.get(f"proc.env[{MARK}]") or ""
            self._seen.append(Seen(alert["rule"], action, alert["output"], fields, alert))

    def errors(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until_ready(self) -> None:
        """Raises RuntimeError where it ends, or does not answer in time."""
        until = time.monotonic() + START_SECONDS
        while not self._settled(0.5):
            if self.process.poll() is not None:
                raise RuntimeError(f"the sensor ended with {self.process.returncode}\n{self.errors()}")
            if time.monotonic() > until:
                raise RuntimeError(f"the sensor said nothing for {START_SECONDS} s\n{self.errors()}")

    def settle(self) -> None:
        """Waits until all that has happened is judged."""
        if not self._settled(SETTLE_SECONDS):
            state = "runs" if self.process.poll() is None else f"ended with {self.process.returncode}"
            raise AssertionError(f"the sensor ({state}) fell silent\n{self.errors()[-4000:]}")

    def _settled(self, seconds: float) -> bool:
        self._barriers += 1
        name = f"{BARRIER}{self._barriers}"
        with contextlib.suppress(OSError):
            os.open(name, os.O_RDONLY)
        return (
            self.wait(lambda seen: seen.rule == BARRIER_RULE and name in seen.output.split(), seconds)
            is not None
        )

    def wait(self, asked: Callable[[Seen], bool], seconds: float = LATE_SECONDS) -> Seen | None:
        """The first alert that is asked for, among those that came and that come in time."""
        until = time.monotonic() + seconds
        looked = 0
        with self._news:
            while True:
                self._parse()
                for seen in self._seen[looked:]:
                    if asked(seen):
                        return seen
                looked = len(self._seen)
                left = until - time.monotonic()
                if left <= 0:
                    return None
                if len(self._lines) == looked:
                    self._news.wait(left)

    def alerts(self, action: str) -> list[Seen]:
        """What was said about an action so far."""
        with self._news:
            self._parse()
            return [seen for seen in self._seen if seen.action == action]

    def said(self, rule: str) -> list[Seen]:
        """What a rule said so far."""
        with self._news:
            self._parse()
            return [seen for seen in self._seen if seen.rule == rule]

    def everything(self) -> list[Seen]:
        with self._news:
            self._parse()
            return list(self._seen)

    def stop(self) -> int:
        """Ends it as a user does (SIGINT), and gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
        code = self.process.wait()
        self._reader.join(STOP_SECONDS)
        self._error.close()
        return code
