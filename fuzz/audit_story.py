"""Audit logs to begin with, and what is done to them.

A log tells of requests whose objects have the members that fields look for, with values of right and wrong types,
in every layout that is read. Some are then damaged: bytes changed, lines torn, pieces moved, repeated, or nested
without end.
"""

from __future__ import annotations

import json
from random import Random
from typing import Any

from fuzz import words

VERBS = ("create", "get", "delete", "patch", "watch", "")
RESOURCES = ("pods", "configmaps", "clusterroles", "rolebindings", "services", "secrets", "")
IMAGES = ("nginx", "nginx:1.2", "r.io:5000/a/b@sha256:0", "@", ":", "")
URIS = (
    "/api/v1/namespaces/d/pods/p/exec?command=sh&command=-c&container=c", "/x?a=%zz", "/x?a=b;c",
    "//h:80/?command=q",
    "http://u:p@h/?command=a+b%20c", "*", ":", "a:b?command=1", "/x?command=%00%ff", "/#%",
    "//[::1]/?command=1", "//[", "?",
    "/x?" + "a=b&" * 300,
)  # fmt: skip
TIMES = (
    "2018-10-25T13:58:49.736141Z", "2020-02-29T3:04:05,1234567891+01:30", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "2020-01-02t03:04:05z", "2021-02-29T00:00:00Z", "", "2020-01-02T03:04:05." + "9" * 400 + "Z",
)  # fmt: skip
ESCAPES = (
    "\\u0000", "\\ud83d\\ude00", "\\ud800", "\\ud800\\u0041", "\\u12", "\\x", "\\/", "\\n",
    '\\"', "\\\\", "\\u003c", "\\",
)  # fmt: skip
NUMBERS = (
    "1e5",
    "-0",
    "1.50",
    "00",
    "1-2",
    "nan",
    "-Inf",
    "+5",
    ".5",
    "-",
    "1" * 40,
    "1E+400",
    "18446744073709551616",
)
MEMBERS = (
    "kind", "auditID", "stageTimestamp", "items", "user", "username", "groups", "objectRef", "requestObject",
    "spec", "rules",
    "containers", "initContainers", "ephemeralContainers", "securityContext", "volumes", "subjects",
    "annotations", "0", "", "a/b",
)  # fmt: skip
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
PIECES = (
    b"{", b"}", b"[", b"]", b",", b":",
    b'"', b"\\", b"\n", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b" ", b"{}", b"[]", b"\n{", b"\n[",
    b'{"items":[', b'{"kind":"EventList","items":[', b'{"kind":"Event",', b"\n" * 50, b"\t" * 300,
    b"tru", b"nan", b"1e", b'"a":',
)  # fmt: skip


class Story:
    """What one log tells, drawn from `rng`."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.odd = rng.choice((0.0, 0.05, 0.3))  # how often a value is not of its type
        self.escaped = rng.choice((0.0, 0.0, 0.02))  # how often a character is written in another way
        self.blank = rng.choice(("", "", " ", "\t"))

    def log(self) -> bytes:
        parts: list[str] = []
        for _ in range(self.rng.randrange(1, 5)):
            layout = self.rng.randrange(6)
            if layout == 0:
                parts.append(self._written([self.event() for _ in range(self.rng.randrange(4))]))
            elif layout == 1:
                items = [self.event() for _ in range(self.rng.randrange(4))]
                parts.append(self._written({"kind": "EventList", "items": items}))
            elif layout == 2:
                parts.append(json.dumps(self.event(), indent=self.rng.choice((0, 1, 4))))
            elif layout == 3:
                parts.append(json.dumps([self.event(), self.event()], indent=2))
            else:
                parts.append(self._written(self.event()))
            parts.append(self.rng.choice(("\n", "\n", "\n", "", ",\n", "\r\n")))
        return "".join(parts).encode("utf-8", "surrogateescape")

    def event(self) -> dict[str, Any]:
        rng = self.rng
        made: dict[str, Any] = {
            "kind": "Event",
            "auditID": "841d3e6d-90d2-43df-8da4-684738bee3d5",
            "stage": "ResponseComplete",
            "stageTimestamp": rng.choice(TIMES) if rng.random() < 0.2 else TIMES[0],
            "verb": rng.choice(VERBS),
            "requestURI": rng.choice(URIS),
            "user": {"username": self._text(), "groups": self._many(self._text)},
            "sourceIPs": ["10.0.0.1"],
            "objectRef": {
                "resource": rng.choice(RESOURCES),
                "name": self._text(),
                "subresource": rng.choice(("", "exec")),
            },
            "responseStatus": {"code": rng.choice((200, 201, 403, 0))},
            "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
        }
        if rng.random() < 0.7:
            made["requestObject"] = self._maybe_odd(self._request())
        if rng.random() < 0.3:
            made["responseObject"] = {"metadata": {"name": self._text()}}
        for _ in range(rng.choice((0, 0, 1, 2))):
            here = made
            while (inner := [v for v in here.values() if isinstance(v, dict) and v]) and rng.random() < 0.6:
                here = rng.choice(inner)
            if rng.random() < 0.5 and here:
                del here[rng.choice(tuple(here))]
            else:
                here[rng.choice(MEMBERS)] = self._anything()
        return made

    def _request(self) -> dict[str, Any]:
        lists = {
            name: self._maybe_odd(self._many(self._container))
            for name in CONTAINERS
            if self.rng.random() < 0.6
        }
        volumes = [
            self._maybe_odd({"name": "v", "hostPath": {"path": self._path()}}),
            {"flexVolume": {"driver": "d"}},
        ]
        spec = {
            **lists,
            "volumes": self._maybe_odd(volumes),
            "hostNetwork": True,
            "ports": [{"port": 80}],
            "runAsUser": 5,
        }
        subjects = [
            {"kind": k, "name": self._text(), "namespace": "n"} for k in ("User", "Group", "ServiceAccount")
        ]
        rules = [
            {"verbs": self._many(self._text), "resources": ["pods"], "apiGroups": "", "sourceIPs": ["1"]},
            {},
        ]
        return {
            "spec": spec,
            "subjects": self._maybe_odd(subjects),
            "rules": self._maybe_odd(rules),
            "data": {"k": self._text()},
        }

    def _container(self) -> Any:
        security = {
            "privileged": self.rng.random() < 0.5,
            "runAsUser": 0,
            "capabilities": {"add": ["SYS_ADMIN"]},
        }
        made = {
            "name": self._text(), "image": self.rng.choice(IMAGES), "command": self._many(self._text),
    "args": ["-c", "x y"],
            "ports": [{"hostPort": 80}, {"containerPort": 8080}, {}], "securityContext": security, "runAsUser": 7,
        }  # fmt: skip
        return {name: self._maybe_odd(value) for name, value in made.items() if self.rng.random() < 0.8}

    def _many(self, make: Any) -> list[Any]:
        return [make() for _ in range(self.rng.choice((0, 1, 1, 2, 3)))]

    def _text(self) -> str:
        return (
            self.rng.choice(words.NAMES)
            if self.rng.random() < 0.8
            else words.text(self.rng).decode("utf-8", "surrogateescape")
        )

    def _path(self) -> str:
        return self.rng.choice(words.PATHS)

    def _maybe_odd(self, value: Any) -> Any:
        return self._anything() if self.rng.random() < self.odd else value

    def _anything(self, depth: int = 0) -> Any:
        kind = self.rng.random()
        if depth > 3 or kind < 0.6:
            return self.rng.choice((None, True, False, 0, -1, 1.5, 10**30, "", self._text(), {}, []))
        if kind < 0.8:
            return [self._anything(depth + 1) for _ in range(self.rng.randrange(4))]
        return {self.rng.choice(MEMBERS): self._anything(depth + 1) for _ in range(self.rng.randrange(4))}

    def _written(self, value: Any) -> str:
        """The value as JSON, or what only a lenient reader takes for it."""
        blank = self.blank
        if isinstance(value, dict):
            rows = [f"{self._quoted(k)}{blank}:{blank}{self._written(v)}" for k, v in value.items()]
            if rows and self.rng.random() < self.escaped:
                rows.insert(0, self.rng.choice(rows))
            return "{" + f",{blank}".join(rows) + "}"
        if isinstance(value, list):
            return "[" + f",{blank}".join(map(self._written, value)) + "]"
        if isinstance(value, str):
            return self._quoted(value)
        if self.rng.random() < self.escaped and value is not None:
            return self.rng.choice(NUMBERS)
        return json.dumps(value)

    def _quoted(self, text: str) -> str:
        if not self.escaped:
            return json.dumps(text, ensure_ascii=False)
        out = []
        for c in text:
            if self.rng.random() < self.escaped:
                out.append(self.rng.choice((f"\\u{ord(c) & 0xFFFF:04x}", self.rng.choice(ESCAPES))))
            out.append(json.dumps(c, ensure_ascii=False)[1:-1])
        return '"' + "".join(out) + '"'


def damaged(rng: Random, log: bytes) -> bytes:
    """The log, torn and changed in a few places, or not at all."""
    if rng.random() < 0.2:
        return log
    text = bytearray(log)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(8)
        if kind == 0 and at < len(text):
            text[at] = rng.randrange(256)
        elif kind == 1:
            text[at:at] = rng.choice(PIECES)
        elif kind == 2:
            del text[at : at + rng.choice((1, 2, 10, 300))]
        elif kind == 3:
            end = text.find(b"\n", at)
            del text[at : end if end >= 0 else len(text)]  # a torn line
        elif kind == 4:
            del text[at:]
        elif kind == 5:
            piece = bytes(text[at : at + rng.choice((1, 20, 500))])
            text[at:at] = piece * rng.choice((1, 3, 30))
        elif kind == 6:
            other = rng.randrange(len(text) + 1)
            text[other:other] = text[at : at + 200]
        else:
            text[at:at] = rng.choice(
                (b"[", b'{"a":', b'{"items":[', b"{", b"[{}", b"\n{", b'\n{"a":\n')
            ) * rng.choice((5, 299, 301, 2000))
    return bytes(text)
