"""What the text of a YAML scalar says where a truth value or a number is asked for, as yaml-cpp reads it."""

from __future__ import annotations

import re

from tiercel.rules import problem
from tiercel.rules.place import Place
from tiercel.rules.problem import LoadError
from tiercel.rules.yaml import Node, NodeKind, YamlError

_TRUE = frozenset(("y", "yes", "true", "on"))
_FALSE = frozenset(("n", "no", "false", "off"))
_NUMBER = re.compile(r"\+?(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9][0-9]*))[ \t\n\v\f\r]*", re.ASCII)


def as_bool(node: Node) -> bool | None:
    """A truth value in lower case, upper case, or with a capital; None where it is none."""
    text = node.scalar
    if node.kind != NodeKind.SCALAR or text not in (text.lower(), text.upper(), text.capitalize()):
        return None
    word = text.lower()
    return True if word in _TRUE else False if word in _FALSE else None


def as_number(node: Node) -> int | None:
    """An unsigned number of 32 bits, decimal, octal (017) or hexadecimal; None where it is none."""
    match = _NUMBER.fullmatch(node.scalar) if node.kind == NodeKind.SCALAR else None
    if match is None:
        return None
    hexadecimal, octal, decimal = match.groups()
    if len(match.group()) > 64:
        return None
    number = int(hexadecimal, 16) if hexadecimal else int(octal, 8) if octal else int(decimal)
    return number if number < 1 << 32 else None


def as_text(node: Node, place: Place) -> str:
    """Text where nothing else will do: collections are an error that Falco reports against the whole file."""
    try:
        return node.text
    except ValueError as e:
        whole = place.chain[0]
        error = YamlError(str(e), whole.file.stream.position(node.mark))
        raise LoadError(problem.VALIDATE, error.text, whole) from None
