"""The audit log of an API server that does not exist: an event a line, as API servers write them."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any, TextIO
from urllib.parse import urlsplit

_REASONS = {403: "Forbidden", 404: "NotFound"}


class AuditLog:
    """Writes answered requests to a text file."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._count = 0

    def request(self, ts: int, user: str, verb: str, uri: str, *, source: str, agent: str, code: int) -> None:
        """A request that was answered at `ts` (ns since the epoch); its target is read off the URI."""
        self._count += 1
        received, answered = _time(ts - 4_000_000), _time(ts)
        groups = ["system:unauthenticated"] if user == "system:anonymous" else ["system:authenticated"]
        status: dict[str, Any] = {"metadata": {}, "code": code}
        if code >= 400:
            status |= {"status": "Failure", "reason": _REASONS.get(code, "")}
        event = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Metadata",
            "auditID": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self._count} {ts} {uri}")),
            "stage": "ResponseComplete",
            "requestURI": uri,
            "verb": verb,
            "user": {"username": user, "groups": groups},
            "sourceIPs": [source],
            "userAgent": agent,
            **({"objectRef": named} if (named := target(uri)) else {}),
            "responseStatus": status,
            "requestReceivedTimestamp": received,
            "stageTimestamp": answered,
            "annotations": {
                "authorization.k8s.io/decision": "forbid" if code == 403 else "allow",
                "authorization.k8s.io/reason": "",
            },
        }
        self._file.write(json.dumps(event) + "\n")


def target(uri: str) -> dict[str, str]:
    """The object that a path names, empty where it names none.

    `/api/<version>` or `/apis/<group>/<version>`, then `/namespaces/<namespace>` where there is one, then
    `/<resource>/<name>/<subresource>`.
    """
    parts = urlsplit(uri).path.strip("/").split("/")
    found: dict[str, str] = {}
    if parts[0] not in ("api", "apis") or len(parts) < 3:
        return found
    if parts[0] == "apis":
        found["apiGroup"] = parts.pop(1)
    found["apiVersion"] = parts[1]
    rest = parts[2:]
    if len(rest) > 2 and rest[0] == "namespaces":
        found["namespace"], rest = rest[1], rest[2:]
    for key, value in zip(("resource", "name", "subresource"), rest, strict=False):
        found[key] = value
    return found


def _time(ts: int) -> str:
    """Microseconds, as the API server writes them."""
    moment = datetime.fromtimestamp(ts // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ts // 1000 % 1_000_000:06d}Z"
