"""What tests share: where the conformance data lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# CI tries the same examples every time: what it finds is found again. By hand each run tries others.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

SHARED = Path(os.environ.get("TIERCEL_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of conformance data (a real Falco's answers); tests that need it are skipped where it is absent."""
    if not (SHARED / "falco").is_dir():
        pytest.skip(f"no conformance data at {SHARED} (set TIERCEL_SHARED)")
    return SHARED
