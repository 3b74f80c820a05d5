"""`python -m kernels [NAME...]`: see `kernels`."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from pathlib import Path

from kernels import report
from kernels.catalogue import BY_NAME, KERNELS
from kernels.machine import Outcome, boot
from kernels.packages import Apt, PackageError, unpack

REPOSITORY = Path(__file__).parents[1]
BUILD = REPOSITORY / "build/kernels"
PAGE = REPOSITORY / "docs/reference/kernels.md"
TEST_SECONDS = 1800  # of one test: an emulated processor is some 20 times slower


def main(arguments: list[str]) -> int:
    names = ", ".join(f"{kernel.name} ({kernel.why})" for kernel in KERNELS)
    parser = argparse.ArgumentParser(
        prog="python -m kernels", description="The probe and the live tests on other kernels."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{names}, here (this machine); default: all"
    )
    parser.add_argument(
        "--command", help="a line for sh in the guest instead of the probe and the live tests"
    )
    parser.add_argument("--tests", default="tests/live", help="what pytest is given, default %(default)s")
    parser.add_argument("--append", default="", help="words for the kernel's command line")
    parser.add_argument("--seconds", type=float, default=5400.0, help="a guest's time, default %(default)s")
    parser.add_argument(
        "--folder", type=Path, default=BUILD, help="where packages, runs and results are kept"
    )
    parser.add_argument(
        "--write", action="store_true", help=f"put the results into {PAGE.relative_to(REPOSITORY)}"
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BY_NAME and name != "here"]
    if unknown:
        parser.error(f"no kernel {', '.join(unknown)}; there are {', '.join(BY_NAME)}")
    folder = options.folder.resolve()
    failures = 0
    for name in options.names or [*BY_NAME, "here"]:
        share = folder / "runs" / name / "share"
        command = options.command or both(share if name == "here" else Path("/run/kernels"), options.tests)
        print(f"== {name}", flush=True)
        if name == "here":
            outcome = here(command, share)
        else:
            outcome = boot(
                unpack(Apt(folder / "apt"), BY_NAME[name], folder),
                command,
                REPOSITORY,
                share.parent,
                seconds=options.seconds,
                append=options.append,
            )
        print(outcome.output.read_text(errors="replace") if outcome.output.exists() else "", end="")
        print(
            f"-- {outcome.release}: exit code {outcome.status}, {outcome.seconds:.0f} s. {outcome.trouble}",
            flush=True,
        )
        failures += outcome.status != 0
        if not options.command:
            result = report.read(report.HERE if name == "here" else name, share, outcome.trouble)
            report.keep(result, folder / "results")
    if options.write:
        report.write(PAGE, report.kept(folder / "results"))
    return 1 if failures else 0


def both(share: Path, tests: str) -> str:
    """The line that tries the probe, then runs the tests; files for the report go into `share`."""
    python, there = shlex.quote(sys.executable), shlex.quote(str(share))
    pytest = f"{python} -m pytest {tests} -q -rfEs -p no:cacheprovider"
    return (
        f"{python} -m kernels.trial >{there}/trial; cat {there}/trial;"
        f" {pytest} --timeout={TEST_SECONDS} --junitxml={there}/junit.xml"
    )


def here(command: str, share: Path) -> Outcome:
    """The same on the kernel that runs."""
    share.mkdir(parents=True, exist_ok=True)
    for name in ("trial", "junit.xml"):
        (share / name).unlink(missing_ok=True)
    started = time.monotonic()
    with open(share / "output", "wb") as output:
        status = subprocess.run(
            ["sh", "-c", command], cwd=REPOSITORY, stdout=output, stderr=output
        ).returncode
    return Outcome("here", report.HERE, status, share / "output", time.monotonic() - started)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except PackageError as error:
        sys.exit(f"kernels: {error}")
