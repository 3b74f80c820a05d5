"""Scalars: plain words, quoted strings, block scalars, and how their lines are folded into one.

A zero byte is yaml-cpp's "no escape character", so it escapes what follows it where nothing else does.

All three go through the same steps a line: take the line's characters, pass the break, pass the indentation;
the folding then depends on whether the next line is empty or indented further. Each function leaves the
stream behind the scalar.
"""

from __future__ import annotations

import re

from tiercel.rules.yaml.stream import BREAK, Stream, decoded

# yaml-cpp's own mark for the end of its input (0x04) counts as blank wherever the end does.
END = r"[ \t\r\n\x04]|\Z"
DOC_INDICATOR = re.compile(rf"(?:---|\.\.\.)(?={END})")

_BLANKS = re.compile(r"[ \t]*")
_PLAIN = re.compile(rf"(?:[^:\r\n \t\0]+|:(?!{END})|[ \t](?!#))*")
_PLAIN_IN_FLOW = re.compile(rf"(?:[^:,?\[\]{{}}\r\n \t\0]+|:(?!{END}|[,\]}}])|[ \t](?!#))*")
_PLAIN_ENDS = re.compile(rf":(?:{END})|(?:[ \t\n]|\r\n|\r)#")
_PLAIN_ENDS_IN_FLOW = re.compile(rf":(?:{END}|[,\]}}])|[,?\[\]{{}}]|(?:[ \t\n]|\r\n|\r)#")
_SINGLE = re.compile(r"[^'\r\n]*")
_DOUBLE = re.compile(r'[^"\\\r\n]*')
_HEADER = re.compile(r"[+-][0-9]|[0-9][+-]|[+-]|[0-9]|")
_HEADER_REST = re.compile(r"[ \t]*(?:#[^\r\n]*)?")
_BLOCK_LINE = re.compile(r"[^\r\n\x04\0]*")

_HEX_DIGITS = {"x": 2, "u": 4, "U": 8}
_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r",
    "e": "\x1b",
    " ": " ", '"': '"', "'": "'", "\\": "\\", "/": "/", "N": "\x85", "_": "\xa0",
    "L": "\xe2\x80\xa8", "P": "\xe2\x80\xa9",
}  # fmt: skip


def scan_plain(stream: Stream, indent: int, in_flow: bool) -> tuple[str, bool]:
    """A plain scalar, and whether it ended because a line was indented less than `indent`."""
    text, size, at = stream.text, stream.size, stream.at
    line, ends = (_PLAIN_IN_FLOW, _PLAIN_ENDS_IN_FLOW) if in_flow else (_PLAIN, _PLAIN_ENDS)
    parts: list[str] = []
    escapes = 0  # how many parts there are up to the last escape
    empty = outdented = False
    while at < size:
        if at == stream.line_start and DOC_INDICATOR.match(text, at):
            break
        end = _end(line, text, at)
        while text.startswith("\0", end):
            parts.append(text[at:end])
            stream.at = end
            parts.append(_escape(stream))
            escapes = len(parts)
            at = stream.at
            end = _end(line, text, at)
        if end == size or ends.match(text, end):
            parts.append(text[at:end])
            at = end
            break
        parts.append(text[at:end].rstrip(" \t"))
        stream.at = end
        stream.pass_breaks(_end(BREAK, text, end))
        at = stream.at
        end = _end(_BLANKS, text, at)
        tab = text.find("\t", at, end)
        if 0 <= tab < stream.line_start + indent:
            raise stream.error("illegal tab when looking for indentation", tab)
        # The blank before a comment is the comment's.
        at = end - 1 if end > at and text.startswith("#", end) else end
        next_empty = text[at : at + 1] in ("\n", "\r")
        if next_empty:
            parts.append("\n")
        elif not empty:
            parts.append(" ")
        empty = next_empty
        if not empty and at - stream.line_start < indent:
            outdented = True
            break
    stream.at = at
    value = "".join(parts) if len(parts) > 1 else parts[0] if parts else ""
    if not escapes:
        return value.rstrip(" \t").rstrip("\n"), outdented
    escaped = sum(map(len, parts[:escapes]))
    for blanks in (" \t", "\n"):
        value = value[: max(len(value.rstrip(blanks)), escaped + 1)]
    return value, outdented


def scan_quoted(stream: Stream) -> str:
    """A quoted string. One that is open at the end of the file is an error, unless a line break is the
    file's end.
    """
    text, size = stream.text, stream.size
    quote = text[stream.at]
    line = _SINGLE if quote == "'" else _DOUBLE
    stream.at += 1
    parts: list[str] = []
    length = 0  # of the parts
    escaped = -1  # the length behind the last escape: nothing before that is cut off at the end
    empty = False
    while stream.at < size:
        if stream.at == stream.line_start and DOC_INDICATOR.match(text, stream.at):
            raise stream.error("illegal document indicator in scalar")
        value = ""  # of this line
        kept = 0  # what the end of the line does not strip of it
        broken_by_escape = False
        while True:
            end = _end(line, text, stream.at)
            chunk = text[stream.at : end]
            value += chunk
            stripped = chunk.rstrip(" \t")
            if stripped:
                kept = len(value) - len(chunk) + len(stripped)
            stream.at = end
            if end == size:
                raise stream.error("illegal EOF in scalar")
            c = text[end]
            if c == "\\":
                if BREAK.match(text, end + 1):
                    stream.at += 1
                    broken_by_escape = True
                else:
                    value += _escape(stream)
            elif c == "'" == quote and text.startswith("''", end):
                value += "'"
                stream.at += 2
            else:
                break
            kept = len(value)
            escaped = length + kept
            if broken_by_escape:
                break
        if text[stream.at] == quote:
            stream.at += 1
            parts.append(value)
            break
        value = value[:kept]
        stream.pass_breaks(_end(BREAK, text, stream.at))
        stream.at = _end(_BLANKS, text, stream.at)
        next_empty = text[stream.at : stream.at + 1] in ("\n", "\r")
        if next_empty:
            value += "\n"
        elif not empty and not broken_by_escape:
            value += " "
        empty = next_empty
        parts.append(value)
        length += len(value)
    return _clipped("".join(parts), escaped)


def _escape(stream: Stream) -> str:
    text = stream.text
    if text[stream.at] == "\0" and stream.at < stream.first_break:
        stream.line_start = stream.at + 1
    c = text[stream.at + 1 : stream.at + 2] or "\x04"
    stream.at += 2
    if c in _ESCAPES:
        return _ESCAPES[c]
    if c not in _HEX_DIGITS:
        raise stream.error(f"unknown escape character: {decoded(c)}")
    count = _HEX_DIGITS[c]
    digits = text[stream.at : stream.at + count]
    stream.at += count
    if len(digits) < count or not re.fullmatch(r"[0-9a-fA-F]*", digits):
        raise stream.error("bad character found while scanning hex number")
    code = int(digits, 16)
    if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        raise stream.error(f"invalid unicode: {code}")
    return chr(code).encode("utf-8").decode("latin-1")


def scan_block(stream: Stream, top_indent: int) -> str:
    """A block scalar (`|` or `>`) in a block of `top_indent`."""
    text, size = stream.text, stream.size
    folded = text[stream.at] == ">"
    stream.at += 1
    chomp = ""
    indent = 1
    detect = True
    for c in text[stream.at : _end(_HEADER, text, stream.at)]:
        stream.at += 1
        if c in "+-":
            chomp = c
        elif c == "0":
            raise stream.error("cannot set zero indentation for a block scalar")
        else:
            indent = int(c)
            detect = False
    stream.at = at = _end(_HEADER_REST, text, stream.at)
    if at < size and text[at] not in "\r\n":
        raise stream.error("unexpected character in block scalar")
    indent += max(top_indent, 0)
    parts: list[str] = []
    begun = False  # behind the break that ends the header
    filled = False  # a line that is not empty was seen
    empty = further = folded_further = False
    breaks = 0  # that wait for the next line to decide what they become
    escapes = 0
    while at < size:
        end = _end(_BLOCK_LINE, text, at)
        if end > at:
            filled = begun = True
            parts.append(text[at:end])
            at = end
        if text.startswith("\0", at):
            filled = begun = True
            stream.at = at
            parts.append(_escape(stream))
            escapes = len(parts)
            at = stream.at
            continue
        if at == size or text[at] == "\x04":
            break
        stream.at = at
        stream.pass_breaks(_end(BREAK, text, at))
        at, start = stream.at, stream.line_start
        limit = size if detect and not filled else max(start + indent, at)
        while at < limit and text.startswith(" ", at):
            at += 1
        if detect and not filled:
            indent = max(indent, at - start)
        c = text[at : at + 1]
        column = at - start
        if c == "\t" and column < indent:
            raise stream.error("illegal tab when looking for indentation", at)
        next_empty = c in ("\n", "\r")
        next_further = c in (" ", "\t")
        if folded and breaks == 0 and next_empty:
            folded_further = further
        if begun and not folded:
            parts.append("\n")
        elif begun:
            if not (empty or next_empty or further or next_further or column < indent):
                parts.append(" ")
            elif next_empty:
                breaks += 1
            else:
                parts.append("\n")
            if not next_empty and breaks:
                parts.append("\n" * (breaks - 1 + (folded_further or next_further or not filled)))
                breaks = 0
        empty, further, begun = next_empty, next_further, True
        if not empty and column < indent:
            break
    stream.at = at
    value = "".join(parts)
    escaped = sum(map(len, parts[:escapes])) if escapes else -1
    if chomp == "-":
        return value[: max(len(value.rstrip("\n")), escaped + 1)]
    return value if chomp == "+" else _clipped(value, escaped)


def _clipped(value: str, escaped: int) -> str:
    """At most one line break at the end, and nothing at all where there is nothing else."""
    last = max(len(value.rstrip("\n")) - 1, escaped)
    return value[: last + 2] if last >= 0 else ""


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()
