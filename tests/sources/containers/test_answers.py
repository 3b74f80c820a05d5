"""What comes from a runtime, taken out by its type."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.sources.containers import answers
from tiercel.sources.containers.answers import AnswerError


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"a": NaN}',
        b"1" * 5000,
        b'{"a": Infinity}',
        b"[1]",
        b"null",
        b"3",
    ],
)
def test_what_is_no_object(data: bytes) -> None:
    with pytest.raises(AnswerError):
        answers.parse_object(data)


@pytest.mark.parametrize(
    ("read", "value", "seen"),
    [
        (answers.text, None, ""),
        (answers.text, "a", "a"),
        (answers.text, "a\0b\ud800", "ab?"),
        (answers.number, None, 0),
        (answers.number, -5, -5),
        (answers.number, 10**40, 1 << 62),
        (answers.flag, None, False),
        (answers.flag, True, True),
        (answers.mapping, None, {}),
        (answers.items, None, []),
        (answers.texts, ["a", None], ("a", "")),
        (answers.pairs, {"a\0": "b"}, {"a": "b"}),
    ],
)
def test_values(read: Any, value: Any, seen: Any) -> None:
    assert read({"x": {"y": value}}, "x", "y") == seen
    assert read({"x": None}, "x", "y") == read({}, "x")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (answers.text, 1), (answers.text, []), (answers.number, "1"), (answers.number, True), (answers.number, 1.5),
        (answers.flag, 1), (answers.flag, "true"), (answers.mapping, []), (answers.items, {}), (answers.items, "ab"),
        (answers.texts, [1]), (answers.pairs, {"a": 1}), (answers.pairs, {"a": {}}),
    ],
)  # fmt: skip
def test_other_types_are_errors(read: Any, value: Any) -> None:
    with pytest.raises(AnswerError):
        read({"x": value}, "x")


def test_nothing_lies_below_a_text() -> None:
    with pytest.raises(AnswerError):
        answers.text({"x": "a"}, "x", "y")


def test_bounds() -> None:
    assert len(answers.text("x" * 10_000_000)) == answers.MAX_TEXT
    assert len(answers.items(list(range(100_000)))) == answers.MAX_ITEMS
    assert len(answers.mapping({str(i): i for i in range(100_000)})) == answers.MAX_ITEMS


@pytest.mark.parametrize(
    ("moment", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("2026-11-25T03:56:03.859087699Z", 1795578963859087699),
        ("2026-11-25T04:56:03.859087699+01:00", 1795578963859087699),
        ("2026-11-24T22:26:03-05:30", 1795578963000000000),
        ("2000-02-29T12:00:00.1234567891Z", 951825600123456789),
        ("0001-01-01T00:00:00Z", 0),
        ("1969-12-31T23:00:00-02:00", 0),
        ("2026-13-01T00:00:00Z", 0),
        ("yesterday", 0),
        ("", 0),
    ],
)
def test_moments(moment: str, ns: int) -> None:
    assert answers.moment_ns(moment) == ns


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2200, 1, 1)))
def test_moments_are_those_of_the_calendar(moment: datetime) -> None:
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    assert answers.moment_ns(whole.isoformat()) == int(whole.timestamp()) * 1_000_000_000
