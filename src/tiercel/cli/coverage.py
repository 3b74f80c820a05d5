"""`tiercel rules coverage`: which stages of the kill chain and which ATT&CK techniques rules reach."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tiercel.killchain import Stage, attack
from tiercel.killchain.coverage import Coverage, coverage
from tiercel.rules.load import load_rules
from tiercel.shipped import shipped_rules

BAR_WIDTH = 16


@click.command("coverage")
@click.option(
    "-r",
    "--rules",
    "paths",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Rules file or folder; may be given several times. Default: the rules that Tiercel brings along.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "navigator"]),
    default="text",
    show_default=True,
    help="navigator: a layer for the ATT&CK Navigator.",
)
def coverage_command(paths: tuple[Path, ...], form: str) -> None:
    """Show which stages and techniques the enabled rules reach, and which not."""
    loaded = load_rules(paths or shipped_rules())
    if not loaded.ok:
        raise click.ClickException(
            f"the rules do not load; run: tiercel rules check {' '.join(map(str, paths))}"
        )
    covered = coverage(loaded.rules)
    if form == "json":
        click.echo(json.dumps(covered.as_json(), indent=2))
    elif form == "navigator":
        click.echo(json.dumps(covered.as_navigator(), indent=2))
    else:
        show(covered, Console(highlight=False))


def show(covered: Coverage, console: Console) -> None:
    """The report for people, in a terminal or a file."""
    counts = ", ".join(f"{n} {source}" for source, n in covered.sources.items())
    total = sum(covered.sources.values())
    off = f"; {covered.disabled} more are not enabled" if covered.disabled else ""
    console.print(
        Text(f"{total} enabled rules ({counts}){off}" if total else f"no enabled rules{off}", style="bold")
    )
    console.print()
    console.print(_stages(covered))
    console.print()
    console.print(_matrix(covered))
    console.print(Text("* of the containers matrix of ATT&CK; the others are reached besides.", style="dim"))
    if covered.unplaced:
        console.print()
        console.print(
            Text(f"{len(covered.unplaced)} rules have no stage: ", style="yellow")
            + Text(", ".join(covered.unplaced))
        )
        console.print(Text("Give them a tag such as killchain_delivery, or an ATT&CK tag.", style="dim"))


def _stages(covered: Coverage) -> Table:
    most = max(map(len, covered.stages.values()), default=0) or 1
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False)
    table.add_column("", justify="right", style="dim")
    table.add_column("Stage", no_wrap=True)
    table.add_column("Rules", justify="right")
    table.add_column("", no_wrap=True)
    for stage in Stage:
        rules = covered.stages[stage]
        bar = Text("█" * max(round(len(rules) / most * BAR_WIDTH), bool(rules)), style="cyan")
        what = bar if rules else Text("not covered", style="bold red")
        table.add_row(str(stage.phase), stage.label, str(len(rules)), what)
    return table


def _matrix(covered: Coverage) -> Table:
    """Techniques by tactic, in the order of ATT&CK: those reached, and those of containers that are not."""
    known = attack()
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False)
    table.add_column("Tactic", no_wrap=True)
    table.add_column("Techniques reached (rules)", ratio=3)
    table.add_column("Not reached", ratio=2, style="red")
    for tactic in known.tactics.values():
        reached, missing = Text(), Text()
        for identifier, rules in covered.techniques.items():
            technique = known.techniques.get(identifier)
            # Each technique stands once, below the tactic that it mostly stands for.
            if technique is None or technique.tactics[0] != tactic.id:
                continue
            line = reached if rules else missing
            if line:
                line.append("\n")
            line.append(
                f"{identifier}{'*' if technique.in_containers else ''} ", style="cyan" if rules else ""
            )
            line.append(technique.name)
            if rules:
                line.append(f" ({len(rules)})", style="dim")
        if reached or missing:
            table.add_row(tactic.name, reached, missing)
    others = [i for i in covered.reached if i not in known.techniques]
    if others:
        table.add_row("Other", Text(", ".join(others)), "")
    return table
