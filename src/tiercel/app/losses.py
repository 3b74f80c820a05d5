"""What is known of lost events: which alerts stand in such a time, and when to say so.

A source under overload hands over a loss with nearly every batch. Spans that touch are one; the first is told at once,
and while it goes on the next after 1 s, 2 s, 4 s ... up to a minute, each with all that was lost since the one before.
So nothing is left unsaid, and months of overload do not fill a disk.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any

from tiercel.app.notice import Notice
from tiercel.rules.alert import iso8601
from tiercel.sources.loss import Loss

RULE = "tiercel: events lost"
SECOND = 1_000_000_000
LONGEST_WAIT_NS = 60 * SECOND
QUIET_NS = 10 * SECOND  # so long without a loss, and the next is told at once again
SPAN_NS = SECOND // 10  # shorter ones are joined with their neighbours
KEPT = 256  # spans that alerts may still fall into


class LossLog:
    """Takes losses as they come (`add`), in the order of time.

    `on_loss` is called with each; `totals` holds what was lost since the start, by class.
    """

    def __init__(self, hostname: str) -> None:
        self.hostname = hostname
        self.totals: Counter[str] = Counter()
        self.on_loss: Callable[[Loss], None] = lambda loss: None
        self._spans: deque[Loss] = deque(maxlen=KEPT)
        self._untold: Loss | None = None
        self._wait_ns = 0
        self._next_ns = 0
        self._last_ns = 0  # the end of the last loss

    def add(self, loss: Loss) -> None:
        if loss.total <= 0:
            return
        self.totals.update(loss.counts)
        if self._spans and self._spans[-1].from_ns + SPAN_NS >= loss.to_ns:
            self._spans.append(_joined(self._spans.pop(), loss))
        else:
            self._spans.append(loss)
        if loss.from_ns - self._last_ns > QUIET_NS:
            self._wait_ns = self._next_ns = 0
        self._last_ns = max(self._last_ns, loss.to_ns)
        self._untold = loss if self._untold is None else _joined(self._untold, loss)
        self.on_loss(loss)

    def during(self, time_ns: int) -> dict[str, Any] | None:
        """What was lost around this time: `from`, `to` (UTC), `events`, and `classes` with the number of each."""
        found: Loss | None = None
        for span in reversed(self._spans):
            if span.from_ns <= time_ns <= span.to_ns:
                found = span if found is None else _joined(span, found)
        if found is None:
            return None
        return {
            "from": iso8601(found.from_ns),
            "to": iso8601(found.to_ns),
            "events": found.total,
            "classes": {name: n for name, n in sorted(found.counts.items()) if n},
        }

    def due(self, now_ns: int) -> Iterator[Notice]:
        """The notice of what was lost and not yet told, where its time has come."""
        if self._untold is not None and now_ns >= self._next_ns:
            yield from self.rest()
            self._wait_ns = min(max(2 * self._wait_ns, SECOND), LONGEST_WAIT_NS)
            self._next_ns = now_ns + self._wait_ns

    def rest(self) -> Iterator[Notice]:
        """The notice of what was not yet told, whatever the time: at the end."""
        loss, self._untold = self._untold, None
        if loss is None:
            return
        by_class = [(name, n) for name, n in sorted(loss.counts.items()) if n]
        span = (loss.to_ns - loss.from_ns) / SECOND
        listed = ", ".join(f"{name} {n}" for name, n in by_class)
        yield Notice(
            loss.to_ns,
            RULE,
            "Warning",
            f"{RULE}. {loss.total} in {span:.3f} s ({listed}).",
            {
                "from": iso8601(loss.from_ns),
                "to": iso8601(loss.to_ns),
                "lost": loss.total,
                **{f"lost_{name}": n for name, n in by_class},
            },
            self.hostname,
        )


def _joined(a: Loss, b: Loss) -> Loss:
    counts = Counter(a.counts)
    counts.update(b.counts)
    return Loss(min(a.from_ns, b.from_ns), max(a.to_ns, b.to_ns), counts)
