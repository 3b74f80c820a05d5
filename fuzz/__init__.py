"""Fuzz targets: hostile captures, audit logs and rules files, against a core that is built with sanitizers.

    make fuzz                                   # everything, at full length
    make fuzz-short                             # a few thousand cases of each, for CI
    python -m fuzz capture --cases 1000 --first 1
    python -m fuzz capture --replay 4711        # one case again, by its number
    python -m fuzz capture --replay fuzz/crashes/capture-4711-crash

A target (`fuzz.target`) makes the bytes of case n and runs bytes; `fuzz.runner` runs cases in processes of their own,
watches their time and memory, and keeps what went wrong under `fuzz/crashes`. `fuzz.sanitized` finds the build.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# fuzz.probe is compiled into the folder of the sanitized build.
__path__.append(str(ROOT / "build/asan/fuzz"))
