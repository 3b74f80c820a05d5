"""What is done to the text of a rules file: bytes, lines, words, and what YAML itself offers to do harm with."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from fuzz.rules_story import KEYS

_TOKENS = (
    b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\t", b"\n", b" ", b"  ", b":",
    b": ", b"- ", b"? ", b"[", b"]", b"{",
    b"}", b",", b"&a ", b"*a", b"!!str ", b"!<x> ", b"|", b">", b"|9", b"%", b"@", b"`", b"#", b" #",
    b'"', b"'", b"\\", b"\\x", b'"\\U00110000"',
    b"---\n", b"...\n", b"<<: *a", b"\x85", b"\xe2\x80\xa8", b"(", b")", b" and ", b" or ", b" not ", b" in ",
    b" exists", b"=", b"!=",
)  # fmt: skip
_WORD = re.compile(rb"[A-Za-z_][\w.]*")


def flip(rng: Random, text: bytes) -> bytes:
    out = bytearray(text)
    for _ in range(rng.choice((1, 3, 20))):
        if out:
            out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def token(rng: Random, text: bytes) -> bytes:
    at = rng.randrange(len(text) + 1)
    return (
        text[:at]
        + rng.choice(_TOKENS) * rng.choice((1, 1, 1, 3, 500))
        + text[at + rng.choice((0, 0, 1, 4)) :]
    )


def cut(rng: Random, text: bytes) -> bytes:
    return text[: rng.randrange(len(text) + 1)]


def remove(rng: Random, text: bytes) -> bytes:
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + rng.choice((1, 2, 10, 100)) :]


def repeat(rng: Random, text: bytes) -> bytes:
    at = rng.randrange(len(text) + 1)
    part = text[at : at + rng.choice((1, 5, 40, 300))]
    return text[:at] + part * rng.choice((2, 2, 10, 200)) + text[at + len(part) :]


def word(rng: Random, text: bytes) -> bytes:
    """A word becomes another of the file, or a key."""
    found = list(_WORD.finditer(text))
    if not found:
        return text
    m = rng.choice(found)
    other = rng.choice(found).group() if rng.random() < 0.6 else rng.choice(KEYS).encode()
    return text[: m.start()] + other + text[m.end() :]


def lines(rng: Random, text: bytes) -> bytes:
    """Lines are dropped, moved, doubled, indented."""
    rows = text.split(b"\n")
    for _ in range(rng.choice((1, 2, 5))):
        i, k = rng.randrange(len(rows)), rng.randrange(len(rows))
        kind = rng.randrange(5)
        if kind == 0:
            rows[i], rows[k] = rows[k], rows[i]
        elif kind == 1:
            rows.insert(k, rows[i])
        elif kind == 2 and len(rows) > 1:
            del rows[i]
        elif kind == 3:
            rows[i] = rng.choice((b" ", b"  ", b"\t", b"    ")) + rows[i]
        else:
            rows[i] = rows[i].lstrip()
    return b"\n".join(rows)


def nest(rng: Random, text: bytes) -> bytes:
    """Lists and maps in each other, deeper than anybody means them."""
    deep = rng.choice((10, 200, 3000, 50_000))
    kind = rng.randrange(5)
    if kind == 0:
        inside = b"[" * deep + b"x" + b"]" * rng.choice((deep, deep, 0))
    elif kind == 1:
        inside = b"{a: " * deep + b"x" + b"}" * rng.choice((deep, 0))
    elif kind == 2:
        inside = b"- " * deep + b"x"
    elif kind == 3:
        inside = b"? " * deep + b"x"
    else:
        inside = b"\n".join(b" " * i + b"a:" for i in range(min(deep, 1500)))
    if rng.random() < 0.5:
        return text + b"\n- list: deep\n  items: " + inside + b"\n"
    return text + b"\n" + inside + b"\n"


def bomb(rng: Random, text: bytes) -> bytes:
    """Aliases of aliases: few bytes that stand for very many values."""
    levels = rng.choice((3, 9, 40))
    rows = [b"- &a0 [x, x, x]"]
    for i in range(1, levels):
        rows.append(b"- &a%d [*a%d, *a%d, *a%d]" % (i, i - 1, i - 1, i - 1))
    rows.append(b"- list: l\n  items: *a%d" % (levels - 1))
    if rng.random() < 0.3:
        rows.append(b"- &self [*self]")
    return rng.choice((b"\n".join(rows) + b"\n" + text, text + b"\n" + b"\n".join(rows) + b"\n"))


def loop(rng: Random, text: bytes) -> bytes:
    """Macros and lists that stand for themselves, for each other, for chains of others, for twice the one before."""
    n = rng.choice((1, 2, 30, 300))
    kind = rng.randrange(4)
    if kind == 0:
        rows = [b"- macro: m%d\n  condition: m%d or evt.num = 1" % (i, (i + 1) % n) for i in range(n)]
    elif kind == 1:
        rows = [b"- list: l%d\n  items: [l%d, x]" % (i, (i + 1) % n) for i in range(n)]
    elif kind == 2:
        rows = [b"- macro: m0\n  condition: evt.num = 1"]
        rows += [
            b"- macro: m%d\n  condition: (m%d and m%d)" % (i, i - 1, i - 1) for i in range(1, min(n, 30))
        ]
    else:
        rows = [b"- list: l0\n  items: [x, y]"]
        rows += [b"- list: l%d\n  items: [l%d, l%d]" % (i, i - 1, i - 1) for i in range(1, min(n, 30))]
    used = b"m%d" % (len(rows) - 1) if kind % 2 == 0 else b"proc.name in (l%d)" % (len(rows) - 1)
    rows.append(b"- rule: looped\n  desc: d\n  condition: " + used + b"\n  output: o\n  priority: DEBUG")
    return text + b"\n" + b"\n".join(rows) + b"\n"


def huge(rng: Random, text: bytes) -> bytes:
    many = rng.choice((1000, 20_000))
    kind = rng.randrange(4)
    if kind == 0:
        return text + b"\n- list: huge\n  items: [" + b", ".join(b"v%d" % i for i in range(many)) + b"]\n"
    if kind == 1:
        values = b", ".join(b"[a%d, b]" % i for i in range(many // 20))
        exceptions = b"[{name: e, fields: [proc.name, fd.name], comps: [=, =], values: [" + values + b"]}]"
        return (
            text
            + b"\n- rule: huge\n  desc: d\n  condition: evt.num = 1\n  output: o\n  priority: DEBUG\n  exceptions: "
            + exceptions
            + b"\n"
        )
    if kind == 2:
        return (
            text
            + b"\n- macro: huge\n  condition: "
            + b" or ".join(b"fd.num = %d" % i for i in range(many // 4))
            + b"\n"
        )
    return text + b"\n- macro: huge\n  condition: proc.name = " + b"x" * (many * 40) + b"\n"


def encode(rng: Random, text: bytes) -> bytes:
    how = rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-8-sig"))
    return text.decode("utf-8", "replace").encode(how, "replace")


_DAMAGES: tuple[Callable[[Random, bytes], bytes], ...] = (
    flip, token, token, token, cut, remove, repeat, word, word, word, lines, lines, nest, bomb, loop, huge, encode,
)  # fmt: skip


def damaged(rng: Random, text: bytes) -> bytes:
    """The text, damaged more or less; one in four is left as it is."""
    for _ in range(rng.choice((0, 1, 1, 2))):
        text = rng.choice(_DAMAGES)(rng, text)
    return text
