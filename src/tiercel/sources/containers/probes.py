"""Health probes: the commands that a runtime or a kubelet runs inside a container to see whether it is well.

Docker and podman keep a Healthcheck in the container's configuration. Kubernetes' exec probes are not told to a
runtime; what tells of them is the pod's manifest, which `kubectl apply` leaves in an annotation. Docker's shim and
CRI-O copy annotations into labels with "annotation." before the key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tiercel.sources.containers.answers import AnswerError, items, mapping, parse_object, text, texts

Kind = Literal["Healthcheck", "LivenessProbe", "ReadinessProbe"]

APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
CONTAINER_NAME = "io.kubernetes.container.name"
_KEYS = (APPLIED, "annotation." + APPLIED)
_OF_MANIFEST: tuple[tuple[Kind, str], ...] = (
    ("LivenessProbe", "livenessProbe"),
    ("ReadinessProbe", "readinessProbe"),
)


@dataclass(frozen=True, slots=True)
class Probe:
    """A command: `exe` is its first word as the process will show it, `args` the others."""

    kind: Kind
    exe: str
    args: tuple[str, ...]


def _unquoted(word: str) -> str:
    # Some tools leave the quotes of a Dockerfile around a word; the process does not have them.
    if len(word) >= 2 and word[0] == word[-1] and word[0] in "\"'":
        return word[1:-1]
    return word


def _probe(kind: Kind, command: Sequence[str]) -> Probe | None:
    words = [_unquoted(w) for w in command]
    return Probe(kind, words[0], tuple(w for w in words[1:] if w)) if words and words[0] else None


def healthcheck(config: Any, shell: Sequence[str]) -> Probe | None:
    """The probe of a configuration ({"Healthcheck": {"Test": [...]}}); `shell` runs a command given as one text.

    None where there is none, or where it is switched off. Raises AnswerError.
    """
    test = texts(config, "Healthcheck", "Test")
    if len(test) < 2:
        return None
    if test[0] == "CMD":
        return _probe("Healthcheck", test[1:])
    if test[0] == "CMD-SHELL":
        command = " ".join(test[1:])
        return Probe("Healthcheck", shell[0], (*shell[1:], command)) if shell else None
    return None


def manifest_probes(annotations: Mapping[str, str], container: str) -> tuple[Probe, ...]:
    """Liveness and readiness commands of a pod's container, from its annotations or labels.

    `container` is the container's name in the pod; where it is not known, that of a pod's only container. The
    manifest was written by a user: one that cannot be read has no probes.
    """
    applied = next((annotations[k] for k in _KEYS if k in annotations), "")
    if not applied:
        return ()
    try:
        # A workload's manifest has the pod's below spec.template; its pods do not inherit the annotation, yet it
        # costs nothing.
        spec = mapping(parse_object(applied), "spec")
        spec = mapping(spec, "template", "spec") or spec
        containers = [mapping(c) for c in items(spec, "containers")]
        of_name = [c for c in containers if text(c, "name") == container]
        if not of_name and not container and len(containers) == 1:
            of_name = containers
        found = []
        for c in of_name[:1]:
            for kind, key in _OF_MANIFEST:
                probe = _probe(kind, texts(c, key, "exec", "command"))
                if probe is not None:
                    found.append(probe)
        return tuple(found)
    except AnswerError:
        return ()
