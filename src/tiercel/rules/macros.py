"""Macros in conditions: a macro's name is replaced by its tree.

Trees are put in, not copied. Macros are resolved in the order of their definition, each seeing those first
defined before its own last change; so an earlier macro is whole when a later one uses it. Only a macro that
was appended to can see one that is not, and only there loops can arise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tiercel.rules.condition import ConditionError
from tiercel.rules.syntax import MAX_DEPTH, Junction, MacroRef, Negation, Spot, Syntax


@dataclass(slots=True)
class Whole:
    """A tree with its macros put in. It holds as long as the names stand for the same trees."""

    raw: Syntax
    parts: tuple[tuple[str, Syntax], ...]
    tree: Syntax


class Macros:
    """Trees by name, and which of them some condition used. `known` outlives this: trees that were whole
    before."""

    def __init__(self, known: dict[int, Whole]) -> None:
        self.trees: dict[str, Syntax] = {}
        self.whole: set[str] = set()  # names whose trees have all their macros in them
        self.used: set[str] = set()
        self._known = known

    def resolve(self, tree: Syntax, is_visible: Callable[[str], bool] | None = None) -> Syntax:
        """The tree with all its macros in it, those left out that are not visible (None: all are).

        ConditionError at the first loop, else at the first unknown name.
        """
        known = self._known.get(id(tree))
        if known is not None and all(
            self.trees.get(name) is part and (is_visible is None or is_visible(name))
            for name, part in known.parts
        ):
            self.used.update(name for name, _ in known.parts)
            return known.tree
        run = _Run(self, is_visible)
        whole = run.put_in(tree)
        for message, reference in run.loops[:1] or run.unknown[:1]:
            raise ConditionError(message, reference.spot, reference)
        parts = tuple((name, self.trees[name]) for name in run.done)
        self._known[id(tree)] = Whole(tree, parts, whole)
        return whole


class _Run:
    def __init__(self, macros: Macros, is_visible: Callable[[str], bool] | None) -> None:
        self.macros = macros
        self.is_visible = is_visible
        self.path: list[str] = []
        self.done: dict[str, Syntax] = {}
        self.loops: list[tuple[str, MacroRef]] = []
        self.unknown: list[tuple[str, MacroRef]] = []
        # Parts that were gone through, by identity: a macro that names another twice has one tree in two places, and
        # through thirty such macros there is a billion ways to it.
        self.through: dict[int, Syntax] = {}
        self.level = (
            0  # of where the walk is: no deeper than a tree may be, however deep macros lie in each other
        )

    def put_in(self, tree: Syntax) -> Syntax:
        if isinstance(tree, MacroRef):
            return self.macro(tree)
        if not isinstance(tree, (Negation, Junction)):
            return tree
        known = self.through.get(id(tree))
        if known is None:
            if self.level >= MAX_DEPTH:
                raise self.too_deep()
            self.level += 1
            known = self.through[id(tree)] = self.put_into(tree)
            self.level -= 1
        return known

    def put_into(self, tree: Negation | Junction) -> Syntax:
        if isinstance(tree, Negation):
            child = self.put_in(tree.child)
            if child is tree.child:
                return tree
            return Negation(child, self.deeper(child.depth))
        children = tuple(map(self.put_in, tree.children))
        if all(a is b for a, b in zip(children, tree.children, strict=True)):
            return tree
        return Junction(tree.word, children, self.deeper(max([c.depth for c in children])))

    def macro(self, reference: MacroRef) -> Syntax:
        name = reference.name
        if name in self.done:
            return self.done[name]
        tree = None
        if self.is_visible is None or self.is_visible(name):
            tree = self.macros.trees.get(name)
        if tree is None:
            self.unknown.append((f"Undefined macro '{name}' used in filter.", reference))
            return reference
        if name in self.path:
            self.loops.append((f"reference loop in macro '{name}'", reference))
            return reference
        if name in self.macros.whole:
            self.done[name] = tree
            self.macros.used.add(name)
            return tree
        if len(self.path) >= MAX_DEPTH:
            raise self.too_deep()
        self.path.append(name)
        whole = self.put_in(tree)
        self.path.pop()
        self.done[name] = whole
        self.macros.used.add(name)
        return whole

    def deeper(self, depth: int) -> int:
        if depth + 1 >= MAX_DEPTH:
            raise self.too_deep()
        return depth + 1

    def too_deep(self) -> ConditionError:
        return ConditionError(f"exceeded max depth limit of {MAX_DEPTH}", Spot(0, 1, 1))
