"""A rule's output as a template: text, and the fields between it.

`%proc.name` is a field, `%toupper(proc.name)` a transformed one, `%20proc.name` one cut or filled up to 20 bytes. A
field ends where the longest name ends that Falco knows, so `%evt.time.` is %evt.time and a full stop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tiercel.rules import expression
from tiercel.rules.condition import leading_operands
from tiercel.rules.expression import Field, Literal, LiteralList, Operand, Transform
from tiercel.rules.syntax import FieldRef, OperandList, OperandSyntax, TransformCall, Value

# No line is longer; without a bound, `%999999999proc.name` would ask for a gigabyte.
MAX_WIDTH = 1 << 16


class TemplateError(ValueError):
    """An output that is no template; the text says why, in Falco's words."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A field, or a transformed one, in an output. `width`: cut or filled up to that many bytes, 0 as it is."""

    operand: Operand
    width: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """`parts` make the message; `fields` are what JSON lists under `output_fields`, by name as written."""

    parts: tuple[str | Slot, ...]
    fields: tuple[tuple[str, Field], ...]


def operand_of(syntax: OperandSyntax) -> Operand:
    """An operand as written as the engine takes it."""
    match syntax:
        case FieldRef():
            return Field(syntax.name, syntax.argument)
        case TransformCall():
            return Transform(syntax.name, tuple(operand_of(o) for o in syntax.operands), syntax.argument)
        case Value():
            return Literal(syntax.text)
        case OperandList():
            items = tuple(operand_of(o) for o in syntax.items)
            texts = tuple(i.text for i in items if isinstance(i, Literal))
            return LiteralList(texts) if len(texts) == len(items) else expression.OperandList(items)


def parse_template(text: str, check: Callable[[Operand], None]) -> Template:
    """Reads an output. `check` raises ValueError for an operand that names no field; TemplateError where that leaves
    none.
    """
    if text.startswith("*"):
        text = text[1:]
    parts: list[str | Slot] = []
    fields: dict[str, Field] = {}
    at = start = 0
    while (at := text.find("%", at)) >= 0:
        if start != at:
            parts.append(text[start:at])
        if at == len(text) - 1:
            raise TemplateError("invalid formatting syntax: formatting cannot end with a %")
        name_at = at + 1
        while name_at < len(text) and text[name_at].isascii() and text[name_at].isdigit():
            name_at += 1
        if name_at == len(text):
            raise TemplateError("invalid formatting syntax: formatting cannot end with a number")
        operand, end = _longest_operand(text, name_at, check)
        parts.append(Slot(operand, min(int(text[at + 1 : name_at][:6] or 0), MAX_WIDTH)))
        for field in plain_fields(operand):
            fields[str(field)] = field
        at = start = end
    if start < len(text):
        parts.append(text[start:])
    return Template(tuple(parts), tuple(fields.items()))


def _longest_operand(text: str, at: int, check: Callable[[Operand], None]) -> tuple[Operand, int]:
    for syntax, end in leading_operands(text, at):
        operand = operand_of(syntax)
        try:
            check(operand)
        except ValueError:
            continue
        return operand, end
    # Falco tells of the shortest it tried: a single character, behind nothing.
    raise TemplateError("unknown filter: unexpected token after '")


def plain_fields(operand: Operand) -> list[Field]:
    """The fields below an operand, in the order in which they stand."""
    if isinstance(operand, Field):
        return [operand]
    if isinstance(operand, Transform):
        return [f for o in operand.operands for f in plain_fields(o)]
    if isinstance(operand, expression.OperandList):
        return [f for o in operand.items for f in plain_fields(o)]
    return []
