"""gRPC over a unix socket: what CRI runtimes speak.

HTTP/2 is left to `h2`, which knows no sockets; what gRPC adds are five bytes before a message and a status in the
trailers. As with `unix_http`, one call a connection, and bounds of bytes and time for all of it. (Protocol:
grpc/grpc, PROTOCOL-HTTP2.md.)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing

from tiercel.sources.containers.answers import AnswerError, AwayError, RefusedError
from tiercel.sources.containers.unix_http import CHUNK, connected

try:
    from h2.config import H2Configuration
    from h2.connection import H2Connection
    from h2.events import (
        ConnectionTerminated,
        DataReceived,
        ResponseReceived,
        StreamEnded,
        StreamReset,
        TrailersReceived,
    )
    from h2.exceptions import ProtocolError
except ImportError:
    INSTALLED = False
else:
    INSTALLED = True

NOT_FOUND = 5
UNIMPLEMENTED = 12


class CallError(RefusedError):
    """The server's own refusal: `code` is gRPC's."""

    def __init__(self, method: str, code: int, message: str) -> None:
        super().__init__(f"{method}: {message or 'refused'} (code {code})")
        self.code = code


async def call(
    path: str,
    method: str,
    message: bytes,
    seconds: float,
    most: int,
    metadata: Sequence[tuple[str, str]] = (),
) -> bytes:
    """The one answer to a message, within `seconds` and of at most `most` bytes.

    `method` is "package.Service/Method". Raises AwayError, AnswerError and, where the server refuses, CallError.
    """
    try:
        async with (
            asyncio.timeout(seconds),
            aclosing(_exchange(path, method, message, most, metadata)) as answers,
        ):
            async for answer in answers:
                return answer
    except TimeoutError:
        raise AwayError(f"{path}: no answer within {seconds:g} s") from None
    raise AnswerError(f"{method}: no message in the answer")


def stream(
    path: str, method: str, message: bytes, most: int, metadata: Sequence[tuple[str, str]] = ()
) -> AsyncGenerator[bytes, None]:
    """The answers to a message, as they come, each of at most `most` bytes, until the server ends the stream."""
    return _exchange(path, method, message, most, metadata)


async def _exchange(
    path: str, method: str, message: bytes, most: int, metadata: Sequence[tuple[str, str]]
) -> AsyncGenerator[bytes, None]:
    async with connected(path) as (reader, writer):
        h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        try:
            h2.initiate_connection()
            number = h2.get_next_available_stream_id()
            h2.send_headers(
                number,
                [
                    (":method", "POST"),
                    (":scheme", "http"),
                    (":path", "/" + method),
                    (":authority", "localhost"),
                    ("te", "trailers"),
                    ("content-type", "application/grpc"),
                    ("user-agent", "tiercel"),
                    *metadata,
                ],
            )
            h2.send_data(number, b"\0" + len(message).to_bytes(4, "big") + message, end_stream=True)
            rest = bytearray()
            while True:
                writer.write(h2.data_to_send())
                await writer.drain()
                data = await reader.read(CHUNK)
                if not data:
                    raise AwayError(f"{path}: the connection was closed")
                ended = False
                for event in h2.receive_data(data):
                    if isinstance(event, DataReceived):
                        rest += event.data
                        if event.flow_controlled_length:
                            h2.acknowledge_received_data(event.flow_controlled_length, number)
                    elif isinstance(event, (ResponseReceived, TrailersReceived)):
                        _check(method, _texts(event.headers), isinstance(event, ResponseReceived))
                    elif isinstance(event, (StreamReset, ConnectionTerminated)):
                        raise AwayError(f"{method}: ended with HTTP/2 error {event.error_code}")
                    elif isinstance(event, StreamEnded):
                        ended = True
                while (whole := _take(rest, most)) is not None:
                    yield whole
                if ended:
                    return
        except (ProtocolError, UnicodeDecodeError) as e:
            raise AnswerError(f"{path}: no gRPC: {e}") from None


def _take(rest: bytearray, most: int) -> bytes | None:
    if len(rest) < 5:
        return None
    size = int.from_bytes(rest[1:5], "big")
    if rest[0]:
        raise AnswerError("a compressed message, which was not asked for")
    if size > most:
        raise AnswerError("an answer that is too long")
    if len(rest) < 5 + size:
        return None
    whole = bytes(rest[5 : 5 + size])
    del rest[: 5 + size]
    return whole


def _texts(headers: Iterable[tuple[str | bytes, str | bytes]]) -> dict[str, str]:
    # h2 decodes them already; its types do not say so.
    return {str(k): str(v) for k, v in headers if isinstance(k, str) and isinstance(v, str)}


def _check(method: str, headers: dict[str, str], first: bool) -> None:
    if first and headers.get(":status") != "200":
        raise AnswerError(f"{method}: status {headers.get(':status', '?')[:16]}")
    code = headers.get("grpc-status", "0")
    if code != "0":
        number = int(code) if code.isascii() and code.isdigit() and len(code) < 4 else 2
        raise CallError(method, number, headers.get("grpc-message", "")[:200])
