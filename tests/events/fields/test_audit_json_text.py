"""JSON as fastjson reads it: leniencies, limits, and texts that come back as they were written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.events.fields.json_text import (
    BROKEN,
    DONE,
    MAX_DEPTH,
    MORE,
    Number,
    Object,
    Scanner,
    compact,
    indented,
    members,
    parse,
)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (b'"\\u00e9\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\"\\\\"', 'é😀/\b\f\n\r\t"\\'),
        (b'"\\x\\u12\\uzzzz"', "\\x\\u12\\uzzzz"),
        (b'"\\ud800"', "\\ud800"),
        (b'"\\ud800x"', "\\ud800x"),
        (b'"\\ud800\\u0041"', "\ufffd"),
        (b'"\\udc00\\ud800"', "\ufffd"),
        (b'"\\ud83d\\uzz"', "\\ud83d\\uzz"),
        (b'"\\u0000"', "\0"),
        (b'"\xff\xc3"', "\udcff\udcc3"),
        (b'"\x01\t"', "\x01\t"),
        (b"  [ ]  ", []),
        (b"{}", {}),
        (b"[true,false,null]", [True, False, None]),
        (b"0", 0),
        (b"-17", -17),
        (b"999999999999999999", 999999999999999999),
        (b'{"a":1,"a":2}', {"a": 1}),
        (b'{"\\u0061":1,"a":2,"a":3}', {"a": 2}),
        (b'{"a":1,"\\u0061":2}', {"a": 1}),
        (b'{"\\u0061":1,"\\u0061":2}', {"a": 1}),
    ],
)
def test_values(text: bytes, want: Any) -> None:
    found = parse(text)
    assert found == want
    assert type(found) is not bool or found is want


@pytest.mark.parametrize(
    "text",
    [
        "-0",
        "1.50",
        "1e5",
        "00",
        "1-2",
        "+5",
        ".5",
        "1000000000000000000",
        "nan",
        "NaN",
        "-Inf",
        "nAn",
        "9" * 5000,
    ],
)
def test_other_numbers_keep_their_spelling(text: str) -> None:
    found = parse(text.encode())
    assert isinstance(found, Number)
    assert found.text == text
    inside = parse(f"[{text}]".encode())
    assert inside[0].text == text
    assert inside.text() == f"[{text}]"


@pytest.mark.parametrize(
    "text",
    [
        b"", b" ", b"{", b"[", b'"', b'{"a"', b'{"a":', b'{"a":1', b'{"a":1,', b"[1", b"[1,", b"[1,]", b"[-]",
        b'{"a":1,}', b"{a:1}", b"tru", b"nul", b"falsE", b"trueX", b"[1 2]", b'{"a" 1}', b"x", b"+x", b"-i",
        b"{]", b"[}", b'"a', b'"a\nb"', b"1 2", b"{}}", b"\xef\xbb\xbf{}", b"'a'", b"nax", b"[,1]",
        b'{,"a":1}', b'"\\', b'"\\"',
    ],
)  # fmt: skip
def test_no_json(text: bytes) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_depth() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert parse(deepest).text() == deepest.decode()
    for text in (b"[" + deepest + b"]", b"[" * MAX_DEPTH + b"1" + b"]" * MAX_DEPTH):
        with pytest.raises(ValueError, match="300"):
            parse(text)
        scanner = Scanner()
        scanner.begin(0)
        assert scanner.scan(bytearray(text)) == BROKEN
        assert "300" in scanner.error


def test_an_object_knows_its_text() -> None:
    found = parse(b' { "a" : { "b" : [ 1 , "x y\\u0020" ] } } ')
    assert isinstance(found, Object)
    assert found.text() == '{"a":{"b":[1,"x y\\u0020"]}}'
    assert found["a"]["b"].text() == '[1,"x y\\u0020"]'
    assert found.names is None
    assert parse(b'{"a":1,"b":1,"a":2,"c":1}').names == ["a", "b", "a", "c"]


def test_members() -> None:
    text = b'{"a": [1, "]"], "b" : "}" , "c":{"d":[{}]},"e":12}'
    assert [(name, text[i:j]) for name, i, j in members(text, 0)] == [
        ("a", b'[1, "]"]'), ("b", b'"}"'), ("c", b'{"d":[{}]}'), ("e", b"12"),
    ]  # fmt: skip
    assert [text[i:j] for _, i, j in members(text, 6)] == [b"1", b'"]"']
    assert members(text, 2) == members(text, 99) == members(text, -1) == members(b"[ ]", 0) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


def plain(value: Any) -> Any:
    """The value in Python's own types."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return json.loads(value.text) if isinstance(value, Number) else value


@given(JSON, st.sampled_from([None, 1, 4]), st.booleans())
def test_reads_what_the_standard_library_writes(document: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    if not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
        return
    assert plain(parse(text.encode())) == json.loads(text)
    one_line = json.dumps(document, ensure_ascii=ascii_only, separators=(",", ":")).encode()
    assert compact(text.encode()) == one_line
    assert indented(one_line).decode() == json.dumps(document, indent=2, ensure_ascii=ascii_only)


@given(JSON.filter(lambda v: isinstance(v, dict | list)), st.lists(st.integers(1, 30), max_size=30))
def test_the_scanner_finds_the_end_however_the_bytes_arrive(document: Any, steps: list[int]) -> None:
    text = json.dumps(document).encode()
    scanner, buffer, at = Scanner(), bytearray(), 0
    scanner.begin(0)
    for step in [*steps, len(text)]:
        buffer += text[at : at + step]
        at += step
        status = scanner.scan(buffer)
        if len(buffer) < len(text):
            assert status == MORE
        else:
            assert (status, scanner.at) == (DONE, len(text))
            return


@given(st.binary(max_size=60) | st.text('{}[]",:\\u01e-tfn \n', max_size=60).map(str.encode))
def test_scanner_and_reader_agree(text: bytes) -> None:
    text = text.lstrip(b" \t\r\n")
    if text[:1] not in (b"{", b"["):
        return
    scanner = Scanner()
    scanner.begin(0)
    status = scanner.scan(bytearray(text))
    if status == DONE:
        parse(text[: scanner.at])
    else:
        with pytest.raises(ValueError):
            parse(text)
