"""The live sensor as it runs for months: losses told, rules changed, health, metrics, a stop that loses nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

TIERCEL = str(Path(sys.executable).with_name("tiercel"))


class Sensor:
    """A `tiercel run` on this machine, with a rule for opens of `folder/marker`; alerts go to `folder/alerts`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None
        self.rule("sees")
        (folder / "marker").write_text("text")

    def rule(self, verb: str, condition: str = "fd.name endswith marker") -> None:
        (self.folder / "rules.yaml").write_text(
            "- rule: Marker\n  desc: d\n  priority: WARNING\n"
            f"  condition: evt.type in (open, openat) and fd.directory = {self.folder} and {condition}\n"
            f'  output: "{verb} %fd.name"\n'
        )

    def start(self, *options: object) -> None:
        command = [
            TIERCEL,
            "run",
            "-r",
            "rules.yaml",
            "--output",
            "alerts",
            "--format",
            "json",
            *map(str, options),
        ]
        with (self.folder / "err").open("wb") as err:
            self.process = subprocess.Popen(command, cwd=self.folder, stderr=err)
        end = time.monotonic() + 60
        while "tiercel: watching" not in self.err():
            if self.process.poll() is not None:
                text = self.err()
                if re.search("not let this process|kernel|capab", text):
                    pytest.skip(f"no live sensor here: {text.strip()}")
                raise AssertionError(text)
            assert time.monotonic() < end, self.err()
            time.sleep(0.05)

    def err(self) -> str:
        return (self.folder / "err").read_text()

    def alerts(self) -> list[dict[str, Any]]:
        path = self.folder / "alerts"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        assert self.process is not None
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, self.err()
            assert time.monotonic() < end, (self.err(), self.alerts())
            time.sleep(0.05)

    def open_marker(self) -> None:
        (self.folder / "marker").read_bytes()

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def wait_end(self) -> int:
        assert self.process is not None
        return self.process.wait(30)

    def page(self, path: str) -> tuple[int, str]:
        found = re.search(r"http://127\.0\.0\.1:\d+", self.err())
        assert found is not None
        try:
            with urllib.request.urlopen(found[0] + path, timeout=10) as r:
                return r.status, r.read().decode()
        except HTTPError as e:
            return e.code, e.read().decode()


@pytest.fixture
def sensor(tmp_path: Path) -> Iterator[Sensor]:
    if os.geteuid() != 0:
        pytest.skip("the live sensor needs root")
    s = Sensor(tmp_path)
    yield s
    if s.process is not None:
        s.process.send_signal(signal.SIGCONT)
        s.process.kill()
        s.process.wait()


def fill_rings(folder: Path, opens: int) -> None:
    """So many opens, each a record of some hundred bytes."""
    path = str(folder / ("x" * 200))
    Path(path).touch()
    for _ in range(opens):
        os.close(os.open(path, os.O_RDONLY))


def test_losses_are_told(sensor: Sensor) -> None:
    sensor.start("--ring-mib", 1, "--drops", "alert,threshold=0", "--metrics", 0)
    sensor.open_marker()
    sensor.wait(lambda: len(sensor.alerts()) == 1)
    sensor.send(signal.SIGSTOP)
    sensor.open_marker()
    fill_rings(sensor.folder, 20_000)
    sensor.send(signal.SIGCONT)
    names = {"Marker", "tiercel: events lost", "Falco internal: syscall event drop"}
    sensor.wait(lambda: {a["rule"] for a in sensor.alerts()} == names)
    sensor.open_marker()
    time.sleep(0.5)
    markers = [a for a in sensor.alerts() if a["rule"] == "Marker"]
    assert ["lost" in a for a in markers] == [False, True, False]
    lost = next(a for a in sensor.alerts() if a["rule"] == "tiercel: events lost")["output_fields"]
    assert lost["lost"] > 5_000
    assert lost["lost_open"] > 1_000
    assert lost["from"] < markers[1]["time"] < lost["to"]
    assert markers[1]["lost"]["classes"]["open"] > 1_000
    drops = next(a for a in sensor.alerts() if a["rule"].startswith("Falco"))["output_fields"]
    assert int(drops["n_drops"]) >= lost["lost"]
    counted = re.search(r'^tiercel_events_lost_total{class="open"} (\d+)$', sensor.page("/metrics")[1], re.M)
    assert counted is not None
    assert int(counted[1]) >= lost["lost_open"]


def test_exit_where_events_are_lost(sensor: Sensor) -> None:
    sensor.start("--ring-mib", 1, "--drops", "exit,threshold=0")
    sensor.send(signal.SIGSTOP)
    fill_rings(sensor.folder, 20_000)
    sensor.send(signal.SIGCONT)
    assert sensor.wait_end() == 1
    assert "system calls dropped in last second. --drops says to exit" in sensor.err()


def test_rules_that_change_reach_the_probe(sensor: Sensor) -> None:
    """The new rule asks for calls that nothing asked for before."""
    sensor.start()
    sensor.open_marker()
    sensor.wait(lambda: len(sensor.alerts()) == 1)
    (sensor.folder / "rules.yaml").write_text(
        "- rule: Marker\n  desc: d\n  priority: WARNING\n"
        f"  condition: evt.type=read and evt.rawres > 0 and fd.name = {sensor.folder}/marker\n"
        '  output: "reads %fd.name"\n'
    )
    sensor.wait(lambda: "1 rules loaded" in sensor.err())
    time.sleep(0.2)
    sensor.open_marker()
    sensor.wait(lambda: len(sensor.alerts()) == 2)
    assert "reads" in sensor.alerts()[1]["output"]


def test_stop_tells_what_was_seen(sensor: Sensor) -> None:
    sensor.start()
    for _ in range(100):
        sensor.open_marker()
    sensor.send(signal.SIGTERM)
    assert sensor.wait_end() == 0
    assert len(sensor.alerts()) == 100


def test_metrics_and_health(sensor: Sensor) -> None:
    sensor.start("--metrics", 0)
    sensor.wait(lambda: sensor.page("/readyz")[0] == 200)
    sensor.open_marker()
    sensor.wait(lambda: len(sensor.alerts()) == 1)
    text = sensor.page("/metrics")[1]
    for line in (
        r'tiercel_events_total{source="syscall"} [1-9]\d*', r'tiercel_alerts_total{rule="Marker"} 1',
        r'tiercel_state_rows{table="threads"} [1-9]\d*', r'tiercel_ring_size_bytes{ring="calls"} 8388608',
        r"tiercel_healthy 1", r"tiercel_alert_latency_seconds_count 1",
        r'tiercel_alert_latency_seconds_bucket{le="0.25"} 1',
    ):  # fmt: skip
        assert re.search(f"^{line}$", text, re.M), (line, text)
