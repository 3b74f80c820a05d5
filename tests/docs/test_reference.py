"""The page of commands is what `tiercel --help` says."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pages import ROOT


@pytest.mark.parametrize("script", ["reference.py", "cli_reference.py"])
def test_pages_are_current(script: str) -> None:
    r = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / script), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert r.returncode == 0, r.stderr
