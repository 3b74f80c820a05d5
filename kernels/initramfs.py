"""The first file system of a guest: busybox, the modules that reach its root, `init`.

Format: cpio "newc" (070701), as the kernel's Documentation/driver-api/early-userspace/buffer-format.rst has it.
"""

from __future__ import annotations

import lzma
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from kernels.packages import PackageError, Unpacked

# What the root needs: PCI transport, 9p over it, the overlay. What is built in is not among the modules.
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "virtio_rng")
INIT = Path(__file__).with_name("init.sh")


def entry(name: str, mode: int, data: bytes, number: int) -> bytes:
    """One file, folder or device as cpio holds it; names and data are padded to four bytes."""
    encoded = name.encode() + b"\0"
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(encoded), 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def archive(files: Iterable[tuple[str, int, bytes]]) -> bytes:
    parts = [entry(name, mode, data, number) for number, (name, mode, data) in enumerate(files, 1)]
    return b"".join([*parts, entry("TRAILER!!!", 0, b"", 0)])


def in_order(unpacked: Unpacked) -> list[Path]:
    """Files of MODULES and all that they need, each after what it needs."""
    needs: dict[str, tuple[str, list[str]]] = {}
    for line in (unpacked.modules / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        needs[module_name(path)] = (path, [module_name(other) for other in rest.split()])
    built_in = {module_name(line) for line in (unpacked.modules / "modules.builtin").read_text().split()}
    ordered: dict[str, Path] = {}

    def add(name: str) -> None:
        if name in ordered or name in built_in:
            return
        if name not in needs:
            raise PackageError(f"{unpacked.release} has no module {name}, which the guest's root needs")
        path, before = needs[name]
        for other in before:
            add(other)
        ordered[name] = unpacked.modules / path

    for name in MODULES:
        add(module_name(name))
    return list(ordered.values())


def module_name(path: str) -> str:
    return path.rsplit("/", 1)[-1].split(".ko", 1)[0].replace("-", "_")


def module_bytes(path: Path) -> bytes:
    data = path.read_bytes()
    return lzma.decompress(data) if path.suffix == ".xz" else data


def busybox() -> Path:
    """A busybox that needs no libraries."""
    found = shutil.which("busybox")
    if (
        not found
        or b"statically linked"
        not in subprocess.run(["file", "--dereference", found], capture_output=True).stdout
    ):
        raise PackageError("no static busybox here: apt-get install busybox-static")
    return Path(found)


def build(unpacked: Unpacked, target: Path) -> None:
    folder, program, text = 0o040755, 0o100755, 0o100644
    modules = [(f"modules/{number:02}", module_bytes(path)) for number, path in enumerate(in_order(unpacked))]
    files: list[tuple[str, int, bytes]] = [
        (name, folder, b"") for name in ("bin", "dev", "proc", "sys", "modules", "lower", "upper", "root")
    ]
    files += [("bin/busybox", program, busybox().read_bytes()), ("init", program, INIT.read_bytes())]
    files += [(name, text, data) for name, data in modules]
    target.write_bytes(archive(files))
