"""evt.*, syscall.type and fs.path.* of all golden events equal a real Falco's, but for its own faults."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tiercel.events.fields.dump import FieldReader, split_field
from tiercel.sources.scap.reader import Capture

CAPTURES = (
    "cat_write", "chain_talk", "curl_google", "exec", "files", "open-multiple-files", "ping_sendto",
    "privileged", "syscall", "test_ipv6_client", "write_tmp_test",
)  # fmt: skip
OURS = ("evt.", "syscall.", "fs.path.")


def fields(dump: Path) -> list[str]:
    written = re.findall(r"%([a-z0-9_.]+(?:\[[^\]]*\])?)", dump.read_text())
    # Falco reads %evt.type.is[3] as %evt.type and a text behind it.
    return [name for name in dict.fromkeys(written) if name.startswith(OURS) and name != "evt.type.is[3]"]


def is_falcos_fault(field: str, want: dict[str, Any], got: dict[str, Any]) -> bool:
    """Whether the real Falco's value is not the event's own.

    - evt.buffer of an event without data, or with a number for data (ptrace): behind it come bytes of the
      text that was rendered before, as many as the last buffer had.
    - fs.path.name beside evt.abspath: asking for that makes the directory the descriptor that the event is
      about.
    """
    if field == "evt.buffer":
        own = str(got.get(field)) or "NULL"
        return own in ("NULL", "0") and str(want.get(field)).startswith(own)
    return field == "fs.path.name" and want["evt.type"] in ("openat", "openat2")


@pytest.mark.parametrize("name", CAPTURES)
def test_golden(shared: Path, name: str) -> None:
    falco = shared / "falco"
    capture = next(p for d in ("captures", "recorded") if (p := falco / d / f"{name}.scap").exists())
    with gzip.open(falco / "golden" / f"{name}.scap.fields.jsonl.gz", "rt") as lines:
        golden = {event["evt.num"]: event for event in map(json.loads, lines)}
    names = fields(falco / "golden" / "dump.yaml")
    assert all(split_field(written) for written in names)
    wrong = []
    for got in FieldReader(Capture(str(capture)), names):
        want = golden.pop(got["evt.num"], None)
        if want is None:
            continue  # dump-recorded.yaml is about the rarer events only
        for written in names:
            if want.get(written) != got.get(written) and not is_falcos_fault(written, want, got):
                wrong.append((got["evt.num"], want["evt.type"], written, want.get(written), got.get(written)))
    assert not golden
    assert not wrong[:20]
