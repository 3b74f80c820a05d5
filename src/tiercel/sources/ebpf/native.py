"""The kernel's flags in Falco's numbers: what a program gave a call, as the event table tells it.

A translation is rows of (mask, equals, gives): where `value & mask == equals`, the bits of `gives` are set. A flag is a
row with the same mask and equals; one of several values under one mask, a row each. Numbers on the left are those of
x86-64 (include/uapi, asm/unistd), those on the right `tiercel.events.flags`.
"""

from __future__ import annotations

from collections.abc import Mapping

from tiercel.events.flags import FLAGS

Row = tuple[int, int, int]
ALL = (1 << 64) - 1


def _bits(table: str, natives: Mapping[str, int]) -> tuple[Row, ...]:
    """Flags that have the same names on both sides."""
    known = dict(FLAGS[table])
    return tuple((native, native, known[name]) for name, native in natives.items())


def _values(table: str, natives: Mapping[str, int], mask: int = ALL) -> tuple[Row, ...]:
    """Values of which there is one at a time."""
    known = dict(FLAGS[table])
    return tuple((mask, native, known[name]) for name, native in natives.items())


_OPEN = (
    *_values("file_flags", {"O_RDONLY": 0, "O_WRONLY": 1, "O_RDWR": 2}, 3),
    *_bits(
        "file_flags",
        {
            "O_CREAT": 0o100, "O_EXCL": 0o200, "O_TRUNC": 0o1000, "O_APPEND": 0o2000, "O_NONBLOCK": 0o4000,
            "O_DSYNC": 0o10000, "O_DIRECT": 0o40000, "O_LARGEFILE": 0o100000, "O_DIRECTORY": 0o200000,
            "O_CLOEXEC": 0o2000000, "O_SYNC": 0o4010000, "O_TMPFILE": 0o20200000,
        },
    ),
)  # fmt: skip

_CLONE = _bits(
    "clone_flags",
    {
        "CLONE_VM": 0x100, "CLONE_FS": 0x200, "CLONE_FILES": 0x400, "CLONE_SIGHAND": 0x800, "CLONE_PTRACE": 0x2000,
        "CLONE_VFORK": 0x4000, "CLONE_PARENT": 0x8000, "CLONE_THREAD": 0x10000, "CLONE_NEWNS": 0x20000,
        "CLONE_SYSVSEM": 0x40000, "CLONE_SETTLS": 0x80000, "CLONE_PARENT_SETTID": 0x100000,
        "CLONE_CHILD_CLEARTID": 0x200000, "CLONE_UNTRACED": 0x800000, "CLONE_CHILD_SETTID": 0x1000000,
        "CLONE_NEWCGROUP": 0x2000000, "CLONE_NEWUTS": 0x4000000, "CLONE_NEWIPC": 0x8000000,
        "CLONE_NEWUSER": 0x10000000, "CLONE_NEWPID": 0x20000000, "CLONE_NEWNET": 0x40000000, "CLONE_IO": 0x80000000,
    },
)  # fmt: skip

TRANSLATIONS: dict[str, tuple[Row, ...]] = {
    "clone_flags": _CLONE,
    "file_flags": _OPEN,
    "unlinkat_flags": _bits("unlinkat_flags", {"AT_REMOVEDIR": 0x200}),
}
