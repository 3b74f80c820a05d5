"""Rules files to rules. First cut: macros and lists are expanded, nothing is checked against the field catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tiercel.rules.condition import parse_condition
from tiercel.rules.expression import (
    And,
    Compare,
    Expression,
    Field,
    Literal,
    LiteralList,
    Not,
    Operand,
    Or,
    Transform,
)
from tiercel.rules.lists import ListNames
from tiercel.rules.rule import PRIORITIES, Rule
from tiercel.rules.syntax import (
    Check,
    FieldRef,
    Junction,
    MacroRef,
    Negation,
    OperandSyntax,
    Syntax,
    TransformCall,
    Value,
    ValueList,
)


@dataclass(slots=True)
class LoadResult:
    ok: bool
    results: list[Any] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


def load_rules(paths: Sequence[Path]) -> LoadResult:
    lists: dict[str, list[str]] = {}
    macros: dict[str, str] = {}
    rules: dict[str, dict[str, Any]] = {}
    for path in paths:
        for item in yaml.load(Path(path).read_text(), Loader=yaml.CSafeLoader) or []:
            if "list" in item:
                lists[item["list"]] = [str(x) for x in item["items"]]
            elif "macro" in item:
                macros[item["macro"]] = item["condition"]
            elif "rule" in item and "condition" in item:
                rules[item["rule"]] = {**item, "file": str(path)}
    trees: dict[str, Syntax] = {}
    names = ListNames(lists.items())

    def parse(text: str) -> Syntax:
        return parse_condition(names.expand(text))

    def operand(o: OperandSyntax) -> Operand:
        if isinstance(o, FieldRef):
            return Field(o.name, o.argument)
        if isinstance(o, TransformCall):
            return Transform(o.name, tuple(operand(x) for x in o.operands))
        if isinstance(o, Value):
            return Literal(o.text)
        return LiteralList(tuple(x.text for x in o.items if isinstance(x, Value)))

    def expand(node: Syntax) -> Expression:
        if isinstance(node, Junction):
            kind = And if node.word == "and" else Or
            return kind(tuple(expand(c) for c in node.children))
        if isinstance(node, Negation):
            return Not(expand(node.child))
        if isinstance(node, MacroRef):
            if node.name not in trees:
                trees[node.name] = parse(macros[node.name])
            return expand(trees[node.name])
        left = operand(node.left)
        assert isinstance(left, Field | Transform)
        op, _, modifier = node.operator.partition(" ")
        right: Operand | tuple[str, ...] | None = None
        if isinstance(node.right, ValueList):
            right = node.right.items
        elif isinstance(node.right, Value):
            listed = op in ("in", "intersects", "pmatch") or modifier
            right = (node.right.text,) if listed else Literal(node.right.text)
        elif node.right is not None:
            right = operand(node.right)
        return Compare(left, "=" if op == "==" else op, right, modifier)

    out = []
    for i, (name, r) in enumerate(rules.items()):
        priority = next(p for p in PRIORITIES if p.lower().startswith(str(r["priority"]).lower()[:4]))
        out.append(
            Rule(
                index=i, name=name, source=r.get("source", "syscall"), condition=expand(parse(r["condition"])),
                condition_text=r["condition"], output=r["output"].strip(), description=r["desc"], priority=priority,
                tags=tuple(sorted(r.get("tags", []))), enabled=r.get("enabled", True), capture=False,
                capture_duration_ms=0, exceptions=tuple(r.get("exceptions") or ()),
                warn_evttypes=r.get("warn_evttypes", True), skip_if_unknown_filter=False, file=r["file"], line=0,
            )
        )  # fmt: skip
    return LoadResult(True, [], out)
