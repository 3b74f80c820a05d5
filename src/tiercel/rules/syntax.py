"""What a condition says, as written: the tree the parser makes, before macros are put in and names are
checked.

Checks know their places in the text they were read from. Trees are never changed after they are made, so that
one macro's tree is shared by all conditions that use it; work on a tree is remembered by the node's identity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

# How deep `and`, `or` and `not` may be nested, macros included, and transformers. Far above what a person
# writes; it keeps every later pass over a tree (which follows its depth) within the interpreter's stack.
MAX_DEPTH = 200
MAX_TRANSFORMS = 100


class Spot(NamedTuple):
    """A place in a condition: `offset` in bytes from 0, `line` and `column` (bytes) from 1."""

    offset: int
    line: int
    column: int


@dataclass(slots=True, eq=False)
class FieldRef:
    """`proc.aname[2]`"""

    name: str
    argument: str | None


@dataclass(slots=True, eq=False)
class Value:
    """A constant, quotes and escapes resolved."""

    text: str
    spot: Spot


@dataclass(slots=True, eq=False)
class ValueList:
    """`(a, b, c)` on the right of an operator."""

    items: tuple[str, ...]
    spot: Spot


@dataclass(slots=True, eq=False)
class OperandList:
    """`(proc.name, "x")` as the operand of a transformer."""

    items: tuple[OperandSyntax, ...]


@dataclass(slots=True, eq=False)
class TransformCall:
    """`concat(proc.name, "-")`; only `getopt(...)[x]` may carry an argument, which is checked later."""

    name: str
    operands: tuple[OperandSyntax, ...]
    argument: str | None


OperandSyntax = FieldRef | Value | OperandList | TransformCall


@dataclass(slots=True, eq=False)
class Check:
    """`left operator right`; `operator` holds a modifier after a blank (`contains anyof`), `right` is None
    for `exists`."""

    left: FieldRef | TransformCall
    operator: str
    right: Value | ValueList | TransformCall | None
    spot: Spot
    depth: int = 0


@dataclass(slots=True, eq=False)
class MacroRef:
    name: str
    spot: Spot
    depth: int = 0


@dataclass(slots=True, eq=False)
class Negation:
    child: Syntax
    depth: int


@dataclass(slots=True, eq=False)
class Junction:
    """`a and b and c` or `a or b or c`."""

    word: str
    children: tuple[Syntax, ...]
    depth: int


Syntax = Junction | Negation | Check | MacroRef
