"""All items of the files read so far: what a later file defines, appends to, replaces or switches off."""

from __future__ import annotations

from tiercel.rules import problem
from tiercel.rules.condition import LISTS, MODIFIERS, OPERATORS, STRING
from tiercel.rules.fields import SourceFields, UnusableField
from tiercel.rules.items import UPDATABLE, Entry, ExceptionItem, ListItem, MacroItem, RuleItem, RuleUpdate
from tiercel.rules.place import Place
from tiercel.rules.problem import LoadError, Problem
from tiercel.rules.version import ENGINE_VERSION, Requirement, Version, parse_version

_WITH_MODIFIER = frozenset(f"{operator} {modifier}" for operator in STRING for modifier in MODIFIERS)
_COMPARISONS = frozenset(OPERATORS) | _WITH_MODIFIER
_LIST_COMPARISONS = frozenset(LISTS) | _WITH_MODIFIER
_BLANKS = " \t\r\n"

_NO_MACRO = "Macro uses 'append' or 'override.condition: append' but no macro by that name already exists"
_NO_LIST = "List uses 'append' or 'override.items: append' but no list by that name already exists"
_NO_RULE_APPEND = "Rule uses 'append' or 'override.<key>: append' but no rule by that name already exists"
_NO_RULE_REPLACE = (
    "An 'override.<key>: replace' to a rule was requested but no rule by that name already exists"
)


def takes_list(comparison: str) -> bool:
    """Whether a comparison has a list on its right."""
    return comparison in _LIST_COMPARISONS


class Collection:
    """Items by name, in the order of their first definition. `sources` are the event sources that there
    are."""

    def __init__(self, sources: dict[str, SourceFields]) -> None:
        self.sources = sources
        self.lists: dict[str, ListItem] = {}
        self.macros: dict[str, MacroItem] = {}
        self.rules: dict[str, RuleItem] = {}
        self.plugins: list[tuple[tuple[Requirement, ...], Place]] = []
        self._next = 0

    def _serial(self) -> int:
        self._next += 1
        return self._next - 1

    # ---- requirements

    def require_engine(self, version: Version, place: Place) -> None:
        if not ENGINE_VERSION.meets(version):
            raise _error(
                f"Rules require engine version {version}, but engine version is {ENGINE_VERSION}", place
            )

    def require_plugin(self, alternatives: tuple[Requirement, ...], place: Place) -> None:
        seen: set[str] = set()
        for name, version in alternatives:
            if parse_version(version) is None:
                raise _error(f"Invalid required version '{version}' for plugin '{name}'", place)
            if name in seen:
                raise _error(f"Defined multiple alternative version requirements for plugin '{name}'", place)
            seen.add(name)
        self.plugins.append((alternatives, place))

    # ---- lists and macros

    def define_list(self, item: ListItem) -> None:
        previous = self.lists.get(item.name)
        item.visibility = serial = self._serial()
        item.index = serial if previous is None else previous.index
        self.lists[item.name] = item

    def append_list(self, item: ListItem) -> None:
        previous = self.lists.get(item.name)
        if previous is None:
            raise _error(_NO_LIST, item.place)
        previous.items += item.items
        previous.visibility = self._serial()

    def define_macro(self, item: MacroItem) -> None:
        previous = self.macros.get(item.name)
        item.visibility = serial = self._serial()
        item.index = serial if previous is None else previous.index
        self.macros[item.name] = item

    def append_macro(self, item: MacroItem) -> None:
        previous = self.macros.get(item.name)
        if previous is None:
            raise _error(_NO_MACRO, item.place)
        previous.condition += " " + item.condition
        previous.visibility = self._serial()

    # ---- rules

    def define_rule(self, item: RuleItem, warnings: list[Problem]) -> None:
        previous = self._same_source(item.name, item.source, item.place)
        source = self.sources.get(item.source)
        if source is None:
            item.unknown_source = True
            message = f"Unknown source {item.source}, skipping"
            warnings.append(Problem(problem.UNKNOWN_SOURCE, message, item.place))
        for exception in item.exceptions:
            if not exception.fields.is_given:
                raise _error(
                    "Rule exception item must have fields property with a list of fields", exception.place
                )
            _check_exception(exception, source)
        item.visibility = serial = self._serial()
        item.index = serial if previous is None else previous.index
        self.rules[item.name] = item

    def append_rule(self, update: RuleUpdate) -> None:
        rule = self._same_source(update.name, update.source, update.place)
        if rule is None:
            raise _error(_NO_RULE_APPEND, update.place)
        if update.is_empty:
            raise _error("Appended rule must have exceptions or condition property", update.place)
        for name in ("condition", "output", "description"):
            more = getattr(update, name)
            if more:
                setattr(rule, name, getattr(rule, name) + " " + more)
        rule.tags |= update.tags or set()
        for exception in update.exceptions or ():
            self._append_exception(rule, exception)
        rule.visibility = self._serial()

    def _append_exception(self, rule: RuleItem, exception: ExceptionItem) -> None:
        known = next((e for e in rule.exceptions if e.name == exception.name), None)
        place = exception.place
        if known is None:
            if not exception.fields.is_given:
                raise _error("Rule exception must have fields property with a list of fields", place)
            if not exception.values:
                raise _error("Rule exception must have values property with a list of values", place)
            _check_exception(exception, self.sources.get(rule.source))
            rule.exceptions.append(exception)
            return
        if exception.fields.is_given:
            raise _error("Can not append exception fields to existing exception, only values", place)
        if exception.comps.is_given:
            raise _error("Can not append exception comps to existing exception, only values", place)
        known.values += exception.values

    def replace_rule(self, update: RuleUpdate) -> None:
        rule = self._same_source(update.name, update.source, update.place)
        if rule is None:
            raise _error(_NO_RULE_REPLACE, update.place)
        if update.is_empty:
            raise _error("The rule must have at least one field that can be replaced", update.place)
        for name in UPDATABLE:
            value = getattr(update, name)
            if value is not None:
                setattr(rule, name, value)
        rule.visibility = self._serial()

    def enable_rule(self, name: str, enabled: bool, place: Place) -> None:
        rule = self.rules.get(name)
        if rule is None:
            raise _error("Rule has 'enabled' key but no rule by that name already exists", place)
        rule.enabled = enabled

    def _same_source(self, name: str, source: str, place: Place) -> RuleItem | None:
        rule = self.rules.get(name)
        if rule is not None and rule.source and source and rule.source != source:
            raise _error("Rule has been re-defined with a different source", place)
        return rule


def _error(message: str, place: Place) -> LoadError:
    return LoadError(problem.VALIDATE, message, place)


def _check_exception(exception: ExceptionItem, source: SourceFields | None) -> None:
    """Completes and checks comparisons; checks fields, where the source is known."""
    place = exception.place
    fields, comps = exception.fields, exception.comps
    if fields.items is not None:
        if not comps.is_given:
            # A single empty comparison still counts as one that is there.
            comps.items = [*(comps.items or ()), *(Entry("=") for _ in fields.items)]
        if len(fields.items) != len(comps.items or ()):
            raise _error("Fields and comps lists must have equal length", place)
        for comp in comps.items or ():
            comp.item = comp.item.strip(_BLANKS)
            if comp.item not in _COMPARISONS:
                raise _error(f"'{comp.item}' is not a supported comparison operator", place)
        names = [f.item for f in fields.items]
    else:
        if not comps.is_given:
            comps.item, comps.items = "in", None
        if comps.is_list:
            raise _error("Fields and comps must both be strings", place)
        comps.item = comps.item.strip(_BLANKS)
        if not takes_list(comps.item):
            raise _error(
                "When fields is a single value, comps must be one of (in, pmatch, intersects) or a modifier "
                "operator (e.g. startswith oneof)",
                place,
            )
        names = [fields.item]
    for name in names if source is not None else ():
        try:
            good = source is None or source.is_left_side(name)
        except UnusableField as e:
            # Falco reports what it did not foresee against the whole file.
            raise _error(str(e), place.chain[0]) from None
        if not good:
            raise _error(f"'{name}' is not a supported filter field", place)
