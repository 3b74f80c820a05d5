"""What a field of the rule language is, and how the files of this package write fields down.

A field is a line, and its description the indented lines below it:

    name TYPE[:FORMAT] [arg=...] [flag ...]
        What it holds ...

- TYPE is a name of `tiercel.events.params.TYPES`, or LIST(TYPE) for a field that holds several values.
- FORMAT says how a number prints (`tiercel.events.params.FORMATS`); left out where it is usual, NA for
  text and truth values, DEC for numbers.
- `arg=` says what may follow the name: `index` a number and `key` a text between brackets, `dotted` a name
  after a dot; a `?` at the end where it may be left out.
- flags are those of `FLAGS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

FLAGS: dict[str, str] = {
    "filter_only": "only in conditions",
    "print_only": "only in outputs",
    "table_only": "meant for tables, so not listed",
    "deprecated": "kept for old rules, so not listed",
    "no_transformer": "takes no transformer",
    "no_rhs": "is not compared with another field, on either side",
    "suggested": "joins the outputs of its source where suggested fields are asked for",
}

_NO_FORMAT = frozenset({"CHARBUF", "BYTEBUF", "BOOL", "DOUBLE", "DYN", "IPADDR", "IPNET"})


@dataclass(frozen=True, slots=True)
class Argument:
    """What may follow a field's name: `[3]` (index), `[text]` (key), `.name` (dotted)."""

    required: bool
    index: bool
    key: bool
    dotted: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `type` is Falco's name of the type (CHARBUF, UINT64, IPADDR, ...); for a list, of an item."""

    name: str
    type: str
    class_name: str
    description: str
    argument: Argument | None
    is_list: bool
    flags: frozenset[str]
    format: str

    @property
    def is_listed(self) -> bool:
        """Whether `falco --list` shows it."""
        return not self.flags & {"print_only", "table_only", "deprecated"}

    @property
    def supports_rhs(self) -> bool:
        """Whether it may be compared with another field, on either side."""
        return "no_rhs" not in self.flags

    @property
    def supports_transformer(self) -> bool:
        return "no_transformer" not in self.flags


@dataclass(frozen=True, slots=True)
class FieldClass:
    """Fields that belong together. `title` tells classes of one name apart; `sources` are those served."""

    name: str
    title: str
    description: str
    sources: tuple[str, ...]
    fields: tuple[Field, ...]


def _argument(text: str) -> Argument:
    kinds = text.removesuffix("?").split("|")
    return Argument(not text.endswith("?"), "index" in kinds, "key" in kinds, "dotted" in kinds)


def _field(class_name: str, head: str, description: str) -> Field:
    name, type_name, *rest = head.split()
    type_name, _, form = type_name.partition(":")
    is_list = type_name.startswith("LIST(")
    if is_list:
        type_name = type_name[len("LIST(") : -1]
    argument = None
    if rest and rest[0].startswith("arg="):
        argument = _argument(rest.pop(0).removeprefix("arg="))
    return Field(
        name,
        type_name,
        class_name,
        description,
        argument,
        is_list,
        frozenset(rest),
        form or ("NA" if type_name in _NO_FORMAT else "DEC"),
    )


def _fields(class_name: str, text: str) -> Iterator[Field]:
    head = ""
    description: list[str] = []
    for line in text.strip().splitlines():
        if line.startswith(" "):
            description.append(line.strip())
            continue
        if head:
            yield _field(class_name, head, " ".join(description))
        head, description = line, []
    yield _field(class_name, head, " ".join(description))


def field_class(name: str, title: str, description: str, sources: tuple[str, ...], text: str) -> FieldClass:
    """A class whose fields are written down in `text`."""
    return FieldClass(name, title, description, sources, tuple(_fields(name, text)))
