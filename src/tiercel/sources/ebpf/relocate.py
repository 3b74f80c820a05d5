"""CO-RE: fills into a program where the running kernel keeps the fields that it reads.

Kernels from 5.17 on do this themselves while they load a program. Before, it is done here, with the same result: a
program's relocations say which field, type or enumerator (in the object's own types) an instruction is about, the
kernel's types say what that is in this kernel, and the number is put into the instruction.

    relocated = Relocator(Types(VMLINUX.read_bytes()), Types(unit.btf)).relocate(program)

1. *What is meant*: the access "0:3:1" becomes a list of steps, by member name or array index (`_Wish`).
2. *Candidates*: the kernel's types of the same name, flavors left out.
3. *Match*: the steps are walked in each candidate, names looked up also in members without names. A field must be of a
   kind that fits; a candidate in which a step fails is none.
4. *Value*: offset, size, whether there is one, ... All candidates that match must agree.
5. Where none matches, `exists` is 0, and all else becomes a call of a helper that does not exist: the verifier refuses
   it if the program can get there, so a program asks first.

Kinds of relocations and their numbers: the kernel's include/uapi/linux/bpf.h, enum bpf_core_relo_kind.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from tiercel.errors import SourceError
from tiercel.sources.ebpf.kernel_types import (
    COMPOSITE,
    ENUMS,
    Kind,
    Member,
    Types,
    essential_name,
)
from tiercel.sources.ebpf.shapes import MOST_DEPTH, compatible, fields_fit, matches, same_kind

RELOCATION = struct.Struct("<IIII")  # instruction's place in bytes, local type, access string, kind
INSTRUCTION = 8
NO_SUCH_HELPER = 0x0BAD2310  # what the kernel itself puts there, so its log reads the same
_CALL = 0x85
_ALU, _ALU64, _LD, _LDX, _ST, _STX = 4, 7, 0, 1, 2, 3
_LOAD_64 = 0x18
_WIDTHS = {8: 0x18, 4: 0x00, 2: 0x08, 1: 0x10}


class Asks(IntEnum):
    FIELD_OFFSET, FIELD_SIZE, FIELD_EXISTS, FIELD_SIGNED, FIELD_LSHIFT, FIELD_RSHIFT = range(6)
    TYPE_ID_LOCAL, TYPE_ID_TARGET, TYPE_EXISTS, TYPE_SIZE = range(6, 10)
    ENUM_EXISTS, ENUM_VALUE, TYPE_MATCHES = range(10, 13)


_OF_FIELD = range(Asks.FIELD_OFFSET, Asks.FIELD_RSHIFT + 1)
_OF_ENUM = (Asks.ENUM_EXISTS, Asks.ENUM_VALUE)
_EXISTS = (Asks.FIELD_EXISTS, Asks.TYPE_EXISTS, Asks.ENUM_EXISTS, Asks.TYPE_MATCHES)


@dataclass(frozen=True, slots=True)
class _Step:
    """Into member `name` of a structure, whose type is `type`; or, without a name, to element `index`."""

    name: str
    index: int
    type: int


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a relocation is about. `place`: in the object's own types; None where it is no field."""

    root: int
    steps: tuple[_Step, ...]
    place: _Place | None
    enumerator: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """A field: `type` at `bit_offset` from the start. `member` is how the structure tells it, None for an element."""

    type: int
    bit_offset: int
    member: Member | None


@dataclass(frozen=True, slots=True)
class _Answer:
    """The number. For instructions that load or store, the field's size, and whether another can take its place (not
    where a sign would have to be widened). A bit field's numbers need not be those that the compiler put in."""

    value: int
    size: int = 0
    resizable: bool = True
    of_bits: bool = False


class Relocator:
    """Relocates programs of one object file. `modules` gives modules' types; it is asked where the kernel has none of a
    name.
    """

    def __init__(self, kernel: Types, own: Types, modules: Callable[[], Sequence[Types]] = tuple) -> None:
        self._kernel = kernel
        self._own = own
        self._modules = modules
        self._candidates: dict[str, list[tuple[Types, int]]] = {}

    def relocate(self, code: bytes, relocations: bytes) -> bytes:
        """The code with every relocation made. SourceError where one cannot be."""
        rows = list(RELOCATION.iter_unpack(relocations))
        self._find(essential_name(self._own.row(root).name) for _at, root, _access, _asks in rows)
        out = bytearray(code)
        for at, root, access, number in rows:
            asks = Asks(number)
            wish = self._wish(root, self._own.text(access), asks)
            before = _answer(self._own, wish.root, wish.place, wish.enumerator, asks)
            _patch(out, at, before, self._resolved(wish, asks))
        return bytes(out)

    def _find(self, names: Iterable[str]) -> None:
        wanted = set(names) - self._candidates.keys() - {""}
        found = self._kernel.named(wanted)
        self._candidates |= {
            name: [(self._kernel, number) for number in found.get(name, ())] for name in wanted
        }
        elsewhere = [name for name in wanted if not self._candidates[name]]
        for module in self._modules() if elsewhere else ():
            for name, numbers in module.named(elsewhere).items():
                self._candidates[name] += [(module, number) for number in numbers]

    def _wish(self, root: int, access: str, asks: Asks) -> _Wish:
        own = self._own
        numbers = [int(part) for part in access.split(":")]
        if asks in _OF_ENUM:
            enum = own.plain(root)
            return _Wish(enum, (), None, own.enumerators(enum)[numbers[0]].name)
        if asks not in _OF_FIELD:
            return _Wish(root, (), None)
        kind = own.plain(root)
        steps, place = [_Step("", numbers[0], kind)], _Place(kind, numbers[0] * own.size(kind) * 8, None)
        for number in numbers[1:]:
            around = place.type
            row = own.row(around)
            if row.kind in COMPOSITE:
                member = own.members(around)[number]
                place = _member_place(own, place, member)
                if member.name:
                    steps.append(_Step(member.name, 0, around))
            elif row.kind is Kind.ARRAY:
                place = _element_place(own, place, number)
                steps.append(_Step("", number, around))
            else:
                raise SourceError(f"the probe asks for a part of what has none ({row.name} {access})")
        return _Wish(root, tuple(steps), place)

    def _resolved(self, wish: _Wish, asks: Asks) -> _Answer | None:
        """None where no type of the kernel's has it."""
        if asks is Asks.TYPE_ID_LOCAL:
            return _Answer(wish.root)
        answer: _Answer | None = None
        for types, number in self._candidates.get(essential_name(self._own.row(wish.root).name), ()):
            if not same_kind(self._own.row(wish.root).kind, types.row(number).kind):
                continue
            place: _Place | None = None
            if asks in _OF_FIELD:
                place = _walk(self._own, wish, types, number)
                fits = place is not None
            elif asks in _OF_ENUM:
                fits = any(
                    essential_name(e.name) == essential_name(wish.enumerator)
                    for e in types.enumerators(number)
                )
            elif asks is Asks.TYPE_MATCHES:
                fits = matches(self._own, wish.root, types, number)
            else:
                fits = compatible(self._own, wish.root, types, number)
            if not fits:
                continue
            found = _answer(types, number, place, wish.enumerator, asks)
            if answer is not None and answer.value != found.value:
                name = self._own.row(wish.root).name
                raise SourceError(
                    f"the kernel has several types {name}, and the probe cannot tell which is meant"
                )
            answer = answer or found
        return _Answer(0) if answer is None and asks in _EXISTS else answer


def _member_place(types: Types, at: _Place, member: Member) -> _Place:
    return _Place(types.plain(member.type), at.bit_offset + member.bit_offset, member)


def _element_place(types: Types, at: _Place, index: int) -> _Place:
    kind = types.plain(types.array(at.type).type)
    return _Place(kind, at.bit_offset + index * types.size(kind) * 8, None)


def _walk(own: Types, wish: _Wish, types: Types, root: int) -> _Place | None:
    """Where the wished field is in a type of the kernel's."""
    kind = types.plain(root)
    place: _Place | None = _Place(kind, wish.steps[0].index * types.size(kind) * 8, None)
    in_last_member = False  # an array there that tells no length has any
    for step in wish.steps[1:]:
        if place is None:
            return None
        if step.name:
            wanted = next(m for m in _all_members(own, step.type) if m.name == step.name)
            found = _member(types, place, step.name)
            if found is None or not fields_fit(own, wanted.type, types, found[0].type):
                return None
            place, in_last_member = found
        else:
            if types.row(place.type).kind is not Kind.ARRAY:
                return None
            count = types.array(place.type).length
            if step.index >= count and not (in_last_member and count == 0):
                return None
            place, in_last_member = _element_place(types, place, step.index), False
    return place


def _all_members(types: Types, number: int, depth: int = 0) -> Iterator[Member]:
    for member in types.members(number):
        yield member
        inner = types.plain(member.type)
        if not member.name and types.row(inner).kind in COMPOSITE and depth < MOST_DEPTH:
            yield from _all_members(types, inner, depth + 1)


def _member(types: Types, at: _Place, name: str, depth: int = 0) -> tuple[_Place, bool] | None:
    """The member of that name, also of members that have none; and whether it is its structure's last one."""
    if types.row(at.type).kind not in COMPOSITE or depth > MOST_DEPTH:
        return None
    members = types.members(at.type)
    for i, member in enumerate(members):
        place = _member_place(types, at, member)
        if member.name == name:
            return place, i == len(members) - 1
        if not member.name:
            found = _member(types, place, name, depth + 1)
            if found is not None:
                return found
    return None


def _answer(types: Types, root: int, place: _Place | None, enumerator: str, asks: Asks) -> _Answer:
    """What is asked of a type that has it."""
    if asks in _EXISTS:
        return _Answer(1)
    if asks is Asks.TYPE_SIZE:
        return _Answer(types.size(root))
    if asks is Asks.ENUM_VALUE:
        name = essential_name(enumerator)
        return _Answer(next(e.value for e in types.enumerators(root) if essential_name(e.name) == name))
    return _Answer(root) if place is None else _field_answer(types, place, asks)


def _field_answer(types: Types, place: _Place, asks: Asks) -> _Answer:
    row = types.row(place.type)
    size, at = types.size(place.type), place.bit_offset // 8
    bits = place.member.bits if place.member else 0
    if bits:  # the least aligned bytes that hold all of it
        at = at // size * size
        while place.bit_offset + bits > (at + size) * 8:
            size *= 2
            if size > 8:
                raise SourceError("the kernel has a bit field of a kind that the probe cannot read")
            at = place.bit_offset // 8 // size * size
    number = types.integer(place.type) if row.kind is Kind.INT else None
    match asks:
        case Asks.FIELD_OFFSET:
            unsigned = number is not None and not number.signed
            return _Answer(at, size, unsigned or row.kind is Kind.PTR, bool(bits))
        case Asks.FIELD_SIZE:
            return _Answer(size, of_bits=bool(bits))
        case Asks.FIELD_SIGNED:
            return _Answer(int(number.signed if number else row.kind in ENUMS and row.flag))
        case Asks.FIELD_LSHIFT:  # puts the field's highest bit to the top: little endian
            return _Answer(64 - (place.bit_offset + (bits or 8 * size) - 8 * at), of_bits=bool(bits))
    return _Answer(64 - (bits or 8 * size))


def _fits(before: _Answer, after: _Answer) -> bool:
    """Whether an instruction can load or store the one field instead of the other."""
    resizable = before.resizable and after.resizable and after.size in _WIDTHS
    return before.size == after.size or resizable


def _patch(code: bytearray, at: int, before: _Answer, after: _Answer | None) -> None:
    operation, _registers, offset, immediate = struct.unpack_from("<BBhi", code, at)
    kind = operation & 7
    wide = operation == _LOAD_64
    if after is not None and kind in (_LDX, _ST, _STX) and not _fits(before, after):
        after = None
    if after is None:
        for place in (at, at + INSTRUCTION) if wide else (at,):
            struct.pack_into("<BBhi", code, place, _CALL, 0, 0, NO_SUCH_HELPER)
        return
    if kind in (_ALU, _ALU64):
        told = immediate & 0xFFFFFFFF
        struct.pack_into("<I", code, at + 4, after.value & 0xFFFFFFFF)
        expected = before.value & 0xFFFFFFFF
    elif kind in (_LDX, _ST, _STX):
        told, expected = offset, before.value
        if after.value > 0x7FFF:
            raise SourceError("a field of the kernel's lies too far from its structure's start for the probe")
        width = operation & ~0x18 | _WIDTHS[after.size] if after.size != before.size else operation
        struct.pack_into("<BBh", code, at, width, code[at + 1], after.value)
    elif wide:
        told = immediate & 0xFFFFFFFF | struct.unpack_from("<I", code, at + INSTRUCTION + 4)[0] << 32
        expected = before.value & (1 << 64) - 1
        struct.pack_into("<I", code, at + 4, after.value & 0xFFFFFFFF)
        struct.pack_into("<I", code, at + INSTRUCTION + 4, after.value >> 32 & 0xFFFFFFFF)
    else:
        raise SourceError("the probe's object file relocates what cannot be: install tiercel again")
    if told != expected and not before.of_bits:
        raise SourceError(
            "the probe's object file does not hold what its relocations say: install tiercel again"
        )
