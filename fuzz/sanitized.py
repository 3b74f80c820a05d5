"""The sanitized build: where it lies, and how a Python process is started with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from fuzz import ROOT

BUILD = ROOT / "build/asan"

ASAN_OPTIONS = {
    "detect_leaks": 0,  # Python never frees all; the runner watches what is allocated instead
    "halt_on_error": 1,
    "exitcode": 99,
    "allocator_may_return_null": 1,  # a length that lies must not end the process
    "max_allocation_size_mb": 512,
    "quarantine_size_mb": 32,
    "malloc_context_size": 12,
    "detect_stack_use_after_return": 0,
    "strict_string_checks": 1,
    "handle_abort": 1,
    "hard_rss_limit_mb": 4096,
}


def library(name: str) -> Path | None:
    """gcc's run-time library of that name; None where it is not installed."""
    try:
        found = subprocess.run(
            ["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    path = Path(found.stdout.strip())
    return path.resolve() if path.is_absolute() and path.exists() else None


def missing() -> str:
    """Why fuzzing cannot be done here; empty where it can."""
    if library("libasan.so") is None:
        return "gcc's libasan is not installed"
    if not list((BUILD / "fuzz").glob("probe*.so")):
        return "there is no sanitized build (make asan)"
    return ""


def environment() -> dict[str, str]:
    """The environment of a process that uses the sanitized build."""
    # The C++ library goes with it: exceptions of C++ are caught only where AddressSanitizer found it before.
    preloaded = [str(p) for p in map(library, ("libasan.so", "libstdc++.so")) if p is not None]
    return {
        **os.environ,
        "LD_PRELOAD": " ".join(preloaded),
        "ASAN_OPTIONS": ":".join(f"{k}={v}" for k, v in ASAN_OPTIONS.items()),
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "PYTHONPATH": f"{BUILD}:{ROOT}",
        "PYTHONMALLOC": "malloc",  # Python's own objects get their fences too
        "PYTHONHASHSEED": "0",
        "PYTHONFAULTHANDLER": "1",
        "TIERCEL_FUZZ": "1",
    }


def enter(arguments: list[str]) -> None:
    """Starts this program again with the sanitized build, where it does not run with it already."""
    if os.environ.get("TIERCEL_FUZZ") != "1":
        reason = missing()
        if reason:
            sys.exit(f"fuzz: {reason}")
        sys.stdout.flush()
        os.execve(sys.executable, [sys.executable, "-m", "fuzz", *arguments], environment())
