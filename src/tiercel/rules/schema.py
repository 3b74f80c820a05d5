"""Whether a rules file has the shape that Falco's JSON schema for rules asks for.

The shape is a table below; the walk over it says what JSON schema libraries say. Types are weak: YAML text
is a string whatever it says, and is also a boolean or an integer where it reads like one. One complaint
makes all items around it complain too, innermost first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tiercel.rules.yaml import Node, NodeKind, Stream

OK = "ok"


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What a value must be: one of `kinds` (empty: anything), and whatever else is set."""

    kinds: tuple[str, ...] = ()
    any_of: tuple[Shape, ...] = ()
    values: tuple[str, ...] = ()
    items: Shape | None = None
    least: int = 0  # keys
    keys: dict[str, Shape] | None = None  # no others are allowed
    required: tuple[str, ...] = ()


_ANY = Shape()
_STRING = Shape(("string",))
_BOOLEAN = Shape(("boolean",))
_INTEGER = Shape(("integer",))
_OVERRIDDEN = Shape(("string",), values=("append", "replace"))
_ALTERNATIVE = Shape(("object",), keys={"name": _STRING, "version": _STRING}, required=("name", "version"))
_PLUGIN = Shape(
    ("object",),
    keys={"alternatives": Shape(("array",), items=_ALTERNATIVE), "name": _STRING, "version": _STRING},
    required=("name", "version"),
)
_EXCEPTION = Shape(
    ("object",), keys={"comps": _ANY, "fields": _ANY, "name": _STRING, "values": _ANY}, required=("name",)
)
_PRIORITY = Shape(
    ("string",),
    values=("EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "INFORMATIONAL", "DEBUG"),
)
_OVERRIDE_KEYS = (
    "capture", "capture_duration", "condition", "desc", "enabled", "exceptions", "items", "output",
    "priority",
    "skip-if-unknown-filter", "tags", "warn_evttypes",
)  # fmt: skip
_LIST_ITEM = Shape(any_of=(_INTEGER, _STRING))
# Keys in the order in which they are looked at.
_ITEM = Shape(
    ("object",),
    keys={
        "append": _BOOLEAN,
        "capture": _BOOLEAN,
        "capture_duration": _INTEGER,
        "condition": _STRING,
        "desc": _STRING,
        "enabled": _BOOLEAN,
        "exceptions": Shape(("array",), items=_EXCEPTION),
        "items": Shape(("array",), items=_LIST_ITEM),
        "list": _STRING,
        "macro": _STRING,
        "output": _STRING,
        "override": Shape(("object",), least=1, keys=dict.fromkeys(_OVERRIDE_KEYS, _OVERRIDDEN)),
        "priority": _PRIORITY,
        "required_engine_version": _STRING,
        "required_plugin_versions": Shape(("array",), items=_PLUGIN),
        "rule": _STRING,
        "skip-if-unknown-filter": _BOOLEAN,
        "source": _STRING,
        "tags": Shape(("array",), items=_STRING),
        "warn_evttypes": _BOOLEAN,
    },
)
RULES = Shape(("array",), items=_ITEM)
# Long lists are made of these.
_TAKES_ANY_TEXT = (_STRING, _LIST_ITEM)

# More than anybody reads.
_MAX_COMPLAINTS = 10_000

_INTEGER_TEXT = re.compile(r"\s*[+-]?[0-9]+", re.ASCII)


def complaints(document: Node, stream: Stream) -> list[str]:
    """What a document has wrong, `["ok"]` where nothing. YamlError where a key is no text."""
    found: list[str] = []
    try:
        _walk(document, RULES, "<root>", found)
    except _NoText as e:
        raise stream.error("bad conversion", e.node.mark) from None
    return found or [OK]


class _NoText(Exception):
    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node


def _text(key: Node) -> str:
    try:
        return key.text
    except ValueError:
        raise _NoText(key) from None


def _walk(node: Node, shape: Shape, path: str, found: list[str]) -> bool:
    # The depth of this walk is that of the table, not of the document.
    good = True

    def complain(text: str) -> None:
        nonlocal good
        good = False
        if len(found) < _MAX_COMPLAINTS:
            found.append(f"failed for {path}: {text}")

    if shape.kinds and not any(_is(node, kind) for kind in shape.kinds):
        complain("Value type not permitted by 'type' constraint.")
    if shape.any_of:
        inner: list[str] = []
        for i, choice in enumerate(shape.any_of):
            if _walk(node, choice, path, inner):
                break
            inner.append(f"failed for {path}: Failed to validate against child schema #{i}.")
        else:
            found.extend(inner)
            complain("Failed to validate against any schemas allowed by anyOf constraint.")
    if shape.values and not (node.kind == NodeKind.SCALAR and node.scalar in shape.values):
        complain("Failed to match against any enum values.")
    if shape.items is not None and node.kind == NodeKind.SEQUENCE:
        for i, item in enumerate(node.items):
            if item.kind == NodeKind.SCALAR and shape.items in _TAKES_ANY_TEXT:
                continue
            if not _walk(item, shape.items, f"{path}[{i}]", found):
                complain(f"Failed to validate item #{i} in array.")
    # An empty sequence passes for an empty map.
    if node.kind != NodeKind.MAP and not (node.kind == NodeKind.SEQUENCE and not node.items):
        return good
    names = [_text(key) for key, _ in node.pairs]
    if len(names) < shape.least:
        complain(f"Object should have no fewer than {shape.least} properties.")
    if shape.keys is not None:
        first: dict[str, Node] = {}
        for key, value in node.pairs:
            first.setdefault(_text(key), value)
        known = 0
        for name, inside in shape.keys.items():
            if name in first:
                known += 1
                if not _walk(first[name], inside, f"{path}[{name}]", found):
                    complain(f"Failed to validate against schema associated with property name '{name}'.")
        if known != len(names):
            unknown = next((n for n in names if n not in shape.keys), "")
            complain(
                "Object contains a property that could not be validated using 'properties' or "
                f"'additionalProperties' constraints: '{unknown}'."
            )
    for name in shape.required:
        if name not in names:
            complain(f"Missing required property '{name}'.")
    return good


def _is(node: Node, kind: str) -> bool:
    if kind == "array":
        return node.kind == NodeKind.SEQUENCE
    if kind == "object":
        return node.kind == NodeKind.MAP
    if node.kind != NodeKind.SCALAR:
        # An empty collection passes for an empty string, which is no boolean and no integer.
        return False
    if kind == "boolean":
        return node.scalar in ("true", "false")
    if kind == "integer":
        match = _INTEGER_TEXT.fullmatch(node.scalar)
        return match is not None and len(node.scalar) < 64 and -(1 << 63) <= int(node.scalar) < 1 << 63
    return True
