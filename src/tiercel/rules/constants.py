"""Whether a constant can be compared with a field, by the field's type. Text as Falco words it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable

from tiercel.rules.fields import NUMBER

# The bytes that a constant may take, its end mark included.
_ROOM = 256
_MAX_DIGITS = 64

_NUMBERS = frozenset((
    "INT8", "INT16", "INT32", "INT64", "FD", "ERRNO", "PID", "L4PROTO", "FLAGS8", "UINT8", "ENUMFLAGS8",
    "FLAGS16",
    "UINT16", "ENUMFLAGS16", "FLAGS32", "UINT32", "MODE", "ENUMFLAGS32", "UID", "GID", "UINT64", "RELTIME",
    "ABSTIME",
    "DOUBLE",
))  # fmt: skip
_TEXTS = frozenset(("CHARBUF", "SOCKADDR", "SOCKTUPLE", "SOCKFAMILY", "FSPATH", "FSRELPATH"))
# Numbers of the types that have no reading of constants.
_UNREADABLE = {
    "NONE": 0, "FDLIST": 16, "SYSCALLID": 18, "SIGTYPE": 19, "DYN": 27, "SIGSET": 34, "CHARBUFARRAY": 35,
    "CHARBUF_PAIR_ARRAY": 36, "FD32": 47, "PID32": 48,
}  # fmt: skip

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")


def flaw(text: str, type_name: str) -> str:
    """What is wrong with a constant of that type; empty where nothing is."""
    if type_name in _TEXTS:
        return _text(text)
    if type_name in _NUMBERS:
        return _number(text)
    check = _CHECKS.get(type_name)
    if check is None:
        return f"wrong parameter type {_UNREADABLE.get(type_name, -1)}"
    return check(text)


def is_hex(text: str) -> bool:
    """Whether a text is bytes in hexadecimal, as `bcontains` wants them."""
    return _HEX.fullmatch(text) is not None


def _text(text: str) -> str:
    if len(text) < _ROOM // 4:
        return ""
    size = len(text.encode("utf-8", "surrogateescape").split(b"\0", 1)[0]) + 1
    if size > _ROOM:
        return f"filter parameter too long (used={size}, available={_ROOM}):{text}"
    return ""


def _number(text: str) -> str:
    return "" if _as_number(text) is not None else f"{text} is not a valid number"


def _as_number(text: str) -> int | None:
    # Python refuses to read numbers of thousands of digits, and nobody writes them.
    return int(text) if len(text) <= _MAX_DIGITS and NUMBER.fullmatch(text) else None


def _bytes(text: str) -> str:
    return (
        "filter parameter too long (byte buf)"
        if len(text.encode("utf-8", "surrogateescape")) >= _ROOM
        else ""
    )


def _bool(text: str) -> str:
    return "" if text in ("true", "false") else f"filter error: unrecognized boolean value {text}"


def _port(text: str) -> str:
    if not text:
        return ""
    if text.isascii() and text.isdigit():
        number = _as_number(text)
        return "" if number is not None and number < 1 << 31 else f"{text} is not a valid number"
    try:
        socket.getservbyname(text)
    except (OSError, ValueError):
        return f"unrecognized protocol {text}"
    return ""


def _is_address(family: int, text: str) -> bool:
    try:
        socket.inet_pton(family, text)
    except (OSError, ValueError):
        return False
    return True


def _ipv4(text: str) -> str:
    return "" if _is_address(socket.AF_INET, text) else f"unrecognized IPv4 address {text}"


def _ipv6(text: str) -> str:
    return "" if _is_address(socket.AF_INET6, text) else f"unrecognized IPv6 address {text}"


def _ip(text: str) -> str:
    return _ipv4(text) if "." in text else _ipv6(text)


def _ipv4_net(text: str) -> str:
    if "/" not in text:
        return f"unrecognized IP network {text}"
    address, _, mask = text.partition("/")
    mask = mask.split("\n", 1)[0]
    if not _is_address(socket.AF_INET, address):
        return f"unrecognized IP address {text}"
    bits = _as_number(mask)
    if bits is None:
        return f"{mask} is not a valid number"
    return "" if bits & 0xFF <= 32 else f"invalid netmask {mask}"


def _ipv6_net(text: str) -> str:
    if "/" not in text:
        return f"invalid v6 netmask: {text}"
    address, _, mask = text.partition("/")
    mask = mask.split("\n", 1)[0]
    if not _is_address(socket.AF_INET6, address):
        return f"unrecognized IPv6 address {text}"
    bits = _as_number(mask)
    if bits is None:
        return f"{mask} is not a valid number"
    return "" if 1 <= bits & 0xFF <= 128 else f"invalid v6 netmask {mask}"


def _ip_net(text: str) -> str:
    return _ipv4_net(text) if "." in text else _ipv6_net(text)


_CHECKS: dict[str, Callable[[str], str]] = {
    "BYTEBUF": _bytes,
    "BOOL": _bool,
    "PORT": _port,
    "IPV4ADDR": _ipv4,
    "IPV6ADDR": _ipv6,
    "IPADDR": _ip,
    "IPV4NET": _ipv4_net,
    "IPV6NET": _ipv6_net,
    "IPNET": _ip_net,
}
