"""What holds for every shipped rule, and how they do on the recordings."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from shipped_world import World, judged, runs

from tiercel.killchain import Stage, classify
from tiercel.rules.load import load_rules
from tiercel.rules.rule import Rule
from tiercel.shipped import APPEND_OUTPUT, shipped_rules

CORE = {
    "proc.name", "proc.cmdline", "proc.pid", "proc.exepath", "proc.pname", "user.name", "container.id",
    "container.name", "container.image.repository", "k8s.ns.name", "k8s.pod.name", "evt.type", "fd.name",
}  # fmt: skip


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return load_rules(shipped_rules(), APPEND_OUTPUT).rules


def test_they_load_without_a_word() -> None:
    for result in load_rules(shipped_rules(), APPEND_OUTPUT).results:
        assert result.errors == [] and result.warnings == []


def test_each_says_what_it_is(rules: list[Rule]) -> None:
    for rule in rules:
        assert len(rule.description) > 50, rule.name
        assert "tiercel" in rule.tags, rule.name
        assert sum(tag.startswith("killchain_") for tag in rule.tags) == 1, rule.name
        place = classify(rule)
        assert place is not None and place.techniques and place.tactics, rule.name


def test_each_has_exceptions_to_fill_in(rules: list[Rule]) -> None:
    assert [rule.name for rule in rules if not rule.exceptions] == []


def test_each_begins_with_types_of_events(rules: list[Rule]) -> None:
    # A rule on every type is tried on every event.
    for rule in rules:
        assert rule.source == "k8s_audit" or "evt.type" in str(rule.condition), rule.name


def test_every_stage_is_reached_from_both_sources(rules: list[Rule]) -> None:
    for source in ("syscall", "k8s_audit"):
        stages = {place.stage for rule in rules if rule.source == source and (place := classify(rule))}
        assert stages == set(Stage), source


def test_every_output_carries_the_core(rules: list[Rule]) -> None:
    for rule in rules:
        named = set(re.findall(r"%([a-z][a-z0-9_.]*)", rule.output))
        if rule.source == "syscall":
            assert named >= CORE, rule.name
        else:
            assert named >= {"ka.user.name", "ka.verb", "ka.target.resource", "ka.target.name"}, rule.name


def test_the_core_is_filled(tmp_path: Path) -> None:
    def scene(world: World) -> None:
        runs("below_service", "/usr/bin/apt-get", "install", "nmap")(world)

    fields = next(a.fields for a in judged(scene, tmp_path) if a.rule.name.startswith("Package management"))
    assert fields["proc.cmdline"] == "apt-get install nmap"
    assert fields["proc.pname"] == "sh"
    assert fields["container.name"] == "web"
    assert fields["container.image.repository"] == "registry.example.com/shop/web"
    assert fields["k8s.ns.name"] == "shop" and fields["k8s.pod.name"] == "web-0"
    assert fields["evt.type"] == "execve"
    assert fields["user.name"] == "root"


def test_a_lists_values_are_filled_in_in_a_later_file(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "- list: ssh_allowed_hosts\n  items: [10.20.0.0/16]\n  override: {items: append}\n"
        "- rule: Package management in a container\n"
        "  exceptions: [{name: image, values: [[[registry.example.com/shop/web]]]}]\n"
        "  override: {exceptions: append}\n"
        "- rule: Hidden program runs\n  enabled: false\n  override: {enabled: replace}\n"
    )
    loaded = load_rules([*shipped_rules(), own])
    assert loaded.ok, loaded.results
    by_name = {rule.name: rule for rule in loaded.rules}
    assert "10.20.0.0/16" in str(by_name["SSH to a host outside the allowed group"].condition)
    assert "registry.example.com/shop/web" in str(by_name["Package management in a container"].condition)
    assert not by_name["Hidden program runs"].enabled


def test_the_recordings(shared: Path) -> None:
    """85 % of the steps found, 90 % of those on the right stage; at most five alerts beside each attack."""
    check = [sys.executable, str(shared / "falco/check/truth.py"), "rules", str(shared / "falco/recorded")]
    told = subprocess.run(
        [*check, "--recall", "0.85", "--stages", "0.9"],
        env={"TIERCEL": str(Path(sys.executable).parent / "tiercel"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    beside = {
        m[1]: int(m[2]) for m in re.finditer(r"^(\w+): .*, (\d+) of them on nothing", told.stdout, re.M)
    }
    assert len(beside) >= 6 and beside["busy"] == 0
    assert max(beside.values()) <= 5, beside


def test_the_examples_of_the_documentation_load(tmp_path: Path) -> None:
    page = Path(__file__).parents[2] / "docs/how-to/write-a-rule.md"
    examples = re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
    assert len(examples) >= 4
    for number, example in enumerate(examples):
        own = tmp_path / f"{number}.yaml"
        own.write_text(example)
        loaded = load_rules([*shipped_rules(), own])
        assert loaded.ok, loaded.results[-1].errors
