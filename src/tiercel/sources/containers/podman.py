"""Podman's API (libpod, version 4 and newer). Where systemd holds the socket, the first request starts the service."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import quote

from tiercel.sources.containers import docker, unix_http
from tiercel.sources.containers.answers import (
    RefusedError,
    at,
    flag,
    mapping,
    moment_ns,
    number,
    pairs,
    parse_object,
    text,
    texts,
)
from tiercel.sources.containers.description import Description, split_image
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.probes import healthcheck, manifest_probes
from tiercel.sources.containers.runtime import Happening, Notice, Session

OLDEST = "4.0.0"  # version of the API that is asked for; each newer podman answers it
SHELL = ("sh", "-c")  # podman runs a health check given as one text so

HAPPENINGS = {
    "start": Happening.STARTED,
    "died": Happening.STOPPED,
    "remove": Happening.REMOVED,
    "rename": Happening.CHANGED,
    "exec": Happening.EXEC,
}


class Podman:
    """Podman behind the socket `path`; each request has `seconds`."""

    engine = Engine.PODMAN

    def __init__(self, path: str, seconds: float = 2.0, with_size: bool = False) -> None:
        self._path = path
        self._seconds = seconds
        self._size = "true" if with_size else "false"
        self._version = OLDEST
        self._seen_sessions: set[str] = set()

    async def find(self, container_id: str) -> Description | None:
        answer = await self._get(
            f"/containers/{quote(container_id, safe='')}/json?size={self._size}", docker.MAX_ANSWER
        )
        if answer is None:
            return None
        seen = parse_object(answer)
        return describe(seen) if docker.is_asked_for(seen, container_id) else None

    async def running(self) -> list[str]:
        answer = await self._get("/containers/json", docker.MAX_LIST)
        return [text(row, "Id") for row in docker.as_list(answer)]

    async def notices(self) -> AsyncGenerator[Notice, None]:
        target = f"/v{self._version}/libpod/events?stream=true&" + docker.event_filter(HAPPENINGS)
        async with aclosing(unix_http.lines(self._path, target, self._seconds)) as stream:
            async for line in stream:
                notice = docker.read_notice(parse_object(line), HAPPENINGS)
                if notice is not None:
                    yield notice

    async def session(self, full_id: str, exec_id: str) -> Session | None:
        # The event of an exec does not say which it is: one that was not there before.
        if not exec_id:
            answer = await self._get(f"/containers/{quote(full_id, safe='')}/json", docker.MAX_ANSWER)
            ids = texts(parse_object(answer), "ExecIDs") if answer else ()
            fresh = [i for i in ids if i not in self._seen_sessions]
            if not fresh:
                return None
            exec_id = fresh[-1]
            if len(self._seen_sessions) > 4096:
                self._seen_sessions.clear()
            self._seen_sessions.update(fresh)
        answer = await self._get(f"/exec/{quote(exec_id, safe='')}/json", docker.MAX_ANSWER)
        return None if answer is None else docker.read_session(parse_object(answer), exec_id)

    async def _get(self, target: str, most: int) -> bytes | None:
        answer = await unix_http.get(self._path, f"/v{self._version}/libpod{target}", self._seconds, most)
        if answer.status == 400 and self._version == OLDEST:
            # Should one come that answers version 4 no more: the version that it has itself.
            own = re.match(r"(\d{1,3}\.\d{1,3}\.\d{1,3})", answer.headers.get("libpod-api-version", ""))
            if own:
                self._version = own[1]
                return await self._get(target, most)
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise RefusedError(f"{self._path}: status {answer.status} to {target.partition('?')[0]}")
        return answer.body


def describe(seen: Mapping[str, Any]) -> Description:
    """From what inspecting a container gave. Raises AnswerError."""
    config = mapping(seen, "Config")
    host = mapping(seen, "HostConfig")
    name = text(seen, "Name").removeprefix("/")
    image = text(seen, "ImageName")
    repo, tag = split_image(image)
    check = healthcheck(config, SHELL)
    annotations = pairs(config, "Annotations")
    return Description(
        engine=Engine.PODMAN,
        full_id=text(seen, "Id"),
        name=name,
        image=image,
        image_id=text(seen, "Image"),
        image_repo=repo,
        image_tag=tag,
        image_digest=text(seen, "ImageDigest"),
        user=text(config, "User"),
        env=texts(config, "Env"),
        labels=pairs(config, "Labels"),
        mounts=docker.read_mounts(seen),
        ports=docker.read_ports(seen),
        probes=((check,) if check else ()) + manifest_probes(annotations, ""),
        ip=docker.address(seen),
        privileged=flag(host, "Privileged"),
        shared=docker.read_shared(host),
        is_pod_sandbox=flag(seen, "IsInfra") or "k8s_POD" in name,
        size_bytes=number(seen, "SizeRw") if at(seen, "SizeRw") is not None else -1,
        created_ns=moment_ns(seen, "Created"),
        pid=number(seen, "State", "Pid"),
        started_ns=moment_ns(seen, "State", "StartedAt"),
        pod=text(seen, "Pod"),
        execs=texts(seen, "ExecIDs"),
        limits=docker.read_limits(host),
    )
