"""A rule as the engine runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tiercel.rules.expression import Expression
from tiercel.rules.outputs import ExtraField

# Falco's priorities, most urgent first; a smaller index is more urgent.
PRIORITIES = (
    "Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational", "Debug",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """A loaded rule. `index` is its place in load order; `condition` is checked and whole.

    `output` is the format string without the leading `*`, its `%` fields still in it; `priority` is one of PRIORITIES.
    `file` and `line` say where it was (last) defined. `extra_fields` join the fields of its JSON alerts.
    """

    index: int
    name: str
    source: str
    condition: Expression
    condition_text: str
    output: str
    description: str
    priority: str
    tags: tuple[str, ...]
    enabled: bool
    capture: bool
    capture_duration_ms: int
    exceptions: tuple[dict[str, Any], ...]
    warn_evttypes: bool
    skip_if_unknown_filter: bool
    file: str
    line: int
    extra_fields: tuple[ExtraField, ...] = ()
