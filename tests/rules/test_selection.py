"""Which rules run."""

from __future__ import annotations

from typing import Any

import pytest

from tiercel.rules.expression import Compare, Field
from tiercel.rules.rule import Rule
from tiercel.rules.selection import select


def rule(
    index: int, name: str, tags: tuple[str, ...], priority: str = "Notice", enabled: bool = True
) -> Rule:
    return Rule(
        index=index, name=name, source="syscall", condition=Compare(Field("evt.num"), "exists", None),
        condition_text="", output="", description="", priority=priority, tags=tags, enabled=enabled, capture=False,
        capture_duration_ms=0, exceptions=(), warn_evttypes=True, skip_if_unknown_filter=False, file="", line=1,
    )  # fmt: skip


RULES = [
    rule(0, "open one", ("a",)),
    rule(1, "open two", ("b",), "Critical"),
    rule(2, "close one", ("a", "b"), "Debug"),
    rule(3, "off", ("a", "c"), enabled=False),
]

CASES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [0, 1, 2]),
    ({"enable_tags": ["a"]}, [0, 2, 3]),
    ({"enable_tags": ["b", "c"]}, [1, 2, 3]),
    ({"enable_tags": ["nothing"]}, []),
    ({"disable_tags": ["b"]}, [0]),
    ({"enable_tags": ["a"], "disable_tags": ["b"]}, [0, 3]),
    ({"enable_rules": ["off"]}, [0, 1, 2, 3]),
    ({"enable_rules": ["of*"]}, [0, 1, 2, 3]),
    ({"disable_rules": ["open"]}, [2]),
    ({"disable_rules": ["*one"]}, [1]),
    ({"disable_rules": ["open*"]}, [2]),
    ({"disable_rules": ["o*e"]}, [1, 2]),
    ({"disable_rules": ["one*"]}, [0, 1, 2]),
    ({"disable_rules": ["**"]}, []),
    ({"disable_rules": ["."]}, [0, 1, 2]),
    ({"enable_tags": ["a"], "enable_rules": ["two"]}, [0, 1, 2, 3]),
    ({"enable_tags": ["a"], "enable_rules": ["two"], "disable_rules": ["off", "two"]}, [0, 2]),
    ({"min_priority": "Notice"}, [0, 1]),
    ({"min_priority": "Critical", "enable_rules": ["off"]}, [1]),
]


@pytest.mark.parametrize(("choice", "expected"), CASES)
def test_select(choice: dict[str, Any], expected: list[int]) -> None:
    chosen = select(RULES, **choice)
    assert [r.index for r in chosen] == expected
    assert all(r.enabled for r in chosen)
