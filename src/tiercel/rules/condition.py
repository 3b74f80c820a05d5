"""Reads a condition: text to syntax tree, in the grammar of Falco libs 0.25 filters.

    condition  = and ( "or" ( blank and | "(" condition ")" ) )*
    and        = not ( "and" ( blank not | "(" condition ")" ) )*
    not        = "not "* ( "not(" condition ")" | check )
    check      = "(" condition ")" | ( field | transform ) test | macro
    test       = "exists" | number-operator ( number | call ) | string-operator ( string | call )
               | string-operator modifier list | list-operator ( list | call )
    list       = "(" ( string ( "," string )* )? ")" | name
    transform  = name "(" operand ( "," operand )* ")" ( "[" argument "]" )?

Words are taken greedily and without look at what follows them (`x=1 order` is an `or` without its blank),
which is why there is no tokenizer before the parser. Errors say what was expected at which place, in the
words that Falco users know. Open parentheses are kept on a stack of our own, so depth costs memory, not the
interpreter's stack.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import suppress

from tiercel.rules.syntax import (
    MAX_DEPTH,
    MAX_TRANSFORMS,
    Check,
    FieldRef,
    Junction,
    MacroRef,
    Negation,
    OperandList,
    OperandSyntax,
    Spot,
    Syntax,
    TransformCall,
    Value,
    ValueList,
)

UNARY = ("exists",)
NUMERIC = ("<=", "<", ">=", ">")
STRING = (
    "==", "=", "!=", "glob", "iglob", "contains", "icontains", "bcontains", "startswith", "bstartswith",
    "endswith", "regex",
)  # fmt: skip
LISTS = ("intersects", "in", "pmatch")
MODIFIERS = ("oneof", "anyof", "allof")
OPERATORS = UNARY + NUMERIC + STRING + LISTS
TRANSFORMS = ("tolower", "toupper", "b64", "basename", "len", "join", "concat", "getopt")

IDENTIFIER_RULE = "([a-zA-Z]+[a-zA-Z0-9_]*)"
BARE_STRING_RULE = "([^()\"'[:space:]=,]+)"

_BLANK = re.compile(r"[ \t\b\r\n]+")
# Bytes that are no UTF-8 arrive as lone surrogates (`surrogateescape`); RE2 would not match them either.
_SPACE = r"\t\n\v\f\r "
_BARE = re.compile(rf"[^()\"'{_SPACE}=,\udc80-\udcff]+")
_ARGUMENT = re.compile(rf"[^\]\[\"'{_SPACE}\udc80-\udcff]+")
_NOTS = re.compile(rf"[ \t\b\r\n]*((?:not[{_SPACE}]+)*)")
_NEXT = re.compile(r"[ \t\b\r\n]*(and|or|\))?")
_LINE_BREAK = re.compile(r"[\r\n]")
_WIDE = re.compile(r"[^\x00-\x7f]")
_IDENTIFIER = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")
_FIELD = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z][a-zA-Z0-9_]*)+")
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[+\-]?[0-9]+\.?[0-9]*(?:[eE][+\-][0-9]+)?")
_CALL = re.compile(rf"({'|'.join(TRANSFORMS)})\(")
# A quoted string ends at the first quote that has no backslash before it, be that backslash escaped itself
# or not.
_QUOTED = {q: re.compile(rf"{q}[^{q}\0]*(?:(?<=\\){q}[^{q}\0]*)*(?<!\\){q}") for q in "\"'"}
_WORDS = "|".join(rf"{w}(?=[ \t\b\r\n])" if w.isalpha() else re.escape(w) for w in STRING)
_OPERATOR = re.compile(rf"(exists)|(<=|<|>=|>)|({_WORDS})|(intersects|in|pmatch)")
_MODIFIER = re.compile(rf"({'|'.join(MODIFIERS)})[ \t\b\r\n]+")
_KEYWORD = re.compile(r"(?:and|or|not)(?![a-zA-Z0-9])")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", " ": "\\", "\\": "\\", "/": "/"}


# No field's name is longer, and shorter readings of a longer one are not looked for.
_LONGEST_NAME = 256


def _quoted_names(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{n}'" for n in names)


_ANY_CALL = _quoted_names(("val", *TRANSFORMS))
_ANY_OPERATOR = _quoted_names(OPERATORS)


class ConditionError(Exception):
    """A condition that cannot be read or does not make sense, with the place where that was found."""

    def __init__(self, message: str, spot: Spot, node: Syntax | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.spot = spot
        self.node = node  # the part of the tree that is at fault, where there is a tree


def parse_condition(text: str) -> Syntax:
    """The tree of a condition; ConditionError where the text is none."""
    return _Parser(text).condition()


def leading_operands(text: str, at: int) -> Iterator[tuple[FieldRef | TransformCall, int]]:
    """Fields and transformed fields that may be read at `at`, longest first, each with where it ends (in
    characters).
    """
    parser = _Parser(text)
    parser.at = at
    with suppress(ConditionError):
        yield parser.leading_operand(), parser.at
    match = _FIELD.match(text, at)
    if match is not None:
        name = match.group()[:_LONGEST_NAME]
        for end in range(len(name), 2, -1):
            if name[end - 1] != ".":
                yield FieldRef(name[:end], None), at + end
        return
    parser = _Parser(text, takes_argument=False)
    parser.at = at
    with suppress(ConditionError):
        yield parser.leading_operand(), parser.at


def unescape(quoted: str) -> str:
    """The value of a quoted string, quotes included in what is given. ValueError says which escape is not
    known.
    """
    inner = quoted[1:-1]
    if "\\" not in inner:
        return inner
    quote = quoted[0]

    def value(match: re.Match[str]) -> str:
        c = match.group(1)
        if c in "\"'":
            if c != quote:
                raise ValueError(f"invalid \\{c} escape in {quote}-quoted string")
            return c
        if c not in _ESCAPES:
            raise ValueError(f"unsupported string escape sequence: \\{c}")
        return _ESCAPES[c]

    return _ESCAPE.sub(value, inner)


class _Level:
    """An expression whose end is still to come: what was read of it, and where its value goes in the one
    around it ("check", "and", "or").
    """

    __slots__ = ("all_of", "alternatives", "goes_to", "negated", "only_or")

    def __init__(self, goes_to: str) -> None:
        self.goes_to = goes_to
        self.alternatives: list[Syntax] = []
        self.all_of: list[Syntax] = []
        self.negated = False  # what is being read now
        self.only_or = False  # behind `or(...)`, where no `and` may follow


class _Parser:
    """Reads on from `at`."""

    def __init__(self, text: str, takes_argument: bool = True) -> None:
        self.text = text
        self.at = 0
        self._takes_argument = takes_argument  # of the outermost transformer
        self.last = ""  # the word that was read last, for messages
        self._plain = text.isascii() and "\n" not in text and "\r" not in text
        self._breaks: list[int] | None = None  # places of line breaks
        self._wide: list[int] = []  # places of characters of several bytes
        self._extra: list[int] = []  # and how many bytes too many there are up to each
        self._calls = 0

    # ---- places and errors

    def spot(self) -> Spot:
        at = self.at
        if self._plain:
            return Spot(at, 1, at + 1)
        if self._breaks is None:
            self._breaks = [m.start() for m in _LINE_BREAK.finditer(self.text)]
            self._measure()
        line = bisect_left(self._breaks, at)
        offset = self._bytes(at)
        column = offset - self._bytes(self._breaks[line - 1]) if line else offset + 1
        return Spot(offset, line + 1, column)

    def _measure(self) -> None:
        extra = 0
        for match in _WIDE.finditer(self.text):
            extra += len(match.group().encode("utf-8", "surrogateescape")) - 1
            self._wide.append(match.start())
            self._extra.append(extra)

    def _bytes(self, at: int) -> int:
        before = bisect_left(self._wide, at)
        return at + self._extra[before - 1] if before else at

    def error(self, message: str) -> ConditionError:
        return ConditionError(message, self.spot())

    # ---- words

    def blank(self) -> bool:
        match = _BLANK.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        return True

    def word(self, word: str) -> bool:
        if self.text.startswith(word, self.at):
            self.at += len(word)
            self.last = word
            return True
        return False

    def match(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        self.last = match.group()
        return self.last

    def quoted(self) -> str | None:
        start = self.text[self.at : self.at + 1]
        if start not in _QUOTED:
            return None
        match = _QUOTED[start].match(self.text, self.at) if start else None
        if match is None:
            return None
        self.at = match.end()
        self.last = match.group()
        try:
            self.last = unescape(match.group())
        except ValueError as e:
            raise self.error(str(e)) from None
        return self.last

    def call(self) -> str | None:
        match = _CALL.match(self.text, self.at)
        if match is None:
            return None
        self.at = match.end()
        self.last = match.group(1)
        return self.last

    # ---- the expression

    def condition(self) -> Syntax:
        if not self.text:
            raise self.error("filter input string is empty")
        tree = self.expression()
        if self.at != len(self.text):
            raise self.error(f"unexpected token after '{self.last}', expecting 'or', 'and'")
        return tree

    def expression(self) -> Syntax:
        level = _Level("")
        levels = [level]
        while True:
            node = self.negatable(level)
            if node is None:
                level = _Level("check")
                levels.append(level)
                continue
            while node is not None:
                level.all_of.append(self.negation(node) if level.negated else node)
                level, node = self.join(levels)
                if node is not None and not levels:
                    return node

    def join(self, levels: list[_Level]) -> tuple[_Level, Syntax | None]:
        """Reads `and`, `or` and closing parentheses behind a value, until another value has to be read.
        Gives the level to go on with, and a value for it, where that is a parenthesis just closed. At the
        end, no levels are left.
        """
        while True:
            level = levels[-1]
            match = _NEXT.match(self.text, self.at)
            assert match is not None
            self.at = match.end()
            word = match.group(1)
            if word == "and" and not level.only_or:
                self.last = word
                return self.opened(levels, "and"), None
            if not level.only_or:
                level.alternatives.append(self.junction("and", level.all_of))
                level.all_of = []
            level.only_or = False
            if word == "or":
                self.last = word
                return self.opened(levels, "or"), None
            value = self.junction("or", level.alternatives)
            levels.pop()
            if word is not None:
                self.at = match.start(1)
            if not levels:
                return level, value
            if word != ")":
                raise self.error("expected a ')' token")
            self.at += 1
            self.last = ")"
            if level.goes_to == "check":
                return levels[-1], value
            if level.goes_to == "and":
                levels[-1].all_of.append(value)
            else:
                levels[-1].alternatives.append(value)
                levels[-1].only_or = True

    def opened(self, levels: list[_Level], word: str) -> _Level:
        """The level of what follows `and` or `or`: the present one, or a new one in a parenthesis without
        blank."""
        if not self.blank():
            if not self.word("("):
                raise self.error(f"expected blank or '(' after '{word}'")
            levels.append(_Level(word))
        return levels[-1]

    def negatable(self, level: _Level) -> Syntax | None:
        """What stands after the `not`s; None where that is an opened parenthesis."""
        text = self.text
        match = _NOTS.match(text, self.at)
        assert match is not None
        self.at = match.end()
        level.negated = False
        if match.group(1):
            nots = match.group(1)
            self.last = nots[nots.rindex("not") :]
            level.negated = nots.count("not") % 2 == 1
        if text.startswith("not(", self.at):
            level.negated = not level.negated
            self.at += 4
            self.last = "not("
            return None
        spot = self.spot()
        self.blank()
        if text.startswith("(", self.at):
            self.at += 1
            self.last = "("
            return None
        return self.check(spot)

    def negation(self, child: Syntax) -> Syntax:
        return Negation(child, self.deeper(child.depth))

    def junction(self, word: str, children: list[Syntax]) -> Syntax:
        if len(children) == 1:
            return children[0]
        return Junction(word, tuple(children), self.deeper(max([c.depth for c in children])))

    def deeper(self, depth: int) -> int:
        if depth + 1 >= MAX_DEPTH:
            raise self.error(f"exceeded max depth limit of {MAX_DEPTH}")
        return depth + 1

    # ---- checks

    def check(self, spot: Spot) -> Syntax:
        name = self.match(_FIELD)
        if name is not None:
            return self.test(FieldRef(name, self.argument()), spot)
        name = self.call()
        if name is not None:
            return self.test(self.transform(name), spot)
        name = self.match(_IDENTIFIER)
        if name is not None:
            return MacroRef(name, spot)
        raise self.error("expected a '(' token, a field check, or an identifier")

    def argument(self) -> str | None:
        if not self.word("["):
            return None
        value = self.quoted()
        if value is None:
            value = self.match(_ARGUMENT)
        if value is None:
            raise self.error("expected a valid field argument: a quoted string or a bare string")
        if not self.word("]"):
            raise self.error("expected a ']' token")
        return value

    def test(self, left: FieldRef | TransformCall, spot: Spot) -> Check:
        self.blank()
        match = _OPERATOR.match(self.text, self.at)
        if match is None:
            raise self.error(f"expected a valid check operator: one of {_ANY_OPERATOR}")
        self.at = match.end()
        self.last = operator = match.group()
        kind = match.lastindex
        if kind == 1:
            return Check(left, operator, None, spot)
        if kind == 2:
            return Check(left, operator, self.number(), spot)
        if kind == 4:
            return Check(left, operator, self.list_or_call(), spot)
        if self.blank():
            modifier = self.modifier()
            if modifier:
                return Check(left, f"{operator} {modifier}", self.list_(), spot)
        return Check(left, operator, self.string_or_call(), spot)

    def modifier(self) -> str:
        """`oneof`, `anyof`, `allof`, if it is one: a list must follow, else the word is an ordinary value."""
        match = _MODIFIER.match(self.text, self.at)
        if match is None:
            return ""
        at = match.end()
        if not self.text.startswith("(", at) and (
            _IDENTIFIER.match(self.text, at) is None or _KEYWORD.match(self.text, at) is not None
        ):
            return ""
        self.at = at
        self.last = match.group(1)
        return self.last

    # ---- right-hand sides

    def number(self) -> Value | TransformCall:
        self.blank()
        spot = self.spot()
        call = self.call_or_val()
        if call is not None:
            return call
        value = self.match(_NUMBER)
        if value is None:
            raise self.error(f"expected a number value or a field with a valid transformer: {_ANY_CALL}")
        return Value(value, spot)

    def string(self) -> str | None:
        value = self.quoted()
        return self.match(_BARE) if value is None else value

    def string_or_call(self) -> Value | TransformCall:
        self.blank()
        spot = self.spot()
        call = self.call_or_val()
        if call is not None:
            return call
        value = self.string()
        if value is None:
            raise self.error(f"expected a string value or a field with a valid transformer: {_ANY_CALL}")
        return Value(value, spot)

    def parenthesised(self) -> ValueList | None:
        spot = self.spot()
        if not self.word("("):
            return None
        items: list[str] = []
        self.blank()
        try:
            first = self.string()
        except ConditionError:
            # A first value with a bad escape counts as none at all: `("\q")` is the empty list.
            first = None
        if first is not None:
            items.append(first)
            self.blank()
            while self.word(","):
                self.blank()
                value = self.string()
                if value is None:
                    raise self.error("expected a string value")
                items.append(value)
                self.blank()
        if not self.word(")"):
            raise self.error("expected a ')' token")
        return ValueList(tuple(items), spot)

    def list_(self) -> Value | ValueList:
        self.blank()
        found = self.parenthesised()
        if found is not None:
            return found
        spot = self.spot()
        name = self.match(_IDENTIFIER)
        if name is None:
            raise self.error("expected a list or an identifier")
        return Value(name, spot)

    def list_or_call(self) -> Value | ValueList | TransformCall:
        self.blank()
        found = self.parenthesised() or self.call_or_val()
        if found is not None:
            return found
        spot = self.spot()
        name = self.match(_IDENTIFIER)
        if name is None:
            raise self.error(
                f"expected a list, an identifier, or a field with a valid transformer: {_ANY_CALL}"
            )
        return Value(name, spot)

    # ---- transformers

    def call_or_val(self) -> TransformCall | None:
        if self.word("val("):
            self.blank()
            self.last = "val"
            name = self.match(_FIELD)
            if name is None:
                raise self.error("expected a field within 'val' transformer")
            operand = FieldRef(name, self.argument())
            self.blank()
            if not self.word(")"):
                raise self.error("expected a ')' token closing the transformer")
            return TransformCall("val", (operand,), self.argument())
        name = self.call()
        return None if name is None else self.transform(name)

    def transform(self, name: str) -> TransformCall:
        """The rest of `name(`."""
        self._calls += 1
        if self._calls > MAX_TRANSFORMS:
            raise self.error(f"exceeded max depth limit of {MAX_TRANSFORMS}")
        self.blank()
        operands = [self.operand()]
        self.blank()
        while self.word(","):
            operands.append(self.operand())
            self.blank()
        if not self.word(")"):
            raise self.error("expected a ')' token closing the transformer")
        self._calls -= 1
        argument = self.argument() if self._calls or self._takes_argument else None
        return TransformCall(name, tuple(operands), argument)

    def operand(self) -> OperandSyntax:
        spot = self.spot()
        self.blank()
        value = self.match(_NUMBER)
        if value is None:
            value = self.quoted()
        if value is not None:
            return Value(value, spot)
        if self.word("("):
            return self.operand_list(spot)
        found = self.call_or_field()
        if found is None:
            raise self.error(
                "expected field transformer argument: field, transformer, quoted string, number, or "
                "transformer list"
            )
        return found

    def call_or_field(self) -> FieldRef | TransformCall | None:
        name = self.call()
        if name is not None:
            return self.transform(name)
        name = self.match(_FIELD)
        return None if name is None else FieldRef(name, self.argument())

    def operand_list(self, spot: Spot) -> OperandList:
        items: list[OperandSyntax] = []
        self.blank()
        if self.word(")"):
            return OperandList(())
        while True:
            found: OperandSyntax | None = self.call_or_field()
            if found is None:
                value = self.quoted()
                if value is None:
                    value = self.match(_NUMBER)
                if value is None:
                    raise self.error(
                        "expected transformer list argument: field, transformer, quoted string, or number"
                    )
                found = Value(value, spot)
            items.append(found)
            self.blank()
            if not self.word(","):
                break
            self.blank()
        if not self.word(")"):
            raise self.error("expected ')'")
        return OperandList(tuple(items))

    def leading_operand(self) -> FieldRef | TransformCall:
        found = self.call_or_field()
        if found is None:
            raise self.error(f"unexpected token after '{self.last}")
        return found
