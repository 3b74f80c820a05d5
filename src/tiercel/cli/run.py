"""`tiercel run`: judges captures and audit logs with Falco rules and prints the alerts."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tiercel.app.drops import DropPolicy, Drops, drop_policy
from tiercel.app.judge import Judge, Limits, Sensor, Statistics, merged
from tiercel.app.notice import notice_json, notice_text
from tiercel.app.reload import Reloader
from tiercel.app.sink import LineSink
from tiercel.app.upkeep import Prepared, Stopped, Upkeep
from tiercel.cli.recordings import recording_options, recordings
from tiercel.cli.rules import report_problems
from tiercel.errors import TiercelError
from tiercel.rules.alert import Alert, json_line, text_line
from tiercel.rules.load import load_rules, select
from tiercel.rules.rule import PRIORITIES, Rule
from tiercel.shipped import APPEND_OUTPUT, shipped_rules

if TYPE_CHECKING:
    from tiercel.sources.k8s_audit import BadEvent

STAGE_WIDTH = 21  # of the longest stage's name


def priority(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The priority that an option names, by its name or the beginning of it, as Falco takes it."""
    if value is None:
        return None
    for name in PRIORITIES:
        if name.lower().startswith(value.lower()) or (value.lower() == "info" and name == "Informational"):
            return name
    raise click.BadParameter(f"{value!r} is no priority; one of {', '.join(PRIORITIES).lower()}")


def power_of_two(ctx: click.Context, param: click.Parameter, value: int) -> int:
    if value & (value - 1):
        raise click.BadParameter(f"{value} is no power of two")
    return value


def _parsed(parse: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    # An option's value, read by a function that raises ValueError.
    def callback(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
        try:
            return None if value is None else parse(value)
        except ValueError as e:
            raise click.BadParameter(str(e)) from None

    return callback


def _address(text: str) -> tuple[str, int]:
    from tiercel.app.status_server import address  # few runs have one

    return address(text)


class RuleSource:
    """Where the rules of this run come from, so that they can be read again."""

    def __init__(self, paths: Sequence[Path], choice: dict[str, Any]) -> None:
        self.paths = paths
        self.choice = choice

    def load(self) -> list[Rule] | None:
        """The enabled rules; None where a file is broken (its errors have been told)."""
        result = load_rules(self.paths or shipped_rules(), APPEND_OUTPUT)
        report_problems(result, warnings=False)
        return select(result.rules, **self.choice) if result.ok else None


@click.command()
@click.option(
    "-r",
    "--rules",
    "rule_paths",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    help="A rules file, or a folder of them; several, in this order. Without one: Tiercel's own rules.",
)
@click.option(
    "--capture",
    "captures",
    type=click.Path(),
    multiple=True,
    help="A capture (.scap, raw or gzip; - for standard input).",
)
@click.option(
    "--audit-log",
    "audit_logs",
    type=click.Path(),
    multiple=True,
    help="A Kubernetes audit log (- for standard input).",
)
@click.option(
    "--follow", is_flag=True, help="Wait for what is added to the audit log, also where it is rotated."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How alerts are printed.",
)
@click.option("--stage", is_flag=True, help="Show each alert's kill chain stage in text.")
@click.option(
    "--match",
    type=click.Choice(["first", "all"]),
    default="first",
    show_default=True,
    help="First rule in load order, or all that match.",
)
@click.option("--min-priority", callback=priority, help="Leave out rules that are less urgent.")
@click.option(
    "--enable-tag",
    "enable_tags",
    multiple=True,
    help="Only rules with this tag (and what --enable-rule names).",
)
@click.option("--disable-tag", "disable_tags", multiple=True, help="Without rules that have this tag.")
@click.option(
    "--enable-rule", "enable_rules", multiple=True, help="Enable rules by name; * stands for anything."
)
@click.option(
    "--disable-rule", "disable_rules", multiple=True, help="Disable rules by name; * stands for anything."
)
@click.option(
    "-A",
    "--all-events",
    is_flag=True,
    help="Every event type, not just those that rules and state need. (Captures always give all that they hold.)",
)
@click.option(
    "--ring-mib",
    type=click.IntRange(1, 1024),
    callback=power_of_two,
    default=8,
    show_default=True,
    help="Room for events that wait to be judged, in MiB: a power of two.",
)
@click.option(
    "-M",
    "--seconds",
    type=click.FloatRange(min=0),
    default=0.0,
    help="Stop after this much of the events' time.",
)
@click.option("-n", "--events", type=click.IntRange(min=0), default=0, help="Stop after this many events.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Append alerts to this file instead of standard output; SIGUSR1 opens it anew.",
)
@click.option(
    "--watch/--no-watch",
    default=None,
    help="Read the rules again where their files change. Default: where the run has no end of its own.",
)
@click.option(
    "--drops",
    callback=_parsed(drop_policy),
    metavar="ACTION,...",
    help="Falco's syscall_event_drops: ignore, log, alert, exit; then threshold=, rate=, max_burst=.",
)
@click.option(
    "--metrics",
    callback=_parsed(_address),
    metavar="[HOST:]PORT",
    help="Serve /metrics (Prometheus), /healthz and /readyz there; without a host on 127.0.0.1.",
)
@click.option("--stats", is_flag=True, help="At the end: alerts of each rule.")
@click.option("-q", "--quiet", is_flag=True, help="No statistics and no progress on standard error.")
@recording_options
def run(
    rule_paths: tuple[Path, ...],
    captures: tuple[str, ...],
    audit_logs: tuple[str, ...],
    follow: bool,
    form: str,
    stage: bool,
    match: str,
    min_priority: str | None,
    enable_tags: tuple[str, ...],
    disable_tags: tuple[str, ...],
    enable_rules: tuple[str, ...],
    disable_rules: tuple[str, ...],
    all_events: bool,
    ring_mib: int,
    seconds: float,
    events: int,
    output: Path | None,
    watch: bool | None,
    drops: DropPolicy | None,
    metrics: tuple[str, int] | None,
    stats: bool,
    quiet: bool,
    **capture_options: Any,
) -> None:
    """Watch this machine, or judge captures and audit logs, with Falco rules, and print the alerts.

    Without --capture and --audit-log this machine's system calls are watched, which needs root or CAP_BPF, CAP_PERFMON
    and CAP_SYS_PTRACE. Captures and audit logs at once are told in the order of time. SIGHUP reads the rules again; a
    broken file leaves the rules as they are. SIGUSR1 opens the file of --output anew.
    """
    live = not captures and not audit_logs
    if live and follow:
        raise click.UsageError("--follow needs an audit log: give --audit-log FILE")
    if follow and len(audit_logs) > 1:
        raise click.UsageError("--follow waits for one audit log: run one process for each log")
    source = RuleSource(
        rule_paths,
        {
            "min_priority": min_priority,
            "enable_tags": enable_tags,
            "disable_tags": disable_tags,
            "enable_rules": enable_rules,
            "disable_rules": disable_rules,
        },
    )
    # What loading makes stays: the collector would only look at all of it again and again.
    gc.disable()
    rules = source.load()
    if rules is None:
        sys.exit(1)
    gc.freeze()
    gc.enable()
    judge = Judge(rules, match_all=match == "all", limits=Limits(events, seconds))
    judge.on_bad_event = _tell_bad_event
    endless = live or follow
    sink = LineSink(output, patient=not endless, tell=_tell)

    def load() -> Prepared | None:
        found = source.load()
        return None if found is None else (found, judge.plans(found))

    watched = (rule_paths or shipped_rules()) if (endless if watch is None else watch) else ()
    upkeep = Upkeep(
        judge,
        sink,
        Reloader(load, watched, _tell),
        show=lambda notice: sink.write(notice_json(notice) if form == "json" else notice_text(notice)),
        tell=_tell,
        patient=not endless,
        stop=judge.stop if live else None,
    )
    judge.between = upkeep.turn
    if drops is not None:
        upkeep.drops = Drops(drops, judge.hostname, _tell)
        judge.losses.on_loss = upkeep.drops.add
    judge.recordings = lambda: recordings(**capture_options)
    if live:
        sensor = Sensor(ring_bytes=ring_mib << 20, all_events=all_events)
        alerts = judge.live(sensor)
        judge.on_ready = lambda: None if quiet else _tell(f"watching, {len(rules)} rules")
    else:
        alerts = _alerts(judge, captures, audit_logs, follow)
    status = 0
    with (
        upkeep.running(),
        _status(upkeep, metrics),
        _progress(judge, captures, quiet or endless, sink) as show,
    ):
        try:
            for alert in alerts:
                show(_line(alert, form, stage))
                if upkeep.monitor is not None:
                    upkeep.monitor.printed(alert.time_ns)
        except Stopped:
            pass
        except TiercelError as e:
            _tell(str(e))
            status = 1
        finally:
            # What the sources hold open (recordings above all) ends here, not when the interpreter does.
            if isinstance(alerts, Generator):
                alerts.close()
    if upkeep.finish():
        status = 1
    if not quiet:
        _tell_statistics(judge.statistics, stats)
    sys.exit(status)


@contextmanager
def _status(upkeep: Upkeep, where: tuple[str, int] | None) -> Iterator[None]:
    """Serves metrics and health meanwhile, where they were asked for."""
    if where is None:
        yield
        return
    from tiercel.app.monitor import Monitor
    from tiercel.app.status_server import StatusServer

    upkeep.monitor = monitor = Monitor(upkeep.judge)
    monitor.sink, monitor.reloader = upkeep.sink, upkeep.reloader
    server = StatusServer(where, monitor.pages())
    server.start()
    _tell(f"metrics at {server.url}/metrics")
    try:
        yield
    finally:
        server.stop()


def _alerts(
    judge: Judge, captures: Sequence[str], audit_logs: Sequence[str], follow: bool
) -> Iterator[Alert]:
    sources = [judge.capture(c) for c in captures] + [judge.audit_log(a, follow=follow) for a in audit_logs]
    if len(sources) == 1 or follow:
        # A log that is followed has no end to wait for, so the others are told before it.
        for alerts in sources:
            yield from alerts
    else:
        yield from merged(sources)


def _line(alert: Alert, form: str, stage: bool) -> str:
    if form == "json":
        return json_line(alert)
    if not stage:
        return text_line(alert)
    name = str(alert.killchain["stage"]) if alert.killchain else "-"
    return f"{name:{STAGE_WIDTH}} {text_line(alert)}"


def _tell(text: str) -> None:
    click.echo(f"tiercel: {text}", err=True)


def _tell_bad_event(event: BadEvent) -> None:
    _tell(f"line {event.line}: {event.message}")


@contextmanager
def _progress(
    judge: Judge, captures: Sequence[str], off: bool, sink: LineSink
) -> Iterator[Callable[[str], None]]:
    """Gives the function that prints a line. On a terminal a bar shows how far the captures are."""
    total = sum(Path(c).stat().st_size for c in captures if Path(c).is_file())
    if off or not sys.stderr.isatty() or not total:
        yield sink.write
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("judging"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("judging", total=total)
        between = judge.between

        def advance(position: int) -> None:
            between(position)
            bar.update(task, completed=position)

        judge.between = advance
        if sink.path is None and sys.stdout.isatty():
            yield lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True)
        else:
            yield sink.write


def _tell_statistics(s: Statistics, by_rule: bool) -> None:
    def tell(line: str) -> None:
        click.echo(line, err=True)

    tell("Events: " + (", ".join(f"{n} {source}" for source, n in s.events.items()) or "none"))
    tell(f"Alerts: {sum(s.alerts.values())}")
    for name in PRIORITIES:
        if s.priorities[name]:
            tell(f"   {name.upper()}: {s.priorities[name]}")
    if s.bad_events:
        tell(f"Events that could not be read: {s.bad_events}")
    if s.unknown_blocks or s.unknown_events:
        tell(
            f"Skipped: {s.unknown_blocks} blocks of unknown kinds, {s.unknown_events} events of unknown types"
        )
    if by_rule:
        tell("Alerts by rule:")
        for name, n in s.alerts.most_common():
            tell(f"   {n:6} {name}")
