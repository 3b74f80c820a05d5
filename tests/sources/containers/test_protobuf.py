"""Messages by tables of field numbers."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.sources.containers.answers import MAX_ITEMS, AnswerError
from tiercel.sources.containers.protobuf import Field, Table, decode, encode

INNER: Table = {1: Field("name", "text"), 2: Field("flag", "bool")}
TABLE: Table = {
    1: Field("id", "text"),
    2: Field("count", "int"),
    3: Field("one", "message", INNER),
    4: Field("many", "message", INNER, many=True),
    5: Field("labels", "map"),
    6: Field("data", "bytes"),
    200: Field("words", "text", many=True),
}
EMPTY: dict[str, Any] = {"many": [], "labels": {}, "words": []}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", {}),
        (b"\x0a\x01a", {"id": "a"}),
        (b"\x0a\x01a\x0a\x02bc", {"id": "bc"}),  # the last one counts
        (b"\x10\x96\x01", {"count": 150}),
        (b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", {"count": -1}),
        (b"\x1a\x05\x0a\x01n\x10\x01", {"one": {"name": "n", "flag": True}}),
        (b"\x22\x00\x22\x02\x10\x01", {"many": [{}, {"flag": True}]}),
        (b"\x2a\x06\x0a\x01k\x12\x01v\x2a\x00", {"labels": {"k": "v", "": ""}}),
        (b"\xc2\x0c\x01x\xc2\x0c\x01y", {"words": ["x", "y"]}),
        (b"\x0a\x02\xff\x00", {"id": "\ufffd"}),
        # what is not in the table: a varint, eight bytes, a text, four bytes
        (b"\x78\x05\x79abcdefgh\x7a\x01z\x7dabcd\x0a\x01a", {"id": "a"}),
    ],
)
def test_decode(data: bytes, message: dict[str, Any]) -> None:
    assert decode(TABLE, data) == {**EMPTY, **message}


@pytest.mark.parametrize(
    "data",
    [
        b"\x0a",
        b"\x0a\x05ab",
        b"\x10",
        b"\x10\xff",
        b"\xff" * 20,
        b"\x0b",
        b"\x08\x01",
        b"\x12\x00",
        b"\x1a\x01\x0a",
    ],
)
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(AnswerError):
        decode(TABLE, data)


def test_lists_are_bounded() -> None:
    assert len(decode(TABLE, b"\x22\x00" * 100_000)["many"]) == MAX_ITEMS


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_an_error(data: bytes) -> None:
    with contextlib.suppress(AnswerError):
        decode(TABLE, data)


@given(
    st.fixed_dictionaries(
        {
            "id": st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"])),
            "count": st.integers(0, (1 << 63) - 1),
            "one": st.fixed_dictionaries({"flag": st.booleans()}),
            "many": st.lists(st.fixed_dictionaries({"name": st.sampled_from(["", "x"])}), max_size=5),
            "data": st.binary(),
            "words": st.lists(st.sampled_from(["", "word"]), max_size=5),
        }
    )
)
def test_what_was_written_is_read(message: dict[str, Any]) -> None:
    assert decode(TABLE, encode(TABLE, message)) == {"labels": {}, **message}
