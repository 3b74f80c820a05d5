"""Versions that rules files ask for, and what is here to meet them."""

from __future__ import annotations

import re
from typing import NamedTuple

# Python refuses to read numbers of thousands of digits.
_MAX_DIGITS = 1000

_VERSION = re.compile(r"\s*[+-]?(\d+)\.\s*[+-]?(\d+)\.\s*[+-]?(\d+)", re.ASCII)


class Version(NamedTuple):
    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def meets(self, wanted: Version) -> bool:
        """Whether this version will do where `wanted` is asked for."""
        return self.major == wanted.major and self >= wanted


def parse_version(text: str) -> Version | None:
    """A version out of its text; anything behind the third number is let be. None where it is no version."""
    match = _VERSION.match(text)
    if match is None:
        return None
    return Version(*(int(part[-_MAX_DIGITS:]) & 0xFFFFFFFF for part in match.groups()))


# The engine of Falco 0.44.1, and the plugins whose work is built in.
ENGINE_VERSION = Version(0, 62, 0)
PLUGINS: dict[str, Version] = {
    "container": Version(0, 7, 1),
    "json": Version(0, 7, 4),
    "k8saudit": Version(0, 18, 0),
}


class Requirement(NamedTuple):
    """A plugin by name, and the version that a rules file asks for at least."""

    name: str
    version: str


def unmet(alternatives: tuple[Requirement, ...]) -> str:
    """Why none of the alternatives is met; empty where one is. The first that is here at all decides."""
    for wanted in alternatives:
        here = PLUGINS.get(wanted.name)
        if here is None:
            continue
        version = parse_version(wanted.version)
        if version is not None and here.meets(version):
            return ""
        return (
            f"Plugin '{wanted.name}' version '{here}' is not compatible with required plugin version "
            f"'{wanted.version}'"
        )
    asked = ", ".join(f"{r.name} (>= {r.version})" for r in alternatives)
    return f"Plugin requirement not satisfied, must load one of: {asked}"
