"""What tests share: where the conformance data lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("TIERCEL_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of conformance data (a real Falco's answers); tests that need it are skipped where it is absent."""
    if not (SHARED / "falco").is_dir():
        pytest.skip(f"no conformance data at {SHARED} (set TIERCEL_SHARED)")
    return SHARED
