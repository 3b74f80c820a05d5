"""The small programs that act: built from `programs/*.c`, and laid out under the names that they act by.

Rules know programs by their names. A command says `PROGRAM` or `PROGRAM:NAME`: the same file, started as
NAME. Under a name of its own, `nothing` stands in for whatever it is called, and `server` for a server that
was made to start something.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

SOURCES = Path(__file__).parent / "programs"
STATIC = ("reads", "writes", "names", "net", "procs", "kernel", "ring", "race", "nothing", "server")
OTHERS = ("reads32", "dynamic")
WHOLE_32_BIT = (
    "-static",
    "-m32",
    "-nostdlib",
    "-ffreestanding",
    "-fno-stack-protector",
    "-fno-pie",
    "-no-pie",
)

_WORD = re.compile(rf"\b({'|'.join(STATIC + OTHERS)})(?::([\w.-]+))?")


def build(folder: Path, commands: Iterable[str]) -> None:
    """Compiles into `folder`, which exists, with all names that the commands use."""
    for name in STATIC:
        gcc(SOURCES / f"{name}.c", folder / name, "-static", "-pthread")
    gcc(SOURCES / "reads32.c", folder / "reads32", *WHOLE_32_BIT)
    gcc(SOURCES / "dynamic.c", folder / "dynamic")
    for program, alias in {m.groups() for command in commands for m in _WORD.finditer(command) if m[2]}:
        place = folder / f"as-{program}" / alias
        place.parent.mkdir(exist_ok=True)
        os.link(folder / program, place)


def located(word: str, folder: str) -> str:
    """A word of a command with the programs' paths where it names them."""
    match = _WORD.fullmatch(word)
    if match is None:
        return word
    program, alias = match.groups()
    return f"{folder}/as-{program}/{alias}" if alias else f"{folder}/{program}"


def gcc(source: Path, program: Path, *options: str) -> None:
    command = ["gcc", "-O1", "-Wall", "-Wno-unused-parameter", *options, "-o", str(program), str(source)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)}\n{result.stderr}")


def missing() -> str | None:
    """Why the programs cannot be built here."""
    return None if shutil.which("gcc") else "no gcc to build the programs that act"
