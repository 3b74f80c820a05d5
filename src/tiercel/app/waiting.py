"""Alerts that wait for the name of their container: a bounded time, then they go out without."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from tiercel.rules.printer import Held, Printer

MAX_WAITING = 1000  # alerts; beyond that the oldest goes out as it is


@dataclass(frozen=True, slots=True)
class _Waiting:
    printer: Printer  # of the plan that was in use: rules may be loaded anew meanwhile
    held: Held
    until: float


class WaitingRoom:
    """Holds outputs until their container is known, or `seconds` have passed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._waiting: deque[_Waiting] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def hold(self, printer: Printer, i: int) -> None:
        """Rule i's output for the event at hand."""
        self._waiting.append(_Waiting(printer, printer.hold(i), time.monotonic() + self.seconds))

    def ready(self, *, all_of_them: bool = False) -> Iterator[tuple[Printer, Held]]:
        """Those that need not wait any longer, the oldest first; to be called between two events."""
        now = time.monotonic()
        still: deque[_Waiting] = deque()
        over = len(self._waiting) - MAX_WAITING
        for n, each in enumerate(self._waiting):
            if all_of_them or n < over or now >= each.until or each.printer.known(each.held):
                yield each.printer, each.held
            else:
                still.append(each)
        self._waiting = still
