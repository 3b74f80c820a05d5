"""`make bench`: what an event costs, and the same as multiples of sha256 over the same file in the same run.

A capture is grown from a recording (TIERCEL_SHARED, default ../shared) to EVENTS events (default 10 million).
Each command runs RUNS times (default 3) as a whole process, start-up included; the least CPU time counts. With
FALCO=/path/to/falco and FALCO_CONFIG=/path/to/falco.yaml a real Falco runs beside. GROW_PYTHON names a Python
with numpy, which the script that grows the capture needs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SHARED = Path(os.environ.get("TIERCEL_SHARED", Path(__file__).parents[2] / "shared"))
EVENTS = int(os.environ.get("EVENTS", "10000000"))
RUNS = int(os.environ.get("RUNS", "3"))
STOCK = SHARED / "falco/rules/0.57"
MAIN = [STOCK / "falco_rules.yaml"]
ALL = [*MAIN, STOCK / "falco-incubating_rules.yaml", STOCK / "falco-sandbox_rules.yaml"]
GROW_PYTHON = os.environ.get("GROW_PYTHON", sys.executable)
# hashlib's is OpenSSL's: with SHA instructions where the processor has them, as sha256sum(1) has not everywhere.
SHA256 = "import hashlib, sys; hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha256')"
NEVER = """\
- rule: never
  desc: never fires and asks only for what a capture does not hold
  condition: evt.type = cpu_hotplug
  output: never
  priority: DEBUG
"""


def cpu_seconds(command: list[str]) -> tuple[float, int]:
    """(user and system time of the quickest of RUNS runs, largest resident memory in KiB)."""
    best, peak = float("inf"), 0
    for _ in range(RUNS):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}")
        best, peak = min(best, usage.ru_utime + usage.ru_stime), max(peak, usage.ru_maxrss)
    return best, peak


def tiercel(capture: Path, rules: list[Path]) -> list[str]:
    command = [str(Path(sys.executable).with_name("tiercel")), "run", "-q", "--capture", str(capture)]
    return command + [word for path in rules for word in ("-r", str(path))]


def falco(capture: Path, rules: list[Path]) -> list[str]:
    command = [os.environ["FALCO"], "-c", os.environ.get("FALCO_CONFIG", "/etc/falco/falco.yaml")]
    command += ["-o", "engine.kind=replay", "-o", f"engine.replay.capture_file={capture}"]
    return command + [word for path in rules for word in ("-r", str(path))]


def main() -> None:
    if not SHARED.exists():
        sys.exit(f"no recordings at {SHARED}: set TIERCEL_SHARED")
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR", "/var/tmp")) as folder:
        grown, never = Path(folder, "busy.scap"), Path(folder, "never.yaml")
        never.write_text(NEVER)
        grow = [
            GROW_PYTHON,
            str(SHARED / "falco/grow_capture.py"),
            str(SHARED / "falco/recorded/busy.scap"),
        ]
        told = subprocess.run([*grow, str(grown), str(EVENTS)], capture_output=True, text=True, check=True)
        n = int(told.stdout.split()[0])
        cases = [
            ("decode and state alone", [never]),
            ("stock main file", MAIN),
            ("all three stock files", ALL),
        ]
        digest, _ = cpu_seconds([sys.executable, "-c", SHA256, str(grown)])
        rows = [("sha256 (hashlib)", digest, 0)]
        rows += [(name, *cpu_seconds(tiercel(grown, rules))) for name, rules in cases]
        if "FALCO" in os.environ:
            rows += [(f"falco: {name}", *cpu_seconds(falco(grown, rules))) for name, rules in cases]
    print(f"{n:,} events; CPU time of the whole process, least of {RUNS}")
    print(f"{'':32}{'seconds':>9}{'ns/event':>10}{'x sha256':>10}{'MB':>7}")
    for name, seconds, peak in rows:
        print(f"{name:32}{seconds:9.3f}{seconds / n * 1e9:10.1f}{seconds / digest:10.2f}{peak / 1024:7.0f}")


if __name__ == "__main__":
    main()
