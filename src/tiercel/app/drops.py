"""Falco's `syscall_event_drops`: once a second the share of lost events is looked at, and acted upon.

The actions, their defaults and the alert's name, priority, text and fields are Falco 0.44's, so whoever waits for its
alert gets it. What Tiercel says by itself is in `tiercel.app.losses`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from tiercel.app.notice import Notice
from tiercel.errors import TiercelError
from tiercel.sources.loss import Loss

ACTIONS = ("ignore", "log", "alert", "exit")
RULE = "Falco internal: syscall event drop"
SECOND = 1_000_000_000

# Our classes of events that found the ring full → Falco's fields. Classes that Falco has not are among the others.
RING_FIELDS = {
    "clone_fork": "n_drops_buffer_clone_fork_exit",
    "execve": "n_drops_buffer_execve_exit",
    "connect": "n_drops_buffer_connect_exit",
    "open": "n_drops_buffer_open_exit",
    "dir_file": "n_drops_buffer_dir_file_exit",
    "other_interest": "n_drops_buffer_other_interest_exit",
    "close": "n_drops_buffer_close_exit",
    "proc_exit": "n_drops_buffer_proc_exit",
}
OTHER_FIELDS = {
    "scratch_map": "n_drops_scratch_map",
    "page_faults": "n_drops_page_faults",
    "bug": "n_drops_bug",
}


class TooManyDrops(TiercelError):
    """The action `exit` was asked for, and events were lost."""


@dataclass(frozen=True, slots=True)
class DropPolicy:
    """What to do (`actions`, of ACTIONS) where more than `threshold` of a second's events were lost; not more often
    than `rate` times a second, `max_burst` at once.
    """

    actions: frozenset[str]
    threshold: float = 0.1
    rate: float = 0.03333
    max_burst: float = 1.0


def drop_policy(text: str) -> DropPolicy:
    """Reads `ACTION[,ACTION...][,threshold=N][,rate=N][,max_burst=N]`; ValueError says what is wrong."""
    actions: set[str] = set()
    numbers: dict[str, float] = {}
    for word in text.split(","):
        name, is_setting, value = word.strip().partition("=")
        if is_setting and name in ("threshold", "rate", "max_burst"):
            numbers[name] = _number(name, value)
        elif not is_setting and name in ACTIONS:
            actions.add(name)
        else:
            raise ValueError(
                f"{word.strip()!r} is neither an action ({', '.join(ACTIONS)}) nor threshold=, rate= or max_burst="
            )
    if not actions:
        raise ValueError(f"no action; one of {', '.join(ACTIONS)}")
    if "ignore" in actions and actions & {"log", "alert"}:
        raise ValueError("to ignore and to tell exclude each other")
    return DropPolicy(frozenset(actions), **numbers)


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name}={text}: not a number") from None
    top = 1.0 if name == "threshold" else 1e6
    if not 0 <= value <= top:
        raise ValueError(f"{name}={text}: from 0 to {top:g}")
    return value


class Drops:
    """Watches the losses. `add` takes each; `look` is to be called often with the time and all events seen so far,
    and gives the alert where one is due. Where the policy is to exit, `stop` holds the error to end with.
    """

    def __init__(self, policy: DropPolicy, hostname: str, log: Callable[[str], None]) -> None:
        self.policy = policy
        self.hostname = hostname
        self.log = log
        self.stop: TooManyDrops | None = None
        self._lost: Counter[str] = Counter()  # since the last look
        self._seen = 0
        self._next_ns = 0
        self._tokens = policy.max_burst
        self._filled_ns = 0

    def add(self, loss: Loss) -> None:
        self._lost.update(loss.counts)

    def look(self, now_ns: int, seen: int) -> Notice | None:
        """`seen`: events that came through since the start."""
        if self._next_ns == 0:
            self._next_ns, self._seen = now_ns + SECOND, seen
        if now_ns < self._next_ns:
            return None
        self._next_ns = now_ns + SECOND
        lost, self._lost = self._lost, Counter()
        came, self._seen = seen - self._seen, seen
        dropped = sum(lost.values())
        if dropped == 0 or dropped <= self.policy.threshold * (came + dropped) or not self._claim(now_ns):
            return None
        return self._act(now_ns, came + dropped, lost)

    def _claim(self, now_ns: int) -> bool:
        passed = (now_ns - self._filled_ns) / SECOND if self._filled_ns else 0.0
        self._filled_ns = now_ns
        self._tokens = min(self.policy.max_burst, self._tokens + passed * self.policy.rate)
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True

    def _act(self, now_ns: int, events: int, lost: Counter[str]) -> Notice | None:
        dropped = sum(lost.values())
        message = f"{RULE}. {dropped} system calls dropped in last second."
        if "log" in self.policy.actions:
            self.log(message)
        if "exit" in self.policy.actions:
            self.stop = TooManyDrops(f"{message} --drops says to exit then")
        if "alert" not in self.policy.actions:
            return None
        known = {**RING_FIELDS, **OTHER_FIELDS}
        ring = sum(n for name, n in lost.items() if name not in OTHER_FIELDS)
        counts = {"n_evts": events, "n_drops": dropped, "n_drops_buffer_total": ring}
        counts |= {field: lost[name] for name, field in known.items()}
        counts["n_drops_buffer_other_interest_exit"] += sum(
            n for name, n in lost.items() if name not in known
        )
        fields = {name: str(n) for name, n in counts.items()} | {"ebpf_enabled": "1"}
        return Notice(now_ns, RULE, "Debug", message, fields, self.hostname)
