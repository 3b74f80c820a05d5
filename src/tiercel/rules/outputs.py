"""What is added to the outputs of rules from outside the rules files, as Falco's `append_output` does."""

from __future__ import annotations

from dataclasses import dataclass

from tiercel.events.catalogue import fields_of
from tiercel.rules.items import RuleItem


@dataclass(frozen=True, slots=True)
class ExtraField:
    """A field of its own in JSON alerts: `key` with the text that `format` gives, or the bare value where
    `is_raw`."""

    key: str
    format: str
    is_raw: bool = False


@dataclass(frozen=True, slots=True)
class AppendOutput:
    """An addition to the rules of a source, with all of some tags, or of one name; to all where nothing is
    said.

    `text` goes to the end of the output, `fields` into JSON alerts; `suggested` adds the fields that are
    suggested for the rule's source (`container_id=%container.id` and its like).
    """

    text: str = ""
    fields: tuple[ExtraField, ...] = ()
    suggested: bool = False
    source: str = ""
    tags: frozenset[str] = frozenset()
    rule: str = ""

    def applies_to(self, item: RuleItem) -> bool:
        if self.source and item.source != self.source:
            return False
        return self.tags <= item.tags and (not self.rule or item.name == self.rule)


@dataclass(frozen=True, slots=True)
class Extras:
    texts: tuple[str, ...]
    fields: tuple[ExtraField, ...]


def raw_field(name: str) -> ExtraField:
    """A field as it is, under its own name."""
    return ExtraField(name, f"%{name}", is_raw=True)


def extras_for(appended: tuple[AppendOutput, ...], item: RuleItem) -> Extras:
    """What is added to a rule. A later field replaces an earlier one of the same key."""
    texts: list[str] = []
    fields: dict[str, ExtraField] = {}
    for addition in appended:
        if not addition.applies_to(item):
            continue
        if addition.text:
            texts.append(addition.text)
        if addition.suggested:
            texts += _suggestions(item.source)
        fields.update((f.key, f) for f in addition.fields)
    return Extras(tuple(texts), tuple(fields[key] for key in sorted(fields)))


def _suggestions(source: str) -> list[str]:
    suggested = [name for name, field in fields_of(source).items() if "suggested" in field.flags]
    return [f"{name.replace('.', '_')}=%{name}" for name in suggested]
