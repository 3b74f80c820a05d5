"""Events of old captures come out as events of today."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from scap_bytes import event, read, read_until, section

from tiercel.events.table import CODES, EFFECTS, EVENTS
from tiercel.sources.scap import Capture
from tiercel.sources.scap.conversions import CONVERSIONS


def n(value: int, size: int = 8) -> bytes:
    return value.to_bytes(size, "little", signed=value < 0)


NONE = b""
BEFORE = event("SETSID_X")
PATH = b"/etc/passwd\0"
RES = n(0)
Given = Sequence[tuple[str, Sequence[bytes]]]

# name: events that are read, what comes out
ROWS: dict[str, tuple[Given, Given]] = {
    "the enter event's parameters follow": (
        [("CLOSE_E", [n(7)]), ("CLOSE_X", [RES])],
        [("CLOSE_X", [RES, n(7)])],
    ),
    "whole already": ([("CLOSE_X", [RES, n(7)])], [("CLOSE_X", [RES, n(7)])]),
    "no enter event: default": ([("CLOSE_X", [RES])], [("CLOSE_X", [RES, n(0)])]),
    "no enter event: empty": ([("SETUID_X", [RES])], [("SETUID_X", [RES, NONE])]),
    "an enter event serves once": (
        [("CLOSE_E", [n(7)]), ("CLOSE_X", [RES]), ("CLOSE_X", [RES])],
        [("CLOSE_X", [RES, n(7)]), ("CLOSE_X", [RES, n(0)])],
    ),
    "the later enter event counts": (
        [("CLOSE_E", [n(7)]), ("CLOSE_E", [n(8)]), ("CLOSE_X", [RES])],
        [("CLOSE_X", [RES, n(8)])],
    ),
    "the enter event of another call does not serve": (
        [("READ_E", [n(7), n(9, 4)]), ("CLOSE_X", [RES]), ("READ_X", [RES, b"data"])],
        [("CLOSE_X", [RES, n(0)]), ("READ_X", [RES, b"data", n(0), n(0, 4)])],
    ),
    "a new type": (
        [("OPENAT_E", [n(-100), PATH, n(1, 4), n(0, 4)]), ("OPENAT_X", [n(3)])],
        [("OPENAT_2_X", [n(3), n(-100), PATH, n(1, 4), n(0, 4), NONE, NONE])],
    ),
    "parameters of today that old programs did not know": (
        [("OPENAT_2_X", [n(3), n(-100), PATH, n(1, 4), n(0, 4)])],
        [("OPENAT_2_X", [n(3), n(-100), PATH, n(1, 4), n(0, 4), NONE, NONE])],
    ),
    "enter events that go on": (
        [("OPEN_E", []), ("OPEN_E", [PATH, n(1, 4), n(0, 4)])],
        [("OPEN_E", [NONE, NONE, NONE]), ("OPEN_E", [PATH, n(1, 4), n(0, 4)])],
    ),
    "an enter event that is kept and goes on": (
        [("CONNECT_E", [n(7)]), ("CONNECT_X", [RES, b""])],
        [("CONNECT_E", [n(7), NONE]), ("CONNECT_X", [RES, b"", n(7), NONE])],
    ),
    "longer than the type of today: cut": (
        [("BPF_E", [n(5)]), ("BPF_X", [n(3)])],
        [("BPF_2_X", [n(3), n(5, 4)])],
    ),
    "a chain": (
        [("EXECVE_8_E", []), ("EXECVE_8_X", [RES, b"sh\0", b"-c\0", n(5), n(5), n(1), b"/\0", n(1024)])],
        [
            ("EXECVE_19_E", [NONE]),
            (
                "EXECVE_19_X",
                [RES, b"sh\0", b"-c\0", n(5), n(5), n(1), b"/\0", n(1024), *[NONE] * 23],
            ),
        ],
    ),
    "a chain that puts parameters between": (
        [("CLONE_11_X", [n(9), b"sh\0", NONE, n(5), n(5), n(1), b"/\0", n(64), n(1, 4), n(2, 4), n(3, 4)])],
        [
            (
                "CLONE_20_X",
                [n(9), b"sh\0", NONE, n(5), n(5), n(1), b"/\0", n(64), *[NONE] * 7, n(1, 4), n(2, 4), n(3, 4),
                 NONE, NONE, NONE],
            )
        ],
    ),
    "a thread's end of old": ([("PROCEXIT_E", [])], [("PROCEXIT_1_E", [NONE] * 5)]),
    "an enter event of a thread that ended does not serve": (
        [("CLOSE_E", [n(7)]), ("PROCEXIT_1_E", [NONE] * 5), ("CLOSE_X", [RES])],
        [("PROCEXIT_1_E", [NONE] * 5), ("CLOSE_X", [RES, n(0)])],
    ),
    "a container of old": (
        [("CONTAINER_E", [b"abc\0", n(1, 4), b"web\0", b"nginx\0"])],
        [("CONTAINER_JSON_2_E", [b'{"id":"abc","type":1,"name":"web","image":"nginx"}\0'])],
    ),
    "a container of old, damaged": ([("CONTAINER_E", [NONE] * 4)], [("CONTAINER_JSON_2_E", [NONE])]),
    "a container's description": ([("CONTAINER_JSON_E", [b"{}\0"])], [("CONTAINER_JSON_2_E", [b"{}\0"])]),
}  # fmt: skip


@pytest.mark.parametrize("v1", [False, True], ids=["", "oldest"])
@pytest.mark.parametrize("row", ROWS)
def test_conversions(row: str, v1: bool) -> None:
    given, expected = ROWS[row]
    # Before another event, those about containers belong to the head.
    _, *events = read(section() + BEFORE + b"".join(event(s, list(params), v1=v1) for s, params in given))
    assert [(EVENTS[e.type].symbol, list(e.params)) for e in events] == [(s, list(p)) for s, p in expected]
    assert [e.num for e in events] == list(range(2, len(expected) + 2))


def test_threads_do_not_mix() -> None:
    data = section()
    data += b"".join(event("CLOSE_E", [n(tid)], tid=tid) for tid in range(1, 2000))
    data += b"".join(event("CLOSE_X", [RES], tid=tid) for tid in range(1999, 0, -1))
    assert [e.params[1] for e in read(data)] == [n(tid) for tid in range(1999, 0, -1)]


def test_every_old_event_has_a_way() -> None:
    """An enter event is dropped or goes on, an exit event ends as one of today with all of its parameters."""
    for c in CONVERSIONS:
        params = [b""] * c.nparams
        kind = EVENTS[c.type]
        width = 4 if kind.effects & EFFECTS["large"] else 2
        for e in read(section() + BEFORE + event(kind.code, params, width=width))[1:]:
            today = EVENTS[e.type]
            assert not today.effects & EFFECTS["old"] or today.name in ("execve", "execveat")
            assert len(e.params) == len(today.params)


def test_a_number_of_parameters_that_nobody_wrote() -> None:
    events, error = read_until(section() + event("SETSID_X") + event("CLOSE_X", [RES] * 3))
    assert len(events) == 1
    assert error is not None
    assert "number of parameters" in str(error)


def test_kept_enter_events_stay_bounded() -> None:
    """Each of 2,000 threads enters a call with 60 KB; the oldest are forgotten, the newest serve."""
    big = b"x" * 60_000 + b"\0"
    blocks = [event("UNLINK_E", [big], tid=tid) for tid in range(1, 2001)]
    blocks += [event("UNLINK_X", [RES], tid=tid) for tid in (1, 2000)]
    first, last = read(section() + b"".join(blocks))
    assert first.params == (RES, b"")
    assert last.params == (RES, big)


def test_numbers_do_not_depend_on_types() -> None:
    codes = {CODES["UNLINK_2_X"], CODES["CLOSE_X"]}
    data = section() + event("UNLINK_E", [PATH]) + event("UNLINK_X", [RES]) + event("CLOSE_X", [RES])
    capture = Capture(io.BytesIO(data))
    assert {e.type for e in capture} == codes
    assert capture.events == 2
