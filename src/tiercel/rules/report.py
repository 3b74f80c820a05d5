"""Problems of rules files for people: where to look, what is wrong, what to do."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from functools import lru_cache

from tiercel.rules import place as at
from tiercel.rules.place import Place
from tiercel.rules.problem import MEANINGS, Problem

# Of a long line this much is shown around the spot.
_SHOWN = 100

# A condition is looked through this far, and this many columns deep.
_LONGEST = 1 << 16
_DEEPEST = 500

_WORD = re.compile(r"[\w.]+", re.ASCII)
_INDENT = re.compile(r"[ -]*")
_NO_FIELD = re.compile(r"nonexistent field ([A-Za-z0-9_.]+)")


@dataclass(frozen=True, slots=True)
class Report:
    """A problem as it is shown. `line` and `column` count from 1; `caret` is the column under `source`, from
    0."""

    file: str
    line: int
    column: int
    message: str
    code: str
    subject: str
    source: str
    caret: int
    mend: str


def report(problem: Problem, suggestions: list[str] | None = None) -> Report:
    """A problem for people. `suggestions` are names that a misspelt field may have been meant to be."""
    short, _, mend = MEANINGS[problem.code]
    place = problem.place
    at_, offset = _offset(problem)
    position = at_.file.stream.position(offset)
    text, caret = _around(at_.file.stream.text, offset)
    if suggestions:
        mend = f"Did you mean {' or '.join(suggestions)}? {mend}"
    return Report(
        at_.file.name,
        position.line + 1,
        position.column + 1,
        problem.message or short,
        problem.code,
        _subject(place),
        text,
        caret,
        mend,
    )


def misspelt_field(problem: Problem) -> str | None:
    """The name of the field that a problem says does not exist."""
    match = _NO_FIELD.search(problem.message)
    return None if match is None else match.group(1)


def _subject(place: Place) -> str:
    """`rule 'Name', exception 'x'`: the items that have names, outermost first."""
    named = [p for p in place.chain if p.item_name and p.item_type != at.VALUE]
    subject = ", ".join(f"{p.item_type} '{p.item_name}'" for p in named)
    last = place.chain[-1]
    if last.item_type == at.VALUE and last.item_name:
        subject += f", {last.item_name}" if subject else last.item_name
    return subject


def _offset(problem: Problem) -> tuple[Place, int]:
    """The place to look at, and the offset there."""
    place, word = problem.place, problem.deprecated_field
    if problem.mark is not None:
        return place, place.file.stream.position(problem.mark).offset
    home = place.home
    scalar = place if place.text is None else place.parent or place
    if home is not None:
        scalar = home.place
        found = _in_file(scalar, _as_stream(home.text), home.spot.offset)
    else:
        found = _first(scalar, word) if word else None
    return scalar, min(scalar.position.offset, scalar.file.stream.size) if found is None else found


@lru_cache(maxsize=4)
def _as_stream(text: str) -> str:
    """A text with a character for each byte, as streams have it."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _written(scalar: Place) -> tuple[str, int]:
    """What stands in the file from a scalar's start to the next line that is indented no more than its key, and
    where it starts."""
    text = scalar.file.stream.text
    start = scalar.position.offset
    end = min(start + _LONGEST, len(text))
    line = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    indent = _INDENT.match(text, line, start)
    width = min(len(indent.group()) if indent else 0, _DEEPEST)
    behind = re.compile(rf"[\r\n] {{0,{width}}}(?=[^\s])").search(text, start, end)
    return text[start : behind.start() if behind else end], start


def _first(scalar: Place, word: str) -> int | None:
    text, start = _written(scalar)
    found = text.find(word)
    return None if found < 0 else start + found


def _in_file(scalar: Place, text: str, offset: int) -> int | None:
    """The place in the file of a spot of a condition's text; None where it cannot be told.

    What is at the spot is some word. As often as it comes before the spot in the text, so often it comes
    before the spot in the file: lists that were put in between do not matter unless they hold the word too.
    A text that ends too early is shown behind its last word.
    """
    behind = 0
    match = _WORD.match(text, offset)
    if match is None and not text[offset:].strip():
        match = next(iter(deque(_WORD.finditer(text), 1)), None)
        if match is None:
            return None
        offset, behind = match.start(), len(match.group())
    word = match.group() if match else text[offset]
    words = re.compile(rf"(?<![\w.]){re.escape(word)}(?![\w.])" if match else re.escape(word))
    before = sum(1 for m in words.finditer(text, 0, offset))
    content, start = _written(scalar)
    found = [m.start() for m in words.finditer(content)]
    return start + found[min(before, len(found) - 1)] + behind if found else None


def _around(content: str, offset: int) -> tuple[str, int]:
    """The line of an offset, shortened, and the column under which the caret goes. `content` is a stream's text."""
    first, last = max(offset - 4 * _SHOWN, 0), offset + 4 * _SHOWN
    head, tail = content[first:offset], content[offset:last]
    head = re.split(r"[\r\n]", head)[-1].encode("latin-1").decode("utf-8", "replace")
    tail = re.split(r"[\r\n]", tail, maxsplit=1)[0].encode("latin-1").decode("utf-8", "replace")
    if len(head) > _SHOWN - 20:
        head = "..." + head[-(_SHOWN - 23) :]
    room = max(_SHOWN - len(head), 20)
    if len(tail) > room:
        tail = tail[: room - 3] + "..."
    shown = "".join(c if c.isprintable() else " " for c in head + tail)
    return shown, len(head)
