"""Docker's API (1.24 and newer): what `docker inspect` shows, and the stream of `docker events`."""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.parse import quote, urlencode

from tiercel.sources.containers import unix_http
from tiercel.sources.containers.answers import (
    AnswerError,
    RefusedError,
    at,
    flag,
    items,
    mapping,
    moment_ns,
    number,
    pairs,
    parse,
    parse_object,
    text,
    texts,
)
from tiercel.sources.containers.description import (
    CPU_PERIOD,
    CPU_SHARES,
    Description,
    Limits,
    Mount,
    Port,
    Shared,
    count_cpus,
    published_port,
    split_image,
)
from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.probes import CONTAINER_NAME, healthcheck, manifest_probes
from tiercel.sources.containers.runtime import Happening, Notice, Session

MAX_ANSWER = 4 << 20  # bytes about one container or image
MAX_LIST = 64 << 20
MAX_IMAGES = 256  # that are remembered
NEWEST = (1, 51)  # version of the API that is asked for, where the daemon has it
SHELL = ("/bin/sh", "-c")  # runs a health check given as one text

HAPPENINGS = {
    "start": Happening.STARTED,
    "die": Happening.STOPPED,
    "destroy": Happening.REMOVED,
    "rename": Happening.CHANGED,
    "update": Happening.CHANGED,
    "exec_start": Happening.EXEC,
}


class Docker:
    """Docker behind the socket `path`; each request has `seconds`."""

    engine = Engine.DOCKER

    def __init__(self, path: str, seconds: float = 2.0, with_size: bool = False) -> None:
        self._path = path
        self._seconds = seconds
        self._size = "1" if with_size else "0"
        self._version = ""
        self._images: OrderedDict[str, dict[str, Any]] = OrderedDict()

    async def find(self, container_id: str) -> Description | None:
        answer = await self._get(
            f"/containers/{quote(container_id, safe='')}/json?size={self._size}", MAX_ANSWER
        )
        if answer is None:
            return None
        seen = parse_object(answer)
        if not is_asked_for(seen, container_id):
            return None
        image = await self._image(text(seen, "Image"))
        return describe(seen, image, await self._borrowed_ip(seen))

    async def running(self) -> list[str]:
        answer = await self._get("/containers/json", MAX_LIST)
        return [text(row, "Id") for row in as_list(answer)]

    async def notices(self) -> AsyncGenerator[Notice, None]:
        target = await self._versioned("/events?" + event_filter(HAPPENINGS))
        async with aclosing(unix_http.lines(self._path, target, self._seconds)) as stream:
            async for line in stream:
                notice = read_notice(parse_object(line), HAPPENINGS)
                if notice is not None:
                    yield notice

    async def session(self, full_id: str, exec_id: str) -> Session | None:
        if not exec_id:
            return None
        answer = await self._get(f"/exec/{quote(exec_id, safe='')}/json", MAX_ANSWER)
        return None if answer is None else read_session(parse_object(answer), exec_id)

    async def _image(self, image_id: str) -> dict[str, Any]:
        # What it says of an image id never changes but for tags, and those are told with the container.
        if not image_id:
            return {}
        known = self._images.get(image_id)
        if known is None:
            answer = await self._get(f"/images/{quote(image_id, safe=':')}/json", MAX_ANSWER)
            seen = {} if answer is None else parse_object(answer)
            known = {k: seen.get(k) for k in ("Id", "RepoDigests", "RepoTags")}
            self._images[image_id] = known
            while len(self._images) > MAX_IMAGES:
                self._images.popitem(last=False)
        return known

    async def _borrowed_ip(self, seen: Mapping[str, Any]) -> str:
        kind, _, other = text(seen, "HostConfig", "NetworkMode").partition(":")
        if kind != "container" or not other:
            return ""
        answer = await self._get(f"/containers/{quote(other, safe='')}/json", MAX_ANSWER)
        return "" if answer is None else address(parse_object(answer))

    async def _get(self, target: str, most: int) -> bytes | None:
        for again in (True, False):
            answer = await unix_http.get(self._path, await self._versioned(target), self._seconds, most)
            if answer.status == 404:
                return None
            if answer.status == 200:
                return answer.body
            if answer.status == 400 and again:
                self._version = ""  # the daemon was changed for one of another version
                continue
            break
        raise RefusedError(f"{self._path}: status {answer.status} to {target.partition('?')[0]}")

    async def _versioned(self, target: str) -> str:
        # What was agreed on holds until the daemon refuses it.
        if not self._version:
            ping = await unix_http.get(self._path, "/_ping", self._seconds, MAX_ANSWER)
            self._version = agree(ping.headers.get("api-version", ""))
        return f"/v{self._version}{target}"


def agree(offered: str) -> str:
    """The version of the API to ask for: the newest that the daemon has, but none newer than is known here."""
    match = re.fullmatch(r"(\d{1,3})\.(\d{1,3})", offered)
    version = min((int(match[1]), int(match[2])), NEWEST) if match else (1, 24)
    return f"{version[0]}.{version[1]}"


async def speaks_podman(path: str, seconds: float) -> bool:
    """Whether podman answers at a socket that passes for Docker's."""
    return "libpod-api-version" in (await unix_http.get(path, "/_ping", seconds, MAX_ANSWER)).headers


def is_id(full_id: str, asked: str) -> bool:
    """Whether it is a whole id, and the one that was asked for."""
    return re.fullmatch(r"[0-9a-f]{64}", full_id) is not None and full_id.startswith(asked.lower())


def is_asked_for(seen: Mapping[str, Any], asked: str) -> bool:
    """Whether it is the container with that id, not one that is only called so: both engines find by name, too."""
    full_id = text(seen, "Id")
    if not is_id(full_id, ""):
        raise AnswerError("a container without an id")
    return is_id(full_id, asked)


def as_list(answer: bytes | None) -> list[Any]:
    return [] if answer is None else items(parse(answer))


def event_filter(happenings: Mapping[str, Happening]) -> str:
    return urlencode({"filters": json.dumps({"type": ["container"], "event": list(happenings)})})


def read_notice(event: Mapping[str, Any], happenings: Mapping[str, Happening]) -> Notice | None:
    """A line of the stream; None where it tells of something else. An exec's command stands behind a colon."""
    action, _, command = (text(event, "Action") or text(event, "status")).partition(": ")
    happening = happenings.get(action)
    full_id = text(event, "Actor", "ID") or text(event, "id")
    if happening is None or not is_id(full_id, ""):
        return None
    attributes = mapping(event, "Actor", "Attributes")
    code = attributes.get("exitCode", attributes.get("containerExitCode"))
    return Notice(
        happening,
        full_id,
        number(event, "timeNano") or number(event, "time") * 1_000_000_000,
        exec_id=text(attributes, "execID"),
        command=tuple(command.split(" ")) if command else (),
        exit_code=int(code) if isinstance(code, str) and re.fullmatch(r"-?\d{1,9}", code) else None,
    )


def read_session(seen: Mapping[str, Any], exec_id: str) -> Session:
    process = mapping(seen, "ProcessConfig")
    command = (text(process, "entrypoint"), *texts(process, "arguments"))
    return Session(exec_id, number(seen, "Pid"), command if command[0] else ())


def address(seen: Mapping[str, Any]) -> str:
    """The container's IPv4 address; API 1.52 has it only below Networks."""
    ip = text(seen, "NetworkSettings", "IPAddress")
    if ip:
        return ip
    for network in mapping(seen, "NetworkSettings", "Networks").values():
        ip = ip or text(network, "IPAddress")
    return ip


def read_mounts(seen: Mapping[str, Any]) -> tuple[Mount, ...]:
    return tuple(
        Mount(
            text(m, "Source"),
            text(m, "Destination"),
            text(m, "Mode"),
            flag(m, "RW"),
            text(m, "Propagation"),
        )
        for m in items(seen, "Mounts")
    )


def read_ports(seen: Mapping[str, Any]) -> tuple[Port, ...]:
    found = []
    for port, bindings in mapping(seen, "NetworkSettings", "Ports").items():
        number_, _, protocol = port.partition("/")
        if protocol not in ("tcp", ""):
            continue
        for binding in items(bindings):
            published = published_port(text(binding, "HostIp"), text(binding, "HostPort"), number_)
            if published is not None:
                found.append(published)
    return tuple(sorted(found, key=lambda p: (p.container_port, p.host_port, p.host_ip)))


def describe(seen: Mapping[str, Any], image: Mapping[str, Any], borrowed_ip: str = "") -> Description:
    """From what inspecting a container and its image gave. Raises AnswerError."""
    config = mapping(seen, "Config")
    host = mapping(seen, "HostConfig")
    name = text(seen, "Name").removeprefix("/")
    labels = pairs(config, "Labels")
    repo, tag, digest = _names(image)
    shell = texts(config, "Shell") or SHELL
    check = healthcheck(config, shell)
    return Description(
        engine=Engine.DOCKER,
        full_id=text(seen, "Id"),
        name=name,
        image=text(config, "Image"),
        image_id=text(image, "Id").removeprefix("sha256:"),
        image_repo=repo,
        image_tag=tag,
        image_digest=digest,
        user=text(config, "User"),
        env=texts(config, "Env"),
        labels=labels,
        mounts=read_mounts(seen),
        ports=read_ports(seen),
        probes=((check,) if check else ()) + manifest_probes(labels, labels.get(CONTAINER_NAME, "")),
        ip=address(seen) or borrowed_ip,
        privileged=flag(host, "Privileged"),
        shared=read_shared(host),
        is_pod_sandbox="k8s_POD" in name,
        size_bytes=number(seen, "SizeRw") if at(seen, "SizeRw") is not None else -1,
        created_ns=moment_ns(seen, "Created"),
        pid=number(seen, "State", "Pid"),
        started_ns=moment_ns(seen, "State", "StartedAt"),
        execs=texts(seen, "ExecIDs"),
        limits=read_limits(host),
    )


def read_shared(host: Mapping[str, Any]) -> Shared:
    """The host's namespaces of a HostConfig."""
    return Shared(*(text(host, name) == "host" for name in ("PidMode", "NetworkMode", "IpcMode")))


def read_limits(host: Mapping[str, Any]) -> Limits:
    """CPU and memory of a HostConfig."""
    return Limits(
        max(0, number(host, "CpuPeriod")) or CPU_PERIOD,
        number(host, "CpuQuota"),
        max(0, number(host, "CpuShares")) or CPU_SHARES,
        count_cpus(text(host, "CpusetCpus")),
        number(host, "Memory"),
        number(host, "MemorySwap"),
    )


def _names(image: Mapping[str, Any]) -> tuple[str, str, str]:
    # Repository, tag and digest: the first of each, a tag only of that repository.
    repo = tag = digest = ""
    for named in texts(image, "RepoDigests"):
        parts = named.split("@")
        if len(parts) == 2:
            repo, digest = parts
            break
    for named in texts(image, "RepoTags"):
        of, of_tag = split_image(named)
        if of and of_tag and (not repo or repo in named):
            repo, tag = repo or of, of_tag
            break
    return repo, tag, digest
