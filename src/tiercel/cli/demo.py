"""`tiercel demo`: the recorded intrusion, judged with Tiercel's own rules, told along the kill chain."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tiercel.app.judge import Judge, merged
from tiercel.demo import AUDIT_LOG, CAPTURE
from tiercel.errors import TiercelError
from tiercel.killchain import Stage
from tiercel.rules.alert import Alert
from tiercel.rules.load import load_rules
from tiercel.shipped import APPEND_OUTPUT, shipped_rules

PLAIN_WIDTH = 120  # where the output is no terminal
COLORS = {
    "Emergency": "bold red", "Alert": "bold red", "Critical": "bold red", "Error": "red",
    "Warning": "yellow", "Notice": "cyan", "Informational": "green", "Debug": "dim",
}  # fmt: skip
SHORT = {"Informational": "info"}


@click.command()
def demo() -> None:
    """Show Tiercel at work: a recorded intrusion, its alerts in the order of the kill chain."""
    loaded = load_rules(shipped_rules(), APPEND_OUTPUT)
    if not loaded.ok:
        raise TiercelError("the rules that Tiercel brings along do not load; run: tiercel rules check")
    rules = [rule for rule in loaded.rules if rule.enabled]
    judge = Judge(rules)
    alerts = list(merged([judge.capture(CAPTURE), judge.audit_log(AUDIT_LOG)]))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    events = judge.statistics.events
    console.print()
    console.print(Text(" An intrusion, recorded on a node of a cluster and at its API server", style="bold"))
    seen = f"{events['syscall']} events of the node, {events['k8s_audit']} requests to the API server"
    console.print(Text(f" {seen}, {len(rules)} rules: {len(alerts)} alerts", style="dim"))
    console.print()
    tell(alerts, console)
    console.print(_next())


def tell(alerts: Sequence[Alert], console: Console) -> None:
    """Prints alerts by stage, in the order of the kill chain; within a stage in the order of time."""
    name_width = 46 if console.width >= 110 else 32
    for stage in Stage:
        mine = [a for a in alerts if a.killchain and a.killchain["stage"] == stage.value]
        console.print(Text(f" {stage.phase} {stage.label}", style="bold" if mine else "dim"))
        rows = Table.grid(padding=(0, 1), expand=True)
        for width in (2, 8, 8, name_width):
            rows.add_column(no_wrap=True, overflow="ellipsis", width=width)
        rows.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for alert in mine:
            level = SHORT.get(alert.rule.priority, alert.rule.priority.lower())
            time = datetime.fromtimestamp(alert.time_ns // 1_000_000_000, UTC)
            rows.add_row(
                "",
                Text(f"{time:%H:%M:%S}", style="dim"),
                Text(level, style=COLORS[alert.rule.priority]),
                Text(alert.rule.name),
                Text(what(alert.fields), style="dim"),
            )
        console.print(rows)


def what(fields: dict[str, Any]) -> str:
    """What an alert is about, in a line: who asked for what, or which command where."""
    if "ka.verb" in fields:
        code = fields.get("ka.response.code")
        refused = " (refused)" if str(code) in ("401", "403") else ""
        target = "/".join(
            str(part)
            for part in (fields.get("ka.target.resource"), fields.get("ka.target.name"))
            if part not in (None, "<NA>", "")
        )
        return f"{fields.get('ka.user.name')} {fields['ka.verb']} {target}{refused}"
    place = fields.get("container.name") or "host"
    connection = str(fields.get("fd.name") or "")
    to = f" → {connection.partition('->')[2]}" if "->" in connection else ""
    return f"{place}: {fields.get('proc.cmdline') or fields.get('proc.name')}{to}"


def _next() -> Table:
    """The commands that a user tries after this one."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(style="dim")
    table.add_row()
    table.add_row(Text(" Next", style="bold"))
    for command, purpose in (
        (f"tiercel run --capture {_short(CAPTURE)} --format json", "the same alerts as Falco prints them"),
        ("tiercel run --capture FILE.scap --stage", "a capture of your own"),
        ("tiercel run --audit-log AUDIT.log --stage", "the audit log of your API server"),
        ("tiercel run -r falco_rules.yaml --capture FILE.scap", "with the Falco rules that you have"),
        ("tiercel rules coverage", "which stages and techniques the rules reach"),
        ("tiercel rules check my_rules.yaml", "what is wrong with a rule, and where"),
    ):
        table.add_row(Text(f"   {command}", style="cyan"), purpose)
    return table


def _short(path: Path) -> str:
    """The path as one types it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
