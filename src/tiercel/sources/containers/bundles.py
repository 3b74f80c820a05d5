"""Containers by the files that runtimes leave, for where no socket answers.

runc and crun keep a folder for each running container: runc a state.json, crun a status. Both name the bundle,
whose config.json is the OCI specification: process, mounts, namespaces, and annotations that say which runtime
asked for it and, in Kubernetes, for which pod. podman's and CRI-O's bundles lie in a storage folder, whose
containers.json and images.json have names and digests; Docker keeps a config.v2.json beside. Labels that were given
to a podman container are in its database only and are not seen here; those of its image are.
"""

from __future__ import annotations

import base64
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tiercel.sources.containers import docker, oci
from tiercel.sources.containers.answers import (
    AnswerError,
    mapping,
    moment_ns,
    number,
    pairs,
    parse,
    parse_object,
    text,
    texts,
)
from tiercel.sources.containers.cri import POD_NAME, POD_NAMESPACE, POD_UID, SANDBOX_ID
from tiercel.sources.containers.description import ID, SHORT_ID, Description, Shared, split_image
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.probes import CONTAINER_NAME, healthcheck, manifest_probes

MAX_FILE = 4 << 20
MAX_STORAGE = 64 << 20
MAX_FOLDERS = 65_536

# Folders with a folder for each container, "*" being a namespace of containerd, and the file in it.
STATES = (
    ("/run/runc", "state.json"),
    ("/run/crun", "status"),
    ("/run/containerd/runc/*", "state.json"),
    ("/run/k3s/containerd/runc/*", "state.json"),
    ("/run/docker/runtime-runc/*", "state.json"),
)
USER_STATES = (("/run/user/{user}/runc", "state.json"), ("/run/user/{user}/crun", "status"))
# Where a bundle lies whose runtime keeps its state elsewhere (kata, gVisor).
BUNDLES = (
    "/run/containerd/io.containerd.runtime.v2.task/*",
    "/run/k3s/containerd/io.containerd.runtime.v2.task/*",
    "/run/docker/containerd/daemon/io.containerd.runtime.v2.task/*",
)
DOCKER = "/var/lib/docker/containers"
_STORAGE = re.compile(r"(.+)/overlay-containers/[^/]+/userdata/?")
_CRI = "io.kubernetes.cri."
_CRIO = "io.kubernetes.cri-o."


class Bundles:
    """The files below `root`. It blocks, for microseconds; what cannot be read is as if it were not there."""

    def __init__(self, root: str = "") -> None:
        self._root = root
        self._storage: dict[str, tuple[tuple[int, int], Any]] = {}

    def find(self, container_id: str, user: int | None = None) -> Description | None:
        """The running container with that id, or whose id begins so. With `user`, only by what that user's files tell.

        Raises AnswerError where its files are broken.
        """
        if not ID.fullmatch(container_id):
            return None
        states = [(p.format(user=user), f) for p, f in USER_STATES] if user is not None else STATES
        for folder, file in states:
            for full_id, path in self._below(folder, container_id):
                state = self._read(f"{path}/{file}", user)
                if state is not None:
                    return self._describe(full_id, parse_object(state), user)
        if user is not None:
            return None
        for folder in BUNDLES:
            for full_id, path in self._below(folder, container_id):
                if os.path.exists(path + "/config.json"):
                    return self._describe(full_id, {"bundle": path.removeprefix(self._root)}, None)
        return None

    def running(self) -> list[str]:
        """Whole ids of what the state folders hold."""
        return [full_id for folder, _ in STATES for full_id, _ in self._below(folder, "")]

    def _below(self, folder: str, container_id: str) -> Iterator[tuple[str, str]]:
        # Folders of containers: the one of that name, else those that begin so.
        parent, star, _ = (self._root + folder).partition("/*")
        for place in [f"{parent}/{n}" for n in _names(parent)] if star else [parent]:
            if container_id and os.path.isdir(f"{place}/{container_id}"):
                yield container_id, f"{place}/{container_id}"
            elif not container_id or len(container_id) == SHORT_ID:
                for name in _names(place):
                    if name.startswith(container_id) and ID.fullmatch(name):
                        yield name, f"{place}/{name}"

    def _read(self, path: str, user: int | None = None, most: int = MAX_FILE) -> bytes | None:
        return read_file(path, most, user)

    def _describe(self, full_id: str, state: Mapping[str, Any], user: int | None) -> Description:
        words = dict(
            w.partition("=")[::2] for w in texts(state, "config", "labels")
        )  # runc keeps the bundle so
        bundle = text(state, "bundle") or words.get("bundle", "")
        data = self._read(f"{self._root}{bundle}/config.json", user) if bundle.startswith("/") else None
        spec = parse_object(data) if data else {}
        annotations = words | pairs(spec, "annotations")
        seen = Description(
            engine=_engine(annotations, bundle),
            full_id=full_id,
            name=full_id[:SHORT_ID],
            user=str(number(spec, "process", "user", "uid")) if spec else "",
            env=texts(spec, "process", "env"),
            mounts=oci.bound_mounts(spec),
            privileged=oci.is_privileged(spec),
            limits=oci.read_limits(spec),
            created_ns=moment_ns(state, "created"),
            pid=number(state, "init_process_pid") or number(state, "pid"),
            started_ns=moment_ns(state, "created"),
            shared=oci.read_shared(spec) if spec else Shared(),
        )
        storage = _STORAGE.fullmatch(bundle)
        if storage:
            seen = self._of_storage(seen, self._root + storage[1], user)
        if seen.engine is Engine.PODMAN:
            told = annotations.get("io.podman.annotations.privileged")
            return seen if told is None else replace(seen, privileged=told == "TRUE")
        if seen.engine is Engine.DOCKER:
            return self._of_docker(seen)
        if seen.engine is Engine.CRIO:
            return _of_crio(seen, annotations)
        return _of_cri(seen, annotations) if _CRI + "container-type" in annotations else seen

    def _of_storage(self, seen: Description, storage: str, user: int | None) -> Description:
        row = self._row(f"{storage}/overlay-containers/containers.json", seen.full_id, user)
        told = parse_object(text(row, "metadata") or "{}")
        image_id, image = text(row, "image"), text(told, "image-name")
        repo, tag = split_image(image)
        of_image = self._row(f"{storage}/overlay-images/images.json", image_id, user)
        labels: dict[str, str] = {}
        if re.fullmatch(r"[0-9a-f]{64}", image_id):
            # An image's configuration is kept under its digest, written in base64.
            named = "=" + base64.b64encode(f"sha256:{image_id}".encode()).decode()
            config = self._read(f"{storage}/overlay-images/{image_id}/{named}", user)
            labels = pairs(parse_object(config), "config", "Labels") if config else {}
        return replace(
            seen,
            name=next(iter(texts(row, "names")), "") or seen.name,
            image=image,
            image_id=image_id,
            image_repo=repo,
            image_tag=tag,
            image_digest=text(of_image, "digest"),
            labels=labels,
        )

    def _row(self, path: str, row_id: str, user: int | None) -> dict[str, Any]:
        # The storage's tables, read again where they changed.
        try:
            now = os.stat(path)
        except OSError:
            return {}
        key = (now.st_mtime_ns, now.st_size)
        known = self._storage.get(path)
        if known is None or known[0] != key:
            data = self._read(path, user, MAX_STORAGE)
            rows = parse(data) if data else []
            if not isinstance(rows, list):
                raise AnswerError(f"{path}: a list was expected")
            known = (key, {r["id"]: r for r in rows if isinstance(r, dict) and isinstance(r.get("id"), str)})
            if len(self._storage) > 16:
                self._storage.clear()
            self._storage[path] = known
        return mapping(known[1].get(row_id))

    def _of_docker(self, seen: Description) -> Description:
        data = self._read(f"{self._root}{DOCKER}/{seen.full_id}/config.v2.json")
        if data is None:
            return seen
        row = parse_object(data)
        image = text(row, "Config", "Image")
        repo, tag = split_image(image)
        mounts = mapping(row, "MountPoints").values()
        labels = pairs(row, "Config", "Labels")
        check = healthcheck(mapping(row, "Config"), docker.SHELL)
        name = text(row, "Name").removeprefix("/")
        return replace(
            seen,
            name=name,
            image=image,
            image_id=text(row, "Image").removeprefix("sha256:"),
            image_repo=repo,
            image_tag=tag,
            user=text(row, "Config", "User"),
            labels=labels,
            mounts=docker.read_mounts({"Mounts": list(mounts)}) or seen.mounts,
            probes=(check,) if check else (),
            is_pod_sandbox="k8s_POD" in name,
            created_ns=moment_ns(row, "Created") or seen.created_ns,
            started_ns=moment_ns(row, "State", "StartedAt") or seen.started_ns,
        )


def read_file(path: str, most: int, user: int | None = None) -> bytes | None:
    """A regular file's bytes, of `user` where one is given; None where it cannot be read, or is longer than `most`."""
    try:
        # O_NONBLOCK: somebody may have put a pipe there.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError):
        return None
    try:
        seen = os.fstat(fd)
        if not stat.S_ISREG(seen.st_mode) or (user is not None and seen.st_uid != user):
            return None
        data = b""
        while len(data) <= most and (part := os.read(fd, most + 1 - len(data))):
            data += part
    except OSError:
        return None
    finally:
        os.close(fd)
    return data if len(data) <= most else None


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))[:MAX_FOLDERS]
    except (OSError, ValueError):
        return []


def _engine(annotations: Mapping[str, str], bundle: str) -> Engine:
    # podman writes some of CRI-O's annotations, so its own is looked for first.
    if annotations.get("io.container.manager") == "libpod":
        return Engine.PODMAN
    if _CRIO + "ContainerType" in annotations or annotations.get("io.container.manager") == "cri-o":
        return Engine.CRIO
    if "/moby/" in bundle:
        return Engine.DOCKER
    if _CRI + "container-type" in annotations or "io.containerd.runtime" in bundle:
        return Engine.CONTAINERD
    return Engine.UNKNOWN


def _of_cri(seen: Description, annotations: Mapping[str, str]) -> Description:
    image = annotations.get(_CRI + "image-name", "")
    repo, tag = split_image(image)
    pod_id = annotations.get(_CRI + "sandbox-id", "") or seen.full_id
    sandbox = annotations[_CRI + "container-type"] == "sandbox"
    return replace(
        seen,
        name=annotations.get(_CRI + ("sandbox-name" if sandbox else "container-name"), "") or seen.name,
        image="" if sandbox else image,
        image_repo="" if sandbox else repo,
        image_tag="" if sandbox else tag,
        labels={
            SANDBOX_ID: pod_id,
            POD_UID: annotations.get(_CRI + "sandbox-uid", ""),
            POD_NAME: annotations.get(_CRI + "sandbox-name", ""),
            POD_NAMESPACE: annotations.get(_CRI + "sandbox-namespace", ""),
        },
        pod_sandbox_id=pod_id,
        is_pod_sandbox=sandbox,
    )


def _of_crio(seen: Description, annotations: Mapping[str, str]) -> Description:
    image = annotations.get(_CRIO + "ImageName", "") or annotations.get(_CRIO + "Image", "")
    repo, tag = split_image(image)
    labels = pairs(parse(annotations.get(_CRIO + "Labels", "null")))
    own = pairs(parse(annotations.get(_CRIO + "Annotations", "null")))
    pod_id = annotations.get(_CRIO + "SandboxID", "") or seen.full_id
    sandbox = annotations.get(_CRIO + "ContainerType") == "sandbox"
    named = mapping(parse(annotations.get(_CRIO + "Metadata", "null")))
    name = labels.get(CONTAINER_NAME) or text(named, "name") or seen.name
    return replace(
        seen,
        name=name,
        image="" if sandbox else image,
        image_repo="" if sandbox else repo,
        image_tag="" if sandbox else tag,
        labels=labels | {SANDBOX_ID: pod_id},
        probes=manifest_probes(own, name),
        ip=annotations.get(_CRIO + "IP.0", ""),
        cni_json=annotations.get(_CRIO + "CNIResult", ""),
        pod_sandbox_id=pod_id,
        is_pod_sandbox=sandbox,
    )
