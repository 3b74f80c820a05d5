"""All conditions as one graph: equal parts are one node, whichever rule they come from.

A node is a number. `Graph` makes nodes from expressions, and cuts a node down by what is known of an event beforehand
(its type; the answers of the deciders): what is left is again a node. The order of children is free, because tests have
no effects; cheap ones go first.
"""

from __future__ import annotations

from tiercel.rules.expression import And, Compare, Expression, Field, Not, Or, Transform

LEAF, AND, OR, NOT, TRUE, FALSE = range(6)  # NodeKind of tables.pxd

# What a test costs, in rough tens of ns. Fields that are there already, those that must be looked up, those that
# must be put together; then the operators that are more than a comparison of bytes.
_COSTLY_FIELDS = (
    ("evt.type", 1), ("evt.dir", 1), ("evt.is_open", 1), ("evt.rawres", 1), ("fd.num", 1), ("fd.typechar", 1),
    ("fd.name", 2), ("fd.", 3), ("proc.name", 1), ("proc.exepath", 1), ("proc.exe", 1), ("container.id", 1),
    ("proc.pname", 3), ("proc.tty", 1), ("proc.cmdline", 8), ("proc.args", 8), ("proc.pcmdline", 12),
    ("proc.aname", 6), ("proc.a", 15), ("proc.", 3), ("user.", 6), ("group.", 6), ("container.", 4),
    ("evt.arg", 10), ("evt.args", 30), ("k8s.", 6),
)  # fmt: skip
_COSTLY_TESTS = {"glob": 15, "iglob": 20, "regex": 200, "pmatch": 8, "icontains": 10, "contains": 4, "in": 2}


def _operand_cost(operand: object) -> int:
    if isinstance(operand, Field):
        return next((c for prefix, c in _COSTLY_FIELDS if operand.name.startswith(prefix)), 5)
    if isinstance(operand, Transform):
        return 10 + sum(_operand_cost(o) for o in operand.operands)
    return 0


def test_cost(test: Compare) -> int:
    """What a test costs when its field has not been read yet: comparable among tests, no unit."""
    return _operand_cost(test.left) + _operand_cost(test.right) + _COSTLY_TESTS.get(test.operator, 1)


class Graph:
    """Nodes by number: `kind[n]`, `children[n]` (of a leaf: its test's number), `cost[n]`, `tests` by number."""

    def __init__(self) -> None:
        self.kind: list[int] = []
        self.children: list[tuple[int, ...]] = []
        self.cost: list[int] = []
        self.tests: list[Compare] = []
        self.leaves: list[frozenset[int]] = []  # the leaf nodes below each node
        self._numbers: dict[tuple[int, tuple[int, ...]], int] = {}
        self._test_numbers: dict[Compare, int] = {}
        self._expressions: dict[int, tuple[Expression, int]] = {}
        self.true = self._node(TRUE, (), 0, frozenset())
        self.false = self._node(FALSE, (), 0, frozenset())

    def _node(self, kind: int, children: tuple[int, ...], cost: int, leaves: frozenset[int] | None) -> int:
        key = (kind, children)
        n = self._numbers.get(key)
        if n is None:
            n = self._numbers[key] = len(self.kind)
            self.kind.append(kind)
            self.children.append(children)
            self.cost.append(cost)
            self.leaves.append(frozenset((n,)) if leaves is None else leaves)
        return n

    def leaf(self, test: Compare) -> int:
        number = self._test_numbers.get(test)
        if number is None:
            number = self._test_numbers[test] = len(self.tests)
            self.tests.append(test)
        return self._node(LEAF, (number,), test_cost(test), None)

    def negation(self, child: int) -> int:
        if child == self.true:
            return self.false
        if child == self.false:
            return self.true
        if self.kind[child] == NOT:
            return self.children[child][0]
        return self._node(NOT, (child,), self.cost[child], self.leaves[child])

    def junction(self, kind: int, children: list[int]) -> int:
        """`and` or `or` of nodes, flattened, without repeats."""
        absorbing, neutral = (self.false, self.true) if kind == AND else (self.true, self.false)
        flat: dict[int, None] = {}
        for child in children:
            if child == absorbing:
                return absorbing
            for c in self.children[child] if self.kind[child] == kind else (child,):
                if c != neutral:
                    flat[c] = None
        if not flat:
            return neutral
        if len(flat) == 1:
            return next(iter(flat))
        ordered = tuple(sorted(flat, key=lambda c: (self.cost[c], c)))
        leaves = frozenset().union(*(self.leaves[c] for c in ordered))
        return self._node(kind, ordered, self.cost[ordered[0]] + len(ordered), leaves)

    def node(self, expression: Expression) -> int:
        """The node of an expression. Parts that are one object in several conditions (macros) are visited once."""
        known = self._expressions.get(id(expression))
        if known is not None:
            return known[1]
        match expression:
            case Compare():
                n = self.leaf(expression)
            case Not(child):
                n = self.negation(self.node(child))
            case And(children):
                n = self.junction(AND, [self.node(c) for c in children])
            case Or(children):
                n = self.junction(OR, [self.node(c) for c in children])
        self._expressions[id(expression)] = (expression, n)
        return n

    def given(self, node: int, facts: dict[int, bool], memo: dict[int, int], touched: dict[int, bool]) -> int:
        """`node` cut down by `facts` (leaf node → its truth). `memo` serves one set of facts, `touched` all sets about
        the same leaves.
        """
        kind = self.kind[node]
        if kind == LEAF:
            fact = facts.get(node)
            return node if fact is None else self.true if fact else self.false
        if kind in (TRUE, FALSE):
            return node
        known = memo.get(node)
        if known is not None:
            return known
        if node not in touched:
            touched[node] = not self.leaves[node].isdisjoint(facts)
        if not touched[node]:
            known = node
        elif kind == NOT:
            known = self.negation(self.given(self.children[node][0], facts, memo, touched))
        else:
            absorbing = self.false if kind == AND else self.true
            left = []
            for child in self.children[node]:
                c = self.given(child, facts, memo, touched)
                if c == absorbing:
                    known = absorbing
                    break
                left.append(c)
            else:
                known = self.junction(kind, left)
        memo[node] = known
        return known

    def required(self, node: int) -> list[int]:
        """Leaves that, by being true or by being false, are needed for `node` to be true."""
        parts = self.children[node] if self.kind[node] == AND else (node,)
        found = []
        for part in parts:
            if self.kind[part] == NOT:
                part = self.children[part][0]
            if self.kind[part] == LEAF:
                found.append(part)
        return found
