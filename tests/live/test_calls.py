"""Each type of event that a system call gives, raised by a real call and seen with the right parameters."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from live.calls_scene import SCENES
from live.probed import Probed, Told, is_allowed
from tiercel.events.flags import FLAGS
from tiercel.events.params import SIZES
from tiercel.events.table import EVENTS, Param

pytestmark = pytest.mark.skipif(bool(is_allowed()), reason=is_allowed() or "-")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, dict[str, Any]], list[Told]]]:
    """What the scenes expect, by scene, and all records of that time."""
    names = {event.name for event in EVENTS if event.is_exit}
    probed = Probed(*names)
    told: list[Told] = []
    try:
        command = [
            sys.executable,
            str(Path(__file__).with_name("calls_scene.py")),
            str(tmp_path_factory.mktemp("calls")),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as scenes:
            assert scenes.stdout is not None
            lines = []
            for line in scenes.stdout:
                lines.append(json.loads(line))
                told += probed.told()
        told += probed.told()
    finally:
        probed.close()
    yield {line["scene"]: line for line in lines}, told


def wanted(param: Param, value: Any) -> bytes:
    if isinstance(value, str) and value.startswith("t:"):
        return value[2:].encode() + b"\0"
    if isinstance(value, str) and value.startswith("x:"):
        return bytes.fromhex(value[2:])
    size = SIZES[param.type]
    if isinstance(value, str):
        known = dict(FLAGS[param.table])
        names, value = value[2:].split("|"), 0
        for name in names:
            value |= known[name]
    return int(value & ((1 << 8 * size) - 1)).to_bytes(size, "little")


@pytest.mark.parametrize("scene", SCENES)
def test_a_call(scene: str, seen: tuple[dict[str, dict[str, Any]], list[Told]]) -> None:
    row = seen[0][scene]
    assert "status" not in row, f"the scene itself failed: {row}"
    found = [t for t in seen[1] if t.tid == row["tid"] and t.event == row["event"] and t.kind == "call"]
    assert found, f"no {row['event']} among {sorted({t.event for t in seen[1] if t.tid == row['tid']})}"
    differences = []
    for t in found:
        params = EVENTS[t.raw[0]].params
        raw = dict(zip((p.name for p in params), t.raw[3], strict=True))
        expected = {p.name: wanted(p, row["expected"][p.name]) for p in params if p.name in row["expected"]}
        assert expected.keys() == row["expected"].keys(), f"{row['event']} has no such parameter"
        differences.append({n: (raw[n], v) for n, v in expected.items() if raw[n] != v})
    assert {} in differences, f"{row['event']}: (seen, expected) {min(differences, key=len)}"
