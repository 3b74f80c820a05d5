"""`tiercel fields`: the fields that rules may use, for reading or, with --json, for programs."""

from __future__ import annotations

import difflib
import json
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import click

from tiercel.events.catalogue import CATALOGUE, CLASSES, SOURCES, Field, FieldClass

# Columns of output that goes to a file or a pipe.
_WIDTH = 110

_NOTES = {"filter_only": "conditions only", "print_only": "outputs only", "deprecated": "deprecated"}


def spelled(field: Field) -> str:
    """The field with a sign for its argument, `evt.arg.NAME`, and a ? where that may be left out."""
    argument = field.argument
    if argument is None:
        return field.name
    if argument.dotted:
        sign = ".NAME"
    elif argument.key:
        sign = "[KEY]"
    else:
        sign = "[N]"
    return field.name + sign + ("" if argument.required else "?")


def type_name(field: Field) -> str:
    return f"LIST({field.type})" if field.is_list else field.type


def _selected(prefix: str, source: str | None, unlisted: bool) -> Iterator[tuple[FieldClass, list[Field]]]:
    for part in CLASSES:
        if source is not None and source not in part.sources:
            continue
        fields = [
            field
            for field in part.fields
            if field.name.startswith(prefix) and (unlisted or field.is_listed or field.name == prefix)
        ]
        if fields:
            yield part, fields


def _document(part: FieldClass, field: Field) -> dict[str, Any]:
    argument = field.argument
    kinds = [] if argument is None else [k for k in ("index", "key", "dotted") if getattr(argument, k)]
    return {
        "name": field.name,
        "class": field.class_name,
        "sources": list(part.sources),
        "type": field.type,
        "is_list": field.is_list,
        "argument": None if argument is None else {"required": argument.required, "kinds": kinds},
        "flags": sorted(field.flags),
        "description": field.description,
    }


def _wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width`; what stands between backquotes comes in colour instead."""
    wrapped = "\n".join(textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False))

    def coloured(code: re.Match[str]) -> str:
        return "\n".join(click.style(line, fg="cyan") for line in code[1].split("\n"))

    return re.sub(r"`([^`]*)`", coloured, wrapped).split("\n")


def _description(field: Field) -> str:
    notes = [_NOTES[flag] for flag in _NOTES if flag in field.flags]
    return field.description + (f" ({', '.join(notes)})" if notes else "")


def _print(selected: list[tuple[FieldClass, list[Field]]], width: int) -> None:
    for number, (part, fields) in enumerate(selected):
        # Long names would leave no room for what they mean: those get a line of their own.
        name_width = min(max(len(spelled(field)) for field in fields), max(20, width // 3)) + 2
        type_width = max(len(type_name(field)) for field in fields) + 2
        margin = 2 + name_width + type_width
        title = f"{part.name}, {part.title}" if part.title else part.name
        click.echo(("\n" if number else "") + click.style(title, bold=True) + f" ({', '.join(part.sources)})")
        click.echo("\n".join(_wrapped(part.description, width)) + "\n")
        for field in fields:
            name = spelled(field)
            if len(name) + 2 > name_width:
                click.echo("  " + click.style(name, fg="green"))
                name = ""
            head = click.style(name.ljust(name_width), fg="green") + type_name(field).ljust(type_width)
            first, *rest = _wrapped(_description(field), max(30, width - margin))
            click.echo(f"  {head}{first}")
            for line in rest:
                click.echo(" " * margin + line)


@click.command(name="fields")
@click.argument("prefix", default="")
@click.option("--json", "as_json", is_flag=True, help="A JSON list of objects instead of text.")
@click.option("--source", type=click.Choice(SOURCES), help="Only fields that rules of this source may use.")
@click.option("--all", "unlisted", is_flag=True, help="Deprecated fields and fields for tables, too.")
def fields(prefix: str, as_json: bool, source: str | None, unlisted: bool) -> None:
    """List the fields that rules may use, all or those whose name starts with PREFIX.

    N stands for a number, KEY and NAME for a text; what stands before a ? may be left out.
    """
    selected = list(_selected(prefix, source, unlisted))
    if not selected:
        near = difflib.get_close_matches(prefix, CATALOGUE, n=3)
        hint = f" Did you mean {', '.join(near)}?" if near else " Without a prefix, all are listed."
        raise click.ClickException(f"no field starts with '{prefix}'.{hint}")
    if as_json:
        documents = [_document(part, field) for part, found in selected for field in found]
        click.echo(json.dumps(documents, indent=2))
        return
    _print(selected, shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDTH)
