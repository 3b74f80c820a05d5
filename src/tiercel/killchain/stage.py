"""The seven stages of the cyber kill chain (Lockheed Martin), in the order of an intrusion."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """A stage. Its value is how alerts, tags (`killchain_<value>`, with `_` or `-`) and tables write it."""

    RECONNAISSANCE = "reconnaissance"
    WEAPONIZATION = "weaponization"
    DELIVERY = "delivery"
    EXPLOITATION = "exploitation"
    INSTALLATION = "installation"
    COMMAND_AND_CONTROL = "command-and-control"
    ACTIONS_ON_OBJECTIVES = "actions-on-objectives"

    @property
    def phase(self) -> int:
        """1 to 7: the id of the same phase in OCSF's `kill_chain`."""
        return _PHASES[self]

    @property
    def label(self) -> str:
        """How a heading writes it: "Command and control"."""
        return self.value.replace("-", " ").capitalize()


_PHASES = {stage: place for place, stage in enumerate(Stage, 1)}


def stage_of(text: str) -> Stage | None:
    """The stage that `text` names, however it is spelt ("Command & Control", `command_and_control`)."""
    plain = text.strip().lower().replace("&", "and").replace("_", "-").replace(" ", "-")
    try:
        return Stage(plain)
    except ValueError:
        return None
