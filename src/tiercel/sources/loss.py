"""What a source says when events were lost before anybody could judge them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Classes of lost events, and what is in them. Where a ring had no room the class is the call's, by Falco's grouping, so
# that its counters and ours can be laid side by side; the rest says what else came between.
LOSS_CLASSES: Mapping[str, str] = {
    "clone_fork": "ring full: clone, clone3, fork, vfork",
    "execve": "ring full: execve, execveat",
    "proc_exit": "ring full: a thread's end",
    "connect": "ring full: connect",
    "open": "ring full: creat, open, openat, openat2, open_by_handle_at",
    "dir_file": "ring full: calls that change links, names, folders, modes, owners",
    "close": "ring full: close",
    "other_interest": "ring full: every other call",
    "scratch_map": "the probe had no scratch memory to put the event together in",
    "page_faults": "the probe could not read the process's memory",
    "bug": "the probe met what should not be",
    "consumer": "records that could not be decoded",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """So many events of each class (keys of LOSS_CLASSES) were lost between two readings of the source's counters.

    Times are ns since the epoch. A source hands it over before the events of that span, so that alerts on these can
    say that something is missing around them.
    """

    from_ns: int
    to_ns: int
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())
