"""Alerts of rules files that hold bytes which are no UTF-8."""

from __future__ import annotations

import json

from tests.events.fields.given import START, i64, process

from tiercel.events.fields.dump import Given
from tiercel.events.table import CODES
from tiercel.rules.alert import Alert, json_line, text_line
from tiercel.rules.engine import Engine
from tiercel.rules.load import Loader
from tiercel.rules.plan import plan_syscalls
from tiercel.rules.printer import Printer

FILE = b"""
- rule: "a\xff\xfe"
  desc: d
  condition: "evt.type = close and proc.name regex 's[h]'"
  output: "\xff %proc.name"
  priority: DEBUG
  tags: ["\xff"]
"""


def test_they_are_replaced() -> None:
    loader = Loader()
    assert loader.load_content(FILE, "bytes.yaml").ok
    plan = plan_syscalls(loader.result.rules)
    events = [process("/"), ("CLOSE_X", i64(0), i64(3))]
    engine = Engine(Given([(CODES[e[0]], 100, START, e[1:]) for e in events]), plan, match_all=True)
    while (hits := engine.next_hits()) == []:
        pass
    assert hits == [0]
    message, fields = Printer(plan).print(0)
    alert = Alert(START, plan.rules[0], message, fields, "host")
    assert text_line(alert).endswith("Debug \N{REPLACEMENT CHARACTER} sh")
    told = json.loads(json_line(alert).encode())
    assert told["rule"] == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    assert told["tags"] == ["\N{REPLACEMENT CHARACTER}"]
