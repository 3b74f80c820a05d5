"""What each system call becomes: the event, and where each of its parameters comes from.

The rows are in `call_rows.py`. A row, and indented below it one source for each parameter of the event table:

    number  call  EVENT [what else to gather]
        source source ...

| source | is |
|---|---|
| `result`, `moved` | what the call returned; the same where it is not negative, else 0 |
| `arg2`, `int2`, `uint2`, `short2` | argument 2: all; its lower 32 bits with their sign, or without; its lower 16 |
| `long1` | argument 1, of a 32-bit caller with its sign |
| `wide3` | argument 3, of a 32-bit caller with argument 4 as its upper half |
| `halves1`, `pages5` | argument 1 the upper, 2 the lower half; argument 5 counts pages |
| `text1` | the string that argument 1 points to |
| `path`, `path0` | the true path of the returned descriptor, or of the one in argument 0 |
| `dev`, `ino`, `ino0`, ... | facts of that file; of place 7: of the descriptor that the first structure begins with |
| `address` | the sockaddr that the call was given, or gave back |
| `tuple_out0`, `tuple_in` | the ends of the socket in argument 0, or returned: its own first, or last |
| `queue_percent0`, `backlog0`, `max_backlog0` | how full a listening socket's queue is |
| `own7`, `peer7` | the kernel's addresses of a unix socket and of its peer |
| `data`, `control` | the bytes that were read or written; a message's control data |
| `offered` | bytes that all vectors have together |
| `memory1+8:4` | four bytes at offset 8 of the structure that argument 1 points to |
| `fd_at0+4:4` | the same, a descriptor: with its sign, -1 where it could not be read |
| `long_at1+1:1` | the second of the longs that argument 1 points to |
| `time0`, `time64_0` | a timespec in ns; the latter with 64-bit times for 32-bit callers, too |
| `bytes1` | that structure |
| `file_flags2`, `create_flags` | Falco's flags of an opened file, those of the argument and what the kernel knows |
| `open_mode3,2` | a new file's mode in argument 3, where the flags in argument 2 ask for one |
| `open_mode_at2+8:0` | the same in a structure: the mode at offset 8, the flags at 0 |
| `mount_flags3` | without the magic number that old programs add |
| `vm_size`, `vm_rss`, `vm_swap`, `cap_permitted`, ... | of the caller, after the call |
| `process` | all parameters, out of facts of the caller (`process_decode.pyx`) |
| `fds0`, `sockopt3`, `ptrace_data3`, ... | what other arguments give a meaning (`dynamic.pyx`) |
| `=5` | the number 5 |
| `-`, `nothing` | an empty parameter; of an event that has none |

`/name` behind a source translates flags (`native.py`). `?` is told only where the call succeeded, else it is empty or
0; `?-1`: else -1; `~` is told also where it is still under way (EINPROGRESS). What else to gather:

| | |
|---|---|
| `address:1,2` | a sockaddr: pointer and size; `,2*`: the size is behind a pointer; `,msg`: in a msghdr |
| `data:1,2` | bytes: pointer and size; `,vec2`: vectors, argument 2 of them; `,msg`: in a msghdr |
| `outgoing` | the bytes are looked at where the call failed, too |
| `control` | the control data of the message |
| `messages` | there are several (struct mmsghdr), and each is told for itself |
| `memory:1,16` | a structure of 16 bytes; `,8*2`: argument 2 says how many of 8; `,1@4`: argument 4 points to that |
| `text:3` | a string that no source names |
| `socket:0`, `file:0` | facts of a descriptor that no source names |
| `folder` | the working directory, after a call that succeeded |
| `task` | memory sizes and capabilities of the caller |
| `process` | facts of the caller of a call that makes processes; not told where it returns 0: that is the child's |
| `exec:1` | the same of one that runs a program and failed: arguments 1 and 2 are that program's and its environment |
| `choose:1,0,1030` | for the state alone, only calls with one of these numbers in argument 1 matter |
| `no_streams` | for the state alone, none on a connected TCP/IPv4 socket matters: it knows the ends |

The layouts are Falco libs 0.25.4's; the numbers of calls those of x86-64.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field

from tiercel.errors import SourceError
from tiercel.events.params import SIZES
from tiercel.events.syscalls import SYSCALLS
from tiercel.events.table import CODES, EVENTS
from tiercel.sources.ebpf.call_rows import ROWS
from tiercel.sources.ebpf.decode import Getter, set_form
from tiercel.sources.ebpf.dynamic import Dynamic
from tiercel.sources.ebpf.translate import TRANSLATION_NUMBERS
from tiercel.sources.loss import LOSS_CLASSES

NO_PLACE, OF_RESULT, OF_MEMORY = 255, 6, 7
PLAIN, SIZE_BEHIND_POINTER, IN_MESSAGE, IN_VECTOR = range(4)
PROCESS_MADE = 1
WANT_SUCCESS, WANT_FAILURE, WANT_STATE, WANT_FOLDER = 1, 2, 4, 8
ALWAYS, SUCCEEDED, UNDER_WAY = range(3)
OUTGOING, CONTROL, MESSAGES, TASK, NO_STREAMS = 1, 2, 4, 8, 16
MAX_CHOICES = 4
PLAN = struct.Struct("<24B4H")

Step = tuple[int, int, int, int, int, int, int, int]

# Offsets and widths of fields of struct file_facts, socket_facts and task_facts (probe/probe.h).
_FILE = {
    "ino": (0, 8), "real_ino": (8, 8), "ctime": (16, 8), "mtime": (24, 8), "size": (32, 8), "dev": (40, 4),
    "real_dev": (44, 4), "mode": (48, 4), "links": (52, 4),
}  # fmt: skip
_SOCKET = {"own": (8, 8), "peer": (16, 8), "backlog": (72, 4), "max_backlog": (76, 4)}
_TASK = {
    "cap_inheritable": (0, 8), "cap_permitted": (8, 8), "cap_effective": (16, 8), "vm_size": (24, 4),
    "vm_rss": (28, 4), "vm_swap": (32, 4),
}  # fmt: skip

_GETTERS = {
    "result": Getter.GET_RESULT, "moved": Getter.GET_MOVED, "arg": Getter.GET_ARGUMENT,
    "int": Getter.GET_INT_ARGUMENT, "uint": Getter.GET_UINT_ARGUMENT, "short": Getter.GET_SHORT_ARGUMENT,
    "long": Getter.GET_LONG_ARGUMENT, "wide": Getter.GET_WIDE_ARGUMENT, "halves": Getter.GET_HALVES,
    "pages": Getter.GET_PAGES, "address": Getter.GET_ADDRESS, "offered": Getter.GET_OFFERED,
    "control": Getter.GET_CONTROL, "memory": Getter.GET_MEMORY, "fd_at": Getter.GET_FD_AT,
    "long_at": Getter.GET_LONG_AT, "time": Getter.GET_TIME, "time64_": Getter.GET_TIME64,
    "bytes": Getter.GET_MEMORY_BYTES, "open_mode": Getter.GET_OPEN_MODE, "open_mode_at": Getter.GET_OPEN_MODE_AT,
    "mount_flags": Getter.GET_MOUNT_FLAGS, "-": Getter.GET_NOTHING, "fds": Dynamic.DYNAMIC_FDS,
    "sockopt": Dynamic.DYNAMIC_SOCKOPT, "sockopt_name": Dynamic.DYNAMIC_SOCKOPT_NAME,
    "ptrace_addr": Dynamic.DYNAMIC_PTRACE_ADDR, "ptrace_data": Dynamic.DYNAMIC_PTRACE_DATA,
    "prctl_text": Dynamic.DYNAMIC_PRCTL_TEXT, "prctl_number": Dynamic.DYNAMIC_PRCTL_NUMBER,
    "keyctl": Dynamic.DYNAMIC_KEYCTL, "quota_file": Dynamic.DYNAMIC_QUOTA_FILE,
    "quota_block": Dynamic.DYNAMIC_QUOTA_BLOCK, "quota_info": Dynamic.DYNAMIC_QUOTA_INFO,
    "quota_format": Dynamic.DYNAMIC_QUOTA_FORMAT, "quota_id": Dynamic.DYNAMIC_QUOTA_ID,
    "quota_command": Getter.GET_UINT_ARGUMENT, "quota_kind": Getter.GET_UINT_ARGUMENT,
    "fsconfig_bytes": Dynamic.DYNAMIC_FSCONFIG_BYTES, "fsconfig_text": Dynamic.DYNAMIC_FSCONFIG_TEXT,
    "semctl_value": Dynamic.DYNAMIC_SEMCTL_VALUE,
}  # fmt: skip

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

_SOURCE = re.compile(
    r"(?P<name>time64_|[a-z_]+|=|-)(?P<place>-?\d+)?(?:,(?P<second>\d))?(?:\+(?P<offset>\d+):(?P<width>\d+))?"
    r"(?:/(?P<table>\w+))?(?:(?P<when>[?~])(?P<otherwise>-?\d+)?)?$"
)
_ROW = re.compile(r"^(\d.*)\n((?: .*\n)+)", re.MULTILINE)
_COUNT = re.compile(r"(\d+)(?:([*@])(\d))?$")


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
    memory_count: tuple[int, int] = (NO_PLACE, PLAIN)
    process: int = 0
    second_file: int = NO_PLACE
    loss: int = LOSSES.index("other_interest")
    flags: int = 0
    choose: tuple[int, tuple[int, ...]] = (NO_PLACE, ())
    no_streams: bool = False

    def pack(self, want: int, *, by_state_alone: bool = False, streams: bool = True) -> bytes:
        """As the probe reads it; `want`: WANT_SUCCESS and WANT_FAILURE, or neither."""
        wanted = self.wanted | want if want else 0
        flags = self.flags | (NO_STREAMS if self.no_streams and not streams else 0)
        places, sizes = zip(*[*self.memory, *[(NO_PLACE, 0)] * 3][:3], strict=True)
        place, choices = self.choose if by_state_alone else (NO_PLACE, ())
        return PLAN.pack(
            wanted, self.strings, self.file, self.socket, *self.address, *self.data, *places, *sizes,
            self.process, self.second_file, self.loss, *self.memory_count, flags, place, len(choices),
            *[*choices, 0, 0, 0, 0][:MAX_CHOICES],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """A system call that becomes an event of type `code`."""

    nr: int
    name: str
    code: int
    plan: Plan


def _socket_place(plan: Plan, place: int) -> None:
    if plan.socket not in (NO_PLACE, place):
        plan.second_file = place  # the queue of the listening socket, beside the accepted one
    else:
        plan.socket = place


def _file_place(plan: Plan, place: int) -> None:
    if plan.file not in (NO_PLACE, place):
        plan.second_file = place
    else:
        plan.file = place


def _step(source: str, size: int, plan: Plan) -> Step:
    match = _SOURCE.match(source)
    if match is None:
        raise ValueError(f"no such source: {source}")
    name = match["name"]
    place = OF_RESULT if match["place"] is None else int(match["place"])
    table = TRANSLATION_NUMBERS[match["table"]] if match["table"] else 0
    offset, width = int(match["offset"] or 0), int(match["width"] or 0)
    when = {None: ALWAYS, "?": SUCCEEDED, "~": UNDER_WAY}[match["when"]]
    constant = int(match["otherwise"] or 0)
    if name in _GETTERS:
        getter = int(_GETTERS[name])
        if match["second"]:
            offset = int(match["second"])
    elif name == "=":
        getter, constant, place = int(Getter.GET_CONSTANT), place, 0
    elif name == "text":
        getter = int(Getter.GET_TEXT)
        plan.strings |= 1 << place
    elif name == "path" or name in _FILE:
        getter = int(Getter.GET_PATH if name == "path" else Getter.GET_FILE)
        offset, width = _FILE.get(name, (0, 0))
        _file_place(plan, place)
    elif name in ("tuple_out", "tuple_in", "queue_percent") or name in _SOCKET:
        getter = int(
            {
                "tuple_out": Getter.GET_TUPLE_OUT, "tuple_in": Getter.GET_TUPLE_IN,
                "queue_percent": Getter.GET_QUEUE_PERCENT,
            }.get(name, Getter.GET_SOCKET)
        )  # fmt: skip
        offset, width = _SOCKET.get(name, (0, 0))
        _socket_place(plan, place)
    elif name in _TASK:
        getter = int(Getter.GET_TASK)
        offset, width = _TASK[name]
    elif name == "data":
        getter, place = int(Getter.GET_DATA), plan.data[0]
    elif name in ("file_flags", "create_flags"):
        getter = int(Getter.GET_FILE_FLAGS if name == "file_flags" else Getter.GET_CREATE_FLAGS)
        _file_place(plan, OF_RESULT)
    else:
        raise ValueError(f"no such source: {source}")
    return getter, place, size, table, offset, width, constant, when


def _gather_address(parts: list[str], plan: Plan) -> None:
    where, size = int(parts[0]), parts[1]
    if size == "msg":
        plan.address = (where, 0, IN_MESSAGE)
    elif size.endswith("*"):
        plan.address = (where, int(size[:-1]), SIZE_BEHIND_POINTER)
    else:
        plan.address = (where, int(size), PLAIN)


def _gather_data(parts: list[str], plan: Plan) -> None:
    where, how = int(parts[0]), parts[1]
    if how.startswith("vec"):
        plan.data = (where, int(how[3:]), IN_VECTOR)
    elif how == "msg":
        plan.data = (where, OF_RESULT, IN_MESSAGE)
    else:
        plan.data = (where, int(how), PLAIN)


def _gather_memory(parts: list[str], plan: Plan) -> None:
    match = _COUNT.match(parts[1])
    if match is None or (match[2] and plan.memory) or len(plan.memory) == 3:
        raise ValueError(f"no such structure: {parts}")
    plan.memory.append((int(parts[0]), int(match[1])))
    if match[2]:
        plan.memory_count = (int(match[3]), SIZE_BEHIND_POINTER if match[2] == "@" else PLAIN)


def _gather(text: str, plan: Plan) -> None:
    name, _, rest = text.partition(":")
    parts = rest.split(",")
    flags = {"outgoing": OUTGOING, "control": CONTROL, "messages": MESSAGES, "task": TASK}
    if name in flags:
        plan.flags |= flags[name]
    elif name == "folder":
        plan.wanted |= WANT_FOLDER
    elif name == "address":
        _gather_address(parts, plan)
    elif name == "data":
        _gather_data(parts, plan)
    elif name == "memory":
        _gather_memory(parts, plan)
    elif name == "text":
        plan.strings |= 1 << int(parts[0])
    elif name == "process":
        plan.process = PROCESS_MADE
    elif name == "exec":
        plan.process = int(parts[0]) + 1
        plan.strings |= 1 << (int(parts[0]) - 1)
    elif name == "socket":
        plan.socket = int(parts[0])
    elif name == "file":
        plan.file = int(parts[0])
    elif name == "no_streams":
        plan.no_streams = True
    elif name == "choose":
        plan.choose = (int(parts[0]), tuple(int(part) for part in parts[1:]))
    else:
        raise ValueError(f"no such thing to gather: {text}")


def _steps(sources: list[str], code: int, plan: Plan) -> list[Step]:
    if sources == ["process"]:
        return [(int(Getter.GET_PROCESS), 0, 0, 0, 0, 0, 0, ALWAYS)]
    if sources == ["nothing"]:
        sources = []
    return [
        _step(source, SIZES.get(param.type, 0), plan)
        for source, param in zip(sources, EVENTS[code].params, strict=True)
    ]


def _read() -> dict[int, Call]:
    calls: dict[int, Call] = {}
    for head, sources in _ROW.findall(ROWS):
        number, name, symbol, *extras = head.split()
        code = CODES[symbol]
        plan = Plan(loss=_LOSS_BY_CALL.get(name, LOSSES.index("other_interest")))
        try:
            for extra in extras:
                _gather(extra, plan)
            set_form(int(number), code, _steps(sources.split(), code, plan))
        except (ValueError, KeyError) as e:
            raise SourceError(f"the form of {name} is wrong: {e}") from e
        calls[int(number)] = Call(int(number), name, code, plan)
    return calls


def _read_generic(told: dict[int, Call]) -> dict[int, Call]:
    """Calls that no event tells of in particular: Falco's number and the kernel's."""
    code = CODES["GENERIC_X"]
    calls: dict[int, Call] = {}
    for call in SYSCALLS.values():
        if call.x86_64 is None or call.x86_64 in told:
            continue
        steps = [
            (int(Getter.GET_CONSTANT), 0, 2, 0, 0, 0, number, ALWAYS) for number in (call.code, call.x86_64)
        ]
        set_form(call.x86_64, code, steps)
        calls[call.x86_64] = Call(call.x86_64, call.name, code, Plan())
    return calls


_TOLD = _read()

# By their 64-bit numbers.
CALLS: dict[int, Call] = {**_TOLD, **_read_generic(_TOLD)}

_ONLY_32 = "a 32-bit call only; told as the 64-bit one that does the same, so that one rule sees both"

# Exit events of today that no call becomes, and why. (The table's old layouts are never sent any more.)
NOT_TOLD: dict[str, str] = {
    "MMAP2_X": _ONLY_32,
    "LLSEEK_X": _ONLY_32,
    "STAT64_X": _ONLY_32,
    "LSTAT64_X": _ONLY_32,
    "FSTAT64_X": _ONLY_32,
    "UMOUNT_1_X": _ONLY_32,
    "DROP_X": "Falco's note that it leaves calls out; this sensor leaves none out",
}
