"""Which of the loaded rules run: by what the files say, by tag, by name, by priority."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tiercel.rules.rule import PRIORITIES, Rule


def select(
    rules: Sequence[Rule],
    *,
    enable_tags: Iterable[str] = (),
    disable_tags: Iterable[str] = (),
    enable_rules: Iterable[str] = (),
    disable_rules: Iterable[str] = (),
    min_priority: str | None = None,
) -> list[Rule]:
    """The rules that run, in load order.

    Tags to enable leave only the rules that have one of them. Then rules with a tag to disable are taken out,
    rules named to enable are put in, rules named to disable are taken out. A name is a part of the rule's, or
    with `*` for anything the whole of it. Less urgent rules than `min_priority` never run.
    """
    wanted, unwanted = frozenset(enable_tags), frozenset(disable_tags)
    named = [_matcher(pattern) for pattern in enable_rules]
    refused = [_matcher(pattern) for pattern in disable_rules]
    limit = len(PRIORITIES) if min_priority is None else PRIORITIES.index(min_priority)
    chosen: list[Rule] = []
    for rule in rules:
        runs = rule.enabled
        if wanted:
            runs = not wanted.isdisjoint(rule.tags)
        if not unwanted.isdisjoint(rule.tags):
            runs = False
        if any(pattern.search(rule.name) for pattern in named):
            runs = True
        if any(pattern.search(rule.name) for pattern in refused):
            runs = False
        if runs and PRIORITIES.index(rule.priority) <= limit:
            chosen.append(rule if rule.enabled else replace(rule, enabled=True))
    return chosen


def _matcher(pattern: str) -> re.Pattern[str]:
    if "*" not in pattern:
        return re.compile(re.escape(pattern))
    # Runs of stars are one: each would be tried against the rest anew.
    parts = [re.escape(part) for part in re.split(r"\*+", pattern)]
    return re.compile(rf"\A{'.*'.join(parts)}\Z", re.DOTALL)
