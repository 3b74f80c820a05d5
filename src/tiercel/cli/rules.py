"""`tiercel rules`: what is in rules files, what is wrong with them, and what they reach."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from tiercel.rules.load import FileResult, LoadResult, load_rules
from tiercel.rules.problem import Problem
from tiercel.rules.report import misspelt_field, report
from tiercel.rules.rule import Rule

_COLORS = {"Emergency": "magenta", "Alert": "magenta", "Critical": "red", "Error": "red", "Warning": "yellow"}


class _Group(click.Group):
    """The commands; `coverage` is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), "coverage"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "coverage":
            from tiercel.cli.coverage import coverage_command

            return coverage_command
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Group)
def rules() -> None:
    """Check rules files, list their rules, show what they reach."""


@rules.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Falco's document of load results.")
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check rules files (or folders of them), loaded in this order, one on top of the other.

    Exit code 1 where a file does not load.
    """
    result = load_rules(files)
    if as_json:
        text = json.dumps(result.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        click.echo(_printable(text))
    else:
        report_problems(result, err=False)
        for line in _summary(result):
            click.echo(line)
    sys.exit(0 if result.ok else 1)


@rules.command("list")
@click.option(
    "-r",
    "--rules",
    "paths",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Rules file or folder; may be given several times. Default: the rules that Tiercel brings along.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON list, with all that is known of each rule.")
def list_command(paths: tuple[Path, ...], as_json: bool) -> None:
    """List rules: source, priority, tags, kill chain stage, techniques, enabled or not."""
    result = load_rules(paths or _shipped())
    report_problems(result, warnings=False)
    if as_json:
        text = json.dumps([_as_json(rule) for rule in result.rules], indent=2, ensure_ascii=False)
        click.echo(_printable(text))
    else:
        _show(result.rules)
    sys.exit(0 if result.ok else 1)


def report_problems(result: LoadResult, *, warnings: bool = True, err: bool = True) -> None:
    """Tells what is wrong with rules files, each thing once, on standard error or output."""
    told: set[tuple[Any, ...]] = set()
    for file in result.results:
        found = [("error", "red", e) for e in file.errors]
        found += [("warning", "yellow", w) for w in file.warnings if warnings]
        for kind, color, problem in found:
            # A file is compiled with all before it, so their warnings come again.
            spots = tuple((p.item_type, p.item_name, p.position) for p in problem.place.chain)
            key = (problem.code, problem.message, problem.deprecated_field, problem.place.file.name, spots)
            if key not in told:
                told.add(key)
                _tell(problem, kind, color, err)


def _tell(problem: Problem, kind: str, color: str, err: bool) -> None:
    shown = report(problem, _close_fields(problem))
    where = f"{shown.file}:{shown.line}:{shown.column}"
    kind = click.style(f"{kind}:", fg=color, bold=True)
    message = f"{click.style(_line(where), bold=True)}: {kind} {_line(shown.message)}"
    click.echo(message, err=err)
    if shown.source.strip():
        click.echo(f"    {shown.source}", err=err)
        click.echo("    " + " " * shown.caret + click.style("^", fg=color, bold=True), err=err)
    subject = f"{_line(shown.subject)} · " if shown.subject else ""
    click.echo(click.style(f"    {subject}{shown.code}", dim=True), err=err)
    click.echo(f"    {shown.mend}\n", err=err)


def _printable(text: str) -> str:
    """Text without what is no UTF-8 in it."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _line(text: str) -> str:
    """Text that is safe in a terminal: what cannot be printed is escaped."""
    text = _printable(text)
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _close_fields(problem: Problem) -> list[str]:
    name = misspelt_field(problem)
    if name is None:
        return []
    import difflib

    from tiercel.events.catalogue import CATALOGUE

    return difflib.get_close_matches(name, CATALOGUE, n=2, cutoff=0.8)


def _summary(result: LoadResult) -> list[str]:
    lines: list[str] = []
    for file in result.results:
        state = (
            click.style("ok", fg="green") if file.ok else click.style("does not load", fg="red", bold=True)
        )
        lines.append(f"{_line(file.name)}: {state}{_counts(file)}")
        if file.ok and file.schema and file.schema[0] != "ok":
            lines.append(_line(f"    against Falco's schema: {file.schema[0].removeprefix('failed for ')}"))
    return lines


def _counts(file: FileResult) -> str:
    counts = [(len(file.errors), "error"), (len(file.warnings), "warning")]
    parts = [f"{n} {word}{'s' * (n > 1)}" for n, word in counts if n]
    return f" ({', '.join(parts)})" if parts else ""


def _shipped() -> Sequence[Path]:
    from tiercel.shipped import shipped_rules

    return shipped_rules()


def _as_json(rule: Rule) -> dict[str, Any]:
    from tiercel.killchain import classify

    chain = classify(rule)
    return {
        "name": rule.name,
        "source": rule.source,
        "priority": rule.priority,
        "tags": list(rule.tags),
        "stage": chain.stage.value if chain else None,
        "phase": chain.phase if chain else None,
        "tactics": list(chain.tactics) if chain else [],
        "techniques": list(chain.techniques) if chain else [],
        "enabled": rule.enabled,
        "description": rule.description,
        "output": rule.output,
        "exceptions": [e["name"] for e in rule.exceptions],
        "file": rule.file,
        "line": rule.line,
    }


def _show(rules_: Sequence[Rule]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tiercel.killchain import classify

    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for title, options in (
        ("Rule", {"ratio": 3, "overflow": "fold"}), ("Source", {"no_wrap": True}), ("Priority",
        {"no_wrap": True}),
        ("Stage", {"no_wrap": True}), ("Techniques", {"ratio": 1, "overflow": "fold"}),
        ("Tags", {"ratio": 3, "overflow": "fold"}),
    ):  # fmt: skip
        table.add_column(title, **options)
    for rule in rules_:
        chain = classify(rule)
        style = "" if rule.enabled else "dim"
        table.add_row(
            Text(_line(rule.name) + " (disabled)" * (not rule.enabled), style),
            Text(_line(rule.source), style),
            Text(rule.priority, style or _COLORS.get(rule.priority, "")),
            Text(chain.stage.value if chain else "-", style),
            Text(" ".join(chain.techniques) if chain else "", style),
            Text(_line(" ".join(rule.tags)), "dim"),
        )
    console.print(table)
    enabled = sum(rule.enabled for rule in rules_)
    console.print(f"{len(rules_)} rules, {enabled} enabled")
