"""`python -m kernels [NAME...] [-- COMMAND]`: see `kernels`."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from kernels.catalogue import BY_NAME, DEFAULT, KERNELS
from kernels.machine import boot
from kernels.packages import Apt, PackageError, unpack

REPOSITORY = Path(__file__).parents[1]
BUILD = REPOSITORY / "build/kernels"


def main(arguments: list[str]) -> int:
    names = ", ".join(f"{kernel.name} ({kernel.why})" for kernel in KERNELS)
    parser = argparse.ArgumentParser(prog="python -m kernels", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{names}; default: {' '.join(DEFAULT)}")
    parser.add_argument("--command", help="a line for sh instead of the live tests")
    parser.add_argument("--append", default="", help="words for the kernel's command line")
    parser.add_argument("--seconds", type=float, default=3600.0, help="a guest's time, default %(default)s")
    parser.add_argument("--folder", type=Path, default=BUILD, help="where packages and runs are kept")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BY_NAME]
    if unknown:
        parser.error(f"no kernel {', '.join(unknown)}; there are {', '.join(BY_NAME)}")
    failures = 0
    folder = options.folder.resolve()
    command = options.command or f"{shlex.quote(sys.executable)} -m pytest tests/live -q"
    apt = Apt(folder / "apt")
    for name in options.names or DEFAULT:
        unpacked = unpack(apt, BY_NAME[name], folder)
        outcome = boot(
            unpacked, command, REPOSITORY, folder / "runs" / name, seconds=options.seconds, append=options.append
        )
        print(f"== {name} ({outcome.release}): exit {outcome.status}, {outcome.seconds:.0f} s {outcome.trouble}")
        if outcome.output.exists():
            print(outcome.output.read_text(errors="replace"))
        failures += outcome.status != 0
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except PackageError as error:
        sys.exit(f"kernels: {error}")
