"""The server of metrics and health: answers, limits, hostile clients."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from tiercel.app import status_server as module
from tiercel.app.judge import Judge
from tiercel.app.metrics import Family, Histogram, HistogramFamily, exposition
from tiercel.app.monitor import MOST_RULES, Monitor
from tiercel.app.status_server import CLIENTS, HEAD_BYTES, Page, StatusServer, address
from tiercel.errors import TiercelError


@pytest.fixture
def server() -> Iterator[StatusServer]:
    pages = {
        "/ok": lambda: Page(200, "text/plain", "fine\n"),
        "/ill": lambda: Page(503, "text/plain", "ill\n"),
        "/large": lambda: Page(200, "text/plain", "x" * 4_000_000),
        "/broken": lambda: Page(200, "text/plain", str(1 // 0)),
    }
    found = StatusServer(("127.0.0.1", 0), pages)
    found.start()
    yield found
    found.stop()


def ask(server: StatusServer, request: bytes, seconds: float = 10) -> bytes:
    with socket.create_connection(server.address, timeout=seconds) as s:
        s.sendall(request)
        got = b""
        while part := s.recv(65536):
            got += part
    return got


def get(server: StatusServer, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(server.url + path, timeout=10) as r:
            return r.status, r.read().decode()
    except HTTPError as e:
        return e.code, e.read().decode()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("9100", ("127.0.0.1", 9100)),
        (":9100", ("127.0.0.1", 9100)),
        ("0.0.0.0:1", ("0.0.0.0", 1)),
        ("[::1]:80", ("::1", 80)),
        ("node:80", ("node", 80)),
    ],
)
def test_address(text: str, where: tuple[str, int]) -> None:
    assert address(text) == where


@pytest.mark.parametrize("text", ["", "x", "1.2.3.4", "70000", "-1", "host:", "²"])
def test_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="not a port"):
        address(text)


def test_port_in_use(server: StatusServer) -> None:
    with pytest.raises(TiercelError, match="in use"):
        StatusServer(server.address, {})


def test_answers(server: StatusServer) -> None:
    assert get(server, "/ok") == (200, "fine\n")
    assert get(server, "/ok?a=b") == (200, "fine\n")
    assert get(server, "/ill") == (503, "ill\n")
    assert get(server, "/none")[0] == 404
    assert get(server, "/broken")[0] == 500
    assert get(server, "/ok") == (200, "fine\n")
    assert len(get(server, "/large")[1]) == 4_000_000


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (b"HEAD /ok HTTP/1.1\r\n\r\n", 200),
        (b"GET /ok HTTP/1.0\n\n", 200),
        (b"POST /ok HTTP/1.1\r\n\r\n", 405),
        (b"GET /ok\r\n\r\n", 400),
        (b"\r\n\r\n", 400),
        (b"\xff\xfe\x00 / HTTP/1.1\r\n\r\n", 405),
        (b"GET /\xff\xfe HTTP/1.1\r\n\r\n", 404),
        (b"GET /ok HTTP/1.1\r\nX: " + b"a" * HEAD_BYTES + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * (1 << 20), 431),
    ],
)
def test_requests(server: StatusServer, request_: bytes, code: int) -> None:
    try:
        assert status(ask(server, request_)) == code
    except (ConnectionResetError, BrokenPipeError):
        assert code == 431  # still sending when the answer came
    assert get(server, "/ok")[0] == 200


def test_head_has_no_body(server: StatusServer) -> None:
    answer = ask(server, b"HEAD /ok HTTP/1.1\r\n\r\n")
    assert b"Content-Length: 5" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_request_in_two_parts(server: StatusServer) -> None:
    with socket.create_connection(server.address, timeout=5) as s:
        s.sendall(b"GET /ok HT")
        time.sleep(0.1)
        s.sendall(b"TP/1.1\r\n\r\n")
        assert s.recv(100).startswith(b"HTTP/1.1 200")


def test_byte_by_byte_is_cut_off(server: StatusServer) -> None:
    with socket.create_connection(server.address, timeout=5) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET /ok HTTP/1.1\r\nX: aaaaaaaaaaaaaaaaaaaaaaaaa":
            try:
                s.sendall(bytes([byte]))
            except OSError:
                break
            time.sleep(0.005)
        assert status(s.recv(1000)) == 431


def test_silent_client_is_dropped(server: StatusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLIENT_SECONDS", 0.3)
    with socket.create_connection(server.address, timeout=5) as s:
        start = time.monotonic()
        assert s.recv(1) == b""
        assert time.monotonic() - start < 2


def test_client_that_does_not_read_is_dropped(server: StatusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLIENT_SECONDS", 0.3)
    with socket.create_connection(server.address, timeout=5) as s:
        s.sendall(b"GET /large HTTP/1.1\r\n\r\n")
        time.sleep(0.8)
        got = 0
        while part := s.recv(1 << 20):
            got += len(part)
        assert got < 4_000_000


def test_crowd_does_not_keep_a_probe_out(server: StatusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RATE", 10_000)
    crowd = []
    try:
        for _ in range(3 * CLIENTS):
            s = socket.create_connection(server.address, timeout=5)
            s.sendall(b"GET /ok HTTP/1.1\r\nX: ")
            crowd.append(s)
        start = time.monotonic()
        assert get(server, "/ok")[0] == 200
        assert time.monotonic() - start < 2
        assert len(server._clients) <= CLIENTS
    finally:
        for s in crowd:
            s.close()


def test_flood_costs_little(server: StatusServer) -> None:
    """However fast clients come, so many are served in a second and no more."""
    stop = time.monotonic() + 2
    served = [0, 0, 0, 0]

    def client(i: int) -> None:
        while time.monotonic() < stop:
            try:
                with socket.create_connection(server.address, timeout=0.5) as s:
                    s.sendall(b"GET /ok HTTP/1.1\r\n\r\n")
                    served[i] += bool(s.recv(100))
            except OSError:
                pass

    threads = [threading.Thread(target=client, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert 0 < sum(served) <= module.RATE * 4


def test_exposition() -> None:
    histogram = Histogram((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 7):
        histogram.observe(seconds)
    families = [
        Family(
            "a_total", "counter", 'Say "a"\\\n.', lambda: [({"rule": 'x"\\\n', "source": "s"}, 3), ({}, 0.5)]
        ),
        Family("none", "gauge", "Nothing.", lambda: []),
        HistogramFamily("h", "Times.", histogram),
    ]
    assert exposition(families) == (
        '# HELP a_total Say "a"\\\\\\n.\n# TYPE a_total counter\n'
        'a_total{rule="x\\"\\\\\\n",source="s"} 3\na_total 0.5\n'
        "# HELP h Times.\n# TYPE h histogram\n"
        'h_bucket{le="0.1"} 2\nh_bucket{le="1"} 3\nh_bucket{le="+Inf"} 4\nh_sum 7.65\nh_count 4\n'
    )


LINE = re.compile(
    r'[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? -?[0-9][0-9.e+-]*'
)


def test_metrics_page() -> None:
    monitor = Monitor(Judge([]))
    for i in range(MOST_RULES + 50):
        monitor.judge.statistics.alerts[f'rule "{i}"\n'] = 2 if i else 5
    text = monitor.pages()["/metrics"]().text
    for line in text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or LINE.fullmatch(line), line
    assert 'tiercel_alerts_total{rule="rule \\"0\\"\\n"} 5' in text
    assert 'tiercel_alerts_total{rule="_other"} 100' in text
    assert text.count("tiercel_alerts_total{") == MOST_RULES + 1
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError:
        return
    assert len(list(text_string_to_metric_families(text))) > 15


def test_health() -> None:
    monitor = Monitor(Judge([]), stall_seconds=0.2)
    pages = monitor.pages()
    assert pages["/healthz"]().status == 200
    assert json.loads(pages["/readyz"]().text) == {"status": "unhealthy", "why": "starting"}
    monitor.turned()
    assert pages["/readyz"]().status == 200
    time.sleep(0.3)
    assert pages["/healthz"]().status == 503
    assert "has not turned" in json.loads(pages["/readyz"]().text)["why"]
