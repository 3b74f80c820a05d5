"""YAML characters to tokens, in the manner of yaml-cpp 0.9 (the library that Falco 0.44 is built on).

Why a scanner of our own: what Falco reports about a rules file (the place of every item, what is wrong with
a file that is no YAML, which odd files are read all the same) is what this library sees, and libyaml sees
other places, reports other errors and refuses other files.

How it works. Tokens go into a queue. A word that may turn out to be a mapping's key puts a KEY (and, where a
mapping would begin with it, a MAP_START) into the queue as *unsure*; a `:` on the same line makes them sure,
the end of the line makes them void. The queue hands out nothing behind an unsure token. Indentation is a
stack of the columns of open block collections; flow collections are a stack of their brackets.
"""

from __future__ import annotations

import re
from collections import deque
from typing import NamedTuple

from tiercel.rules.yaml.scalars import DOC_INDICATOR, END, scan_block, scan_plain, scan_quoted
from tiercel.rules.yaml.stream import END_MARK, Stream


class Kind:
    """Kinds of tokens (plain numbers: they are compared for every token)."""

    DIRECTIVE = 0
    DOC_START = 1
    DOC_END = 2
    SEQ_START = 3
    MAP_START = 4
    SEQ_END = 5
    MAP_END = 6
    ENTRY = 7
    FLOW_SEQ_START = 8
    FLOW_MAP_START = 9
    FLOW_SEQ_END = 10
    FLOW_MAP_END = 11
    FLOW_ENTRY = 12
    KEY = 13
    VALUE = 14
    ANCHOR = 15
    ALIAS = 16
    TAG = 17
    PLAIN = 18
    QUOTED = 19  # and block scalars: never null, whatever they say
    WORDS = 20  # `[a, b, c]` of plain words, all at once


class Token:
    """`value` is the text of scalars, anchors, aliases, tags and directives, and of `WORDS` from bracket to
    bracket."""

    __slots__ = ("at", "kind", "status", "value")

    def __init__(self, kind: int, at: int, value: str = "", status: int = 0) -> None:
        self.kind = kind
        self.at = at
        self.value = value
        self.status = status


_SURE, _UNSURE, _VOID = 0, 1, 2


class _Indent:
    __slots__ = ("column", "kind", "start", "status")

    def __init__(self, column: int, kind: int | None, start: Token | None) -> None:
        self.column = column
        self.kind = kind  # SEQ_START, MAP_START, None at the bottom
        self.start = start
        self.status = _SURE


class _PossibleKey(NamedTuple):
    at: int
    line_start: int
    flow_level: int
    indent: _Indent | None
    token: Token

    def settle(self, status: int) -> None:
        self.token.status = status
        if self.indent is not None and self.indent.start is not None:
            self.indent.status = status
            self.indent.start.status = status


# A key and its `:` are at most this far apart.
_KEY_LENGTH = 1024
# Tokens that wait for one that is unsure: a line of thousands of brackets makes as many.
_LONG_QUEUE = 10_000

_SKIP_LINES = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r))*")
_SKIP = re.compile(r"([ \t]*)(?:#[^\r\n]*)?")
_SKIPPED = frozenset((" ", "\t", "\n", "\r", "#"))
_SPECIAL = frozenset("%-.[]{},?:*&!|>'\"")
_WORD_STARTS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/")
_ENTRY = re.compile(rf"-(?={END})")
_KEY = re.compile(r"\?(?=[ \t\r\n])")
_VALUE = re.compile(rf":(?={END})")
_VALUE_IN_FLOW = re.compile(r":(?=[ \t\r\n,\]}])")
_PLAIN_START = re.compile(rf"(?![ \t\r\n,\[\]{{}}#&*!|>'\"%@`]|[-?:](?:{END}))")
_PLAIN_START_IN_FLOW = re.compile(r"(?![ \t\r\n?,\[\]{}#&*!|>'\"%@`]|[-:](?:[ \t\x04]|\Z))")
# Words that need no second look, with commas, blanks and line breaks (never at a line's very start) between
# them.
_WORD = r"[A-Za-z0-9_/.~$][A-Za-z0-9_/.~$*+@=-]*"
_GAP = r" *(?:\n +)?"
_WORDS = re.compile(rf"\[{_GAP}(?:{_WORD}{_GAP}(?:,{_GAP}{_WORD}{_GAP})*)?\]")
_DIRECTIVE = re.compile(r"%[^\r\n]*")
_ANCHOR = re.compile(r"[^\[\]{}, \t\r\n]*")
_ANCHOR_ENDS = re.compile(r"[?:,\]}%@` \t\r\n]|\Z")
_TAG_WORD = re.compile(r"[0-9A-Za-z-]*")
_TAG = re.compile(r"(?:[0-9A-Za-z\-#;/?:@&=+$_.~*'()]|%[0-9A-Fa-f]{2})*")
_URI = re.compile(r"(?:[0-9A-Za-z\-#;/?:@&=+$,_.!~*'()\[\]]|%[0-9A-Fa-f]{2})*")
_FLOW_STARTS = {"[": Kind.FLOW_SEQ_START, "{": Kind.FLOW_MAP_START}
_FLOW_ENDS = {"]": ("[", Kind.FLOW_SEQ_END), "}": ("{", Kind.FLOW_MAP_END)}
_COLLECTION_ENDS = {Kind.SEQ_START: Kind.SEQ_END, Kind.MAP_START: Kind.MAP_END}


class Scanner:
    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._tokens: deque[Token] = deque()
        self._ended = False
        self._key_allowed = True
        self._scalar_allowed = True
        # Behind a quoted string or a closing bracket, where flow needs no blank behind `:`.
        self._after_json = False
        self._keys: list[_PossibleKey] = []
        self._indents = [_Indent(-1, None, None)]
        self._flows: list[str] = []
        self._line = -1  # whose indentation has been looked at

    def peek(self) -> Token | None:
        """The next token; None at the end."""
        tokens = self._tokens
        while True:
            if tokens:
                status = tokens[0].status
                if status == _SURE:
                    return tokens[0]
                if status == _VOID:
                    tokens.popleft()
                    continue
            if self._ended:
                # What is unsure at the end of the file counts: a last line `word` in a mapping is a key.
                return tokens[0] if tokens else None
            if len(tokens) > _LONG_QUEUE:
                self._void_far_key()
            self._scan()

    def pop(self) -> None:
        """Takes away what `peek` showed."""
        self._tokens.popleft()

    @property
    def mark(self) -> int:
        return END_MARK if self._ended else self.stream.at

    # ---- between tokens

    def _scan(self) -> None:
        stream = self.stream
        text = stream.text
        c = text[stream.at : stream.at + 1]
        if c in _SKIPPED:
            self._skip()
            c = text[stream.at : stream.at + 1]
        flows = self._flows
        if not flows and (stream.line_start != self._line or self._indents[-1].status == _VOID):
            self._line = stream.line_start
            self._unindent()
        if not c:
            self._end()
            return
        at = stream.at
        if c in _SPECIAL and self._scan_special(c, at):
            return
        if not self._scalar_allowed:
            raise stream.error("unexpected scalar")
        if c in "'\"":
            self._possible_key()
            value = scan_quoted(stream)
            self._key_allowed = False
            self._scalar_allowed = bool(flows)
            self._after_json = True
            self._tokens.append(Token(Kind.QUOTED, at, value))
            return
        if (
            c not in _WORD_STARTS
            and (_PLAIN_START_IN_FLOW if flows else _PLAIN_START).match(text, at) is None
        ):
            raise stream.error("unknown token")
        indent = 0 if flows else self._indents[-1].column + 1
        if self._key_allowed:
            self._possible_key()
        value, outdented = scan_plain(stream, indent, bool(flows))
        self._key_allowed = outdented
        self._after_json = False
        self._tokens.append(Token(Kind.PLAIN, at, value))

    def _scan_special(self, c: str, at: int) -> bool:
        """Everything that is told by its first character; False where that begins a scalar after all."""
        stream = self.stream
        text = stream.text
        flows = self._flows
        if at == stream.line_start:
            if c == "%":
                self._directive()
                return True
            if c in "-." and DOC_INDICATOR.match(text, at):
                self._document(Kind.DOC_START if c == "-" else Kind.DOC_END)
                return True
        if c in "[{":
            self._possible_key()
            if c == "[" and self._scalar_allowed and self._words(at):
                return True
            self._key_allowed = True
            self._after_json = False
            flows.append(c)
            self._one(_FLOW_STARTS[c])
        elif c in "]}":
            self._flow_end(c)
        elif c == ",":
            if at == stream.line_start:
                raise stream.error("plain value cannot start with flow indicator character")
            if not self._scalar_allowed:
                raise stream.error("unexpected scalar")
            self._close_pair()
            self._key_allowed = True
            self._after_json = False
            self._one(Kind.FLOW_ENTRY)
        elif c == "-" and _ENTRY.match(text, at):
            if flows or not self._key_allowed:
                raise stream.error("illegal block entry")
            self._indent(Kind.SEQ_START)
            self._key_allowed = True
            self._after_json = False
            self._one(Kind.ENTRY)
        elif c == "?" and _KEY.match(text, at):
            if not flows:
                if not self._key_allowed:
                    raise stream.error("illegal map key")
                self._indent(Kind.MAP_START)
            self._key_allowed = not flows
            self._one(Kind.KEY)
        elif c == ":" and (
            (self._after_json or _VALUE_IN_FLOW.match(text, at)) if flows else _VALUE.match(text, at)
        ):
            self._value()
        elif c in "*&":
            self._anchor(c)
        elif c == "!":
            self._tag()
        elif c in "|>" and not flows:
            value = scan_block(stream, self._indents[-1].column)
            self._key_allowed = True
            self._after_json = False
            self._tokens.append(Token(Kind.QUOTED, at, value))
        else:
            return False
        return True

    def _words(self, at: int) -> bool:
        """Takes a whole `[a, b, c]`, if it is nothing but plain words."""
        stream = self.stream
        match = _WORDS.match(stream.text, at)
        if match is None or stream.symbol != "\n":
            return False
        stream.pass_breaks(match.end())
        self._key_allowed = False
        self._after_json = True
        self._tokens.append(Token(Kind.WORDS, at, match.group()))
        return True

    def _skip(self) -> None:
        stream = self.stream
        text = stream.text
        at = stream.at
        if text[at] == " " and text[at + 1 : at + 2] not in _SKIPPED:
            stream.at = at + 1
            return
        match = _SKIP_LINES.match(text, at)
        if match is not None and match.end() > at:
            stream.pass_breaks(match.end())
            self._void_key()
            self._scalar_allowed = True
            if not self._flows:
                self._key_allowed = True
        match = _SKIP.match(text, stream.at)
        assert match is not None
        if not self._flows and "\t" in match.group(1):
            self._key_allowed = False
        stream.at = match.end()

    def _end(self) -> None:
        self._ended = True
        if not self._flows:
            self._unindent_all()
        self._keys.clear()
        self._key_allowed = self._scalar_allowed = False

    def _one(self, kind: int) -> None:
        """A token of one character."""
        self._tokens.append(Token(kind, self.stream.at))
        self.stream.at += 1

    # ---- indentation

    def _indent(self, kind: int) -> _Indent | None:
        stream = self.stream
        column = stream.at - stream.line_start
        last = self._indents[-1]
        if column < last.column:
            return None
        if column == last.column and not (kind == Kind.SEQ_START and last.kind == Kind.MAP_START):
            return None
        token = Token(kind, stream.at)
        self._tokens.append(token)
        indent = _Indent(column, kind, token)
        self._indents.append(indent)
        return indent

    def _unindent(self) -> None:
        """Ends the collections that the column here lies outside of."""
        stream = self.stream
        column = stream.at - stream.line_start
        while self._indents:
            indent = self._indents[-1]
            if indent.column < column:
                break
            if indent.column == column and not (
                indent.kind == Kind.SEQ_START and not _ENTRY.match(stream.text, stream.at)
            ):
                break
            self._pop_indent()
        while self._indents and self._indents[-1].status == _VOID:
            self._pop_indent()

    def _unindent_all(self) -> None:
        while self._indents and self._indents[-1].kind is not None:
            self._pop_indent()

    def _pop_indent(self) -> None:
        indent = self._indents.pop()
        if indent.status != _SURE:
            self._void_key()
        elif indent.kind is not None:
            self._tokens.append(Token(_COLLECTION_ENDS[indent.kind], self.mark))

    # ---- keys

    def _possible_key(self) -> None:
        if not self._key_allowed:
            return
        level = len(self._flows)
        if self._keys and self._keys[-1].flow_level == level:
            return
        stream = self.stream
        indent = None
        if not level:
            indent = self._indent(Kind.MAP_START)
            if indent is not None and indent.start is not None:
                indent.status = indent.start.status = _UNSURE
        token = Token(Kind.KEY, stream.at)
        token.status = _UNSURE
        self._tokens.append(token)
        self._keys.append(_PossibleKey(stream.at, stream.line_start, level, indent, token))

    def _void_key(self) -> None:
        if self._keys and self._keys[-1].flow_level == len(self._flows):
            self._keys.pop().settle(_VOID)

    def _settle_key(self) -> bool:
        """Whether a key stands before the `:` here."""
        if not self._keys or self._keys[-1].flow_level != len(self._flows):
            return False
        stream = self.stream
        key = self._keys.pop()
        good = key.line_start == stream.line_start and stream.at - key.at <= _KEY_LENGTH
        key.settle(_SURE if good else _VOID)
        return good

    def _close_pair(self) -> None:
        """Before `,` and a closing bracket: `{a}` is a pair without value, `[a]` no pair at all."""
        if not self._flows:
            return
        if self._flows[-1] == "[":
            self._void_key()
        elif self._settle_key():
            self._tokens.append(Token(Kind.VALUE, self.stream.at))

    def _void_far_key(self) -> None:
        """Gives up a possible key that holds up the queue, though its `:` can no longer come near enough."""
        first = self._tokens[0]
        if self.stream.at - first.at > _KEY_LENGTH:
            for key in self._keys:
                if key.token is first or (key.indent is not None and key.indent.start is first):
                    key.settle(_VOID)
                    return

    # ---- tokens

    def _flow_end(self, c: str) -> None:
        if not self._flows:
            raise self.stream.error("illegal flow end")
        self._close_pair()
        self._key_allowed = False
        self._after_json = True
        opening, kind = _FLOW_ENDS[c]
        if self._flows[-1] != opening:
            raise self.stream.error("illegal flow end")
        self._flows.pop()
        self._one(kind)

    def _value(self) -> None:
        stream = self.stream
        if self._settle_key():
            self._key_allowed = False
        else:
            if not self._flows:
                if not self._key_allowed:
                    raise stream.error("illegal map value")
                self._indent(Kind.MAP_START)
            self._key_allowed = not self._flows
        self._after_json = False
        self._scalar_allowed = True
        self._one(Kind.VALUE)

    def _document(self, kind: int) -> None:
        self._restart()
        self._tokens.append(Token(kind, self.stream.at))
        self.stream.at += 3

    def _directive(self) -> None:
        self._restart()
        match = _DIRECTIVE.match(self.stream.text, self.stream.at)
        assert match is not None
        self._tokens.append(Token(Kind.DIRECTIVE, self.stream.at, match.group()[1:]))
        self.stream.at = match.end()

    def _restart(self) -> None:
        if not self._flows:
            self._unindent_all()
        self._keys.clear()
        self._key_allowed = self._after_json = False

    def _anchor(self, c: str) -> None:
        stream = self.stream
        self._possible_key()
        self._key_allowed = self._after_json = False
        what = "alias" if c == "*" else "anchor"
        token = Token(Kind.ALIAS if c == "*" else Kind.ANCHOR, stream.at)
        match = _ANCHOR.match(stream.text, stream.at + 1)
        assert match is not None
        stream.at = match.end()
        token.value = match.group()
        if not token.value:
            raise stream.error(f"{what} not found after {c}")
        if _ANCHOR_ENDS.match(stream.text, stream.at) is None:
            raise stream.error(f"illegal character found while scanning {what}")
        self._tokens.append(token)

    def _tag(self) -> None:
        """The token's value is the tag with its `!`s; only whether there is one matters to the reader of
        rules.
        """
        stream = self.stream
        text = stream.text
        self._possible_key()
        self._key_allowed = self._after_json = False
        start = stream.at
        stream.at += 1
        if text.startswith("<", stream.at):
            match = _URI.match(text, stream.at + 1)
            assert match is not None
            stream.at = match.end()
            if not text.startswith(">", stream.at):
                raise stream.error("end of verbatim tag not found")
            stream.at += 1
            self._tokens.append(Token(Kind.TAG, start, match.group()))
            return
        word = _TAG_WORD.match(text, stream.at)
        assert word is not None
        whole = _TAG.match(text, word.end())
        assert whole is not None
        stream.at = whole.end()
        if text.startswith("!", stream.at):
            if whole.end() > word.end():
                raise stream.error("illegal character found while scanning tag handle", word.end())
            stream.at += 1
            suffix = _TAG.match(text, stream.at)
            assert suffix is not None
            stream.at = suffix.end()
            if not suffix.group():
                raise stream.error("tag handle with no suffix")
        self._tokens.append(Token(Kind.TAG, start, text[start : stream.at]))
