"""Runtimes that are none: servers at real unix sockets, which answer as podman and Docker do, or as none should."""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

FULL = "0123456789ab" + "c" * 52
OTHER = "fedcba987654" + "d" * 52


def inspected(full_id: str = FULL, **more: Any) -> dict[str, Any]:
    """What podman and Docker say of a container, as far as both say the same."""
    return {
        "Id": full_id,
        "Name": "web",
        "Created": "2026-11-25T03:56:03.709705334Z",
        "State": {
            "Status": "running",
            "Running": True,
            "Pid": 4373,
            "StartedAt": "2026-11-25T03:56:03.859087699Z",
        },
        "Image": "a" * 64,
        "ImageName": "registry:5000/team/web:1.2",
        "ImageDigest": "sha256:" + "e" * 64,
        "Mounts": [
            {
                "Type": "bind",
                "Source": "/srv",
                "Destination": "/mnt",
                "Mode": "z",
                "RW": False,
                "Propagation": "rprivate",
            }
        ],
        "NetworkSettings": {
            "IPAddress": "10.1.2.3",
            "Ports": {
                "80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}],
                "53/udp": [{"HostIp": "", "HostPort": "1"}],
            },
        },
        "Config": {
            "User": "www",
            "Env": ["A=1"],
            "Labels": {"team": "red", "long": "x" * 200},
            "Image": "registry:5000/team/web:1.2",
            "Healthcheck": {"Test": ["CMD-SHELL", "ls /"]},
        },
        "HostConfig": {
            "Privileged": True,
            "PidMode": "host",
            "NetworkMode": "bridge",
            "IpcMode": "private",
            "CpuShares": 0,
            "CpuPeriod": 50000,
            "CpuQuota": 10,
            "CpusetCpus": "0-2,5",
            "Memory": 1 << 30,
            "MemorySwap": -1,
        },
        "ExecIDs": ["9" * 64],
        **more,
    }


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    block_on_close = False


@contextlib.contextmanager
def serving(path: Path, talk: Callable[[socket.socket], None]) -> Iterator[None]:
    """A server whose every connection is given to `talk`, in a thread of its own."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                talk(self.request)

    server = _Server(str(path), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        path.unlink(missing_ok=True)


def read_target(conn: socket.socket) -> str:
    head = b""
    while b"\r\n\r\n" not in head:
        part = conn.recv(4096)
        if not part:
            return ""
        head += part
    return head.split(b" ")[1].decode()


def reply(conn: socket.socket, status: int, body: Any, headers: str = "", chunked: bool = False) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{headers}"
    if chunked:
        parts = [data[i : i + 1000] for i in range(0, len(data), 1000)]
        data = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"
        head += "Transfer-Encoding: chunked\r\n"
    else:
        head += f"Content-Length: {len(data)}\r\n"
    conn.sendall(head.encode() + b"\r\n" + data)


class FakeApi:
    """podman's or Docker's API over `containers` (what inspecting gives); `happen` writes to all open streams."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.containers: dict[str, dict[str, Any]] = {}
        self.images: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.version = "1.47"
        self._streams: list[socket.socket] = []

    def talk(self, conn: socket.socket) -> None:
        target = read_target(conn)
        self.asked.append(target)
        url = urlsplit(target)
        path = url.path
        extra = "Libpod-API-Version: 4.3.1\r\n" if self.kind == "podman" else ""
        if path == "/_ping":
            return reply(conn, 200, b"OK", f"Api-Version: {self.version}\r\n{extra}")
        base = "/v4.0.0/libpod" if self.kind == "podman" else f"/v{min(self.version, '1.51')}"
        if not path.startswith(base + "/"):
            return reply(conn, 400, {"message": "client version is too old"}, extra)
        parts = path.removeprefix(base).strip("/").split("/")
        if parts == ["events"]:
            assert json.loads(parse_qs(url.query)["filters"][0])["type"] == ["container"]
            conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            self._streams.append(conn)
            while conn.recv(1):
                pass
            return None
        if parts == ["containers", "json"]:
            return reply(conn, 200, [{"Id": i} for i in self.containers], chunked=True)
        if parts[0] == "containers":
            found = [c for i, c in self.containers.items() if i.startswith(parts[1]) or c["Name"] == parts[1]]
        elif parts[0] == "exec":
            found = [self.sessions[parts[1]]] if parts[1] in self.sessions else []
        else:
            found = [self.images[parts[1]]] if parts[1] in self.images else []
        return reply(conn, 200, found[0], chunked=True) if found else reply(conn, 404, {"message": "no such"})

    def happen(self, action: str, full_id: str, **attributes: str) -> None:
        event = {
            "Type": "container",
            "Action": action,
            "Actor": {"ID": full_id, "Attributes": attributes},
            "time": 1795578963,
            "timeNano": 1795578963859937900,
        }
        line = json.dumps(event).encode() + b"\n"
        until = time.monotonic() + 5
        while not self._streams and time.monotonic() < until:
            time.sleep(0.01)
        for stream in self._streams:
            with contextlib.suppress(OSError):
                stream.sendall(b"%x\r\n%s\r\n" % (len(line), line))
