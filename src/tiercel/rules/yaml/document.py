"""YAML tokens to documents of nodes.

Collections that are open are kept on a stack of our own, so depth is bounded by a count (yaml-cpp's: 500),
not by the interpreter's. An alias is the very node it names: a document may be a graph, even a cyclic one,
and whoever walks it has to mind that.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from tiercel.rules.yaml.scanner import Kind, Scanner, Token
from tiercel.rules.yaml.stream import Stream, YamlError, decoded


class NodeKind:
    """Kinds of nodes (plain numbers: they are compared for every node)."""

    NULL = 0
    SCALAR = 1
    SEQUENCE = 2
    MAP = 3


# What nodes without items or pairs have: never added to.
_NO_ITEMS: list[Node] = []
_NO_PAIRS: list[tuple[Node, Node]] = []


class Node:
    """A value with its place (`mark`, see `Stream.position`).

    `scalar` is the text of a scalar, `items` the nodes of a sequence, `pairs` keys and values of a map in
    the file's order; a key may come twice, `get` finds its first value.
    """

    __slots__ = ("_first", "items", "kind", "mark", "pairs", "scalar")

    def __init__(self, kind: int, mark: int, scalar: str = "") -> None:
        self.kind = kind
        self.mark = mark
        self.scalar = scalar
        self.items: list[Node] = [] if kind == NodeKind.SEQUENCE else _NO_ITEMS
        self.pairs: list[tuple[Node, Node]] = [] if kind == NodeKind.MAP else _NO_PAIRS
        self._first: dict[str, Node] | None = None

    def get(self, key: str) -> Node | None:
        """The value of a key, None where the map has none (or this is no map)."""
        if self._first is None:
            self._first = {}
            for k, v in self.pairs:
                if k.kind == NodeKind.SCALAR:
                    self._first.setdefault(k.scalar, v)
        return self._first.get(key)

    @property
    def text(self) -> str:
        """What a node reads as where a string is asked for; ValueError where it is a collection."""
        if self.kind == NodeKind.SCALAR:
            return self.scalar
        if self.kind == NodeKind.NULL:
            return "null"
        raise ValueError("bad conversion")


_MAX_DEPTH = 500

# Nodes of one file. The largest lists that people keep in rules files have some 100,000.
_MAX_NODES = 2_000_000
_WORD = re.compile(r"[^\[\], \n]+")
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_VERSION = re.compile(r"\s*([+-]?\d+).\s*([+-]?\d+)$", re.DOTALL)

_SEQUENCES = {Kind.SEQ_START: "block sequence", Kind.FLOW_SEQ_START: "flow sequence"}
_MAPS = {Kind.MAP_START: "block map", Kind.FLOW_MAP_START: "flow map"}


class _Frame:
    """A collection that is being read. `step` says what its next child is: an item, a key, a value, or a
    separator."""

    __slots__ = ("key", "kind", "mark", "node", "step")

    def __init__(self, kind: str, node: Node, step: str) -> None:
        self.kind = kind
        self.node = node
        self.step = step
        self.key: Node | None = None
        self.mark = node.mark  # of the pair that is being read


def load_documents(stream: Stream) -> list[Node]:
    """The documents of a file up to the first that is null, where reading ends (what is behind it may not
    even be YAML).

    YamlError where the file is no YAML.
    """
    return _Reader(stream).documents()


class _Reader:
    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.scanner = Scanner(stream)
        self.anchors: dict[str, Node] = {}
        self.nodes = 0

    def documents(self) -> list[Node]:
        found: list[Node] = []
        scanner = self.scanner
        while True:
            self.directives()
            token = scanner.peek()
            if token is None:
                return found
            if token.kind == Kind.DOC_START:
                scanner.pop()
            self.anchors.clear()
            root = self.document()
            while (token := scanner.peek()) is not None and token.kind == Kind.DOC_END:
                scanner.pop()
            if root.kind == NodeKind.NULL:
                return found
            found.append(root)

    def error(self, message: str, mark: int | None = None) -> YamlError:
        return self.stream.error(message, self.scanner.mark if mark is None else mark)

    def directives(self) -> None:
        version = False
        tags: set[str] = set()
        while (token := self.scanner.peek()) is not None and token.kind == Kind.DIRECTIVE:
            words: list[str] = []
            for word in re.split(r"[ \t]+", token.value):
                if word.startswith("#") and words:
                    break
                words.append(word)
            name, *given = [w for i, w in enumerate(words) if w or not i]
            if name == "YAML":
                self.version_directive(token, given, version)
                version = True
            elif name == "TAG":
                if len(given) != 2:
                    raise self.error("TAG directives must have exactly two arguments", token.at)
                if given[0] in tags:
                    raise self.error("repeated TAG directive", token.at)
                tags.add(given[0])
            self.scanner.pop()

    def version_directive(self, token: Token, given: list[str], seen: bool) -> None:
        if len(given) != 1:
            raise self.error("YAML directives must have exactly one argument", token.at)
        if seen:
            raise self.error("repeated YAML directive", token.at)
        match = _VERSION.match(given[0])
        if match is None:
            raise self.error(f"bad YAML version: {given[0]}", token.at)
        if int(match.group(1)) > 1:
            raise self.error("YAML major version too large", token.at)

    # ---- nodes

    def document(self) -> Node:
        stack: list[_Frame] = []
        while True:
            if len(stack) + 1 >= _MAX_DEPTH:
                raise self.error("bad file")
            opened = self.begin(stack[-1].kind if stack else "")
            self.count(opened)
            if isinstance(opened, _Frame):
                stack.append(opened)
            else:
                node: Node = opened
                if node.kind == NodeKind.SEQUENCE and len(stack) + 2 >= _MAX_DEPTH and node.items:
                    raise self.error("bad file")
                if not stack:
                    return node
                self.deliver(stack[-1], node)
            # Go on until some collection wants a node that is still to be read.
            while not self.wants_node(stack[-1]):
                done = stack.pop()
                if not stack:
                    return done.node
                self.deliver(stack[-1], done.node)

    def begin(self, inside: str) -> Node | _Frame:
        """A whole scalar, null or alias, or an opened collection."""
        scanner = self.scanner
        token = scanner.peek()
        if token is None:
            return Node(NodeKind.NULL, scanner.mark)
        mark = token.at
        kind = token.kind
        if kind == Kind.VALUE:
            return _Frame("pair", Node(NodeKind.MAP, mark), "no key")
        if kind == Kind.ALIAS:
            known = self.anchors.get(token.value)
            if known is None:
                raise self.error(f"the referenced anchor is not defined: {decoded(token.value)}", mark)
            scanner.pop()
            return known
        tagged = False
        anchor = ""
        if kind in (Kind.TAG, Kind.ANCHOR):
            tagged, anchor = self.properties()
            token = scanner.peek()
            if token is None:
                return self.named(anchor, Node(NodeKind.NULL, mark))
            kind = token.kind
        if kind in (Kind.PLAIN, Kind.QUOTED):
            scanner.pop()
            value = token.value
            if kind == Kind.PLAIN and not tagged and value in _NULLS:
                return self.named(anchor, Node(NodeKind.NULL, mark))
            return self.named(anchor, Node(NodeKind.SCALAR, mark, decoded(value)))
        if kind == Kind.WORDS:
            scanner.pop()
            return self.named(anchor, _words(token, mark))
        if kind in _SEQUENCES:
            scanner.pop()
            return _Frame(_SEQUENCES[kind], self.named(anchor, Node(NodeKind.SEQUENCE, mark)), "item")
        if kind in _MAPS:
            scanner.pop()
            return _Frame(_MAPS[kind], self.named(anchor, Node(NodeKind.MAP, mark)), "key")
        if kind == Kind.KEY and inside == "flow sequence":
            return _Frame("pair", self.named(anchor, Node(NodeKind.MAP, mark)), "key")
        return self.named(anchor, Node(NodeKind.SCALAR if tagged else NodeKind.NULL, mark))

    def count(self, opened: Node | _Frame) -> None:
        self.nodes += 1 if isinstance(opened, _Frame) else 1 + len(opened.items)
        if self.nodes > _MAX_NODES:
            raise self.error(f"more than {_MAX_NODES} values")

    def named(self, anchor: str, node: Node) -> Node:
        if anchor:
            self.anchors[anchor] = node
        return node

    def properties(self) -> tuple[bool, str]:
        """Whether a tag stands here, and the anchor's name."""
        tagged = False
        anchor = ""
        while (token := self.scanner.peek()) is not None:
            if token.kind == Kind.TAG:
                if tagged:
                    raise self.error("cannot assign multiple tags to the same node", token.at)
                tagged = token.value != ""
            elif token.kind == Kind.ANCHOR:
                if anchor:
                    raise self.error("cannot assign multiple anchors to the same node", token.at)
                anchor = token.value
            else:
                break
            self.scanner.pop()
        return tagged, anchor

    def deliver(self, frame: _Frame, node: Node) -> None:
        step = frame.step
        if step == "item":
            frame.node.items.append(node)
            if frame.kind == "flow sequence":
                frame.step = "separator"
        elif step == "key":
            frame.key = node
            frame.step = "value"
        else:
            self.pair(frame, node)

    def pair(self, frame: _Frame, value: Node) -> None:
        assert frame.key is not None
        frame.node.pairs.append((frame.key, value))
        frame.key = None
        frame.step = {"block map": "key", "flow map": "separator", "pair": "end"}[frame.kind]

    def wants_node(self, frame: _Frame) -> bool:
        """Whether the collection's next child has to be read; children that are left out are put in here."""
        return _WANTS[frame.kind](self, frame)

    def block_sequence(self, frame: _Frame) -> bool:
        scanner = self.scanner
        while True:
            token = scanner.peek()
            if token is None or token.kind not in (Kind.ENTRY, Kind.SEQ_END):
                raise self.error("end of sequence not found", None if token is None else token.at)
            scanner.pop()
            if token.kind == Kind.SEQ_END:
                return False
            following = scanner.peek()
            if following is None or following.kind not in (Kind.ENTRY, Kind.SEQ_END):
                return True
            frame.node.items.append(Node(NodeKind.NULL, following.at))

    def flow_sequence(self, frame: _Frame) -> bool:
        scanner = self.scanner
        token = scanner.peek()
        if frame.step == "separator":
            if token is None or token.kind not in (Kind.FLOW_ENTRY, Kind.FLOW_SEQ_END):
                raise self.error("end of sequence flow not found", None if token is None else token.at)
            if token.kind == Kind.FLOW_ENTRY:
                scanner.pop()
                token = scanner.peek()
            frame.step = "item"
        if token is None:
            raise self.error("end of sequence flow not found")
        if token.kind == Kind.FLOW_SEQ_END:
            scanner.pop()
            return False
        return True

    def block_map(self, frame: _Frame) -> bool:
        scanner = self.scanner
        while True:
            if frame.step == "key":
                token = scanner.peek()
                if token is None or token.kind not in (Kind.KEY, Kind.VALUE, Kind.MAP_END):
                    raise self.error("end of map not found", None if token is None else token.at)
                if token.kind == Kind.MAP_END:
                    scanner.pop()
                    return False
                frame.mark = token.at
                if token.kind == Kind.KEY:
                    scanner.pop()
                    return True
                frame.key = Node(NodeKind.NULL, token.at)
                frame.step = "value"
            if self.value_follows():
                return True
            self.pair(frame, Node(NodeKind.NULL, frame.mark))

    def flow_map(self, frame: _Frame) -> bool:
        scanner = self.scanner
        while True:
            if frame.step == "separator":
                token = scanner.peek()
                if token is None or token.kind not in (Kind.FLOW_ENTRY, Kind.FLOW_MAP_END):
                    raise self.error("end of map flow not found", None if token is None else token.at)
                if token.kind == Kind.FLOW_ENTRY:
                    scanner.pop()
                frame.step = "key"
            if frame.step == "key":
                token = scanner.peek()
                if token is None:
                    raise self.error("end of map flow not found")
                if token.kind == Kind.FLOW_MAP_END:
                    scanner.pop()
                    return False
                frame.mark = token.at
                if token.kind == Kind.KEY:
                    scanner.pop()
                    return True
                frame.key = Node(NodeKind.NULL, token.at)
                frame.step = "value"
            if self.value_follows():
                return True
            self.pair(frame, Node(NodeKind.NULL, frame.mark))

    def single_pair(self, frame: _Frame) -> bool:
        """`[key: value]`, or `: value` without a key."""
        scanner = self.scanner
        token = scanner.peek()
        if frame.step == "key":
            assert token is not None
            frame.mark = token.at
            scanner.pop()
            return True
        if frame.step == "no key":
            assert token is not None
            frame.key = Node(NodeKind.NULL, token.at)
            scanner.pop()
            frame.step = "value"
            return True
        if frame.step == "value":
            if self.value_follows():
                return True
            self.pair(frame, Node(NodeKind.NULL, frame.mark))
        return False

    def value_follows(self) -> bool:
        token = self.scanner.peek()
        if token is None or token.kind != Kind.VALUE:
            return False
        self.scanner.pop()
        return True


def _words(token: Token, mark: int) -> Node:
    """The sequence that a token of words is; its own place is that of its tag or anchor, where it has one."""
    node = Node(NodeKind.SEQUENCE, mark)
    for match in _WORD.finditer(token.value):
        word = match.group()
        kind = NodeKind.NULL if word in _NULLS else NodeKind.SCALAR
        node.items.append(Node(kind, token.at + match.start(), word if kind else ""))
    return node


_WANTS: dict[str, Callable[[_Reader, _Frame], bool]] = {
    "block sequence": _Reader.block_sequence,
    "flow sequence": _Reader.flow_sequence,
    "block map": _Reader.block_map,
    "flow map": _Reader.flow_map,
    "pair": _Reader.single_pair,
}
