"""Types of event parameters: numbers, sizes, and how each is usually printed (libs 0.25.4, PT_* and PF_*)."""

from __future__ import annotations

_TYPES = """
NONE INT8 INT16 INT32 INT64 UINT8 UINT16 UINT32 UINT64 CHARBUF BYTEBUF ERRNO SOCKADDR SOCKTUPLE FD PID
FDLIST FSPATH SYSCALLID SIGTYPE RELTIME ABSTIME PORT L4PROTO SOCKFAMILY BOOL IPV4ADDR DYN FLAGS8 FLAGS16
FLAGS32 UID GID DOUBLE SIGSET CHARBUFARRAY CHARBUF_PAIR_ARRAY IPV4NET IPV6ADDR IPV6NET IPADDR IPNET MODE
FSRELPATH ENUMFLAGS8 ENUMFLAGS16 ENUMFLAGS32 FD32 PID32
"""

# A type's number is its place here.
TYPES: tuple[str, ...] = tuple(_TYPES.split())
TYPE_NUMBERS: dict[str, int] = {name: number for number, name in enumerate(TYPES)}

FORMATS: tuple[str, ...] = ("NA", "DEC", "HEX", "10_PADDED_DEC", "ID", "DIR", "OCT")
FORMAT_NUMBERS: dict[str, int] = {name: number for number, name in enumerate(FORMATS)}

# Bytes of a value of a fixed size, as events carry it. All others vary and may be empty.
SIZES: dict[str, int] = {
    "INT8": 1, "INT16": 2, "INT32": 4, "INT64": 8, "UINT8": 1, "UINT16": 2, "UINT32": 4, "UINT64": 8,
    "ERRNO": 8, "FD": 8, "PID": 8, "SYSCALLID": 2, "SIGTYPE": 1, "RELTIME": 8, "ABSTIME": 8, "PORT": 2,
    "L4PROTO": 1, "SOCKFAMILY": 1, "BOOL": 4, "IPV4ADDR": 4, "FLAGS8": 1, "FLAGS16": 2, "FLAGS32": 4,
    "UID": 4, "GID": 4, "DOUBLE": 8, "SIGSET": 4, "MODE": 4, "ENUMFLAGS8": 1, "ENUMFLAGS16": 2,
    "ENUMFLAGS32": 4, "IPV6ADDR": 16, "FD32": 4, "PID32": 4,
}  # fmt: skip

_AS_TEXT = {
    "CHARBUF", "BYTEBUF", "SOCKADDR", "SOCKTUPLE", "FSPATH", "FSRELPATH", "CHARBUFARRAY",
    "CHARBUF_PAIR_ARRAY",
}  # fmt: skip
_AS_HEX = {"FLAGS8", "FLAGS16", "FLAGS32", "PORT", "IPV4ADDR", "IPV6ADDR"}


def usual_format(type_name: str) -> str:
    """The format that the event table leaves out."""
    if type_name in _AS_TEXT:
        return "NA"
    if type_name in _AS_HEX:
        return "HEX"
    return "OCT" if type_name == "MODE" else "DEC"
