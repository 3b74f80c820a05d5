"""The rules that Tiercel brings along, and what every one of their outputs carries."""

from __future__ import annotations

from pathlib import Path

from tiercel.rules.outputs import AppendOutput

FOLDER = Path(__file__).parent / "rules"

# The core of fields that each output carries, by the source of the rule: who did what, where.
# The loader appends it: no rule has to write it, and none can forget it.
_CORE = {
    "syscall": (
        "process=%proc.name command=%proc.cmdline pid=%proc.pid file=%proc.exepath parent=%proc.pname"
        " user=%user.name container_id=%container.id container=%container.name"
        " image=%container.image.repository"
        " namespace=%k8s.ns.name pod=%k8s.pod.name event=%evt.type descriptor=%fd.name"
    ),
    "k8s_audit": (
        "user=%ka.user.name verb=%ka.verb resource=%ka.target.resource target=%ka.target.name"
        " namespace=%ka.target.namespace code=%ka.response.code from=%ka.sourceips agent=%ka.useragent"
    ),
}

# For `load_rules`. The tag is that of the shipped rules: other rules in the same run are left as they are.
APPEND_OUTPUT = tuple(
    AppendOutput(text=text, source=source, tags=frozenset({"tiercel"})) for source, text in _CORE.items()
)


def shipped_rules() -> list[Path]:
    """The shipped rules files in the order in which they are to be loaded."""
    return [FOLDER / "syscalls.yaml", FOLDER / "audit.yaml"]
