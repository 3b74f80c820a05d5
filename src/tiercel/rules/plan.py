"""From rules to what the matcher runs: slots, leaves, nodes, and for each event type what is left to ask.

For each event type a rule can fire on, its condition is cut down by what the type says already (`evt.type`, `evt.dir`).
Types about which all conditions say the same share one class. In a class, the tests that most rules there need become
deciders: each of their answers has its own, shorter list of candidates.
"""

from __future__ import annotations

import ipaddress
import socket
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import re2

from tiercel.events import catalogue
from tiercel.events.fields import registered
from tiercel.events.fields.field import features
from tiercel.events.fields.output import json_field
from tiercel.events.names import codes_of
from tiercel.events.params import FORMAT_NUMBERS, TYPE_NUMBERS
from tiercel.events.table import CODES, EVENTS
from tiercel.rules.event_types import event_mask
from tiercel.rules.expression import (
    And,
    Compare,
    Expression,
    Field,
    Literal,
    LiteralList,
    Not,
    Operand,
    OperandList,
    Or,
    Transform,
)
from tiercel.rules.graph import FALSE, LEAF, Graph
from tiercel.rules.matcher import Matcher
from tiercel.rules.printer import Shown
from tiercel.rules.rule import Rule
from tiercel.rules.template import parse_template, plain_fields

# Test, Mode, Quantifier, Modifier, SlotKind of tables.pxd
TESTS = {
    "exists": 0, "=": 1, "!=": 2, "<": 3, "<=": 4, ">": 5, ">=": 6, "in": 7, "intersects": 7, "contains": 8,
    "icontains": 9, "startswith": 10, "endswith": 11, "glob": 12, "iglob": 13, "pmatch": 14, "regex": 15,
    "bcontains": 8, "bstartswith": 10,
}  # fmt: skip
NEVER = 16
STRING, SIGNED, UNSIGNED, DOUBLE, IP, NET = range(6)
ONE, ANY, EVERY, EVERY_SOME = range(4)
MODIFIERS = {"": 0, "oneof": 1, "anyof": 2, "allof": 3}
TRANSFORMS = {
    "tolower": 3, "toupper": 4, "basename": 5, "b64": 6, "len": 7, "concat": 8, "join": 9, "getopt": 10,
}  # fmt: skip
LIST = 11

MODES = {
    **dict.fromkeys(("CHARBUF", "FSPATH", "FSRELPATH", "BYTEBUF"), STRING),
    **dict.fromkeys(("INT8", "INT16", "INT32", "INT64", "FD", "PID", "ERRNO"), SIGNED),
    **dict.fromkeys(("IPADDR", "IPV4ADDR", "IPV6ADDR"), IP),
    **dict.fromkeys(("IPNET", "IPV4NET", "IPV6NET"), NET),
    "DOUBLE": DOUBLE,
}  # all others are unsigned
# Bits of the types whose constants wrap round when they are too large, as in Falco.
WIDTHS = {"8": 8, "16": 16, "32": 32, "64": 64}

# Without an argument these match on every ancestor; these four on both ends of a connection.
LINEAGE = frozenset(("proc.apid", "proc.aname", "proc.aexe", "proc.aexepath", "proc.acmdline", "proc.aenv"))
BOTH_ENDS = frozenset(("fd.ip", "fd.net", "fd.port", "fd.proto"))
HOST_NAMES = frozenset(("fd.cip.name", "fd.sip.name", "fd.lip.name", "fd.rip.name"))

# Events whose `evt.type` is not the event table's name: calls without an event of their own, and what plugins send.
NAMED_LATE = frozenset(CODES[s] for s in ("GENERIC_E", "GENERIC_X", "ASYNCEVENT_E", "ASYNCEVENT_X"))
# Falco 0.44 judges system calls on their way out; the ways in that it keeps only move the state.
STATE_ONLY = frozenset(
    CODES[s]
    for s in ("OPEN_E", "OPENAT_2_E", "OPENAT2_E", "CREAT_E", "CONNECT_E", "EXECVE_19_E", "EXECVEAT_E")
)
JUDGED_TYPES = frozenset(e.code for e in EVENTS if e.exists) - STATE_ONLY

MAX_DECIDERS = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """A matcher and the rules that its numbers stand for (`rules[i]` is the matcher's rule i)."""

    matcher: Matcher
    rules: tuple[Rule, ...]
    types: frozenset[int]  # event types on which some rule can fire
    planner: Planner

    @property
    def features(self) -> int:
        """What conditions and outputs need of the state: a sum of `Feature`. Outputs are searched for names only."""
        outputs = [rule.output for rule in self.rules]
        needed: int = self.matcher.features
        for name, feature in features().items():
            if any(name in output for output in outputs):
                needed |= feature
        return needed

    def output(self, i: int) -> tuple[list[bytes | Shown], list[tuple[str, Shown]]]:
        """What `Printer` needs of rule i's output: its parts, and the fields that JSON lists."""
        rule = self.rules[i]
        template = parse_template(rule.output, check_operand)
        shown = self.planner.shown
        parts = [
            p.encode("utf-8", "surrogateescape") if isinstance(p, str) else shown(p.operand, p.width)
            for p in template.parts
        ]
        return parts, [(name, shown(field)) for name, field in template.fields]


def _of_container(operand: Operand) -> bool:
    """Whether it shows what a container's runtime tells: all of a container but its id."""
    names = [field.name for field in plain_fields(operand)]
    return any(name.startswith(("container.", "k8s.")) and name != "container.id" for name in names)


def split_argument(field: Field) -> tuple[str, str | None]:
    """Name and argument as extractors are registered: `evt.arg.flags` is evt.arg with "flags"."""
    if field.argument is None and field.name not in catalogue.CATALOGUE:
        name = field.name
        while name := name.rpartition(".")[0]:
            known = catalogue.CATALOGUE.get(name)
            if known is not None and known.argument is not None and known.argument.dotted:
                return name, field.name[len(name) + 1 :]
    return field.name, field.argument


def field_type(field: Field) -> tuple[str, bool]:
    """The type of a field's values, and whether it holds a list."""
    name, argument = split_argument(field)
    known = catalogue.lookup(name)
    if name == "evt.rawarg":
        for event in EVENTS:
            for param in event.params:
                if param.name == argument:
                    return param.type, False
    return known.type, known.is_list


def check_operand(operand: Operand) -> None:
    """ValueError where a field of the operand is none that Falco knows."""
    for field in plain_fields(operand):
        name, argument = split_argument(field)
        known = catalogue.CATALOGUE.get(name)
        if known is None:
            raise ValueError(f"unknown field {field}")
        if argument is None:
            if known.argument is not None and known.argument.required:
                raise ValueError(f"{name} needs an argument")
        elif known.argument is None:
            raise ValueError(f"{name} takes no argument")
        elif field.argument and not known.argument.key and not argument.lstrip("-").isdigit():
            raise ValueError(f"{name} takes a number")


def operand_type(operand: Operand) -> tuple[str, bool]:
    match operand:
        case Field():
            return field_type(operand)
        case Transform("len"):
            return "UINT64", False
        case Transform("val" | "tolower" | "toupper" | "basename" | "b64", operands):
            return operand_type(operands[0])
        case Transform("getopt"):
            return "CHARBUF", operand.argument is None
        case LiteralList() | OperandList():
            return "CHARBUF", True
    return "CHARBUF", False


def _integer(text: str, type_name: str, signed: bool) -> int:
    if type_name == "BOOL":
        return int(text == "true")
    if type_name == "PORT" and not text.strip().lstrip("+-").isdigit():
        return socket.getservbyname(text) if text else 0
    bits = next((w for suffix, w in WIDTHS.items() if type_name.endswith(suffix)), 64)
    bits = {"PORT": 16, "UID": 32, "GID": 32, "MODE": 32, "SIGTYPE": 8, "SYSCALLID": 16, "L4PROTO": 8}.get(
        type_name, bits
    )
    value = int(text) & ((1 << bits) - 1)
    if signed and value >> (bits - 1):
        value -= 1 << bits
    return value


def _constant(text: str, compare: Compare, mode: int, type_name: str) -> Any:
    if mode == STRING:
        if compare.operator == "regex":
            options = re2.Options()
            options.posix_syntax = True
            options.longest_match = True
            # A pattern ends at a NUL, as the check of rules files has it.
            return re2.compile(text.encode("utf-8", "surrogateescape").split(b"\0", 1)[0], options)
        raw = text.encode("utf-8", "surrogateescape")
        if compare.operator in ("bcontains", "bstartswith"):
            return bytes.fromhex(text)
        return raw.lower() if compare.operator == "icontains" else raw
    if mode == IP:
        return ipaddress.ip_address(text).packed
    if mode == NET:
        network = ipaddress.ip_network(text, strict=False)
        return network.network_address.packed, network.netmask.packed
    if mode == DOUBLE:
        return float(int(text))
    return _integer(text, type_name, mode == SIGNED)


def compiled_fields(name: str, argument: str | None) -> None:
    """No field is read by Python: the source's events are not documents."""
    return None


class Planner:
    """Fills one matcher for the rules of one source.

    `reader(name, argument)` gives the function that reads a field off a document, for sources whose events are
    documents; None where the compiled core has the field.
    """

    def __init__(
        self, reader: Callable[[str, str | None], Callable[[Any], Any] | None] = compiled_fields
    ) -> None:
        self.matcher = Matcher(len(EVENTS))
        self.graph = Graph()
        self._reader = reader
        self._slots: dict[Operand, int] = {}
        self._shown_slots: dict[Field, int] = {}
        self._leaves: dict[int, int] = {}
        self._nodes: dict[int, int] = {}

    # ---- slots and leaves

    def slot(self, operand: Operand) -> int:
        """The matcher's slot of an operand, made when first asked for."""
        known = self._slots.get(operand)
        if known is not None:
            return known
        match operand:
            case Field():
                name, argument = split_argument(operand)
                function = self._reader(name, argument)
                number = (
                    self.matcher.add_field(name, argument)
                    if function is None
                    else self.matcher.add_callable(function)
                )
            case Literal(text):
                number = self.matcher.add_literal(text)
            case Transform("val", operands):
                number = self.slot(operands[0])
            case Transform(name, operands):
                of_list = name == "len" and operand_type(operands[0])[1]
                number = self.matcher.add_transform(
                    TRANSFORMS[name], [self.slot(o) for o in operands], of_list, operand.argument
                )
            case LiteralList(texts):
                number = self.matcher.add_transform(LIST, [self.slot(Literal(t)) for t in texts], True, None)
            case OperandList(items):
                number = self.matcher.add_transform(LIST, [self.slot(o) for o in items], True, None)
            case _:
                raise TypeError(f"{operand!r} cannot be read off an event")
        self._slots[operand] = number
        return number

    def _leaf(self, compare: Compare) -> int:
        left, operator = compare.left, compare.operator
        type_name, is_list = operand_type(left)
        mode = MODES.get(type_name, UNSIGNED)
        test = TESTS[operator]
        quantifier = ONE
        right = compare.right
        name = left.name if isinstance(left, Field) else ""
        if name in LINEAGE and isinstance(left, Field) and left.argument is None:
            quantifier = ANY
            if name == "proc.apid" and operator in ("in", "intersects"):
                test = NEVER  # as in Falco, which looks the number up with length 0
        elif name in BOTH_ENDS:
            quantifier = EVERY_SOME if operator == "!=" else ANY
            if operator == "intersects" or (name == "fd.ip" and operator == "in"):
                test = NEVER
            elif name == "fd.net" and isinstance(right, tuple):
                right = right[:1]  # Falco looks at the first network only
        elif is_list:
            quantifier = EVERY if operator == "in" else ANY
        elif name.startswith("evt.rawarg") and operator in ("in", "intersects") and mode != STRING:
            test = NEVER
        constants: list[Any] = []
        right_slot = -1
        if isinstance(right, Literal):
            constants = [_constant(right.text, compare, mode, type_name)]
        elif isinstance(right, tuple):
            constants = [_constant(t, compare, mode, type_name) for t in right]
        elif right is not None:
            right_slot = self.slot(right)
        if test == TESTS["exists"] or test == NEVER:
            constants = []
        return self.matcher.add_leaf(
            self.slot(left), right_slot, test, mode, quantifier, MODIFIERS[compare.modifier], constants
        )

    def _node(self, node: int) -> int:
        known = self._nodes.get(node)
        if known is None:
            kind, children = self.graph.kind[node], self.graph.children[node]
            if kind == LEAF:
                test = children[0]
                if test not in self._leaves:
                    self._leaves[test] = self._leaf(self.graph.tests[test])
                numbers = [self._leaves[test]]
            else:
                numbers = [self._node(c) for c in children]
            known = self._nodes[node] = self.matcher.add_node(kind, numbers)
        return known

    def shown(self, operand: Operand, width: int = 0) -> Shown:
        """How an operand is printed. Some fields show something else than conditions compare, and JSON something else
        than text.
        """
        type_name, is_list = operand_type(operand)
        if isinstance(operand, Field):
            name, argument = split_argument(operand)
            slot = self._shown_slot(name, argument, operand)
            json_name, json_format = json_field(name)
            json_slot = (
                slot
                if json_name == name
                else self._shown_slot(json_name, argument, Field(json_name, argument))
            )
            text_format = catalogue.lookup(name).format
        else:
            slot = json_slot = self.slot(operand)
            first = next(iter(plain_fields(operand)), None)
            text_format = catalogue.lookup(split_argument(first)[0]).format if first else "NA"
            if type_name == "UINT64":
                text_format = "DEC"
            json_format = text_format
        numbers = TYPE_NUMBERS[type_name], FORMAT_NUMBERS[text_format]
        return Shown(
            slot, *numbers, json_slot, FORMAT_NUMBERS[json_format], is_list, width, _of_container(operand)
        )

    def _shown_slot(self, name: str, argument: str | None, field: Field) -> int:
        slot = self._shown_slots.get(field)
        if slot is None:
            audit = self._reader(name, argument) is not None
            slot = self.slot(field) if audit else self.matcher.add_field(name, argument, True)
            self._shown_slots[field] = slot
        return slot

    # ---- classes

    def plan(self, rules: Sequence[Rule], types: frozenset[int] = JUDGED_TYPES) -> Plan:
        """The plan of `rules` for events of `types`."""
        graph = self.graph
        roots = [graph.node(_rewritten(r.condition)) for r in rules]
        masks = [event_mask(r.condition, {}) for r in rules]
        true_for, open_for = _static_tests(graph, roots)
        # Types of which all tests say the same are one group.
        said: dict[int, list[tuple[int, bool]]] = {t: [] for t in types}
        for node, where in true_for.items():
            for t in where & types:
                said[t].append((node, True))
        groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for t in sorted(types):
            groups[(t if t in NAMED_LATE else -1, *said[t])].append(t)
        touched: dict[int, bool] = {}
        for (late, *known), members in groups.items():
            facts = dict.fromkeys(true_for, False) | dict(known)
            for node in open_for.get(late, ()):
                del facts[node]
            memo: dict[int, int] = {}
            below = touched if late < 0 else {}
            tried = [i for i, mask in enumerate(masks) if late < 0 or mask >> late & 1]
            left = [(i, graph.given(roots[i], facts, memo, below)) for i in tried]
            candidates = [(i, node) for i, node in left if node != graph.false]
            if candidates:
                self._class(members, candidates)
        self.matcher.finish()
        return Plan(self.matcher, tuple(rules), frozenset(self.matcher.types()), self)

    def _class(self, types: list[int], candidates: list[tuple[int, int]]) -> None:
        graph = self.graph
        need: Counter[int] = Counter()
        for _, node in candidates:
            need.update(graph.required(node))
        worth = sorted((n for n, k in need.items() if k >= 2), key=lambda n: -need[n] / graph.cost[n])
        deciders = worth[:MAX_DECIDERS]
        lists = []
        touched: dict[int, bool] = {}
        for bits in range(1 << len(deciders)):
            facts = {n: bool(bits >> i & 1) for i, n in enumerate(deciders)}
            memo: dict[int, int] = {}
            left = [(i, graph.given(node, facts, memo, touched)) for i, node in candidates]
            lists.append([(i, self._node(n)) for i, n in left if graph.kind[n] != FALSE])
        self.matcher.set_class(types, [self._node(n) for n in deciders], lists)


# --------------------------------------------------------------------------------------------- what is known beforehand


def _rewritten(expression: Expression) -> Expression:
    """The same condition without the tests that Falco answers in their own way, where any do occur."""
    match expression:
        case And(children):
            new = tuple(_rewritten(c) for c in children)
            return expression if all(a is b for a, b in zip(new, children, strict=True)) else And(new)
        case Or(children):
            new = tuple(_rewritten(c) for c in children)
            return expression if all(a is b for a, b in zip(new, children, strict=True)) else Or(new)
        case Not(child):
            inner = _rewritten(child)
            return expression if inner is child else Not(inner)
        case Compare(Field(name, argument), operator, right):
            if name == "evt.around" and argument is not None and isinstance(right, Literal):
                # evt.around[T]=D: within D ms of T
                middle, reach = int(argument), int(right.text) * 1_000_000
                time = Field("evt.rawtime")
                return And(
                    (
                        Compare(time, ">=", Literal(str(max(0, middle - reach)))),
                        Compare(time, "<=", Literal(str(min(2**64 - 1, middle + reach)))),
                    )
                )
            if name in HOST_NAMES and operator == "exists":
                return Compare(Field("fd.typechar"), "exists", None)
            if name in HOST_NAMES and operator == "!=":
                # Of a connection whose address has no name yet, any name is "not its name".
                named = Compare(expression.left, "=", right, expression.modifier)
                return And((Compare(Field("fd.cip"), "exists", None), Not(named)))
    return expression


def _static_tests(
    graph: Graph, roots: Sequence[int]
) -> tuple[dict[int, frozenset[int]], dict[int, list[int]]]:
    """The leaves that an event's type answers, with the types for which they are true; and by type of NAMED_LATE those
    among them that take the event all the same.
    """
    exits = frozenset(t for t in JUDGED_TYPES if t & 1)
    true_for: dict[int, frozenset[int]] = {}
    open_for: dict[int, list[int]] = defaultdict(list)
    for node in sorted(frozenset().union(*(graph.leaves[r] for r in roots))):
        test = graph.tests[graph.children[node][0]]
        if not isinstance(test.left, Field) or test.modifier or test.left.argument is not None:
            continue
        texts = test.right if isinstance(test.right, tuple) else ()
        if isinstance(test.right, Literal):
            texts = (test.right.text,)
        if test.operator not in ("=", "!=", "in", "intersects") or not texts:
            continue
        if test.left.name == "evt.dir":
            found = (exits if "<" in texts else frozenset()) | (
                JUDGED_TYPES - exits if ">" in texts else frozenset()
            )
        elif test.left.name == "evt.type":
            found = frozenset(t for text in texts for t in codes_of(text))
            for t in found & NAMED_LATE:
                open_for[t].append(node)
        else:
            continue
        true_for[node] = JUDGED_TYPES - found if test.operator == "!=" else found
    return true_for, open_for


def plan_syscalls(rules: Sequence[Rule]) -> Plan:
    """The plan for events of system calls."""
    registered.load()
    return Planner().plan(rules)


def plan_audit(rules: Sequence[Rule]) -> Plan:
    """The plan for Kubernetes audit events: the same matcher, fields read off documents."""
    from tiercel.events.fields.audit import extractor  # a run on captures starts without it

    return Planner(extractor).plan(rules, frozenset((CODES["PLUGINEVENT_E"],)))
