"""Kernel packages: found and fetched by apt with lists of its own, unpacked, never installed.

apt is asked through a configuration below the folder that it is given: lists, cache and sources are there, and the
machine's own are left as they are. The mirror is the one that the machine's own sources name.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from kernels.catalogue import KERNELS, Kernel

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class PackageError(Exception):
    """A kernel that cannot be had here, and why."""


@dataclass(frozen=True)
class Unpacked:
    """A kernel ready to boot: its image, and `lib/modules/RELEASE` below `root` with `modules.dep` made."""

    kernel: Kernel
    release: str
    image: Path
    modules: Path


class Apt:
    """apt over sources of its own in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for part in ("lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        sources, configuration = folder / "sources.list", folder / "apt.conf"
        configuration.write_text(
            f'Dir::Etc::sourcelist "{sources}";\nDir::Etc::sourceparts "-";\nDir::State::lists "{folder}/lists";\n'
            f'Dir::Cache "{folder}/cache";\nAcquire::Languages "none";\nAPT::Sandbox::User "root";\n'
        )
        text = "".join(
            f"deb [signed-by={KEYRING}] {mirror(label)} {suite} main\n"
            for suite, label in sorted({(kernel.suite, kernel.label) for kernel in KERNELS})
        )
        self.environment = {**os.environ, "APT_CONFIG": str(configuration), "LC_ALL": "C"}
        if not sources.exists() or sources.read_text() != text:
            sources.write_text(text)
            self.run("apt-get", "--quiet", "update")

    def run(self, *command: str, cwd: Path | None = None) -> str:
        result = subprocess.run(command, cwd=cwd, env=self.environment, capture_output=True, text=True)
        if result.returncode:
            raise PackageError(f"{' '.join(command)}: {result.stderr.strip() or result.stdout.strip()}")
        return result.stdout

    def newest(self, pattern: str) -> str:
        """The name with the highest version of those that match."""
        found = self.run("apt-cache", "search", "--names-only", f"^{pattern}$").splitlines()
        names = [line.split()[0] for line in found]
        if not names:
            raise PackageError(f"no package {pattern} on this machine's mirror")
        return max(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])

    def parts(self, package: str) -> list[str]:
        """The package, and those of the same kernel that it depends on: since 6.19 image and modules are apart."""
        release = package.removeprefix("linux-image-")
        wanted, known = [package], {package}
        for name in wanted:
            for line in self.run("apt-cache", "show", name).splitlines():
                if line.startswith("Depends:"):
                    near = (
                        set(re.findall(rf"linux-(?:binary|modules)-{re.escape(release)}(?![-\w])", line))
                        - known
                    )
                    wanted += sorted(near)
                    known |= near
        return wanted


def mirror(label: str) -> str:
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", f"Label: {label}"],
        capture_output=True,
        text=True,
    )
    if not listed.stdout.strip():
        raise PackageError(f"apt knows no {label} archive here (apt-get indextargets)")
    return listed.stdout.split()[0]


def unpack(apt: Apt, kernel: Kernel, folder: Path) -> Unpacked:
    """The kernel below `folder`, fetched unless it is there."""
    root = folder / kernel.name
    if not (root / "complete").exists():
        root.mkdir(parents=True, exist_ok=True)
        for part in apt.parts(apt.newest(kernel.package)):
            apt.run("apt-get", "--quiet", "download", part, cwd=root)
        for archive in sorted(root.glob("*.deb")):
            subprocess.run(["dpkg-deb", "--extract", archive, root], check=True)
            archive.unlink()
        join_usr(root)
        subprocess.run(["depmod", "--basedir", root, release_of(root)], check=True)
        (root / "complete").touch()
    release = release_of(root)
    modules = root / "lib/modules" / release
    images = [path for path in (root / f"boot/vmlinuz-{release}", modules / "vmlinuz") if path.exists()]
    if not images:
        raise PackageError(f"{root} holds no kernel image")
    return Unpacked(kernel, release, images[0], modules)


def join_usr(root: Path) -> None:
    """Newer packages have `usr/lib/modules`, older ones `lib/modules`: give both the older name."""
    if (root / "usr/lib/modules").is_dir() and not (root / "lib").exists():
        (root / "lib").symlink_to("usr/lib")


def release_of(root: Path) -> str:
    folders = [path for path in (root / "lib/modules").glob("*") if path.is_dir()]
    if len(folders) != 1:
        raise PackageError(f"{root}: {len(folders)} kernels in one package; remove the folder and try again")
    return folders[0].name
