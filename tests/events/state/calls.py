"""Events of calls, by the names of their parameters: `call(machine, "OPENAT_2_X", 5, fd=3, name="a")`."""

from __future__ import annotations

from typing import Any

from tiercel.events.machine import Machine
from tiercel.events.table import EVENTS

BY_SYMBOL = {e.symbol: e for e in EVENTS}
WIDTHS = {
    "8": 1, "16": 2, "32": 4, "64": 8, "FD": 8, "PID": 8, "ERRNO": 8, "UID": 4, "GID": 4, "MODE": 4, "SIGTYPE": 1,
    "L4PROTO": 1, "SOCKFAMILY": 1, "TIME": 8,
}  # fmt: skip


def _encode(kind: str, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode() + b"\0"
    if isinstance(value, list):
        return b"".join(v.encode() + b"\0" for v in value)
    width = next(w for end, w in WIDTHS.items() if kind.endswith(end))
    return int(value).to_bytes(width, "little", signed=value < 0)


def params(symbol: str, /, **given: Any) -> list[bytes]:
    """The event's parameters; those not given are empty. `result` is the first one."""
    event = BY_SYMBOL[symbol]
    if "result" in given:
        given[event.params[0].name] = given.pop("result")
    unknown = given.keys() - {p.name for p in event.params}
    assert not unknown, f"{symbol} has no {unknown}"
    return [_encode(p.type, given[p.name]) if p.name in given else b"" for p in event.params]


def call(machine: Machine, symbol: str, thread: int, /, ts: int = 10**18, **given: Any) -> dict[str, Any]:
    return machine.event(BY_SYMBOL[symbol].code, thread, params(symbol, **given), ts)


PROCESS = {
    "exe": "sh", "args": ["-c", "x"], "fdlimit": 1024, "pgft_maj": 0, "pgft_min": 0, "vm_size": 1, "vm_rss": 1,
    "vm_swap": 0, "comm": "sh", "cgroups": ["cpu=/"],
}  # fmt: skip


def clone(machine: Machine, tid: int, result: int, /, **given: Any) -> dict[str, Any]:
    """The child's event where `result` is 0, else the parent's."""
    row = {
        **PROCESS, "tid": tid, "pid": tid, "ptid": 1, "flags": 0, "uid": 0, "gid": 0, "vtid": tid, "vpid": tid,
        "pidns_init_start_ts": 0,
    }  # fmt: skip
    return call(machine, given.pop("symbol", "CLONE_20_X"), tid, **{**row, **given, "result": result})


def execve(machine: Machine, tid: int, /, **given: Any) -> dict[str, Any]:
    row = {**PROCESS, "tid": tid, "pid": tid, "ptid": 1, "trusted_exepath": "/bin/sh", "result": 0}
    return call(machine, given.pop("symbol", "EXECVE_19_X"), tid, **{**row, **given})


def exits(machine: Machine, tid: int, ts: int = 10**18, **given: Any) -> dict[str, Any]:
    row = {"status": 0, "ret": 0, "sig": 0, "core": 0, "reaper_tid": 0}
    return call(machine, "PROCEXIT_1_E", tid, ts, **{**row, **given})


def opens(
    machine: Machine, tid: int, result: int, name: str, dirfd: int = -100, flags: int = 1, **given: Any
) -> Any:
    return call(machine, "OPENAT_2_X", tid, result=result, dirfd=dirfd, name=name, flags=flags, **given)


def host(**row: Any) -> Machine:
    """A machine with init and a process 10 below it."""
    machine = Machine(reuse=False)
    machine.add_thread(tid=1, comm=b"init", exe=b"/sbin/init", cwd=b"/")
    machine.add_thread(
        **{
            "tid": 10, "ptid": 1, "comm": b"bash", "exe": b"bash", "exepath": b"/bin/bash", "cwd": b"/home/u",
            "args": b"-l", "env": b"A=1\0B=2\0", "cgroups": b"cpu=/\0", **row,
        }
    )  # fmt: skip
    machine.tables_done()
    return machine
