"""A small HTTP server for metrics and health, in a thread of its own beside the loop.

Whoever reaches the port may be hostile, and what he costs must not slow the sensor. One thread with non-blocking
sockets serves all clients. A request is read up to HEAD_BYTES, in READS pieces at most, and answered once; a client has
CLIENT_SECONDS for all of it; where CLIENTS are connected the oldest goes, so that a crowd that says nothing does not
keep a health probe out; not more than RATE connections are taken in a second, the rest waits in the kernel's queue; a
page is made anew PAGE_SECONDS after the last one at the earliest. Only GET and HEAD, no bodies, no second request.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tiercel.errors import TiercelError

HEAD_BYTES = 4096
READS = 16
CLIENTS = 32
CLIENT_SECONDS = 5.0
RATE = 50
PAGE_SECONDS = 0.2
STATUS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass(frozen=True, slots=True)
class Page:
    status: int
    content_type: str
    text: str


@dataclass(slots=True, eq=False)
class _Client:
    end: float  # until then it has to be through
    head: bytearray = field(default_factory=bytearray)
    reads: int = 0
    answer: bytes = b""


def address(text: str) -> tuple[str, int]:
    """Reads `PORT`, `HOST:PORT` or `[IPv6]:PORT`; without a host the loopback. ValueError where it is none."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r}: not a port, or HOST:PORT")
    return host or "127.0.0.1", int(port)


class StatusServer:
    """Serves `pages`, by path. `address` is where it listens (the port, where 0 was asked for).

    TiercelError where it cannot listen there.
    """

    def __init__(self, where: tuple[str, int], pages: Mapping[str, Callable[[], Page]]) -> None:
        self._pages = pages
        self._made: dict[str, tuple[float, Page]] = {}
        try:
            found = socket.getaddrinfo(*where, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
            self._listener = socket.socket(found[0], socket.SOCK_STREAM)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind(found[4])
            self._listener.listen(CLIENTS)
        except OSError as e:
            raise TiercelError(
                f"metrics: cannot listen at {where[0]}, port {where[1]}: {e.strerror or e}; give another to --metrics"
            ) from None
        self._listener.setblocking(False)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._clients: dict[socket.socket, _Client] = {}  # oldest first
        self._tokens = float(RATE)
        self._filled = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="tiercel-status", daemon=True)

    @property
    def url(self) -> str:
        host, port = self.address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._wake.close()
        self._thread.join(2)

    # ---- the thread

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select(self._next_end()):
                if key.fileobj is self._woken:
                    self._close_all()
                    return
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._serve(key.fileobj)  # type: ignore[arg-type]
            self._expire()

    def _next_end(self) -> float:
        ends = [client.end for client in self._clients.values()]
        return max(0.0, min(ends, default=time.monotonic() + 60) - time.monotonic())

    def _accept(self) -> None:
        now = time.monotonic()
        self._tokens = min(RATE, self._tokens + (now - self._filled) * RATE)
        self._filled = now
        if self._tokens < 1:
            time.sleep(1 / RATE)  # clients that are connected wait as well: they are as many as may be
            return
        self._tokens -= 1
        try:
            client, _ = self._listener.accept()
        except OSError:  # gone again, or no descriptors left
            time.sleep(0.01)
            return
        client.setblocking(False)
        if len(self._clients) >= CLIENTS:
            self._drop(next(iter(self._clients)))
        self._clients[client] = _Client(now + CLIENT_SECONDS)
        self._selector.register(client, selectors.EVENT_READ)

    def _expire(self) -> None:
        now = time.monotonic()
        for client in [c for c, state in self._clients.items() if state.end <= now]:
            self._drop(client)

    def _drop(self, client: socket.socket) -> None:
        self._selector.unregister(client)
        del self._clients[client]
        client.close()

    def _close_all(self) -> None:
        for client in list(self._clients):
            self._drop(client)
        self._listener.close()
        self._woken.close()
        self._selector.close()

    def _serve(self, client: socket.socket) -> None:
        state = self._clients.get(client)
        if state is None:  # was the oldest, a moment ago
            return
        try:
            if not state.answer:
                got = client.recv(HEAD_BYTES)
                if not got:
                    self._drop(client)
                    return
                state.head += got
                state.reads += 1
                whole = b"\r\n\r\n" in state.head or b"\n\n" in state.head
                if not whole and len(state.head) < HEAD_BYTES and state.reads < READS:
                    return
                state.answer = self._answer(bytes(state.head), whole)
                self._selector.modify(client, selectors.EVENT_WRITE)
            state.answer = state.answer[client.send(state.answer) :]
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._drop(client)
            return
        if not state.answer:
            # Without this a client that has sent more than was read would get a reset in place of the answer.
            try:
                client.shutdown(socket.SHUT_WR)
                client.recv(1 << 16)
            except OSError:
                pass
            self._drop(client)

    def _answer(self, head: bytes, whole: bool) -> bytes:
        words = head.split(b"\n", 1)[0].split()
        method = words[0] if words else b""
        if not whole:
            page = _plain(431)
        elif len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            page = _plain(400)
        elif method not in (b"GET", b"HEAD"):
            page = _plain(405)
        else:
            page = self._page(words[1].split(b"?", 1)[0].decode("latin-1"))
        body = page.text.encode("utf-8", "replace")
        lines = [
            f"HTTP/1.1 {page.status} {STATUS[page.status]}",
            f"Content-Type: {page.content_type}",
            f"Content-Length: {len(body)}",
            "Connection: close",
            "Cache-Control: no-store",
        ]
        if page.status == 405:
            lines.append("Allow: GET, HEAD")
        return "\r\n".join([*lines, "", ""]).encode() + (b"" if method == b"HEAD" else body)

    def _page(self, path: str) -> Page:
        if path not in self._pages:
            return _plain(404)
        now = time.monotonic()
        made, page = self._made.get(path, (0.0, None))
        if page is None or now - made > PAGE_SECONDS:
            try:
                page = self._pages[path]()
            except Exception as e:  # a page that cannot be made must not end the thread
                page = Page(500, "text/plain; charset=utf-8", f"{type(e).__name__}: {e}\n")
            self._made[path] = (now, page)
        return page


def _plain(status: int) -> Page:
    return Page(status, "text/plain; charset=utf-8", f"{STATUS[status]}\n")
