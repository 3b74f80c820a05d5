"""What rules files hold once read: lists, macros, rules and their exceptions, before conditions are looked
at.

`index` is an item's place in the order of definition and stays when it is defined again; `visibility` is the
place of its last change. A macro sees what was first defined before its own last change.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tiercel.rules.place import Place


@dataclass(slots=True)
class ListItem:
    name: str
    items: list[str]
    place: Place
    index: int = 0
    visibility: int = 0


@dataclass(slots=True)
class MacroItem:
    name: str
    condition: str
    place: Place
    condition_place: Place
    index: int = 0
    visibility: int = 0


@dataclass(slots=True)
class Entry:
    """A value or a list of values, nested: `fields`, `comps` and `values` of exceptions may be either."""

    item: str = ""
    items: list[Entry] | None = None

    @property
    def is_list(self) -> bool:
        return self.items is not None

    @property
    def is_given(self) -> bool:
        return bool(self.items) if self.items is not None else bool(self.item)


@dataclass(slots=True)
class ExceptionItem:
    name: str
    place: Place
    fields: Entry = field(default_factory=Entry)
    comps: Entry = field(default_factory=Entry)
    values: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class RuleItem:
    name: str
    source: str
    condition: str
    output: str
    description: str
    priority: str
    tags: set[str]
    exceptions: list[ExceptionItem]
    place: Place
    condition_place: Place
    output_place: Place
    enabled: bool = True
    capture: bool = False
    capture_duration_ms: int = 0
    warn_evttypes: bool = True
    skip_if_unknown_filter: bool = False
    unknown_source: bool = False
    index: int = 0
    visibility: int = 0


@dataclass(slots=True)
class RuleUpdate:
    """A change to a rule that was defined before. None is "not touched"."""

    name: str
    place: Place
    source: str = ""
    condition: str | None = None
    output: str | None = None
    description: str | None = None
    priority: str | None = None
    tags: set[str] | None = None
    exceptions: list[ExceptionItem] | None = None
    enabled: bool | None = None
    capture: bool | None = None
    capture_duration_ms: int | None = None
    warn_evttypes: bool | None = None
    skip_if_unknown_filter: bool | None = None

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, name) is None for name in UPDATABLE)


UPDATABLE = (
    "condition", "output", "description", "priority", "tags", "exceptions", "enabled", "capture",
    "capture_duration_ms", "warn_evttypes", "skip_if_unknown_filter",
)  # fmt: skip
