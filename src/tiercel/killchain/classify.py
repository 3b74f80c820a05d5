"""Which stage of the kill chain a rule's alerts belong to, and which ATT&CK techniques they show.

The stage comes from the first of these that says something:

1. a tag `killchain_<stage>` of the rule;
2. the row of the rule's name in `stock_rules.yaml`, for the rules of the Falco project;
3. the rule's ATT&CK tags: a technique (`T1059.004`), else a tactic (`mitre_execution`, `TA0002`).

Techniques and tactics are those of the rule's tags and, behind them, those of the row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Protocol

from tiercel.killchain.attack import attack, read_table
from tiercel.killchain.stage import Stage, stage_of

STAGE_TAG = "killchain_"
TACTIC_TAG = "mitre_"
_TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?", re.ASCII)
_TACTIC = re.compile(r"TA\d{4}", re.ASCII)


class Tagged(Protocol):
    """What is asked of a rule."""

    @property
    def name(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Killchain:
    """Where an alert stands. `tactics` and `techniques` are ATT&CK ids, without repeats, in a fixed order."""

    stage: Stage
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]

    @property
    def phase(self) -> int:
        return self.stage.phase

    def as_dict(self) -> dict[str, Any]:
        """The `killchain` object of a JSON alert."""
        return {
            "stage": self.stage.value,
            "phase": self.phase,
            "tactics": list(self.tactics),
            "techniques": list(self.techniques),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A stock rule's line in the table."""

    stage: Stage
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]


@cache
def stock_rows() -> Mapping[str, Row]:
    """The table of the Falco project's rules, by name."""
    rows = {}
    for name, (stage, *ids) in read_table("stock_rules.yaml").items():
        tactics = tuple(i for i in ids if _TACTIC.fullmatch(i))
        rows[name] = Row(Stage(stage), tactics, tuple(i for i in ids if i not in tactics))
    return rows


def classify(rule: Tagged) -> Killchain | None:
    """The rule's place on the kill chain; None where neither its tags nor its name say anything."""
    return _classify(rule.name, tuple(rule.tags))


@lru_cache(maxsize=4096)
def _classify(name: str, tags: tuple[str, ...]) -> Killchain | None:
    row = stock_rows().get(name)
    tagged_techniques = [t for t in map(str.upper, tags) if _TECHNIQUE.fullmatch(t)]
    tagged_tactics = _tactics_of_tags(tags)
    stage = (
        _stage_of_tags(tags)
        or (row.stage if row else None)
        or _stage_of_attack(tagged_techniques, tagged_tactics)
    )
    if stage is None:
        return None
    techniques = _once([*tagged_techniques, *(row.techniques if row else ())])
    tactics = _once([*tagged_tactics, *(row.tactics if row else ())])
    known = attack().techniques
    if not tactics:
        tactics = _once(known[t].tactics[0] for t in techniques if t in known)
    return Killchain(stage, tactics, techniques)


def _stage_of_tags(tags: Iterable[str]) -> Stage | None:
    stages = (stage_of(tag[len(STAGE_TAG) :]) for tag in tags if tag.lower().startswith(STAGE_TAG))
    return next((stage for stage in stages if stage), None)


def _tactics_of_tags(tags: Iterable[str]) -> list[str]:
    table = attack()
    ids = []
    for tag in tags:
        if _TACTIC.fullmatch(tag.upper()):
            ids.append(tag.upper())
        elif tag.lower().startswith(TACTIC_TAG):
            tactic = table.by_tag.get(tag[len(TACTIC_TAG) :].lower().replace("-", "_"))
            if tactic:
                ids.append(tactic.id)
    return ids


def _stage_of_attack(techniques: Iterable[str], tactics: Iterable[str]) -> Stage | None:
    """A technique says more than a tactic: fetching a tool (T1105) is delivery, though below C2 in ATT&CK."""
    table = attack()
    for identifier in techniques:
        known = table.techniques.get(identifier) or table.techniques.get(identifier.partition(".")[0])
        if known:
            return known.stage
    return next((table.tactics[t].stage for t in tactics if t in table.tactics), None)


def _once(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
