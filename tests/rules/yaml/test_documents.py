"""YAML against yaml-cpp: what it said of these texts is written down here."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.rules.yaml import Node, NodeKind, Stream, YamlError, load_documents


def shown(node: Node, stream: Stream) -> str:
    """`offset:line:column` of each node, N for null, text in quotes, [items], {key=value}."""
    place = "{}:{}:{}".format(*stream.position(node.mark))
    if node.kind == NodeKind.SCALAR:
        return place + repr(node.scalar)
    if node.kind == NodeKind.SEQUENCE:
        return place + "[" + "".join(shown(n, stream) + "," for n in node.items) + "]"
    if node.kind == NodeKind.MAP:
        pairs = (f"{shown(k, stream)}={shown(v, stream)}," for k, v in node.pairs)
        return place + "{" + "".join(pairs) + "}"
    return place + "N"


def read(content: bytes) -> str:
    stream = Stream(content)
    return " | ".join(shown(n, stream) for n in load_documents(stream))


DOCUMENTS = {
    "scalars of a map": (
        "a: b\nc: 'd''e'\nf: \"g\\n\\x41\"\n",
        "0:0:0{0:0:0'a'=3:0:3'b',5:1:0'c'=8:1:3\"d'e\",15:2:0'f'=18:2:3'g\\nA',}",
    ),
    "nulls": (
        "- ~\n- null\n- ''\n-\n- Null\n- !!str\n",
        "0:0:0[2:0:2N,6:1:2N,13:2:2'',18:4:0N,20:4:2N,27:5:2'',]",
    ),
    "folded": (
        "a: >\n  one\n  two\n\n  three\n   more\n  end\n",
        "0:0:0{0:0:0'a'=3:0:3'one two\\nthree\\n more\\nend\\n',}",
    ),
    "literal keeps": (
        "a: |+\n  one\n\n\nb: |-\n  two\n\n",
        "0:0:0{0:0:0'a'=3:0:3'one\\n\\n\\n',14:4:0'b'=17:4:3'two',}",
    ),
    "block indent": (
        "- |2\n   x\n  y\n",
        "0:0:0[2:0:2' x\\ny\\n',]",
    ),
    "plain goes on": (
        "a: one\n  two\n\n  three # note\nb: c\n",
        "0:0:0{0:0:0'a'=3:0:3'one two\\nthree',29:4:0'b'=32:4:3'c',}",
    ),
    "quoted goes on": (
        'a: "one\n  two \\\n  three\n\n  four"\n',
        "0:0:0{0:0:0'a'=3:0:3'one two three\\nfour',}",
    ),
    "flow": (
        "[a, {b: c, d}, [e: f], : g]\n",
        "0:0:0[1:0:1'a',4:0:4{5:0:5'b'=8:0:8'c',11:0:11'd'=12:0:12N,},15:0:15[16:0:16{16:0:16'e'=19:0:19'f',},],23:0:23{23:0:23N=25:0:25'g',},]",
    ),
    "words over lines": (
        "x: [a,\n    b, c\n   ]\n",
        "0:0:0{0:0:0'x'=3:0:3[4:0:4'a',11:1:4'b',14:1:7'c',],}",
    ),
    "block in block": (
        "- a:\n  - b\n  - - c\n    - d\n  e: f\n-\n  - g\n",
        "0:0:0[2:0:2{2:0:2'a'=7:1:2[9:1:4'b',15:2:4[17:2:6'c',25:3:6'd',],],29:4:2'e'=32:4:5'f',},38:6:2[40:6:4'g',],]",
    ),
    "key without value": (
        "a:\nb\n",
        "0:0:0{0:0:0'a'=3:1:0N,3:1:0'b'=3:1:0N,}",
    ),
    "open end": (
        "tags:",
        "0:0:0{0:0:0'tags'=5:0:0N,}",
    ),
    "complex key": (
        "? [a, b]\n: c\n",
        "0:0:0{2:0:2[3:0:3'a',6:0:6'b',]=11:1:2'c',}",
    ),
    "anchor and alias": (
        "- &x {a: b}\n- *x\n- &y z\n",
        "0:0:0[2:0:2{6:0:6'a'=9:0:9'b',},2:0:2{6:0:6'a'=9:0:9'b',},19:2:2'z',]",
    ),
    "tags": (
        "- !a b\n- !!str null\n- !<t> c\n- ! d\n",
        "0:0:0[2:0:2'b',9:1:2'null',22:2:2'c',31:3:2'd',]",
    ),
    "documents": (
        "---\na\n---\nb\n...\n# c\n--- d\n",
        "4:1:0'a' | 10:3:0'b' | 24:6:4'd'",
    ),
    "null document ends": (
        "a: b\n---\n---\nc: d\n",
        "0:0:0{0:0:0'a'=3:0:3'b',}",
    ),
    "directive": (
        "%YAML 1.2\n---\na\n",
        "14:2:0'a'",
    ),
    "line ends": (
        "a: b\r\nc:\r\n  - d\r\n",
        "0:0:0{0:0:0'a'=3:0:3'b',6:1:0'c'=12:2:2[14:2:4'd',],}",
    ),
    "old line ends": (
        "a: b\rc: d\r",
        "0:0:0{0:0:0'a'=3:0:3'b',5:1:0'c'=8:1:3'd',}",
    ),
    "bytes count": (
        "é: ü\nx: é # é\ny: z\n",
        "0:0:0{0:0:0'é'=4:0:4'ü',7:1:0'x'=10:1:3'é',18:2:0'y'=21:2:3'z',}",
    ),
    "quote open at end": (
        'a: "b\n',
        "0:0:0{0:0:0'a'=3:0:3'b ',}",
    ),
    "colon in word": (
        "a: b:c\nd: http://e\n",
        "0:0:0{0:0:0'a'=3:0:3'b:c',7:1:0'd'=10:1:3'http://e',}",
    ),
    "hash in word": (
        "a: b#c\nd: e #f\n",
        "0:0:0{0:0:0'a'=3:0:3'b#c',7:1:0'd'=10:1:3'e',}",
    ),
    "dash in word": (
        "- -a\n- a-b\n- --- b\n",
        "0:0:0[2:0:2'-a',7:1:2'a-b',13:2:2'--- b',]",
    ),
}

# Texts that are no YAML: what is wrong, and offset, line and column of it.
ERRORS = {
    "second colon": ("this : is : not : yaml\n", "illegal map value", (10, 0, 10)),
    "tab": ("a:\n\tb: c\n", "illegal map value", (5, 1, 2)),
    "tab in block": ("a: |\n  b\n\tc\n", "illegal tab when looking for indentation", (9, 2, 0)),
    "no end of flow": ("[a, b\n", "end of sequence flow not found", (6, 1, 0)),
    "wrong bracket": ("[a}\n", "illegal flow end", (2, 0, 2)),
    "bracket alone": ("]\n", "illegal flow end", (0, 0, 0)),
    "no alias": ("*a\n", "the referenced anchor is not defined: a", (0, 0, 0)),
    "alias name": ("- *\n", "alias not found after *", (3, 0, 3)),
    "anchor name": ("- &[\n", "anchor not found after &", (3, 0, 3)),
    "two tags": ("- !a !b c\n", "cannot assign multiple tags to the same node", (5, 0, 5)),
    "two anchors": ("- &a &b c\n", "cannot assign multiple anchors to the same node", (5, 0, 5)),
    "quoted then more": ('"a" b\n', "unexpected scalar", (4, 0, 4)),
    "comma first": (",a\n", "plain value cannot start with flow indicator character", (0, 0, 0)),
    "quote open": ('a: "b', "illegal EOF in scalar", (5, 0, 5)),
    "document in quote": ('a: "b\n---\nc"\n', "illegal document indicator in scalar", (6, 1, 0)),
    "unknown escape": ('"\\q"\n', "unknown escape character: q", (3, 0, 3)),
    "bad hex": ('"\\xzz"\n', "bad character found while scanning hex number", (5, 0, 5)),
    "no unicode": ('"\\ud800"\n', "invalid unicode: 55296", (7, 0, 7)),
    "zero indent": ("a: |0\n  b\n", "cannot set zero indentation for a block scalar", (5, 0, 5)),
    "after indicator": ("a: | b\n", "unexpected character in block scalar", (5, 0, 5)),
    "entry in flow": ("[- a]\n", "illegal block entry", (1, 0, 1)),
    "entry in line": ("a: - b\n", "illegal block entry", (3, 0, 3)),
    "key in line": ("a: ? b\n", "illegal map key", (3, 0, 3)),
    "outdented": ("a:\n   b: c\n  d: e\n", "end of map not found", (13, 2, 2)),
    "indented": ("a: b\n  c: d\n", "illegal map value", (8, 1, 3)),
    "at sign": ("a: @b\n", "unknown token", (3, 0, 3)),
    "backtick": ("`a\n", "unknown token", (0, 0, 0)),
    "version": ("%YAML 2.0\n---\na\n", "YAML major version too large", (0, 0, 0)),
    "versions": ("%YAML 1.2\n%YAML 1.2\n---\na\n", "repeated YAML directive", (10, 1, 0)),
    "version words": ("%YAML\n---\na\n", "YAML directives must have exactly one argument", (0, 0, 0)),
    "version text": ("%YAML one\n---\na\n", "bad YAML version: one", (0, 0, 0)),
    "tag words": ("%TAG a\n---\na\n", "TAG directives must have exactly two arguments", (0, 0, 0)),
    "tags twice": ("%TAG !a! b\n%TAG !a! c\n---\na\n", "repeated TAG directive", (11, 1, 0)),
    "tag end": ("- !<a\n", "end of verbatim tag not found", (5, 0, 5)),
    "tag suffix": ("- !a! b\n", "tag handle with no suffix", (5, 0, 5)),
    "tag word": ("- !a+b!c d\n", "illegal character found while scanning tag handle", (4, 0, 4)),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents(name: str) -> None:
    text, expected = DOCUMENTS[name]
    assert read(text.encode()) == expected


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    text, message, position = ERRORS[name]
    with pytest.raises(YamlError) as error:
        read(text.encode())
    assert tuple(error.value.position) == position
    line, column = position[1] + 1, position[2] + 1
    assert error.value.text == f"yaml-cpp: error at line {line}, column {column}: {message}"


def test_encodings() -> None:
    text = "a: é\n"
    plain = read(text.encode())
    for name in ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-32-be"):
        assert read(text.encode(name)) == plain, name


def test_bytes_that_are_no_text_survive() -> None:
    (document,) = load_documents(Stream(b"a: \xff\xfe\n"))
    assert document.pairs[0][1].scalar.encode("utf-8", "surrogateescape") == b"\xff\xfe"


def test_a_zero_byte_escapes() -> None:
    (document,) = load_documents(Stream(b"- x\n- b\0nc\n"))
    assert document.items[1].scalar == "b\nc"
    with pytest.raises(YamlError, match="unknown escape character: q"):
        read(b"a: \0q\n")


def test_depth_is_bounded() -> None:
    for text in (b"[" * 100_000, b"{" * 100_000, b"- " * 100_000, b"[\n" * 100_000):
        with pytest.raises(YamlError):
            read(text)


def test_aliases_are_the_node_itself() -> None:
    (document,) = load_documents(Stream(b"- &a [&b x, *b]\n- *a\n- &c [*c]\n"))
    assert document.items[0] is document.items[1]
    assert document.items[2].items[0] is document.items[2]


def test_a_key_comes_first_or_twice() -> None:
    (document,) = load_documents(Stream(b"a: 1\na: 2\n~: 3\n"))
    first = document.get("a")
    assert first is not None and first.scalar == "1"
    assert document.get("null") is None and len(document.pairs) == 3


PIECES = (
    "a", "b c", "- ", ": ", ":", "\n", "\n  ", "  ", "[", "]", "{", "}", ", ", "'", '"', " #", "|", ">-", "&a ", "*a",
    "!t ", "? ", "%", "---", "...", "\t", "\r", "\\", "é", "~", "\0", "\x04", "key: ", "[a, b]",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_text_is_read_or_refused(pieces: list[str]) -> None:
    content = "".join(pieces).encode()
    try:
        read(content)
    except YamlError as e:
        # yaml-cpp counts on past the end (behind a NUL), by what it looked for there; users of a place clamp it.
        assert 0 <= e.position.offset <= 2 * len(content) + 10


def test_words_at_once_are_words_one_by_one() -> None:
    """Plain lists are read in one go; a comment at the end of a line sends them through the scanner."""
    random_ = random.Random(5)
    for _ in range(300):
        words = [
            random_.choice(["a", "b-c", "/x/y", "1", "null", "a.b"]) for _ in range(random_.randrange(6))
        ]
        gaps = [random_.choice(["", " ", "\n ", "  \n   "]) for _ in range(2 * len(words) + 1)]
        text = gaps[0] + ",".join(f"{gaps[2 * i + 1]}{w}{gaps[2 * i + 2]}" for i, w in enumerate(words))
        (once,) = load_documents(Stream(f"[{text}]\n".encode()))
        (slow,) = load_documents(Stream(f"[{text.replace(chr(10), ' #' + chr(10))}]\n".encode()))
        expected = ["" if word == "null" else word for word in words]
        assert [n.scalar for n in once.items] == [n.scalar for n in slow.items] == expected
        assert [n.kind for n in once.items] == [n.kind for n in slow.items]
