"""Parameters of events as bytes: what a capture, and Falco's probes, write for each type of parameter.

| type | value | bytes |
|---|---|---|
| numbers of all kinds | int | as many as the type has, little endian |
| flags | int, or names "O_RDONLY\\|O_CLOEXEC" | the same |
| text, paths | str or bytes | with a NUL at the end |
| BYTEBUF, CHARBUFARRAY | bytes, or a list of str | as they are; each with a NUL at the end |
| SOCKADDR | ("10.0.0.1", 80), or a unix socket's path | family u8, address, port u16 |
| SOCKTUPLE | two of those; for unix sockets (source, destination, path) | family u8, both ends |
| FDLIST | [(fd, events), ...] | count u16, then i64 and i16 each |
| DYN | (layout, int or bytes) | layout u8, then the value |

Bytes are taken as they are for every type but text, and None is an empty parameter.
(Falco libs 0.25.4, event table and fillers)
"""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Callable, Sequence
from typing import Any

from tiercel.events.flags import FLAGS
from tiercel.events.params import SIZES
from tiercel.events.table import DYNAMIC, Param

Address = tuple[str, int] | str

_UNIX, _INET, _INET6 = 1, 2, 10


def encode(param: Param, value: Any) -> bytes:
    """The bytes of a parameter. Raises ValueError where the value is none of the type's."""
    if value is None:
        return b""
    try:
        return _encode(param, value)
    except (AttributeError, TypeError, ValueError, OverflowError, struct.error) as e:
        raise ValueError(f"parameter {param.name} ({param.type}) cannot be {value!r}: {e}") from e


def default(param: Param) -> bytes:
    """What stands for a parameter that is not given: 0 for numbers, empty for all others."""
    return bytes(SIZES.get(param.type, 0))


def _encode(param: Param, value: Any) -> bytes:
    if param.type in _WITH_NUL:
        return _text(value)
    if isinstance(value, bytes):
        return value
    size = SIZES.get(param.type)
    if size is not None:
        return _number(_flags(param.table, value) if isinstance(value, str) else int(value), size)
    if param.type == "DYN":
        return _dynamic(param.table, *value)
    return _ENCODERS[param.type](value)


def _number(value: int, size: int) -> bytes:
    # -1 and 0xffffffff are the same to who reads them.
    if not -(1 << (8 * size - 1)) <= value < 1 << (8 * size):
        raise ValueError(f"does not fit {size} bytes")
    return (value & ((1 << (8 * size)) - 1)).to_bytes(size, "little")


def _flags(table: str, names: str) -> int:
    if table not in FLAGS:
        raise ValueError("has no names")
    known = dict(FLAGS[table])
    value = 0
    for name in filter(None, names.split("|")):
        if name not in known:
            raise ValueError(f"{name} is none of {' '.join(known)}")
        value |= known[name]
    return value


def _text(value: str | bytes) -> bytes:
    raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    return raw.rstrip(b"\0") + b"\0"


def text_list(values: Sequence[str | bytes] | bytes) -> bytes:
    """Strings one after the other, each with a NUL at the end."""
    return values if isinstance(values, bytes) else b"".join(map(_text, values))


def _end(address: tuple[str, int]) -> tuple[int, bytes, bytes]:
    ip = ipaddress.ip_address(address[0])
    return (_INET if ip.version == 4 else _INET6), ip.packed, struct.pack("<H", address[1])


def _socket_address(value: Address) -> bytes:
    if isinstance(value, str):
        return bytes([_UNIX]) + _text(value)
    family, ip, port = _end(value)
    return bytes([family]) + ip + port


def _socket_tuple(value: tuple[Any, ...]) -> bytes:
    if len(value) == 3:
        source, destination, path = value
        return struct.pack("<BQQ", _UNIX, source, destination) + _text(path)
    (family, sip, sport), (other, dip, dport) = map(_end, value)
    if family != other:
        raise ValueError("both ends are of one family")
    return bytes([family]) + sip + sport + dip + dport


def _fd_list(value: Sequence[tuple[int, int]]) -> bytes:
    return struct.pack("<H", len(value)) + b"".join(struct.pack("<qh", fd, events) for fd, events in value)


def _dynamic(table: str, layout: int, value: int | bytes | str) -> bytes:
    kind = DYNAMIC[table][layout][0]
    if kind == "CHARBUF" and not isinstance(value, int):
        return bytes([layout]) + _text(value)
    if isinstance(value, bytes):
        return bytes([layout]) + value
    return bytes([layout]) + _number(int(value), SIZES[kind])


_WITH_NUL = {"CHARBUF", "FSPATH", "FSRELPATH"}

_ENCODERS: dict[str, Callable[[Any], bytes]] = {
    "BYTEBUF": text_list,
    "CHARBUFARRAY": text_list,
    "CHARBUF_PAIR_ARRAY": text_list,
    "SOCKADDR": _socket_address,
    "SOCKTUPLE": _socket_tuple,
    "FDLIST": _fd_list,
}
