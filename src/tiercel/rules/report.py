"""Problems of rules files for people: where to look, what is wrong, what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tiercel.rules import place as at
from tiercel.rules.place import Place
from tiercel.rules.problem import COMPILE_CONDITION, MEANINGS, Problem

# Of a long line this much is shown around the spot.
_SHOWN = 100

# Characters that must agree before a spot of a condition is said to be a spot of the file.
_AGREE = 8

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
    file = place.file
    name = file.name
    offset, is_exact = _offset(place)
    if offset is None:
        position = (place.origin or place).position
        text, caret = _around(place.text or b"", place.spot.offset if place.spot else 0)
    else:
        position = file.stream.position(offset)
        text, caret = _around(file.stream.text.encode("latin-1"), offset)
    if suggestions:
        mend = f"Did you mean {' or '.join(suggestions)}? {mend}"
    if not is_exact and problem.code == COMPILE_CONDITION and place.spot is None:
        mend = mend.replace("at the caret", "here")
    return Report(
        name,
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


def _offset(place: Place) -> tuple[int | None, bool]:
    """Where in the file a place is, and whether that is the very spot; None where a condition does not stand
    there as it is (it was appended to, or a list was put in before the spot).
    """
    if place.text is None or place.spot is None or place.origin is None:
        return min(place.position.offset, place.file.stream.size), False
    return _in_file(place.origin, place.text.decode("latin-1"), place.spot.offset), True


def _in_file(origin: Place, condition: str, offset: int) -> int | None:
    """The place in the file of a condition's spot. Folding lines changes blanks and nothing else, so what is
    not blank is counted.
    """
    text = origin.file.stream.text
    start = origin.position.offset
    if text[start : start + 1] in ("|", ">"):
        start = text.find("\n", start) + 1
    elif text[start : start + 1] in ("'", '"'):
        start += 1
    before = _packed(condition[:offset])
    after = _packed(condition[offset : offset + 4 * _AGREE])[:_AGREE]
    # A rule with exceptions has its condition in parentheses.
    for skipped in (0, 1):
        end = _count(text, start, len(before) - skipped, before[skipped:])
        if end is not None and _packed(text[end : end + 4 * _AGREE]).startswith(after):
            return end
    return None


def _count(text: str, start: int, count: int, expected: str) -> int | None:
    at_ = start
    for wanted in expected[: max(count, 0)]:
        while text[at_ : at_ + 1].isspace():
            at_ += 1
        if text[at_ : at_ + 1] != wanted:
            return None
        at_ += 1
    while text[at_ : at_ + 1].isspace():
        at_ += 1
    return at_ if at_ < len(text) else None


def _packed(text: str) -> str:
    return "".join(text.split())


def _around(content: bytes, offset: int) -> tuple[str, int]:
    """The line of an offset, shortened, and the column under which the caret goes."""
    offset = min(offset, len(content))
    start = max(content.rfind(b"\n", 0, offset), content.rfind(b"\r", 0, offset)) + 1
    ends = [e for e in (content.find(b"\n", offset), content.find(b"\r", offset)) if e >= 0]
    line = content[start : min(ends, default=len(content))]
    head = line[: offset - start].decode("utf-8", "replace")
    tail = line[offset - start :].decode("utf-8", "replace")
    if len(head) > _SHOWN - 20:
        head = "..." + head[-(_SHOWN - 23) :]
    room = max(_SHOWN - len(head), 20)
    if len(tail) > room:
        tail = tail[: room - 3] + "..."
    shown = "".join(c if c.isprintable() else " " for c in head + tail)
    return shown, len(head)
