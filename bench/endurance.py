"""`python -m bench.endurance [PROCESSES]`: the live sensor under processes that come and go. Root, and gcc.

A million short processes (the default) are what a busy node starts in 12 hours. `churn.c` starts them and keeps a
record of whose child each was; one in a hundred is looked up in what the sensor said of it. Printed: memory,
tables and losses meanwhile, and how many of the lineages were told wrongly. Stock rules run besides, so that the
state has to keep all that it can.
"""

from __future__ import annotations

import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PROCESSES = 1_000_000
ROW = struct.Struct("<iiiI")  # struct row of churn.c
RULE = """\
- rule: Opens the marker
  desc: one in fifty children of the churn
  condition: evt.type in (open, openat) and fd.name = {marker}
  output: >
    %proc.pid %proc.ppid %proc.apid[2] %proc.exe %proc.aexe[1] %proc.aexe[2] %proc.name %proc.pname %proc.exepath
    %proc.args
  priority: WARNING
"""
SAMPLED = {
    "rss_mib": r"process_resident_memory_bytes (\S+)",
    "threads": r'tiercel_state_rows\{table="threads"\} (\S+)',
    "fd_slots": r'tiercel_state_rows\{table="descriptor_slots"\} (\S+)',
    "events": r'tiercel_events_total\{source="syscall"\} (\S+)',
    "cpu_s": r"process_cpu_seconds_total (\S+)",
}


@dataclass(frozen=True, slots=True)
class Endurance:
    """What came out: `samples` are (seconds, values of SAMPLED by name); `wrong` says what was told wrongly, `missing`
    how many of the `looked_at` were not told at all, `lost` counts events by class.
    """

    samples: list[tuple[float, dict[str, float]]]
    looked_at: int
    missing: int
    wrong: list[str]
    lost: dict[str, int]
    seconds: float


def build(folder: Path) -> Path:
    program = folder / "churn"
    subprocess.run(["gcc", "-O2", "-static", "-o", program, HERE / "churn.c"], check=True)
    return program


def endure(processes: int, folder: Path, rules: list[Path], every: float = 5.0) -> Endurance:
    """Runs the sensor while so many processes come and go. RuntimeError where it does not start."""
    churn, marker, truth = build(folder), folder / "marker", folder / "truth"
    marker.touch()
    (folder / "marker.yaml").write_text(RULE.format(marker=marker))
    command = [str(Path(sys.executable).with_name("tiercel")), "run", "--format", "json", "--metrics", "0"]
    command += ["--output", str(folder / "alerts")]
    command += [word for path in [folder / "marker.yaml", *rules] for word in ("-r", str(path))]
    with (folder / "err").open("wb") as err:
        sensor = subprocess.Popen(command, stderr=err)
    try:
        url = _started(sensor, folder / "err")
        before = time.monotonic()
        running = subprocess.Popen([churn, str(processes // 2), truth, marker])
        samples = []
        while running.poll() is None:
            time.sleep(min(every, 0.5 if not samples else every))
            samples.append((time.monotonic() - before, _sample(url)))
        seconds = time.monotonic() - before
        if running.returncode:
            raise RuntimeError("churn failed: are there too many processes?")
        time.sleep(2)
        samples.append((time.monotonic() - before, _sample(url)))
    finally:
        sensor.send_signal(signal.SIGTERM)
        sensor.wait(60)
    told = [json.loads(line) for line in (folder / "alerts").read_text().splitlines()]
    lost: dict[str, int] = {}
    for fields in (t["output_fields"] for t in told if t["rule"] == "tiercel: events lost"):
        for name, n in fields.items():
            if name.startswith("lost_"):
                lost[name.removeprefix("lost_")] = lost.get(name.removeprefix("lost_"), 0) + n
    rows = list(ROW.iter_unpack(truth.read_bytes()))
    missing, wrong = compare(rows, told, churn)
    return Endurance(samples, len(rows), missing, wrong, lost, seconds)


def compare(
    rows: list[tuple[int, int, int, int]], told: list[dict[str, object]], churn: Path
) -> tuple[int, list[str]]:
    """How many rows nothing was told of, and what was told wrongly."""
    by_serial: dict[str, dict[str, object]] = {}
    for alert in told:
        fields = alert["output_fields"]
        assert isinstance(fields, dict)
        if alert["rule"] == "Opens the marker":
            by_serial[str(fields.get("proc.exe"))] = fields
    wrong, missing = [], 0
    for pid, parent, grandparent, serial in rows:
        found = by_serial.pop(f"c{serial}", None)
        if found is None:
            missing += 1
            continue
        expected = {
            "proc.pid": pid,
            "proc.ppid": parent,
            "proc.apid[2]": grandparent,
            "proc.exe": f"c{serial}",
            "proc.aexe[1]": f"p{serial}",
            "proc.aexe[2]": str(churn),
            "proc.name": "exe",
            "proc.pname": "exe",
            "proc.exepath": str(churn),
        }
        for name, value in expected.items():
            if found.get(name) != value:
                wrong.append(f"c{serial}: {name} is {value!r}, told as {found.get(name)!r}")
    wrong += [f"told of {name}, which was not there" for name in by_serial]
    return missing, wrong


def _started(sensor: subprocess.Popen[bytes], err: Path) -> str:
    end = time.monotonic() + 60
    while time.monotonic() < end and sensor.poll() is None:
        text = err.read_text()
        found = re.search(r"http://127\.0\.0\.1:\d+", text)
        if found and "watching" in text:
            return found[0]
        time.sleep(0.1)
    raise RuntimeError(f"the sensor did not start: {err.read_text()}")


def _sample(url: str) -> dict[str, float]:
    with urllib.request.urlopen(f"{url}/metrics", timeout=10) as r:
        text = r.read().decode()
    found = {name: re.search(f"^{pattern}$", text, re.M) for name, pattern in SAMPLED.items()}
    values = {name: float(m[1]) if m else 0.0 for name, m in found.items()}
    values["rss_mib"] /= 1 << 20
    return values


def main(arguments: list[str]) -> int:
    processes = int(arguments[0]) if arguments else PROCESSES
    shared = Path(os.environ.get("TIERCEL_SHARED", HERE.parents[1] / "shared")) / "falco/rules/0.57"
    rules = [shared / "falco_rules.yaml"] if shared.exists() else []
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR", "/var/tmp")) as folder:
        result = endure(processes, Path(folder), rules)
    print(f"{'s':>7} " + " ".join(f"{name:>10}" for name in SAMPLED))
    shown = result.samples[:: max(1, len(result.samples) // 20)] + result.samples[-1:]
    for seconds, values in shown:
        print(f"{seconds:7.1f} " + " ".join(f"{values[name]:10.1f}" for name in SAMPLED))
    print(f"{processes} processes in {result.seconds:.0f} s; lost: {result.lost or 'nothing'}")
    print(
        f"lineages: {result.looked_at} looked at, {result.missing} not told, {len(result.wrong)} facts wrong"
    )
    for text in result.wrong[:20]:
        print("  ", text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
