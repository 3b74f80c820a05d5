"""Cutting a stream of bytes into JSON objects, however they are laid out, and finding the thread after
damage.

Objects may stand one on a line, many on a line, over many lines, or in arrays. At the top level only `{`
starts something: blanks, commas and the brackets of arrays are no more than separators, so that an array
is read member by member, and one broken member costs no other.

After damage, the thread is taken up again at

    - the next line, after something that cannot start an object;
    - after a broken object, the next line that starts with `{` or `[` and is not indented deeper than the
      broken
      object was. That may be a line before the place where the object turned out broken: it may have been
      cut at the end of a line, and what follows must not be taken for the rest of it. The members of an
      object that is printed over many lines are indented deeper, and are not taken for events;
    - in a broken list of events, its first item: items are then read one by one.

How the bytes are cut into pieces makes no difference. The bytes of an object are kept until its end is
seen, up to `max_event_bytes` (LIST_BYTES for a list of events); a larger one is skipped to its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from tiercel.events.fields.json_text import DONE, MORE, Scanner
from tiercel.sources.k8s_audit.bad_event import BadEvent, too_large

LIST_BYTES = 64 * 1024 * 1024

# NUL: what a truncated log starts with where its writer does not append. The last: a byte order mark.
_SEPARATORS = re.compile(rb"(?:[\s,\[\]\0]|\xef\xbb\xbf)*")
_BLANKS = re.compile(rb"[ \t\r]*")
_SHOWN = 24  # bytes of something that is not JSON which a message shows
_TRIM = 1 << 16


@dataclass(frozen=True, slots=True)
class Frame:
    """A whole JSON object: its text and the line on which it starts.

    `has_items`: it has an array `items`, and may be a list of events. `listed`: it is an item of a broken
    list.
    """

    line: int
    text: bytes
    has_items: bool
    listed: bool


class _State(Enum):
    BETWEEN = auto()  # objects
    INSIDE = auto()  # an object, from its first byte on in the buffer
    OVERSIZE = auto()  # an object that is too large: its bytes are not kept
    LINE = auto()  # skipping to the end of the line
    LOST = auto()  # skipping to a line that can start an object


class Framer:
    """Takes bytes (`feed`) and gives what they hold (`frames`), in order."""

    def __init__(self, max_event_bytes: int) -> None:
        self._max_event_bytes = max_event_bytes
        self._buffer = bytearray()
        self._base = 0  # bytes that have left the buffer
        self._scanner = Scanner()
        self._state = _State.BETWEEN
        # Where all before is dealt with, its line, that line's indentation, and whether only blanks stood
        # on it.
        self._at = 0
        self._line = 1
        self._indent = 0
        self._fresh = True
        # The object that is being read. `_start` is a place in the buffer, negative where it has left it.
        self._start = 0
        self._start_line = 1
        self._start_indent = 0
        self._is_list = False
        # After damage: how deep a line may be indented, and the places (in the stream) of objects cut by
        # it, too.
        self._lost_indent = 0
        self._cut: frozenset[int] = frozenset()
        # A broken list of which the items are being read: its indentation, and where in the stream it broke.
        self._list_indent: int | None = None
        self._broken_at = -1

    def feed(self, piece: bytes) -> None:
        self._buffer += piece

    def frames(self, final: bool) -> Iterator[Frame | BadEvent]:
        """All that can be told from the bytes so far; `final`: no more bytes come."""
        while True:
            found: Frame | BadEvent | None
            if self._state is _State.BETWEEN:
                self._pass(self._after_separators())
                if self._at == len(self._buffer):
                    break
                if self._buffer[self._at] == 0x7B:
                    self._begin()
                    continue
                shown = self._shown(final)
                if shown is None:
                    break
                found = self._garbage(shown)
            elif self._state is _State.LINE:
                end = self._buffer.find(b"\n", self._at)
                self._pass(len(self._buffer) if end < 0 else end)
                if end < 0:
                    break
                self._state = _State.BETWEEN
                continue
            elif self._state is _State.LOST:
                if not self._to_next_line(final):
                    break
                found = self._candidate()
            else:
                status = self._scanner.scan(self._buffer)
                size = self._scanner.at - self._start
                if 0 <= self._scanner.items <= self._start + self._max_event_bytes:
                    self._is_list = True
                if status == MORE:
                    if size > self._limit():
                        self._state = _State.OVERSIZE
                    if not final:
                        break
                    found = self._damage(len(self._buffer), "the log ends within it")
                elif status == DONE:
                    found = self._whole()
                else:
                    found = self._damage(self._scanner.at, self._scanner.error)
            if found is not None:
                yield found
        self._trim()

    def _limit(self) -> int:
        return LIST_BYTES if self._is_list else self._max_event_bytes

    def _after_separators(self) -> int:
        match = _SEPARATORS.match(self._buffer, self._at)
        return match.end() if match else self._at

    def _pass(self, to: int) -> None:
        """All before `to` is dealt with."""
        at = self._at
        lines = self._buffer.count(b"\n", at, to)
        if lines:
            self._line += lines
            self._indent = 0
            self._fresh = True
            at = self._buffer.rfind(b"\n", at, to) + 1
        if self._fresh:
            end = self._after_blanks(at, to)
            self._indent += end - at
            self._fresh = end == to
        self._at = to

    def _after_blanks(self, at: int, to: int) -> int:
        match = _BLANKS.match(self._buffer, at, to)
        return match.end() if match else at

    def _begin(self) -> None:
        self._state = _State.INSIDE
        self._start = self._at
        self._start_line = self._line
        self._start_indent = self._indent
        self._is_list = False
        self._scanner.begin(self._at)

    def _whole(self) -> Frame | BadEvent:
        end = self._scanner.at
        found: Frame | BadEvent
        if end - self._start > self._limit():
            found = too_large(self._start_line, self._limit())
        else:
            text = bytes(self._buffer[self._start : end])
            found = Frame(self._start_line, text, self._is_list, self._list_indent is not None)
        self._pass(end)
        self._state = _State.BETWEEN
        return found

    def _shown(self, final: bool) -> str | None:
        """The start of what stands here, for a message; None where more bytes could make it longer."""
        start = bytes(self._buffer[self._at : self._at + _SHOWN])
        if len(start) < _SHOWN and b"\n" not in start and not final:
            return None
        return ascii(start.partition(b"\n")[0].decode("latin-1"))

    def _garbage(self, shown: str) -> BadEvent | None:
        if self._list_indent is None:
            self._state = _State.LINE
            return BadEvent(self._line, f"not JSON: an object expected, not {shown}")
        place = self._base + self._at
        if place < self._broken_at:
            self._scanner.begin(self._at)
            if self._scanner.scan(self._buffer) == DONE:
                line = self._line
                self._pass(self._scanner.at)
                return BadEvent(line, "not an audit event: an item of a list that is not an object")
        # Told already, with the list; or the rest of the list after its items.
        if place == self._broken_at:
            self._lose(self._indent)
        else:
            self._lose(self._list_indent)
        return None

    def _damage(self, at: int, why: str) -> BadEvent | None:
        """The object turned out broken at a place in the buffer."""
        places = self._scanner.open_places()
        if at - self._start > self._limit():
            self._pass(at)
            self._lose(self._start_indent)
            if self._fresh and self._indent <= self._lost_indent and at < len(self._buffer):
                self._candidate()  # what broke it is the start of the next
            return too_large(self._start_line, self._limit())
        where = f"at its byte {at - self._start + 1}"
        lines = self._buffer.count(b"\n", self._start, at)
        if lines:
            column = at - self._buffer.rfind(b"\n", self._start, at)
            where = f"line {self._start_line + lines}, column {column}"
        if self._is_list and self._base + at > self._broken_at:
            self._broken_at = self._base + at
            items = self._scanner.items
            self._pass(items + 1)
            self._state = _State.BETWEEN
            self._list_indent = self._start_indent
            if len(places) > 2 and places[1] == items:
                return None  # one of the items is broken: told when it is read
            return BadEvent(self._start_line, f"a broken list of events: {why}, {where}")
        end = self._buffer.find(b"\n", self._start, at)
        self._pass(at if end < 0 else end)
        self._lose(self._start_indent)
        self._cut = frozenset(self._base + place for place in places[1:])
        return BadEvent(self._start_line, f"not JSON: {why}, {where}")

    def _lose(self, indent: int) -> None:
        self._state = _State.LOST
        self._lost_indent = indent
        self._cut = frozenset()

    def _to_next_line(self, final: bool) -> bool:
        """To the first character of the next line that is not indented too deep.

        False where there is none yet.
        """
        size = len(self._buffer)
        while True:
            end = self._buffer.find(b"\n", self._at)
            if end < 0:
                self._pass(size)
                return False
            first = self._after_blanks(end + 1, min(size, end + 2 + self._lost_indent))
            if first - end - 1 > self._lost_indent:
                self._pass(end + 1)
            elif first < size:
                self._pass(first)
                return True
            elif final:
                self._pass(size)
                return False
            else:
                self._pass(end)
                return False

    def _candidate(self) -> BadEvent | None:
        if self._buffer[self._at] not in b"{[":
            return None
        if self._base + self._at in self._cut:
            return BadEvent(self._line, "not JSON: cut at the end of a line")
        if self._list_indent is not None and self._indent <= self._list_indent:
            self._list_indent = None
        self._state = _State.BETWEEN
        return None

    def _trim(self) -> None:
        if self._state is _State.OVERSIZE:
            self._pass(self._scanner.at)
        n = self._at
        if n < _TRIM and n < len(self._buffer):
            return
        del self._buffer[:n]
        self._base += n
        self._at = 0
        self._start -= n
        if self._state is _State.INSIDE or self._state is _State.OVERSIZE:
            self._scanner.moved(n)
