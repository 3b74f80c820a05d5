"""Which fields a rule of a source may name, with which arguments, and what they are.

A name is looked up in the classes of fields in their order, and the first class in which some field's name
*begins* the given one decides: `proc.namex` is found to begin with `proc.name`, and is refused there. What
follows the name is the class's own matter, which is why the same mistake is told in different words for
`evt.arg`, `proc.aname` and `ka.uri.param`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tiercel.events.catalogue import Field, classes_of, fields_of
from tiercel.events.table import EVENTS
from tiercel.rules.condition import ConditionError, parse_condition

# Classes whose fields come from plugins: they read arguments by rules of their own.
_PLUGIN_CLASSES = frozenset(("container", "k8s_audit", "json"))

# sscanf("%d"): blanks before the number, a sign, nothing behind it.
NUMBER = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]+", re.ASCII)

_CGROUP = re.compile(r"thread\.cgroup\.[A-Za-z_]*")


class UnusableField(ValueError):
    """A field that cannot be used as written."""


@dataclass(frozen=True, slots=True)
class FieldType:
    """What a field, transformed or not, gives: `type` is Falco's name of the type, of an item where
    `is_list`."""

    name: str
    type: str
    is_list: bool = False
    takes_transformer: bool = True
    takes_field: bool = True  # may be compared with another field, on either side


class SourceFields:
    """The fields of one event source."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._fields = fields_of(source)
        self._classes = classes_of(source)
        self._types: dict[str, FieldType | UnusableField | None] = {}

    @property
    def names(self) -> Iterable[str]:
        return self._fields

    def find(self, text: str) -> FieldType | None:
        """The field that `text`, argument included, names; None where there is none. UnusableField says why
        not."""
        if text not in self._types:
            try:
                self._types[text] = self._find(text)
            except UnusableField as e:
                self._types[text] = e
        found = self._types[text]
        if isinstance(found, UnusableField):
            raise found
        return found

    def is_left_side(self, text: str) -> bool:
        """Whether a field, or a field in transformers, can stand on the left of a comparison."""
        if "(" not in text:
            return self.find(text) is not None
        from tiercel.rules.check import Checker

        try:
            Checker(self).check(parse_condition(text + " exists"))
        except ConditionError:
            return False
        return True

    def _find(self, text: str) -> FieldType | None:
        field = self._fields.get(text)
        if field is not None and field.argument is None:
            return _type_of(field)
        for part in self._classes:
            if part.name in _PLUGIN_CLASSES:
                found, end = _in_plugin(text, part.fields)
            elif part.name == "evt" and part.title == "system calls":
                found, end = self._in_system_calls(text, part.fields)
            elif part.name == "process":
                found, end = self._in_process(text, part.fields)
            elif part.name == "fd" and text.startswith("fd.types"):
                found, end = self._fields["fd.types"], len("fd.types")
                if text[end : end + 1] == "[":
                    end = _number(text, end)
            else:
                found, end = _longest(text, part.fields)
            if found is not None:
                return _type_of(found, text) if end == len(text) else None
        return None

    def _in_system_calls(self, text: str, fields: tuple[Field, ...]) -> tuple[Field | None, int]:
        name = next((n for n in _OWN_SYNTAX if text.startswith(n)), None)
        if name is None or text.startswith("evt.args"):
            return _longest(text, fields)
        field = self._fields[name]
        rest = text[len(name) :]
        if name == "evt.abspath":
            dotted = rest.startswith((".src", ".dst"))
            return field, len(name) + 4 * dotted
        if name == "evt.type.is":
            if not rest.startswith("."):
                raise UnusableField(f"filter syntax error: {text}")
            known = NUMBER.fullmatch(rest[1:]) or rest[1:] in _EVENT_NAMES
            return field, len(text) if known else 0
        if rest.startswith("["):
            if name == "evt.rawarg":
                raise UnusableField("evt.arg fields must be expressed explicitly")
            return field, _number(text, len(name))
        if not rest.startswith("."):
            raise UnusableField(f"filter syntax error: {text}")
        if name == "evt.around":
            raise UnusableField("wrong syntax for evt.around")
        param = _param(rest[1:])
        if param is None:
            raise UnusableField(f"unknown event argument {rest[1:]}")
        return field, len(name) + 1 + len(param)

    def _in_process(self, text: str, fields: tuple[Field, ...]) -> tuple[Field | None, int]:
        if text.startswith("arg"):
            raise UnusableField("filter error: proc.arg filter not implemented yet")
        if text.startswith("thread.cgroup") and not text.startswith("thread.cgroups"):
            match = _CGROUP.match(text)
            if match is None:
                raise UnusableField(f"filter syntax error: {text}")
            return self._fields["thread.cgroup"], match.end()
        name, bracket, argument = text.partition("[")
        field = self._fields.get(name)
        if field is None or not bracket or field.argument is None or field.class_name != "process":
            return _longest(text, fields)
        key, closing, rest = argument.partition("]")
        good = closing and not rest and (field.argument.key or NUMBER.fullmatch(key))
        return field, len(text) if good else len(name)


# Fields of system calls that read what follows their name themselves; longer names first.
_OWN_SYNTAX = ("evt.type.is", "evt.rawarg", "evt.abspath", "evt.around", "evt.arg")
_EVENT_NAMES = frozenset(event.name for event in EVENTS)


def _type_of(field: Field, text: str = "") -> FieldType:
    kind = field.type
    if kind == "DYN":
        kind = _param_types()[text.removeprefix("evt.rawarg.")]
    return FieldType(field.name, kind, field.is_list, field.supports_transformer, field.supports_rhs)


def _longest(text: str, fields: tuple[Field, ...]) -> tuple[Field | None, int]:
    found = max((f for f in fields if text.startswith(f.name)), key=lambda f: len(f.name), default=None)
    return found, 0 if found is None else len(found.name)


def _number(text: str, bracket: int) -> int:
    """The end of `[number]` that begins at `bracket`."""
    end = text.find("]")
    number = text[bracket + 1 : end]
    if len(number) > 64 or NUMBER.fullmatch(number) is None:
        raise UnusableField(f"{number} is not a valid number")
    return end + 1


_PARAM_TYPES: dict[str, str] = {}


def _param_types() -> dict[str, str]:
    """Types of event parameters by name, as the first event that has it says."""
    if not _PARAM_TYPES:
        for event in EVENTS:
            for param in event.params:
                _PARAM_TYPES.setdefault(param.name, param.type)
    return _PARAM_TYPES


def _param(name: str) -> str | None:
    """The longest name of an event parameter that begins `name`."""
    types = _param_types()
    if name in types:
        return name
    return max((n for n in types if name.startswith(n)), key=len, default=None)


def _in_plugin(text: str, fields: tuple[Field, ...]) -> tuple[Field | None, int]:
    field, end = _longest(text, fields)
    if field is None:
        return None, 0
    shown = text.split(" ", 1)[0].strip()
    bracket = shown.find("[")
    if bracket < 0:
        if field.argument is not None and field.argument.required:
            raise UnusableField(f"filter '{shown}': {field.name} requires an argument but none provided")
        return field, end
    if bracket != end:
        return None, 0
    if bracket + 1 >= len(shown):
        raise UnusableField(f"filter '{shown}': {field.name} terminates with incomplete argument brackets")
    argument, closing, _ = shown[bracket + 1 :].partition("]")
    if not closing:
        raise UnusableField(f"filter '{shown}': {field.name} has unbalanced argument brackets")
    if field.argument is None:
        raise UnusableField(
            f"filter '{shown}': {field.name} does not allow nor require an argument but one is provided: "
            f"{argument}"
        )
    if field.argument.index and not field.argument.key:
        _check_index(shown, field.name, argument)
    return field, bracket + len(argument) + 2


def _check_index(shown: str, name: str, argument: str) -> None:
    if argument.isascii() and argument.isdigit() and (argument == "0" or argument[0] != "0"):
        if len(argument) <= 20 and int(argument) < 1 << 64:
            return
        why = "not representable on 64 bit"
    elif not re.fullmatch("[0-9]*", argument):
        why = "not composed only by digits"
    else:
        why = "starting with 0"
    raise UnusableField(f"filter {shown} {name} has an invalid index argument {why}: {argument}")
