"""Captures of all kinds are read: blocks, gzip, pieces of any size, what is unknown."""

from __future__ import annotations

import gzip
import io
import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scap_bytes import TS, block, event, read, read_until, section, small_capture

from tiercel.errors import CaptureError, SourceError
from tiercel.events.table import CODES, EVENTS
from tiercel.sources.scap import Capture

SMALL = small_capture()

# Events that Falco numbers but does not show: enter events that only move the state.
NOT_SHOWN = {
    CODES[s]
    for s in ("OPEN_E", "OPENAT_2_E", "OPENAT2_E", "CREAT_E", "CONNECT_E", "EXECVE_19_E", "EXECVEAT_E")
}

OLD = [
    "cat_write", "curl_google", "open-multiple-files", "ping_sendto", "privileged", "syscall",
    "test_ipv6_client", "write_tmp_test",
]  # fmt: skip
RECORDED = {
    "chain_talk": 72035,
    "exec": 34981,
    "files": 32224,
    "busy": 84130,
    "network": 120741,
    "container_shell": 81188,
}


@pytest.mark.parametrize("name", OLD)
def test_all_events_of_the_captures(falco: Path, name: str) -> None:
    with gzip.open(falco / "golden" / f"{name}.scap.fields.jsonl.gz") as f:
        rows = {row["evt.num"]: row for row in map(json.loads, f)}
    events = list(Capture(falco / "captures" / f"{name}.scap"))
    assert [e.num for e in events] == list(range(events[0].num, events[-1].num + 1))
    shown = {e.num: e for e in events if e.type not in NOT_SHOWN}
    assert shown.keys() == rows.keys()
    for num, row in rows.items():
        e = shown[num]
        assert (e.ts, e.tid, e.cpu) == (row["evt.rawtime"], row["thread.tid"], row["evt.cpu"])
        # A generic event shows the name of its system call.
        assert EVENTS[e.type].name in (row["evt.type"], "syscall")


@pytest.mark.parametrize("name", RECORDED)
def test_recordings(falco: Path, name: str) -> None:
    events = {e.num: e for e in Capture(falco / "recorded" / f"{name}.scap")}
    assert len(events) == RECORDED[name]
    golden = falco / "golden" / f"{name}.scap.fields.jsonl.gz"
    if golden.exists():
        with gzip.open(golden) as f:
            for row in map(json.loads, f):
                e = events[row["evt.num"]]
                assert (e.ts, e.tid, EVENTS[e.type].name) == (
                    row["evt.rawtime"],
                    row["thread.tid"],
                    row["evt.type"],
                )


@pytest.mark.parametrize("name", ["cat_write", "connect_localhost", "empty", "open-multiple-files"])
def test_captures_of_the_cases(falco: Path, name: str) -> None:
    events = list(Capture(falco / "cases" / "captures" / f"{name}.scap"))
    assert len(events) > 100


ROWS = {
    "today": (event("CLOSE_X", [bytes(8), b"\3" + bytes(7)], cpu=3), 0, 3, (bytes(8), b"\3" + bytes(7))),
    "today, with flags": (event("SETSID_X", [bytes(8)], flags=7, cpu=1), 7, 1, (bytes(8),)),
    "oldest": (event("SETSID_X", [bytes(8)], v1=True, cpu=2), 0, 2, (bytes(8),)),
    "oldest, with flags": (event("SETSID_X", [bytes(8)], v1=True, flags=9), 9, 0, (bytes(8),)),
    "before the format was published": (
        event("SETSID_X", [bytes(8)], v1=True, kind=0x8010ABCD), 0, 0, (bytes(8),),
    ),
    "large": (event("CONTAINER_JSON_2_E", [b"x" * 100_000], width=4, kind=0x221), 0, 0, (b"x" * 100_000,)),
    "large, with flags": (
        event("CONTAINER_JSON_2_E", [b"{}\0"], width=4, kind=0x222, flags=4), 4, 0, (b"{}\0",),
    ),
    "long lengths in a usual block": (event("CONTAINER_JSON_2_E", [b"{}\0"], width=4), 0, 0, (b"{}\0",)),
    "no parameters": (event("SETSID_X", []), 0, 0, ()),
    "fewer parameters, oldest": (event("SIGNALDELIVER_E", [bytes(8)], v1=True), 0, 0, (bytes(8),)),
    "more parameters than are known": (event("SETSID_X", [bytes(8), b"new"]), 0, 0, (bytes(8),)),
    "room behind the parameters": (event("SETSID_X", [bytes(8)], extra=1), 0, 0, (bytes(8),)),
    "oldest notification, its length too long by three": (
        event("NOTIFICATION_E", [b"id\0", b"abc"], v1=True, extra=3, tail=b"???"), 0, 0, (b"id\0", b"abc"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
def test_event_blocks(row: str) -> None:
    data, flags, cpu, params = ROWS[row]
    _, e = read(section() + event("SETSID_X") + data)
    assert (e.num, e.ts, e.tid, e.flags, e.cpu, e.params) == (2, TS, 1, flags, cpu, params)


def test_unknown_blocks_are_skipped_and_counted() -> None:
    strange = block(0x7777, b"whatever" * 40_000)
    capture = Capture(
        io.BytesIO(section() + strange + event("SETSID_X") + strange * 2 + event("SETSID_X")), 1000
    )
    assert [e.num for e in capture] == [1, 2]
    assert capture.unknown_blocks == 3


def test_unknown_events_get_no_number_and_are_counted() -> None:
    capture = Capture(io.BytesIO(section() + event(4321, [b"?"]) + event("SETSID_X") + event(65535)))
    assert [e.num for e in capture] == [1]
    assert capture.unknown_events == 2


def test_unused_and_old_events_get_no_number() -> None:
    dropped = event("PROCEXIT_X") + event("CLONE_20_E")
    assert [e.num for e in read(section() + dropped + event("SETSID_X"))] == [1]


def test_containers_and_users_before_all_events_belong_to_the_head() -> None:
    """They are numbered, but nobody sees them: as Falco reads them."""
    head = event("CONTAINER_JSON_2_E", [b"{}\0"], width=4) + event("USER_DELETED_E") + event(4321)
    old = event("CONTAINER_JSON_E", [b"{}\0"])
    capture = Capture(io.BytesIO(section() + head + old + event("SETSID_X") + event("USER_DELETED_E")))
    assert [(e.num, EVENTS[e.type].name) for e in capture] == [(4, "setsid"), (5, "userdeleted")]
    assert capture.unknown_events == 1


def test_captures_one_after_the_other() -> None:
    capture = Capture(io.BytesIO(SMALL + SMALL))
    events = list(capture)
    assert [e.num for e in events] == list(range(1, 25))
    assert [e[1:] for e in events[:12]] == [e[1:] for e in events[12:]]
    assert capture.sections == 2


def test_gzip_in_one_and_more_members() -> None:
    half = len(SMALL) // 2
    plain = read(SMALL)
    assert len(plain) == 12
    assert read(gzip.compress(SMALL)) == plain
    assert read(gzip.compress(SMALL[:half]) + gzip.compress(SMALL[half:])) == plain
    assert read(gzip.compress(SMALL) + bytes(512)) == plain


@settings(max_examples=60, deadline=None)
@given(size=st.one_of(st.integers(1, 300), st.integers(300, 100_000)), packed=st.booleans())
def test_pieces_of_any_size_give_the_same(size: int, packed: bool) -> None:
    data = section() + event("CONTAINER_JSON_2_E", [b"x" * 70_000], width=4, kind=0x221) + SMALL
    if size < 300:
        data = SMALL
    assert read(gzip.compress(data) if packed else data, size) == read(data)


@pytest.mark.parametrize("size", [777, 64 * 1024, 1 << 20])
def test_pieces_of_a_real_capture(falco: Path, size: int) -> None:
    path = falco / "captures" / "curl_google.scap"
    assert list(Capture(path, size)) == list(Capture(path))


def test_a_pipe() -> None:
    reader, writer = os.pipe()

    def feed() -> None:
        with open(writer, "wb", buffering=0) as out:
            for i in range(0, len(SMALL), 37):
                out.write(SMALL[i : i + 37])

    thread = threading.Thread(target=feed)
    thread.start()
    with open(reader, "rb", buffering=0) as file:
        events = list(Capture(file))
    thread.join()
    assert events == read(SMALL)


REFUSED = {
    "nothing": (b"", 0, "ends in the middle"),
    "some text": (b"hello, this is no capture at all", 0, "no capture"),
    "another byte order": (block(0x0A0D0D0A, b"\x1a\x2b\x3c\x4d" + bytes(12)), 0, "little endian"),
    "a newer format": (section(major=2) + event("SETSID_X"), 0, "newer"),
    "no events": (section(), 28, "no events"),
    "a table after an event": (
        section() + event("SETSID_X") + block(0x201, bytes(180)),
        68,
        "after the first event",
    ),
    "a short section header": (block(0x0A0D0D0A, b"1234"), 0, "cannot be"),
}


@pytest.mark.parametrize("row", REFUSED)
def test_refused(row: str) -> None:
    data, offset, text = REFUSED[row]
    _, error = read_until(data)
    assert error is not None
    assert error.offset == offset
    assert text in str(error)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        Capture(tmp_path / "gone.scap")


def test_an_error_names_file_and_offset(tmp_path: Path) -> None:
    path = tmp_path / "torn.scap"
    path.write_bytes(SMALL[:-1])
    with pytest.raises(CaptureError, match=r"torn\.scap: at byte \d+: the file ends"):
        list(Capture(path))
