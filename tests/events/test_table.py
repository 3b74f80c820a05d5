"""The event table, its flags, system calls and errors, in Python and as compiled code sees them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tiercel.events
from tiercel.events import layout
from tiercel.events.errnos import ERRNO_NAMES
from tiercel.events.flags import FLAGS
from tiercel.events.names import EVENT_NAMES, codes_of
from tiercel.events.params import FORMAT_NUMBERS, SIZES, TYPE_NUMBERS, TYPES, usual_format
from tiercel.events.syscalls import CALLS_OF_EVENT, SYSCALL_CODES, SYSCALLS
from tiercel.events.table import CODES, CODES_BY_NAME, DYNAMIC, EFFECTS, EVENTS, KINDS, ORIGINS

PXD = (Path(tiercel.events.__file__).parent / "codes.pxd").read_text()
CONSTANTS = {name: eval(value) for name, value in re.findall(r"^    (\w+) = (.+)$", PXD, re.M)}

# symbol: name, kind, origin, parameters as (name, type, format).
KNOWN = {
    "GENERIC_X": ("syscall", "other", "syscall", "ID:SYSCALLID:DEC nativeID:UINT16:DEC"),
    "OPEN_X": (
        "open",
        "file",
        "syscall",
        "fd:FD:DEC name:FSPATH:NA flags:FLAGS32:HEX mode:UINT32:OCT dev:UINT32:HEX ino:UINT64:DEC",
    ),
    "PROCEXIT_1_E": (
        "procexit",
        "process",
        "tracepoint",
        "status:ERRNO:DEC ret:ERRNO:DEC sig:SIGTYPE:DEC core:UINT8:DEC reaper_tid:PID:DEC",
    ),
    "CONNECT_X": (
        "connect",
        "net",
        "syscall",
        "res:ERRNO:DEC tuple:SOCKTUPLE:NA fd:FD:DEC addr:SOCKADDR:NA",
    ),
    "SIGNALDELIVER_E": (
        "signaldeliver",
        "signal",
        "tracepoint",
        "spid:PID:DEC dpid:PID:DEC sig:SIGTYPE:DEC",
    ),
    "CHMOD_X": ("chmod", "file", "syscall", "res:ERRNO:DEC filename:FSPATH:NA mode:MODE:OCT"),
}


@pytest.mark.parametrize("symbol", KNOWN)
def test_known_rows(symbol: str) -> None:
    name, kind, origin, params = KNOWN[symbol]
    event = EVENTS[CODES[symbol]]
    assert event.name == name
    assert event.category == KINDS[kind] | ORIGINS[origin]
    assert " ".join(f"{p.name}:{p.type}:{p.format}" for p in event.params) == params


def test_codes_are_places_and_equal_the_constants_of_compiled_code() -> None:
    assert [event.code for event in EVENTS] == list(range(len(EVENTS)))
    assert len(CODES) == len(EVENTS) == CONSTANTS["N_EVENTS"]
    assert {symbol: CONSTANTS[symbol] for symbol in CODES} == CODES


def test_types_formats_and_effects_equal_the_constants_of_compiled_code() -> None:
    assert {f"PT_{name}": n for name, n in TYPE_NUMBERS.items()} == {
        name: n for name, n in CONSTANTS.items() if name.startswith("PT_") and name != "PT_MAX"
    }
    assert {f"PF_{name}": n for name, n in FORMAT_NUMBERS.items()} == {
        name: n for name, n in CONSTANTS.items() if name.startswith("PF_")
    }
    assert set(EFFECTS.values()) == {n for name, n in CONSTANTS.items() if name.startswith("EF_") and n}
    assert set(KINDS.values()) | set(ORIGINS.values()) == {
        n for name, n in CONSTANTS.items() if name.startswith("EC_")
    }


def test_directions_come_in_pairs() -> None:
    for enter, leave in zip(EVENTS[::2], EVENTS[1::2], strict=True):
        assert enter.symbol.removesuffix("_E") == leave.symbol.removesuffix("_X")
        assert not enter.is_exit and leave.is_exit
        assert enter.exists or leave.exists
        if enter.exists and leave.exists:
            assert enter.name == leave.name


def test_parameters_refer_to_what_is_there() -> None:
    for event in EVENTS:
        assert len(event.params) <= 32, event.symbol
        for param in event.params:
            assert param.type in TYPE_NUMBERS and param.format in FORMAT_NUMBERS, event.symbol
            if param.type == "DYN":
                assert param.table in DYNAMIC
            elif param.table:
                assert param.table in FLAGS, event.symbol
                assert "FLAGS" in param.type or param.type in ("UINT32", "MODE"), (event.symbol, param)
            if param.type == "FSRELPATH":
                assert event.params[param.directory].type == "FD", event.symbol
            else:
                assert param.directory == -1


def test_every_type_has_a_usual_format_and_fixed_sizes_are_of_known_types() -> None:
    assert {usual_format(name) for name in TYPES} == {"NA", "DEC", "HEX", "OCT"}
    assert set(SIZES) <= set(TYPES)


def test_names_lead_to_all_versions_of_both_ways() -> None:
    assert CODES_BY_NAME["openat2"] == (CODES["OPENAT2_E"], CODES["OPENAT2_X"])
    assert set(CODES_BY_NAME["execve"]) == {
        code for symbol, code in CODES.items() if re.fullmatch(r"EXECVE_\d+_[EX]", symbol)
    }
    assert CODES["PROCEXIT_X"] not in {code for codes in CODES_BY_NAME.values() for code in codes}


@pytest.mark.parametrize("table", FLAGS)
def test_flags_have_one_value_a_name(table: str) -> None:
    # Falco's table of prctl options has one name twice.
    assert len(dict(FLAGS[table])) == len(set(FLAGS[table]))
    assert all(0 <= value < 1 << 32 for _, value in FLAGS[table])


def test_open_flags_equal_the_constants_of_compiled_code() -> None:
    for name, value in FLAGS["file_flags"]:
        assert CONSTANTS[f"PPM_{name}"] == value
    for name, value in FLAGS["socket_families"]:
        assert CONSTANTS[f"PPM_{name}"] == value


@pytest.mark.parametrize(
    ("symbol", "calls"),
    [
        ("OPEN_X", {"open"}),
        ("PREAD_X", {"pread64"}),
        ("ACCEPT4_6_X", {"accept4"}),
        ("ACCEPT_5_X", {"accept"}),
        ("SETUID_X", {"setuid", "setuid32"}),
        ("PROCEXIT_1_E", {"sched_process_exit"}),
        ("PROCEXIT_1_X", set()),
        ("CONTAINER_E", set()),
        ("PLUGINEVENT_E", set()),
    ],
)
def test_calls_of_events(symbol: str, calls: set[str]) -> None:
    assert {SYSCALLS[code].name for code in CALLS_OF_EVENT[CODES[symbol]]} == calls


def test_every_call_is_told_of_by_an_event_of_its_own_or_a_generic_one() -> None:
    generic = set(CALLS_OF_EVENT[CODES["GENERIC_X"]])
    own = {code for codes in CALLS_OF_EVENT[2:] for code in codes}
    assert not generic & own
    assert generic | own == set(SYSCALLS) - {SYSCALL_CODES["unknown"]}
    assert {SYSCALL_CODES[name] for name in ("getrandom", "statx", "uname")} <= generic


def test_numbers_of_the_kernel() -> None:
    call = SYSCALLS[SYSCALL_CODES["openat"]]
    assert (call.x86_64, call.aarch64) == (257, 56)
    assert SYSCALLS[SYSCALL_CODES["open"]].aarch64 is None
    for column in ("x86_64", "aarch64"):
        numbers = [getattr(call, column) for call in SYSCALLS.values() if getattr(call, column) is not None]
        assert len(set(numbers)) == len(numbers)


def test_errors() -> None:
    assert (ERRNO_NAMES[2], ERRNO_NAMES[13], ERRNO_NAMES[111]) == ("ENOENT", "EACCES", "ECONNREFUSED")


def test_compiled_rows_are_the_table() -> None:
    *rows, unknown = layout.rows()
    assert unknown == ("", 0, 0, [])
    for event, (name, category, effects, params) in zip(EVENTS, rows, strict=True):
        assert (name, category, effects) == (event.name, event.category, event.effects)
        assert params == [
            (
                p.name,
                TYPE_NUMBERS[p.type],
                FORMAT_NUMBERS[p.format],
                p.directory,
                len(DYNAMIC[p.table]) if p.type == "DYN" else len(FLAGS.get(p.table, ())),
            )
            for p in event.params
        ]


@pytest.mark.parametrize(
    ("name", "symbols"),
    [
        ("openat2", {"OPENAT2_E", "OPENAT2_X"}),
        ("getrandom", {"GENERIC_E", "GENERIC_X"}),
        # `pread` is what the events of the call pread64 are named.
        ("pread", {"PREAD_E", "PREAD_X"}),
        ("pread64", {"GENERIC_E", "GENERIC_X"}),
        ("container", {"CONTAINER_E", "CONTAINER_JSON_E", "CONTAINER_JSON_2_E", "ASYNCEVENT_E"}),
        ("container_removed", {"ASYNCEVENT_E"}),
        ("ope?at", set()),
    ],
)
def test_events_that_may_carry_a_name(name: str, symbols: set[str]) -> None:
    assert set(codes_of(name)) == {CODES[symbol] for symbol in symbols}
    assert (name in EVENT_NAMES) == bool(symbols)
