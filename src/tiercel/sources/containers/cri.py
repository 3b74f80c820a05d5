"""Kubernetes' Container Runtime Interface (runtime.v1): containerd with its CRI plugin, CRI-O, cri-dockerd.

A container is described by its own status and by that of the pod sandbox it lies in; `info`, which a runtime adds
when asked to be verbose, is JSON of its own making, from which pid, environment and privilege come.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from tiercel.sources.containers import cri_tables as t
from tiercel.sources.containers import grpc
from tiercel.sources.containers.answers import (
    AnswerError,
    at,
    flag,
    items,
    mapping,
    number,
    pairs,
    parse_object,
    text,
)
from tiercel.sources.containers.description import (
    CPU_PERIOD,
    CPU_SHARES,
    Description,
    Limits,
    Mount,
    Shared,
    count_cpus,
    split_image,
)
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.probes import CONTAINER_NAME, manifest_probes
from tiercel.sources.containers.protobuf import Table, decode, encode
from tiercel.sources.containers.runtime import Happening, Notice, Session

MAX_ANSWER = 4 << 20  # bytes about one container
MAX_LIST = 32 << 20
POLL_SECONDS = 5.0  # between two looks at the list of a runtime that sends no events

ENGINES = {"containerd": Engine.CONTAINERD, "cri-o": Engine.CRIO}
HAPPENINGS = {
    t.EVENT_STARTED: Happening.STARTED,
    t.EVENT_STOPPED: Happening.STOPPED,
    t.EVENT_DELETED: Happening.REMOVED,
}
# What Kubernetes calls what a pod's labels do not tell.
SANDBOX_ID = "io.kubernetes.sandbox.id"
POD_UID, POD_NAME, POD_NAMESPACE = (
    "io.kubernetes.pod.uid",
    "io.kubernetes.pod.name",
    "io.kubernetes.pod.namespace",
)


class Cri:
    """A CRI runtime behind the socket `path`; each call has `seconds`."""

    engine = Engine.CRI

    def __init__(
        self, path: str, seconds: float = 2.0, with_size: bool = False, poll_seconds: float = POLL_SECONDS
    ) -> None:
        self._path = path
        self._seconds = seconds
        self._with_size = with_size
        self._poll_seconds = poll_seconds
        self._own: Engine | None = None

    async def find(self, container_id: str) -> Description | None:
        own = await self._engine()
        by_id = {"filter": {"id": container_id}}
        listed = await self._call("ListContainers", t.LIST_ASK, by_id, t.LIST, MAX_LIST)
        for row in listed["containers"]:
            if row.get("id", "").startswith(container_id):
                return await self._container(own, row["id"], row.get("pod_sandbox_id", ""))
        listed = await self._call("ListPodSandbox", t.LIST_ASK, by_id, t.POD_LIST, MAX_LIST)
        for row in listed["items"]:
            if row.get("id", "").startswith(container_id):
                pod = await self._pod(row["id"])
                return None if pod is None else describe_sandbox(own, *pod)
        return None

    async def running(self) -> list[str]:
        ask: dict[str, Any] = {"filter": {"state": {"state": t.RUNNING}}}
        listed = await self._call("ListContainers", t.LIST_ASK, ask, t.LIST, MAX_LIST)
        ids = [c.get("id", "") for c in listed["containers"] if c.get("state") == t.RUNNING]
        ask = {"filter": {"state": {"state": t.POD_READY}}}
        listed = await self._call("ListPodSandbox", t.LIST_ASK, ask, t.POD_LIST, MAX_LIST)
        return ids + [p.get("id", "") for p in listed["items"] if p.get("state", 0) == t.POD_READY]

    async def notices(self) -> AsyncGenerator[Notice, None]:
        try:
            method = t.RUNTIME + "GetContainerEvents"
            async with aclosing(grpc.stream(self._path, method, b"", MAX_ANSWER)) as events:
                async for data in events:
                    event = decode(t.EVENT, data)
                    happening = HAPPENINGS.get(event.get("type", 0))
                    if happening is not None and event.get("container_id"):
                        yield Notice(happening, event["container_id"], event.get("created_at", 0))
            return
        except grpc.CallError:
            pass  # older than 1.26, or told not to send any
        seen = set(await self.running())
        while True:
            await asyncio.sleep(self._poll_seconds)
            now = set(await self.running())
            at_ns = time.time_ns()
            for full_id in sorted(now - seen):
                yield Notice(Happening.STARTED, full_id, at_ns)
            for full_id in sorted(seen - now):
                yield Notice(Happening.STOPPED, full_id, at_ns)
            seen = now

    async def session(self, full_id: str, exec_id: str) -> Session | None:
        return None  # CRI does not tell

    async def _engine(self) -> Engine:
        if self._own is None:
            version = await self._call("Version", t.VERSION_ASK, {"version": "v1"}, t.VERSION)
            self._own = ENGINES.get(version.get("runtime_name", ""), Engine.CRI)
        return self._own

    async def _container(self, own: Engine, full_id: str, pod_id: str) -> Description | None:
        ask = {"container_id": full_id, "verbose": True}
        try:
            answer = await self._call("ContainerStatus", t.STATUS_ASK, ask, t.STATUS)
        except grpc.CallError as e:
            if e.code == grpc.NOT_FOUND:
                return None
            raise
        if text(answer, "status", "id") != full_id:
            raise AnswerError(f"{self._path}: the status of another container")
        size = -1
        if self._with_size:
            stats = await self._call("ContainerStats", t.STATS_ASK, {"container_id": full_id}, t.STATS)
            size = number(stats, "stats", "writable_layer", "used_bytes", "value")
        pod = await self._pod(pod_id) if pod_id else None
        return describe(own, mapping(answer, "status"), answer["info"], pod or ({}, {}), size)

    async def _pod(self, pod_id: str) -> tuple[dict[str, Any], dict[str, str]] | None:
        try:
            ask = {"pod_sandbox_id": pod_id, "verbose": True}
            answer = await self._call("PodSandboxStatus", t.POD_ASK, ask, t.POD_ANSWER)
        except grpc.CallError:
            return None  # it is gone; what the container itself tells is enough
        return mapping(answer, "status"), answer["info"]

    async def _call(
        self, method: str, ask: Table, message: Mapping[str, Any], table: Table, most: int = MAX_ANSWER
    ) -> dict[str, Any]:
        data = await grpc.call(self._path, t.RUNTIME + method, encode(ask, message), self._seconds, most)
        return decode(table, data)


def describe(
    own: Engine,
    status: Mapping[str, Any],
    info: Mapping[str, str],
    pod: tuple[Mapping[str, Any], Mapping[str, str]],
    size_bytes: int = -1,
) -> Description:
    """From the status of a container and of its pod, each with its `info`. Raises AnswerError."""
    more = _info(info)
    sandbox, sandbox_info = pod
    full_id = text(status, "id")
    pod_id = text(sandbox, "id") or text(more, "sandboxID") or full_id
    name = text(status, "metadata", "name")
    labels = pairs(status, "labels") | pod_labels(sandbox, pod_id)
    image, repo, tag, digest = image_names(status, pairs(more, "runtimeSpec", "annotations"))
    annotations = pairs(status, "annotations") | pairs(sandbox, "annotations")
    return Description(
        engine=own,
        full_id=full_id,
        name=name,
        image=image,
        image_id=_image_id(more) or text(status, "image_id"),
        image_repo=repo,
        image_tag=tag,
        image_digest=digest,
        user=str(number(status, "user", "linux", "uid")),
        env=tuple(text(e, "key") + "=" + text(e, "value") for e in items(more, "config", "envs")),
        labels=labels,
        mounts=tuple(
            Mount(
                text(m, "host_path"),
                text(m, "container_path"),
                "",
                not flag(m, "readonly"),
                t.PROPAGATIONS.get(number(m, "propagation"), "unknown"),
            )
            for m in items(status, "mounts")
        ),
        probes=manifest_probes(annotations | labels, labels.get(CONTAINER_NAME) or name),
        ip=text(sandbox, "network", "ip"),
        privileged=is_privileged(more),
        pod_sandbox_id=pod_id,
        pod_sandbox_labels=pairs(sandbox, "labels"),
        cni_json=cni(sandbox_info),
        limits=_limits(status),
        size_bytes=size_bytes,
        created_ns=max(0, number(status, "created_at")),
        pid=number(more, "pid"),
        started_ns=max(0, number(status, "started_at")),
        shared=_shared(sandbox),
    )


def describe_sandbox(own: Engine, sandbox: Mapping[str, Any], info: Mapping[str, str]) -> Description:
    """The container that holds a pod's namespaces, and does nothing."""
    more = _info(info)
    full_id = text(sandbox, "id")
    return Description(
        engine=own,
        full_id=full_id,
        name=text(sandbox, "metadata", "name"),
        labels=pairs(sandbox, "labels") | pod_labels(sandbox, full_id),
        ip=text(sandbox, "network", "ip"),
        pod_sandbox_id=full_id,
        pod_sandbox_labels=pairs(sandbox, "labels"),
        is_pod_sandbox=True,
        cni_json=cni(info),
        created_ns=max(0, number(sandbox, "created_at")),
        pid=number(more, "pid"),
        started_ns=max(0, number(sandbox, "created_at")),
        shared=_shared(sandbox),
    )


def pod_labels(sandbox: Mapping[str, Any], pod_id: str) -> dict[str, str]:
    """The labels by which `k8s.pod.*` and `k8s.ns.name` are read."""
    labels = {SANDBOX_ID: pod_id}
    if mapping(sandbox, "metadata"):
        labels |= {
            POD_UID: text(sandbox, "metadata", "uid"),
            POD_NAME: text(sandbox, "metadata", "name"),
            POD_NAMESPACE: text(sandbox, "metadata", "namespace"),
        }
    return labels


def image_names(status: Mapping[str, Any], annotations: Mapping[str, str]) -> tuple[str, str, str, str]:
    """Image, repository, tag and digest. The reference is "sha256:..." alone, or "host/image@sha256:..."."""
    image = text(status, "image", "image")
    reference = text(status, "image_ref")
    digest = tag_of = ""
    start = reference.find("sha256:")
    if start == 0:
        digest = reference
    elif start > 0 and reference[start - 1] == "@":
        tag_of, image, digest = image, reference[: start - 1], reference[start:]
    if not image or image.startswith("sha256"):
        keys = ("io.kubernetes.cri.image-name", "io.kubernetes.cri-o.Image", "io.kubernetes.cri-o.ImageName")
        key = next((k for k in keys if k in annotations), None)
        if key is not None:
            image, tag_of = annotations[key], ""
    repo, tag = split_image(image)
    of_tag = split_image(tag_of)[1] if not tag_of.startswith("sha256") else ""
    if of_tag:
        tag = of_tag
        image += ":" + of_tag
    return image, repo, tag, digest


def is_privileged(more: Mapping[str, Any]) -> bool:
    """As the first place says that says it; runtimes differ in where."""
    places = (
        ("runtimeSpec", "linux", "security_context", "privileged"),
        ("config", "linux", "security_context", "privileged"),
        ("privileged",),
    )
    return next((flag(more, *p) for p in places if at(more, *p) is not None), False)


def cni(sandbox_info: Mapping[str, str]) -> str:
    """The pod's network interfaces as JSON, without loopback; as CRI-O wrote them where it did."""
    more = _info(sandbox_info)
    interfaces = mapping(more, "cniResult").get("Interfaces", mapping(more, "cniResult").get("interfaces"))
    if interfaces is None:
        return pairs(more, "runtimeSpec", "annotations").get("io.kubernetes.cri-o.CNIResult", "")
    if isinstance(interfaces, dict):  # containerd: by name
        kept: Any = {k: v for k, v in interfaces.items() if k not in ("lo", "veth")}
    else:
        kept = [i for i in items(interfaces) if text(i, "name") not in ("lo", "veth")]
    return json.dumps(kept, separators=(",", ":"))


def _image_id(more: Mapping[str, Any]) -> str:
    # A kubelet asks for images by their ids.
    image = text(more, "config", "image", "image")
    return image.removeprefix("sha256:") if image.startswith("sha256:") else ""


def _info(info: Mapping[str, str]) -> dict[str, Any]:
    # It is the runtime's own; what cannot be read is as if it were not there.
    try:
        return parse_object(info["info"]) if "info" in info else {}
    except AnswerError:
        return {}


def _limits(status: Mapping[str, Any]) -> Limits:
    linux = mapping(status, "resources", "linux")
    return Limits(
        max(0, number(linux, "cpu_period")) or CPU_PERIOD,
        number(linux, "cpu_quota"),
        max(0, number(linux, "cpu_shares")) or CPU_SHARES,
        count_cpus(text(linux, "cpuset_cpus")),
        number(linux, "memory_limit"),
        number(linux, "swap_limit"),
    )


def _shared(sandbox: Mapping[str, Any]) -> Shared:
    options = mapping(sandbox, "linux", "namespaces", "options")
    return Shared(*(number(options, name) == t.OF_THE_NODE for name in ("pid", "network", "ipc")))
