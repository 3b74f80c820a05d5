import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tiercel.killchain import Stage, attack, classify, stock_rows


@dataclass(frozen=True)
class Named:
    name: str
    tags: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("rule", "stage"),
    [
        # the rule's own tag comes first, also where the name is a stock rule's
        (Named("Terminal shell in container", ("killchain_delivery", "T1059")), Stage.DELIVERY),
        (Named("mine", ("killchain_command_and_control", "T1046")), Stage.COMMAND_AND_CONTROL),
        # a tag that names no stage is no stage
        (Named("mine", ("killchain_sideways", "T1046")), Stage.RECONNAISSANCE),
        # then the table of stock rules, whatever their ATT&CK tags
        (Named("Terminal shell in container", ("mitre_persistence",)), Stage.EXPLOITATION),
        (
            Named(
                "Launch Ingress Remote File Copy Tools in Container", ("mitre_command_and_control", "TA0011")
            ),
            Stage.DELIVERY,
        ),
        # then ATT&CK: the technique before the tactic
        (Named("mine", ("mitre_command_and_control", "T1105")), Stage.DELIVERY),
        (Named("mine", ("mitre_execution", "T1059.004")), Stage.EXPLOITATION),
        (Named("mine", ("t1611",)), Stage.EXPLOITATION),
        (Named("mine", ("T1059.999",)), Stage.EXPLOITATION),
        (Named("mine", ("mitre_impact",)), Stage.ACTIONS_ON_OBJECTIVES),
        (Named("mine", ("TA0043",)), Stage.RECONNAISSANCE),
    ],
)
def test_the_stage_comes_from_tag_then_table_then_attack(rule: Named, stage: Stage) -> None:
    found = classify(rule)
    assert found is not None and found.stage is stage


@pytest.mark.parametrize(
    "tags", [(), ("container", "PCI_DSS_10.2.5"), ("T99999",), ("mitre_nothing",), ("TA9999",)]
)
def test_nothing_is_made_up(tags: tuple[str, ...]) -> None:
    assert classify(Named("mine", tags)) is None


def test_the_json_object() -> None:
    found = classify(Named("Terminal shell in container", ("mitre_execution", "T1059")))
    assert found is not None
    assert found.as_dict() == {
        "stage": "exploitation",
        "phase": 4,
        "tactics": ["TA0002"],
        "techniques": ["T1059", "T1059.004", "T1609"],
    }


def test_tactics_come_from_techniques_where_the_rule_names_none() -> None:
    found = classify(Named("mine", ("T1611", "T1046")))
    assert found is not None and found.tactics == ("TA0004", "TA0007")


def test_every_stock_rule_has_a_row(shared: Path) -> None:
    names = {
        name.strip().strip("\"'")
        for file in (shared / "falco/rules").rglob("*.yaml")
        for name in re.findall(r"^- rule: (.+)$", file.read_text(), re.MULTILINE)
    }
    assert len(names) > 130
    assert names - stock_rows().keys() == set()


def test_rows_name_only_what_attack_has() -> None:
    table = attack()
    for name, row in stock_rows().items():
        assert row.tactics and set(row.tactics) <= table.tactics.keys(), name
        assert row.techniques and set(row.techniques) <= table.techniques.keys(), name


def test_the_tables_of_attack_are_consistent() -> None:
    table = attack()
    assert {tactic.stage for tactic in table.tactics.values()} == set(Stage)
    for technique in table.techniques.values():
        assert technique.parent is None or technique.parent in table.techniques, technique.id
        assert technique.tactics
    assert sum(technique.in_containers for technique in table.techniques.values()) == 31
