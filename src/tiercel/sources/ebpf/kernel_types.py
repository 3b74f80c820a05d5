"""Types as BTF describes them: the kernel's (/sys/kernel/btf/vmlinux), a module's on top of them, an object file's.

    kernel = Types(VMLINUX.read_bytes())
    for number in kernel.named("task_struct"): ...

Format: the kernel's Documentation/bpf/btf.rst. A type is a number, 0 is void. The kernel has some 150,000 types; where
each begins is found once (`btf.type_places`), all else is read when it is asked for.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from tiercel.errors import SourceError
from tiercel.sources.ebpf.btf import type_places, types_with_names

POINTER_BYTES = 8
FLAVOR = "___"  # what follows it in a name tells versions of one type apart
_FLAVORED = re.compile(rf"(.*[^_]){FLAVOR}[^_]", re.DOTALL)
_MOST_STEPS = 64  # through typedefs and qualifiers, or arrays in arrays: damaged BTF may go round


class Kind(IntEnum):
    VOID, INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, RESTRICT = range(12)
    FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, ENUM64 = range(12, 20)


COMPOSITE = (Kind.STRUCT, Kind.UNION)
ENUMS = (Kind.ENUM, Kind.ENUM64)
TRANSPARENT = (Kind.TYPEDEF, Kind.VOLATILE, Kind.CONST, Kind.RESTRICT, Kind.TYPE_TAG)
_SIZED = (Kind.INT, Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.ENUM64, Kind.FLOAT, Kind.DATASEC)


class Row(NamedTuple):
    """A type's own twelve bytes, opened. `n`: of its members; `rest`: its size in bytes, or the type that
    it refers to."""

    kind: Kind
    name: str
    n: int
    flag: bool
    rest: int


class Member(NamedTuple):
    """Of a structure or union. `bits`: width of a bit field, 0 for all else."""

    name: str
    type: int
    bit_offset: int
    bits: int


class Array(NamedTuple):
    type: int
    length: int


class Integer(NamedTuple):
    signed: bool
    bit_offset: int
    bits: int


class Enumerator(NamedTuple):
    name: str
    value: int


class Types:
    """SourceError where the bytes are no BTF. With `base`, a module's types: its numbers go on where the base's end."""

    def __init__(self, btf: bytes, base: Types | None = None) -> None:
        try:
            self._places = type_places(btf)
            header, _types, _length, start, length = struct.unpack_from("<IIIII", btf, 4)
        except (ValueError, struct.error) as e:
            raise SourceError(f"the kernel's description of its types cannot be read: {e}") from e
        self._btf = btf
        self._base = base
        self._texts = btf[header + start : header + start + length]
        self.first: int = base.end if base else 1
        self.end: int = self.first + len(self._places) // 4
        self._first_text: int = base.text_bytes if base else 0
        self.text_bytes: int = self._first_text + len(self._texts)
        self.row = lru_cache(maxsize=None)(self._row)
        self.members = lru_cache(maxsize=None)(self._members)

    def text(self, at: int) -> str:
        if at < self._first_text and self._base:
            return self._base.text(at)
        at -= self._first_text
        end = self._texts.find(b"\0", at)
        if end < 0:
            raise SourceError("a name in the kernel's description of its types is cut off")
        return self._texts[at:end].decode("utf-8", "replace")

    def named(self, names: Iterable[str]) -> dict[str, list[int]]:
        """By name, the types that have it, their flavors left out (`inode___old` is an `inode`). None of the base's."""
        places: dict[int, str] = {}
        for name in names:
            text = b"\0" + name.encode()
            for ending in (b"\0", FLAVOR.encode()):
                at = self._texts.find(text + ending)
                while at >= 0:
                    end = self._texts.find(b"\0", at + 1)
                    if essential_name(self._texts[at + 1 : end].decode("utf-8", "replace")) == name:
                        places[at + 1 + self._first_text] = name
                    at = self._texts.find(text + ending, at + 1)
        found: dict[str, list[int]] = {}
        for number in types_with_names(self._btf, self._places, places):
            row = self.row(number + self.first)
            found.setdefault(essential_name(row.name), []).append(number + self.first)
        return found

    def _place(self, number: int) -> int:
        if not self.first <= number < self.end:
            raise SourceError(f"the kernel's description of its types names a type {number} that it has not")
        at: int = struct.unpack_from("<I", self._places, 4 * (number - self.first))[0]
        return at

    def _row(self, number: int) -> Row:
        if number == 0:
            return Row(Kind.VOID, "", 0, False, 0)
        if number < self.first and self._base:
            return self._base.row(number)
        name, info, rest = struct.unpack_from("<III", self._btf, self._place(number))
        try:
            kind = Kind(info >> 24 & 31)
        except ValueError:
            raise SourceError(
                f"this kernel describes types in a way that is newer than this program ({number})"
            ) from None
        return Row(kind, self.text(name), info & 0xFFFF, bool(info >> 31), rest)

    def _behind(self, number: int, form: str, count: int = 1) -> list[tuple[int, ...]]:
        if number < self.first and self._base:
            return self._base._behind(number, form, count)
        at, size = self._place(number) + 12, struct.calcsize(form)
        return [struct.unpack_from(form, self._btf, at + size * i) for i in range(count)]

    def _members(self, number: int) -> tuple[Member, ...]:
        row = self.row(number)
        found = []
        for name, kind, offset in self._behind(number, "<III", row.n):
            bits = offset >> 24 if row.flag else 0
            found.append(Member(self.text(name), kind, offset & 0xFFFFFF if row.flag else offset, bits))
        return tuple(found)

    def array(self, number: int) -> Array:
        ((kind, _index, count),) = self._behind(number, "<III")
        return Array(kind, count)

    def integer(self, number: int) -> Integer:
        (((value),),) = self._behind(number, "<I")
        return Integer(bool(value >> 24 & 1), value >> 16 & 0xFF, value & 0xFF)

    def enumerators(self, number: int) -> list[Enumerator]:
        row = self.row(number)
        if row.kind is Kind.ENUM64:
            form = "<IIi" if row.flag else "<III"
            rows = [(name, high << 32 | low) for name, low, high in self._behind(number, form, row.n)]
        else:
            rows = [(r[0], r[1]) for r in self._behind(number, "<Ii" if row.flag else "<II", row.n)]
        return [Enumerator(self.text(name), value) for name, value in rows]

    def parameters(self, number: int) -> list[int]:
        """Types of a function's parameters."""
        return [kind for _name, kind in self._behind(number, "<II", self.row(number).n)]

    def plain(self, number: int) -> int:
        """The type without typedefs, const, volatile and the like."""
        for _ in range(_MOST_STEPS):
            row = self.row(number)
            if row.kind not in TRANSPARENT:
                return number
            number = row.rest
        raise SourceError("types in the kernel's description of its types go round in a circle")

    def size(self, number: int) -> int:
        """Bytes."""
        times = 1
        for _ in range(_MOST_STEPS):
            number = self.plain(number)
            row = self.row(number)
            if row.kind is Kind.PTR:
                return times * POINTER_BYTES
            if row.kind in _SIZED:
                return times * row.rest
            if row.kind is not Kind.ARRAY:
                break
            number, count = self.array(number)
            times *= count
        raise SourceError(f"the kernel's description of its types gives no size for type {number}")


def essential_name(name: str) -> str:
    """Without its flavor."""
    match = _FLAVORED.match(name)
    return match[1] if match else name
