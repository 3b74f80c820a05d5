"""20,000 short processes: nothing is lost, memory and tables stay, and every lineage that is looked at is right.

The full form is `python -m bench.endurance`.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from bench.endurance import endure

PROCESSES = 20_000
GROWN_MIB = 16.0  # alerts' texts, rows to be reused: reached soon and kept


def test_short_processes(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("the live sensor needs root")
    if shutil.which("gcc") is None:
        pytest.skip("the program that makes processes needs gcc")
    try:
        result = endure(PROCESSES, tmp_path, [], every=1.0)
    except RuntimeError as e:
        if "kernel" in str(e):
            pytest.skip(f"no live sensor here: {e}")
        raise
    assert result.looked_at == PROCESSES // 100
    assert result.lost == {}
    assert (result.missing, result.wrong) == (0, [])
    first, last = result.samples[0][1], result.samples[-1][1]
    assert last["rss_mib"] - first["rss_mib"] < GROWN_MIB
    assert last["threads"] < first["threads"] + 500  # others' processes come and go as well
    assert last["events"] > 4 * PROCESSES
