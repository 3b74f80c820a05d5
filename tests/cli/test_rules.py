"""`tiercel rules check` and `tiercel rules list` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tiercel.cli.rules import rules

RULE = """
- rule: Reads shadow
  desc: the password file is opened
  condition: evt.type in (open, openat) and fd.name=/etc/shadow
  output: "%proc.name reads %fd.name"
  priority: WARNING
  tags: [mitre_credential_access, T1003, host]
- rule: Namespace made
  desc: a namespace is created
  condition: ka.verb=create and ka.target.resource=namespaces
  output: "%ka.user.name makes %ka.target.name"
  priority: NOTICE
  source: k8s_audit
  enabled: false
"""
BROKEN = RULE.replace("fd.name=/etc", "fd.nmae=/etc")
UNUSED = "- list: words\n  items: [a]\n" + RULE


def call(*arguments: object) -> Result:
    return CliRunner().invoke(rules, [str(a) for a in arguments])


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in (("good", RULE), ("broken", BROKEN), ("unused", UNUSED)):
        Path(f"{name}.yaml").write_text(text)
    Path("bytes.yaml").write_bytes(
        b"- rule: \xff\x1b[31m\n  desc: d\n  condition: evt.type=\xfe\n  output: o\n  priority: x\n"
    )
    return tmp_path


@pytest.mark.usefixtures("written")
def test_check() -> None:
    r = call("check", "good.yaml")
    assert (r.exit_code, r.output) == (0, "good.yaml: ok\n")


@pytest.mark.usefixtures("written")
def test_check_broken() -> None:
    r = call("check", "broken.yaml", "good.yaml")
    assert r.exit_code == 1
    lines = r.output.splitlines()
    assert lines[0] == "broken.yaml:4:45: error: filter_check called with nonexistent field fd.nmae"
    assert lines[1].strip() == "condition: evt.type in (open, openat) and fd.nmae=/etc/shadow"
    assert lines[2].index("^") == lines[1].index("fd.nmae")
    assert lines[3] == "    rule 'Reads shadow' · LOAD_ERR_COMPILE_CONDITION"
    assert lines[4].startswith("    Did you mean fd.name? ")
    assert lines[-2:] == ["broken.yaml: does not load (1 error)", "good.yaml: ok"]


@pytest.mark.usefixtures("written")
def test_check_warns() -> None:
    r = call("check", "unused.yaml", "unused.yaml")
    assert r.exit_code == 0
    assert r.output.count("unused.yaml:1:3: warning: List not referred to by any other rule/macro") == 1
    assert r.output.splitlines()[-1] == "unused.yaml: ok (1 warning)"


@pytest.mark.usefixtures("written")
def test_check_json() -> None:
    r = call("check", "--json", "broken.yaml", "good.yaml", "none.yaml")
    assert r.exit_code == 1
    broken, good, none = json.loads(r.output)["falco_load_results"]
    assert [f["successful"] for f in (broken, good, none)] == [False, True, False]
    assert broken["errors"][0]["code"] == "LOAD_ERR_COMPILE_CONDITION"
    assert none["errors"][0]["message"] == "none.yaml: No such file or directory"


@pytest.mark.usefixtures("written")
def test_bytes_do_not_reach_the_terminal() -> None:
    for arguments in (["check"], ["check", "--json"], ["list", "-r"], ["list", "--json", "-r"]):
        r = call(*arguments, "bytes.yaml")
        assert r.exit_code == 1
        assert r.exception is None or isinstance(r.exception, SystemExit)
        assert "\x1b[31m" not in r.output
        assert r.output.isascii() or "\ufffd" in r.output


@pytest.mark.usefixtures("written")
def test_a_name_with_control_characters() -> None:
    Path("good.yaml").write_text(RULE.replace("Reads shadow", '"Reads\\e[2Jshadow"'))
    for arguments in (["check", "good.yaml"], ["list", "-r", "good.yaml"]):
        r = call(*arguments)
        assert r.exit_code == 0
        assert "\x1b" not in r.output
    assert "Reads\\x1b[2Jshadow" in r.output


def test_check_a_folder(written: Path) -> None:
    (written / "bytes.yaml").unlink()
    (written / "broken.yaml").unlink()
    r = call("check", ".")
    assert r.exit_code == 0
    assert [line.split(":")[0] for line in r.output.splitlines()[-2:]] == ["./good.yaml", "./unused.yaml"]


@pytest.mark.usefixtures("written")
def test_list() -> None:
    r = call("list", "-r", "good.yaml")
    assert r.exit_code == 0
    row = next(line for line in r.output.splitlines() if "Reads shadow" in line)
    assert all(part in row for part in ("syscall", "Warning", "T1003", "host"))
    assert "Namespace made (disabled)" in r.output
    assert r.output.splitlines()[-1] == "2 rules, 1 enabled"


@pytest.mark.usefixtures("written")
def test_list_json() -> None:
    listed = json.loads(call("list", "-r", "good.yaml", "--json").output)
    first, second = listed
    assert (first["name"], first["source"], first["priority"], first["enabled"]) == (
        "Reads shadow", "syscall", "Warning", True,
    )  # fmt: skip
    assert (first["techniques"], first["line"], first["file"]) == (["T1003"], 2, "good.yaml")
    assert set(first["tags"]) == {"mitre_credential_access", "T1003", "host"}
    assert (second["source"], second["enabled"]) == ("k8s_audit", False)


def test_list_of_shipped_rules() -> None:
    r = call("list", "--json")
    assert r.exit_code == 0
    assert all(rule["stage"] for rule in json.loads(r.output))
