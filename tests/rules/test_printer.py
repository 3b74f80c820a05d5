"""Outputs: text and JSON of an event, as Falco prints them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tiercel.rules.engine import Engine
from tiercel.rules.load import load_rules
from tiercel.rules.plan import plan_syscalls
from tiercel.rules.printer import Printer
from tiercel.sources.scap import Capture
from tiercel.sources.scap.writer import CaptureWriter, Machine

START = 1_700_000_000_123_456_789
HOSTILE = "/tmp/a\x1b[2J\nfake: Alert\x7f"


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "one.scap"
    with CaptureWriter(path, Machine(hostname="node")) as writer:
        writer.process(42, comm="cat", exe="/bin/cat", exepath="/bin/cat", cwd="/", args=["-n", "x"])
        writer.event(START, 42, 3, "openat", fd=5, dirfd=-100, name=HOSTILE, flags="O_RDONLY", mode=0)
    return path


def printed(capture: Path, output: str) -> tuple[str, dict[str, Any]]:
    path = capture.with_name("rules.yaml")
    text = output.replace("\\", "\\\\").replace('"', '\\"')
    path.write_text(
        f'- rule: r\n  desc: d\n  condition: evt.type=openat\n  output: "{text}"\n  priority: INFO\n'
    )
    loaded = load_rules([path])
    assert loaded.ok, loaded.results
    plan = plan_syscalls(loaded.rules)
    source = Capture(str(capture))
    engine = Engine(source, plan)
    source.open()
    while not (hits := engine.next_hits()):
        assert hits is not None
    return Printer(plan).print(hits[0])


@pytest.mark.parametrize(
    ("output", "message", "fields"),
    [
        ("plain", "plain", {}),
        ("%proc.name.", "cat.", {"proc.name": "cat"}),
        ("%8proc.name|", "cat     |", {"proc.name": "cat"}),
        ("%2proc.name|", "ca|", {"proc.name": "cat"}),
        ("%toupper(proc.name)", "CAT", {"proc.name": "cat"}),
        ("%proc.args %proc.cmdline", "-n x cat -n x", {"proc.args": "-n x", "proc.cmdline": "cat -n x"}),
        ("%evt.cpu %fd.num", "3 5", {"evt.cpu": 3, "fd.num": 5}),
        (
            "%evt.is_open_read %evt.is_open_write",
            "true false",
            {"evt.is_open_read": True, "evt.is_open_write": False},
        ),
        ("%fd.sip", "<NA>", {"fd.sip": None}),
        ("%evt.rawtime", str(START), {"evt.rawtime": START}),
        ("%evt.arg.flags", "O_RDONLY", {"evt.arg.flags": "O_RDONLY"}),
        ("%proc.name %proc.name", "cat cat", {"proc.name": "cat"}),
    ],
)
def test_outputs(capture: Path, output: str, message: str, fields: dict[str, Any]) -> None:
    assert printed(capture, output) == (message, fields)


def test_what_an_attacker_named_cannot_draw_on_the_terminal(capture: Path) -> None:
    message, fields = printed(capture, "file=%fd.name %evt.arg.name")
    assert not any(ord(c) < 32 or ord(c) == 127 for c in message)
    assert fields["fd.name"].startswith("/tmp/a\ufffd[2J")
