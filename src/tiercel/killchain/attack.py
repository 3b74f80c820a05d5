"""ATT&CK as Tiercel needs it: tactics and techniques, and the stage each stands for (`attack.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from tiercel.killchain.stage import Stage

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Tactic:
    """`tag` is what rules write behind `mitre_`; `stage` is where a rule belongs that names nothing else."""

    id: str
    name: str
    tag: str
    stage: Stage

    @property
    def shortname(self) -> str:
        """As the ATT&CK Navigator writes it: `privilege-escalation`."""
        return self.tag.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique, or a sub-technique (`T1059.004`). `tactics` are ids, the main one first."""

    id: str
    name: str
    tactics: tuple[str, ...]
    stage: Stage
    in_containers: bool

    @property
    def parent(self) -> str | None:
        return self.id.partition(".")[0] if "." in self.id else None


@dataclass(frozen=True, slots=True)
class Attack:
    tactics: Mapping[str, Tactic]
    techniques: Mapping[str, Technique]
    by_tag: Mapping[str, Tactic]

    def title(self, technique_id: str) -> str:
        """ "Unix Shell" for T1059.004; the id itself where the table does not know it."""
        known = self.techniques.get(technique_id)
        return known.name if known else technique_id


def read_table(name: str) -> Any:
    """A YAML file that lies beside this module."""
    return yaml.load(files("tiercel.killchain").joinpath(name).read_text(encoding="utf-8"), Loader=_LOADER)


@cache
def attack() -> Attack:
    """The tables, read once."""
    table = read_table("attack.yaml")
    tactics = {i: Tactic(i, t["name"], t["tag"], Stage(t["stage"])) for i, t in table["tactics"].items()}
    by_tag = {tactic.tag: tactic for tactic in tactics.values()}
    containers = set(table["containers"])
    own_stage = table["stages"]

    def technique(identifier: str, name: str, tags: list[str]) -> Technique:
        stage = (
            own_stage.get(identifier) or own_stage.get(identifier.partition(".")[0]) or by_tag[tags[0]].stage
        )
        ids = tuple(by_tag[tag].id for tag in tags)
        return Technique(identifier, name, ids, Stage(stage), identifier in containers)

    techniques = {i: technique(i, *row) for i, row in table["techniques"].items()}
    return Attack(tactics, techniques, by_tag)
