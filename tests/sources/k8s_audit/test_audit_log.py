"""Audit logs as sources: what is let in, and files, pipes, and logs that grow."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tiercel.errors import SourceError
from tiercel.sources.k8s_audit import AuditEvent, AuditLog, BadEvent

TIME = "2020-01-01T00:00:00.5Z"


def made(name: str, **members: Any) -> dict[str, Any]:
    return {"kind": "Event", "auditID": name, "stageTimestamp": TIME, **members}


def line(name: str) -> bytes:
    return json.dumps(made(name)).encode() + b"\n"


def read(path: Path, **options: Any) -> tuple[list[str], list[BadEvent]]:
    """The ids of a log's events, and what is bad in it."""
    bad: list[BadEvent] = []
    log = AuditLog(str(path), on_bad=bad.append, **options)
    events = [event.document["auditID"] for event in log]
    assert log.bad == len(bad)
    assert log.events == len(events)
    return events, bad


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


def test_an_event(path: Path) -> None:
    path.write_bytes(b"\n" + line("a") + b'{"kind":"Event",\n "stageTimestamp": "2020-01-01T00:00:01Z"}\n')
    first, second = AuditLog(str(path))
    assert (first.time_ns, first.line, first.num) == (1_577_836_800_500_000_000, 2, 1)
    assert first.document == made("a")
    assert first.raw == line("a").strip()
    assert (second.time_ns, second.line, second.num) == (1_577_836_801_000_000_000, 3, 2)
    assert second.first_ns == first.first_ns == first.time_ns
    assert second.text == '{"kind":"Event","stageTimestamp":"2020-01-01T00:00:01Z"}'


@pytest.mark.parametrize(
    ("document", "events", "bad"),
    [
        (made("a"), ["a"], None),
        ([made("a"), [made("b")]], ["a", "b"], None),
        (
            {"kind": "EventList", "items": [made("a"), {"auditID": "b", "stageTimestamp": TIME}]},
            ["a", "b"],
            None,
        ),
        ({"items": [made("a")], "kind": "EventList"}, ["a"], None),
        ({"kind": "EventList", "items": [made("a"), 5, made("b")]}, ["a", "b"], "an item of a list"),
        ({"kind": "EventList", "items": {}}, [], "without an array `items`"),
        ({"kind": "EventList"}, [], "without an array `items`"),
        ({"kind": "PodList", "items": [made("a")]}, [], "its `kind` is 'PodList'"),
        ({"kind": "Pod"}, [], "its `kind` is 'Pod'"),
        ({"kind": 1}, [], "it has no `kind`"),
        ({}, [], "it has no `kind`"),
        (made("a", items=[1]), ["a"], None),
        ({"kind": "Event"}, [], "without the time `stageTimestamp`"),
        (made("a", stageTimestamp=5), [], "without the time `stageTimestamp`"),
        (made("a", stageTimestamp="yesterday"), [], "'yesterday' is not a time"),
        ([made("a"), {"kind": "Pod"}, made("b")], ["a", "b"], "its `kind` is 'Pod'"),
    ],
)
def test_what_is_let_in(path: Path, document: Any, events: list[str], bad: str | None) -> None:
    path.write_text(json.dumps(document))
    found, refused = read(path)
    assert found == events
    assert [b.line for b in refused] == ([1] if bad else [])
    assert bad is None or bad in refused[0].message


def test_bad_events_are_counted_with_their_lines(path: Path) -> None:
    path.write_bytes(
        line("a") + b"oops\n" + line("b") + b'{"kind":"Pod"}\n{"kind":\n' + line("c") + b'{"x":"'
    )
    found, bad = read(path)
    assert found == ["a", "b", "c"]
    assert [b.line for b in bad] == [2, 4, 5, 7]


def test_an_item_of_a_list_has_its_own_line(path: Path) -> None:
    path.write_text(json.dumps({"kind": "EventList", "items": [made("a"), {}, made("b")]}, indent=1))
    bad: list[BadEvent] = []
    assert [event.line for event in AuditLog(str(path), on_bad=bad.append)] == [4, 10]
    assert [b.line for b in bad] == [9]


def test_large_events(path: Path) -> None:
    large = json.dumps(made("b", x="y" * 2000)).encode() + b"\n"
    listed = json.dumps(
        {"kind": "EventList", "items": [made("d"), made("e", x="y" * 2000), made("f")]}
    ).encode()
    path.write_bytes(line("a") + large + line("c") + listed)
    found, bad = read(path, max_event_bytes=1000)
    assert found == ["a", "c", "d", "f"]
    assert [b.line for b in bad] == [2, 4]
    assert all("larger than 1,000 bytes" in b.message for b in bad)
    assert read(path)[0] == ["a", "b", "c", "d", "e", "f"]


def test_deep_events(path: Path) -> None:
    deep = b'{"kind":"Event","auditID":"deep","stageTimestamp":"' + TIME.encode() + b'","x":' + b"[" * 400
    path.write_bytes(line("a") + deep + b"]" * 400 + b"}\n" + line("b"))
    found, bad = read(path)
    assert found == ["a", "b"]
    assert "nested deeper than 300 levels" in bad[0].message


def test_gzip(path: Path) -> None:
    packed = gzip.compress(line("a") * 5000) + gzip.compress(line("b")) + b"\0\0"
    path.write_bytes(packed)
    found, bad = read(path)
    assert (len(found), found[-1], bad) == (5001, "b", [])


@pytest.mark.parametrize(
    ("damage", "message"), [(lambda b: b[:-9], "ends too early"), (lambda b: b[:-20] + b"x" * 20, "damaged")]
)
def test_damaged_gzip(path: Path, damage: Any, message: str) -> None:
    path.write_bytes(gzip.compress(line("a")) + damage(gzip.compress(line("b"), mtime=0)))
    seen = []
    with pytest.raises(SourceError, match=message):
        for event in AuditLog(str(path)):
            seen.append(event.document["auditID"])
    assert seen[:1] == ["a"]


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for name in ("nothing.log", "no/such/folder.log"):
        with pytest.raises(SourceError, match="cannot open the audit log"):
            AuditLog(str(tmp_path / name))
    with pytest.raises(SourceError, match="is a directory"):
        AuditLog(str(tmp_path))
    with pytest.raises(SourceError, match="no such folder"):
        AuditLog(str(tmp_path / "no" / "such.log"), follow=True)
    with pytest.raises(SourceError, match="standard input cannot be followed"):
        AuditLog("-", follow=True)
    (tmp_path / "a.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(SourceError, match="compressed"):
        AuditLog(str(tmp_path / "a.gz"), follow=True)


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input(packed: bool) -> None:
    code = (
        "from tiercel.sources.k8s_audit import AuditLog\nfor e in AuditLog('-'): print(e.document['auditID'])"
    )
    text = line("a") + b"oops\n" + line("b")
    out = subprocess.run(
        [sys.executable, "-c", code],
        input=gzip.compress(text) if packed else text,
        capture_output=True,
        check=True,
    )
    assert out.stdout.split() == [b"a", b"b"]


def test_a_pipe_says_when_there_is_nothing(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = os.open(pipe, os.O_RDWR)
    events = AuditLog(str(pipe)).available()
    assert next(events) is None
    os.write(writer, line("a")[:10])
    assert next(events) is None
    os.write(writer, line("a")[10:])
    event = next(events)
    assert event is not None
    assert event.document["auditID"] == "a"
    assert next(events) is None
    os.close(writer)
    assert list(events) == []


class Grown:
    """A followed log: what it has given since it was last asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bad: list[BadEvent] = []
        self.log = AuditLog(str(path), follow=True, on_bad=self.bad.append)
        self._events: Iterator[AuditEvent | None] = self.log.available()

    def new(self) -> list[str]:
        found = []
        quiet = 0
        while quiet < 3:  # a rotation is believed at the second look
            event = next(self._events)
            quiet = quiet + 1 if event is None else 0
            if event is not None:
                found.append(event.document["auditID"])
        return found

    def write(self, text: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(text)


@pytest.fixture
def grown(path: Path) -> Iterator[Grown]:
    path.write_bytes(line("a"))
    log = Grown(path)
    yield log
    log.log.close()


def test_follow_a_log_that_grows(grown: Grown) -> None:
    assert grown.new() == ["a"]
    assert grown.new() == []
    grown.write(line("b") + line("c")[:20])
    assert grown.new() == ["b"]
    grown.write(line("c")[20:-1])
    assert grown.new() == ["c"]
    grown.write(b"\noops\n" + line("d"))
    assert grown.new() == ["d"]
    assert [b.line for b in grown.bad] == [4]


def test_follow_a_log_that_is_renamed(grown: Grown) -> None:
    assert grown.new() == ["a"]
    old = grown.path.with_suffix(".1")
    grown.path.rename(old)
    assert grown.new() == []
    with old.open("ab") as file:
        file.write(line("b"))
    assert grown.new() == ["b"]
    grown.path.write_bytes(line("c"))
    assert grown.new() == ["c"]
    grown.write(line("d"))
    assert grown.new() == ["d"]
    assert grown.bad == []


def test_the_last_words_of_a_renamed_log(grown: Grown) -> None:
    grown.path.rename(grown.path.with_suffix(".1"))
    with grown.path.with_suffix(".1").open("ab") as file:
        file.write(line("b") + line("c")[:-5])
    grown.path.write_bytes(line("d"))
    assert grown.new() == ["a", "b", "d"]
    assert [b.line for b in grown.bad] == [3]
    assert "the log ends within it" in grown.bad[0].message


def test_follow_a_log_that_is_cut_short(grown: Grown) -> None:
    grown.write(line("b"))
    assert grown.new() == ["a", "b"]
    os.truncate(grown.path, 0)
    assert grown.new() == []
    grown.write(line("c"))
    assert grown.new() == ["c"]
    # cut, and grown past the old length before anybody looked
    grown.path.write_bytes(line("d") + line("e") + line("f"))
    assert grown.new() == ["d", "e", "f"]
    assert grown.bad == []


def test_follow_a_log_that_is_not_there_yet(tmp_path: Path) -> None:
    log = Grown(tmp_path / "later.log")
    assert log.new() == []
    log.write(line("a"))
    assert log.new() == ["a"]
    log.path.unlink()
    assert log.new() == []
    log.write(line("b"))
    assert log.new() == ["b"]
    log.log.close()


def test_follow_ends_when_it_is_stopped(path: Path) -> None:
    path.write_bytes(line("a"))
    log = AuditLog(str(path), follow=True)
    found: list[str] = []
    reader = threading.Thread(target=lambda: found.extend(e.document["auditID"] for e in log))
    reader.start()
    log.stop()
    reader.join(timeout=10)
    assert not reader.is_alive()


def test_a_log_is_closed(path: Path) -> None:
    path.write_bytes(line("a"))
    with AuditLog(str(path)) as log:
        assert len(list(log)) == 1
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        list(AuditLog(str(path)))
    assert len(os.listdir("/proc/self/fd")) == before
