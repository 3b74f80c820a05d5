"""Lists put into conditions, against the plainest way of doing it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.rules.lists import BLANKS, DELIMITERS, MAX_TEXT, ListNames, TextTooLong, quote_item

CASES = [
    ("proc.name in (shells)", {"shells": ["bash", "sh"]}, "proc.name in ( bash, sh )"),
    ("proc.name in (a, shells, b)", {"shells": ["x y"]}, 'proc.name in (a, "x y" , b)'),
    ("x in (shells)", {"shells": []}, "x in (  )"),
    ("x in (a, none, b)", {"none": []}, "x in (a  , b)"),
    ("x in (none, b)", {"none": []}, "x in (   b)"),
    ("x=none", {"none": ["1"]}, "x= 1 "),
    ("x in (nonet, anone)", {"none": ["1"]}, "x in (nonet, anone)"),
    ("x in (a)", {"a": ["b"], "b": ["c"]}, "x in ( c )"),
    ("x in (b)", {"a": ["b"], "b": ["a"]}, "x in ( a )"),
    ("x = 'a list here'", {"list": ["L"]}, "x = 'a L here'"),
]


@pytest.mark.parametrize(("condition", "lists", "expected"), CASES)
def test_expands(condition: str, lists: dict[str, list[str]], expected: str) -> None:
    assert ListNames(lists.items()).expand(condition) == expected


def plainly(condition: str, name: str, items: list[str]) -> tuple[str, bool]:
    """One list, one occurrence after the other, on the whole text each time."""
    used = False
    start = condition.find(name)
    while 0 <= start <= len(condition):
        end = start + len(name)
        starts_clean = start == 0 or condition[start - 1] in DELIMITERS
        ends_clean = end >= len(condition) or condition[end] in DELIMITERS
        if starts_clean and ends_clean:
            while start > 0 and condition[start - 1] in BLANKS:
                start -= 1
            while end < len(condition) and condition[end] in BLANKS:
                end += 1
            value = ""
            for item in items:
                value += (", " if value else "") + quote_item(item)
            if not value and start > 0 and condition[start - 1] == ",":
                start -= 1
            elif not value and end < len(condition) and condition[end] == ",":
                end += 1
            condition = (condition[:start] + " " if start else "") + value + " " + condition[end:]
            start += len(value) + 1
            used = True
        start = condition.find(name, start + 1)
    return condition, used


NAMES = ("a", "b", "ab", "c", "a b", "(a", "a,")
ITEMS = st.lists(st.sampled_from(("", "a", "b", "c", "x", "x y", "ab", "\t", "x\t", ",")), max_size=3)
TEXT = st.lists(st.sampled_from(("a", "b", "ab", "c", " ", ",", "(", ")", "x", "=", "\t")), max_size=12)


@given(st.lists(st.tuples(st.sampled_from(NAMES), ITEMS), max_size=4, unique_by=lambda e: e[0]), TEXT)
def test_expands_as_plainly_done(lists: list[tuple[str, list[str]]], text: list[str]) -> None:
    condition = expected = "".join(text)
    used = set()
    for name, items in lists:
        expected, found = plainly(expected, name, items)
        if found:
            used.add(name)
    names = ListNames(lists)
    assert (names.expand(condition), names.used) == (expected, used)


def test_growth_is_bounded() -> None:
    doubling = [(f"l{i:03}", [f"l{i + 1:03}"] * 2) for i in range(100)]
    with pytest.raises(TextTooLong):
        ListNames(doubling).expand("x in (l000)")
    many = ListNames((f"l{i}", [f"l{i + 1}"]) for i in range(5000))
    assert many.expand("x in (l0)") == "x in ( l5000 )"
    with pytest.raises(TextTooLong):
        ListNames([("l", ["x" * (MAX_TEXT // 2)])]).expand("l, l, l")
