"""Finds types in BTF, the kernel's description of its own types, by name: some hundred thousand are looked through."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy

# Bytes behind a type's twelve, by its kind: of the type, and of each of its members. (Documentation/bpf/btf.rst)
cdef int[32] tails = [0, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
cdef int[32] member = [0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def find_types(bytes btf, names) -> dict[str, int]:
    """Ids of the types that have one of these names, by name; the last one where several have. ValueError where this is
    no BTF.
    """
    cdef uint32_t header, start, length, strings, n_strings, at, end, name, info, id = 0
    cdef const uint8_t *p = btf
    cdef uint32_t size = len(btf)
    if size < 24 or btf[:2] != b"\x9f\xeb":
        raise ValueError("not BTF")
    memcpy(&header, p + 4, 4)
    memcpy(&start, p + 8, 4)
    memcpy(&length, p + 12, 4)
    memcpy(&strings, p + 16, 4)
    memcpy(&n_strings, p + 20, 4)
    if header + start + length > size or header + strings + n_strings > size:
        raise ValueError("BTF that is cut off")
    places = {}
    texts = btf[header + strings : header + strings + n_strings]
    for text in names:
        place = texts.find(b"\0" + text.encode() + b"\0")
        if place >= 0:
            places[place + 1] = text
    found = {}
    wanted = sorted(places)
    cdef uint32_t lowest = wanted[0] if wanted else 0xFFFFFFFF
    cdef uint32_t highest = wanted[len(wanted) - 1] if wanted else 0
    at = header + start
    end = at + length
    while at + 12 <= end:
        id += 1
        memcpy(&name, p + at, 4)
        memcpy(&info, p + at + 4, 4)
        if lowest <= name <= highest and name in places:
            found[places[name]] = id
        at += 12 + tails[info >> 24 & 31] + member[info >> 24 & 31] * (info & 0xFFFF)
    return found


def type_places(bytes btf) -> bytes:
    """Where each type begins, from the start of `btf`: uint32 each, the first is that of the first type. ValueError where
    this is no BTF.
    """
    cdef uint32_t header, start, length, at, end, info, n = 0, room
    cdef const uint8_t *p = btf
    cdef uint32_t size = len(btf)
    if size < 24 or btf[:2] != b"\x9f\xeb":
        raise ValueError("not BTF")
    memcpy(&header, p + 4, 4)
    memcpy(&start, p + 8, 4)
    memcpy(&length, p + 12, 4)
    if <uint64_t> header + start + length > size:
        raise ValueError("BTF that is cut off")
    room = length // 12
    places = bytearray(4 * room)
    cdef uint8_t *out = places
    at = header + start
    end = at + length
    while at + 12 <= end and n < room:
        memcpy(out + 4 * n, &at, 4)
        n += 1
        memcpy(&info, p + at + 4, 4)
        at += 12 + tails[info >> 24 & 31] + member[info >> 24 & 31] * (info & 0xFFFF)
    if at != end:
        raise ValueError("BTF whose types are cut off")
    return bytes(places[: 4 * n])


def types_with_names(bytes btf, bytes places, names) -> list[int]:
    """Numbers (0 is the first in `places`) of the types whose name is at one of these places among the strings."""
    cdef const uint8_t *p = btf
    cdef const uint8_t *q = places
    cdef uint32_t i, at, name, n = len(places) // 4, size = len(btf)
    wanted = set(names)
    cdef uint32_t lowest = min(wanted) if wanted else 0xFFFFFFFF
    cdef uint32_t highest = max(wanted) if wanted else 0
    found = []
    for i in range(n):
        memcpy(&at, q + 4 * i, 4)
        if at + 4 > size:
            raise ValueError("a place outside of the BTF")
        memcpy(&name, p + at, 4)
        if lowest <= name <= highest and name in wanted:
            found.append(i)
    return found
