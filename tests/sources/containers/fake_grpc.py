"""A gRPC server at a unix socket, made of h2 alone: methods are functions from a message to messages."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded

from tiercel.sources.containers.protobuf import Field, Table, encode

Method = Callable[[bytes, dict[str, str]], Iterable[bytes]]


class Refused(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


def talker(methods: dict[str, Method], asked: list[str] | None = None) -> Callable[[socket.socket], None]:
    """What serves one connection."""

    def talk(conn: socket.socket) -> None:
        h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        h2.initiate_connection()
        conn.sendall(h2.data_to_send())
        headers: dict[str, str] = {}
        body = b""
        while data := conn.recv(65536):
            for event in h2.receive_data(data):
                if isinstance(event, RequestReceived):
                    headers = {str(k): str(v) for k, v in event.headers}
                elif isinstance(event, DataReceived):
                    body += event.data
                    h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, StreamEnded):
                    _answer(h2, conn, event.stream_id, headers, body, methods, asked)
            conn.sendall(h2.data_to_send())

    return talk


def _answer(
    h2: H2Connection,
    conn: socket.socket,
    stream: int,
    headers: dict[str, str],
    body: bytes,
    methods: dict[str, Method],
    asked: list[str] | None,
) -> None:
    name = headers[":path"].lstrip("/")
    if asked is not None:
        asked.append(name)
    ok = [(":status", "200"), ("content-type", "application/grpc")]
    try:
        if name not in methods:
            raise Refused(12)
        messages = methods[name](body[5:], headers)
        h2.send_headers(stream, ok)
        for message in messages:
            framed = b"\0" + len(message).to_bytes(4, "big") + message
            while framed:
                room = min(h2.local_flow_control_window(stream), h2.max_outbound_frame_size)
                if room <= 0:
                    conn.sendall(h2.data_to_send())
                    h2.receive_data(conn.recv(65536))
                    continue
                h2.send_data(stream, framed[:room])
                framed = framed[room:]
            conn.sendall(h2.data_to_send())
        h2.send_headers(stream, [("grpc-status", "0")], end_stream=True)
    except Refused as e:
        h2.send_headers(stream, [*ok, ("grpc-status", str(e.code)), ("grpc-message", "no")], end_stream=True)


def one(table: Table, message: dict[str, Any]) -> list[bytes]:
    """A method's one answer. Maps are written as lists of pairs."""
    return [encode(writable(table), mapped(table, message))]


def writable(table: Table) -> Table:
    """The table with maps as lists of messages, which is what they are on the wire."""
    pair: Table = {1: Field("key", "text"), 2: Field("value", "text")}
    return {
        n: Field(f.name, "message", pair, many=True)
        if f.kind == "map"
        else Field(f.name, f.kind, writable(f.table) if f.table else None, f.many)
        for n, f in table.items()
    }


def mapped(table: Table, message: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for f in table.values():
        value = message.get(f.name)
        if value is None:
            continue
        if f.kind == "map":
            value = [{"key": k, "value": v} for k, v in value.items()]
        elif f.kind == "message" and f.table:
            value = [mapped(f.table, v) for v in value] if f.many else mapped(f.table, value)
        out[f.name] = value
    return out
