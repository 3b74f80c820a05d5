"""`python -m bench.sensor [CASE...]`: what the live sensor costs. Root, and a machine with nothing else to do.

| case | shows |
|---|---|
| calls | ns a system call: without a probe, with an empty program, filtered out, captured |
| rates | losses at 200,000 needed events a second, and at as many filtered-out calls as two cores make |
| latency | from the event to its alert on standard output, at 10,000 events a second |
| idle | CPU of a sensor with nothing to do |
| loads | a compile, redis under its benchmark, a web server: slowdown, the sensor's CPU, losses |

Each figure is the least (costs) or the median (loads) of RUNS runs (default 3), sensor and no sensor in turns.
Nothing is asserted: it prints tables.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
RUNS = int(os.environ.get("RUNS", "3"))
SHARED = Path(os.environ.get("TIERCEL_SHARED", HERE.parents[1] / "shared"))
STOCK = SHARED / "falco/rules/0.57/falco_rules.yaml"
# Rules that make the sensor look at a call, and never fire.
WANT = """\
- rule: want {types}
  desc: asks for these calls and never fires
  condition: evt.type in ({types}) and proc.name = "no such name" and fd.name = x
  output: never
  priority: DEBUG
"""


class Sensor:
    """A `tiercel run` on this machine."""

    def __init__(self, rules: Path, *options: str) -> None:
        command = [str(Path(sys.executable).with_name("tiercel")), "run", "-r", str(rules), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        if "watching" not in line:
            sys.exit(f"the sensor did not start: {line}{self.process.stderr.read()}")
        time.sleep(0.3)

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> str:
        """Stops it; what it said on standard error."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=60)
        return said


@contextmanager
def sensor(folder: Path, types: str | None, *options: str) -> Iterator[Sensor]:
    rules = STOCK
    if types is not None:
        rules = folder / "want.yaml"
        rules.write_text(WANT.format(types=types))
    running = Sensor(rules, *options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end()


@contextmanager
def empty_program(folder: Path) -> Iterator[None]:
    from tiercel.sources.ebpf import bpf
    from tiercel.sources.ebpf.btf import find_types
    from tiercel.sources.ebpf.elf import read_object

    made = folder / "empty.o"
    command = [
        sys.executable,
        "-m",
        "ziglang",
        "cc",
        "-target",
        "bpfel-freestanding-none",
        "-O2",
        "-g",
        "-mcpu=v3",
    ]
    subprocess.run([*command, "-c", str(HERE / "empty.bpf.c"), "-o", str(made)], check=True)
    unit = read_object(made.read_bytes())
    program = unit.programs["empty_exit"]
    types = find_types(Path("/sys/kernel/btf/vmlinux").read_bytes(), ["btf_trace_sys_exit"])
    btf = bpf.load_btf(unit.btf)
    fd = bpf.load_program(
        "empty",
        program.code,
        license=unit.license,
        attach_type=bpf.ATTACH_TRACE_RAW_TP,
        attach_btf_id=types["btf_trace_sys_exit"],
        btf_fd=btf,
        functions=program.functions,
        relocations=program.relocations,
    )
    link = bpf.attach_tracepoint(fd)
    try:
        yield
    finally:
        for each in (link, fd, btf):
            os.close(each)


def ns_of(program: Path, kind: str, n: int) -> float:
    return min(
        float(
            subprocess.run(
                [program, kind, str(n)], capture_output=True, text=True, check=True
            ).stdout.split()[2]
        )
        for _ in range(RUNS)
    )


def losses(said: str) -> str:
    found = [line.strip() for line in said.splitlines() if "lost" in line.lower()]
    return "; ".join(found) or "none"


def calls(folder: Path, program: Path) -> None:
    kinds = [
        ("getppid", 2_000_000),
        ("open", 500_000),
        ("open-missing", 500_000),
        ("connect", 500_000),
        ("exec", 2_000),
    ]
    rows = {kind: [ns_of(program, kind, n)] for kind, n in kinds}
    with empty_program(folder):
        for kind, n in kinds:
            rows[kind].append(ns_of(program, kind, n))
    with sensor(folder, "ptrace"):
        for kind, n in kinds:
            rows[kind].append(ns_of(program, kind, n))
    with sensor(folder, "open, openat, openat2, connect, getppid, execve", "-A") as s:
        for kind, n in kinds:
            rows[kind].append(ns_of(program, kind, n))
        said = s.end()
    print("| call | no probe | empty program | few wanted | all wanted |\n|---|---|---|---|---|")
    for kind, row in rows.items():
        print(f"| {kind} | " + " | ".join(f"{v:.0f} ns" for v in row) + " |")
    print(f"\nlost: {losses(said)}\n")


def rates(folder: Path, program: Path) -> None:
    for name, types, kind, n, rate in [
        ("200,000 needed events a second", "open, openat, connect", "connect", 2_000_000, 100_000),
        ("filtered-out calls", "ptrace", "getppid", 20_000_000, 0),
    ]:
        with sensor(folder, types) as s:
            before, start = s.cpu_seconds(), time.monotonic()
            both = [
                subprocess.Popen([program, kind, str(n), str(rate)], stdout=subprocess.DEVNULL)
                for _ in range(2)
            ]
            for each in both:
                each.wait()
            took = time.monotonic() - start
            cpu = s.cpu_seconds() - before
            said = s.end()
        print(
            f"{name}: {2 * n / took:,.0f} a second, sensor's CPU {100 * cpu / took:.1f} %, lost: {losses(said)}"
        )


def latency(folder: Path, program: Path) -> None:
    rules = folder / "latency.yaml"
    rules.write_text(
        "- rule: opened\n  desc: every open of one file\n  condition: evt.type = openat and fd.name = /etc/hostname\n"
        "  output: opened at %evt.rawtime\n  priority: INFO\n"
    )
    running = Sensor(rules, "--format", "json")
    busy = subprocess.Popen([program, "open", "100000", "10000"], stdout=subprocess.DEVNULL)
    late: list[float] = []
    assert running.process.stdout is not None
    for line in running.process.stdout:
        now = time.time_ns()
        late.append((now - json.loads(line)["output_fields"].get("evt.time", now)) / 1e6)
        if len(late) >= 90_000 or busy.poll() is not None:
            break
    busy.wait()
    running.process.stdout.close()
    running.end()
    late.sort()
    print(
        f"event to alert: median {late[len(late) // 2]:.1f} ms, p99 {late[len(late) * 99 // 100]:.1f} ms,"
        f" most {late[-1]:.1f} ms ({len(late)} alerts)"
    )


def idle(folder: Path, program: Path) -> None:
    with sensor(folder, None) as s:
        time.sleep(2)
        before, start = s.cpu_seconds(), time.monotonic()
        time.sleep(20)
        print(f"idle: {100 * (s.cpu_seconds() - before) / (time.monotonic() - start):.2f} % of a core")


def compile_load(folder: Path) -> float:
    sources = sorted((HERE.parent / "src").rglob("*.c"))[:8]
    start = time.monotonic()
    for at in range(0, len(sources), 2):
        pair = [
            subprocess.Popen(
                [
                    "gcc",
                    "-O1",
                    "-fPIC",
                    f"-I{sys.base_prefix}/include/python3.11",
                    "-c",
                    str(c),
                    "-o",
                    os.devnull,
                ],
                stderr=subprocess.DEVNULL,
            )
            for c in sources[at : at + 2]
        ]
        for each in pair:
            each.wait()
    return time.monotonic() - start


def redis_load(folder: Path) -> float:
    server = subprocess.Popen(
        ["redis-server", "--port", "7379", "--save", "", "--bind", "127.0.0.1"], stdout=subprocess.DEVNULL
    )
    try:
        time.sleep(0.5)
        start = time.monotonic()
        subprocess.run(
            ["redis-benchmark", "-p", "7379", "-n", "200000", "-t", "set,get", "-q"],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return time.monotonic() - start
    finally:
        server.terminate()
        server.wait()


def web_load(folder: Path) -> float:
    page = folder / "page"
    page.mkdir(exist_ok=True)
    (page / "index.html").write_text("x" * 1000)
    conf = folder / "nginx.conf"
    conf.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log /dev/null; events {{}}\n"
        f"http {{ access_log off; server {{ listen 127.0.0.1:7380; root {page}; keepalive_requests 50; }} }}\n"
    )
    server = subprocess.Popen(["nginx", "-c", str(conf)], stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        done = subprocess.run(
            ["wrk", "-t1", "-c16", "-d6s", "http://127.0.0.1:7380/index.html"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        rate = next(float(line.split()[1]) for line in done.splitlines() if line.startswith("Requests/sec"))
        return 1 / rate
    finally:
        server.terminate()
        server.wait()


def loads(folder: Path, program: Path) -> None:
    cases: list[tuple[str, str, Callable[[Path], float]]] = [
        ("compile", "gcc", compile_load),
        ("redis", "redis-benchmark", redis_load),
        ("nginx", "wrk", web_load),
    ]
    print("| load | slowdown | sensor's CPU | lost |\n|---|---|---|---|")
    for name, needs, run in cases:
        if shutil.which(needs) is None:
            print(f"| {name} | {needs} is not installed | | |")
            continue
        without, with_sensor, share, said = [], [], 0.0, ""
        for _ in range(RUNS):
            without.append(run(folder))
            with sensor(folder, None) as s:
                before, start = s.cpu_seconds(), time.monotonic()
                with_sensor.append(run(folder))
                share = (s.cpu_seconds() - before) / (time.monotonic() - start)
                said = s.end()
        slower = statistics.median(with_sensor) / statistics.median(without) - 1
        print(
            f"| {name} | {100 * slower:+.1f} % | {100 * share:.1f} % of a core | {losses(said)} |", flush=True
        )


CASES: dict[str, Callable[[Path, Path], None]] = {
    "calls": calls, "rates": rates, "latency": latency, "idle": idle, "loads": loads,
}  # fmt: skip


def main() -> None:
    if os.geteuid() != 0:
        sys.exit("the live sensor needs root")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program = folder / "calls"
        subprocess.run(["gcc", "-O2", "-o", str(program), str(HERE / "calls.c")], check=True)
        for case in sys.argv[1:] or CASES:
            CASES[case](folder, program)


if __name__ == "__main__":
    main()
