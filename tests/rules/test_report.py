"""Problems for people: the place in the file, the line with the spot in it, what to do."""

from __future__ import annotations

import pytest

from tiercel.rules.load import Loader
from tiercel.rules.report import Report, misspelt_field, report

HEAD = "- rule: First\n  desc: d\n  output: out\n  priority: INFO\n  condition: "


def first(text: bytes) -> Report:
    result = Loader().load_content(text, "f.yaml")
    return report([*result.errors, *result.warnings][0])


# Text, and where the spot is that the report shows: line and column from 1, the word that stands there.
SPOTS = [
    ("plain", HEAD + "evt.type=open and (proc.name=a or\n", 5, 47, ""),
    ("unknown field", HEAD + "evt.type=open and not.there=1\n", 5, 32, "not.there"),
    ("quoted", HEAD + '"evt.type=open and not.there=1"\n', 5, 33, "not.there"),
    ("folded", HEAD + ">\n    evt.type=open\n    and proc.name=a\n    and not.there=1\n", 8, 9, "not.there"),
    ("literal", HEAD + "|\n    evt.type=open\n    and not.there=1\n", 7, 9, "not.there"),
    ("plain on lines", HEAD + "evt.type=open and\n    proc.name=a and\n      not.there=1\n", 7, 7, "not.there"),
    ("second of its name", HEAD + "evt.type=open and proc.pid=1 and proc.pid=x\n", 5, 47, "proc.pid"),
    (
        "in a macro",
        "- macro: m\n  condition: >\n    evt.type=open and\n    not.there=1\n" + HEAD + "m and proc.name=x\n",
        4, 5, "not.there",
    ),
    ("after a list", "- list: l\n  items: [a, b]\n" + HEAD + "proc.name in (l) and not.there=1\n", 7, 35, "not.there"),
    ("after its own list", "- list: l\n  items: [a, a]\n" + HEAD + "proc.name in (l, a) and not.a=1\n", 7, 38, "not.a"),
    (
        "before another rule",
        "- list: l\n  items: [not.a, not.a]\n" + HEAD + "proc.name in (l) and not.a=1\n"
        + HEAD.replace("First", "Second") + "not.a=1\n",
        7, 35, "not.a",
    ),
    ("a key", HEAD + "evt.type=open\n  colour: red\n", 6, 3, "colour"),
    ("a priority", HEAD.replace("INFO", "LOUD") + "evt.type=open\n", 4, 13, "LOUD"),
    ("no YAML", "- rule: [a\n- b: ]: c\n", 2, 4, ""),
    ("unused macro", "- macro: m\n  condition: evt.type=open\n" + HEAD + "evt.type=open\n", 1, 3, "macro"),
    ("not ASCII", HEAD.replace("First", "Ünïcödé") + "proc.name=ü and not.there=1\n", 5, 31, "not.there"),
    ("old field", HEAD.replace("out\n", '"at %proc.name %evt.dir"\n') + "evt.type=open\n", 3, 27, "evt.dir"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "column", "word"), [s[1:] for s in SPOTS], ids=[s[0] for s in SPOTS]
)
def test_spots(text: str, line: int, column: int, word: str) -> None:
    found = first(text.encode())
    assert (found.file, found.line, found.column) == ("f.yaml", line, column)
    if word:
        assert found.source[found.caret :].startswith(word)
    assert found.mend


def test_subject() -> None:
    found = first((HEAD + "evt.type=open\n  exceptions: [{name: e, fields: not.there}]\n").encode())
    assert found.subject == "rule 'First', exception 'e'"
    assert found.code == "LOAD_ERR_VALIDATE"
    assert found.message == "'not.there' is not a supported filter field"


@pytest.mark.parametrize(
    "before",
    ["proc.name=a and " * 1000, "proc.name='" + "\t" * 200 + "' and ", "proc.name=" + "é" * 100 + " and "],
)
def test_long_lines_are_shortened(before: str) -> None:
    after = " and proc.name=b" * 1000
    found = first((HEAD + f'"{before}not.there=1{after}"\n').encode())
    assert len(found.source) <= 120
    assert found.source.isprintable()
    assert found.source[found.caret :].startswith("not.there=1")
    assert found.source.startswith("...")
    assert found.source.endswith("...")


def test_misspelt_field() -> None:
    result = Loader().load_content((HEAD + "proc.nmae=1\n").encode(), "f.yaml")
    (problem,) = result.errors
    assert misspelt_field(problem) == "proc.nmae"
    assert report(problem, ["proc.name"]).mend.startswith("Did you mean proc.name? ")
