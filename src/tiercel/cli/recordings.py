"""The options of `tiercel run` for recordings that rules ask for (`capture: true`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from tiercel.app.recordings import RecordingPlan, Recordings

F = TypeVar("F", bound=Callable[..., Any])

MB = 1 << 20

_OPTIONS = (
    click.option(
        "--capture-dir",
        type=click.Path(path_type=Path),
        help="Record around alerts of rules with `capture: true`, into this folder (or PREFIX of names in one).",
    ),
    click.option(
        "--capture-mode",
        type=click.Choice(["rules", "all_rules"]),
        default="rules",
        show_default=True,
        help="Which rules: those with `capture: true`, or all.",
    ),
    click.option(
        "--capture-duration",
        type=click.IntRange(min=1),
        default=5000,
        show_default=True,
        help="Milliseconds that a recording goes on after the alert, where the rule does not say.",
    ),
    click.option(
        "--capture-max-size",
        type=click.IntRange(min=1),
        default=100,
        show_default=True,
        help="MB of a recording, at most.",
    ),
    click.option(
        "--capture-max-files",
        type=click.IntRange(min=1),
        default=100,
        show_default=True,
        help="How many recordings are kept; the oldest go.",
    ),
    click.option(
        "--capture-max-total",
        type=click.IntRange(min=1),
        default=2048,
        show_default=True,
        help="MB of all recordings together; the oldest go.",
    ),
    click.option(
        "--capture-buffer",
        type=click.IntRange(min=1),
        default=32,
        show_default=True,
        help="MB of memory for what happened before an alert.",
    ),
)


def recording_options(command: F) -> F:
    """Adds the options to a command; `recordings` takes their values."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def recordings(
    *,
    capture_dir: Path | None,
    capture_mode: str,
    capture_duration: int,
    capture_max_size: int,
    capture_max_files: int,
    capture_max_total: int,
    capture_buffer: int,
) -> Recordings | None:
    """What the options ask for; None where they ask for no recordings. TiercelError where the folder is not fit."""
    if capture_dir is None:
        return None
    plan = RecordingPlan(
        capture_dir,
        all_rules=capture_mode == "all_rules",
        duration_ms=capture_duration,
        most_bytes=capture_max_size * MB,
        keep=capture_max_files,
        keep_bytes=capture_max_total * MB,
        lookback_bytes=capture_buffer * MB,
    )
    return Recordings(plan, lambda line: click.echo(f"tiercel: {line}", err=True))
