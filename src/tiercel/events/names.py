"""The values of `evt.type`: which there are, and which events a rule that asks for one has to see."""

from __future__ import annotations

from tiercel.events.syscalls import SYSCALL_CODES
from tiercel.events.table import CODES, CODES_BY_NAME, EVENTS

# What is put into the stream beside the source: container found, container gone (Falco's container plugin).
ASYNC_NAMES: frozenset[str] = frozenset({"container", "container_removed"})

# All values that a condition may compare `evt.type` with; `NA` is one of them.
EVENT_NAMES: frozenset[str] = frozenset(event.name for event in EVENTS) | set(SYSCALL_CODES) | ASYNC_NAMES


def codes_of(name: str) -> tuple[int, ...]:
    """Codes of the events that may carry a name, as Falco sorts rules by event type; none where unknown.

    A call that has events of its own is looked for among those alone, although an old capture may tell of
    it by a generic event; all other calls come as generic events.
    """
    codes = CODES_BY_NAME.get(name, ())
    if name in ASYNC_NAMES:
        codes += (CODES["ASYNCEVENT_E"],)
    if not codes and name in SYSCALL_CODES:
        codes = (CODES["GENERIC_E"], CODES["GENERIC_X"])
    return codes
