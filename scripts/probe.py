"""Builds the probe: each src/tiercel/sources/ebpf/probe/NAME.bpf.c becomes src/tiercel/sources/ebpf/objects/NAME.o.

`--check` builds into another folder and fails where a committed object differs from what its source gives. The compiler
is the clang in PyPI's ziglang, of the one version that the Makefile names: another gives other bytes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

EBPF = Path(__file__).resolve().parents[1] / "src" / "tiercel" / "sources" / "ebpf"
SOURCES, OBJECTS = EBPF / "probe", EBPF / "objects"
FLAGS = [
    "-target", "bpfel-freestanding-none", "-mcpu=v3", "-O2", "-g", "-Wall", "-Werror", "-Wno-unused-function",
    "-ffile-prefix-map=.=.", "-fdebug-compilation-dir=.",
]  # fmt: skip


def build(source: Path, target: Path) -> None:
    command = [sys.executable, "-m", "ziglang", "cc", *FLAGS, "-c", source.name, "-o", str(target)]
    subprocess.run(command, cwd=SOURCES, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="default: all")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    sources = [
        s for s in sorted(SOURCES.glob("*.bpf.c")) if not options.names or s.name[:-6] in options.names
    ]
    if not options.check:
        OBJECTS.mkdir(exist_ok=True)
        for source in sources:
            build(source, OBJECTS / f"{source.name[:-6]}.o")
        return 0
    stale = []
    with tempfile.TemporaryDirectory() as folder:
        for source in sources:
            made = Path(folder, "made.o")
            build(source, made)
            committed = OBJECTS / f"{source.name[:-6]}.o"
            if not committed.is_file() or committed.read_bytes() != made.read_bytes():
                stale.append(source.name)
    if stale:
        print(
            f"not what `make probe` gives: {', '.join(stale)}; run it and commit the objects", file=sys.stderr
        )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
