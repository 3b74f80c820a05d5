"""`tiercel demo` tells the intrusion along the kill chain."""

from click.testing import CliRunner

from tiercel.cli.demo import demo
from tiercel.killchain import Stage


def test_every_stage_is_told_in_order() -> None:
    result = CliRunner().invoke(demo)
    assert result.exit_code == 0, result.output
    headings = [f"{stage.phase} {stage.label}" for stage in Stage]
    places = [result.output.index(heading) for heading in headings]
    assert places == sorted(places)
    parts = [
        result.output[a:b] for a, b in zip(places, [*places[1:], result.output.index("Next")], strict=True)
    ]
    for part in parts:
        assert len(part.strip().splitlines()) > 1, part


def test_the_story_is_in_it() -> None:
    output = CliRunner().invoke(demo).output
    for rule, what in (
        ("Access asked for and refused", "system:anonymous list secrets (refused)"),
        ("Service starts a shell", "storefront: sh -c identify"),
        ("Package management in a container", "apt-get install -y gcc"),
        ("Link out of the container", "ln -sf /etc/kubernetes/admin.conf"),
        ("Deployment deleted", "kubernetes-admin delete deployments/storefront"),
    ):
        line = next(line for line in output.splitlines() if rule in line and what in line)
        assert line.split()[0].count(":") == 2


def test_it_says_what_to_do_next() -> None:
    output = CliRunner().invoke(demo).output
    assert "tiercel run --capture" in output and "tiercel rules coverage" in output


def test_customers_are_not_told_of() -> None:
    assert "198.51.100" not in CliRunner().invoke(demo).output
