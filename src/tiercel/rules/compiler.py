"""Collected items to rules: lists into conditions, exceptions onto them, macros in, everything checked.

The first error stops the compilation; what was found doubtful until then stays reported. Files are compiled
one by one, each together with all before it, so most conditions come again: trees are kept by their text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tiercel.rules import problem
from tiercel.rules.check import Checked, Checker, UnknownTransform
from tiercel.rules.collection import Collection, takes_list
from tiercel.rules.condition import ConditionError, parse_condition
from tiercel.rules.event_types import event_mask
from tiercel.rules.expression import Expression
from tiercel.rules.items import Entry, ExceptionItem, MacroItem, RuleItem
from tiercel.rules.lists import MAX_TEXT, ListNames, TextTooLong, quote_item
from tiercel.rules.macros import Macros, Whole
from tiercel.rules.outputs import AppendOutput, ExtraField, extras_for
from tiercel.rules.place import Home, Place
from tiercel.rules.problem import DEPRECATED_FIELDS, ENTER_EVENT_FIELDS, LoadError, Problem
from tiercel.rules.rule import Rule
from tiercel.rules.syntax import (
    Check,
    FieldRef,
    Junction,
    Negation,
    Spot,
    Syntax,
    TransformCall,
    Value,
    ValueList,
)
from tiercel.rules.template import TemplateError, parse_template

# More types than this in one rule's condition, and it counts as not narrowed down.
_MANY_EVENT_TYPES = 100

# More than anybody reads.
_MAX_WARNINGS = 100_000

# Text of all conditions together, lists put in: far above any rules there are.
_MAX_TOTAL_TEXT = 32 << 20

_CONTAINER_INFO = "%container.info"
_CONTAINER_INFO_MESSAGE = (
    "%container.info is deprecated and no more useful, and will be dropped by Falco 1.0.0. The container "
    "plugin will "
    "automatically add required fields to the output message."
)
_UNKNOWN = ("nonexistent field", "invalid formatting token", "unknown event type", "unknown filter:")
_UNSAFE_CLASSES = ("ka.", "jevt.")
_EQUALITY = frozenset(("=", "==", "!=", "in", "intersects", "pmatch"))


@dataclass(slots=True)
class Memory:
    """What outlives one compilation: trees by text, and checkers by source."""

    trees: dict[str, Syntax | ConditionError] = field(default_factory=dict)
    checkers: dict[str, Checker] = field(default_factory=dict)
    suspects: dict[int, tuple[Syntax, _Suspects]] = field(default_factory=dict)
    event_types: dict[tuple[int, bool], tuple[Expression, int]] = field(default_factory=dict)
    outputs: dict[tuple[str, str], str] = field(default_factory=dict)  # source and output: what is wrong
    words: dict[str, frozenset[str]] = field(default_factory=dict)  # of conditions
    whole: dict[int, Whole] = field(default_factory=dict)  # trees with their macros in


@dataclass(frozen=True, slots=True)
class _Suspects:
    """What a condition has that deserves a word: a comparison of an absent field with <NA>, deprecated
    fields."""

    unsafe: bool = False
    deprecated: frozenset[str] = frozenset()


class Compiler:
    def __init__(self, collection: Collection, appended: tuple[AppendOutput, ...], memory: Memory) -> None:
        self.collection = collection
        self.appended = appended
        self.memory = memory
        self.warnings: list[Problem] = []
        self.rules: list[Rule] = []
        self._lists = ListNames(self._expanded_lists(), memory.words)
        self._macros = Macros(self.memory.whole)
        # Trees as they were read, with their text and place, and what is in them, once somebody asks. All trees
        # are kept in `memory`, so their identity is theirs.
        self._read: list[tuple[Syntax, str, Place]] = []
        self._homes: dict[int, tuple[str, Place]] = {}
        self._text_size = 0

    def compile(self) -> None:
        """Fills `rules` and `warnings`; LoadError at the first error."""
        self._compile_macros()
        for item in self.collection.rules.values():
            if not item.unknown_source:
                self._compile_rule(item)
        for macro in self.collection.macros.values():
            if macro.name not in self._macros.used:
                self.warn(problem.UNUSED_MACRO, "Macro not referred to by any other rule/macro", macro.place)
        for entry in self.collection.lists.values():
            if entry.name not in self._lists.used:
                self.warn(problem.UNUSED_LIST, "List not referred to by any other rule/macro", entry.place)

    def warn(self, code: str, message: str, place: Place, deprecated_field: str = "") -> None:
        if len(self.warnings) < _MAX_WARNINGS:
            self.warnings.append(Problem(code, message, place, deprecated_field))

    # ---- lists and macros

    def _expanded_lists(self) -> list[tuple[str, list[str]]]:
        """Lists with the items of lists that they name, one level deep."""
        lists = self.collection.lists
        expanded: list[tuple[str, list[str]]] = []
        self._named_by_lists: set[str] = set()
        size = 0
        for entry in lists.values():
            items: list[str] = []
            for item in entry.items:
                named = lists.get(item)
                if named is not None and named.index < entry.visibility:
                    self._named_by_lists.add(item)
                    items += named.items
                else:
                    items.append(item)
                size += 1 if named is None else len(named.items)
            if size > _MAX_TOTAL_TEXT // 8:
                raise LoadError(
                    problem.VALIDATE, "lists grow too long where they name each other", entry.place
                )
            expanded.append((entry.name, items))
        return expanded

    def _parsed(self, condition: str, place: Place) -> tuple[Syntax, str]:
        """The tree of a condition, and the text that it was read from."""
        try:
            if len(condition) > MAX_TEXT:
                raise TextTooLong
            text = self._lists.expand(condition)
            self._text_size += len(text)
            if self._text_size > _MAX_TOTAL_TEXT:
                raise TextTooLong
        except TextTooLong:
            message = "condition grows too long when its lists are put in"
            raise LoadError(problem.COMPILE_CONDITION, message, place) from None
        known = self.memory.trees.get(text)
        if known is None:
            try:
                known = parse_condition(text)
            except ConditionError as e:
                known = e
            self.memory.trees[text] = known
        if isinstance(known, ConditionError):
            inside = place.in_condition(known.spot, text, Home(place, text, known.spot))
            raise LoadError(problem.COMPILE_CONDITION, known.message, inside)
        return known, text

    def _compile_macros(self) -> None:
        self._lists.used |= self._named_by_lists
        macros = self.collection.macros
        trees = self._macros.trees
        for macro in macros.values():
            tree, text = self._parsed(macro.condition, macro.condition_place)
            trees[macro.name] = tree
            self._read.append((tree, text, macro.condition_place))
        for macro in macros.values():
            try:
                trees[macro.name] = self._macros.resolve(trees[macro.name], self._seen_by(macro))
                self._macros.whole.add(macro.name)
            except ConditionError as e:
                place = macro.place.in_condition(e.spot, macro.condition, self._home(e.node, e.spot))
                raise LoadError(problem.VALIDATE, e.message, place) from None

    def _seen_by(self, macro: MacroItem) -> Callable[[str], bool]:
        macros = self.collection.macros
        return lambda name: name in macros and macros[name].index < macro.visibility

    def _home(self, node: Syntax | None, spot: Spot) -> Home | None:
        """Where a part of a tree was read: in the condition itself, or in a macro."""
        if node is None:
            return None
        for tree, text, place in self._read:
            self._homes.update((id(part), (text, place)) for part in _parts(tree))
        self._read.clear()
        home = self._homes.get(id(node))
        return None if home is None else Home(home[1], home[0], spot)

    # ---- rules

    def _compile_rule(self, item: RuleItem) -> None:
        checker = self._checker(item.source)
        condition = _with_exceptions(item)
        extras = extras_for(self.appended, item)
        output = item.output + "".join(" " + text for text in extras.texts)
        if _CONTAINER_INFO in output:
            self.warn(problem.DEPRECATED_ITEM, _CONTAINER_INFO_MESSAGE, item.place)
            output = output.replace(_CONTAINER_INFO, "")
        fault = self._output_flaw(output, checker)
        if fault:
            if item.skip_if_unknown_filter and _is_unknown(fault):
                self.warn(problem.UNKNOWN_FILTER, fault, item.output_place)
                return
            raise LoadError(problem.COMPILE_OUTPUT, fault, item.output_place)
        self._warn_of_output(output, item.output_place)
        for extra in extras.fields:
            self._check_extra(extra, checker, item.output_place)
        checked = self._condition(item, condition, checker)
        if checked is None:
            return
        if item.source == "syscall" and item.warn_evttypes:
            types = event_mask(checked.expression, self.memory.event_types).bit_count()
            if not types or types > _MANY_EVENT_TYPES:
                message = "Rule matches too many evt.type values. This has a significant performance penalty."
                self.warn(problem.NO_EVTTYPE, message, item.place)
        self.rules.append(_rule(len(self.rules), item, checked, condition, output, extras.fields))

    def _checker(self, source: str) -> Checker:
        checker = self.memory.checkers.get(source)
        if checker is None:
            checker = self.memory.checkers[source] = Checker(self.collection.sources[source])
        return checker

    def _condition(self, item: RuleItem, condition: str, checker: Checker) -> Checked | None:
        raw, text = self._parsed(condition, item.condition_place)
        self._read.append((raw, text, item.condition_place))
        try:
            tree = self._macros.resolve(raw)
        except ConditionError as e:
            place = item.place.in_condition(e.spot, condition, self._home(e.node, e.spot))
            raise LoadError(problem.VALIDATE, e.message, place) from None
        self._warn_of_condition(tree, item, condition)
        try:
            checked = checker.check(tree)
        except ConditionError as e:
            place = item.condition_place.in_condition(e.spot, condition, self._home(e.node, e.spot))
            if item.skip_if_unknown_filter and _is_unknown(e.message):
                self.warn(problem.UNKNOWN_FILTER, e.message, place)
                return None
            raise LoadError(problem.COMPILE_CONDITION, e.message, place) from None
        for message, spot, node in checked.warnings:
            place = item.condition_place.in_condition(spot, condition, self._home(node, spot))
            self.warn(problem.CONDITION_WARNING, message, place)
        return checked

    def _warn_of_condition(self, tree: Syntax, item: RuleItem, condition: str) -> None:
        suspects = _suspects(tree, self.memory.suspects)
        if not suspects.unsafe and not suspects.deprecated:
            return
        place = item.condition_place.in_condition(Spot(0, 0, 0), condition)
        if suspects.unsafe:
            self.warn(problem.UNSAFE_NA, "", place)
        for name in ENTER_EVENT_FIELDS:
            if name in suspects.deprecated:
                self.warn(problem.DEPRECATED_ITEM, DEPRECATED_FIELDS[name], place, name)

    def _warn_of_output(self, output: str, place: Place) -> None:
        for name in ENTER_EVENT_FIELDS:
            if name in output:
                message = f"usage of deprecated field '{name}' has been detected in the rule output"
                self.warn(problem.DEPRECATED_ITEM, message, place, name)

    def _check_extra(self, extra: ExtraField, checker: Checker, place: Place) -> None:
        fault = self._output_flaw(extra.format, checker)
        if fault:
            raise LoadError(problem.COMPILE_OUTPUT, fault, place)
        self._warn_of_output(extra.format, place)

    def _output_flaw(self, output: str, checker: Checker) -> str:
        key = (checker.fields.source, output)
        fault = self.memory.outputs.get(key)
        if fault is None:
            fault = self.memory.outputs[key] = _output_flaw(output, checker)
        return fault


def _parts(tree: Syntax) -> Iterator[Syntax]:
    """All checks and macros of a tree."""
    if isinstance(tree, Negation):
        yield from _parts(tree.child)
    elif isinstance(tree, Junction):
        for child in tree.children:
            yield from _parts(child)
    else:
        yield tree


def _output_flaw(output: str, checker: Checker) -> str:
    """What is wrong with an output; empty where nothing is."""
    if not output:
        return "empty formatting token"
    try:
        parse_template(output, checker.check_operand)
    except (TemplateError, UnknownTransform) as e:
        return str(e)
    return ""


def _is_unknown(message: str) -> bool:
    return any(words in message for words in _UNKNOWN)


def _rule(
    index: int, item: RuleItem, checked: Checked, condition: str, output: str, extras: tuple[ExtraField, ...]
) -> Rule:
    return Rule(
        index=index,
        name=item.name,
        source=item.source,
        condition=checked.expression,
        condition_text=condition,
        output=output[1:] if output.startswith("*") else output,
        description=item.description,
        priority=item.priority,
        tags=tuple(sorted(item.tags)),
        enabled=item.enabled,
        capture=item.capture,
        capture_duration_ms=item.capture_duration_ms,
        exceptions=tuple(_as_dict(e) for e in item.exceptions),
        warn_evttypes=item.warn_evttypes,
        skip_if_unknown_filter=item.skip_if_unknown_filter,
        file=item.place.file.name,
        line=item.place.position.line + 1,
        extra_fields=extras,
    )


# ---- exceptions


def _as_dict(exception: ExceptionItem) -> dict[str, Any]:
    return {
        "name": exception.name,
        "fields": _plain(exception.fields),
        "comps": _plain(exception.comps),
        "values": [_plain(v) for v in exception.values],
    }


def _plain(entry: Entry) -> Any:
    return entry.item if entry.items is None else [_plain(e) for e in entry.items]


def _with_exceptions(item: RuleItem) -> str:
    """The condition with `and not` for every exception that has values."""
    if not item.exceptions:
        return item.condition
    parts = [f"({item.condition})"]
    for exception in item.exceptions:
        text = (
            _single(exception)
            if exception.fields.items is None
            else _several(exception, exception.fields.items)
        )
        if text:
            parts.append(text)
    return " and not ".join(parts)


def _single(exception: ExceptionItem) -> str:
    """Of one field: all values are one list."""
    values: list[str] = []
    for value in exception.values:
        if value.items is not None:
            message = "Expected values array to contain a list of strings"
            raise LoadError(problem.VALIDATE, message, exception.place)
        values.append(quote_item(value.item))
    if not values:
        return ""
    return f"({exception.fields.item} {exception.comps.item} ({', '.join(values)}))"


def _several(exception: ExceptionItem, fields: list[Entry]) -> str:
    """Of several fields: each value holds one part a field."""
    comps = exception.comps.items or []
    choices: list[str] = []
    for value in exception.values:
        parts = value.items or []
        if len(fields) != len(parts):
            message = "Fields and values lists must have equal length"
            raise LoadError(problem.VALIDATE, message, exception.place)
        tests: list[str] = []
        for k, (entry, part) in enumerate(zip(fields, parts, strict=True)):
            comp = comps[k].item if k < len(comps) else "="
            tests.append(f" {entry.item} {comp} {_right_side(part, comp)}")
        choices.append("(" + " and ".join(tests) + ")")
    return f"({' or '.join(choices)})" if choices else ""


def _right_side(part: Entry, comp: str) -> str:
    if part.items is not None:
        return "(" + ", ".join(quote_item(v.item) for v in part.items) + ")"
    if takes_list(comp):
        return part.item if part.item.startswith("(") else f"({part.item})"
    return quote_item(part.item)


# ---- what deserves a word


def _suspects(tree: Syntax, known: dict[int, tuple[Syntax, _Suspects]]) -> _Suspects:
    if isinstance(tree, Check):
        return _in_check(tree)
    found = known.get(id(tree))
    if found is None:
        children = tree.children if isinstance(tree, Junction) else ()
        if isinstance(tree, Negation):
            children = (tree.child,)
        whole = _NOTHING
        for child in children:
            part = _suspects(child, known)
            if part is not _NOTHING:
                whole = _Suspects(whole.unsafe or part.unsafe, whole.deprecated | part.deprecated)
        found = known[id(tree)] = (tree, whole)
    return found[1]


_NOTHING = _Suspects()


def _in_check(check: Check) -> _Suspects:
    left = check.left
    names = [left.name] if isinstance(left, FieldRef) else _field_names(left)
    name = names[-1] if names else ""
    if len(names) == 1 and name not in DEPRECATED_FIELDS and not name.startswith(_UNSAFE_CLASSES):
        return _NOTHING
    deprecated = [n for n in names if n in DEPRECATED_FIELDS]
    unsafe = False
    if name.startswith(_UNSAFE_CLASSES) and check.operator in _EQUALITY:
        right = check.right
        if isinstance(right, Value):
            unsafe = right.text == "<NA>"
        elif isinstance(right, ValueList):
            unsafe = "<NA>" in right.items
        else:
            deprecated += [n for n in _field_names(right) if n in DEPRECATED_FIELDS]
    return _Suspects(unsafe, frozenset(deprecated)) if unsafe or deprecated else _NOTHING


def _field_names(operand: object) -> list[str]:
    """Names of the fields in an operand, in reading order; lists of operands are not looked into."""
    if isinstance(operand, FieldRef):
        return [operand.name]
    if isinstance(operand, TransformCall):
        return [name for inner in operand.operands for name in _field_names(inner)]
    return []
