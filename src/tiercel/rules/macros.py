"""Macros in conditions: a macro's name is replaced by its tree.

Trees are put in, not copied. Macros are resolved in the order of their definition, each seeing those first
defined before its own last change; so an earlier macro is whole when a later one uses it. Only a macro that
was appended to can see one that is not, and only there loops can arise.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

from tiercel.rules.condition import ConditionError
from tiercel.rules.syntax import MAX_DEPTH, Junction, MacroRef, Negation, Spot, Syntax


@dataclass(slots=True)
class Macros:
    """Trees by name, and which of them some condition used."""

    trees: dict[str, Syntax] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def resolve(self, tree: Syntax, visible: Container[str]) -> Syntax:
        """The tree with all its macros in it. ConditionError at the first loop, else at the first unknown
        name.
        """
        run = _Run(self, visible)
        whole = run.put_in(tree)
        for message, reference in run.loops[:1] or run.unknown[:1]:
            raise ConditionError(message, reference.spot, reference)
        return whole


class _Run:
    def __init__(self, macros: Macros, visible: Container[str]) -> None:
        self.macros = macros
        self.visible = visible
        self.path: list[str] = []
        self.done: dict[str, Syntax] = {}
        self.loops: list[tuple[str, MacroRef]] = []
        self.unknown: list[tuple[str, MacroRef]] = []

    def put_in(self, tree: Syntax) -> Syntax:
        if isinstance(tree, MacroRef):
            return self.macro(tree)
        if isinstance(tree, Negation):
            child = self.put_in(tree.child)
            if child is tree.child:
                return tree
            return Negation(child, tree.spot, self.deeper(child.depth, tree.spot))
        if isinstance(tree, Junction):
            children = tuple([self.put_in(c) for c in tree.children])
            if all(a is b for a, b in zip(children, tree.children, strict=True)):
                return tree
            depth = self.deeper(max([c.depth for c in children]), tree.spot)
            return Junction(tree.word, children, tree.spot, depth)
        return tree

    def macro(self, reference: MacroRef) -> Syntax:
        name = reference.name
        if name in self.done:
            return self.done[name]
        tree = self.macros.trees.get(name) if name in self.visible else None
        if tree is None:
            self.unknown.append((f"Undefined macro '{name}' used in filter.", reference))
            return reference
        if name in self.path:
            self.loops.append((f"reference loop in macro '{name}'", reference))
            return reference
        if len(self.path) >= MAX_DEPTH:
            raise self.too_deep(reference.spot)
        self.path.append(name)
        whole = self.put_in(tree)
        self.path.pop()
        self.done[name] = whole
        self.macros.used.add(name)
        return whole

    def deeper(self, depth: int, spot: Spot) -> int:
        if depth + 1 >= MAX_DEPTH:
            raise self.too_deep(spot)
        return depth + 1

    def too_deep(self, spot: Spot) -> ConditionError:
        return ConditionError(f"exceeded max depth limit of {MAX_DEPTH}", spot)
