"""What the runs gave: kept as JSON beside the kernels, shown as the table of docs/reference/kernels.md.

A run's files are `trial` (one line of JSON, kernels/trial.py) and `junit.xml` (pytest's). A page has the table between
two marks; all else on it is written by hand.
"""

from __future__ import annotations

import json
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from kernels.catalogue import KERNELS

BEGIN, END = "<!-- kernels: made by make kernels -->", "<!-- kernels: end -->"
HERE = "this machine"


@dataclass(frozen=True)
class Result:
    """One kernel. `trouble`: why there are no tests, "" where there are."""

    name: str
    release: str
    day: str
    loads: bool
    reason: str
    missing: dict[str, str]
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    trouble: str = ""
    failures: list[str] = field(default_factory=list)


def read(name: str, folder: Path, trouble: str) -> Result:
    """The result of the run whose files are in `folder`."""
    trial, junit = folder / "trial", folder / "junit.xml"
    said = json.loads(trial.read_text()) if trial.exists() and trial.read_text().startswith("{") else {}
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    failures: list[str] = []
    if junit.exists():
        tree = ElementTree.parse(junit)
        for suite in tree.iter("testsuite"):
            for key in counts:
                counts[key] += int(suite.get(key, "0"))
        failures = [
            f"{case.get('classname', '').removeprefix('tests.live.')}.{case.get('name')}"
            for case in tree.iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None
        ]
    failed = counts["failures"] + counts["errors"]
    return Result(
        name,
        said.get("release", ""),
        time.strftime("%Y-%m-%d", time.gmtime()),
        said.get("loads", False),
        said.get("reason", ""),
        said.get("missing", {}),
        max(0, counts["tests"] - failed - counts["skipped"]),
        failed,
        counts["skipped"],
        trouble.splitlines()[0] if trouble else "",
        failures,
    )


def keep(result: Result, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{result.name.replace(' ', '-')}.json").write_text(json.dumps(asdict(result), indent=1) + "\n")


def kept(folder: Path) -> list[Result]:
    """All results of earlier runs, in the catalogue's order, this machine last."""
    order = [kernel.name for kernel in KERNELS] + [HERE]
    found = [Result(**json.loads(path.read_text())) for path in folder.glob("*.json")]
    return sorted((r for r in found if r.name in order), key=lambda r: order.index(r.name))


def table(results: Iterable[Result]) -> str:
    why = {kernel.name: kernel.why for kernel in KERNELS} | {HERE: "where the tests are written"}
    lines = [
        "| kernel | | loads | optional programs not there | live tests: passed | failed | skipped | day |"
    ]
    lines.append("|---|---|---|---|---|---|---|---|")
    for r in results:
        loads = "yes" if r.loads else f"no: {cell(r.reason or r.trouble)}"
        missing = "; ".join(f"{unit}: {cell(reason)}" for unit, reason in sorted(r.missing.items())) or "none"
        lines.append(
            f"| {r.release or r.name} | {why.get(r.name, '')} | {loads} | {missing if r.loads else ''}"
            f" | {r.passed} | {r.failed} | {r.skipped} | {r.day} |"
        )
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """A reason's first line, fit for a cell."""
    return text.splitlines()[0].replace("|", "\\|")


def write(page: Path, results: Iterable[Result]) -> None:
    before, rest = page.read_text().split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n{table(results)}{END}{after}")
