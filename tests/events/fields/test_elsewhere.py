"""Every field that a rule on system calls may name can be read."""

from __future__ import annotations

from tests.events.fields.given import process, read

from tiercel.events.catalogue import fields_of
from tiercel.events.fields import field
from tiercel.events.fields.registered import load


def test_every_field_has_an_extractor() -> None:
    load()
    assert set(fields_of("syscall")) <= set(field.names())


def test_documents_are_absent_and_events_counted() -> None:
    rows = read([process("/"), process("/")], ["jevt.value[/a]", "json.obj", "util.cnt"])
    assert rows == [{"util.cnt": 1}, {"util.cnt": 2}]
