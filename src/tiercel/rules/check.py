"""Syntax to expression: are there such fields, do the types go together, can the constants be read?

One checker serves one event source. Trees are shared (a macro's by all rules that use it), so what was found
out about a tree is kept, warnings included; a rule that uses the tree gets them again. Errors are raised at
the first fault in reading order, at the spot of the comparison it is in.
"""

from __future__ import annotations

from dataclasses import dataclass

from tiercel.events.syscalls import SYSCALL_CODES
from tiercel.events.table import EVENTS
from tiercel.rules.condition import TRANSFORMS, ConditionError
from tiercel.rules.constants import flaw, is_hex
from tiercel.rules.expression import (
    And,
    Compare,
    Expression,
    Field,
    Literal,
    Not,
    Operand,
    OperandList,
    Or,
    Transform,
)
from tiercel.rules.fields import FieldType, SourceFields, UnusableField
from tiercel.rules.syntax import Check, MacroRef, Negation, Spot, Syntax, TransformCall, ValueList
from tiercel.rules.template import operand_of

# Comparisons in one condition, macros counted where they are used: macros of macros grow without bound.
MAX_CHECKS = 100_000
# Warnings of one condition, for the same reason.
_MAX_WARNINGS = 1000
_FLATTENED = 64

# ---- operators by type

_ORDER = frozenset(("=", "!=", "<", "<=", ">", ">=", "in", "intersects"))
_EQUAL = frozenset(("=", "!=", "in", "intersects"))
_TEXT = _ORDER | {"contains", "icontains", "startswith", "endswith", "glob", "iglob", "pmatch", "regex"}
_BUFFER = _EQUAL | {"contains", "startswith", "endswith", "bcontains", "bstartswith"}

_NUMERIC_TYPES = (
    "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "ERRNO", "FD", "PID",
    "SYSCALLID",
    "SIGTYPE", "RELTIME", "ABSTIME", "PORT", "FLAGS8", "FLAGS16", "FLAGS32", "DOUBLE", "MODE", "ENUMFLAGS8",
    "ENUMFLAGS16", "ENUMFLAGS32",
)  # fmt: skip
_IP_TYPES = ("IPV4ADDR", "IPV4NET", "IPV6ADDR", "IPV6NET", "IPADDR", "IPNET")
_STRING_TYPES = ("CHARBUF", "FSPATH", "FSRELPATH")

# type: operators, and how the type is called where an operator is refused.
_OPERATORS: dict[str, tuple[frozenset[str], str]] = {
    **dict.fromkeys(_NUMERIC_TYPES, (_ORDER, "for numeric filters")),
    **dict.fromkeys(_IP_TYPES, (_EQUAL, "for ip address and network filters")),
    **dict.fromkeys(_STRING_TYPES, (_TEXT, "for string filters")),
    "BOOL": (_EQUAL, "for numeric filters"),
    "BYTEBUF": (_BUFFER, "for buffer filters"),
}
_LIST_OPERATORS = frozenset(("in", "intersects"))
_LIST_TYPES = frozenset(("CHARBUF", "UINT64", "RELTIME", "ABSTIME", "BOOL", "IPADDR", "IPNET"))

# ---- transformers of one operand: the types they take. `len` also takes every list.
_STRINGS = frozenset(_STRING_TYPES)
_TAKES: dict[str, frozenset[str]] = {
    "tolower": _STRINGS,
    "toupper": _STRINGS,
    "basename": _STRINGS,
    "b64": frozenset(("CHARBUF", "BYTEBUF")),
    "len": _STRINGS | {"BYTEBUF"},
}

# What constants and transformers of several operands count as.
_CONSTANT = FieldType("NA", "CHARBUF")
_CONSTANT_LIST = FieldType("NA", "CHARBUF", is_list=True)
_OPTION_LIST = FieldType("INTERNAL", "CHARBUF", is_list=True)

# Events that only plugins send.
_ASYNC_EVENTS = ("container", "container_removed")
_EVENT_TYPES = frozenset((*(event.name for event in EVENTS), *SYSCALL_CODES, *_ASYNC_EVENTS))

_WARNED_TRANSFORMS = ("val", *TRANSFORMS)
_WARNED_STARTS = (*(f"{name}(" for name in _WARNED_TRANSFORMS), "arg")
_BLANKS = str.maketrans("", "", " \t\n\v\f\r")


@dataclass(frozen=True, slots=True)
class Checked:
    """A condition that holds together. `warnings` are messages, their spots, and the comparisons they are
    about; `checks` counts comparisons."""

    expression: Expression
    warnings: tuple[tuple[str, Spot, Check], ...]
    checks: int


@dataclass(frozen=True, slots=True)
class _Typed:
    """What an operand gives, and what it was made from."""

    type: FieldType
    base: FieldType


class UnknownTransform(Exception):
    """A transformer that takes no several operands, which ends the search for shorter readings of an
    output."""


class Checker:
    def __init__(self, fields: SourceFields) -> None:
        self.fields = fields
        self._classes = {name.partition(".")[0] for name in fields.names}
        # Trees are kept with what is known of them, so that their identity stays theirs.
        self._known: dict[int, tuple[Syntax, Checked | ConditionError]] = {}

    def check(self, tree: Syntax) -> Checked:
        """The expression of a tree; ConditionError at the first fault."""
        known = self._known.get(id(tree))
        if known is None:
            try:
                found: Checked | ConditionError = self._check(tree)
            except ConditionError as e:
                found = e
            self._known[id(tree)] = (tree, found)
        else:
            found = known[1]
        if isinstance(found, ConditionError):
            raise found
        return found

    def _check(self, tree: Syntax) -> Checked:
        if isinstance(tree, Check):
            return self._comparison(tree)
        if isinstance(tree, MacroRef):
            raise ConditionError(f"filter error: unexpected identifier '{tree.name}'", tree.spot, tree)
        if isinstance(tree, Negation):
            inner = self.check(tree.child)
            expression = (
                inner.expression.child if isinstance(inner.expression, Not) else Not(inner.expression)
            )
            return Checked(expression, inner.warnings, inner.checks)
        kind: type[And] | type[Or] = And if tree.word == "and" else Or
        children: list[Expression] = []
        warnings: list[tuple[str, Spot, Check]] = []
        count = 0
        for child in tree.children:
            part = self.check(child)
            count += part.checks
            if count > MAX_CHECKS:
                raise ConditionError(f"condition has more than {MAX_CHECKS} checks", Spot(0, 1, 1))
            warnings += part.warnings
            # `a and (b and c)` is `a and b and c`; a long part stays one, as many may share it.
            if isinstance(part.expression, kind) and len(part.expression.children) <= _FLATTENED:
                children += part.expression.children
            else:
                children.append(part.expression)
        return Checked(kind(tuple(children)), tuple(warnings[:_MAX_WARNINGS]), count)

    # ---- comparisons

    def _comparison(self, check: Check) -> Checked:
        try:
            return self._compared(check)
        except (UnusableField, UnknownTransform) as e:
            raise ConditionError(str(e), check.spot, check) from None

    def _compared(self, check: Check) -> Checked:
        left = operand_of(check.left)
        kind = self._typed(left)
        assert isinstance(left, Field | Transform)
        operator, _, modifier = check.operator.partition(" ")
        operator = "=" if operator == "==" else operator
        if operator == "exists":
            return Checked(Compare(left, operator, None), (), 1)
        fault = _operator_flaw(operator, bool(modifier), kind.type)
        if fault:
            raise UnusableField(f"filter error: {fault}")
        if isinstance(check.right, TransformCall):
            right = operand_of(check.right)
            _check_field_comparison(operator, kind.type, self._typed(right).type)
            return Checked(Compare(left, operator, right, modifier), (), 1)
        assert check.right is not None
        values = check.right.items if isinstance(check.right, ValueList) else (check.right.text,)
        warnings: list[tuple[str, Spot, Check]] = []
        for value in values:
            spot = check.right.spot
            warnings += [(message, spot, check) for message in self._doubts(operator, value)]
            self._check_constant(operator, value, kind)
        if operator in ("in", "intersects", "pmatch") or modifier:
            compare = Compare(left, operator, values, modifier)
        else:
            compare = Compare(left, operator, Literal(values[0]), modifier)
        return Checked(compare, tuple(warnings), 1)

    def _check_constant(self, operator: str, value: str, left: _Typed) -> None:
        if operator in ("bcontains", "bstartswith"):
            if not is_hex(value):
                raise UnusableField(
                    "filter error: bcontains and bstartswith operator support hex strings only"
                )
            return
        fault = flaw(value, left.type.type)
        if fault:
            raise UnusableField(fault)
        if left.base.name == "evt.type" and value not in _EVENT_TYPES:
            raise UnusableField(f"unknown event type {value}")
        if operator == "regex":
            fault = regex_flaw(value)
            if fault:
                raise UnusableField(f"invalid regex pattern: {fault}")

    def _doubts(self, operator: str, value: str) -> list[str]:
        doubts: list[str] = []
        if operator == "regex" and _is_simple(value):
            doubts.append(
                f"regex check with '{value}' may be optimized with simpler operators such as '=', "
                f"'contains', "
                "'startswith', 'endswith'"
            )
        # Most values are no field, as no field is without a dot, and no transformer, as none is without
        # parentheses.
        if "." not in value and "(" not in value:
            return doubts
        packed = value.translate(_BLANKS)
        if packed.partition(".")[0] not in self._classes and not packed.startswith(_WARNED_STARTS):
            return doubts
        try:
            if self.fields.find(packed) is not None:
                doubts.append(f"'{value}' may be a valid field misused as a const string value")
        except UnusableField:
            return doubts
        if packed.endswith(")"):
            doubts += [
                f"'{value}' may be a valid field transformer misused as a const string value"
                for name in _WARNED_TRANSFORMS
                if packed.startswith(name + "(")
            ]
        return doubts

    # ---- operands

    def check_operand(self, operand: Operand) -> None:
        """UnusableField where a field of the operand does not exist, or a transformer cannot be applied."""
        self._typed(operand)

    def _typed(self, operand: Operand) -> _Typed:
        if isinstance(operand, Field):
            found = self.fields.find(str(operand))
            if found is None:
                raise UnusableField(f"filter_check called with nonexistent field {operand}")
            return _Typed(found, found)
        if isinstance(operand, Transform):
            return _transformed(operand, [self._typed(o) for o in operand.operands])
        if isinstance(operand, Literal):
            return _Typed(_CONSTANT, _CONSTANT)
        if isinstance(operand, OperandList):
            for item in operand.items:
                self._typed(item)
        return _Typed(_CONSTANT_LIST, _CONSTANT_LIST)


def _operator_flaw(operator: str, modified: bool, kind: FieldType) -> str:
    if kind.is_list:
        if kind.type not in _LIST_TYPES:
            return f"list filters are not supported for type '{kind.type}'"
        return "" if operator in _LIST_OPERATORS else f"'{operator}' operator not supported list filters"
    if kind.type not in _OPERATORS:
        return f"'{operator}' operator not supported for type '{kind.type}'"
    allowed, what = _OPERATORS[kind.type]
    if operator in allowed:
        return ""
    if modified and kind.type in _IP_TYPES:
        return f"'{operator}' with modifier not supported for ip address and network filters"
    return f"'{operator}' operator not supported {what}"


def _check_field_comparison(operator: str, left: FieldType, right: FieldType) -> None:
    if operator in ("pmatch", "regex"):
        raise UnusableField(f"operator '{operator.upper()}' doesn't support right-hand side fields")
    if left.type in ("IPNET", "IPV4NET", "IPV6NET"):
        raise UnusableField("field type 'IPNET' doesn't support right-hand side fields")
    if not left.takes_field:
        raise UnusableField(f"field '{left.name}' doesn't support right-hand side fields")
    if not right.takes_field:
        raise UnusableField(f"field '{right.name}' can't be used as a right-hand side field")
    if (left.type, left.is_list) != (right.type, right.is_list):
        lists = [" (list)" if kind.is_list else "" for kind in (left, right)]
        raise UnusableField(
            f"field '{left.name}' has type '{left.type}'{lists[0]} while the right-hand side field "
            f"'{right.name}' has incompatible type '{right.type}'{lists[1]}"
        )


def _transformed(transform: Transform, operands: list[_Typed]) -> _Typed:
    name = transform.name
    if len(operands) > 1:
        return _Typed(_of_several(transform, [o.base for o in operands]), _CONSTANT)
    if transform.argument is not None:
        raise UnusableField(f"filter error: transformer '{name}' does not support field arguments")
    kind, base = operands[0].type, operands[0].base
    if name == "val":
        return operands[0]
    if name not in _TAKES:
        raise UnusableField(f"unknown field transfomer '{name}'")
    if not base.takes_transformer:
        raise UnusableField(f"field '{base.name}' does not support transformers")
    if kind.type not in _TAKES[name] and not (name == "len" and kind.is_list):
        where = "list field" if kind.is_list else "field"
        raise UnusableField(
            f"can't add field transformer: type '{kind.type}' is not supported by '{name}' transformer "
            f"applied on {where} '{base.name}'"
        )
    if name == "len":
        kind = FieldType(kind.name, "UINT64", False, kind.takes_transformer, kind.takes_field)
    return _Typed(kind, base)


def _of_several(call: Transform, bases: list[FieldType]) -> FieldType:
    """The type of a transformer of several operands. It judges them by what they were before they were
    transformed.
    """
    name = call.name
    if name == "join":
        if len(bases) != 2:
            raise UnusableField("join() requires exactly 2 arguments: separator and list")
        if bases[0].is_list:
            raise UnusableField("join() first argument (separator) must be a single value, not a list")
        if not bases[1].is_list:
            raise UnusableField("join() second argument must be a list")
    elif name == "concat":
        if any(b.type != "CHARBUF" or b.is_list for b in bases):
            raise UnusableField("concat() arguments must be strings")
    elif name == "getopt":
        if len(bases) != 2:
            raise UnusableField("getopt() requires exactly 2 arguments: args list and optstring")
        if not bases[0].is_list:
            raise UnusableField("getopt() first argument must be a list")
        if bases[1].is_list:
            raise UnusableField("getopt() second argument (optstring) must be a single value")
        if any(b.type != "CHARBUF" for b in bases):
            raise UnusableField("getopt() arguments must be strings")
        if call.argument is None:
            return _OPTION_LIST
        if len(call.argument.encode("utf-8", "surrogateescape")) != 1:
            raise UnusableField("getopt() field argument must be a single option character")
        return _CONSTANT
    else:
        raise UnknownTransform("unknown multivalue transformer")
    if call.argument is not None:
        raise UnusableField(f"transformer '{name}' does not support field arguments")
    return _CONSTANT


def regex_flaw(pattern: str) -> str:
    """What RE2 has against a pattern in POSIX syntax; empty where nothing."""
    import re2

    options = re2.Options()
    options.posix_syntax = True
    options.longest_match = True
    options.log_errors = False
    try:
        re2.compile(pattern.encode("utf-8", "surrogateescape").split(b"\0", 1)[0], options)
    except re2.error as e:
        fault = e.args[0] if e.args else ""
        return fault.decode("utf-8", "replace") if isinstance(fault, bytes) else str(fault)
    return ""


def _is_simple(pattern: str) -> bool:
    """Whether a pattern is plain text, but for anchors and `.*` at its ends."""
    size = len(pattern)
    i = 0
    while i < size:
        c = pattern[i]
        ends_here = (i == 0 and size > 1) or i == size - 2
        if (i == 0 and c == "^") or (i == size - 1 and c == "$"):
            i += 1
        elif ends_here and c == "." and pattern[i + 1] in "+*?\0":
            i += 2
        elif c in ".+*?^$()[]{}|\\\0":
            return False
        else:
            i += 1
    return True
