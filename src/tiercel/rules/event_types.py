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

ALL_EVENTS = frozenset(range(len(EVENTS)))

# Calls without an event of their own come as these.
_GENERIC = (CODES["GENERIC_E"], CODES["GENERIC_X"])
_ASYNC = CODES["ASYNCEVENT_E"]
# Names that plugins give to their own events.
_ASYNC_NAMES = frozenset(("container", "container_removed"))

_CODES_BY_NAME: dict[str, set[int]] = {}
for _event in EVENTS:
    if _event.code not in _GENERIC:
        _CODES_BY_NAME.setdefault(_event.name, set()).add(_event.code)


def event_types(condition: Expression) -> set[int]:
    """Codes of the events (`tiercel.events.table`) that a rule with this condition has to be tried on."""
    return set(_types(condition, False, {}))


def _types(node: Expression, negated: bool, known: dict[tuple[int, bool], frozenset[int]]) -> frozenset[int]:
    if isinstance(node, Compare):
        return _of_comparison(node, negated)
    if isinstance(node, Not):
        return _types(node.child, not negated, known)
    # Trees share parts: a part is worked out once.
    key = (id(node), negated)
    if key not in known:
        parts = [_types(child, negated, known) for child in node.children]
        if isinstance(node, And) != negated:
            known[key] = ALL_EVENTS.intersection(*parts)
        else:
            known[key] = frozenset().union(*parts)
    return known[key]


def _of_comparison(compare: Compare, negated: bool) -> frozenset[int]:
    left = compare.left
    if (
        not isinstance(left, Field)
        or left.argument is not None
        or left.name not in ("evt.type", "syscall.type")
    ):
        return ALL_EVENTS
    if compare.operator == "exists":
        return frozenset() if negated else ALL_EVENTS
    if compare.operator not in ("=", "!=", "in") or compare.modifier:
        return ALL_EVENTS
    if isinstance(compare.right, Literal):
        codes = _of_names((compare.right.text,))
    elif isinstance(compare.right, tuple):
        codes = _of_names(compare.right)
    else:
        return ALL_EVENTS
    return ALL_EVENTS - codes if negated != (compare.operator == "!=") else codes


@lru_cache(maxsize=1024)
def _of_names(names: tuple[str, ...]) -> frozenset[int]:
    codes: set[int] = set()
    for name in names:
        if name in _CODES_BY_NAME:
            codes |= _CODES_BY_NAME[name]
            if name not in _ASYNC_NAMES:
                continue
        if name in _ASYNC_NAMES:
            codes.add(_ASYNC)
        elif name in SYSCALL_CODES:
            codes.update(_GENERIC)
    return frozenset(codes)
