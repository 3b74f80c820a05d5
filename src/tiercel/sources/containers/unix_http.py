"""HTTP/1.1 over a unix socket: what podman and Docker speak.

Small, because the other side is not trusted: each answer has a bound of bytes and of time as a whole, so that one
who sends a byte a second is as well cut off as one who sends nothing. One request a connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tiercel.sources.containers.answers import AnswerError, AwayError

MAX_HEAD = 65_536  # bytes of a status line with its headers
MAX_LINE = 1 << 20  # of a stream
CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


@asynccontextmanager
async def connected(path: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to the socket. Raises AwayError where nobody takes it, or it breaks inside the block."""
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=MAX_HEAD)
    except (OSError, ValueError) as e:
        raise AwayError(f"{path}: {_reason(e)}") from None
    try:
        yield reader, writer
    except (OSError, asyncio.IncompleteReadError) as e:
        raise AwayError(f"{path}: {_reason(e)}") from None
    finally:
        writer.transport.abort()


def _reason(e: Exception) -> str:
    return (e.strerror or str(e)) if isinstance(e, OSError) else str(e)


async def get(path: str, target: str, seconds: float, most: int) -> Answer:
    """GET of `target` at the socket `path`, within `seconds`, with a body of at most `most` bytes.

    Raises AwayError (no connection, too slow) and AnswerError (no HTTP, too long).
    """
    try:
        async with asyncio.timeout(seconds), connected(path) as (reader, writer):
            status, headers = await _ask(reader, writer, target)
            body = b"".join([part async for part in _body(reader, headers, most)])
            return Answer(status, headers, body)
    except TimeoutError:
        raise AwayError(f"{path}: no answer within {seconds:g} s") from None


async def lines(path: str, target: str, seconds: float) -> AsyncGenerator[bytes, None]:
    """Lines of an answer that does not end, as they come; `seconds` is the time until its head must be there.

    Raises AwayError and AnswerError; ends where the other side ends it.
    """
    async with connected(path) as (reader, writer):
        try:
            async with asyncio.timeout(seconds):
                status, headers = await _ask(reader, writer, target)
        except TimeoutError:
            raise AwayError(f"{path}: no answer within {seconds:g} s") from None
        if status != 200:
            raise AnswerError(f"{path}: status {status} to {target.partition('?')[0]}")
        rest = b""
        async for part in _body(reader, headers, None):
            rest += part
            *whole, rest = rest.split(b"\n")
            for line in whole:
                if line.strip():
                    yield line
            if len(rest) > MAX_LINE:
                raise AnswerError(f"{path}: a line of more than {MAX_LINE} bytes")


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str
) -> tuple[int, dict[str, str]]:
    writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise AnswerError("a head of more than 64 KiB") from None
    first, *rest = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if (
        len(words) < 2
        or not words[0].startswith("HTTP/1.")
        or not (words[1].isascii() and words[1].isdigit())
    ):
        raise AnswerError("no answer in HTTP")
    headers = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return int(words[1][:3]), headers


async def _body(
    reader: asyncio.StreamReader, headers: dict[str, str], most: int | None
) -> AsyncGenerator[bytes, None]:
    left = most
    if "chunked" in headers.get("transfer-encoding", "").lower():
        while chunk := await _chunk_size(reader):
            left = _spend(left, chunk)
            while chunk:
                part = await reader.read(min(chunk, CHUNK))
                if not part:
                    raise AwayError("the answer breaks off")
                chunk -= len(part)
                yield part
            if await reader.readexactly(2) != b"\r\n":
                raise AnswerError("a chunk without its end")
        return
    length = headers.get("content-length")
    size: int | None = None
    if length is not None:
        if not (length.isascii() and length.isdigit() and len(length) < 16):
            raise AnswerError("a length that is no number")
        size = int(length)
        _spend(left, size)
    while size is None or size:
        part = await reader.read(CHUNK if size is None else min(size, CHUNK))
        if not part:
            if size:
                raise AwayError("the answer breaks off")
            return
        if size is not None:
            size -= len(part)
        left = _spend(left, len(part))
        yield part


async def _chunk_size(reader: asyncio.StreamReader) -> int:
    try:
        line = await reader.readuntil(b"\r\n")
    except asyncio.LimitOverrunError:
        raise AnswerError("a chunk without its size") from None
    digits = line.split(b";")[0].strip()
    if not digits or len(digits) > 8 or any(c not in b"0123456789abcdefABCDEF" for c in digits):
        raise AnswerError("a chunk without its size")
    return int(digits, 16)


def _spend(left: int | None, size: int) -> int | None:
    if left is None:
        return None
    if size > left:
        raise AnswerError("an answer that is too long")
    return left - size
