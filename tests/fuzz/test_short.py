"""A short run of every fuzz target on a build with AddressSanitizer (`make fuzz` is the long one)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from fuzz.sanitized import library

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(1500)
def test_mutated_input_breaks_nothing() -> None:
    if library("libasan.so") is None:
        pytest.skip("gcc brings no AddressSanitizer here (Debian: libgcc-12-dev)")
    r = subprocess.run(["make", "fuzz-short"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert r.returncode == 0, r.stdout[-6000:] + r.stderr[-3000:]
    for target in ("capture", "audit_log", "rules_file"):
        assert target in r.stdout
