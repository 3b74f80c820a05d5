"""Protocol buffers, as far as runtimes need them: messages as dictionaries, by tables of field numbers.

A table `{number: Field(name, kind)}` names the fields that are read; all others are skipped. What is absent is
absent from the dictionary, but for lists and maps, which are always there. (Encoding: protobuf.dev, "Encoding".)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tiercel.sources.containers.answers import MAX_ITEMS, AnswerError, clean

Kind = Literal["text", "bytes", "int", "bool", "message", "map"]
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5


@dataclass(frozen=True, slots=True)
class Field:
    """`map` is one of texts to texts. `table` is that of a message."""

    name: str
    kind: Kind
    table: Mapping[int, Field] | None = None
    many: bool = False


Table = Mapping[int, Field]


def encode(table: Table, message: Mapping[str, Any]) -> bytes:
    """The bytes of a message of texts, whole numbers that are not negative, flags, messages and lists of those."""
    out = bytearray()
    for number, field in table.items():
        value = message.get(field.name)
        if value is None:
            continue
        for one in value if field.many else (value,):
            if field.kind in ("int", "bool"):
                out += _varint(number << 3 | VARINT) + _varint(int(one))
                continue
            if field.kind == "message":
                data = encode(field.table or {}, one)
            else:
                data = one.encode() if isinstance(one, str) else bytes(one)
            out += _varint(number << 3 | LENGTH) + _varint(len(data)) + data
    return bytes(out)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


_MAP: Table = {1: Field("key", "text"), 2: Field("value", "text")}


def decode(table: Table, data: bytes) -> dict[str, Any]:
    """The message. Raises AnswerError where the bytes are none."""
    message: dict[str, Any] = {}
    for field in table.values():
        if field.many:
            message[field.name] = []
        elif field.kind == "map":
            message[field.name] = {}
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        wire = key & 7
        if wire == VARINT:
            number, at = _read_varint(data, at)
            _put(message, table.get(key >> 3), wire, number)
        elif wire in (LENGTH, FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
            if wire == LENGTH:
                size, at = _read_varint(data, at)
            if size > len(data) - at:
                raise AnswerError("a message that breaks off")
            if wire == LENGTH:
                _put(message, table.get(key >> 3), wire, data[at : at + size])
            at += size
        else:
            raise AnswerError(f"no message: wire type {wire}")
    return message


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (1 << 64) - 1, at
        shift += 7
    raise AnswerError("a number that breaks off")


def _put(message: dict[str, Any], field: Field | None, wire: int, value: Any) -> None:
    if field is None:
        return
    if wire != (VARINT if field.kind in ("int", "bool") else LENGTH):
        raise AnswerError(f"{field.name} is of another type")
    if field.kind == "int":
        value = value - (1 << 64) if value >> 63 else value
    elif field.kind == "bool":
        value = bool(value)
    elif field.kind == "text":
        value = clean(value.decode("utf-8", "replace"))
    elif field.kind == "message":
        value = decode(field.table or {}, value)
    elif field.kind == "map":
        pair = decode(_MAP, value)
        if len(message[field.name]) < MAX_ITEMS:
            message[field.name][pair.get("key", "")] = pair.get("value", "")
        return
    if not field.many:
        message[field.name] = value
    elif len(message[field.name]) < MAX_ITEMS:
        message[field.name].append(value)
