"""Which runtimes may know the container that a cgroup path names.

The state takes a container's short id from the path (`tiercel.events.cgroups`). Here the same path says more: the
whole id, which runtimes use such a path, whose user's slice it lies in, and which other containers it lies in. An
id nested in another container's path is either that of a container inside a container (Docker in Kubernetes, kind),
or a folder that somebody in the outer one has made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tiercel.sources.containers.engines import Engine

MAX_CGROUPS = 65_536  # bytes of a thread's list that are looked at
_DOCKER = frozenset({Engine.DOCKER, Engine.CRI})
_CRI = frozenset({Engine.CRI, Engine.CONTAINERD})
_CONTAINERD = frozenset({Engine.CONTAINERD})
ANY = frozenset({Engine.DOCKER, Engine.CRI, Engine.CONTAINERD, Engine.PODMAN})

# One folder of a path, and who makes such. CRI-O is asked as any CRI runtime.
_FOLDERS = [
    (re.compile(r"libpod-(?:payload-)?([0-9a-fA-F]{64})(?:\.scope)?"), frozenset({Engine.PODMAN})),
    (re.compile(r"docker-([0-9a-fA-F]{64})\.scope"), _DOCKER),
    (re.compile(r"crio-([0-9a-fA-F]{64})(?:\.scope)?"), frozenset({Engine.CRI})),
    (re.compile(r"cri-containerd-([0-9a-fA-F]{64})\.scope"), _CRI),
    (re.compile(r"nerdctl-([0-9a-fA-F]{64})\.scope"), _CONTAINERD),
    (re.compile(r".*:cri-containerd:([0-9a-fA-F]{64})"), _CRI),
]
_BARE = re.compile(r"[0-9a-fA-F]{64}")
_NAME = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")  # what containerd allows
_NAMESPACE = re.compile(r"/([A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*)/")
_USER = re.compile(r"/user-(\d{1,10})\.slice(?:/|$)|/user@(\d{1,10})\.service(?:/|$)")
# Folders above a bare id that say whose it is.
_PARENTS = (
    ("docker", _DOCKER),
    ("kubepods", frozenset({Engine.CRI, Engine.CONTAINERD, Engine.DOCKER})),
    ("libpod_parent", frozenset({Engine.PODMAN})),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A container that a path may mean.

    `full_id` is the whole id or name where the path has it, else the short one. `engines` are those that may know
    it; empty where none can. `named`: a name as of `ctr`, which any other folder may have too. `user` is the uid of
    the slice. `outer` are the short ids of the containers around it, the nearest first.
    """

    full_id: str
    engines: frozenset[Engine]
    named: bool = False
    user: int | None = None
    outer: tuple[str, ...] = ()


def candidate(container_id: str, cgroups: bytes = b"") -> Candidate:
    """The candidate for a short id, by the cgroups of a thread in it.

    `cgroups` is as the state keeps it: strings that end in NUL, each "subsystem=path", or a line each of
    /proc/PID/cgroup, or one path. Where no path has the id, any runtime may know it.
    """
    best: Candidate | None = None
    for entry in re.split(rb"[\0\n]", cgroups[:MAX_CGROUPS]):
        path = entry[entry.find(b"/") :].decode("utf-8", "replace") if b"/" in entry else ""
        if not path or container_id not in path:
            continue
        found = _in_path(container_id, path)
        if found is not None and not found.named:
            return found
        best = best or found
    return best or Candidate(container_id, ANY)


def _in_path(container_id: str, path: str) -> Candidate | None:
    folders = path.split("/")
    user = _user_of(path)
    known = [(i, *k) for i, folder in enumerate(folders) if (k := _known(folder, folders[:i]))]
    for n in range(len(known) - 1, -1, -1):
        _, full, engines = known[n]
        if full[:12] == container_id:
            outer = tuple(dict.fromkeys(k[1][:12] for k in reversed(known[:n])))
            return Candidate(full, engines, user=user, outer=tuple(o for o in outer if o != container_id))
    namespace = _NAMESPACE.search(path)
    if namespace is None:
        return None
    name = path[path.rfind(namespace[0]) + len(namespace[0]) :]
    if not name.startswith(container_id):
        return None
    allowed = _NAME.fullmatch(name) is not None and len(name) <= 76
    outer = tuple(dict.fromkeys(k[1][:12] for k in reversed(known)))
    return Candidate(name, _CONTAINERD if allowed else frozenset(), named=True, user=user, outer=outer)


def _known(folder: str, above: list[str]) -> tuple[str, frozenset[Engine]] | None:
    if len(folder) < 64:
        return None
    for form, engines in _FOLDERS:
        match = form.fullmatch(folder)
        if match:
            return match[1], engines
    if not _BARE.fullmatch(folder):
        return None
    for parent in reversed(above):
        for word, engines in _PARENTS:
            if parent == word or parent.startswith((word + ".", word + "-")):
                return folder, engines
    return folder, ANY


def _user_of(path: str) -> int | None:
    match = _USER.search(path)
    return int(match[1] or match[2]) if match else None
