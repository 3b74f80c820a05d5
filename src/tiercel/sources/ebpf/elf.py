"""Reads the object files that clang makes for BPF: programs, what they call, and where they point to maps.

    unit = read_object(path.read_bytes())
    unit.programs["call_exit"].code        # with the functions that it calls behind it

ELF64, little endian (the System V ABI); .BTF and .BTF.ext as in the kernel's Documentation/bpf/btf.rst. What clang
leaves open is filled in: sizes and offsets of sections in BTF, where a function of .text comes to lie.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from tiercel.errors import SourceError

INSTRUCTION = 8  # bytes
_LOAD_64, _CALL = 0x18, 0x85
_PSEUDO_CALL = 1
_R_BPF_64_64, _R_BPF_64_32 = 1, 10
_SHT_SYMTAB, _SHT_REL, _SHT_NOBITS = 2, 9, 8
_STT_FUNC = 2
_KIND_DATASEC = 15
# Bytes behind a BTF type's header, by kind: fixed, and for each of `vlen`.
_BTF_TAILS = {
    1: (4, 0), 3: (12, 0), 4: (0, 12), 5: (0, 12), 6: (0, 8), 13: (0, 8), 14: (4, 0), 15: (0, 12), 17: (4, 0),
    19: (0, 12),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MapUse:
    """An instruction (its index in the program) that loads the address of a map."""

    instruction: int
    name: str


@dataclass(frozen=True, slots=True)
class Program:
    """One program, and the functions it calls behind it. `functions`: (instruction, BTF id) of each; `relocations`:
    the kernel's bpf_core_relo records, 16 bytes each, counted from the program's start.
    """

    name: str
    section: str
    code: bytes
    maps: tuple[MapUse, ...]
    functions: tuple[tuple[int, int], ...]
    relocations: bytes


@dataclass(frozen=True, slots=True)
class MapSpec:
    """A map as the source declares it (`probe/maps.h`); 0 entries are filled in by who makes it."""

    name: str
    type: int
    key_size: int
    value_size: int
    entries: int
    flags: int


@dataclass(frozen=True, slots=True)
class ObjectFile:
    programs: dict[str, Program]
    maps: dict[str, MapSpec]
    btf: bytes
    license: bytes


@dataclass(slots=True)
class _Section:
    name: str
    type: int
    link: int
    info: int
    data: bytes
    size: int


@dataclass(slots=True)
class _Symbol:
    name: str
    type: int
    section: int
    value: int
    size: int


@dataclass(slots=True)
class _Reader:
    sections: list[_Section]
    symbols: list[_Symbol]
    relocations: dict[int, dict[int, tuple[int, _Symbol]]] = field(default_factory=dict)
    functions: dict[str, list[tuple[int, int]]] = field(default_factory=dict)  # by section: (offset, BTF id)
    core: dict[str, list[bytes]] = field(default_factory=dict)  # by section


def read_object(data: bytes) -> ObjectFile:
    """SourceError where this is no such file."""
    try:
        return _read(data)
    except (struct.error, IndexError, KeyError, ValueError) as e:
        raise SourceError(f"the probe's object file is damaged ({e!r}): install tiercel again") from e


def _read(data: bytes) -> ObjectFile:
    if data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<H", data, 18)[0] != 247:
        raise ValueError("not a 64-bit BPF object")
    sections = _sections(data)
    reader = _Reader(sections, _symbols(sections))
    for s in sections:
        if s.type == _SHT_REL:
            reader.relocations[s.info] = {
                offset: (info & 0xFFFFFFFF, reader.symbols[info >> 32])
                for offset, info in struct.iter_unpack("<QQ", s.data)
            }
    by_name = {s.name: s for s in sections}
    btf = _finished_btf(reader, by_name[".BTF"].data)
    _read_ext(reader, by_name[".BTF.ext"].data, btf)
    programs = {}
    for symbol in reader.symbols:
        section = sections[symbol.section] if 0 < symbol.section < len(sections) else None
        if symbol.type == _STT_FUNC and section is not None and section.name != ".text":
            programs[symbol.name] = _program(reader, symbol)
    return ObjectFile(programs, _maps(reader), btf, by_name["license"].data)


def _string(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode()


def _sections(data: bytes) -> list[_Section]:
    (start,) = struct.unpack_from("<Q", data, 40)
    size, count, names = struct.unpack_from("<HHH", data, 58)
    rows = [struct.unpack_from("<IIQQQQIIQQ", data, start + i * size) for i in range(count)]
    texts = data[rows[names][4] :]
    return [
        _Section(
            _string(texts, name),
            kind,
            link,
            info,
            b"" if kind == _SHT_NOBITS else data[offset : offset + length],
            length,
        )
        for name, kind, _flags, _address, offset, length, link, info, _align, _entry in rows
    ]


def _symbols(sections: list[_Section]) -> list[_Symbol]:
    table = next(s for s in sections if s.type == _SHT_SYMTAB)
    texts = sections[table.link].data
    return [
        _Symbol(_string(texts, name), info & 15, section, value, size)
        for name, info, _other, section, value, size in struct.iter_unpack("<IBBHQQ", table.data)
    ]


def _btf_types(btf: bytes) -> Iterator[tuple[int, int, int, int]]:
    """(offset, offset of its name, kind, number of members) of each type, from id 1 on."""
    header, start, length = struct.unpack_from("<III", btf, 4)
    at = header + start
    end = at + length
    while at < end:
        name, info, _size = struct.unpack_from("<III", btf, at)
        kind, members = info >> 24 & 31, info & 0xFFFF
        yield at, name, kind, members
        fixed, each = _BTF_TAILS.get(kind, (0, 0))
        at += 12 + fixed + each * members


def _btf_strings(btf: bytes) -> bytes:
    header, _types, _length, start, length = struct.unpack_from("<IIIII", btf, 4)
    return btf[header + start : header + start + length]


def _finished_btf(reader: _Reader, btf: bytes) -> bytes:
    """With the sizes of data sections and the places of variables in them, which only the symbols tell."""
    out = bytearray(btf)
    texts = _btf_strings(btf)
    types = list(_btf_types(btf))
    sections = {s.name: (i, s) for i, s in enumerate(reader.sections)}
    places = {(s.section, s.name): s.value for s in reader.symbols}
    for at, name, kind, members in types:
        if kind != _KIND_DATASEC:
            continue
        number, section = sections[_string(texts, name)]
        struct.pack_into("<I", out, at + 8, section.size)
        rows = []
        for i in range(members):
            variable, _offset, size = struct.unpack_from("<III", btf, at + 12 + 12 * i)
            text = _string(texts, types[variable - 1][1])
            rows.append((places[number, text], variable, size))
        for i, (offset, variable, size) in enumerate(sorted(rows)):
            struct.pack_into("<III", out, at + 12 + 12 * i, variable, offset, size)
    return bytes(out)


def _read_ext(reader: _Reader, ext: bytes, btf: bytes) -> None:
    texts = _btf_strings(btf)
    header, functions, n_functions, _lines, _n_lines, core, n_core = struct.unpack_from("<IIIIIII", ext, 4)

    def rows(start: int, length: int) -> Iterator[tuple[str, bytes]]:
        at = header + start
        end = at + length
        if length:
            (size,) = struct.unpack_from("<I", ext, at)
            at += 4
            while at < end:
                name, count = struct.unpack_from("<II", ext, at)
                at += 8
                for _ in range(count):
                    yield _string(texts, name), ext[at : at + size]
                    at += size

    for section, row in rows(functions, n_functions):
        offset, type_id = struct.unpack_from("<II", row)
        reader.functions.setdefault(section, []).append((offset, type_id))
    for section, row in rows(core, n_core):
        reader.core.setdefault(section, []).append(row[:16])


def _program(reader: _Reader, main: _Symbol) -> Program:
    """The function and all that it calls, one behind the other."""
    code = bytearray()
    maps: list[MapUse] = []
    functions: list[tuple[int, int]] = []
    relocations = bytearray()
    placed: dict[tuple[int, int], int] = {}  # section and offset of a function: its first instruction here
    calls: list[tuple[int, tuple[int, int]]] = []
    todo = [main]
    starts = {(s.section, s.value): s for s in reader.symbols if s.type == _STT_FUNC}
    while todo:
        function = todo.pop(0)
        key = (function.section, function.value)
        if key in placed:
            continue
        section = reader.sections[function.section]
        base = len(code) // INSTRUCTION
        placed[key] = base
        first, last = function.value, function.value + function.size
        code += section.data[first:last]
        shift = base * INSTRUCTION - first
        moved = reader.relocations.get(function.section, {})
        for offset in range(first, last, INSTRUCTION):
            at = offset + shift
            operation, registers, _off, immediate = struct.unpack_from("<BBhi", code, at)
            relocation = moved.get(offset)
            if operation == _LOAD_64 and relocation is not None:
                maps.append(MapUse(at // INSTRUCTION, relocation[1].name))
            elif operation == _CALL and registers >> 4 == _PSEUDO_CALL:
                if relocation is not None:  # into another section: symbol and, from its start, instructions
                    symbol = relocation[1]
                    callee = (symbol.section, symbol.value + (immediate + 1) * INSTRUCTION)
                    if symbol.type == _STT_FUNC:
                        callee = (symbol.section, symbol.value)
                else:
                    callee = (function.section, offset + (immediate + 1) * INSTRUCTION)
                calls.append((at, callee))
                todo.append(starts[callee])
        functions += [
            ((offset + shift) // INSTRUCTION, type_id)
            for offset, type_id in reader.functions.get(section.name, ())
            if first <= offset < last
        ]
        for row in reader.core.get(section.name, ()):
            offset, *rest = struct.unpack("<IIII", row)
            if first <= offset < last:
                relocations += struct.pack("<IIII", offset + shift, *rest)
    for at, callee in calls:
        struct.pack_into("<i", code, at + 4, placed[callee] - at // INSTRUCTION - 1)
    return Program(
        main.name,
        reader.sections[main.section].name,
        bytes(code),
        tuple(maps),
        tuple(functions),
        bytes(relocations),
    )


def _maps(reader: _Reader) -> dict[str, MapSpec]:
    number = next(i for i, s in enumerate(reader.sections) if s.name == "maps")
    data = reader.sections[number].data
    return {
        s.name: MapSpec(s.name, *struct.unpack_from("<IIIII", data, s.value))
        for s in reader.symbols
        if s.section == number and s.name
    }
