"""The `evt.*` fields of audit events."""

from __future__ import annotations

import socket
import time

import pytest
from audit_given import event, read

from tiercel.events.fields import audit_evt


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_evt, "_zone_seconds", lambda: 0)


@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("evt.num", 7),
        ("evt.time", "13:58:49.736141000"),
        ("evt.time.s", "13:58:49"),
        ("evt.time.iso8601", "2018-10-25T13:58:49.736141000+0000"),
        ("evt.datetime", "2018-10-25 13:58:49.736141000"),
        ("evt.datetime.s", "2018-10-25 13:58:49"),
        ("evt.rawtime", 1_540_475_929_736_141_000),
        ("evt.rawtime.s", 1_540_475_929),
        ("evt.rawtime.ns", 736_141_000),
        ("evt.reltime", 2_000_000_001),
        ("evt.reltime.s", 2),
        ("evt.reltime.ns", 1),
        ("evt.pluginname", "k8saudit"),
        ("evt.plugininfo", '{"auditID":1,"b":[]}'),
        ("evt.source", "k8s_audit"),
        ("evt.is_async", False),
        ("evt.asynctype", None),
        ("evt.hostname", socket.gethostname()),
    ],
)
def test_fields(utc: None, field: str, want: object) -> None:
    given = event(raw=b'{ "auditID": 1,\n "b": [ ] }')
    given.num = 7
    given.first_ns = given.time_ns - 2_000_000_001
    assert read(field, given) == want


def test_times_of_day_are_local(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_evt, "_zone_seconds", lambda: -7200)
    assert read("evt.datetime.s", event(time_ns=0)) == "1969-12-31 22:00:00"
    assert isinstance(time.localtime().tm_gmtoff, int)
