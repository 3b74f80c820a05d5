"""The archive is one that cpio reads; modules come after what they need."""

import shutil
import subprocess
from pathlib import Path

import pytest

from kernels import initramfs
from kernels.catalogue import KERNELS
from kernels.packages import Unpacked


@pytest.mark.skipif(shutil.which("busybox") is None, reason="no busybox, whose cpio reads the archive")
def test_archive_is_read_by_cpio(tmp_path: Path) -> None:
    files = [
        ("bin", 0o040755, b""),
        ("bin/a", 0o100755, b"abc"),
        ("odd", 0o100644, b"12345"),
        ("none", 0o100644, b""),
    ]
    subprocess.run(["busybox", "cpio", "-idm"], input=initramfs.archive(files), cwd=tmp_path, check=True)
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["a", "bin", "none", "odd"]
    assert (tmp_path / "bin/a").read_bytes() == b"abc"
    assert (tmp_path / "bin/a").stat().st_mode == 0o100755
    assert (tmp_path / "odd").read_bytes() == b"12345"


def test_modules_come_after_what_they_need(tmp_path: Path) -> None:
    (tmp_path / "modules.dep").write_text(
        "kernel/fs/9p/9p.ko.xz: kernel/fs/netfs/netfs.ko.xz kernel/net/9p/9pnet.ko.xz\n"
        "kernel/net/9p/9pnet.ko.xz:\n"
        "kernel/net/9p/9pnet_virtio.ko.xz: kernel/net/9p/9pnet.ko.xz\n"
        "kernel/fs/netfs/netfs.ko.xz:\n"
        "kernel/drivers/char/hw_random/virtio-rng.ko.xz:\n"
        "kernel/fs/overlayfs/overlay.ko.xz:\n"
    )
    (tmp_path / "modules.builtin").write_text("kernel/drivers/virtio/virtio_pci.ko\n")
    ordered = initramfs.in_order(Unpacked(KERNELS[0], "1.2.3", tmp_path / "vmlinuz", tmp_path))
    assert [path.name.split(".")[0] for path in ordered] == [
        "9pnet",
        "9pnet_virtio",
        "netfs",
        "9p",
        "overlay",
        "virtio-rng",
    ]
