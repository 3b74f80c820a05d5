"""What is written is read again; the bytes of parameters are those of Falco's format."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scap_bytes import TS, read, small_capture

from tiercel.events.table import CODES, EVENTS
from tiercel.sources.scap import Capture, CaptureWriter
from tiercel.sources.scap.encode import encode

# type of event, parameter, value, bytes
PARAMETERS: list[tuple[str, str, Any, bytes]] = [
    ("OPENAT_2_X", "fd", -2, b"\xfe" + b"\xff" * 7),
    ("OPENAT_2_X", "name", "/a", b"/a\0"),
    ("OPENAT_2_X", "name", "", b"\0"),
    ("OPENAT_2_X", "name", b"/a\0", b"/a\0"),
    ("OPENAT_2_X", "name", None, b""),
    ("OPENAT_2_X", "flags", "O_RDONLY|O_CLOEXEC", struct.pack("<I", 4097)),
    ("OPENAT_2_X", "flags", 3, struct.pack("<I", 3)),
    ("EXECVE_19_X", "args", ["-c", "ls"], b"-c\0ls\0"),
    ("EXECVE_19_X", "args", b"raw", b"raw"),
    ("EXECVE_19_X", "loginuid", -1, b"\xff" * 4),
    ("EXECVE_19_X", "loginuid", 0xFFFFFFFF, b"\xff" * 4),
    ("CONNECT_X", "addr", ("10.0.0.1", 443), b"\2\x0a\0\0\1\xbb\1"),
    ("CONNECT_X", "addr", ("::1", 443), b"\x0a" + bytes(15) + b"\1\xbb\1"),
    ("CONNECT_X", "addr", "/run/x", b"\1/run/x\0"),
    ("CONNECT_X", "tuple", (("1.2.3.4", 1), ("5.6.7.8", 2)), b"\2\1\2\3\4\1\0\5\6\7\x08\2\0"),
    ("CONNECT_X", "tuple", (("::", 1), ("::", 2)), b"\x0a" + bytes(16) + b"\1\0" + bytes(16) + b"\2\0"),
    ("CONNECT_X", "tuple", (1, 2, "/s"), b"\1\1" + bytes(7) + b"\2" + bytes(7) + b"/s\0"),
    ("POLL_X", "fds", [(3, 1)], b"\1\0\3" + bytes(7) + b"\1\0"),
    ("SETSOCKOPT_X", "val", (2, 7), b"\2\7\0\0\0"),
    ("SETSOCKOPT_X", "val", (0, b"abc"), b"\0abc"),
]


@pytest.mark.parametrize(("symbol", "name", "value", "expected"), PARAMETERS)
def test_parameters(symbol: str, name: str, value: Any, expected: bytes) -> None:
    (param,) = (p for p in EVENTS[CODES[symbol]].params if p.name == name)
    assert encode(param, value) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [("flags", "O_WHAT"), ("flags", 1 << 32), ("fd", "x"), ("mode", "O_RDONLY"), ("name", 3)],
)
def test_parameters_that_cannot_be(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"parameter {name}"):
        CaptureWriter(io.BytesIO()).event(TS, 1, 0, "openat", {name: value})


def test_names_of_events() -> None:
    out = io.BytesIO()
    with CaptureWriter(out) as w:
        for name in ("openat", "execve", "clone", "procexit", "container", "OPENAT_2_E", "switch"):
            w.event(TS, 1, 0, name)
    symbols = [EVENTS[e.type].symbol for e in read(out.getvalue())]
    assert symbols == [
        "OPENAT_2_X", "EXECVE_19_X", "CLONE_20_X", "PROCEXIT_1_E", "CONTAINER_JSON_2_E", "OPENAT_2_E",
        "SCHEDSWITCH_6_E",
    ]  # fmt: skip


def test_what_is_refused() -> None:
    w = CaptureWriter(io.BytesIO())
    with pytest.raises(ValueError, match="no event nothing"):
        w.event(TS, 1, 0, "nothing")
    with pytest.raises(ValueError, match="no parameter colour"):
        w.event(TS, 1, 0, "openat", colour="red")
    with pytest.raises(ValueError, match="too long"):
        w.event(TS, 1, 0, "read", data=b"x" * 70_000)
    with pytest.raises(ValueError, match="too long"):
        w.event(TS, 1, 0, "read", data=b"x" * 65_520)
    w.event(TS, 1, 0, "read", data=b"x" * 65_400)
    with pytest.raises(ValueError, match="before the first event"):
        w.process(1, comm="a", exe="a")


def test_all_parameters_come_back() -> None:
    """For every type of today: parameters of different lengths, as bytes."""
    kinds = [k for k in EVENTS if k.exists and not k.effects & (1 << 9 | 1 << 6)]
    out = io.BytesIO()
    with CaptureWriter(out) as w:
        for i, kind in enumerate(kinds):
            w.raw_event(TS + i, i, i % 8, kind.code, [bytes([65 + j]) * j for j in range(len(kind.params))])
    for i, (kind, e) in enumerate(zip(kinds, read(out.getvalue()), strict=True)):
        assert (e.type, e.ts, e.tid, e.cpu) == (kind.code, TS + i, i, i % 8)
        assert list(e.params) == [bytes([65 + j]) * j for j in range(len(kind.params))]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**64 - 1),
            st.integers(-(2**63), 2**63 - 1),
            st.integers(0, 65535),
            st.binary(max_size=90),
        )
    ).filter(len)
)
def test_headers_come_back(rows: list[tuple[int, int, int, bytes]]) -> None:
    out = io.BytesIO()
    with CaptureWriter(out) as w:
        for ts, tid, cpu, data in rows:
            w.event(ts, tid, cpu, "read", data=data)
    assert [(e.ts, e.tid, e.cpu, e.params[1]) for e in read(out.getvalue())] == rows


def test_gzip_by_name(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.scap", tmp_path / "a.scap.gz"
    for path in (plain, packed):
        with CaptureWriter(path) as w:
            w.event(TS, 1, 0, "setsid", res=5)
    assert packed.read_bytes()[:2] == b"\x1f\x8b"
    assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()
    assert list(Capture(plain)) == list(Capture(packed))


def test_blocks_are_padded_and_say_their_length_twice() -> None:
    data, at = small_capture(), 0
    while at < len(data):
        (length,) = struct.unpack_from("<I", data, at + 4)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, at + length - 4) == (length,)
        at += length
    assert at == len(data)
