"""The characters of a YAML file, and where in the file one is.

Text is held as a string of Latin-1, where one character is one byte: places come out in bytes, as yaml-cpp
counts them, and nothing in YAML's own syntax lies outside ASCII. Finished values are decoded by `decoded`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

BREAK = re.compile(r"\r\n|\n|\r")

# The end of the file as a mark of its own: its column is always 0, be there a line break before it or not.
END_MARK = -1


class Position(NamedTuple):
    """A place in a file: offset in bytes, line and column, all from 0."""

    offset: int
    line: int
    column: int


class YamlError(Exception):
    """Text that is no YAML, in the words of yaml-cpp."""

    def __init__(self, message: str, position: Position) -> None:
        self.text = f"yaml-cpp: error at line {position.line + 1}, column {position.column + 1}: {message}"
        super().__init__(self.text)
        self.position = position


class Stream:
    """Where reading stands: `at`, and `line_start`, from which columns count."""

    __slots__ = ("_starts", "at", "first_break", "line_start", "size", "symbol", "text")

    def __init__(self, content: bytes) -> None:
        self.text = _as_utf8(content).decode("latin-1")
        self.size = len(self.text)
        self.at = 0
        self.line_start = 0
        # What ends a line in this file is what ended its first line, `\r\n` counting as `\n`. Another kind
        # of break still breaks lines for the grammar, but neither counts as a line nor resets the column.
        first = BREAK.search(self.text)
        self.symbol = "\r" if first is not None and first.group() == "\r" else "\n"
        self.first_break = (
            self.size if first is None else first.start()
        )  # until here, a zero byte counts as one
        self._starts: list[int] | None = None

    def pass_breaks(self, end: int) -> None:
        """Goes on to `end`; line breaks may lie between."""
        last = self.text.rfind(self.symbol, self.at, end)
        if last >= 0:
            self.line_start = last + 1
        self.at = end

    def position(self, at: int) -> Position:
        if self._starts is None:
            zeros = re.finditer("\0", self.text[: self.first_break])
            self._starts = [
                0,
                *(m.end() for m in zeros),
                *(m.end() for m in re.finditer(self.symbol, self.text)),
            ]
        starts = self._starts
        if at == END_MARK:
            return Position(self.size, len(starts) - 1, 0)
        line = bisect_right(starts, at) - 1
        return Position(at, line, at - starts[line])

    def error(self, message: str, at: int | None = None) -> YamlError:
        return YamlError(message, self.position(self.at if at is None else at))


def decoded(text: str) -> str:
    """A value out of a stream's text; bytes that are no UTF-8 become lone surrogates."""
    return text if text.isascii() else text.encode("latin-1").decode("utf-8", "surrogateescape")


def _as_utf8(content: bytes) -> bytes:
    """The content without byte order mark; UTF-16 and UTF-32, told by mark or by their zero bytes, made
    UTF-8.
    """
    start = content[:4]
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\0\0\xfe\xff", "utf-32-be"), (b"\xff\xfe\0\0",
    "utf-32-le"),
                       (b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le")):  # fmt: skip
        if start.startswith(mark):
            rest = content[len(mark) :]
            return rest if name == "utf-8" else rest.decode(name, "replace").encode("utf-8")
    if len(start) < 2 or 0 not in start:
        return content
    if start[0] == 0:
        name = "utf-16-be" if start[1] != 0 else "utf-32-be" if start[2:3] == b"\0" else "utf-8"
    elif start[1] == 0:
        name = "utf-32-le" if start[2:4] == b"\0\0" else "utf-16-le"
    else:
        name = "utf-8"
    return content if name == "utf-8" else content.decode(name, "replace").encode("utf-8")
