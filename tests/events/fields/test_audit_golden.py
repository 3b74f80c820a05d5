"""Every field of the golden audit events, against what a real Falco read off them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from tiercel.events.fields.audit import Extractor, extractor
from tiercel.sources.k8s_audit import AuditLog

FIELD = re.compile(r"%([a-z][A-Za-z_.0-9]*)(?:\[([^\]]*)\])?")


def dumped_fields(golden: Path) -> dict[str, Extractor]:
    found: dict[str, Extractor] = {}
    for match in FIELD.finditer((golden / "dump-audit.yaml").read_text()):
        name, argument = match.groups()
        try:
            found[match[0][1:]] = extractor(name, argument)
        except ValueError:
            # A format string takes these as a shorter field and text after it: Falco's formatter does, too.
            assert match[0] in (
                "%ka.uri.param",
                "%ka.req.binding.subjects.user_names[0]",
                "%ka.req.container.image[0]",
            )
    return found


def test_all_values_equal(shared: Path) -> None:
    golden = shared / "falco" / "golden"
    fields = dumped_fields(golden)
    assert len(fields) >= 110
    log = AuditLog(str(golden / "audit.json"))
    events = list(log)
    with gzip.open(golden / "audit.json.fields.jsonl.gz", "rt") as lines:
        wanted = [json.loads(line) for line in lines]
    assert len(events) == len(wanted) == 31
    assert log.bad == 0
    for event, want in zip(events, wanted, strict=True):
        # In JSON output evt.time is the time in ns: the formatter's work (tiercel.events.fields.audit).
        assert event.time_ns == want["evt.time"]
        got = {name: extract(event) for name, extract in fields.items() if name != "evt.time"}
        differ = {name: (value, want.get(name)) for name, value in got.items() if value != want.get(name)}
        assert not differ


@pytest.mark.parametrize("layout", ["lines", "indented", "array", "list"])
def test_layout_of_the_log_changes_nothing(shared: Path, tmp_path: Path, layout: str) -> None:
    golden = shared / "falco" / "golden"
    fields = dumped_fields(golden)
    documents = [json.loads(line) for line in (golden / "audit.json").read_text().splitlines()]
    text = {
        "lines": "\n".join(json.dumps(d) for d in documents),
        "indented": "\n".join(json.dumps(d, indent=2) for d in documents),
        "array": json.dumps(documents, indent=1),
        "list": json.dumps({"kind": "EventList", "items": documents}),
    }[layout]
    path = tmp_path / "audit.log"
    path.write_text(text)
    for first, second in zip(AuditLog(str(golden / "audit.json")), AuditLog(str(path)), strict=True):
        for name, extract in fields.items():
            assert extract(first) == extract(second), name


def test_the_cases_events_are_read(shared: Path) -> None:
    files = sorted((shared / "falco" / "cases" / "captures").glob("k8s_audit_*.json"))
    assert len(files) >= 20
    for file in files:
        log = AuditLog(str(file))
        assert sum(1 for _ in log) >= 1, file
        assert log.bad == 0, file
