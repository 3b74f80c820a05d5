"""Metrics in Prometheus' text format, 0.0.4.

A family is a name, a type, a help text and a function that reads its samples off what is counted anyway: nothing is
counted twice, and nobody who does not ask pays. Written here rather than with prometheus-client: see decision 10.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LATENCY_SECONDS = (
    0.001, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
)  # fmt: skip

Labels = Mapping[str, str]
Sample = tuple[Labels, float]


class Histogram:
    """Counts observations, in seconds, below each of `bounds`. One thread observes, others may read."""

    def __init__(self, bounds: Sequence[float] = LATENCY_SECONDS) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.sum = 0.0

    def observe(self, seconds: float) -> None:
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.sum += seconds


@dataclass(frozen=True, slots=True)
class Family:
    """`kind` is counter or gauge; `read` gives its samples. A counter's name ends in `_total`."""

    name: str
    kind: str
    help: str
    read: Callable[[], Iterable[Sample]]


@dataclass(frozen=True, slots=True)
class HistogramFamily:
    name: str
    help: str
    histogram: Histogram


def exposition(families: Iterable[Family | HistogramFamily]) -> str:
    """The page. A family without samples is left out."""
    lines: list[str] = []
    for family in families:
        if isinstance(family, HistogramFamily):
            lines += _head(family.name, "histogram", family.help)
            lines += _histogram(family.name, family.histogram)
            continue
        samples = [f"{family.name}{_labels(labels)} {number(value)}" for labels, value in family.read()]
        if samples:
            lines += [*_head(family.name, family.kind, family.help), *samples]
    return "\n".join([*lines, ""])


def _head(name: str, kind: str, text: str) -> list[str]:
    shown = text.replace("\\", "\\\\").replace("\n", "\\n")
    return [f"# HELP {name} {shown}", f"# TYPE {name} {kind}"]


def _histogram(name: str, histogram: Histogram) -> list[str]:
    lines, below = [], 0
    counts = list(histogram.counts)
    for bound, count in zip(histogram.bounds, counts, strict=False):
        below += count
        lines.append(f'{name}_bucket{{le="{number(bound)}"}} {below}')
    total = sum(counts)
    lines.append(f'{name}_bucket{{le="+Inf"}} {total}')
    return [*lines, f"{name}_sum {number(histogram.sum)}", f"{name}_count {total}"]


def number(value: float) -> str:
    """As Prometheus reads it: whole numbers without a point."""
    return str(int(value)) if value == int(value) and abs(value) < 2**63 else repr(float(value))


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_value(value)}"' for name, value in labels.items()) + "}"


def _value(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
