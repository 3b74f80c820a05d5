"""Performs the attack list and the evasions on this machine, and writes what was seen into
docs/reference/attacks.md.

python scripts/attacks.py              as root: run test_attacks.py and test_evasions.py of tests/live, write the tables
python scripts/attacks.py OUTCOMES     write them from a file of outcomes (TIERCEL_LIVE_OUTCOMES of such a run)
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIVE = ROOT / "tests" / "live"
PAGE = ROOT / "docs" / "reference" / "attacks.md"
sys.path.insert(0, str(LIVE))

from attack_table import ATTACKS, STARTS, Action, Place  # noqa: E402
from evasion_table import EVASIONS, MISSED_BY_FALCO  # noqa: E402

BLOCK = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
Outcomes = dict[tuple[str, str], tuple[str, ...]]  # (action, place): the rules that spoke


def perform() -> Path:
    file = Path(tempfile.mkdtemp()) / "outcomes.json"
    tests = ["test_attacks.py", "test_evasions.py"]
    subprocess.run(
        [sys.executable, "-m", "pytest", *(str(LIVE / test) for test in tests)],
        env={**os.environ, "TIERCEL_LIVE_OUTCOMES": str(file)},
        cwd=ROOT,
        check=False,
    )
    return file


def read(file: Path) -> Outcomes:
    return {(o["action"], o["place"]): tuple(o["rules"]) for o in json.loads(file.read_text())}


def seen(action: Action, place: Place, rules: tuple[str, ...]) -> str:
    """yes, ours (Falco has no rule, Tiercel has), no."""
    stock, own = set(action.stock_at(place)), set(action.own_at(place))
    if stock:
        return "yes" if stock <= set(rules) else "no"
    return "ours" if own and own <= set(rules) else "no"


def rows(actions: Iterable[Action], outcomes: Outcomes) -> Iterator[str]:
    for action in actions:
        told: dict[tuple[str, ...], list[Place]] = {}
        for place in action.places:
            if (action.name, place) not in outcomes:
                continue
            rules = outcomes[action.name, place]
            spoke = seen(action, place, rules)
            ours = [rule for rule in action.own_at(place) if rule in rules]
            stock = "; ".join(action.stock_at(place)) or "none"
            told.setdefault((stock, "; ".join(ours) or "-", spoke), []).append(place)
        for (stock, ours, spoke), places in told.items():
            falco = "no" if action.name in MISSED_BY_FALCO else ""
            notes = "; ".join(filter(None, (action.why, action.unseen)))
            cells = [cell(action.does), ", ".join(places), stock, spoke, ours, notes]
            if action in EVASIONS:
                cells.insert(3, falco)
            yield "| " + " | ".join(cells) + " |"


def cell(text: str) -> str:
    return text.replace("|", "\\|")


def table(actions: tuple[Action, ...], outcomes: Outcomes) -> str:
    titles = [
        "What is done",
        "Where",
        "Falco's rules that should speak",
        "Seen",
        "Tiercel's rules that spoke",
        "Note",
    ]
    if actions is EVASIONS:
        titles.insert(3, "Falco's own sensor")
    lines = ["| " + " | ".join(titles) + " |", "|---" * len(titles) + "|"]
    return "\n".join([*lines, *rows(actions, outcomes)]) + "\n"


def summary(outcomes: Outcomes) -> str:
    lines = []
    for name, actions in (("attacks", (*ATTACKS, *STARTS)), ("evasions", EVASIONS)):
        cases = [(a, p) for a in actions for p in a.places if (a.name, p) in outcomes]
        count = Counter(seen(a, p, outcomes[a.name, p]) for a, p in cases)
        expected = [(a, p) for a, p in cases if a.stock_at(p)]
        others = len(cases) - len(expected)
        lines.append(
            f"{len(cases)} {name} ({len({a.name for a, _ in cases})} actions, in one or more places):"
            f" of {len(expected)} about which Falco's rules should speak, {count['yes']} were seen;"
            f" of the other {others}, {count['ours']} were seen by Tiercel's own rules."
        )
    return "\n".join(f"- {line}" for line in lines) + "\n"


def main(arguments: list[str]) -> int:
    outcomes = read(Path(arguments[0]) if arguments else perform())
    blocks = {
        "summary": summary(outcomes),
        "attacks": table((*ATTACKS, *STARTS), outcomes),
        "evasions": table(EVASIONS, outcomes),
    }
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(BLOCK.sub(lambda m: m[1] + blocks[m[2]] + m[3], text), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
