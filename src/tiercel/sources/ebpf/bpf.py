"""The kernel's bpf(2), as far as the probe needs it.

Layouts of `union bpf_attr` from the kernel's include/uapi/linux/bpf.h. File descriptors are plain numbers; whoever
makes one closes it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Sequence
from pathlib import Path

_NUMBERS = {"x86_64": 321, "aarch64": 280}
_libc = ctypes.CDLL(None, use_errno=True)

MAP_CREATE, MAP_LOOKUP, MAP_UPDATE, PROG_LOAD = 0, 1, 2, 5
RAW_TRACEPOINT_OPEN, BTF_LOAD, LINK_CREATE, ITER_CREATE = 17, 18, 28, 33

PROG_TRACING = 26
ATTACH_TRACE_RAW_TP, ATTACH_TRACE_ITER = 23, 28

_LOG_BYTES = (
    1 << 24
) - 1  # the most that all kernels take; with less, older ones say ENOSPC and not what is wrong


class BpfError(OSError):
    """A call that the kernel refused. `log`: what the verifier said, "" where it said nothing."""

    def __init__(self, number: int, what: str, log: str = "") -> None:
        super().__init__(number, f"{what}: {os.strerror(number)}")
        self.log = log


def call(command: int, attributes: bytes | ctypes.Array[ctypes.c_char], what: str) -> int:
    """bpf(2). BpfError where it fails; `what` says what was tried."""
    buffer = ctypes.create_string_buffer(bytes(attributes), len(attributes))
    number = _NUMBERS.get(platform.machine())
    if number is None:
        raise BpfError(errno.ENOSYS, what)
    while True:
        result = int(_libc.syscall(number, command, buffer, len(buffer)))
        if result >= 0:
            return result
        error = ctypes.get_errno()
        if error != errno.EAGAIN and error != errno.EINTR:
            raise BpfError(error, what)


def _address(data: bytes | ctypes.Array[ctypes.c_char]) -> tuple[int, object]:
    """Where the kernel finds the bytes, and what keeps them alive."""
    kept = ctypes.create_string_buffer(bytes(data), len(data)) if isinstance(data, bytes) else data
    return ctypes.addressof(kept), kept


def _name(name: str) -> bytes:
    return name.encode()[:15].ljust(16, b"\0")


def create_map(name: str, kind: int, key_size: int, value_size: int, entries: int, flags: int) -> int:
    attributes = struct.pack("<IIIIIII16s", kind, key_size, value_size, entries, flags, 0, 0, _name(name))
    return call(MAP_CREATE, attributes, f"making the map {name}")


def update_map(fd: int, key: bytes, value: bytes) -> None:
    k, _kept_key = _address(key)
    v, _kept_value = _address(value)
    call(MAP_UPDATE, struct.pack("<IIQQQ", fd, 0, k, v, 0), "writing to a map")


def lookup_map(fd: int, key: bytes, size: int) -> bytes:
    """A value of `size` bytes; of a map with a value for each CPU, all of them."""
    value = ctypes.create_string_buffer(size)
    k, _kept_key = _address(key)
    call(MAP_LOOKUP, struct.pack("<IIQQQ", fd, 0, k, ctypes.addressof(value), 0), "reading a map")
    return value.raw


def possible_cpus() -> int:
    """How many values a map with one for each CPU has."""
    text = Path("/sys/devices/system/cpu/possible").read_text().strip()
    return int(text.rpartition("-")[2].rpartition(",")[2]) + 1


def load_btf(btf: bytes) -> int:
    data, _kept = _address(btf)
    attributes = struct.pack("<QQIII", data, 0, len(btf), 0, 0)
    try:
        return call(BTF_LOAD, attributes, "loading the probe's types")
    except BpfError as e:
        log = ctypes.create_string_buffer(_LOG_BYTES)
        attributes = struct.pack("<QQIII", data, ctypes.addressof(log), len(btf), len(log), 1)
        try:
            return call(BTF_LOAD, attributes, "loading the probe's types")
        except BpfError:
            raise BpfError(
                e.errno or 0, "loading the probe's types", log.value.decode("utf-8", "replace")
            ) from None


def load_program(
    name: str,
    code: bytes,
    *,
    license: bytes,
    attach_type: int,
    attach_btf_id: int,
    btf_fd: int,
    functions: Sequence[tuple[int, int]],
    relocations: bytes,
) -> int:
    """A tracing program. The verifier's log is asked for only after a refusal: making it costs time."""
    functions_data, _kept_functions = _address(b"".join(struct.pack("<II", *f) for f in functions))
    code_data, _kept_code = _address(code)
    license_data, _kept_license = _address(license)
    core_data, _kept_core = _address(relocations) if relocations else (0, None)
    log: ctypes.Array[ctypes.c_char] | None = None

    def attributes(level: int) -> bytes:
        return struct.pack(
            "<IIQQIIQII16sIIIIQIIQIIIIQQI",
            PROG_TRACING, len(code) // 8, code_data, license_data,
            level, len(log) if log else 0, ctypes.addressof(log) if log else 0,
            0, 0, _name(name), 0, attach_type, btf_fd,
            8, functions_data, len(functions), 0, 0, 0,
            attach_btf_id, 0, len(relocations) // 16, 0, core_data, 16 if relocations else 0,
        )  # fmt: skip

    what = f"loading the program {name}"
    try:
        return call(PROG_LOAD, attributes(0), what)
    except BpfError as e:
        if e.errno == errno.EPERM:
            raise
        log = ctypes.create_string_buffer(_LOG_BYTES)
        try:
            return call(PROG_LOAD, attributes(1), what)
        except BpfError:
            raise BpfError(e.errno or 0, what, log.value.decode("utf-8", "replace")) from None


def attach_tracepoint(program: int) -> int:
    """The link: closing it takes the program out."""
    return call(RAW_TRACEPOINT_OPEN, struct.pack("<QII", 0, program, 0), "attaching a program")


def create_iterator(program: int) -> int:
    """A file that gives, when it is read, what the program says of each thing that it goes over."""
    link = call(
        LINK_CREATE, struct.pack("<IIIIQI", program, 0, ATTACH_TRACE_ITER, 0, 0, 0), "attaching an iterator"
    )
    try:
        return call(ITER_CREATE, struct.pack("<II", link, 0), "starting an iterator")
    finally:
        os.close(link)
