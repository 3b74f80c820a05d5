"""A rule's condition after loading: macros and lists are expanded, exceptions folded in, names and types checked.

A condition is a tree of `And`, `Or`, `Not` over comparisons. Nodes are immutable and compare by content, so equal
parts of different rules are one part to the plan.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an event: `proc.aname[2]` is Field("proc.aname", "2")."""

    name: str
    argument: str | None = None

    def __str__(self) -> str:
        return self.name if self.argument is None else f"{self.name}[{self.argument}]"


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as written, quotes and escapes resolved."""

    text: str


@dataclass(frozen=True, slots=True)
class LiteralList:
    """`(a, b, c)` as a transformer's operand."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OperandList:
    """`(proc.name, "x")` as a transformer's operand, where not all items are literals."""

    items: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Transform:
    """`tolower(proc.name)`, `concat(proc.name, "-", proc.pid)`: `name` without parentheses, `val` included.

    `argument` is what `getopt(...)[x]` asks for.
    """

    name: str
    operands: tuple[Operand, ...]
    argument: str | None = None


Operand = Field | Transform | Literal | LiteralList | OperandList


@dataclass(frozen=True, slots=True)
class Compare:
    """`left operator right`. `right` is a tuple of literals for list operators (in, intersects, pmatch, and all with
    a modifier), an operand for field-to-field comparison, one `Literal` otherwise, None for `exists`.

    `operator` is one of = != < <= > >= contains icontains bcontains startswith bstartswith endswith glob iglob regex
    in intersects pmatch exists (`==` is `=`). `modifier` is oneof, allof, anyof or "".
    """

    left: Field | Transform
    operator: str
    right: Operand | tuple[str, ...] | None
    modifier: str = ""


@dataclass(frozen=True, slots=True)
class Not:
    child: Expression


@dataclass(frozen=True, slots=True)
class And:
    children: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    children: tuple[Expression, ...]


Expression = And | Or | Not | Compare
