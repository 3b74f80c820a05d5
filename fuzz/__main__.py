"""`python -m fuzz TARGET`: see `fuzz`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from fuzz import sanitized
from fuzz.runner import run_cases
from fuzz.target import Target

# Cases at full length (the issue asks for 100,000 captures and audit logs, 20,000 rules files), and for CI.
TARGETS = {"capture": (100_000, 1500), "audit_log": (100_000, 2000), "rules_file": (20_000, 600)}
SHORT_SECONDS = 15.0  # of each target, whatever the machine


def load(name: str) -> Target:
    make: Callable[[], Target] = import_module(f"fuzz.{name}").target
    return make()


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", choices=[*TARGETS, "all"])
    parser.add_argument("--cases", type=int, help="how many; default: as the issue asks")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--seconds", type=float, default=0.0, help="stop after that long, whatever was done")
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 8))
    parser.add_argument("--short", action="store_true", help="a few thousand cases, for CI")
    parser.add_argument("--replay", metavar="CASE|FILE", help="one case again, in this process")
    options = parser.parse_args(arguments)
    sanitized.enter(arguments)
    if options.replay is not None:
        return replay(load(options.target), options.replay)
    failures = 0
    for name in TARGETS if options.target == "all" else [options.target]:
        cases, few = TARGETS[name]
        outcome = run_cases(
            load(name),
            options.first,
            options.cases or (few if options.short else cases),
            options.workers,
            options.seconds or (SHORT_SECONDS if options.short else 0.0),
        )
        print(outcome, flush=True)
        failures += len(outcome.failures)
    return 1 if failures else 0


def replay(target: Target, which: str) -> int:
    target.prepare()
    data = target.case(int(which)) if which.isdecimal() else Path(which).read_bytes()
    print(target.run(data))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
