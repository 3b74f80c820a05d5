"""The order of a process's descriptors, as a hash table of libstdc++ has it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.events.fd_order import replay

CASES = [
    ("nothing", [], []),
    ("newest first", [0, 1, 2], [2, 1, 0]),
    ("13 buckets: 13 stands before 0, which it shares one with", [0, 1, 13], [1, 13, 0]),
    ("the first of a bucket is the newest of it", [0, 1, 13, 26, 2], [2, 1, 26, 13, 0]),
    ("gone and back", [0, 1, 2, ~0, 0], [0, 2, 1]),
    ("gone while its bucket has others", [0, 13, 1, ~13, 13], [1, 13, 0]),
    ("unknown ones go", [0, ~7], [0]),
    ("the 14th turns the order round", list(range(14)), [13, *range(13)]),
    ("no growth below 14", [*range(13), ~0, 13], [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
    ("the 30th turns it again", list(range(30)), [29, *range(12, -1, -1), *range(13, 29)]),
    ("growth parts what shared a bucket", [0, 13, *range(1, 13)], [12, 0, 13, *range(1, 12)]),
]


@pytest.mark.parametrize(("steps", "order"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_order(steps: list[int], order: list[int]) -> None:
    assert replay(steps) == order


@given(st.lists(st.integers(0, 400), unique=True, max_size=300), st.sets(st.integers(0, 400)))
def test_holds_what_came_and_did_not_go(came: list[int], went: set[int]) -> None:
    left = replay([*came, *(~num for num in went)])
    assert sorted(left) == sorted(set(came) - went)
