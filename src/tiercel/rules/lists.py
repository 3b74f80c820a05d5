"""Lists in conditions: a list's name is replaced by its items, in the text, before the condition is read.

That is how Falco does it, and it shows: a name counts wherever blanks, commas, parentheses or `=` stand
around it (inside quoted strings too), an empty list takes a neighbouring comma with it, and an item may turn
out to be another list's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from heapq import heapify, heappop, heappush

BLANKS = " \t\n\r"
DELIMITERS = BLANKS + "(),="

# A condition longer than this after its lists are put in is refused: lists of lists grow without bound.
MAX_TEXT = 4 << 20
# The text that is looked through for one condition, once for each list in it.
MAX_WORK = 1 << 30

_SEPARATORS = re.compile(r"[ \t\n\r(),=]+")


class TextTooLong(Exception):
    """A condition that outgrew MAX_TEXT."""


def quote_item(item: str) -> str:
    """An item as it stands in a condition: in quotes where it has a blank and is not quoted already."""
    return f'"{item}"' if " " in item and item[0] not in "\"'" else item


class ListNames:
    """The lists that conditions may name, and which of them some condition did name."""

    def __init__(
        self, lists: Iterable[tuple[str, list[str]]], words: dict[str, frozenset[str]] | None = None
    ) -> None:
        """`words` may outlive this: the words of texts that were looked at before."""
        self._words = {} if words is None else words
        self._text = {name: _joined(items) for name, items in lists}
        self._order = {name: i for i, name in enumerate(self._text)}
        # Names that hold a delimiter are no single word: they have to be looked for.
        self._odd = [n for n in self._text if _SEPARATORS.search(n)]
        self.used: set[str] = set()

    def expand(self, condition: str) -> str:
        """The condition with all lists in it, each list once, in the order of their definition."""
        order = self._order
        ahead = [(order[name], name) for name in self._named(condition)]
        heapify(ahead)
        done = -1
        work = 0
        while ahead:
            index, name = heappop(ahead)
            if index <= done:
                continue
            done = index
            work += len(condition)
            if work > MAX_WORK:
                raise TextTooLong
            text = self._text[name]
            condition, found = _replace(condition, name, text)
            if found:
                self.used.add(name)
                # A list without items may bring together what stood on both sides of it.
                for other in self._named(text if text and not self._odd else condition):
                    if order[other] > done:
                        heappush(ahead, (order[other], other))
        return condition

    def _named(self, text: str) -> set[str]:
        order = self._order
        words = self._words.get(text)
        if words is None:
            words = self._words[text] = frozenset(_SEPARATORS.split(text))
        named = order.keys() & words
        named.update(name for name in self._odd if name in text)
        return named


def _joined(items: list[str]) -> str:
    text = ""
    parts: list[str] = []
    for item in items:
        if text or parts:
            parts.append(", ")
        else:
            text = quote_item(item)  # empty items in front leave no comma behind
            continue
        parts.append(quote_item(item))
    return text + "".join(parts)


def _replace(text: str, name: str, value: str) -> tuple[str, bool]:
    """`text` with `value` for every `name` that stands by itself, and whether there was one.

    A value takes the blanks around the name with it and gets one on either side. What is done already is
    kept in `out`; blanks and a comma may have to be taken back from its end.
    """
    out: list[str] = []
    size = 0
    done = 0  # text[:done] is dealt with
    at = text.find(name)
    while at >= 0:
        end = at + len(name)
        before = text[at - 1] if at > done else out[-1][-1] if out else " "
        if before not in DELIMITERS or (end < len(text) and text[end] not in DELIMITERS):
            at = text.find(name, at + 1)
            continue
        head = text[done:at].rstrip(BLANKS)
        while end < len(text) and text[end] in BLANKS:
            end += 1
        if not head:
            _strip(out, BLANKS)
        if not value:
            if head.endswith(","):
                head = head[:-1]
            elif not head and out and out[-1].endswith(","):
                _drop_last(out)
            elif end < len(text) and text[end] == ",":
                end += 1
        # At the very start the search goes on one further: that character is never the start of a name.
        skip = 1 - bool(head or out)
        if head or out:
            out.append(head + " ")
        out.append(value + " ")
        size += len(head) + len(value) + 2
        if size > MAX_TEXT:
            raise TextTooLong
        done = end
        at = text.find(name, end + skip)
    if not out:
        return text, False
    return "".join(out) + text[done:], True


def _strip(parts: list[str], characters: str) -> None:
    while parts:
        parts[-1] = parts[-1].rstrip(characters)
        if parts[-1]:
            return
        parts.pop()


def _drop_last(parts: list[str]) -> None:
    parts[-1] = parts[-1][:-1]
    if not parts[-1]:
        parts.pop()
