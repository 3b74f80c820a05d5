"""The rules that Tiercel brings along, and what every one of their outputs carries."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "rules"

# Load order, and with it which rule speaks where several match: the later stage first.
_ORDER = (
    "base",
    "actions_on_objectives",
    "command_and_control",
    "installation",
    "exploitation",
    "delivery",
    "weaponization",
    "reconnaissance",
    "audit",
)

# The core of fields that each output carries, by the source of the rule: who did what, where. The loader
# appends it to the outputs of the shipped rules, so that none of them has to write it, and none can forget it.
APPEND_OUTPUT: Mapping[str, str] = {
    "syscall": (
        "process=%proc.name command=%proc.cmdline pid=%proc.pid file=%proc.exepath parent=%proc.pname"
        " user=%user.name"
        " container_id=%container.id container=%container.name image=%container.image.repository"
        " namespace=%k8s.ns.name pod=%k8s.pod.name event=%evt.type descriptor=%fd.name"
    ),
    "k8s_audit": (
        "user=%ka.user.name verb=%ka.verb resource=%ka.target.resource target=%ka.target.name"
        " namespace=%ka.target.namespace code=%ka.response.code from=%ka.sourceips agent=%ka.useragent"
    ),
}


def shipped_rules() -> list[Path]:
    """The shipped rules files in the order in which they are to be loaded."""
    return [FOLDER / f"{name}.yaml" for name in _ORDER]
