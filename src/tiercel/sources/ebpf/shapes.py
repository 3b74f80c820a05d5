"""Whether a type as a program tells it and one of the kernel's are alike: three questions, from loose to strict.

`fields_fit`: can a field be read as the program means it? `compatible`: is it the same kind of type? `matches`: does
all that the program says of it hold? Names are compared without flavors.
"""

from __future__ import annotations

from tiercel.sources.ebpf.kernel_types import COMPOSITE, ENUMS, Kind, Types, essential_name

MOST_DEPTH = 32  # of types in types: damaged ones may go round


def same_kind(one: Kind, other: Kind) -> bool:
    return one is other or (one in ENUMS and other in ENUMS)


def fields_fit(own: Types, a: int, types: Types, b: int) -> bool:
    """Whether a field of the kernel's can be read as the program means it: the same kind of thing."""
    for _ in range(MOST_DEPTH):
        a, b = own.plain(a), types.plain(b)
        one, other = own.row(a), types.row(b)
        if one.kind in COMPOSITE and other.kind in COMPOSITE:
            return True
        if not same_kind(one.kind, other.kind):
            return False
        if one.kind is Kind.ARRAY:
            a, b = own.array(a).type, types.array(b).type
            continue
        if one.kind is Kind.FWD or one.kind in ENUMS:
            names = essential_name(one.name), essential_name(other.name)
            return names[0] == names[1] or "" in names
        if one.kind is Kind.INT:
            return own.integer(a).bit_offset == 0 and types.integer(b).bit_offset == 0
        return one.kind in (Kind.PTR, Kind.FLOAT)
    return False


def compatible(own: Types, a: int, types: Types, b: int, depth: int = 0) -> bool:
    """Whether two types of one name are the same kind of type, as far as pointers, arrays and functions go."""
    a, b = own.plain(a), types.plain(b)
    one, other = own.row(a), types.row(b)
    if depth > MOST_DEPTH or not same_kind(one.kind, other.kind):
        return False
    match one.kind:
        case Kind.VOID | Kind.STRUCT | Kind.UNION | Kind.ENUM | Kind.ENUM64 | Kind.FWD:
            return True
        case Kind.INT:
            return own.integer(a).bit_offset == 0 and types.integer(b).bit_offset == 0
        case Kind.PTR:
            return compatible(own, one.rest, types, other.rest, depth + 1)
        case Kind.ARRAY:
            return compatible(own, own.array(a).type, types, types.array(b).type, depth + 1)
        case Kind.FUNC_PROTO:
            pairs = [(one.rest, other.rest), *zip(own.parameters(a), types.parameters(b), strict=False)]
            return one.n == other.n and all(compatible(own, x, types, y, depth + 1) for x, y in pairs)
    return False


def matches(
    own: Types, a: int, types: Types, b: int, *, behind_pointer: bool = False, depth: int = 0
) -> bool:
    """Whether all that the program says of a type holds for the kernel's: every member, every enumerator."""
    a, b = own.plain(a), types.plain(b)
    one, other = own.row(a), types.row(b)
    if depth > MOST_DEPTH or essential_name(one.name) != essential_name(other.name):
        return False

    def go_on(x: int, y: int, behind: bool) -> bool:
        return matches(own, x, types, y, behind_pointer=behind, depth=depth + 1)

    if behind_pointer and Kind.FWD in (one.kind, other.kind):
        forward, whole = (one, other) if one.kind is Kind.FWD else (other, one)
        return whole.kind is Kind.FWD or whole.kind is (Kind.UNION if forward.flag else Kind.STRUCT)
    if not same_kind(one.kind, other.kind):
        return False
    match one.kind:
        case Kind.VOID:
            return True
        case Kind.FWD:
            return one.flag == other.flag
        case Kind.ENUM | Kind.ENUM64:
            has = {essential_name(e.name) for e in types.enumerators(b)}
            return one.rest == other.rest and all(essential_name(e.name) in has for e in own.enumerators(a))
        case Kind.STRUCT | Kind.UNION:
            if behind_pointer:
                return True
            theirs_all = types.members(b)
            return all(
                any(m.name == n.name and go_on(m.type, n.type, behind_pointer) for n in theirs_all)
                for m in own.members(a)
            )
        case Kind.INT:
            return one.rest == other.rest and own.integer(a).signed == types.integer(b).signed
        case Kind.FLOAT:
            return one.rest == other.rest
        case Kind.PTR:
            return go_on(one.rest, other.rest, True)
        case Kind.ARRAY:
            mine, theirs = own.array(a), types.array(b)
            return mine.length == theirs.length and go_on(mine.type, theirs.type, behind_pointer)
        case Kind.FUNC_PROTO:
            pairs = [*zip(own.parameters(a), types.parameters(b), strict=False), (one.rest, other.rest)]
            return one.n == other.n and all(go_on(x, y, behind_pointer) for x, y in pairs)
    return False
