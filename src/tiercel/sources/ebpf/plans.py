"""Writes into the probe's maps which calls are wanted, and what each number of a call stands for."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from tiercel.sources.ebpf import bpf
from tiercel.sources.ebpf.forms import CALLS
from tiercel.sources.ebpf.numbers_32 import (
    FIRST_VARIANT,
    IPC,
    IPC_CALLS,
    NUMBER_MASK,
    NUMBERS_32,
    NUMBERS_X32,
    SOCKETCALL,
    SOCKETCALLS,
)

# probe/probe.h
_NUMBERS, _CODES, _NO_CALL = 1024, 32, 512


def write_numbers(maps: Mapping[str, int]) -> None:
    """64-bit numbers stand for themselves, the others for what `numbers_32.py` says. `maps`: descriptors by name."""
    stands_for = {nr: nr for nr in CALLS if nr < FIRST_VARIANT} | NUMBERS_X32
    stands_for |= {_NUMBERS + nr: value for nr, value in NUMBERS_32.items()}
    stands_for |= {2 * _NUMBERS + code: value for code, value in SOCKETCALLS.items()}
    stands_for |= {2 * _NUMBERS + _CODES + code: value for code, value in IPC_CALLS.items()}
    for way in range(2 * _NUMBERS + 2 * _CODES):
        value = struct.pack("<H", stands_for.get(way, _NO_CALL))
        bpf.update_map(maps["numbers"], struct.pack("<I", way), value)


def write_plans(maps: Mapping[str, int], plans: Mapping[int, bytes]) -> None:
    """`plans`: of each call, what `Plan.pack` gives. The probe looks at no number that leads to none that is wanted."""
    for nr, plan in plans.items():
        bpf.update_map(maps["plans"], struct.pack("<I", nr), plan)
    wanted = {nr for nr, plan in plans.items() if plan[0]}
    numbers = {nr for nr in wanted if nr < FIRST_VARIANT}
    for table in (NUMBERS_32, NUMBERS_X32):
        numbers |= {nr for nr, value in table.items() if value & NUMBER_MASK in wanted}
    for nr, codes in ((SOCKETCALL, SOCKETCALLS), (IPC, IPC_CALLS)):
        if not wanted.isdisjoint(codes.values()):
            numbers.add(nr)
    for nr in range(_NUMBERS):
        bpf.update_map(maps["interest"], struct.pack("<I", nr), b"\1" if nr in numbers else b"\0")
