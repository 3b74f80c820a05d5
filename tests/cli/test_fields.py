"""`tiercel fields` as a user and as a program sees it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tiercel.cli.fields import fields, spelled
from tiercel.events.catalogue import CATALOGUE, lookup


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(fields, list(arguments))
    return result.exit_code, result.output


def test_lists_what_falco_lists() -> None:
    code, text = run()
    assert code == 0
    assert "proc.aname[N]?" in text and "evt.arg.NAME" in text and "ka.uri.param[KEY]" in text
    assert "evt.latency" not in text and "thread.vmsize.b" not in text
    assert max(map(len, text.splitlines())) <= 110
    assert not any(line.endswith(" ") for line in text.splitlines())
    assert "`" not in text


def test_prefix_and_source() -> None:
    _, text = run("fd.s")
    assert "fd.sip" in text and "fd.cip " not in text
    _, text = run("--source", "k8s_audit")
    assert "ka.verb" in text and "evt.time" in text and "proc.name" not in text


@pytest.mark.parametrize("arguments", [("evt.dir",), ("evt.d", "--all")])
def test_unlisted_fields_when_asked_for(arguments: tuple[str, ...]) -> None:
    code, text = run(*arguments)
    assert code == 0 and "(deprecated)" in text


def test_json() -> None:
    code, text = run("--json", "--all")
    documents = {document["name"]: document for document in json.loads(text)}
    assert code == 0
    assert set(documents) == set(CATALOGUE)
    assert documents["container.mount"]["argument"] == {"required": True, "kinds": ["index", "key"]}
    assert documents["ka.user.groups"]["is_list"] is True
    assert documents["json.value"]["sources"] == ["syscall", "k8s_audit"]


def test_no_such_field() -> None:
    code, text = run("proc.nmae")
    assert code == 1
    assert "no field starts with 'proc.nmae'" in text and "proc.name" in text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("proc.name", "proc.name"),
        ("proc.aname", "proc.aname[N]?"),
        ("thread.cgroup", "thread.cgroup.NAME"),
        ("k8s.pod.label", "k8s.pod.label[KEY]"),
        ("evt.abspath", "evt.abspath.NAME?"),
    ],
)
def test_spelling(name: str, text: str) -> None:
    assert spelled(lookup(name)) == text
