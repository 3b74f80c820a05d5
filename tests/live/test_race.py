"""Races: what is opened is changed while it is opened. Of every single open the sensor must know the true file.

The program knows by fstat which file it got (`programs/race.c`), and says so, open by open; the sensor's
events of that thread come in the same order, so the two lists are compared one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from attack_table import SHADOW, Place
from laboratory import Laboratory
from live_sensor import MARK, RACE_RULE

PER_SECOND = 12_000
SECRET, HARMLESS = "S", "h"


@dataclass(frozen=True, slots=True)
class Race:
    """`path` is what is opened; where it is empty, the name in memory is swapped between the two files' own names."""

    way: str
    opens: int
    path: str = ""


RACES = (
    Race("memory", 100_000),
    Race("link", 30_000, "{work}/race-link"),
    Race("folder", 30_000, "{work}/race-folder/file"),
)


@pytest.fixture
def files(laboratory: Laboratory) -> tuple[Path, Path]:
    """A secret and a harmless file, with names of one length, and the same last name."""
    both = []
    for folder in ("aa", "bb"):
        file = laboratory.work / folder / "file"
        file.parent.mkdir(exist_ok=True)
        file.write_text(folder)
        both.append(file)
    return both[0], both[1]


@pytest.mark.parametrize("race", RACES, ids=[race.way for race in RACES])
def test_no_true_path_is_wrong(race: Race, laboratory: Laboratory, files: tuple[Path, Path]) -> None:
    action = f"race-{race.way}@host"
    path = race.path.replace("{work}", str(laboratory.work)) or "-"
    command = [
        str(laboratory.programs / "race"),
        race.way,
        str(race.opens),
        str(PER_SECOND),
        path,
        *map(str, files),
    ]
    code, text = laboratory.run(command, Place.HOST, {MARK: action})
    assert code == 0, text
    assert text.count(SECRET) > race.opens / 100 and text.count(HARMLESS) > race.opens / 100, "nobody raced"
    laboratory.sensor.settle()
    said = [seen.fields for seen in laboratory.sensor.alerts(action) if seen.rule == RACE_RULE]
    assert len(said) == len(text), f"{len(text)} opens, {len(said)} events"
    true = {SECRET: str(files[0]), HARMLESS: str(files[1])}
    wrong = [i for i, seen in enumerate(said) if seen["tiercel.fd.true"] != true[text[i]]]
    assert not wrong, f"{len(wrong)} of {len(text)} wrong; the first: {said[wrong[0]]}"
    inodes = {SECRET: files[0].stat().st_ino, HARMLESS: files[1].stat().st_ino}
    assert [i for i, seen in enumerate(said) if seen["fd.ino"] != inodes[text[i]]] == []


def test_no_secret_is_missed(laboratory: Laboratory) -> None:
    """The same with Falco's rule on the real secret: as many alerts about the truth as reads that were won."""
    secret, harmless = Path("/etc/pam.d/tiercel-live-x"), Path("/etc/opt-tiercel-live-xxx")
    assert len(str(secret)) == len(str(harmless))
    secret.write_text("secret\n")
    harmless.write_text("none\n")
    try:
        command = [
            str(laboratory.programs / "race"),
            "memory",
            "5000",
            "5000",
            "-",
            str(secret),
            str(harmless),
        ]
        code, text = laboratory.run(command, Place.HOST, {MARK: "race-secret@host"})
    finally:
        secret.unlink()
        harmless.unlink()
    assert code == 0 and text.count(SECRET) > 50, text[:100]
    laboratory.sensor.settle()
    said = [s.fields for s in laboratory.sensor.alerts("race-secret@host") if s.rule == SHADOW]
    assert sum(seen["tiercel.fd.true"] == str(secret) for seen in said) == text.count(SECRET)
