"""Containers for the live tests: an image of busybox and the programs that act, imported from a tar (no registry
is asked), run by podman and runc with the options that such a machine needs, and removed again whatever
happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SECONDS = 60
# crun refuses hybrid cgroups; without CAP_SYS_RESOURCE limits may only be lowered.
PODMAN = ("podman", "--runtime", "runc")
LIMITS = ("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--network=none")

PROGRAMS = "/opt/act"
LOADER = "/lib64/ld-linux-x86-64.so.2"

# What lies in the image, besides busybox and the programs.
FILES = {
    "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "/etc/group": "root:x:0:\nnogroup:x:65534:\n",
    "/etc/shadow": "root:*:19000:0:99999:7:::\n" * 4,
    "/etc/pam.d/common-auth": "auth required pam_deny.so\n",
    "/etc/cron.d/none": "# none\n",
    "/etc/apt/sources.list": "# none\n",
    "/etc/apt/sources.list.d/none.list": "# none\n",
    "/root/.ssh/id_rsa": "no key, but where keys lie\n",
    "/root/.aws/credentials": "[default]\n",
    "/var/run/secrets/kubernetes.io/serviceaccount/token": "no token\n",
    "/var/lib/rpm/Packages": "none\n",
    "/var/lib/dpkg/status": "none\n",
    "/usr/lib/libnothing.so": "none\n",
    "/usr/bin/.keep": "",
    "/usr/local/bin/.keep": "",
    "/home/someone-tiercel-live/.ssh/id_rsa": "no key\n",
}


def missing() -> str | None:
    """Why no container can be run here."""
    if os.geteuid():
        return "containers are run as root"
    for program in ("podman", "runc", "busybox"):
        if shutil.which(program) is None:
            return f"no {program}"
    return None


def podman(*words: str, timeout: float = SECONDS, check: bool = True) -> str:
    result = subprocess.run(
        [*PODMAN, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check and result.returncode:
        raise RuntimeError(f"podman {' '.join(words)}: {result.stderr.strip()}")
    return result.stdout


class Image:
    """An image for this session, with its name in `name`."""

    def __init__(self, folder: Path, programs: Path, files: Mapping[str, str]) -> None:
        root = folder / "rootfs"
        for place in ("bin", "etc", "tmp", "root", "proc", "sys", "dev", "run", "mnt", "host", "lib64"):
            (root / place).mkdir(parents=True)
        self._busybox(root / "bin")
        for path, text in {**FILES, **files}.items():
            file = root / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        shutil.copy(LOADER, root / LOADER.lstrip("/"))
        libc = root / "lib/x86_64-linux-gnu/libc.so.6"
        libc.parent.mkdir(parents=True)
        shutil.copy("/lib/x86_64-linux-gnu/libc.so.6", libc)
        archive = folder / "image.tar"
        with tarfile.open(archive, "w") as tar:
            tar.add(root, ".")
            tar.add(programs, PROGRAMS.lstrip("/"))  # hard links stay hard links
        self.name = f"localhost/tiercel-live-{os.getpid()}"
        podman("import", "--quiet", str(archive), self.name)
        archive.unlink()

    @staticmethod
    def _busybox(folder: Path) -> None:
        shutil.copy(str(shutil.which("busybox")), folder / "busybox")
        names = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout
        for name in names.split():
            if name != "busybox":
                (folder / name).symlink_to("busybox")

    def remove(self) -> None:
        podman("rmi", "--force", self.name, check=False)


class Container:
    """A container that sleeps, and in which commands are run as `podman exec` does. Its id is in `id`."""

    def __init__(self, image: str, *options: str, command: Sequence[str] = ("sleep", "100000")) -> None:
        self.name = f"tiercel-live-{os.getpid()}-{time.monotonic_ns() % 10**9}"
        try:
            self.id = podman(
                "run", "--detach", "--name", self.name, *LIMITS, *options, image, *command
            ).strip()
        except BaseException:
            self.remove()
            raise

    @property
    def pid(self) -> int:
        """Of its first process, as the host sees it."""
        return int(podman("inspect", "--format", "{{.State.Pid}}", self.name))

    def bring_the_world(self, addresses: Sequence[str]) -> None:
        """Gives the container's loopback these addresses."""
        inside = ("nsenter", "-t", str(self.pid), "-n", "busybox", "ip", "addr", "add")
        for address in addresses:
            subprocess.run([*inside, address, "dev", "lo"], check=True)

    def run(
        self, command: Sequence[str], env: Mapping[str, str] | None = None, *, terminal: bool = False
    ) -> subprocess.CompletedProcess[str]:
        options = [word for name, value in (env or {}).items() for word in ("--env", f"{name}={value}")]
        if terminal:
            options.append("--tty")
        return subprocess.run(
            [*PODMAN, "exec", *options, self.name, *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )

    def remove(self) -> None:
        podman("rm", "--force", "--time", "0", self.name, check=False)
