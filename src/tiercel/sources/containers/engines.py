"""Container engines: their numbers, and the words by which Falco knows them."""

from __future__ import annotations

from enum import IntEnum


class Engine(IntEnum):
    """What a container runs under, by the numbers of "type" in Falco's `container` events (container plugin 0.7)."""

    DOCKER = 0
    CRI = 6
    CONTAINERD = 7
    CRIO = 8
    PODMAN = 11
    UNKNOWN = 0xFFFF

    @property
    def word(self) -> str:
        """The engine as `container.type` prints it."""
        return _WORDS[self]


_WORDS = {
    Engine.DOCKER: "docker",
    Engine.CRI: "cri",
    Engine.CONTAINERD: "containerd",
    Engine.CRIO: "cri-o",
    Engine.PODMAN: "podman",
    Engine.UNKNOWN: "",
}
