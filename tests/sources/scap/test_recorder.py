"""What the recorder writes, a reader sees as the original: events, state, alerts; from the start, from the middle."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scap_bytes import block, event, section

from tiercel.demo import CAPTURE
from tiercel.errors import CaptureError
from tiercel.events.catalogue import CATALOGUE
from tiercel.events.fields.dump import FieldReader, Given
from tiercel.events.table import CODES
from tiercel.rules.engine import Engine
from tiercel.rules.load import load_rules
from tiercel.rules.plan import Plan, plan_syscalls
from tiercel.rules.printer import Printer
from tiercel.sources.scap import Capture, CaptureWriter
from tiercel.sources.scap.capture_file import CaptureSeries, open_capture
from tiercel.sources.scap.recorder import Recorder

# Counted from a capture's start.
COUNTED = {"evt.num", "util.cnt", "evt.reltime", "evt.reltime.s", "evt.reltime.ns"}


def readable() -> list[str]:
    """All fields that events of system calls have, without those that say where in the capture an event stands."""
    names = ["proc.aname[1]", "proc.apid[2]", "proc.aexepath[1]", "proc.acmdline[1]", "proc.env[PATH]"]
    for name in CATALOGUE:
        if name in COUNTED or name.startswith(("ka.", "jevt.", "json.")):
            continue
        try:
            FieldReader(Given([]), [name])
        except (KeyError, ValueError, TypeError):
            continue
        names.append(name)
    return names


FIELDS = readable()


class Pieces:
    """A sink in memory."""

    def __init__(self) -> None:
        self.files: list[list[bytes]] = [[]]
        self.turns = False  # another file after every piece

    def write(self, piece: bytes) -> bool:
        self.files[-1].append(piece)
        return self.turns

    def next(self) -> None:
        self.files.append([])

    def close(self) -> None:
        pass

    def captures(self) -> list[bytes]:
        return [b"".join(pieces) for pieces in self.files if pieces]


NO_RULES = plan_syscalls([])


def recorded(
    source: Any, plan: Plan = NO_RULES, *, skip: int = 0, turns: bool = False, **more: Any
) -> Pieces:
    """What a recorder makes of a source; from the batch `skip` on."""
    sink = Pieces()
    sink.turns = turns
    recorder = Recorder(sink, filtered=bool(plan.rules), **more)
    engine = Engine(source, plan, tap=None if skip else recorder, all_events=True)
    source.open()
    while engine.next_hits() is not None:
        if skip:
            skip -= 1
            if not skip:
                engine.tap = recorder
        recorder.flush()
    recorder.close()
    return sink


def dumped(data: bytes, fields: list[str] = FIELDS) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = list(FieldReader(Capture(io.BytesIO(data)), fields))
    for shown in found:
        # In the order of Falco's table of descriptors, which depends on how they came and went.
        if isinstance(shown.get("fd.types"), list):
            shown["fd.types"] = sorted(shown["fd.types"])
    return found


def assert_same(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> None:
    for i, (one, other) in enumerate(zip_longest(a, b)):
        if one != other:
            keys = one.keys() | other.keys() if one and other else ()
            differ = {k: (one.get(k), other.get(k)) for k in keys if one.get(k) != other.get(k)}
            pytest.fail(f"event {i} of {len(a)} and {len(b)}: {differ}")


def raw_bytes(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def stock_captures(shared: Path, recorded: str = "*") -> Iterator[Path]:
    yield from sorted((shared / "falco/captures").glob("*.scap"))
    yield from sorted((shared / "falco/recorded").glob(f"{recorded}.scap"))


def test_demo_is_the_same() -> None:
    demo = raw_bytes(Path(CAPTURE))
    (copy,) = recorded(Capture(io.BytesIO(demo))).captures()
    assert_same(dumped(demo), dumped(copy))


def test_recorded_twice_is_the_same() -> None:
    # But for the order of users and containers, which nobody sees.
    (once,) = recorded(Capture(CAPTURE)).captures()
    (twice,) = recorded(Capture(io.BytesIO(once))).captures()
    assert sorted(once) == sorted(twice)


def test_every_field_of_real_captures(shared: Path) -> None:
    for path in stock_captures(shared, "exec"):
        (copy,) = recorded(Capture(path)).captures()
        assert_same(dumped(raw_bytes(path)), dumped(copy))


def test_every_field_where_files_begin_in_the_middle(shared: Path) -> None:
    # A file every 256 KB, each with the state of that moment.
    path = shared / "falco/recorded/exec.scap"
    parts = recorded(Capture(path), turns=True).captures()
    assert len(parts) > 20
    assert_same(dumped(raw_bytes(path)), [shown for part in parts for shown in dumped(part)])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(skip=st.integers(1, 60), size=st.integers(500, 3000))
def test_from_anywhere_in_the_middle(skip: int, size: int) -> None:
    demo = raw_bytes(Path(CAPTURE))
    parts = recorded(Capture(io.BytesIO(demo), buffer_size=size), skip=skip).captures()
    whole = dumped(demo)
    rest = dumped(parts[0]) if parts else []
    assert_same(whole[len(whole) - len(rest) :], rest)


def alerts(data: bytes | Path, plan: Plan) -> list[tuple[int, str]]:
    source = Capture(io.BytesIO(data) if isinstance(data, bytes) else data)
    engine, printer = Engine(source, plan), Printer(plan)
    source.open()
    told = []
    while (hits := engine.next_hits()) is not None:
        told += [(engine.time_ns, printer.print(i)[0]) for i in hits]
    return told


def test_the_same_alerts(shared: Path) -> None:
    stock = load_rules(sorted((shared / "falco/rules/0.57").glob("falco*.yaml")))
    plan = plan_syscalls([r for r in stock.rules if r.source == "syscall"])
    found = 0
    for path in stock_captures(shared):
        (copy,) = recorded(Capture(path)).captures()
        expected = alerts(path, plan)
        assert alerts(copy, plan) == expected
        parts = recorded(Capture(path), turns=True).captures()
        assert [a for part in parts for a in alerts(part, plan)] == expected
        found += len(expected)
    assert found > 100


# ---- filters


def plan_of(condition: str, folder: Path) -> Plan:
    path = folder / "rules.yaml"
    path.write_text(f"- {{rule: r, desc: d, condition: '{condition}', output: o, priority: DEBUG}}\n")
    loaded = load_rules([path])
    assert loaded.ok
    return plan_syscalls(loaded.rules)


@pytest.mark.parametrize(
    "condition",
    [
        "evt.type = execve",
        "fd.name startswith /app",
        "proc.name = node and evt.type in (read, write, sendto, connect)",
    ],
)
def test_a_filtered_recording_keeps_the_state(condition: str, tmp_path: Path) -> None:
    demo = raw_bytes(Path(CAPTURE))
    plan = plan_of(condition, tmp_path)
    sink = recorded(Capture(io.BytesIO(demo)), plan)
    (copy,) = sink.captures()
    assert len(copy) < len(demo)
    # What the recording shows of the chosen events is what the whole capture shows of them.
    everything = plan_of("evt.num > 0", tmp_path)
    names = "%proc.name %proc.cmdline %proc.cwd %fd.name %evt.args %container.name %user.name %proc.aname[1]"
    shown = plan_of(condition, tmp_path)
    for p in (everything, shown):
        object.__setattr__(p.rules[0], "output", names)
    assert alerts(copy, everything) == alerts(demo, shown)
    assert alerts(copy, everything)


def test_marked_events_stay_marked() -> None:
    # An event that was kept for the state alone, recorded again, is still that.
    data = io.BytesIO()
    with CaptureWriter(data) as capture:
        capture.process(7, comm="a", exe="/a")
        capture.event(1, 7, 0, "close", res=0, fd=3, block_flags=1)
        capture.event(2, 7, 0, "close", res=0, fd=4)
    (copy,) = recorded(Capture(io.BytesIO(data.getvalue()))).captures()
    assert [e.flags for e in Capture(io.BytesIO(copy))] == [1, 0]


# ---- heads


def test_sockets_of_the_head_keep_their_direction() -> None:
    data = io.BytesIO()
    with CaptureWriter(data) as capture:
        capture.interface("eth0", "10.0.0.1", "255.255.255.0")
        capture.interface("eth0", "fe80::1", "ffff:ffff:ffff:ffff::")
        capture.user(7, 8, "alice", "/home/alice", "/bin/sh")
        capture.group(8, "staff")
        capture.process(7, comm="a", exe="/a", uid=7, gid=8)
        capture.fd(7, 3, "ipv4_server", source=("0.0.0.0", 80))
        capture.fd(7, 4, "ipv4", source=("10.0.0.1", 80), destination=("10.0.0.9", 51000))
        capture.fd(7, 5, "ipv4", source=("10.0.0.1", 51001), destination=("10.0.0.9", 443))
        capture.fd(7, 6, "ipv6_server", source=("::", 81))
        capture.fd(7, 7, "ipv6", source=("fe80::1", 81), destination=("fe80::2", 51000))
        capture.fd(7, 8, "unix", name="/run/a.sock", source=5, destination=6)
        capture.fd(7, 9, "fifo", name="pipe:[1]")
        capture.fd(7, 10, "file", name="/etc/x", flags=1, dev=3, ino=4)
        for fd in range(3, 11):
            capture.event(fd, 7, 0, "read", res=0, fd=fd, data=b"", size=0)
    original = data.getvalue()
    (copy,) = recorded(Capture(io.BytesIO(original))).captures()
    assert_same(dumped(original), dumped(copy))
    sides = [e.get("fd.is_server") for e in dumped(copy, ["fd.is_server"])]
    assert sides[1:3] == [True, False]


def test_long_strings_survive() -> None:
    args = [f"{i:04}" * 25 for i in range(100)]  # longer than a table's row takes
    exec_params = {
        "res": 0,
        "exe": "/a",
        "args": args,
        "tid": 7,
        "pid": 7,
        "ptid": 1,
        "comm": "a",
        "env": ["A=" + "b" * 9000],
    }
    data = io.BytesIO()
    with CaptureWriter(data) as capture:
        capture.process(7, comm="a", exe="/a")
        capture.event(1, 7, 0, "execve", exec_params)
        for i in range(2, 2000):
            capture.event(i, 7, 0, "close", res=0, fd=3)
    original = data.getvalue()
    parts = recorded(Capture(io.BytesIO(original), buffer_size=4096), skip=8).captures()
    whole, rest = dumped(original), dumped(parts[0])
    assert rest and rest[-1]["proc.args"] == " ".join(args)
    assert_same(whole[len(whole) - len(rest) :], rest)


def test_containers_go_into_the_head() -> None:
    # The demo's containers are told by events at its head; a recording from the middle tells them again.
    parts = recorded(Capture(CAPTURE, buffer_size=2000), skip=40).captures()
    rest = dumped(parts[0], ["container.name", "container.image.repository", "container.id"])
    assert any(e.get("container.image.repository") for e in rest)


def test_captures_one_after_the_other() -> None:
    demo = raw_bytes(Path(CAPTURE))
    (copy,) = recorded(Capture(io.BytesIO(demo + demo))).captures()
    assert_same(dumped(demo + demo), dumped(copy))
    assert copy.count(bytes.fromhex("0a0d0d0a1c000000")) == 2


def test_an_empty_state_has_a_head() -> None:
    (copy,) = recorded(OpenGiven([(CODES["CLOSE_X"], 9, 5, [bytes(8), bytes(8)])])).captures()
    assert [e.type for e in Capture(io.BytesIO(copy))] == [CODES["CLOSE_X"]]


class OpenGiven(Given):
    def open(self) -> None:
        pass


def test_events_too_long_for_a_block_are_cut() -> None:
    write = CODES["WRITE_X"]
    text = CODES["OPENAT_2_X"]
    events = [
        (write, 9, 5, [bytes(8), b"x" * 100_000, bytes(8), bytes(4)]),
        (
            text,
            9,
            6,
            [bytes(8), bytes(8), b"/" + b"a" * 70_000 + b"\0", bytes(4), bytes(4), bytes(4), bytes(8)],
        ),
        (CODES["CLOSE_X"], 9, 7, [bytes(8), bytes(8)]),
    ]
    (copy,) = recorded(OpenGiven(events)).captures()
    first, second, third = Capture(io.BytesIO(copy))
    assert 60_000 < len(first.params[1]) < 65_536 and len(first.params[0]) == 8
    assert 60_000 < len(second.params[2]) < 65_536 and second.params[2].endswith(b"a\0")
    assert third.ts == 7


# ---- what the live sensor knows besides

TRUTHS = ["tiercel.fd.true", "tiercel.fd.claimed", "fd.name", "proc.cwd", "evt.type", "evt.rawtime"]


def lies() -> list[tuple[Any, ...]]:
    """A link to a secret is opened and read; then, in a folder entered over a link, files by their names alone."""

    def text(name: str) -> bytes:
        return name.encode() + b"\0"

    def i64(value: int) -> bytes:
        return struct.pack("<q", value)

    numbers = [struct.pack("<I", 1), bytes(4), bytes(4), bytes(8)]
    execve = [
        i64(0),
        text("/a"),
        b"",
        i64(7),
        i64(7),
        i64(1),
        text("/"),
        i64(9),
        *[bytes(8)] * 2,
        *[bytes(4)] * 3,
    ]
    events: list[tuple[Any, ...]] = [
        (CODES["EXECVE_19_X"], 7, 1, [*execve, text("a")], b""),
        (CODES["OPENAT_2_X"], 7, 2, [i64(3), i64(-100), text("/tmp/link"), *numbers], b"/etc/shadow"),
        (CODES["OPENAT_2_X"], 7, 3, [i64(4), i64(-100), text("/tmp/same"), *numbers], b"/tmp/same"),
        (CODES["CHDIR_X"], 7, 4, [i64(0), text("/tmp/folder")], b"/root"),
    ]
    for i in range(5, 400):
        events.append((CODES["READ_X"], 7, i, [i64(1), b"x", i64(3 + i % 2), bytes(4)], b""))
        events.append((CODES["MKDIR_2_X"], 7, i, [i64(0), text("x"), bytes(4)], b""))
    return events


def test_true_names_survive() -> None:
    told: list[dict[str, Any]] = list(FieldReader(Given(lies()), TRUTHS))
    assert {e.get("tiercel.fd.true") for e in told} >= {"/etc/shadow", "/tmp/same"}
    (copy,) = recorded(OpenGiven(lies())).captures()
    assert_same(told, dumped(copy, TRUTHS))
    # And from the middle on: in the supplement of the head.
    parts = recorded(Capture(io.BytesIO(copy), buffer_size=3000), skip=5).captures()
    rest = dumped(parts[0], TRUTHS)
    assert 100 < len(rest) < len(told)
    assert_same(told[len(told) - len(rest) :], rest)


@pytest.mark.skipif(shutil.which("sysdig") is None, reason="no sysdig to read it with")
def test_others_skip_what_they_do_not_know(tmp_path: Path) -> None:
    (copy,) = recorded(OpenGiven(lies())).captures()
    parts = recorded(Capture(io.BytesIO(copy), buffer_size=3000), skip=5).captures()
    assert b"/etc/shadow" in parts[0] and struct.pack("<I", 0x80005443) in parts[0]
    (tmp_path / "a.scap").write_bytes(copy)
    (tmp_path / "b.scap").write_bytes(parts[0])
    for name, n in (("a.scap", len(dumped(copy, TRUTHS))), ("b.scap", len(dumped(parts[0], TRUTHS)))):
        done = subprocess.run(["sysdig", "-r", tmp_path / name], capture_output=True, timeout=60)
        assert done.returncode == 0 and len(done.stdout.splitlines()) == n, done.stderr


@pytest.mark.parametrize(
    "tail", [b"\0" * 4, b"\x01\x80\xff\xff", b"\x02\x80\x01\0x\0\0\0", b"\x01\x80\0\0" * 9, b"x" * 7]
)
def test_anything_behind_an_event_is_padding(tail: bytes) -> None:
    data = (
        section() + event("CLOSE_X", (bytes(8), bytes(8)), tail=tail) + event("CLOSE_X", (bytes(8), bytes(8)))
    )
    assert len(dumped(data, TRUTHS)) == 2


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=300), cut=st.integers(0, 400))
def test_a_damaged_supplement_is_an_error_or_nothing(data: bytes, cut: int) -> None:
    (copy,) = recorded(OpenGiven(lies())).captures()
    (part,) = recorded(Capture(io.BytesIO(copy), buffer_size=3000), skip=5).captures()
    at = part.index(struct.pack("<I", 0x80005443))
    length = struct.unpack_from("<I", part, at + 4)[0]
    content = part[at + 8 : at + length - 4]
    bent = content[:cut] + data + content[cut + len(data) :]
    try:
        dumped(part[:at] + block(0x80005443, bent) + part[at + length :], TRUTHS)
    except CaptureError as e:
        assert "supplement is damaged" in str(e)


# ---- files


def test_limits_and_files(tmp_path: Path) -> None:
    out = tmp_path / "out.scap.gz"
    file = open_capture(str(out))
    recorder = Recorder(file, last_event=10)
    source = Capture(CAPTURE)
    engine = Engine(source, NO_RULES, tap=recorder, all_events=True)
    source.open()
    while engine.next_hits() is not None:
        pass
    recorder.close()
    assert recorder.events == 10
    assert out.stat().st_mode & 0o777 == 0o600
    assert out.read_bytes()[:2] == b"\x1f\x8b"
    assert len(list(Capture(out))) == 10
    assert file.size_bytes == out.stat().st_size


def test_series_keeps_the_last(shared: Path, tmp_path: Path) -> None:
    source = Capture(shared / "falco/recorded/network.scap")
    series = CaptureSeries(str(tmp_path / "out.scap"), 600_000, keep=3)
    recorder = Recorder(series)
    engine = Engine(source, NO_RULES, tap=recorder, all_events=True)
    source.open()
    while engine.next_hits() is not None:
        recorder.flush()
    recorder.close()
    names = sorted(p.name for p in tmp_path.iterdir())
    assert len(names) == 3 and names[-1] > "out-0005.scap"
    whole = dumped((shared / "falco/recorded/network.scap").read_bytes(), ["fd.name", "proc.cmdline"])
    rest = [e for n in names for e in dumped((tmp_path / n).read_bytes(), ["fd.name", "proc.cmdline"])]
    assert_same(whole[len(whole) - len(rest) :], rest)


def test_a_full_disk_is_told() -> None:
    recorder = Recorder(open_capture("/dev/full"))
    source = Capture(CAPTURE)
    engine = Engine(source, NO_RULES, tap=recorder, all_events=True)
    source.open()
    with pytest.raises(CaptureError, match="/dev/full: at byte 0: cannot be written further: No space left"):
        while engine.next_hits() is not None:
            recorder.flush()
        recorder.close()


def test_no_such_folder() -> None:
    with pytest.raises(CaptureError, match="cannot be written: No such file"):
        open_capture("/nonexistent/out.scap")


@pytest.mark.parametrize("packed", [False, True])
def test_a_torn_tail_leaves_the_rest_readable(packed: bool, tmp_path: Path) -> None:
    # As after a full disk or a power cut: the file ends anywhere.
    out = tmp_path / "out.scap"
    file = open_capture(str(out), packed=packed)
    recorder = Recorder(file)
    source = Capture(CAPTURE)
    engine = Engine(source, NO_RULES, tap=recorder, all_events=True)
    source.open()
    while engine.next_hits() is not None:
        recorder.flush()
    recorder.close()
    data = out.read_bytes()
    seen = 0
    with pytest.raises(CaptureError, match=r"ends in the middle"):
        for _ in Capture(io.BytesIO(data[: len(data) * 9 // 10])):
            seen += 1
    assert seen > 50


@pytest.mark.skipif(shutil.which("sysdig") is None, reason="no sysdig to read it with")
def test_sysdig_reads_it(shared: Path, tmp_path: Path) -> None:
    # sysdig 0.29 is older than some of the types; it tells of the same events in the original and the copy.
    for name in ("cat_write", "curl_google", "test_ipv6_client", "open-multiple-files"):
        (copy,) = recorded(Capture(shared / f"falco/captures/{name}.scap")).captures()
        out = tmp_path / f"{name}.scap"
        out.write_bytes(copy)
        exits = []
        for path in (shared / f"falco/captures/{name}.scap", out):
            done = subprocess.run(
                ["sysdig", "-r", path, "-p", "%evt.time %evt.dir %evt.type %proc.name"],
                capture_output=True,
                timeout=60,
            )
            assert done.returncode == 0, done.stderr
            # Of old captures the events on the way in are gone: what they told stands in those on the way out.
            exits.append([line for line in done.stdout.splitlines() if b" < " in line])
        assert exits[0] and exits[1] == exits[0]


def test_a_closed_pipe_is_told() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    from tiercel.sources.scap.capture_file import CaptureFile

    file = CaptureFile("pipe", writer)
    file.write(b"x")
    with pytest.raises(CaptureError, match="Broken pipe"):
        file.close()
