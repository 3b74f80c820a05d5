"""Why the kernel does not take the probe, and what to do about it.

The kernel says EPERM for a dozen reasons. What is looked at here, from what nothing else can mend to what is rare: the
machine, lockdown, user namespaces, capabilities, seccomp, the limit of locked memory.
"""

from __future__ import annotations

import errno
import os
import platform
import resource
from dataclasses import dataclass
from pathlib import Path

from tiercel.errors import SourceError
from tiercel.sources.ebpf.bpf import BpfError

MACHINES = ("x86_64",)  # that the probe's objects are built for
MIN_KERNEL = (5, 8)  # ring buffers
COUNTS_LOCKED = (5, 11)  # before, maps count as locked memory of their user
_INITIAL_USER_NAMESPACE = 0xEFFFFFFD  # inode; include/linux/proc_ns.h
_LOG_LINES = 20

# Numbers of capabilities (include/uapi/linux/capability.h) that loading and attaching asks for; where one is there that
# stands for all, that is enough.
NEEDED = {"CAP_BPF": 39, "CAP_PERFMON": 38}
_CAP_SYS_ADMIN = 21

GRANT = (
    "run as root, or give it CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE (setcap, systemd's AmbientCapabilities=, or"
    " --cap-add for a container)"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What this process may do, as far as the probe's loading depends on it."""

    machine: str
    release: str
    lockdown: str  # "none", "integrity", "confidentiality"; "" where the kernel has no such thing
    in_user_namespace: bool
    capabilities: int  # effective, a bit each
    seccomp: bool  # a filter is in force
    locked_bytes: int  # that may be locked, -1 for any number

    @property
    def version(self) -> tuple[int, ...]:
        return kernel_version(self.release)

    @property
    def missing(self) -> list[str]:
        if self.capabilities >> _CAP_SYS_ADMIN & 1:
            return []
        return [name for name, bit in NEEDED.items() if not self.capabilities >> bit & 1]


def kernel_version(release: str) -> tuple[int, ...]:
    """(major, minor) of "6.1.0-50-amd64"; (0, 0) where it says none."""
    parts = release.split("-")[0].split("+")[0].split(".")[:2]
    return (
        tuple(int(part) for part in parts)
        if all(part.isdigit() for part in parts) and len(parts) == 2
        else (0, 0)
    )


def standing() -> Standing:
    """Of this process, now."""
    status = dict(line.split(":\t", 1) for line in _text("/proc/self/status").splitlines() if ":\t" in line)
    modes = _text("/sys/kernel/security/lockdown")
    soft, _hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    try:
        namespace = os.stat("/proc/self/ns/user").st_ino
    except OSError:
        namespace = _INITIAL_USER_NAMESPACE
    return Standing(
        machine=platform.machine(),
        release=os.uname().release,
        lockdown=modes.partition("[")[2].partition("]")[0],
        in_user_namespace=namespace != _INITIAL_USER_NAMESPACE,
        capabilities=int(status.get("CapEff", "0"), 16),
        seccomp=status.get("Seccomp", "0").strip() == "2",
        locked_bytes=-1 if soft == resource.RLIM_INFINITY else soft,
    )


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def check_machine(here: Standing) -> None:
    """SourceError where the probe cannot run whatever is granted."""
    if here.machine not in MACHINES:
        raise SourceError(
            f"the live sensor runs on {', '.join(MACHINES)}, this is {here.machine}: judge captures that were made"
            " on it instead (tiercel run --capture)"
        )
    if (0, 0) < here.version < MIN_KERNEL:
        raise SourceError(
            f"the live sensor needs Linux {MIN_KERNEL[0]}.{MIN_KERNEL[1]} or newer, this is {here.release}: use a newer"
            " kernel, or judge captures that were made on this one (tiercel run --capture)"
        )


def reason(error: BpfError, here: Standing) -> str:
    """What a user reads of a call of bpf(2) that failed."""
    if here.lockdown == "confidentiality":
        return (
            "the kernel is locked down (confidentiality): no program may read its memory. Start it with"
            " lockdown=integrity or without the option"
        )
    if error.errno == errno.ENOSYS:
        if here.seccomp:
            return f"a seccomp filter keeps bpf(2) from this process: {_LET_THROUGH}"
        return f"this kernel ({here.release}) has no bpf(2): use one built with CONFIG_BPF_SYSCALL=y"
    if error.errno in (errno.EPERM, errno.EACCES) and not error.log:
        return _not_permitted(error, here)
    log = "\n".join(error.log.strip().splitlines()[-_LOG_LINES:])
    return f"the kernel ({here.release}) refused the probe: {error}" + (f"\n{log}" if log else "")


_LET_THROUGH = (
    "start it without the filter, or with one that lets bpf through (a container's --security-opt seccomp=..., a pod's"
    " seccompProfile, systemd's SystemCallFilter=)"
)


def _not_permitted(error: BpfError, here: Standing) -> str:
    refused = f"the kernel does not let this process load the probe ({error})"
    if here.in_user_namespace:
        return (
            f"{refused}: it is in a user namespace (a rootless container, unshare --user), where capabilities"
            " do not count for this. Run it outside, or in a rootful container"
        )
    if here.missing:
        return f"{refused}: {' and '.join(here.missing)} missing. {GRANT[0].upper()}{GRANT[1:]}"
    if here.version < COUNTS_LOCKED and here.locked_bytes >= 0:
        return (
            f"{refused}: before Linux 5.11 the probe's maps count as locked memory, of which it may have"
            f" {here.locked_bytes >> 10} KiB. Start it with CAP_SYS_RESOURCE, or with the limit lifted (ulimit -l"
            " unlimited, systemd's LimitMEMLOCK=infinity)"
        )
    if here.seccomp:
        return f"{refused}: a seccomp filter is in force. {_LET_THROUGH[0].upper()}{_LET_THROUGH[1:]}"
    return f"{refused}, though it has the capabilities: ask what a security module (dmesg, the audit log) says of it"


def lift_limit(here: Standing) -> None:
    """Where maps count as locked memory, any number of bytes may be locked from now on, if this process may say so."""
    if here.version < COUNTS_LOCKED and here.locked_bytes >= 0:
        try:
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (ValueError, OSError):
            return  # what follows fails with the reason
