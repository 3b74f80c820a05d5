"""A real Falco's answers: cases, golden field values, recorded alerts, random conditions (../shared/falco).

Each test runs one of the comparing scripts that lie beside the data; what they print is shown where they fail.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

TIERCEL = str(Path(sys.executable).with_name("tiercel"))


def compare(script: Path, *arguments: object) -> str:
    """Runs a comparing script with this project's `tiercel`; fails with its output where it does."""
    r = subprocess.run(
        [sys.executable, str(script), *map(str, arguments)],
        env={**os.environ, "TIERCEL": TIERCEL},
        capture_output=True,
        text=True,
        check=False,
    )
    assert r.returncode == 0, r.stdout[-4000:] + r.stderr[-2000:]
    return r.stdout


@pytest.mark.timeout(900)
def test_cases(shared: Path) -> None:
    falco = shared / "falco"
    compare(falco / "check/run_cases.py", falco / "cases", falco / "rules/0.57", "-v")


@pytest.mark.timeout(900)
def test_golden_values(shared: Path) -> None:
    falco = shared / "falco"
    compare(
        falco / "check/compare_golden.py",
        falco / "golden",
        falco / "captures",
        falco / "recorded",
        "-v",
        "--min",
        "0.995",
    )


@pytest.mark.timeout(900)
def test_recorded_alerts(shared: Path) -> None:
    falco = shared / "falco"
    compare(falco / "check/compare_recorded.py", falco / "rules/0.57", falco / "recorded", "-v")


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "captures"),
    [("old", ["captures"]), ("recorded", ["recorded"]), ("audit", ["golden"])],
)
def test_conditions(shared: Path, name: str, captures: list[str]) -> None:
    falco = shared / "falco"
    conditions = falco / "conditions"
    folders = [falco / c for c in captures]
    compare(
        falco / "check/conditions.py", "check", conditions / name, conditions / f"{name}.json", *folders, "-v"
    )


@pytest.mark.timeout(600)
def test_what_was_really_done(shared: Path) -> None:
    falco = shared / "falco"
    compare(falco / "check/truth.py", "rules", falco / "recorded", "--recall", "0.85", "--stages", "0.9")
