"""Objects out of a stream of bytes, and the thread after damage."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiercel.sources.k8s_audit import framing
from tiercel.sources.k8s_audit.bad_event import BadEvent
from tiercel.sources.k8s_audit.framing import Frame, Framer

Found = list[Frame | BadEvent]


def cut(text: bytes, at: list[int] | None = None, limit: int = 1 << 20) -> Found:
    """What a stream of `text` holds, where it arrives cut at these places."""
    framer, found, start = Framer(limit), [], 0
    for end in [*(at or []), len(text)]:
        framer.feed(text[start:end])
        start = end
        found += framer.frames(final=False)
    return [*found, *framer.frames(final=True)]


def seen(text: bytes, limit: int = 1 << 20) -> list[tuple[int, str]]:
    """By line: each object's text, or `!` and what is wrong."""
    return [
        (f.line, f"!{f.message}") if isinstance(f, BadEvent) else (f.line, f.text.decode())
        for f in cut(text, limit=limit)
    ]


def lines(*text: str) -> bytes:
    return "\n".join(text).encode()


@pytest.mark.parametrize(
    ("text", "want"),
    [
        (b"", []),
        (b"\n\n \n", []),
        (b'{"a":1}', [(1, '{"a":1}')]),
        (b'\xef\xbb\xbf{"a":1}\r\n\r\n{}\r\n', [(1, '{"a":1}'), (3, "{}")]),
        (b"{}{} {}\n{}", [(1, "{}"), (1, "{}"), (1, "{}"), (2, "{}")]),
        (b"[{},\n{}]\n[]\n[[{}]]", [(1, "{}"), (2, "{}"), (4, "{}")]),
        (b'{\n  "a": [\n {\n}\n]\n}\n{}', [(1, '{\n  "a": [\n {\n}\n]\n}'), (7, "{}")]),
        (b"\0\0\0{}", [(1, "{}")]),
    ],
)
def test_layouts(text: bytes, want: Any) -> None:
    assert seen(text) == want


@pytest.mark.parametrize(
    ("text", "want"),
    [
        # something that cannot start an object costs its line
        (lines("hello", "{}"), [(1, "!not JSON: an object expected, not 'hello'"), (2, "{}")]),
        (lines("{} x", "{}"), [(1, "{}"), (1, "!not JSON: an object expected, not 'x'"), (2, "{}")]),
        # an object that breaks on its line
        (lines('{"a":tru}', "{}"), [(1, "!not JSON: a value expected, at its byte 6"), (2, "{}")]),
        (lines('{"a":"x', "{}"),
         [(1, "!not JSON: a string does not end on its line, at its byte 8"), (2, "{}")]),
        # an object that was cut between two tokens: the next lines are not taken for its members
        (lines('{"a":1,', '{"b":2}', "{}"),
         [(1, "!not JSON: a key in double quotes expected, line 2, column 1"), (2, '{"b":2}'), (3, "{}")]),
        (lines('{"a":', '{"b":2}', '{"c":3}', "{}"),
         [(1, "!not JSON: ',' or '}' expected, line 3, column 1"), (2, '{"b":2}'), (3, '{"c":3}'),
          (4, "{}")]),
        (lines('{"a":[', '{"b":2}', '{"c":3}'),
         [(1, "!not JSON: ',' or ']' expected, line 3, column 1"), (2, '{"b":2}'), (3, '{"c":3}')]),
        (lines('{"a":', '{"b":', '{"c":3}', "{}"),
         [(1, "!not JSON: ',' or '}' expected, line 4, column 1"), (2, "!not JSON: cut at the end of a line"),
          (3, '{"c":3}'), (4, "{}")]),
        (lines('{"a":[', '{"b":2}'),
         [(1, "!not JSON: the log ends within it, line 2, column 8"), (2, '{"b":2}')]),
        # an object over many lines: its members, which are indented, are not taken for objects
        (lines("{", '  "a": [', '    {"x": 1},', "    oops", "  ],", '  "b": {', '    "y": 1', "  }", "}",
               "{}"),
         [(1, "!not JSON: a value expected, line 4, column 5"), (10, "{}")]),
        # in an array, the members before and after
        (lines("[", "  {},", '  {"a": oops},', '  {"b": 1}', "]", "{}"),
         [(2, "{}"), (3, "!not JSON: a value expected, at its byte 7"), (4, '{"b": 1}'), (6, "{}")]),
        (b"[{},{x}", [(1, "{}"), (1, "!not JSON: a key in double quotes expected, at its byte 2")]),
    ],
)  # fmt: skip
def test_damage(text: bytes, want: Any) -> None:
    assert seen(text) == want


def test_a_broken_list_gives_its_items() -> None:
    text = lines(
        "{",
        '  "kind": "EventList",',
        '  "items": [',
        '    {"n": 1},',
        "    {",
        '      "n": 2,',
        '      "deep": [ {"kind": "Event"}, oops ]',
        "    },",
        '    {"n": 3}',
        "  ],",
        '  "metadata": {}',
        "}",
        '{"n": 4}',
    )
    found = cut(text)
    assert [(f.line, f.text, f.listed) for f in found if isinstance(f, Frame)] == [
        (4, b'{"n": 1}', True),
        (9, b'{"n": 3}', True),
        (13, b'{"n": 4}', False),
    ]
    assert [(f.line, f.message) for f in found if isinstance(f, BadEvent)] == [
        (5, "not JSON: a value expected, line 7, column 36")
    ]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ('{"items":[{"n":1},{"n":2}', [(1, '{"n":1}'), (1, '{"n":2}')]),
        ('{"items":[{"n":1},{"n":', [(1, '{"n":1}')]),
        ('{"items":[{"n":1},7,{"n":2}],,', [(1, '{"n":1}'), (1, '{"n":2}')]),
        ('{"items":[{"n":1}]', [(1, '{"n":1}')]),
        ('{"items":[{"n":1} oops {"n":2}]}', [(1, '{"n":1}')]),
    ],
)
def test_a_list_that_breaks_on_its_line(text: str, want: Any) -> None:
    found = seen(lines(text, '{"n":9}'))
    assert [f for f in found if not f[1].startswith("!")] == [*want, (2, '{"n":9}')]
    assert any(f[1].startswith("!") for f in found)


def test_a_large_object_is_skipped_to_its_end() -> None:
    large = '{"a":[' + "1," * 200 + '"' + "x" * 300 + '"]}'
    found = seen(lines("{}", large, '{"b":2}'), limit=100)
    assert [f[0] for f in found] == [1, 2, 3]
    assert "larger than 100 bytes" in found[1][1]
    assert "max_event_bytes" in found[1][1]


def test_a_large_object_that_breaks() -> None:
    cut_short = '{"a":[\n' + "1,\n" * 200
    found = seen(lines(cut_short + '{"b":2}', '{"c":3}'), limit=100)
    assert "larger than 100 bytes" in found[0][1]
    assert found[1:] == [(203, '{"c":3}')]


def test_memory_is_bounded() -> None:
    framer = Framer(1000)
    found: Found = []
    strings, numbers, garbage = [b"x" * 10_000] * 100, [b"1," * 5000] * 100, [b"oops" * 2500] * 100
    first, second = (b'{"a":"', *strings, b'","b":[', *numbers, b"1]}\n"), (*garbage, b"\n")
    for piece in (*first, *second, *[b" " * 10_000] * 100):
        framer.feed(piece)
        found += framer.frames(final=False)
        assert len(framer._buffer) <= 20_000
    assert [f.line for f in found] == [1, 2]


@pytest.mark.parametrize(
    "line",
    [b"{", b'{"a":', b"[", b'{"items":[', b'{"a":[{"items":[', b'{"a":{}},{', b"[{},", b'{"\\', b'"', b"}"],
)
def test_hostile_repetition_takes_linear_time(line: bytes) -> None:
    for text in (line * 20_000, (line + b"\n") * 20_000, (b" " + line + b"\n") * 20_000):
        start = time.process_time()
        cut(text)
        assert time.process_time() - start < 3


DOCUMENT = st.recursive(
    st.none() | st.integers(0, 99) | st.text('ab"\\{}[]\n', max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "items", "kind"]), inner, max_size=3)
    ),
    max_leaves=8,
).filter(lambda v: isinstance(v, dict))


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    parts = []
    for _ in range(draw(st.integers(1, 5))):
        what = draw(st.sampled_from([DOCUMENT, st.lists(DOCUMENT, max_size=3)]))
        parts.append(json.dumps(draw(what), indent=draw(st.sampled_from([None, None, 0, 2]))))
        parts.append(
            draw(st.sampled_from(["\n", "\n", "", ",\n", "oops\n", "{", "[\n", '{"a":\n', '{"items":[{']))
        )
    text = bytearray("".join(parts).encode())
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, max(0, len(text) - 1)))
        text[at : at + draw(st.integers(0, 4))] = draw(
            st.sampled_from([b"", b"{", b"]", b'"', b"\n", b"x", b"\\"])
        )
    return bytes(text)


@settings(max_examples=300, deadline=None)
@given(logs(), st.lists(st.integers(0, 400), max_size=8), st.sampled_from([30, 120, 10_000]), st.booleans())
def test_how_the_bytes_are_cut_makes_no_difference(
    text: bytes, places: list[int], limit: int, small: bool
) -> None:
    whole = cut(text, limit=limit)
    before, framing._TRIM = framing._TRIM, 1 if small else framing._TRIM
    try:
        at = sorted(place for place in places if place <= len(text))
        assert cut(text, at, limit) == whole
        assert cut(text, list(range(1, len(text))), limit) == whole
    finally:
        framing._TRIM = before


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=6),
    st.integers(0, 5),
    st.text('ab"\\{}[]:,1 ', max_size=30)
    | st.sampled_from(['{"a":', '{"a":[', '{"a":[{', '{"a":"', "{", "["]),
)
def test_a_bad_line_swallows_no_other(numbers: list[int], where: int, bad: str) -> None:
    good = [f'{{"n":{n},"x":{{"y":[1]}}}}' for n in numbers]
    where = min(where, len(good))
    text = lines(*good[:where], bad, *good[where:])
    found = [f.text.decode() for f in cut(text) if isinstance(f, Frame)]
    at = 0
    for line in good:
        assert line in found[at:]
        at = found.index(line, at) + 1
