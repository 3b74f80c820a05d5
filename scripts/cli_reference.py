"""Keeps docs/reference/cli.md at what `tiercel --help` says: writes the blocks between its marks from the commands.

python scripts/cli_reference.py           write them
python scripts/cli_reference.py --check   exit 1 where the page is not as it would be written

A block begins with `<!-- tiercel run -->` and ends with `<!-- end -->`; what stands around it is written by hand.
A command without a block, or a block without a command, is an error.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tiercel.cli.main import tiercel

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "cli.md"
BLOCK = re.compile(r"<!-- (tiercel[a-z ]*) -->\n.*?<!-- end -->", re.DOTALL)


def commands(command: click.Command = tiercel, name: str = "tiercel") -> Iterator[tuple[str, click.Command]]:
    """All commands that do something, by the words that call them."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    with click.Context(command) as ctx:
        for word in command.list_commands(ctx):
            inner = command.get_command(ctx, word)
            assert inner is not None
            yield from commands(inner, f"{name} {word}")


def block(name: str, command: click.Command) -> str:
    """Usage, what the command does, and its options."""
    with click.Context(command, info_name=name) as ctx:
        usage = " ".join(command.collect_usage_pieces(ctx))
        rows = [o.get_help_record(ctx) for o in command.params if isinstance(o, click.Option)]
    lines = [f"<!-- {name} -->", "", f"    {name} {usage}", "", _paragraphs(command.help or ""), ""]
    options = [row for row in rows if row is not None]
    if options:
        lines += ["| option | |", "|---|---|"]
        lines += [f"| `{_cell(what)}` | {_cell(text)} |" for what, text in options]
        lines.append("")
    return "\n".join([*lines, "<!-- end -->"])


def _paragraphs(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def page(text: str) -> str:
    """The page with its blocks written anew; ValueError where blocks and commands are not the same."""
    known = dict(commands())
    marked = [m[1] for m in BLOCK.finditer(text)]
    if sorted(marked) != sorted(known):
        differ = ", ".join(sorted(set(marked) ^ set(known))) or "one has two"
        raise ValueError(f"{PAGE}: commands and blocks are not the same: {differ}")
    return BLOCK.sub(lambda m: block(m[1], known[m[1]]), text)


def main(arguments: list[str]) -> int:
    text = PAGE.read_text(encoding="utf-8")
    try:
        current = page(text)
    except ValueError as e:
        print(e, file=sys.stderr)
        return 1
    if current == text:
        return 0
    if "--check" in arguments:
        print(f"{PAGE}: not current, run scripts/cli_reference.py", file=sys.stderr)
        return 1
    PAGE.write_text(current, encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
