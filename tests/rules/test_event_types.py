"""Event types of conditions."""

from __future__ import annotations

import pytest

from tiercel.events.table import CODES, EVENTS
from tiercel.rules.check import Checker
from tiercel.rules.condition import parse_condition
from tiercel.rules.event_types import event_types
from tiercel.rules.fields import SourceFields

CHECKER = Checker(SourceFields("syscall"))
ALL = set(range(len(EVENTS)))
OPEN = {e.code for e in EVENTS if e.name == "open"}
CLOSE = {e.code for e in EVENTS if e.name == "close"}
GENERIC = {CODES["GENERIC_E"], CODES["GENERIC_X"]}

CASES = [
    ("evt.type=open", OPEN),
    ("evt.type==open", OPEN),
    ("syscall.type = open", OPEN),
    ("evt.type in (open, close)", OPEN | CLOSE),
    ("evt.type != open", ALL - OPEN),
    ("not evt.type=open", ALL - OPEN),
    ("not evt.type != open", OPEN),
    ("not not evt.type = open", OPEN),
    ("proc.name=a", ALL),
    ("not proc.name=a", ALL),
    ("evt.type=open and proc.name=a", OPEN),
    ("evt.type=open or proc.name=a", ALL),
    ("evt.type=open and evt.type=close", set()),
    ("evt.type=open or evt.type=close", OPEN | CLOSE),
    ("not (evt.type=open or evt.type=close)", ALL - OPEN - CLOSE),
    ("not (evt.type=open and proc.name=a)", ALL),
    ("evt.type exists", ALL),
    ("not evt.type exists", set()),
    ("evt.type contains open", ALL),
    ("evt.type=val(syscall.type)", ALL),
    ("toupper(evt.type) exists", ALL),
    ("evt.type = sysinfo", GENERIC),
    ("evt.type in (open, sysinfo)", OPEN | GENERIC),
    ("evt.type=container_removed", {CODES["ASYNCEVENT_E"]}),
    ("evt.type = container", {e.code for e in EVENTS if e.name == "container"} | {CODES["ASYNCEVENT_E"]}),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_event_types(text: str, expected: set[int]) -> None:
    assert event_types(CHECKER.check(parse_condition(text)).expression) == expected
