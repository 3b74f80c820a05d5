"""Where in a rules file something is: a chain from the file down to the item, and the line of text to show
for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tiercel.rules.syntax import Spot
from tiercel.rules.yaml import Node, Position, Stream

# Kinds of items, in Falco's words.
VALUE = "value for"
EXCEPTIONS = "exceptions"
EXCEPTION = "exception"
EXCEPTION_VALUES = "exception values"
EXCEPTION_VALUE = "exception value"
CONTENT = "rules content"
CONTENT_ITEM = "rules content item"
ENGINE_VERSION = "required_engine_version"
PLUGIN_VERSIONS = "required plugin versions"
PLUGIN_VERSION = "required plugin versions entry"
PLUGIN_ALTERNATIVE = "required plugin versions alternative"
LIST = "list"
LIST_ITEM = "list item"
MACRO = "macro"
MACRO_CONDITION = "macro condition"
RULE = "rule"
RULE_CONDITION = "rule condition"
RULE_OUTPUT = "rule output"
RULE_PRIORITY = "rule priority"
CONDITION = "condition expression"
OVERRIDE = "overrides"

_SNIPPET_HALF = 80
_NO_SNIPPET = "<No context available>\n"


@dataclass(frozen=True, slots=True)
class RulesFile:
    """A file's name as given, its bytes, and the stream that knows lines and columns."""

    name: str
    content: bytes
    stream: Stream


@dataclass(frozen=True, slots=True)
class Home:
    """Where a fault in a condition really is: at `spot` of `text`, which is the condition that stands at
    `place` with its lists put in.
    """

    place: Place
    text: str
    spot: Spot


@lru_cache(maxsize=4)
def _bytes_of(condition: str) -> bytes:
    # A long condition may have a thousand warnings: they all hold the same bytes.
    return condition.encode("utf-8", "surrogateescape")


class Place:
    """An item's place. `text` is the condition that the position points into, None where it is the file."""

    __slots__ = ("_position", "file", "home", "item_name", "item_type", "mark", "name", "parent", "text")

    def __init__(
        self,
        file: RulesFile,
        parent: Place | None,
        item_type: str,
        item_name: str,
        mark: int = 0,
        position: Position | None = None,
        name: str | None = None,
        text: bytes | None = None,
    ) -> None:
        self.file = file
        self.parent = parent
        self.item_type = item_type
        self.item_name = item_name
        self.mark = mark
        self.name = file.name if name is None else name
        self.text = text
        self.home: Home | None = None
        self._position = position

    @classmethod
    def whole(cls, file: RulesFile) -> Place:
        """The file itself."""
        return cls(file, None, CONTENT, "", position=Position(0, 0, 0))

    def inside(self, node: Node, item_type: str, item_name: str = "") -> Place:
        """A node's place within this one."""
        return Place(self.file, self, item_type, item_name, node.mark)

    def at(self, position: Position) -> Place:
        return Place(self.file, self, VALUE, "", position=position)

    def in_condition(self, spot: Spot, condition: str, home: Home | None = None) -> Place:
        """A spot of a condition that stands here. Falco adds the two positions up, whatever that points at;
        `home` says where to look really.
        """
        text = _bytes_of(condition)
        shown = text[:17] + b"..." if len(text) > 20 else text
        name = '"' + shown.decode("utf-8", "replace").replace("\n", " ").replace("\r", " ") + '"'
        offset, line, column = self.position
        position = Position(spot.offset + offset, spot.line + line, spot.column + column)
        place = Place(self.file, self, CONDITION, "", position=position, name=name, text=text)
        place.home = home
        return place

    @property
    def position(self) -> Position:
        if self._position is None:
            self._position = self.file.stream.position(self.mark)
        return self._position

    @property
    def chain(self) -> list[Place]:
        """From the file down to this place."""
        places: list[Place] = []
        place: Place | None = self
        while place is not None:
            places.append(place)
            place = place.parent
        return places[::-1]

    def as_json(self) -> dict[str, Any]:
        return {
            "locations": [
                {
                    "item_type": place.item_type,
                    "item_name": place.item_name,
                    "position": {
                        "name": place.name,
                        "line": place.position.line,
                        "column": place.position.column,
                        "offset": place.position.offset,
                    },
                }
                for place in self.chain
            ],
            "snippet": self.snippet(),
        }

    def snippet(self) -> str:
        """The line of this place, cut to 80 bytes either side, and a second line with a caret under the
        spot.
        """
        content = self.text if self.text else self.file.content
        size = len(content)
        if not size:
            return _NO_SNIPPET
        # Positions may lie behind the end, those in conditions mostly do.
        at = min(self.position.offset, size - 1)
        while at > 0 and content[at] == 10:
            at -= 1
        if content[at] == 10:
            # A file that begins with a blank line, and nothing before it to stop at: all the rest is shown.
            rest = b"..." + content[4:]
            return (rest[:-3] + b"...").decode("utf-8", "replace") + "\n" if size > 1 else _NO_SNIPPET
        start = max(content.rfind(b"\n", 0, at + 1), at - _SNIPPET_HALF, 0)
        stop = min(size - 1, at + _SNIPPET_HALF)
        end = content.find(b"\n", at, stop + 1)
        end = stop if end < 0 else end
        if content[start] == 10:
            start += 1
        if content[end] == 10:
            end -= 1
        line = content[start : end + 1]
        if not line:
            return _NO_SNIPPET
        if at - start >= _SNIPPET_HALF:
            line = b"..." + line[3:]
        if end - at >= _SNIPPET_HALF:
            line = line[:-3] + b"..."
        text = line.decode("utf-8", "replace") + "\n"
        # `line` and the break: a caret further right than that is left out.
        if 0 <= at - start <= len(line):
            text += " " * (at - start) + "^\n"
        return text
