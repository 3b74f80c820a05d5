"""The kernels that are tried: where each comes from, and why it is in the list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kernel:
    """One row. The newest package of `suite` whose name matches `package` is taken."""

    name: str
    suite: str
    label: str  # of the archive: "Debian" or "Debian-Security", as apt calls them
    package: str  # regular expression, whole name
    why: str


KERNELS = (
    Kernel(
        "5.10",
        "bullseye",
        "Debian",
        r"linux-image-5\.10\.0-[0-9]+-amd64",
        "bullseye's: relocations are ours to make, the kernel makes them since 5.17",
    ),
    Kernel("6.1", "bookworm", "Debian", r"linux-image-6\.1\.0-[0-9]+-amd64", "bookworm's"),
    Kernel(
        "6.12",
        "bookworm-backports",
        "Debian",
        r"linux-image-6\.12\.[0-9.]+\+deb12-amd64",
        "bookworm's backports; trixie has the same",
    ),
    Kernel(
        "6.18",
        "trixie-backports",
        "Debian",
        r"linux-image-6\.18\.[0-9.]+\+deb13-amd64",
        "trixie's backports: the long-term kernel, with all that a distribution turns on",
    ),
    Kernel(
        "7.3",
        "trixie-backports",
        "Debian",
        r"linux-image-7\.3\.[0-9.]+\+deb13-amd64",
        "trixie's backports: the newest there is",
    ),
)
BY_NAME = {kernel.name: kernel for kernel in KERNELS}
