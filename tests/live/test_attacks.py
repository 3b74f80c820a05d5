"""The attack list, performed on this machine and in containers: the rules that should speak do (`attack_table`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from attack_table import CASES, Action, Place
from laboratory import Laboratory, Outcome


def as_planned(action: Action, outcome: Outcome) -> bool:
    """Whether the program did what it is for; else what the sensor said means nothing."""
    return (outcome.code == 0) is not action.refused


@pytest.mark.parametrize(("action", "place"), CASES, ids=[f"{a.name}-{p.split()[0]}" for a, p in CASES])
def test_what_should_speak_does(action: Action, place: Place, laboratory: Laboratory) -> None:
    if action.needs and not Path(action.needs).exists():
        pytest.skip(f"this kernel has no {action.needs}")
    outcome = laboratory.perform(action, place)
    assert as_planned(action, outcome), f"{action.command}: {outcome.code}, {outcome.text}"
    silent = {*action.stock_at(place), *action.own_at(place)} - set(outcome.rules)
    assert not silent, f"{sorted(silent)} silent; spoke: {outcome.rules}; {outcome.text}"
