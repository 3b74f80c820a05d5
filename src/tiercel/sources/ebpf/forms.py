"""What each system call becomes: the event, and where each of its parameters comes from.

A row, and below it one source for each parameter of the event table:

    number  call  EVENT [what else to gather]
        source source ...

| source | is |
|---|---|
| `result` | what the call returned |
| `arg2`, `int2` | argument 2: all of it, or its lower 32 bits with their sign |
| `text1` | the string that argument 1 points to |
| `path`, `path0` | the true path of the returned descriptor, or of the one in argument 0 |
| `dev`, `ino`, `ino0`, ... | facts of that file |
| `address` | the sockaddr that the call was given, or gave back |
| `tuple_out0`, `tuple_in` | the ends of the socket in argument 0, or returned: its own first, or last |
| `queue_percent0`, `backlog0`, `max_backlog0` | how full a listening socket's queue is |
| `data` | the bytes that were read or written |
| `memory1+8:4` | four bytes at offset 8 of the structure that argument 1 points to |
| `bytes1` | that structure |
| `file_flags2`, `create_flags` | Falco's flags of an opened file, those of the argument and what the kernel knows |
| `process` | all parameters, out of facts of the caller (`process_decode.pyx`) |
| `=5` | the number 5 |
| `-` | nothing: an empty parameter |

`/name` behind a number translates flags (`native.py`). What else to gather:

| | |
|---|---|
| `address:1,2` | a sockaddr: pointer and size; `,2*`: the size is behind a pointer; `,msg`: in a msghdr |
| `data:1,2` | bytes: pointer and size; `,r`: as many as the call returned |
| `data:1,vec2`, `data:1,msg`, `data:1,mmsg` | vectors (argument 2 says how many), msghdr, mmsghdr |
| `memory:1,16` | a structure of 16 bytes |
| `socket:0`, `file:0` | facts of a descriptor that no source names |
| `process` | facts of the caller of a call that makes processes; not told where it returns 0: that is the child's |
| `exec:1` | the same of one that runs a program and failed: arguments 1 and 2 are that program's and its environment |
| `folder` | the working directory, after a call that succeeded |
| `state` | goes into the ring that is lost last |

The layouts are Falco libs 0.25.4's; the numbers of calls those of x86-64.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from tiercel.errors import SourceError
from tiercel.events.params import SIZES
from tiercel.events.table import CODES, EVENTS
from tiercel.sources.ebpf.decode import TRANSLATION_NUMBERS, Getter, set_form
from tiercel.sources.loss import LOSS_CLASSES

NO_PLACE, OF_RESULT = 255, 6
PLAIN, SIZE_BEHIND_POINTER, IN_MESSAGE, IN_VECTOR, IN_MESSAGES = range(5)
PROCESS_MADE = 1
WANT_SUCCESS, WANT_FAILURE, WANT_STATE, WANT_FOLDER = 1, 2, 4, 8
PLAN = struct.Struct("<17B7x")

ROWS = """
0 read READ_X data:1,r
    result data int0 arg2
1 write WRITE_X data:1,r
    result data int0 arg2
2 open OPEN_X
    result text0 file_flags1/file_flags arg2 dev ino
3 close CLOSE_X
    result int0
32 dup DUP_1_X
    result int0
33 dup2 DUP2_X
    result int0 int1
41 socket SOCKET_X
    result arg0 arg1 arg2 =0
42 connect CONNECT_X address:1,2
    result tuple_out0 int0 address
43 accept ACCEPT_5_X
    result tuple_in queue_percent0 backlog0 max_backlog0
80 chdir CHDIR_X folder
    result text0
81 fchdir FCHDIR_X folder
    result int0
85 creat CREAT_X
    result text0 arg1 dev ino create_flags
56 clone CLONE_20_X process
    process
57 fork FORK_20_X process
    process
58 vfork VFORK_20_X process
    process
59 execve EXECVE_19_X exec:1
    process
257 openat OPENAT_2_X
    result int0 text1 file_flags2/file_flags arg3 dev ino
288 accept4 ACCEPT4_6_X
    result tuple_in queue_percent0 backlog0 max_backlog0 =0
322 execveat EXECVEAT_X exec:2
    process
435 clone3 CLONE3_X process memory:0,88
    process
437 openat2 OPENAT2_X memory:2,24
    result int0 text1 file_flags2+0:8/file_flags memory2+8:4 memory2+16:4 dev ino
"""

# Offsets and widths of fields of struct file_facts and socket_facts (probe/probe.h).
_FILE = {
    "ino": (0, 8), "real_ino": (8, 8), "ctime": (16, 8), "mtime": (24, 8), "size": (32, 8), "dev": (40, 4),
    "real_dev": (44, 4), "mode": (48, 4), "links": (52, 4),
}  # fmt: skip
_SOCKET = {"backlog": (72, 4), "max_backlog": (76, 4)}

# Classes of loss in the probe's order (probe/probe.h, enum loss), and the calls that count as one of them; the rest is
# "other_interest".
LOSSES = tuple(LOSS_CLASSES)[:9]
_LOSS_OF = {
    "clone_fork": "clone clone3 fork vfork",
    "execve": "execve execveat",
    "connect": "connect",
    "open": "creat open openat openat2 open_by_handle_at",
    "dir_file": "link linkat symlink symlinkat rename renameat renameat2 unlink unlinkat mkdir mkdirat rmdir mknod"
    " mknodat chmod fchmod fchmodat fchmodat2 chown fchown fchownat lchown",
    "close": "close",
}
_LOSS_BY_CALL = {call: LOSSES.index(name) for name, calls in _LOSS_OF.items() for call in calls.split()}

_SOURCE = re.compile(r"([a-z_]+|=|-)(-?\d+)?(?:\+(\d+):(\d+))?(?:/(\w+))?$")


@dataclass(slots=True)
class Plan:
    """What the probe gathers of a call; `probe/probe.h`, struct plan."""

    wanted: int = 0
    strings: int = 0
    file: int = NO_PLACE
    socket: int = NO_PLACE
    address: tuple[int, int, int] = (NO_PLACE, 0, PLAIN)
    data: tuple[int, int, int] = (NO_PLACE, 0, PLAIN)
    memory: list[tuple[int, int]] = field(default_factory=list)
    process: int = 0
    second_file: int = NO_PLACE
    loss: int = LOSSES.index("other_interest")

    def pack(self, wanted: bool) -> bytes:
        want = self.wanted | WANT_SUCCESS | WANT_FAILURE if wanted else 0
        (m0, n0), (m1, n1), *_ = [*self.memory, (NO_PLACE, 0), (NO_PLACE, 0)]
        return PLAN.pack(
            want, self.strings, self.file, self.socket, *self.address, *self.data, m0, m1, n0, n1,
            self.process, self.second_file, self.loss,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that becomes an event of type `code`."""

    nr: int
    name: str
    code: int
    plan: Plan


def _place(text: str | None) -> int:
    return OF_RESULT if text is None else int(text)


def _step(source: str, size: int, plan: Plan) -> tuple[int, int, int, int, int, int, int]:
    match = _SOURCE.match(source)
    if match is None:
        raise ValueError(f"no such source: {source}")
    name, number, offset_text, width_text, translation = match.groups()
    table = TRANSLATION_NUMBERS[translation] if translation else 0
    place = _place(number)
    offset, width = int(offset_text or 0), int(width_text or 0)
    simple = {
        "result": Getter.GET_RESULT, "arg": Getter.GET_ARGUMENT, "int": Getter.GET_INT_ARGUMENT,
        "address": Getter.GET_ADDRESS, "-": Getter.GET_NOTHING,
    }  # fmt: skip
    constant = 0
    if name in simple:
        getter = simple[name]
    elif name == "=":
        getter, constant = Getter.GET_CONSTANT, int(number)
        place = 0
    elif name == "text":
        getter = Getter.GET_TEXT
        plan.strings |= 1 << place
    elif name == "path" or name in _FILE:
        getter = Getter.GET_PATH if name == "path" else Getter.GET_FILE
        offset, width = _FILE.get(name, (0, 0))
        if plan.file not in (NO_PLACE, place):
            plan.second_file = place
        else:
            plan.file = place
    elif name in ("tuple_out", "tuple_in", "queue_percent") or name in _SOCKET:
        getter = {
            "tuple_out": Getter.GET_TUPLE_OUT, "tuple_in": Getter.GET_TUPLE_IN,
            "queue_percent": Getter.GET_QUEUE_PERCENT,
        }.get(name, Getter.GET_SOCKET)  # fmt: skip
        offset, width = _SOCKET.get(name, (0, 0))
        if plan.socket not in (NO_PLACE, place):
            plan.second_file = place  # the queue of the listening socket, beside the accepted one
        else:
            plan.socket = place
    elif name == "data":
        getter, place = Getter.GET_DATA, plan.data[0]
    elif name == "memory":
        getter = Getter.GET_MEMORY
    elif name == "bytes":
        getter = Getter.GET_MEMORY_BYTES
    elif name == "file_flags":
        getter = Getter.GET_FILE_FLAGS
        plan.file = OF_RESULT
    elif name == "create_flags":
        getter = Getter.GET_CREATE_FLAGS
        plan.file = OF_RESULT
    else:
        raise ValueError(f"no such source: {source}")
    return int(getter), place, size, table, offset, width, constant


def _extra(text: str, plan: Plan) -> None:
    name, _, rest = text.partition(":")
    parts = rest.split(",")
    if name == "state":
        plan.wanted |= WANT_STATE
    elif name == "folder":
        plan.wanted |= WANT_FOLDER
    elif name == "address":
        if parts[1] == "msg":
            plan.address = (int(parts[0]), 0, IN_MESSAGE)
        else:
            behind = parts[1].endswith("*")
            plan.address = (
                int(parts[0]),
                int(parts[1].rstrip("*")),
                SIZE_BEHIND_POINTER if behind else PLAIN,
            )
    elif name == "data":
        where, how = int(parts[0]), parts[1]
        if how == "r":
            plan.data = (where, OF_RESULT, PLAIN)
        elif how.startswith("vec"):
            plan.data = (where, int(how[3:]), IN_VECTOR)
        elif how in ("msg", "mmsg"):
            plan.data = (where, OF_RESULT, IN_MESSAGE if how == "msg" else IN_MESSAGES)
        else:
            plan.data = (where, int(how), PLAIN)
    elif name == "memory":
        plan.memory.append((int(parts[0]), int(parts[1])))
    elif name == "process":
        plan.process = PROCESS_MADE
    elif name == "exec":
        plan.process = int(parts[0]) + 1
        plan.strings |= 1 << (int(parts[0]) - 1)
    elif name == "socket":
        plan.socket = int(parts[0])
    elif name == "file":
        plan.file = int(parts[0])
    else:
        raise ValueError(f"no such thing to gather: {text}")


def _read() -> dict[int, Call]:
    calls: dict[int, Call] = {}
    lines = [line for line in ROWS.splitlines() if line.strip()]
    for head, sources in zip(lines[::2], lines[1::2], strict=True):
        number, name, symbol, *extras = head.split()
        code = CODES[symbol]
        plan = Plan(loss=_LOSS_BY_CALL.get(name, LOSSES.index("other_interest")))
        try:
            for extra in extras:
                _extra(extra, plan)
            params = EVENTS[code].params
            steps = (
                [
                    _step(source, SIZES.get(param.type, 0), plan)
                    for source, param in zip(sources.split(), params, strict=True)
                ]
                if sources.split() != ["process"]
                else [(int(Getter.GET_PROCESS), 0, 0, 0, 0, 0, 0)]
            )
        except (ValueError, KeyError) as e:
            raise SourceError(f"the form of {name} is wrong: {e}") from e
        set_form(int(number), code, steps)
        calls[int(number)] = Call(int(number), name, code, plan)
    return calls


# By their 64-bit numbers.
CALLS: dict[int, Call] = _read()

# 64-bit numbers of 32-bit calls (arch/x86/entry/syscalls/syscall_32.tbl).
NUMBERS_32: dict[int, int] = {
    2: 57, 3: 0, 4: 1, 5: 2, 6: 3, 8: 85, 11: 59, 120: 56, 190: 58, 295: 257, 358: 322, 359: 41, 362: 42, 435: 435,
    437: 437,
}  # fmt: skip
