"""Ways around a sensor, each tried: what is really done is seen (`evasion_table`)."""

from __future__ import annotations

from pathlib import Path

import pytest
from attack_table import Action, Place
from evasion_table import CASES
from laboratory import Laboratory
from test_attacks import as_planned


@pytest.mark.parametrize(("action", "place"), CASES, ids=[f"{a.name}-{p.split()[0]}" for a, p in CASES])
def test_the_truth_is_seen(action: Action, place: Place, laboratory: Laboratory) -> None:
    if action.needs and not Path(action.needs).exists():
        pytest.skip(f"this kernel has no {action.needs}")
    outcome = laboratory.perform(action, place)
    assert as_planned(action, outcome), f"{action.command}: {outcome.code}, {outcome.text}"
    silent = {*action.stock_at(place), *action.own_at(place)} - set(outcome.rules)
    assert not silent, f"{sorted(silent)} silent; spoke: {outcome.rules}; {outcome.text}"
