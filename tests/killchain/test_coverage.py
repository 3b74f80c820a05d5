from dataclasses import dataclass

from tiercel.killchain import Stage
from tiercel.killchain.coverage import coverage


@dataclass(frozen=True)
class Placed:
    name: str
    tags: tuple[str, ...] = ()
    source: str = "syscall"
    enabled: bool = True


RULES = [
    Placed("scan", ("killchain_reconnaissance", "T1046")),
    Placed("shell", ("killchain_exploitation", "T1059.004", "T1190")),
    Placed("anonymous", ("killchain_reconnaissance", "T1078.001"), source="k8s_audit"),
    Placed("off", ("killchain_delivery", "T1105"), enabled=False),
    Placed("nowhere", ("container",)),
    Placed("own", ("killchain_exploitation", "T1999.001")),
]


def test_stages_and_techniques_of_enabled_rules() -> None:
    covered = coverage(RULES)
    assert covered.stages[Stage.RECONNAISSANCE] == ("scan", "anonymous")
    assert covered.stages[Stage.DELIVERY] == ()
    assert set(covered.stages) == set(Stage)
    assert covered.techniques["T1046"] == ("scan",)
    # the containers matrix has T1078 as a whole; its sub-technique counts for it
    assert covered.techniques["T1078"] == ("anonymous",)
    assert "T1105" not in covered.techniques
    assert "T1611" in covered.missing and "T1046" in covered.reached
    assert covered.unplaced == ("nowhere",)
    assert covered.disabled == 1
    assert dict(covered.sources) == {"syscall": 4, "k8s_audit": 1}


def test_json_says_all_of_it() -> None:
    told = coverage(RULES).as_json()
    assert told["rules"] == 5 and told["disabled"] == 1 and told["unplaced"] == ["nowhere"]
    assert [s["phase"] for s in told["stages"]] == [1, 2, 3, 4, 5, 6, 7]
    assert told["stages"][0] == {
        "stage": "reconnaissance",
        "phase": 1,
        "covered": True,
        "rules": ["scan", "anonymous"],
    }
    by_id = {t["id"]: t for t in told["techniques"]}
    assert by_id["T1059.004"]["name"] == "Unix Shell" and by_id["T1059.004"]["tactics"] == ["TA0002"]
    assert by_id["T1611"]["covered"] is False and by_id["T1611"]["containers"] is True
    assert by_id["T1999.001"]["name"] == "T1999.001" and by_id["T1999.001"]["tactics"] == []


def test_the_navigator_layer() -> None:
    layer = coverage(RULES).as_navigator()
    assert layer["versions"]["layer"] == "4.5" and layer["domain"] == "enterprise-attack"
    shells = [t for t in layer["techniques"] if t["techniqueID"] == "T1059.004"]
    assert [(t["tactic"], t["score"], t["comment"]) for t in shells] == [("execution", 1, "shell")]
    # the technique above is there to unfold it, without a score of its own
    above = [t for t in layer["techniques"] if t["techniqueID"] == "T1059"]
    assert [t["showSubtechniques"] for t in above] == [True] and "score" not in above[0]
    assert {t["score"] for t in layer["techniques"] if t["techniqueID"] == "T1611"} == {0}
    # a technique of several tactics colours its cell below each
    tactics = {t["tactic"] for t in layer["techniques"] if t["techniqueID"] == "T1078.001"}
    assert tactics == {"initial-access", "persistence", "privilege-escalation", "defense-evasion"}


def test_no_rules() -> None:
    covered = coverage([])
    assert covered.reached == [] and covered.as_navigator()["gradient"]["maxValue"] == 1
