"""Documents to items: what each key of an item may hold, and what is wrong with it otherwise."""

from __future__ import annotations

import re

from tiercel.rules import place as at
from tiercel.rules import problem
from tiercel.rules.collection import Collection
from tiercel.rules.condition import BARE_STRING_RULE, IDENTIFIER_RULE
from tiercel.rules.items import Entry, ExceptionItem, ListItem, MacroItem, RuleItem, RuleUpdate
from tiercel.rules.place import Place
from tiercel.rules.problem import LoadError, Problem
from tiercel.rules.rule import PRIORITIES
from tiercel.rules.scalar import as_bool, as_number, as_text
from tiercel.rules.version import ENGINE_VERSION, Requirement, Version, parse_version
from tiercel.rules.yaml import Node, NodeKind

_IDENTIFIER = re.compile(r"[a-zA-Z]+[a-zA-Z0-9_]*")
_BARE_STRING = re.compile("[^()\"'\t\n\v\f\r =,\udc80-\udcff]+")

_APPEND = (
    "'append' key is deprecated. Add an 'append' entry (e.g. 'condition: append') under 'override' instead."
)
_ENABLED = (
    "The standalone 'enabled' key usage is deprecated. The correct approach requires also a 'replace' "
    "entry under the "
    "'override' key (i.e. 'enabled: replace')."
)
_OVERRIDE_AND_APPEND = (
    "Keys 'override' and 'append: true' cannot be used together. Add an 'append' entry (e.g. 'condition: "
    "append') "
    "under 'override' instead."
)

_LIST_KEYS = frozenset(("list", "items", "append", "override"))
_MACRO_KEYS = frozenset(("macro", "condition", "append", "override"))
_RULE_KEYS = frozenset((
    "rule", "condition", "output", "desc", "priority", "source", "enabled", "capture", "capture_duration",
    "warn_evttypes", "skip-if-unknown-filter", "tags", "exceptions", "override", "append",
))  # fmt: skip

# Keys of a rule that may be appended to and replaced, in the order in which they are read.
_APPENDABLE = ("condition", "exceptions", "output", "desc", "tags")
_REPLACEABLE = (
    "condition", "exceptions", "output", "desc", "tags", "priority", "capture", "capture_duration", "enabled",
    "warn_evttypes", "skip-if-unknown-filter",
)  # fmt: skip
_ATTRIBUTES = {
    "desc": "description",
    "capture_duration": "capture_duration_ms",
    "skip-if-unknown-filter": "skip_if_unknown_filter",
}

# Exceptions hold lists of lists, and aliases can make them endless.
_MAX_ENTRIES = 1_000_000
_MAX_ENTRY_DEPTH = 100

_PRIORITY_BY_NAME = {p.lower(): p for p in PRIORITIES} | {"info": "Informational"}


class Reader:
    """Reads the documents of one file into a collection. The first error ends it (LoadError); warnings go on
    a list."""

    def __init__(self, collection: Collection, warnings: list[Problem]) -> None:
        self.collection = collection
        self.warnings = warnings
        self._entries = 0

    def read(self, document: Node, parent: Place) -> None:
        if document.kind not in (NodeKind.MAP, NodeKind.SEQUENCE):
            raise _error("Rules content is not yaml", parent)
        if document.kind != NodeKind.SEQUENCE:
            raise _error("Rules content is not yaml array of objects", parent)
        for item in document.items:
            if item.kind == NodeKind.NULL:
                continue
            if item.kind != NodeKind.MAP:
                raise _error(
                    "Unexpected element type. Each element should be a yaml associative array.",
                    parent.inside(item, at.CONTENT_ITEM),
                )
            self._item(item, parent)

    def _item(self, item: Node, parent: Place) -> None:
        if item.get("required_engine_version") is not None:
            self._engine_version(item, parent)
        elif item.get("required_plugin_versions") is not None:
            self._plugin_versions(item, parent)
        elif item.get("list") is not None:
            self._list(item, parent)
        elif item.get("macro") is not None:
            self._macro(item, parent)
        elif item.get("rule") is not None:
            self._rule(item, parent)
        else:
            self.warn(problem.UNKNOWN_ITEM, "Unknown top level item", parent.inside(item, at.CONTENT_ITEM))

    def warn(self, code: str, message: str, place: Place) -> None:
        self.warnings.append(Problem(code, message, place))

    def warn_of_unknown_keys(self, item: Node, known: frozenset[str], place: Place) -> None:
        for key, _ in item.pairs:
            name = as_text(key, place)
            if name not in known:
                message = f"Unknown key '{name}'. The key will be ignored."
                self.warnings.append(Problem(problem.UNKNOWN_KEY, message, place, mark=key.mark))

    # ---- versions

    def _engine_version(self, item: Node, parent: Place) -> None:
        place = parent.inside(item, at.ENGINE_VERSION)
        node = item.get("required_engine_version")
        minor = None if node is None else as_number(node)
        version = None if minor is None else Version(ENGINE_VERSION.major, minor, ENGINE_VERSION.patch)
        if version is None:
            text = _required(item, "required_engine_version", place)
            version = parse_version(text)
            if version is None:
                raise _error(
                    f"Unable to parse engine version '{text}' as a semver string. Expected \"x.y.z\" "
                    f"semver format.",
                    place,
                )
        self.collection.require_engine(version, place)
        self.warn_of_unknown_keys(item, frozenset(("required_engine_version",)), place)

    def _plugin_versions(self, item: Node, parent: Place) -> None:
        plugins = item.get("required_plugin_versions")
        assert plugins is not None
        place = parent.inside(plugins, at.PLUGIN_VERSIONS)
        if plugins.kind != NodeKind.SEQUENCE:
            raise _error("Value of required_plugin_versions must be a sequence", place)
        for plugin in plugins.items:
            unnamed = place.inside(plugin, at.PLUGIN_VERSION)
            if plugin.kind != NodeKind.MAP:
                raise _error("Plugin version must be a mapping", unnamed)
            name = _required(plugin, "name", unnamed)
            named = place.inside(plugin, at.PLUGIN_VERSION, name)
            wanted = [Requirement(name, _required(plugin, "version", named))]
            alternatives = plugin.get("alternatives")
            if alternatives is not None:
                wanted += _alternatives(alternatives, named)
            self.collection.require_plugin(tuple(wanted), named)
        whole = parent.inside(item, at.PLUGIN_VERSIONS)
        self.warn_of_unknown_keys(item, frozenset(("required_plugin_versions",)), whole)

    # ---- lists and macros

    def _list(self, item: Node, parent: Place) -> None:
        name = _required(item, "list", parent.inside(item, at.LIST))
        place = parent.inside(item, at.LIST, name)
        if _BARE_STRING.fullmatch(name) is None:
            self.warn(
                problem.INVALID_LIST_NAME,
                "List has an invalid name. List names should match a regular expression: " + BARE_STRING_RULE,
                place,
            )
        entry = ListItem(name, _strings(item, "items", place, is_optional=False), place)
        if self._appends(item, "items", place):
            self.collection.append_list(entry)
        else:
            self.collection.define_list(entry)
        self.warn_of_unknown_keys(item, _LIST_KEYS, place)

    def _macro(self, item: Node, parent: Place) -> None:
        name = _required(item, "macro", parent.inside(item, at.MACRO))
        place = parent.inside(item, at.MACRO, name)
        if _IDENTIFIER.fullmatch(name) is None:
            self.warn(
                problem.INVALID_MACRO_NAME,
                "Macro has an invalid name. Macro names should match a regular expression: "
                + IDENTIFIER_RULE,
                place,
            )
        condition = _required(item, "condition", place)
        macro = MacroItem(name, condition, place, place.inside(_node(item, "condition"), at.MACRO_CONDITION))
        if self._appends(item, "condition", place):
            self.collection.append_macro(macro)
        else:
            self.collection.define_macro(macro)
        self.warn_of_unknown_keys(item, _MACRO_KEYS, place)

    def _appends(self, item: Node, key: str, place: Place) -> bool:
        """Whether a list or a macro is appended to, by `append: true` or by an override of its one key."""
        flagged = self._append_flag(item, place)
        appended, replaced = _overrides(item, (key,), (key,), place)
        if flagged and (appended or replaced):
            raise _error(_OVERRIDE_AND_APPEND, place)
        return flagged or key in appended

    def _append_flag(self, item: Node, place: Place) -> bool:
        flagged = _flag(item, "append", place)
        if flagged:
            self.warn(problem.DEPRECATED_ITEM, _APPEND, place)
        return bool(flagged)

    # ---- rules

    def _rule(self, item: Node, parent: Place) -> None:
        name = _required(item, "rule", parent.inside(item, at.RULE))
        place = parent.inside(item, at.RULE, name)
        source = _optional(item, "source", place, may_be_empty=True) or ""
        flagged = self._append_flag(item, place)
        appended, replaced = _overrides(item, _APPENDABLE, _REPLACEABLE, place)
        if flagged and (appended or replaced):
            raise _error(_OVERRIDE_AND_APPEND, place)
        if appended or replaced:
            self._override(item, RuleUpdate(name, place), source, appended, replaced)
        elif flagged:
            self._append(item, RuleUpdate(name, place, source))
        elif all(item.get(key) is None for key in ("condition", "output", "desc", "priority")):
            enabled = _bool(item, "enabled", place)
            self.warn(problem.DEPRECATED_ITEM, _ENABLED, place)
            self.collection.enable_rule(name, enabled, place)
        else:
            self._define(item, name, place)
        self.warn_of_unknown_keys(item, _RULE_KEYS, place)

    def _define(self, item: Node, name: str, place: Place) -> None:
        condition = _required(item, "condition", place)
        output = _required(item, "output", place)
        description = _required(item, "desc", place)
        rule = RuleItem(
            name=name,
            source="syscall",
            condition=condition,
            output=output.strip(" \t\n\v\f\r"),
            description=description,
            priority=_priority(item, place),
            tags=set(),
            exceptions=[],
            place=place,
            condition_place=place.inside(_node(item, "condition"), at.RULE_CONDITION),
            output_place=place.inside(_node(item, "output"), at.RULE_OUTPUT),
        )
        rule.source = _optional(item, "source", place) or rule.source
        for key in ("enabled", "capture", "capture_duration", "warn_evttypes", "skip-if-unknown-filter"):
            if item.get(key) is not None:
                attribute = _ATTRIBUTES.get(key, key)
                value = _number(item, key, place) if key == "capture_duration" else _bool(item, key, place)
                setattr(rule, attribute, value)
        rule.tags = set(_strings(item, "tags", place, is_optional=True))
        rule.exceptions = self._exceptions(item, place, is_append=False)
        self.collection.define_rule(rule, self.warnings)

    def _append(self, item: Node, update: RuleUpdate) -> None:
        if item.get("condition") is not None:
            update.condition = _required(item, "condition", update.place)
        if item.get("exceptions") is not None:
            update.exceptions = self._exceptions(item, update.place, is_append=True)
        self.collection.append_rule(update)

    def _override(
        self, item: Node, update: RuleUpdate, source: str, appended: set[str], replaced: set[str]
    ) -> None:
        place = update.place
        open_keys = {key for key in _REPLACEABLE if item.get(key) is not None}
        for how, keys, order in (("append", appended, _APPENDABLE), ("replace", replaced, _REPLACEABLE)):
            if not keys:
                continue
            change = RuleUpdate(update.name, place)
            for key in order:
                if key not in keys:
                    continue
                if key not in open_keys:
                    raise _error(
                        f"An {how} override for '{key}' was specified but '{key}' is not defined", place
                    )
                open_keys.discard(key)
                if key == "condition":
                    change.source = source
                self._read_key(item, key, change, is_append=how == "append")
            if how == "append":
                self.collection.append_rule(change)
            else:
                self.collection.replace_rule(change)
        for key in sorted(open_keys):
            raise _error(
                f"Unexpected key '{key}': no corresponding entry under 'override' is defined.",
                place.inside(_node(item, key), at.OVERRIDE, key),
            )

    def _read_key(self, item: Node, key: str, update: RuleUpdate, is_append: bool) -> None:
        place = update.place
        if key == "exceptions":
            update.exceptions = self._exceptions(item, place, is_append)
        elif key == "tags":
            update.tags = set(_strings(item, "tags", place, is_optional=True))
        elif key == "priority":
            update.priority = _priority(item, place)
        elif key == "capture_duration":
            update.capture_duration_ms = _number(item, key, place)
        elif key in ("condition", "output", "desc"):
            setattr(update, _ATTRIBUTES.get(key, key), _required(item, key, place))
        else:
            setattr(update, _ATTRIBUTES.get(key, key), _bool(item, key, place))

    # ---- exceptions

    def _exceptions(self, item: Node, rule: Place, is_append: bool) -> list[ExceptionItem]:
        node = item.get("exceptions")
        if node is None or node.kind == NodeKind.NULL:
            return []
        place = rule.inside(node, at.EXCEPTIONS)
        if node.kind != NodeKind.SEQUENCE:
            raise _error("Rule exceptions must be a sequence", place)
        found: list[ExceptionItem] = []
        for entry in node.items:
            unnamed = place.inside(entry, at.EXCEPTION)
            if entry.kind != NodeKind.MAP:
                raise _error("Rule exception must be a mapping", unnamed)
            name = _required(entry, "name", unnamed)
            exception = ExceptionItem(name, rule.inside(entry, at.EXCEPTION, name))
            for other in found:
                if other.name == name:
                    self.warn(
                        problem.EXCEPTION_NOT_UNIQUE,
                        f"Multiple definitions of exception '{name}' in the same rule",
                        exception.place,
                    )
            self._read_exception(entry, exception, is_append)
            found.append(exception)
        return found

    def _read_exception(self, entry: Node, exception: ExceptionItem, is_append: bool) -> None:
        place = exception.place
        fields = entry.get("fields")
        if fields is not None:
            exception.fields = self._entry(fields, place.inside(fields, at.VALUE, "fields"))
        elif not is_append:
            raise _error("Item has no mapping for key 'fields'", place)
        comps = entry.get("comps")
        if comps is not None:
            exception.comps = self._entry(comps, place.inside(comps, at.VALUE, "comps"))
        values = entry.get("values")
        if values is not None:
            inside = place.inside(values, at.EXCEPTION_VALUES)
            if values.kind != NodeKind.SEQUENCE:
                raise _error("Rule exception values must be a sequence", inside)
            for value in values.items:
                one = inside.inside(value, at.EXCEPTION_VALUE)
                exception.values.append(self._entry(value, one.inside(value, at.VALUE)))
        elif is_append:
            self.warn(problem.APPEND_NO_VALUES, "Overriding/appending exception with no values", place)

    def _entry(self, node: Node, place: Place, depth: int = 0) -> Entry:
        """A value, or a list of entries. A map, or null, is no value at all."""
        self._entries += 1
        if self._entries > _MAX_ENTRIES or depth > _MAX_ENTRY_DEPTH:
            raise _error("Rule exception has too many values", place)
        if node.kind == NodeKind.SCALAR:
            if not node.scalar:
                raise _error("Value must be non-empty", place)
            return Entry(node.scalar)
        if node.kind == NodeKind.SEQUENCE:
            return Entry(
                items=[
                    self._entry(child, place.inside(child, at.EXCEPTION).inside(child, at.VALUE), depth + 1)
                    for child in node.items
                ]
            )
        return Entry()


def _error(message: str, place: Place) -> LoadError:
    return LoadError(problem.YAML_VALIDATE, message, place)


def _node(item: Node, key: str) -> Node:
    node = item.get(key)
    assert node is not None
    return node


def _optional(item: Node, key: str, place: Place, may_be_empty: bool = False) -> str | None:
    """The text of a key; None where the key is missing, or empty and may be that."""
    node = item.get(key)
    if node is None or (node.kind == NodeKind.NULL and may_be_empty):
        return None
    if node.kind == NodeKind.NULL:
        raise _error(f"Mapping for key '{key}' is empty", place)
    if node.kind != NodeKind.SCALAR:
        raise _error("Value is not a scalar value", place.inside(node, at.VALUE, key))
    if not node.scalar and not may_be_empty:
        raise _error("Value must be non-empty", place.inside(node, at.VALUE, key))
    return node.scalar


def _required(item: Node, key: str, place: Place) -> str:
    text = _optional(item, key, place)
    if text is None:
        raise _error(f"Item has no mapping for key '{key}'", place)
    return text


def _bool(item: Node, key: str, place: Place) -> bool:
    _required(item, key, place)
    value = as_bool(_node(item, key))
    if value is None:
        raise _error("Can't decode YAML scalar value", place.inside(_node(item, key), at.VALUE, key))
    return value


def _flag(item: Node, key: str, place: Place) -> bool:
    return item.get(key) is not None and _bool(item, key, place)


def _number(item: Node, key: str, place: Place) -> int:
    _required(item, key, place)
    value = as_number(_node(item, key))
    if value is None:
        raise _error("Can't decode YAML scalar value", place.inside(_node(item, key), at.VALUE, key))
    return value


def _priority(item: Node, place: Place) -> str:
    text = _required(item, "priority", place)
    priority = _PRIORITY_BY_NAME.get(text.lower()) if text.isascii() else None
    if priority is None:
        raise _error("Invalid priority", place.inside(_node(item, "priority"), at.RULE_PRIORITY))
    return priority


def _strings(item: Node, key: str, place: Place, is_optional: bool) -> list[str]:
    node = item.get(key)
    if node is None:
        if is_optional:
            return []
        raise _error(f"Item has no mapping for key '{key}'", place)
    inside = place.inside(node, at.VALUE, key)
    if node.kind != NodeKind.SEQUENCE:
        raise _error("Value is not a sequence", inside)
    for value in node.items:
        if value.kind != NodeKind.SCALAR:
            raise _error("sequence value is not scalar", inside.inside(value, at.LIST_ITEM))
    return [value.scalar for value in node.items]


def _alternatives(node: Node, place: Place) -> list[Requirement]:
    if node.kind != NodeKind.SEQUENCE:
        raise _error("Value of plugin version alternatives must be a sequence", place)
    found: list[Requirement] = []
    for entry in node.items:
        unnamed = place.inside(entry, at.PLUGIN_ALTERNATIVE)
        if entry.kind != NodeKind.MAP:
            raise _error("Plugin version alternative must be a mapping", unnamed)
        name = _required(entry, "name", unnamed)
        named = place.inside(entry, at.PLUGIN_ALTERNATIVE, name)
        found.append(Requirement(name, _required(entry, "version", named)))
    return found


def _overrides(
    item: Node, appendable: tuple[str, ...], replaceable: tuple[str, ...], place: Place
) -> tuple[set[str], set[str]]:
    """The keys that `override` appends to and replaces."""
    appended: set[str] = set()
    replaced: set[str] = set()
    node = item.get("override")
    if node is None:
        return appended, replaced
    whole = place.inside(item, at.OVERRIDE)
    if node.kind == NodeKind.SEQUENCE and node.items:
        raise LoadError(
            problem.VALIDATE,
            "invalid node; this may result from using a map iterator as a sequence iterator, or vice-versa",
            place.chain[0],
        )
    for key, value in node.pairs:
        name, operation = as_text(key, place), as_text(value, place)
        inside = whole.inside(key, at.OVERRIDE, name)
        if operation == "append":
            if name not in appendable:
                raise _error(f"Key '{name}' cannot be appended to, use 'replace' instead", inside)
            appended.add(name)
        elif operation == "replace":
            if name not in replaceable:
                raise _error(f"Key '{name}' cannot be replaced", inside)
            replaced.add(name)
        else:
            allowed = "append " * (name in appendable) + "replace " * (name in replaceable)
            raise _error(
                f"Invalid override operation for key '{name}': '{operation}'. Allowed values are: {allowed}",
                whole.inside(value, at.VALUE, name),
            )
    return appended, replaced
