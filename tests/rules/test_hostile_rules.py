"""Rules files that mean harm load in bounded time, or are refused."""

from __future__ import annotations

import time

import pytest

from tiercel.rules.load import Loader
from tiercel.rules.plan import plan_syscalls

RULE = "- rule: r\n  desc: d\n  condition: {}\n  output: o\n  priority: DEBUG\n"


def doubled(word: str, levels: int) -> str:
    """Macros that name the one before twice: the last one stands for 2 ** levels comparisons."""
    rows = ["- macro: m0\n  condition: evt.num = 1\n"]
    rows += [f"- macro: m{i}\n  condition: (m{i - 1} {word} m{i - 1})\n" for i in range(1, levels)]
    return "".join(rows) + RULE.format(f"m{levels - 1}")


def alternating(levels: int) -> str:
    rows = ["- macro: m0\n  condition: evt.num = 1\n"]
    rows += [
        f"- macro: m{i}\n  condition: not (m{i - 1} {('and', 'or')[i % 2]} not m{i - 1})\n"
        for i in range(1, levels)
    ]
    return "".join(rows) + RULE.format(f"m{levels - 1}")


@pytest.mark.parametrize(
    "text",
    [
        doubled("and", 30),
        doubled("or", 60),
        alternating(40),
        RULE.format("(" * 30_000),
        RULE.format("not " * 30_000 + "x"),
    ],
    ids=["doubled", "doubled more", "alternating", "brackets", "not"],
)
def test_ends_soon(text: str) -> None:
    start = time.process_time()
    Loader().load_content(text.encode(), "hostile.yaml")
    assert time.process_time() - start < 10


def deep(levels: int, inner: str) -> str:
    for i in range(levels):
        inner = f"(evt.num = {i} {('and', 'or')[i % 2]} {inner})"
    return inner


def test_as_deep_as_can_be_is_planned() -> None:
    loader = Loader()
    assert loader.load_content(RULE.format(deep(190, "evt.num = 7")).encode(), "deep.yaml").ok
    plan_syscalls(loader.result.rules)


@pytest.mark.parametrize("many", [2, 3, 50])
def test_deep_macros_in_deep_macros(many: int) -> None:
    """Each could be whole by itself, and names a later one: only those that were appended to can."""
    rows = [f"- macro: m{i}\n  condition: evt.num = 5\n" for i in range(many)]
    rows += [
        f"- macro: m{i}\n  condition: or {deep(190, f'm{i + 1}')}\n  append: true\n" for i in range(many - 1)
    ]
    result = Loader().load_content(("".join(rows) + RULE.format(deep(150, "m0"))).encode(), "deep.yaml")
    assert [e.message for e in result.errors] == ["exceeded max depth limit of 200"]


def test_warnings_of_a_long_condition_share_its_text() -> None:
    condition = " or ".join(['tolower(proc.name) = "tolower(x)"'] * 900)
    result = Loader().load_content(RULE.format(condition).encode(), "long.yaml")
    texts = [w.place.text for w in result.warnings if w.place.text is not None]
    assert len(texts) == 900
    assert len({id(text) for text in texts}) == 1
