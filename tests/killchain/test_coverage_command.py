"""`tiercel rules coverage`, in its three forms."""

import json
from pathlib import Path

from click.testing import CliRunner

from tiercel.cli.coverage import coverage_command

RULES = """
- rule: shell
  desc: a shell
  condition: evt.type = execve and proc.name = sh
  output: a shell
  priority: NOTICE
  tags: [killchain_exploitation, T1059.004]
- rule: nowhere
  desc: no stage
  condition: evt.type = execve and proc.name = bash
  output: no stage
  priority: NOTICE
- rule: off
  desc: not enabled
  condition: evt.type = execve and proc.name = curl
  output: off
  priority: NOTICE
  enabled: false
  tags: [T1105]
"""


def told(tmp_path: Path, *options: str, rules: str = RULES) -> str:
    path = tmp_path / "rules.yaml"
    path.write_text(rules)
    result = CliRunner().invoke(coverage_command, ["-r", str(path), *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_text_names_what_is_covered_and_what_is_not(tmp_path: Path) -> None:
    output = told(tmp_path)
    assert "2 enabled rules (2 syscall); 1 more are not enabled" in output
    lines = {line.split()[1]: line for line in output.splitlines() if line.strip()[:1].isdigit()}
    assert "not covered" in lines["Delivery"] and "not covered" not in lines["Exploitation"]
    assert "T1059.004" in output and "Unix Shell" in output
    assert "T1611" in output
    assert "nowhere" in output


def test_json(tmp_path: Path) -> None:
    data = json.loads(told(tmp_path, "--format", "json"))
    assert data["rules"] == 2 and data["unplaced"] == ["nowhere"]
    assert [s["stage"] for s in data["stages"] if s["covered"]] == ["exploitation"]


def test_navigator(tmp_path: Path) -> None:
    layer = json.loads(told(tmp_path, "--format", "navigator"))
    assert layer["versions"]["layer"] == "4.5"
    assert [t["score"] for t in layer["techniques"] if t["techniqueID"] == "T1059.004"] == [1]


def test_a_folder_of_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    result = CliRunner().invoke(coverage_command, ["-r", str(tmp_path), "--format", "json"])
    assert json.loads(result.output)["rules"] == 2


def test_broken_rules_are_an_error_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text("- rule: x\n  condition: evt.type = \n")
    result = CliRunner().invoke(coverage_command, ["-r", str(path)])
    assert result.exit_code == 1 and "tiercel rules check" in result.output


def test_the_shipped_rules_reach_every_stage() -> None:
    data = json.loads(CliRunner().invoke(coverage_command, ["--format", "json"]).output)
    assert all(stage["covered"] for stage in data["stages"])
    assert data["unplaced"] == []


def test_every_stock_rule_is_placed(shared: Path) -> None:
    for version in ("0.31", "0.57"):
        result = CliRunner().invoke(
            coverage_command, ["-r", str(shared / "falco/rules" / version), "--format", "json"]
        )
        data = json.loads(result.output)
        assert data["unplaced"] == [] and data["rules"] > 70
