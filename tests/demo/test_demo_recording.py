"""The recording of the demonstration is what its script writes."""

import gzip
import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from tiercel.demo import AUDIT_LOG, CAPTURE
from tiercel.demo.__main__ import record
from tiercel.demo.audit_log import target
from tiercel.events.table import EVENTS
from tiercel.sources.scap.reader import Capture


def test_the_files_are_what_the_script_writes(tmp_path: Path) -> None:
    capture, audit = record(tmp_path)
    # Compressed bytes differ between versions of zlib; what is in them does not.
    assert gzip.decompress(capture.read_bytes()) == gzip.decompress(CAPTURE.read_bytes())
    assert audit.read_text() == AUDIT_LOG.read_text()


def test_they_are_small() -> None:
    assert CAPTURE.stat().st_size + AUDIT_LOG.stat().st_size < 20_000


def test_time_goes_on_and_processes_end() -> None:
    events = list(Capture(CAPTURE))
    assert all(a.ts < b.ts for a, b in itertools.pairwise(events))
    kinds = Counter(EVENTS[event.type].name for event in events)
    assert kinds["clone"] == 2 * kinds["execve"]
    # All but the implant, which is still there at the end.
    assert kinds["procexit"] == kinds["execve"] - 1


def test_audit_events_are_whole() -> None:
    for line in AUDIT_LOG.read_text().splitlines():
        event = json.loads(line)
        assert event["apiVersion"] == "audit.k8s.io/v1" and event["stage"] == "ResponseComplete"
        assert event["objectRef"]["resource"] and event["user"]["username"]


@pytest.mark.parametrize(
    ("uri", "names"),
    [
        ("/api/v1/secrets?limit=500", {"apiVersion": "v1", "resource": "secrets"}),
        (
            "/apis/apps/v1/namespaces/shop/deployments/web",
            {
                "apiGroup": "apps",
                "apiVersion": "v1",
                "namespace": "shop",
                "resource": "deployments",
                "name": "web",
            },
        ),
        (
            "/api/v1/namespaces/shop/pods/web-0/exec?command=sh",
            {
                "apiVersion": "v1",
                "namespace": "shop",
                "resource": "pods",
                "name": "web-0",
                "subresource": "exec",
            },
        ),
        ("/api/v1/namespaces/shop", {"apiVersion": "v1", "resource": "namespaces", "name": "shop"}),
        ("/livez?verbose", {}),
        ("/", {}),
    ],
)
def test_the_target_is_read_off_the_path(uri: str, names: dict[str, str]) -> None:
    assert target(uri) == names
