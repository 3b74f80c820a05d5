"""What is known of a container, whichever runtime told it, and the document that Falco's `container` event carries.

Builders (`podman`, `docker`, `cri`, `containerd`, `bundles`) make a `Description`; `Description.document` writes it
as the JSON of Falco's container plugin (0.7), which `tiercel.events.container_rows` reads, and a recording keeps.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tiercel.sources.containers.engines import Engine
from tiercel.sources.containers.probes import Probe

SHORT_ID = 12  # characters of an id in `container.id`
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")  # what any runtime takes for one
CPU_PERIOD = 100_000  # what Falco tells where the runtime has no other
CPU_SHARES = 1_024
MAX_DOCUMENT = 1 << 20  # bytes; what makes it longer is left out, environment first
MAX_CNI = 4_096  # characters of cni_json


@dataclass(frozen=True, slots=True)
class Mount:
    source: str
    destination: str
    mode: str = ""
    writable: bool = False
    propagation: str = ""


@dataclass(frozen=True, slots=True)
class Port:
    host_ip: int  # IPv4 as a number, the first octet highest
    host_port: int
    container_port: int


@dataclass(frozen=True, slots=True)
class Shared:
    """Which namespaces of the host it is in."""

    pid: bool = False
    network: bool = False
    ipc: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """CPU in microseconds and shares, memory in bytes; `cpus` is the number of CPUs that it is bound to, 0 for all."""

    cpu_period: int = CPU_PERIOD
    cpu_quota: int = 0
    cpu_shares: int = CPU_SHARES
    cpus: int = 0
    memory: int = 0
    swap: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A container. Empty texts and zeros are what the runtime did not tell; `size_bytes` is -1 then."""

    engine: Engine
    full_id: str
    name: str = ""
    image: str = ""
    image_id: str = ""
    image_repo: str = ""
    image_tag: str = ""
    image_digest: str = ""
    user: str = ""
    env: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    ports: tuple[Port, ...] = ()
    probes: tuple[Probe, ...] = ()
    ip: str = ""
    privileged: bool = False
    shared: Shared = Shared()
    pod_sandbox_id: str = ""
    pod_sandbox_labels: Mapping[str, str] = field(default_factory=dict)
    is_pod_sandbox: bool = False
    cni_json: str = ""
    limits: Limits = Limits()
    size_bytes: int = -1
    created_ns: int = 0
    # Evidence that Falco's document has no place for.
    pid: int = 0  # of the first process, in the pid namespace of the runtime
    started_ns: int = 0
    pod: str = ""  # id of the pod that a runtime without Kubernetes keeps (podman)
    execs: tuple[str, ...] = ()  # ids of the sessions that run in it

    @property
    def id(self) -> str:
        return self.full_id[:SHORT_ID]

    def document(self, label_max_len: int = 100) -> bytes:
        """The JSON as Falco's plugin writes it: one object, UTF-8, no NUL at the end.

        Labels with values longer than `label_max_len` bytes are left out, as Falco leaves them out.
        """
        container: dict[str, object] = {
            "type": int(self.engine),
            "id": self.id,
            "name": self.name,
            "image": self.image,
            "imagedigest": self.image_digest,
            "imageid": self.image_id,
            "imagerepo": self.image_repo,
            "imagetag": self.image_tag,
            "User": self.user,
            "cni_json": self.cni_json[:MAX_CNI],
            "cpu_period": self.limits.cpu_period,
            "cpu_quota": self.limits.cpu_quota,
            "cpu_shares": self.limits.cpu_shares,
            "cpuset_cpu_count": self.limits.cpus,
            "created_time": self.created_ns // 1_000_000_000,
            "env": list(self.env),
            "full_id": self.full_id,
            "host_ipc": self.shared.ipc,
            "host_network": self.shared.network,
            "host_pid": self.shared.pid,
            "ip": self.ip,
            "size": self.size_bytes,
            "is_pod_sandbox": self.is_pod_sandbox,
            "labels": _short(self.labels, label_max_len),
            "memory_limit": self.limits.memory,
            "swap_limit": self.limits.swap,
            "pod_sandbox_id": self.pod_sandbox_id,
            "privileged": self.privileged,
            "pod_sandbox_labels": _short(self.pod_sandbox_labels, label_max_len),
            "port_mappings": [
                {"HostIp": p.host_ip, "HostPort": p.host_port, "ContainerPort": p.container_port}
                for p in self.ports
            ],
            "Mounts": [
                {
                    "Source": m.source,
                    "Destination": m.destination,
                    "Mode": m.mode,
                    "RW": m.writable,
                    "Propagation": m.propagation,
                }
                for m in self.mounts
            ],
        }
        for probe in self.probes:
            container[probe.kind] = {"exe": probe.exe, "args": list(probe.args)}
        data = _dump(container)
        for name in ("env", "labels", "pod_sandbox_labels", "Mounts", "port_mappings"):
            if len(data) <= MAX_DOCUMENT:
                break
            container[name] = type(container[name])()
            data = _dump(container)
        return data


def _dump(container: dict[str, object]) -> bytes:
    return json.dumps({"container": container}, ensure_ascii=False, separators=(",", ":")).encode()


def _short(labels: Mapping[str, str], most: int) -> dict[str, str]:
    return {k: labels[k] for k in sorted(labels) if len(labels[k].encode()) <= most}


def split_image(image: str) -> tuple[str, str]:
    """Repository and tag of an image's name; a digest behind "@" belongs to neither.

    The tag is what follows the last colon, unless that colon belongs to a registry's port.
    """
    image = image.partition("@")[0]
    repo, colon, tag = image.rpartition(":")
    if not colon or "/" in tag:
        return image, ""
    return repo, tag


def count_cpus(cpuset: str) -> int:
    """How many CPUs a list like "1-4,7" names; 0 where it is none. A single word counts as one, as with Falco."""
    count = 0
    for part in cpuset.split(",") if cpuset else ():
        bounds = part.split("-")
        if len(bounds) == 1:
            count += 1
        elif len(bounds) == 2 and all(b.isascii() and b.isdigit() and len(b) < 10 for b in bounds):
            count += int(bounds[1]) - int(bounds[0]) + 1
        else:
            return 0
    return count


def published_port(host_ip: str, host_port: str, container_port: str) -> Port | None:
    """A port of the host that leads to one of the container; None where it is not IPv4 or no port."""
    try:
        port = Port(int(ipaddress.IPv4Address(host_ip)), int(host_port), int(container_port))
    except ValueError:
        return None
    return port if 0 <= port.host_port < 65_536 and 0 <= port.container_port < 65_536 else None
