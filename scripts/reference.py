"""Writes the reference pages that follow from tables in the code: docs/reference/fields.md and events.md.

python scripts/reference.py           write them
python scripts/reference.py --check   exit 1 where one is not as it would be written
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tiercel.cli.fields import spelled, type_name
from tiercel.events.catalogue import CLASSES, Field, FieldClass
from tiercel.events.flags import FLAGS
from tiercel.events.table import EFFECTS, EVENTS, KINDS, ORIGINS, EventType, Param

PAGES = Path(__file__).resolve().parents[1] / "docs" / "reference"

FIELDS_HEAD = """\
# Fields

<!-- Written by scripts/reference.py from src/tiercel/events/catalogue: change that, then `make docs`. -->

What a rule may ask of an event, in conditions and in outputs. `tiercel fields` prints the same list.

- `[N]` stands for a number between brackets, `[KEY]` for a text, `.NAME` for a name after a dot; what stands
  before a `?` may be left out.
- A field that an event does not have is *absent*: a comparison with it is false, and it prints as `<NA>`.
- The type says how a field is compared. LIST means that it holds several values: `in` asks whether all of
  them are among those on the right, `intersects` whether one is.
- Marks: **c** only in conditions, **o** only in outputs, **t** takes no transformer, **f** is not compared
  with another field, **s** joins all outputs where suggested fields are asked for, **d** deprecated.
"""

MARKS = {
    "filter_only": "c",
    "print_only": "o",
    "no_transformer": "t",
    "no_rhs": "f",
    "suggested": "s",
    "deprecated": "d",
}

EVENTS_HEAD = """\
# Events

<!-- Written by scripts/reference.py from src/tiercel/events: change the tables there, then `make docs`. -->

Every kind of event that Falco 0.44 knows, by the name that `evt.type` prints, and the arguments it carries:
`evt.arg.NAME` gives one as text, `evt.rawarg.NAME` as it was recorded. System calls that are not listed come
as `syscall` events; `evt.type` prints their own names all the same.

Rules are asked on the way out of a call, so this shows what is known then. Events of older versions, found in
captures, are brought up to the newest first.
"""


def _field_row(field: Field) -> str:
    marks = "".join(sign for flag, sign in MARKS.items() if flag in field.flags)
    description = field.description.replace("|", "\\|")
    return f"| `{spelled(field)}` | {type_name(field)} | {marks} | {description} |"


def _class_section(part: FieldClass) -> Iterator[str]:
    yield ""
    yield f"## {part.name}" + (f", {part.title}" if part.title else "")
    yield ""
    yield f"{part.description} For rules of source {' and '.join(f'`{source}`' for source in part.sources)}."
    yield ""
    yield "| Field | Type | | What it holds |"
    yield "|---|---|---|---|"
    # Fields for tables are of no use to a rule.
    yield from (_field_row(field) for field in part.fields if "table_only" not in field.flags)


def fields_page() -> str:
    lines = [line for part in CLASSES for line in _class_section(part)]
    return FIELDS_HEAD + "\n".join(lines) + "\n"


def _argument(param: Param) -> str:
    note = f" ([{param.table}](#{param.table}))" if param.table in FLAGS else ""
    return f"`{param.name}` {param.type}{note}"


def _newest() -> dict[str, EventType]:
    """The newest version of every event, by name: the way out where there is one."""
    newest: dict[str, EventType] = {}
    for event in EVENTS:
        if event.exists and (event.is_exit or not EVENTS[event.code + 1].exists):
            seen = newest.get(event.name)
            if seen is None or event.effects & EFFECTS["old"] <= seen.effects & EFFECTS["old"]:
                newest[event.name] = event
    return newest


def _category(event: EventType) -> str:
    kinds = {number: name for name, number in KINDS.items()}
    origins = {number: name for name, number in ORIGINS.items()}
    low = event.category & 0x1FF
    return f"{kinds[low]}, {origins[event.category - low]}"


def events_page() -> str:
    lines = ["", "| Event | Kind | Arguments |", "|---|---|---|"]
    for name, event in sorted(_newest().items()):
        arguments = ", ".join(_argument(param) for param in event.params)
        lines.append(f"| `{name}` | {_category(event)} | {arguments} |")
    lines += ["", "## Flags", "", "Names in the order in which they print."]
    for table, names in FLAGS.items():
        lines += ["", f"### {table}", "", ", ".join(f"`{name}`" for name, _ in names)]
    return EVENTS_HEAD + "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    return {PAGES / "fields.md": fields_page(), PAGES / "events.md": events_page()}


def main(arguments: list[str]) -> int:
    stale = [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for path in stale:
            print(f"{path}: not current, run scripts/reference.py", file=sys.stderr)
        return 1 if stale else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(pages()[path], encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
