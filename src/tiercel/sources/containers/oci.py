"""What an OCI runtime specification (config.json of a bundle) tells of a container, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiercel.sources.containers.answers import at, items, mapping, number, text, texts
from tiercel.sources.containers.description import CPU_PERIOD, CPU_SHARES, Limits, Mount, Shared, count_cpus

_PROPAGATIONS = ("private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable")


def read_mounts(spec: Mapping[str, Any]) -> tuple[Mount, ...]:
    """All mounts, those that the runtime makes itself too, as Falco shows them of containerd."""
    root = text(spec, "linux", "rootfsPropagation")
    found = []
    for m in items(spec, "mounts"):
        options = texts(m, "options")
        mode = next((o.removeprefix("mode=") for o in options if o.startswith("mode=")), "")
        own = next((o for o in options if o in _PROPAGATIONS), root)
        found.append(Mount(text(m, "source"), text(m, "destination"), mode, "ro" not in options, own))
    return tuple(found)


def bound_mounts(spec: Mapping[str, Any]) -> tuple[Mount, ...]:
    """Only what comes in from outside: bind mounts."""
    kept = [
        text(m, "destination")
        for m in items(spec, "mounts")
        if text(m, "type") == "bind" or not {"bind", "rbind"}.isdisjoint(texts(m, "options"))
    ]
    return tuple(m for m in read_mounts(spec) if m.destination in kept)


def read_shared(spec: Mapping[str, Any]) -> Shared:
    """The host's namespaces: those that it has none of its own of."""
    own = {text(n, "type") for n in items(spec, "linux", "namespaces")}
    return Shared(*(name not in own for name in ("pid", "network", "ipc")))


def is_privileged(spec: Mapping[str, Any]) -> bool:
    """Nothing hidden or confined, no file system of the kernel read-only: no runtime says it in one word."""
    linux, process = mapping(spec, "linux"), mapping(spec, "process")
    if not linux or not process:
        return False
    hidden = items(linux, "maskedPaths") or items(linux, "readonlyPaths") or at(linux, "seccomp") is not None
    confined = text(process, "selinuxLabel") or text(process, "apparmorProfile") not in ("", "unconfined")
    if hidden or confined:
        return False
    return not any(
        text(m, "type") in ("sysfs", "cgroup") and "ro" in texts(m, "options") for m in items(spec, "mounts")
    )


def read_limits(spec: Mapping[str, Any]) -> Limits:
    cpu = mapping(spec, "linux", "resources", "cpu")
    memory = mapping(spec, "linux", "resources", "memory")
    return Limits(
        max(0, number(cpu, "period")) or CPU_PERIOD,
        number(cpu, "quota"),
        max(0, number(cpu, "shares")) or CPU_SHARES,
        count_cpus(text(cpu, "cpus")),
        number(memory, "limit"),
        number(memory, "swap"),
    )
