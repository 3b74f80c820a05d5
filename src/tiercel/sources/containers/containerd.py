"""containerd's own API: containers that neither Docker nor Kubernetes asked for (`ctr`, nerdctl), and its events.

A container lies in a namespace of containerd (k8s.io, moby, default, ...), which each call names in its metadata.
What it is is told by its OCI specification.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from tiercel.sources.containers import cri_tables as t
from tiercel.sources.containers import grpc, oci
from tiercel.sources.containers.answers import AnswerError, mapping, number, pairs, parse_object, text, texts
from tiercel.sources.containers.description import SHORT_ID, Description, split_image
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.protobuf import Field, Table, decode, encode
from tiercel.sources.containers.runtime import Happening, Notice, Session

MAX_ANSWER = 4 << 20
MAX_LIST = 32 << 20
MAX_NAMESPACES = 64
OTHERS = frozenset({"moby", "k8s.io"})  # whose containers Docker and the CRI plugin tell better

_TOPICS: dict[str, tuple[Happening, Table]] = {
    "/tasks/start": (Happening.STARTED, t.TASK_START),
    "/tasks/exit": (Happening.STOPPED, t.TASK_EXIT),
    "/tasks/exec-started": (Happening.EXEC, t.TASK_EXEC),
    "/containers/delete": (Happening.REMOVED, t.CONTAINER_DELETE),
}


class Containerd:
    """containerd behind the socket `path`; each call has `seconds`."""

    engine = Engine.CONTAINERD

    def __init__(self, path: str, seconds: float = 2.0, with_size: bool = False) -> None:
        self._path = path
        self._seconds = seconds
        self._with_size = with_size

    async def find(self, container_id: str) -> Description | None:
        for namespace in await self._namespaces():
            container = await self._container(namespace, container_id)
            if container is not None:
                return await self._describe(namespace, container)
        return None

    async def running(self) -> list[str]:
        ids = []
        for namespace in await self._namespaces():
            if namespace not in OTHERS:
                tasks = await self._call(
                    t.TASKS_SERVICE + "List", t.FILTERS, {}, t.TASK_LIST, namespace, MAX_LIST
                )
                ids += [
                    p.get("container_id") or p.get("id", "")
                    for p in tasks["tasks"]
                    if p.get("status") == t.TASK_RUNNING
                ]
        return ids

    async def notices(self) -> AsyncGenerator[Notice, None]:
        ask = encode(t.FILTERS, {"filters": [f'topic=="{topic}"' for topic in _TOPICS]})
        async with aclosing(
            grpc.stream(self._path, t.EVENTS_SERVICE + "Subscribe", ask, MAX_ANSWER)
        ) as events:
            async for data in events:
                notice = read_notice(decode(t.ENVELOPE, data))
                if notice is not None:
                    yield notice

    async def session(self, full_id: str, exec_id: str) -> Session | None:
        return None  # its event says all that is known

    async def _namespaces(self) -> list[str]:
        listed = await self._call(t.NAMESPACES_SERVICE + "List", t.NAMED, {}, t.NAMESPACE_LIST)
        names = [n.get("name", "") for n in listed["namespaces"]]
        return [n for n in names if re.fullmatch(r"[A-Za-z0-9._-]{1,76}", n)][:MAX_NAMESPACES]

    async def _container(self, namespace: str, container_id: str) -> dict[str, Any] | None:
        # Get wants the whole id. What may be the beginning of one is asked for by a filter besides.
        try:
            ask = {"id": container_id}
            answer = await self._call(
                t.CONTAINERS_SERVICE + "Get", t.ID, ask, t.CONTAINERD_GET, namespace, MAX_ANSWER
            )
            container = mapping(answer, "container")
            if text(container, "id") != container_id:
                raise AnswerError(f"{self._path}: another container")
            return container
        except grpc.CallError as e:
            if e.code != grpc.NOT_FOUND:
                raise
        if re.fullmatch(r"[0-9a-f]{12}", container_id) is None:
            return None
        table: Table = {1: Field("containers", "message", t.CONTAINERD_CONTAINER, many=True)}
        by_id = {"filters": [f"id~=^{container_id}"]}
        listed = await self._call(t.CONTAINERS_SERVICE + "List", t.FILTERS, by_id, table, namespace, MAX_LIST)
        return next((c for c in listed["containers"] if c.get("id", "").startswith(container_id)), None)

    async def _describe(self, namespace: str, container: Mapping[str, Any]) -> Description:
        full_id, image = text(container, "id"), text(container, "image")
        target: Mapping[str, Any] = {}
        pid = 0
        try:
            if image:
                seen = await self._call(
                    t.IMAGES_SERVICE + "Get", t.NAMED, {"name": image}, t.IMAGE_GET, namespace
                )
                target = mapping(seen, "image", "target")
        except grpc.CallError:
            pass  # an image may be removed while its containers run
        try:
            task = await self._call(
                t.TASKS_SERVICE + "Get", t.TASK_ASK, {"container_id": full_id}, t.TASK, namespace
            )
            pid = number(task, "process", "pid")
        except grpc.CallError:
            pass  # it does not run
        size = number(target, "size") if self._with_size else -1
        return describe(namespace, container, text(target, "digest"), pid, size)

    async def _call(
        self,
        method: str,
        ask: Table,
        message: Mapping[str, Any],
        table: Table,
        namespace: str = "default",
        most: int = MAX_ANSWER,
    ) -> dict[str, Any]:
        metadata = [("containerd-namespace", namespace)]
        data = await grpc.call(self._path, method, encode(ask, message), self._seconds, most, metadata)
        return decode(table, data)


def read_notice(envelope: Mapping[str, Any]) -> Notice | None:
    """An event of the stream; None where it is none of a container's first process, nor of an exec."""
    known = _TOPICS.get(text(envelope, "topic"))
    if known is None:
        return None
    happening, table = known
    event = decode(table, mapping(envelope, "event").get("value", b""))
    full_id = event.get("container_id", "") or (event.get("id", "") if happening is Happening.REMOVED else "")
    if not full_id or (happening is Happening.STOPPED and event.get("id", full_id) != full_id):
        return None  # the end of an exec
    moment = mapping(envelope, "timestamp")
    return Notice(
        happening,
        full_id,
        number(moment, "seconds") * 1_000_000_000 + number(moment, "nanos"),
        pid=event.get("pid", 0),
        exec_id=event.get("exec_id", ""),
        exit_code=event.get("exit_status", 0) if happening is Happening.STOPPED else None,
    )


def describe(
    namespace: str, container: Mapping[str, Any], digest: str, pid: int, size_bytes: int
) -> Description:
    """From containerd's row of a container. Raises AnswerError."""
    spec = parse_object(mapping(container, "spec").get("value", b"{}") or b"{}")
    full_id = text(container, "id")
    labels = pairs(container, "labels")
    annotations = pairs(spec, "annotations")
    repo, tag = split_image(text(container, "image"))
    created = mapping(container, "created_at")
    return Description(
        engine=Engine.DOCKER if namespace == "moby" else Engine.CONTAINERD,
        full_id=full_id,
        name=labels.get("nerdctl/name") or full_id[:SHORT_ID],
        image=text(container, "image"),
        image_repo=repo,
        image_tag=tag,
        image_digest=digest,
        user=str(number(spec, "process", "user", "uid")),
        env=texts(spec, "process", "env"),
        labels=labels,
        mounts=oci.read_mounts(spec),
        privileged=oci.is_privileged(spec),
        pod_sandbox_id=text(container, "sandbox") or annotations.get("io.kubernetes.cri.sandbox-id", ""),
        is_pod_sandbox=labels.get("io.cri-containerd.kind") == "sandbox",
        limits=oci.read_limits(spec),
        size_bytes=size_bytes,
        created_ns=max(0, number(created, "seconds") * 1_000_000_000 + number(created, "nanos")),
        pid=pid,
        shared=oci.read_shared(spec),
    )
