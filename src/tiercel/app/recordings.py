"""What a rule's `capture: true` asks for: a recording of what happened around its alert.

As in Falco 0.44 a recording is a file PREFIX_<time in ns>_<event's number>.scap, packed with gzip, which ends when
`capture_duration` has passed since the last rule that fired meanwhile. Beyond Falco, it begins before the alert: with
what `Lookback` keeps. See docs/decisions/look-back.md.

Recordings hold what processes read and wrote, and their folder may be one that others write to as well (/tmp): files
are made anew or not at all, for their owner's eyes only, and what is removed for want of room is a recording of ours,
looked at without following links.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tiercel.errors import CaptureError, TiercelError
from tiercel.rules.rule import Rule
from tiercel.sources.scap.capture_file import CaptureFile
from tiercel.sources.scap.lookback import Lookback
from tiercel.sources.scap.recorder import Recorder

MS = 1_000_000
DEFAULT_NAME = "tiercel"


@dataclass(frozen=True, slots=True)
class RecordingPlan:
    """When and where to record. `prefix`: a folder, or a folder and how names in it begin.

    `all_rules`: every rule that fires asks for a recording, whatever its `capture` says. `duration_ms`: for rules that
    give none. `most_bytes`: of a file; `keep` and `keep_bytes`: of all files, beyond which the oldest go (0: no bound).
    `lookback_bytes` are held in memory.
    """

    prefix: Path
    all_rules: bool = False
    duration_ms: int = 5000
    most_bytes: int = 100 << 20
    keep: int = 100
    keep_bytes: int = 2 << 30
    lookback_bytes: int = 32 << 20


class RecordingFolder:
    """Where recordings lie. TiercelError where it is no folder, or one that others may change as they like."""

    def __init__(self, plan: RecordingPlan) -> None:
        prefix = plan.prefix
        if prefix.is_dir():
            prefix = prefix / DEFAULT_NAME
        self.path, self.name = prefix.parent, prefix.name
        self._plan = plan
        try:
            self._descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as e:
            raise TiercelError(
                f"{self.path}: no folder for recordings: {e.strerror}; make it first"
            ) from None
        found = os.fstat(self._descriptor)
        if found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
            raise TiercelError(
                f"{self.path}: everybody may replace files in it: recordings need a folder of their own (chmod 0700)"
            )
        if found.st_uid not in (0, os.geteuid()):
            raise TiercelError(
                f"{self.path}: belongs to another user (uid {found.st_uid}): recordings need one of yours"
            )
        self._ours = re.compile(re.escape(self.name) + r"_\d{20}_\d{20}\.scap")

    def create(self, time_ns: int, number: int) -> CaptureFile:
        """A new file, after the oldest went where there are too many. CaptureError where it cannot be."""
        name = f"{self.name}_{time_ns:020}_{number:020}.scap"
        path = str(self.path / name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._make_room()
            descriptor = os.open(name, flags, 0o600, dir_fd=self._descriptor)
        except OSError as e:
            raise CaptureError(path, 0, f"cannot be written: {e.strerror}") from None
        return CaptureFile(path, descriptor, packed=True)

    def _make_room(self) -> None:
        # Names sort by time.
        found: list[tuple[str, int]] = []
        for name in sorted(filter(self._ours.fullmatch, os.listdir(self._descriptor))):
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid():
                found.append((name, status.st_size))
        plan = self._plan
        total = sum(size for _, size in found)
        while found and (
            (plan.keep and len(found) >= plan.keep)
            or (plan.keep_bytes and total + plan.most_bytes > plan.keep_bytes)
        ):
            name, size = found.pop(0)
            os.unlink(name, dir_fd=self._descriptor)
            total -= size

    def close(self) -> None:
        os.close(self._descriptor)


class Recordings:
    """Records around alerts. `lookback` is the tap of the engine whose rules these are.

        recordings.fired(rule, time_ns, number)   after each alert
        recordings.attend()                       between batches
        recordings.close()

    Nothing that goes wrong with a file stops the judging: it is told through `tell`, a line each.
    """

    def __init__(self, plan: RecordingPlan, tell: Callable[[str], None] = lambda line: None) -> None:
        self.plan = plan
        self.lookback = Lookback(size_bytes=plan.lookback_bytes)
        self.written = 0
        self.failed = 0
        self._tell = tell
        self._folder = RecordingFolder(plan)
        self._recorder: Recorder | None = None
        self._file: CaptureFile | None = None

    def fired(self, rule: Rule, time_ns: int, number: int) -> None:
        """A rule fired on the event at hand: begins a recording, or prolongs the one that runs."""
        deadline = time_ns + (rule.capture_duration_ms or self.plan.duration_ms) * MS
        self.attend()
        if self._recorder is not None:
            self.lookback.prolong(deadline)
        elif rule.capture or self.plan.all_rules:
            self._begin(time_ns, number, deadline)

    def _begin(self, time_ns: int, number: int, deadline: int) -> None:
        try:
            file = self._folder.create(time_ns, number)
        except CaptureError as e:
            self.failed += 1
            self._tell(str(e))
            return
        self._file = file
        self._recorder = Recorder(file)
        self.lookback.begin(self._recorder, deadline)

    def attend(self) -> None:
        """Hands on what has gathered; ends the recording where its time is over, or its file is full."""
        if self._recorder is None or self._file is None:
            return
        try:
            self._recorder.flush()
        except CaptureError:
            self._end()
            return
        if not self.lookback.recording:
            self._end()
        elif self.plan.most_bytes and self._file.size_bytes >= self.plan.most_bytes:
            self._tell(
                f"{self._file.path}: the recording ends here: it has {self.plan.most_bytes >> 20} MB, the limit"
            )
            self._end()

    def _end(self) -> None:
        recorder, file = self._recorder, self._file
        self._recorder = self._file = None
        self.lookback.end()
        if recorder is None or file is None:
            return
        try:
            recorder.close()
        except CaptureError as e:
            self.failed += 1
            self._tell(str(e))
        else:
            self.written += 1
            self._tell(f"recorded: {file.path}")

    def close(self) -> None:
        """Ends the recording that runs."""
        self._end()
        self._folder.close()
