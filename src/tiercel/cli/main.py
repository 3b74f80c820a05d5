"""`tiercel`: the commands, each loaded when it is called for, since the sensor has to start fast."""

from __future__ import annotations

import importlib
import io
import sys

import click

from tiercel.errors import TiercelError

# Command → module and name of the click command. Groups are modules with a group of their own.
COMMANDS = {
    "run": ("tiercel.cli.run", "run"),
    "record": ("tiercel.cli.record", "record"),
    "rules": ("tiercel.cli.rules", "rules"),
    "fields": ("tiercel.cli.fields", "fields"),
    "demo": ("tiercel.cli.demo", "demo"),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tiercel")
def tiercel() -> None:
    """Kill-chain detection for container platforms: Falco rules on system calls and Kubernetes audit logs."""


def main() -> None:
    """Runs a command; errors are told in a line, without a traceback. A reader that has gone (`| head`) is none: click
    ends quietly with 1.
    """
    # Alerts are UTF-8 wherever they go; a name of a file that is none comes out as it went in.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")
    try:
        tiercel(standalone_mode=False)
    except click.exceptions.Exit as e:
        sys.exit(e.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as e:
        e.show()
        sys.exit(e.exit_code)
    except TiercelError as e:
        click.echo(f"tiercel: {e}", err=True)
        sys.exit(1)
