"""The target of rules files: mutated ones are loaded, told about, planned, and judge a capture and audit events.

Only load results may come of a file, whatever is in it. What loads must be able to run.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from random import Random

from fuzz.capture import SHARED
from fuzz.capture_story import Story
from fuzz.rules_damage import damaged
from fuzz.rules_story import rules_text, stock_items
from fuzz.runner import seeded
from tiercel.events.table import CODES
from tiercel.killchain import classify
from tiercel.rules.alert import Alert, json_line, text_line
from tiercel.rules.engine import Engine
from tiercel.rules.load import Loader
from tiercel.rules.plan import plan_audit, plan_syscalls
from tiercel.rules.printer import Printer
from tiercel.rules.report import report
from tiercel.rules.rule import Rule
from tiercel.sources.k8s_audit.admit import admit
from tiercel.sources.k8s_audit.bad_event import BadEvent
from tiercel.sources.k8s_audit.framing import Framer
from tiercel.sources.scap import Capture

BASE = b"""
- list: list0
  items: [sh, bash]
- macro: macro0
  condition: proc.name in (list0)
- rule: rule0
  desc: d
  condition: evt.type = open and macro0
  output: "%proc.name"
  priority: INFO
  exceptions: [{name: ex0, fields: [proc.name, fd.name]}]
"""
AUDIT = {
    "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "1", "stage": "ResponseComplete", "verb": "create",
    "requestURI": "/api/v1/namespaces/a/pods?command=sh&x", "user": {"username": "u", "groups": ["g"]},
    "sourceIPs": ["10.0.0.1"],
    "objectRef": {"resource": "pods", "namespace": "a", "name": "p"}, "responseStatus": {"code": 201},
    "stageTimestamp": "2024-01-01T00:00:00.5Z",
    "requestObject": {"spec": {"containers": [{"image": "a/b:1", "securityContext": {"privileged": True}}],
    "hostNetwork": True}},
}  # fmt: skip


class RulesTarget:
    name = "rules_file"
    seconds = 30.0
    megabytes = 900

    def prepare(self) -> None:
        self.capture = Story(Random("capture of rules")).capture(60)
        stock_items(SHARED)
        framer = Framer(1 << 20)
        framer.feed(json.dumps(AUDIT).encode())
        self.events = []
        for found in framer.frames(True):
            assert not isinstance(found, BadEvent)
            self.events += [e for e in admit(found, 1 << 20) if not isinstance(e, BadEvent)]
        assert self.events

    def case(self, number: int) -> bytes:
        rng = seeded(self.name, number)
        return damaged(rng, rules_text(rng, SHARED))

    def run(self, data: bytes) -> Counter[str]:
        counts: Counter[str] = Counter()
        loader = Loader()
        if len(data) % 2:
            assert loader.load_content(BASE, "base.yaml").ok
        result = loader.load_content(data, "fuzz.yaml")
        json.dumps(loader.result.as_json())
        for problem in (*result.errors, *result.warnings):
            shown = report(problem)
            assert shown.line > 0 and shown.column > 0 and shown.message
        counts["files"] += 1
        counts["errors"] += len(result.errors)
        counts["warnings"] += len(result.warnings)
        if not result.ok:
            return counts
        counts["loaded"] += 1
        for rule in loader.result.rules:
            classify(rule)
        counts["rules"] += len(loader.result.rules)
        self._judge([r for r in loader.result.rules if r.source == "syscall"], counts)
        self._judge_audit([r for r in loader.result.rules if r.source == "k8s_audit"], counts)
        return counts

    def _judge(self, rules: list[Rule], counts: Counter[str]) -> None:
        if not rules:
            return
        plan = plan_syscalls(rules)
        capture = Capture(io.BytesIO(self.capture))
        engine = Engine(capture, plan, match_all=len(rules) % 2 == 0)
        printer = Printer(plan)
        capture.open()
        while (hits := engine.next_hits()) is not None:
            for i in hits:
                _print(printer, i, engine.time_ns)
            counts["alerts"] += len(hits)

    def _judge_audit(self, rules: list[Rule], counts: Counter[str]) -> None:
        if not rules:
            return
        printer = Printer(plan_audit(rules))
        for event in self.events:
            hits = printer.matcher.match_document(CODES["PLUGINEVENT_E"], event, True)
            for i in hits:
                _print(printer, i, event.time_ns)
            counts["audit alerts"] += len(hits)


def _print(printer: Printer, i: int, time_ns: int) -> None:
    rule = printer.rules[i]
    stage = classify(rule)
    alert = Alert(time_ns, rule, *printer.print(i), "host", stage.as_dict() if stage else None)
    text_line(alert).encode()
    json.loads(json_line(alert).encode())


def target() -> RulesTarget:
    return RulesTarget()
