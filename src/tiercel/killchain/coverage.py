"""Which stages and ATT&CK techniques a set of rules reaches, and which it does not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tiercel.killchain.attack import Attack, Technique, attack
from tiercel.killchain.classify import Killchain, classify
from tiercel.killchain.stage import Stage

# Versions that an ATT&CK Navigator of today reads (its layer format 4.5).
NAVIGATOR_VERSIONS = {"attack": "17", "navigator": "5.1.0", "layer": "4.5"}
NAVIGATOR_COLORS = ["#ffffffff", "#8ec1da", "#1a6496"]


class Placed(Protocol):
    """What is asked of a rule."""

    @property
    def name(self) -> str: ...
    @property
    def tags(self) -> tuple[str, ...]: ...
    @property
    def source(self) -> str: ...
    @property
    def enabled(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Coverage:
    """Names of enabled rules by stage and by technique, in load order.

    `stages` has all seven. `techniques` has every technique of the containers matrix, reached or not, and
    what the rules reach besides. `unplaced` are rules that have no stage.
    """

    stages: Mapping[Stage, tuple[str, ...]]
    techniques: Mapping[str, tuple[str, ...]]
    sources: Mapping[str, int]
    unplaced: tuple[str, ...]
    disabled: int

    @property
    def reached(self) -> list[str]:
        return [identifier for identifier, rules in self.techniques.items() if rules]

    @property
    def missing(self) -> list[str]:
        """Techniques of the containers matrix that no rule reaches."""
        return [identifier for identifier, rules in self.techniques.items() if not rules]

    def as_json(self) -> dict[str, Any]:
        table = attack()
        return {
            "rules": sum(self.sources.values()),
            "disabled": self.disabled,
            "sources": dict(self.sources),
            "stages": [
                {"stage": stage.value, "phase": stage.phase, "covered": bool(rules), "rules": list(rules)}
                for stage, rules in self.stages.items()
            ],
            "techniques": [
                {
                    "id": identifier,
                    "name": table.title(identifier),
                    "tactics": list(_tactics(table, identifier)),
                    "containers": (known := table.techniques.get(identifier)) is not None
                    and known.in_containers,
                    "covered": bool(rules),
                    "rules": list(rules),
                }
                for identifier, rules in self.techniques.items()
            ],
            "unplaced": list(self.unplaced),
        }

    def as_navigator(self) -> dict[str, Any]:
        """A layer for the ATT&CK Navigator, format 4.5; a technique's score is the number of its rules."""
        table = attack()
        most = max((len(rules) for rules in self.techniques.values()), default=0)
        parents = {identifier.partition(".")[0] for identifier in self.techniques if "." in identifier}
        entries = []
        for identifier in sorted(self.techniques.keys() | parents):
            rules = self.techniques.get(identifier)
            entry: dict[str, Any] = {"techniqueID": identifier, "enabled": True, "metadata": [], "links": []}
            if rules is not None:
                entry |= {"score": len(rules), "comment": "\n".join(rules)}
            # Without this mark the Navigator keeps sub-techniques folded away.
            entry["showSubtechniques"] = identifier in parents
            tactics = [table.tactics[tactic].shortname for tactic in _tactics(table, identifier)]
            entries += [entry | {"tactic": tactic} for tactic in tactics] or [entry]
        return {
            "name": "Tiercel rules",
            "versions": NAVIGATOR_VERSIONS,
            "domain": "enterprise-attack",
            "description": f"{sum(self.sources.values())} enabled rules; a score is a number of rules",
            "filters": {"platforms": ["Containers", "Linux"]},
            "sorting": 3,
            "layout": {"layout": "side", "showID": True, "showName": True},
            "hideDisabled": False,
            "techniques": entries,
            "gradient": {"colors": NAVIGATOR_COLORS, "minValue": 0, "maxValue": max(most, 1)},
            "legendItems": [],
            "metadata": [],
            "links": [],
            "showTacticRowBackground": False,
            "selectTechniquesAcrossTactics": True,
            "selectSubtechniquesWithParent": False,
        }


def coverage(rules: Iterable[Placed]) -> Coverage:
    """What the enabled ones among `rules` reach."""
    table = attack()
    stages: dict[Stage, list[str]] = {stage: [] for stage in Stage}
    techniques: dict[str, list[str]] = {t.id: [] for t in table.techniques.values() if t.in_containers}
    sources: dict[str, int] = {}
    unplaced = []
    disabled = 0
    for rule in rules:
        if not rule.enabled:
            disabled += 1
            continue
        sources[rule.source] = sources.get(rule.source, 0) + 1
        place: Killchain | None = classify(rule)
        if place is None:
            unplaced.append(rule.name)
            continue
        stages[place.stage].append(rule.name)
        for identifier in place.techniques:
            techniques.setdefault(identifier, []).append(rule.name)
        # Whoever sees a sub-technique sees the technique: the containers matrix has some only as a whole.
        for parent in {t.partition(".")[0] for t in place.techniques} - set(place.techniques):
            if parent in techniques:
                techniques[parent].append(rule.name)
    return Coverage(
        {stage: tuple(names) for stage, names in stages.items()},
        {identifier: tuple(techniques[identifier]) for identifier in sorted(techniques)},
        sources,
        tuple(unplaced),
        disabled,
    )


def _tactics(table: Attack, identifier: str) -> tuple[str, ...]:
    known: Technique | None = table.techniques.get(identifier)
    return known.tactics if known else ()
