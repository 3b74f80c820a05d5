"""`tiercel run` as it runs for months: files that rotate, rules that change, metrics, full disks."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TIERCEL = str(Path(sys.executable).with_name("tiercel"))
RULE = """
- rule: Namespace made
  desc: a namespace is created
  condition: ka.verb=create and ka.target.resource=namespaces
  output: "%ka.user.name makes %ka.target.name"
  priority: NOTICE
  source: k8s_audit
"""
EVENT = json.dumps({
    "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "1", "stage": "ResponseComplete", "verb": "create",
    "user": {"username": "jo"}, "objectRef": {"resource": "namespaces", "name": "foo"},
    "stageTimestamp": "2023-11-14T22:13:20.500000Z", "requestReceivedTimestamp": "2023-11-14T22:13:20.400000Z",
    "requestURI": "/api/v1/namespaces",
}) + "\n"  # fmt: skip


class Running:
    """A `tiercel run --follow` in a folder with rules.yaml and audit.log; what it prints is in out and err."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "rules.yaml").write_text(RULE)
        (folder / "audit.log").write_text(EVENT)

    def start(self, *options: object, env: dict[str, str] | None = None) -> None:
        command = [
            TIERCEL,
            "run",
            "-r",
            "rules.yaml",
            "--audit-log",
            "audit.log",
            "--follow",
            *map(str, options),
        ]
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdout=out,
                stderr=err,
                env={**os.environ, "TZ": "UTC", **(env or {})},
            )

    def text(self, name: str) -> str:
        path = self.folder / name
        return path.read_text() if path.exists() else ""

    def wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
        assert self.process is not None
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.text("err")
            assert time.monotonic() < end, self.text("err")
            time.sleep(0.05)

    def wait_for(self, name: str, text: str, times: int = 1) -> None:
        self.wait(lambda: self.text(name).count(text) >= times)

    def event(self) -> None:
        with (self.folder / "audit.log").open("a") as f:
            f.write(EVENT)

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def end(self) -> int:
        self.send(signal.SIGTERM)
        assert self.process is not None
        return self.process.wait(15)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    r = Running(tmp_path)
    yield r
    if r.process is not None:
        r.process.kill()
        r.process.wait()


def test_output_file_rotated(running: Running) -> None:
    running.start("--output", "alerts", "--format", "json")
    running.wait_for("alerts", "jo makes foo")
    (running.folder / "alerts").rename(running.folder / "alerts.1")
    running.send(signal.SIGUSR1)
    running.wait(lambda: (running.folder / "alerts").exists())
    running.event()
    running.wait_for("alerts", "jo makes foo")
    assert running.end() == 0
    assert [json.loads(line)["rule"] for line in running.text("alerts.1").splitlines()] == ["Namespace made"]
    assert running.text("out") == ""


def test_rules_that_change_are_read_again(running: Running) -> None:
    running.start()
    running.wait_for("out", "jo makes foo")
    rules = running.folder / "rules.yaml"
    rules.write_text("- rule: broken")
    running.wait_for("err", "the rules in use stay as they are")
    running.event()
    running.wait_for("out", "jo makes foo", 2)
    rules.write_text(RULE.replace("makes", "creates"))
    running.wait_for("err", "1 rules loaded")
    running.event()
    running.wait_for("out", "jo creates foo")
    rules.unlink()
    running.wait_for("err", "the rules in use stay as they are", 2)
    assert running.end() == 0
    assert "Traceback" not in running.text("err")


def test_no_watch(running: Running) -> None:
    running.start("--no-watch")
    running.wait_for("out", "jo makes foo")
    (running.folder / "rules.yaml").write_text(RULE.replace("makes", "creates"))
    time.sleep(2)
    running.event()
    running.wait_for("out", "jo makes foo", 2)
    running.send(signal.SIGHUP)
    running.wait_for("err", "1 rules loaded")
    running.event()
    running.wait_for("out", "jo creates foo")


def test_metrics(running: Running) -> None:
    running.start("--metrics", "0")
    running.wait_for("out", "jo makes foo")
    found = re.search(r"metrics at (http://127\.0\.0\.1:\d+)/metrics", running.text("err"))
    assert found is not None

    def page(path: str) -> str:
        with urllib.request.urlopen(found[1] + path, timeout=10) as r:
            return str(r.read().decode())

    running.wait(lambda: json.loads(page("/readyz")) == {"status": "ok"})
    text = page("/metrics")
    for line in (
        'tiercel_events_total{source="k8s_audit"} 1', 'tiercel_alerts_total{rule="Namespace made"} 1',
        "tiercel_rules_loaded 1", "tiercel_alerts_written_total 1", "tiercel_rules_reload_success 1",
        'tiercel_alert_latency_seconds_bucket{le="+Inf"} 1',
    ):  # fmt: skip
        assert line in text.splitlines(), text
    (running.folder / "rules.yaml").write_text("- rule: broken")
    running.wait(lambda: "tiercel_rules_reload_success 0" in page("/metrics"))
    assert running.end() == 0


def test_stopped_process_is_unhealthy_to_systemd(running: Running, tmp_path: Path) -> None:
    """What sd_notify(3) is told: the loop's turns, and the end."""
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(path))
        s.settimeout(10)
        running.start(env={"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "300000"})
        assert s.recv(100).startswith(b"READY=1")
        assert s.recv(100) == b"WATCHDOG=1"
        assert s.recv(100) == b"WATCHDOG=1"
        running.end()
        got = [s.recv(100)]
        while got[-1] != b"STOPPING=1":
            got.append(s.recv(100))


def test_full_standard_output() -> None:
    folder = Path(__file__).resolve().parents[2] / "src" / "tiercel" / "demo"
    with open("/dev/full", "wb") as full:
        r = subprocess.run(
            [TIERCEL, "run", "-q", "--audit-log", str(folder / "intrusion-audit.jsonl")],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert r.returncode == 1
    assert r.stderr == "tiercel: standard output: No space left on device\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metrics", "x"], "not a port"),
        (["--metrics", "192.0.2.1:1"], "cannot listen"),
        (["--output", "/absent/alerts"], "cannot be written there"),
        (["--output", "/"], "cannot be written there"),
        (["--drops", "page"], "neither an action"),
    ],
)
def test_errors(tmp_path: Path, options: list[str], said: str) -> None:
    running = Running(tmp_path)
    running.start(*options)
    assert running.process is not None
    assert running.process.wait(20) in (1, 2)
    assert said in running.text("err")
    assert "Traceback" not in running.text("err")
