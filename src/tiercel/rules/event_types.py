"""Which types of events a condition can be true for, by what it says about `evt.type` and `syscall.type`.

`and` keeps the types that all its parts keep, `or` those that any part keeps; `not` is pushed down to the
comparisons. A comparison of something else keeps every type, negated or not. The answer is Falco's, which is
to say too wide where the field is transformed, compared with another field, or compared by anything but = !=
in.
"""

from __future__ import annotations

from functools import lru_cache

from tiercel.events.syscalls import SYSCALL_CODES
from tiercel.events.table import CODES, EVENTS
from tiercel.rules.expression import And, Compare, Expression, Field, Literal, Not

# Sets of types are numbers here: bit `code` for the event of that code.
ALL_EVENTS = (1 << len(EVENTS)) - 1

# Calls without an event of their own come as these.
_GENERIC = 1 << CODES["GENERIC_E"] | 1 << CODES["GENERIC_X"]
_ASYNC = 1 << CODES["ASYNCEVENT_E"]
# Names that plugins give to their own events.
_ASYNC_NAMES = frozenset(("container", "container_removed"))

_FIELDS = frozenset(("evt.type", "syscall.type"))


def event_types(condition: Expression) -> set[int]:
    """Codes of the events (`tiercel.events.table`) that a rule with this condition has to be tried on."""
    types = event_mask(condition, {})
    return {code for code in range(len(EVENTS)) if types >> code & 1}


def event_mask(
    condition: Expression, known: dict[tuple[int, bool], tuple[Expression, int]], negated: bool = False
) -> int:
    """The types of a condition, or of its contrary, as bits. Trees share parts, so what is worked out for a
    part goes into `known`, with the part itself, that its identity stays its own.
    """
    if isinstance(condition, Compare):
        return _of_comparison(condition, negated)
    if isinstance(condition, Not):
        return event_mask(condition.child, known, not negated)
    key = (id(condition), negated)
    found = known.get(key)
    if found is None:
        is_all_of = isinstance(condition, And) != negated
        types = ALL_EVENTS if is_all_of else 0
        for child in condition.children:
            part = event_mask(child, known, negated)
            types = types & part if is_all_of else types | part
        found = known[key] = (condition, types)
    return found[1]


def _of_comparison(compare: Compare, negated: bool) -> int:
    left = compare.left
    if not isinstance(left, Field) or left.name not in _FIELDS or left.argument is not None:
        return ALL_EVENTS
    if compare.operator == "exists":
        return 0 if negated else ALL_EVENTS
    if compare.operator not in ("=", "!=", "in") or compare.modifier:
        return ALL_EVENTS
    if isinstance(compare.right, Literal):
        types = _of_names((compare.right.text,))
    elif isinstance(compare.right, tuple):
        types = _of_names(compare.right)
    else:
        return ALL_EVENTS
    return ALL_EVENTS & ~types if negated != (compare.operator == "!=") else types


@lru_cache(maxsize=1024)
def _of_names(names: tuple[str, ...]) -> int:
    types = 0
    by_name = _types_by_name()
    for name in names:
        types |= by_name.get(name, 0)
        if name in _ASYNC_NAMES:
            types |= _ASYNC
        elif name not in by_name and name in SYSCALL_CODES:
            types |= _GENERIC
    return types


@lru_cache(maxsize=1)
def _types_by_name() -> dict[str, int]:
    types: dict[str, int] = {}
    for event in EVENTS:
        if not _GENERIC >> event.code & 1:
            types[event.name] = types.get(event.name, 0) | 1 << event.code
    return types
