"""`tiercel record`: writes what happens on this machine (or in a capture) into a capture."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from tiercel.errors import TiercelError
from tiercel.rules.engine import Engine
from tiercel.rules.load import Loader
from tiercel.rules.plan import Plan, plan_syscalls
from tiercel.sources.scap import Capture
from tiercel.sources.scap.capture_file import CaptureFile, CaptureSeries, open_capture
from tiercel.sources.scap.recorder import Recorder

MB = 1 << 20
FLUSH_SECONDS = 1.0  # so much is lost at most where the process is killed
DRAIN_SECONDS = 0.3  # events of a command that has ended are still on their way
RULE = "recorded"


class Stopped(Exception):
    """SIGINT or SIGTERM came: end cleanly."""


class FilterError(TiercelError):
    """A condition that cannot be compiled."""


class Command:
    """A command that waits until the recording has begun, then runs. TiercelError where there is no process for it."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.status: int | None = None
        gate, self._gate = os.pipe()
        try:
            self.pid = os.fork()
        except OSError as e:
            raise TiercelError(f"{words[0]}: cannot be started: {e.strerror}") from None
        if self.pid == 0:
            self._run(words, gate)
        os.close(gate)

    def _run(self, words: tuple[str, ...], gate: int) -> None:
        # In the child, which never returns from here.
        try:
            os.close(self._gate)
            if os.read(gate, 1):
                os.close(gate)
                signal.signal(signal.SIGPIPE, signal.SIG_DFL)
                os.execvp(words[0], words)
        except OSError as e:
            os.write(2, f"tiercel: {words[0]}: {e.strerror}\n".encode("utf-8", "surrogateescape"))
            os._exit(127 if isinstance(e, FileNotFoundError) else 126)
        finally:
            os._exit(125)

    def start(self) -> None:
        os.write(self._gate, b"1")
        os.close(self._gate)

    def ended(self) -> bool:
        """Whether it has; its exit code is then in `status`."""
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.status = code if code >= 0 else 128 - code
        return self.status is not None

    def signal(self, number: int) -> None:
        if not self.ended():
            os.kill(self.pid, number)


@click.command()
@click.option("--capture", type=click.Path(), help="Take events from this capture instead of this machine.")
@click.option(
    "--filter", "condition", help="Only events for which this condition (of the rule language) holds."
)
@click.option(
    "-t", "--seconds", type=click.FloatRange(min=0), default=0.0, help="Stop after so many seconds."
)
@click.option("-n", "--events", type=click.IntRange(min=0), default=0, help="Stop after so many events.")
@click.option("-z", "--compress", is_flag=True, help="Pack with gzip, whatever the file is called.")
@click.option(
    "-s",
    "--snaplen",
    type=click.IntRange(0, 60000),
    default=80,
    show_default=True,
    help="Bytes of what is read and written that an event holds.",
)
@click.option(
    "-C",
    "--file-size",
    type=click.IntRange(min=1),
    help="MB of a file; then another goes on: NAME-0001.scap, NAME-0002.scap, ...",
)
@click.option("-W", "--files", type=click.IntRange(min=1), help="With -C: keep the last so many files.")
@click.option(
    "--only-command", is_flag=True, help="With a COMMAND: only events of its process and of those below it."
)
@click.option("-q", "--quiet", is_flag=True, help="No closing line on standard error.")
@click.argument("out", type=click.Path(), metavar="OUT.scap")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND ...]")
def record(
    capture: str | None,
    condition: str | None,
    seconds: float,
    events: int,
    compress: bool,
    snaplen: int,
    file_size: int | None,
    files: int | None,
    only_command: bool,
    quiet: bool,
    out: str,
    command: tuple[str, ...],
) -> None:
    """Write a capture of what happens on this machine, for `tiercel run --capture`, Falco and sysdig.

    Ends after SECONDS, after EVENTS, with the COMMAND (whose exit code is passed on), or at SIGINT or SIGTERM.
    OUT.scap is packed where its name ends in .gz; - is standard output. With --filter, events that a reader needs to
    know who did what are kept besides, marked so that no rule looks at them.
    """
    if command and capture is not None:
        raise click.UsageError("a command is recorded as it runs: leave out --capture")
    if only_command and not command:
        raise click.UsageError(
            "--only-command is for a command: tiercel record --only-command OUT.scap -- COMMAND"
        )
    if files and not file_size:
        raise click.UsageError("--files needs --file-size: when does a file end?")
    if file_size and out == "-":
        raise click.UsageError("--file-size needs a file's name, not standard output")
    if (
        capture is not None
        and os.path.exists(capture)
        and os.path.exists(out)
        and os.path.samefile(capture, out)
    ):
        raise click.UsageError(f"{out} is the capture that is read: record into another file")
    _plan(condition)  # a mistake in it is told before anything runs
    process = Command(command) if command else None
    try:
        plan = _plan(_narrowed(condition, process.pid if process and only_command else None))
        source = _source(capture, snaplen)
        packed = True if compress else None
        sink = CaptureSeries(out, file_size * MB, files or 0, packed=packed) if file_size else None
        session = Session(
            source,
            plan,
            sink or open_capture(out, packed=packed),
            events=events,
            seconds=seconds,
            live=capture is None,
            command=process,
        )
        problem = session.run()
    finally:
        if process is not None and process.status is None:
            process.signal(signal.SIGTERM)
    if not quiet:
        click.echo(session.summary(), err=True)
    if problem is not None:
        click.echo(f"tiercel: {problem}", err=True)
        sys.exit(1)
    if process is not None:
        sys.exit(process.status if process.status is not None else 130)


def _narrowed(condition: str | None, pid: int | None) -> str | None:
    if pid is None:
        return condition
    tree = f"(proc.pid = {pid} or proc.apid = {pid})"
    return tree if condition is None else f"{tree} and ({condition})"


def _plan(condition: str | None) -> Plan:
    """A plan whose one rule has that condition, or one without rules."""
    if condition is None:
        return plan_syscalls([])
    rule = {
        "rule": RULE,
        "desc": RULE,
        "condition": condition,
        "output": RULE,
        "priority": "DEBUG",
        "warn_evttypes": False,
    }
    loader = Loader()
    loaded = loader.load_content(json.dumps([rule]).encode("utf-8", "surrogateescape"), "--filter")
    if not loaded.ok:
        raise FilterError(f"--filter: {loaded.errors[0].message}")
    return plan_syscalls(loader.result.rules)


def _source(capture: str | None, snaplen: int) -> Any:
    if capture is not None:
        return Capture(capture)
    from tiercel.sources.ebpf.live import LiveSource  # who works on captures starts without it

    return LiveSource(all_events=True, data_bytes=snaplen)


class Session:
    """One recording, from the source to the file."""

    def __init__(
        self,
        source: Any,
        plan: Plan,
        sink: CaptureFile | CaptureSeries,
        *,
        events: int,
        seconds: float,
        live: bool,
        command: Command | None,
    ) -> None:
        self.source = source
        self.sink = sink
        self.recorder = Recorder(sink, filtered=bool(plan.rules), last_event=events)
        self.engine = Engine(
            source,
            plan,
            tap=self.recorder,
            all_events=True,
            # A live source's time is the clock's, also while nothing happens.
            span_ns=0 if live else int(seconds * 1e9),
        )
        self._seconds = seconds if live else 0.0
        self._command = command
        self._ended_at = 0.0
        self._asked = 0  # signals that came
        self._stopped = False
        self.lost = 0

    def run(self) -> TiercelError | None:
        """Records to the end. What went wrong, where something did: what came before is in the file."""
        problem: TiercelError | None = None
        with self._signals():
            try:
                self.source.open()
                if self._command is not None:
                    self._command.start()
                self._loop()
            except Stopped:
                pass
            except TiercelError as e:
                problem = e
            try:
                self.recorder.close()
            except TiercelError as e:
                problem = problem or e
            self.lost = sum(self.source.losses().values()) if hasattr(self.source, "losses") else 0
            self.source.close()
        return problem

    def _loop(self) -> None:
        begin = flushed = time.monotonic()
        while not self._stopped and self.engine.next_hits() is not None:
            self.recorder.flush()
            now = time.monotonic()
            if now - flushed >= FLUSH_SECONDS:
                self.sink.flush()
                flushed = now
            if self._seconds and now - begin >= self._seconds:
                break
            if self._command is not None and self._command.ended():
                self._ended_at = self._ended_at or now
                if now - self._ended_at >= DRAIN_SECONDS:
                    break

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(number: int, frame: FrameType | None) -> None:
            if self._stopped:
                return
            self._asked += 1
            if self._command is not None and self._asked == 1 and not self._command.ended():
                # It may want to end in its own way, and the recording ends with it; the next signal ends it at once.
                # What is typed at a terminal has reached the command already.
                if number != signal.SIGINT or not sys.stdin.isatty():
                    self._command.signal(number)
                return
            self._stopped = True
            if not self.recorder.busy:
                raise Stopped

        numbers = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, stop) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def summary(self) -> str:
        r = self.recorder
        kept = f" (and {r.state_events} kept for the state)" if r.state_events else ""
        return (
            f"Recorded {r.events} events{kept}, {r.size_bytes} bytes, {self.sink.size_bytes} in the file; "
            f"{self.lost} events lost"
        )
