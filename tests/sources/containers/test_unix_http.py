"""Servers that speak no HTTP, too much of it, or none in time."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.sources.containers.fake_runtimes import read_target, serving

from tiercel.sources.containers import unix_http
from tiercel.sources.containers.answers import AnswerError, AwayError

OK = b"HTTP/1.1 200 OK\r\n"


def says(data: bytes) -> Callable[[socket.socket], None]:
    def talk(conn: socket.socket) -> None:
        read_target(conn)
        conn.sendall(data)

    return talk


def forever(data: bytes, pause: float = 0.0, first: bytes = OK) -> Callable[[socket.socket], None]:
    def talk(conn: socket.socket) -> None:
        read_target(conn)
        conn.sendall(first)
        while True:
            conn.sendall(data)
            time.sleep(pause)

    return talk


def silent(conn: socket.socket) -> None:
    conn.recv(1 << 20)
    time.sleep(3)


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (OK + b"Content-Length: 2\r\n\r\nhi", b"hi"),
        (OK + b"content-length:0\r\n\r\n", b""),
        (OK + b"\r\nuntil the end", b"until the end"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n3;x=y\r\nyou\r\n0\r\n\r\n", b"hiyou"),
    ],
)
def test_bodies(tmp_path: Path, answer: bytes, body: bytes) -> None:
    with serving(tmp_path / "s", says(answer)):
        seen = asyncio.run(unix_http.get(str(tmp_path / "s"), "/x", 2, 1000))
    assert (seen.status, seen.body) == (200, body)


HOSTILE: dict[str, tuple[Callable[[socket.socket], None], type[Exception]]] = {
    "nothing": (says(b""), AwayError),
    "no http": (says(b"hello\r\n\r\n"), AnswerError),
    "no status": (says(b"HTTP/1.1 OK\r\n\r\n"), AnswerError),
    "half a head": (says(OK), AwayError),
    "endless head": (forever(b"a: b\r\n" * 1000), AnswerError),
    "endless line": (forever(b"a" * 65536), AnswerError),
    "endless body": (forever(b"a" * 65536, first=OK + b"\r\n"), AnswerError),
    "a length that is none": (says(OK + b"Content-Length: -1\r\n\r\n"), AnswerError),
    "a length too long": (says(OK + b"Content-Length: 99999999\r\n\r\n"), AnswerError),
    "a length that is a lie": (says(OK + b"Content-Length: 99\r\n\r\nhi"), AwayError),
    "a chunk that is none": (says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), AnswerError),
    "a chunk too long": (says(OK + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n"), AnswerError),
    "a chunk without end": (says(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhiXX"), AnswerError),
    "half a chunk": (says(OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\nhi"), AwayError),
    "silence": (silent, AwayError),
    "a byte now and then": (forever(b"a", 0.05), AwayError),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_servers_cost_an_error_and_no_time(tmp_path: Path, name: str) -> None:
    talk, error = HOSTILE[name]
    with serving(tmp_path / "s", talk):
        began = time.monotonic()
        with pytest.raises(error):
            asyncio.run(unix_http.get(str(tmp_path / "s"), "/x", 0.5, 1 << 20))
        assert time.monotonic() - began < 2


def test_a_server_that_takes_nothing(tmp_path: Path) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.listen(0)
    with pytest.raises(AwayError):
        asyncio.run(unix_http.get(str(tmp_path / "s"), "/x", 0.3, 1000))
    server.close()
    with pytest.raises(AwayError):
        asyncio.run(unix_http.get(str(tmp_path / "s"), "/x", 0.3, 1000))


def test_lines(tmp_path: Path) -> None:
    async def run() -> list[bytes]:
        return [line async for line in unix_http.lines(str(tmp_path / "s"), "/x", 2)]

    chunks = OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\na\nbc\r\n3\r\nd\n\n\r\n0\r\n\r\n"
    with serving(tmp_path / "s", says(chunks)):
        assert asyncio.run(run()) == [b"a", b"bcd"]
    with serving(tmp_path / "s", says(b"HTTP/1.1 500 X\r\n\r\n")), pytest.raises(AnswerError):
        asyncio.run(run())
    with serving(tmp_path / "s", forever(b"x" * 65536, first=OK + b"\r\n")), pytest.raises(AnswerError):
        asyncio.run(run())
