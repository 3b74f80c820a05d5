"""Rules on what a command does, judged in this process by the live sensor."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tiercel.rules.engine import Engine
from tiercel.rules.load import load_rules
from tiercel.rules.plan import Plan, plan_syscalls
from tiercel.rules.printer import Printer
from tiercel.sources.ebpf.live import LiveSource

NEEDS = [
    pytest.mark.skipif(os.geteuid() != 0, reason="the sensor needs root"),
    pytest.mark.skipif(not Path("/sys/kernel/btf/vmlinux").exists(), reason="the kernel has no BTF"),
]


def rule(name: str, condition: str, fields: tuple[str, ...]) -> str:
    shown = " ".join(f"%{field}" for field in fields)
    return f'- rule: {name}\n  desc: d\n  condition: {condition}\n  output: "{shown}"\n  priority: INFO\n'


def plan_of(text: str, folder: Path) -> Plan:
    path = folder / "rules.yaml"
    path.write_text(text)
    loaded = load_rules([path])
    assert loaded.ok, loaded.results
    return plan_syscalls(loaded.rules)


def watched(plan: Plan, command: list[str], match_all: bool = False) -> tuple[list[dict[str, Any]], bytes]:
    """What rules said while the command ran, and what it wrote."""
    source = LiveSource(ring_bytes=32 << 20)
    engine, printer = Engine(source, plan, match_all=match_all), Printer(plan)
    source.open()
    said = []
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        until: float | None = None
        output = b""
        os.set_blocking(process.stdout.fileno(), False)
        while until is None or time.monotonic() < until:
            said += [{**printer.print(i)[1], "rule": plan.rules[i].name} for i in engine.next_hits() or ()]
            output += process.stdout.read() or b""
            if until is None and process.poll() is not None:
                until = time.monotonic() + 0.3
        output += process.stdout.read() or b""
        assert process.returncode == 0
        assert not any(source.losses().values()), source.losses()
    finally:
        source.close()
    return said, output
