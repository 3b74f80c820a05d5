"""Loading: whole files against a real Falco's load results, files on top of files, what is added from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tiercel.rules.expression import And, Compare, Field, Literal, Not
from tiercel.rules.load import MAX_FILE_BYTES, FileResult, Loader, load_rules, rules_files, select
from tiercel.rules.outputs import AppendOutput, ExtraField, raw_field
from tiercel.rules.problem import Problem

# Texts written for these tests, with what Falco 0.44.1's own loader says about them.
CASES: dict[str, Any] = json.loads(Path(__file__).with_name("load_cases.json").read_text("utf-8"))

RULE = "- rule: {}\n  desc: d\n  condition: {}\n  output: {}\n  priority: WARNING\n"


def rule(name: str = "First", condition: str = "evt.type=open", output: str = "out", **more: str) -> str:
    return RULE.format(name, condition, output) + "".join(
        f"  {key}: {value}\n" for key, value in more.items()
    )


def load(*texts: str, append_output: tuple[AppendOutput, ...] = ()) -> Loader:
    loader = Loader(append_output)
    for number, text in enumerate(texts):
        loader.load_content(text.encode("utf-8", "surrogateescape"), f"f{number}.yaml")
    return loader


def told(problem: Problem) -> dict[str, Any]:
    context = problem.as_json()["context"]
    found = {
        "code": problem.code,
        "message": problem.message,
        "places": [
            [
                p["item_type"],
                p["item_name"],
                *(p["position"][k] for k in ("name", "line", "column", "offset")),
            ]
            for p in context["locations"]
        ],
        "snippet": context["snippet"],
    }
    return found | ({"field": problem.deprecated_field} if problem.deprecated_field else {})


def all_told(result: FileResult) -> dict[str, Any]:
    return {
        "errors": [told(e) for e in result.errors],
        "warnings": [told(w) for w in result.warnings],
        "schema": result.as_json().get("schema_warnings"),
    }


@pytest.mark.parametrize("name", CASES)
def test_results_are_falcos(name: str) -> None:
    case = CASES[name]
    results = load(*case["files"]).result.results
    assert [all_told(r) for r in results] == case["results"]


def test_document_of_results() -> None:
    document = load(rule(condition="(evt.type=open"), rule(colour="red")).result.as_json()
    bad, good = document["falco_load_results"]
    assert (bad["name"], bad["successful"], good["name"], good["successful"]) == (
        "f0.yaml",
        False,
        "f1.yaml",
        True,
    )
    assert set(bad["errors"][0]) == {"code", "codedesc", "message", "context"}
    assert set(good) == {"name", "successful", "errors", "warnings", "schema_valid", "schema_warnings"}
    assert not good["schema_valid"]
    assert good["schema_warnings"][-1] == "failed for <root>: Failed to validate item #0 in array."


# ---- rules


def test_a_rule() -> None:
    text = (
        "- list: names\n  items: [a, b]\n- macro: opens\n  condition: evt.type in (open, openat)\n"
        + rule(
            "Reads", "opens and proc.name in (names)", '"%proc.name reads"', tags="[files, mitre]", enabled="no",
            warn_evttypes="false", capture="yes", capture_duration="500",
            exceptions="[{name: e, fields: proc.exe, values: [x]}]",
        )
    )  # fmt: skip
    (found,) = load(text).result.rules
    assert (found.name, found.description, found.output, found.priority, found.source) == (
        "Reads", "d", "%proc.name reads", "Warning", "syscall",
    )  # fmt: skip
    assert (set(found.tags), found.enabled, found.file, found.line) == (
        {"files", "mitre"},
        False,
        "f0.yaml",
        5,
    )
    assert [e["name"] for e in found.exceptions] == ["e"]
    assert found.condition == And(
        (
            Compare(Field("evt.type"), "in", ("open", "openat")),
            Compare(Field("proc.name"), "in", ("a", "b")),
            Not(Compare(Field("proc.exe"), "in", ("x",))),
        )
    )


def test_order_and_overrides() -> None:
    first = rule("A") + rule("B") + rule("C")
    second = (
        rule("B", "evt.type=openat")
        + "- rule: C\n  enabled: false\n- rule: A\n  condition: and proc.name=x\n  append: true\n"
    )
    loader = load(first, second)
    assert loader.result.ok
    by_name = {r.name: r for r in loader.result.rules}
    assert [r.name for r in loader.result.rules] == ["A", "B", "C"]
    assert not by_name["C"].enabled
    assert by_name["B"].condition == Compare(Field("evt.type"), "=", Literal("openat"))
    assert isinstance(by_name["A"].condition, And)


def test_a_file_that_fails_leaves_the_rules_before_it() -> None:
    loader = load(rule("A"), rule("B", "(evt.type=open"))
    assert [r.ok for r in loader.result.results] == [True, False]
    assert not loader.result.ok
    assert [r.name for r in loader.result.rules] == ["A"]


SKIP = {"skip-if-unknown-filter": "true"}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (rule("A", "not.there=1", **SKIP), []),
        (rule("A", "not.there=1", **SKIP) + rule("B"), ["B"]),
        (rule("A", output='"%not.there"', **SKIP), []),
        (rule("A", source="unheard_of"), []),
        (rule("A", enabled="false"), ["A"]),
    ],
)  # fmt: skip
def test_rules_left_out(text: str, rules: list[str]) -> None:
    loader = load(text)
    assert loader.result.ok
    assert [r.name for r in loader.result.rules] == rules
    assert bool(loader.result.results[0].warnings) == (rules != ["A"])


PLUGINS = "- required_plugin_versions:\n    - name: {}\n      version: {}\n"


@pytest.mark.parametrize(
    ("name", "version", "ok"),
    [
        ("json", "0.1.0", True), ("json", "99.0.0", False), ("k8saudit", "0.16.0", True), ("k8saudit", "0.99.0", False),
        ("container", "0.2.2", True), ("cloudtrail", "0.1.0", False),
    ],
)  # fmt: skip
def test_plugins_asked_for(name: str, version: str, ok: bool) -> None:
    result = load(PLUGINS.format(name, version) + rule()).result
    assert result.ok == ok
    if not ok:
        (error,) = result.results[0].errors
        assert error.code == "LOAD_ERR_VALIDATE"
        assert name in error.message
        assert (error.place.position.line, error.place.position.column) == (1, 6)


def test_plugins_alternatives() -> None:
    asked = (
        PLUGINS.format("cloudtrail", "0.1.0")
        + "      alternatives:\n        - name: json\n          version: 0.1.0\n"
    )
    assert load(asked + rule()).result.ok


# ---- what is added from outside


ADDED = AppendOutput(text="on %evt.hostname")


@pytest.mark.parametrize(
    ("added", "outputs"),
    [
        ((ADDED,), ["out on %evt.hostname", "out on %evt.hostname"]),
        ((AppendOutput(text="x", source="syscall"),), ["out x", "out x"]),
        ((AppendOutput(text="x", source="k8s_audit"),), ["out", "out"]),
        ((AppendOutput(text="x", rule="B"),), ["out", "out x"]),
        ((AppendOutput(text="x", tags=frozenset({"t"})),), ["out x", "out"]),
        ((AppendOutput(text="x", tags=frozenset({"t", "u"})),), ["out", "out"]),
        ((AppendOutput(text="x"), AppendOutput(text="y", rule="A")), ["out x y", "out x"]),
    ],
)
def test_append_output(added: tuple[AppendOutput, ...], outputs: list[str]) -> None:
    loader = load(rule("A", tags="[t]") + rule("B"), append_output=added)
    assert [r.output for r in loader.result.rules] == outputs


def test_append_fields() -> None:
    added = (
        AppendOutput(fields=(raw_field("proc.name"), ExtraField("who", "%user.name did"))),
        AppendOutput(fields=(ExtraField("who", "%user.uid"),)),
    )
    (found,) = load(rule(), append_output=added).result.rules
    assert found.output == "out"
    assert found.extra_fields == (
        ExtraField("proc.name", "%proc.name", is_raw=True), ExtraField("who", "%user.uid"),
    )  # fmt: skip


def test_append_suggested() -> None:
    (found,) = load(rule(), append_output=(AppendOutput(suggested=True),)).result.rules
    assert "container_id=%container.id" in found.output


def test_append_what_does_not_exist() -> None:
    loader = load(rule(), append_output=(AppendOutput(text="%not.there"),))
    assert [e.code for e in loader.result.results[0].errors] == ["LOAD_ERR_COMPILE_OUTPUT"]


# ---- files


def test_files_and_folders(tmp_path: Path) -> None:
    folder = tmp_path / "rules.d"
    (folder / "below.yaml").mkdir(parents=True)
    for name in ("b.yaml", "a.yml", "c.txt", "B.yaml"):
        (folder / name).write_text(rule(name))
    (folder / "below.yaml" / "x.yaml").write_text(rule("x"))
    single = tmp_path / "first.yaml"
    single.write_text(rule("first"))
    files = rules_files([single, folder, tmp_path / "none.yaml"])
    assert [Path(f).name for f in files] == ["first.yaml", "B.yaml", "a.yml", "b.yaml", "none.yaml"]
    result = load_rules([single, folder])
    assert result.ok
    assert [r.name for r in result.rules] == ["first", "B.yaml", "a.yml", "b.yaml"]


def test_unreadable(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    with large.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    result = load_rules([tmp_path / "none.yaml", large])
    assert [[e.code for e in r.errors] for r in result.results] == [["LOAD_ERR_FILE_READ"]] * 2
    assert result.results[0].errors[0].message == f"{tmp_path}/none.yaml: No such file or directory"
    assert result.results[1].errors[0].message == f"{large}: larger than 32 MB"


def test_select_is_there() -> None:
    rules = load(rule("A") + rule("B")).result.rules
    assert [r.name for r in select(rules, disable_rules=["A"])] == ["B"]


# ---- a real Falco's results (the shared data)


def test_shared_load_results(shared: Path) -> None:
    """Codes, messages, places, snippets and the schema's complaints of the cases that validate rules."""
    cases = json.loads((shared / "falco/cases/cases.json").read_text())
    stock = {"K8SAuditRules": "k8s_audit_rules.yaml", "FalcoRules": "falco_rules.yaml"}

    def path(case: dict[str, Any], name: str) -> Path:
        if name in stock and name in case.get("stock", []):
            return shared / "falco/rules/0.57" / stock[name]
        return shared / "falco/cases/rules" / f"{name}.yaml"

    compared = 0
    for case in cases:
        result = load_rules([path(case, name) for name in case["rules"]])
        if "load" not in case:
            assert result.ok, case["name"]
            continue
        have = result.as_json()["falco_load_results"]
        compared += 1
        assert len(have) == len(case["load"]), case["name"]
        for want, got in zip(case["load"], have, strict=True):
            for kind in ("errors", "warnings"):
                assert [_plain(e) for e in got[kind]] == [_wanted(e) for e in want[kind]], case["name"]
            assert {k: got.get(k) for k in _SAME} == {k: want.get(k) for k in _SAME}, case["name"]
    assert compared >= 20


_SAME = ("successful", "schema_valid", "schema_warnings")


def _plain(problem: dict[str, Any]) -> tuple[Any, ...]:
    context = problem["context"]
    places = [
        (p["item_type"], p["item_name"], p["position"]["line"], p["position"]["column"])
        for p in context["locations"]
    ]
    return problem["code"], problem["message"], context["snippet"], places


def _wanted(problem: dict[str, Any]) -> tuple[Any, ...]:
    places = [(p["item_type"], p["item_name"], p["line"], p["column"]) for p in problem["locations"]]
    return problem["code"], problem["message"], problem["snippet"], places


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", ["old", "recorded", "audit"])
def test_shared_conditions(shared: Path, name: str) -> None:
    """Refused conditions are refused with Falco's code and message, the others load."""
    conditions = shared / "falco/conditions"
    wrong = {}
    for key, want in json.loads((conditions / f"{name}.json").read_text()).items():
        found = [
            [e.code, e.message] for e in load_rules([conditions / name / f"{key}.yaml"]).results[0].errors
        ]
        if found != want.get("errors", []):
            wrong[key] = found
    assert wrong == {}


@pytest.mark.parametrize("version", ["0.31", "0.57"])
def test_shared_stock_rules(shared: Path, version: str) -> None:
    files = sorted((shared / "falco/rules" / version).glob("*.yaml"))
    result = load_rules(files)
    assert result.ok
    assert len(result.rules) > 80
    if version == "0.57":
        assert not any(r.warnings for r in result.results)
