"""What evt.* and syscall.type give, on made-up events."""

from __future__ import annotations

from typing import Any

import pytest
from tests.events.fields.given import START, i64, last, read, text, u8, u16, u32, u64

from tiercel.events.fields.dump import FieldReader, Given, split_field
from tiercel.events.fields.field import names as field_names
from tiercel.events.table import CODES

OPEN = ("OPEN_X", i64(3), text("/a"), u32(1), u32(0), b"", b"")
KILL = ("KILL_X", i64(0), i64(7), u8(9))
MMAP = ("MMAP_X", i64(-12), u32(0), u32(0), u32(0), u64(0), u64(1), u32(1), u32(2), i64(-1), u64(0))
PROCINFO = ("PROCINFO_E", u64(1), u64(2))
SWITCH = ("SCHEDSWITCH_6_E", i64(1), u64(0), u64(0), u32(0), u32(0), u32(0))

DOTTED = {"evt.arg": "fd", "evt.rawarg": "fd", "evt.type.is": "open", "evt.abspath": "src"}


def opened(flags: int, mode: int = 0, fd: int = 3) -> tuple[Any, ...]:
    return ("OPENAT_2_X", i64(fd), i64(-100), text("/a"), u32(flags), u32(mode), b"", b"")


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        (OPEN, "evt.type", "open"),
        (OPEN, "syscall.type", "open"),
        (OPEN, "evt.dir", "<"),
        (OPEN, "evt.category", "file"),
        (OPEN, "evt.is_async", False),
        (OPEN, "evt.asynctype", None),
        (OPEN, "evt.source", "syscall"),
        (OPEN, "evt.pluginname", None),
        (OPEN, "evt.plugininfo", None),
        (OPEN, "evt.count", 1),
        (OPEN, "evt.count.exit", 1),
        (OPEN, "evt.cpu", 0),
        (OPEN, "evt.hostname", ""),
        (KILL, "evt.category", "signal"),
        (MMAP, "evt.category", "memory"),
        (("READ_X", i64(1), b"a", i64(9), u32(1)), "evt.category", "unknown"),
        (("POLL_X", i64(1), b"", i64(5)), "evt.category", "wait"),
        (PROCINFO, "evt.type", "procinfo"),
        (PROCINFO, "syscall.type", None),
        (PROCINFO, "evt.dir", ">"),
        (PROCINFO, "evt.category", "internal"),
        (PROCINFO, "evt.is_async", True),
        (PROCINFO, "evt.asynctype", "procinfo"),
        (PROCINFO, "evt.count.exit", None),
        (PROCINFO, "evt.count.threadinfo", 1),
        (PROCINFO, "evt.res", None),
        (PROCINFO, "evt.failed", None),
        (SWITCH, "evt.type", "switch"),
        (SWITCH, "syscall.type", None),
        (SWITCH, "evt.category", "scheduler"),
        (("GENERIC_X", u16(2), u16(60)), "evt.type", "exit"),
        (("GENERIC_X", u16(2), u16(60)), "syscall.type", "exit"),
        (("GENERIC_X", u16(0), u16(60)), "evt.type", "exit"),  # by the kernel's number
        (("GENERIC_X", u16(0), b""), "evt.type", "unknown"),
        (("GENERIC_X", b"", b""), "evt.type", None),
        (("GENERIC_X", u16(60000), u16(60)), "evt.type", None),
        (("GENERIC_X", u16(2), u16(60)), "evt.res", None),
        (("ASYNCEVENT_E", u32(1), text("thing"), b"data"), "evt.type", "thing"),
        (("ASYNCEVENT_E", u32(1), text("thing"), b"data"), "evt.asynctype", "thing"),
        (("ASYNCEVENT_E", u32(1), b"", b"data"), "evt.asynctype", "<NA>"),
        (OPEN, "evt.type.is.open", None),  # has no form to print
    ],
)
def test_kind(event: tuple[Any, ...], field: str, value: object) -> None:
    assert last([event], field) == value


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        (opened(1), "evt.res", "SUCCESS"),
        (opened(1), "evt.rawres", 3),
        (opened(1), "evt.failed", False),
        (opened(1, fd=-13), "evt.res", "EACCES"),
        (opened(1, fd=-13), "evt.rawres", -13),
        (opened(1, fd=-13), "evt.failed", True),
        (opened(1, fd=-9999), "evt.res", "-9999"),
        (("CLOSE_X",), "evt.res", None),
        (("CLOSE_X", u16(1), i64(5)), "evt.rawres", 0),
        (("CLOSE_X", u32(2**32 - 9), i64(5)), "evt.rawres", -9),
        (opened(1, fd=-13), "evt.count.error", 1),
        (opened(1, fd=-13), "evt.count.error.file", 1),
        (opened(1, fd=-13), "evt.count.error.net", None),
        (opened(1, fd=-13), "evt.count.error.other", None),
        (("CONNECT_X", i64(-111), b"", i64(3), b""), "evt.count.error.net", 1),
        (MMAP, "evt.count.error.memory", 1),
        (MMAP, "evt.count.error.other", None),
        (("KILL_X", i64(-3), i64(7), u8(9)), "evt.count.error.other", 1),
        (("KILL_X", i64(-3), i64(7), u8(9)), "evt.count.error.file", None),
        (("READ_X", i64(1), b"a", i64(9), u32(1)), "evt.is_io", True),
        (("READ_X", i64(1), b"a", i64(9), u32(1)), "evt.is_io_read", True),
        (("READ_X", i64(1), b"a", i64(9), u32(1)), "evt.is_io_write", False),
        (("READ_X", i64(1), b"a", i64(9), u32(1)), "evt.io_dir", "read"),
        (("WRITE_X", i64(1), b"a", i64(9), u32(1)), "evt.io_dir", "write"),
        (("READ_X", i64(1), b"a", i64(9), u32(1)), "evt.buflen", None),  # of a descriptor that is not known
        (KILL, "evt.io_dir", None),
        (KILL, "evt.is_io", False),
        (("POLL_X", i64(1), b"", i64(5)), "evt.is_wait", True),
        (KILL, "evt.is_wait", False),
        (KILL, "evt.is_syslog", False),
        (opened(1), "evt.is_open_read", True),
        (opened(1), "evt.is_open_write", False),
        (opened(2), "evt.is_open_read", False),
        (opened(2), "evt.is_open_write", True),
        (opened(3), "evt.is_open_read", True),
        (opened(3), "evt.is_open_write", True),
        (opened(4 | 2), "evt.is_open_create", False),
        (opened(1 << 14), "evt.is_open_create", True),
        (opened(1 << 13, fd=3), "evt.is_open_create", True),
        (opened(1 << 13, fd=-1), "evt.is_open_create", False),
        (opened(4, 0o644), "evt.is_open_exec", False),
        (opened(4, 0o655), "evt.is_open_exec", True),
        (opened(2, 0o777), "evt.is_open_exec", False),
        (("CREAT_X", i64(3), text("/a"), u32(0o100), b"", b"", b""), "evt.is_open_exec", True),
        (("CREAT_X", i64(3), text("/a"), b"", b"", b"", b""), "evt.is_open_exec", False),
        (("OPEN_BY_HANDLE_AT_X", i64(3), i64(4), u32(3), text("/a"), b"", b""), "evt.is_open_write", True),
        (("OPEN_BY_HANDLE_AT_X", i64(3), i64(4), u32(4), text("/a"), b"", b""), "evt.is_open_exec", False),
        (KILL, "evt.is_open_read", False),
    ],
)
def test_result(event: tuple[Any, ...], field: str, value: object) -> None:
    assert last([event], field) == value


def test_times() -> None:
    fields = ["evt.num", "evt.rawtime", "evt.rawtime.s", "evt.rawtime.ns", "evt.reltime", "evt.reltime.s"]
    fields += ["evt.deltatime", "evt.deltatime.ns", "evt.time.iso8601", "evt.latency", "evt.latency.human"]
    second = read([KILL, KILL], fields, "text")[1]
    assert second == {
        "evt.num": "2",
        "evt.rawtime": str(START + 1_000_000),
        "evt.rawtime.s": str(START // 10**9),
        "evt.rawtime.ns": "001000000",
        "evt.reltime": "001000000",
        "evt.reltime.s": "0",
        "evt.deltatime": "1000000",
        "evt.deltatime.ns": "001000000",
        "evt.time.iso8601": "2024-05-06T13:05:06.001000000+0000",
        "evt.latency": "0",
        "evt.latency.human": "0ns",
    }


def test_times_are_numbers_in_json() -> None:
    times = ["evt.time", "evt.time.s", "evt.time.iso8601", "evt.datetime", "evt.datetime.s", "evt.outputtime"]
    assert read([KILL], times) == [dict.fromkeys(times, START)]
    parts = ["evt.rawtime.ns", "evt.reltime", "evt.reltime.ns", "evt.latency.ns"]
    assert read([KILL, KILL], parts)[1] == dict(zip(parts, [10**6, 10**6, 10**6, 0], strict=True))


@pytest.mark.parametrize(
    ("event", "field", "values"),
    [
        (OPEN, "evt.time.iso8601", [b"2024-05-06T13:05:06.000000000+0000"]),
        (OPEN, "evt.rawarg.flags", [1]),
        (OPEN, "evt.rawarg.dev", None),
        (OPEN, "evt.rawarg.name", [b"/a"]),
        (("READ_X", i64(3), b"a\0b", i64(5), u32(10)), "evt.buffer", [b"a\0b"]),
        (("READ_X", i64(0), b"", i64(5), u32(10)), "evt.buffer", None),
        (("READ_X", i64(3), b"a\0b", i64(5), u32(10)), "evt.rawarg.data", [b"a\0b"]),
        (("CHDIR_X", i64(0), text("/a\n")), "evt.rawarg.path", [b"/a\n"]),
        (OPEN, "evt.type.is.open", [1]),
        (("OPEN_E", text("/a"), u32(0), u32(0)), "evt.type.is.open", [1]),
        (OPEN, "evt.type.is.openat", [0]),
        (OPEN, "evt.type.is.3", [1]),
        (OPEN, "evt.type.is.2", [0]),
        (opened(1), "evt.type.is.openat", [0]),  # the name stands for its first version
        (OPEN, "evt.failed", [0]),
    ],
)
def test_what_conditions_compare(event: tuple[Any, ...], field: str, values: list[Any] | None) -> None:
    assert last([event], field, "condition") == values


@pytest.mark.parametrize(
    ("around", "apart"),
    [(START, 0), (START + 1, 1), (START - 1, 1), (START + 10**6, 1), (START + 10**6 + 1, 2)],
)
def test_around(around: int, apart: int) -> None:
    assert last([KILL], f"evt.around[{around}]") == apart


def test_around_nothing() -> None:
    assert last([KILL], "evt.around[yesterday]") is None


@pytest.mark.parametrize(
    ("description", "field", "value"),
    [
        ("Event:start;ID:0123456789abcdef;name:web;Image:nginx", "name", "start"),
        ("Event:start; ID: 0123456789abcdef ;name:web", "container.id", "0123456789ab"),
        ("Event:start;name: web ", "container.name", "web"),
        ("Image: nginx:1.2 ", "container.image", "nginx"),
        ("Image:nginx@sha256:abc", "container.image", "nginx"),
        ("Image:sha256:abc", "container.image", "sha256:abc"),
        ("Event", "name", None),
        (";;;", "name", None),
        ("", "name", None),
    ],
)
def test_docker(description: str, field: str, value: str | None) -> None:
    event = ("INFRASTRUCTURE_EVENT_E", text("docker"), text("n"), text(description), text("scope"))
    assert last([event], f"evt.infra.docker.{field}") == value


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("evt.num", ("evt.num", None)),
        ("evt.arg.fd", ("evt.arg", "fd")),
        ("evt.arg[0]", ("evt.arg", "0")),
        ("evt.args", ("evt.args", None)),
        ("evt.rawarg.res", ("evt.rawarg", "res")),
        ("evt.type.is.open", ("evt.type.is", "open")),
        ("evt.abspath.src", ("evt.abspath", "src")),
        ("proc.aname[2]", ("proc.aname", "2")),
    ],
)
def test_split_field(written: str, parts: tuple[str, str | None]) -> None:
    assert split_field(written) == parts


def test_split_field_unknown() -> None:
    with pytest.raises(KeyError):
        split_field("evt.nothing")


@pytest.mark.parametrize("filler", [b"", b"\0", b"\xff", b"(NULL)\0", b"\1\2\3", b"\xff" * 9, bytes(2000)])
@pytest.mark.parametrize("n_params", [0, 1, 5, 32])
def test_any_event_is_read(filler: bytes, n_params: int) -> None:
    """Whatever the number of an event and whatever its parameters, its fields are read without harm."""
    names = [name for name in field_names() if name.startswith(("evt.", "syscall.", "fs.path."))]
    names = [f"{name}.{DOTTED[name]}" if name in DOTTED else name for name in names if name != "evt.around"]
    given = [(code, code % 7, code, [filler] * n_params) for code in [*range(len(CODES)), 5000, 65535]]
    assert len(list(FieldReader(Given(given), names))) == len(given)
