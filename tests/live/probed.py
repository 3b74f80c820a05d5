"""The probe without the rest of the sensor: records as it writes them, for tests of what is in them."""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from tiercel.events.table import EVENTS
from tiercel.sources.ebpf import bpf
from tiercel.sources.ebpf.decode import Decoder
from tiercel.sources.ebpf.forms import CALLS, WANT_FAILURE, WANT_SUCCESS
from tiercel.sources.ebpf.loader import load_probe
from tiercel.sources.ebpf.plans import write_numbers, write_plans

RING_BYTES = 8 << 20
KINDS = {1: "call", 2: "fork", 3: "exec", 4: "exit", 5: "uring"}
_BYTES = ("CHARBUF", "BYTEBUF", "FSPATH", "FSRELPATH")
_SIGNED = ("ERRNO", "FD", "PID")


@dataclass(slots=True)
class Told:
    """A record and the event that it becomes. `parts`: (kind, index) to flags and bytes."""

    kind: str
    nr: int
    tid: int
    pid: int
    args: tuple[int, ...]
    event: str
    params: dict[str, object]
    parts: dict[tuple[int, int], tuple[int, bytes]] = field(default_factory=dict)
    raw: tuple[int, int, int, tuple[bytes, ...]] = (0, 0, 0, ())  # type, time, thread, parameters


def _params(type_: int, values: tuple[bytes, ...]) -> dict[str, object]:
    out: dict[str, object] = {}
    for param, value in zip(EVENTS[type_].params, values, strict=True):
        if param.type in _BYTES:
            out[param.name] = value
        else:
            out[param.name] = int.from_bytes(value, "little", signed=param.type in _SIGNED)
    return out


def boot_epoch_ns() -> int:
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Probed:
    """Records since the last look. Calls are those of `wanted`, by the names of their events."""

    def __init__(self, *wanted: str) -> None:
        self.probe = load_probe(
            ("calls", "process", "tasks"), ring_bytes=RING_BYTES, state_ring_bytes=RING_BYTES
        )
        maps = self.probe.maps
        bpf.update_map(maps["settings"], bytes(4), struct.pack("<IIII", 0, 80, RING_BYTES, 0))
        write_numbers(maps)
        both = WANT_SUCCESS | WANT_FAILURE
        write_plans(
            maps,
            {nr: c.plan.pack(both if EVENTS[c.code].name in wanted else 0) for nr, c in CALLS.items()},
        )
        self.rings = [
            mmap.mmap(
                maps[name],
                mmap.PAGESIZE + 2 * RING_BYTES,
                mmap.MAP_SHARED,
                mmap.PROT_READ,
                offset=mmap.PAGESIZE,
            )
            for name in ("state_ring", "calls_ring")
        ]
        self.at = [0, 0]
        self.decoder = Decoder(boot_epoch_ns())
        self.probe.attach()

    def close(self) -> None:
        for ring in self.rings:
            ring.close()
        self.probe.close()

    def _raw(self, which: int) -> Iterator[bytes]:
        # The reader's place is never told to the kernel: a test must be done before the ring is full.
        ring = self.rings[which]
        end = struct.unpack_from("<Q", ring)[0]
        while self.at[which] < end:
            start = mmap.PAGESIZE + self.at[which] % RING_BYTES
            size = struct.unpack_from("<I", ring, start)[0] & 0x3FFFFFFF
            yield ring[start + 8 : start + 8 + size]
            self.at[which] += (size + 8 + 7) & ~7

    def told(self) -> list[Told]:
        time.sleep(0.05)
        found = []
        for which in (0, 1):
            for raw in self._raw(which):
                _size, kind, _flags, nr, _ts, tid, pid, _cpu, n_parts = struct.unpack_from("<IBBHQIIHH", raw)
                args = struct.unpack_from("<6Q", raw, 40)
                parts = {}
                at = 88
                for _ in range(n_parts):
                    part, index, flags, size = struct.unpack_from("<HBBI", raw, at)
                    parts[part, index] = (flags, raw[at + 8 : at + 8 + size])
                    at += 8 + (size + 7 & ~7)
                event = self.decoder.event(raw)
                assert event is not None
                row = Told(KINDS[kind], nr, tid, pid, args, "", {}, parts)
                row.raw = event
                row.event, row.params = EVENTS[event[0]].name, _params(event[0], event[3])
                assert event[2] == tid
                found.append(row)
        return found


def is_allowed() -> str:
    """Why the probe cannot be loaded here, "" where it can."""
    if os.geteuid():
        return "the probe needs root"
    try:
        load_probe(("calls", "process"), ring_bytes=1 << 16, state_ring_bytes=1 << 16).close()
    except Exception as e:
        return f"no probe here: {e}"
    return ""
