"""What a fuzz target is."""

from __future__ import annotations

from collections import Counter
from typing import Protocol


class Target(Protocol):
    """Makes the bytes of case n, the same ones every time, and runs bytes.

    Whatever `run` raises is a failure, as is the end of its process, a report of a sanitizer, a case that takes
    longer than `seconds`, or one after which the process holds `megabytes` more than before the first.
    `run` gives counts of what was reached (events judged, rules loaded, ...), which show that a target is not
    running dry.
    """

    name: str
    seconds: float
    megabytes: int

    def prepare(self) -> None:
        """Loads what all cases need; once in the process from which the workers are forked."""

    def case(self, number: int) -> bytes: ...

    def run(self, data: bytes) -> Counter[str]: ...
