"""One boot of one kernel in QEMU: a shell command in, its output and exit code out."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from kernels import initramfs
from kernels.packages import PackageError, Unpacked

QEMU = "qemu-system-x86_64"
GUEST = Path(__file__).with_name("guest.sh")
MEMORY_MB = 3072
CONSOLE_LINES = 25  # of the kernel's console, where a guest ended without a word


@dataclass(frozen=True)
class Outcome:
    """How a boot ended. `status` is the command's exit code, None where the guest did not get that far."""

    kernel: str
    release: str
    status: int | None
    output: Path
    seconds: float
    trouble: str = ""


def accelerated() -> bool:
    """True where this machine's processor can run a guest itself. A /dev/kvm alone does not say so: nested in some
    clouds it exists, and a kernel that knows nothing of it never gets anywhere."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return False
    flags = Path("/proc/cpuinfo").read_text().partition("flags")[2].partition("\n")[0].split()
    return "vmx" in flags or "svm" in flags


def boot(
    unpacked: Unpacked, command: str, folder: Path, run: Path, *, seconds: float, append: str = ""
) -> Outcome:
    """Run `command` (a line for sh) in `folder` on that kernel; `run` is a folder for this boot's files."""
    if not shutil.which(QEMU):
        raise PackageError(f"no {QEMU} here: apt-get install qemu-system-x86")
    shutil.rmtree(run, ignore_errors=True)
    share = run / "share"
    share.mkdir(parents=True)
    initramfs.build(unpacked, run / "initramfs")
    shutil.copy(GUEST, share / "guest.sh")
    (share / "command").write_text(command + "\n")
    settings = {
        "RELEASE": unpacked.release,
        "MODULES": str(unpacked.modules.resolve()),
        "FOLDER": str(folder),
    }
    (share / "settings").write_text(
        "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())
    )
    started = time.monotonic()
    trouble = emulate(unpacked.image, run, append, seconds)
    status = share / "status"
    return Outcome(
        unpacked.kernel.name,
        unpacked.release,
        int(status.read_text()) if status.exists() else None,
        share / "output",
        time.monotonic() - started,
        trouble,
    )


def emulate(image: Path, run: Path, append: str, seconds: float) -> str:
    """Let QEMU run until the guest turns itself off; what went wrong, or nothing."""
    line = [QEMU, "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-nic", "none"]
    line += (
        ["-accel", "kvm", "-cpu", "host"] if accelerated() else ["-accel", "tcg,thread=multi", "-cpu", "max"]
    )
    line += ["-smp", "2", "-m", str(MEMORY_MB), "-kernel", str(image), "-initrd", str(run / "initramfs")]
    line += [
        "-append",
        f"console=ttyS0 panic=-1 quiet mitigations=off {append}".strip(),
        "-serial",
        f"file:{run / 'console'}",
    ]
    line += ["-device", "virtio-rng-pci"]
    for tag, path, options in (
        ("root", "/", ",readonly=on,multidevs=remap"),
        ("share", str(run / "share"), ""),
    ):
        line += ["-fsdev", f"local,id={tag},path={path},security_model=none{options}"]
        line += ["-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]
    with (
        open(run / "qemu", "wb") as said,
        subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=said, stderr=said) as qemu,
    ):
        try:
            qemu.wait(seconds)
        except subprocess.TimeoutExpired:
            qemu.kill()
            return f"not done after {seconds:.0f} s\n{tail(run / 'console')}"
        except BaseException:
            qemu.kill()
            raise
    if qemu.returncode:
        return f"{QEMU} ended with {qemu.returncode}\n{tail(run / 'qemu')}"
    return "" if (run / "share/status").exists() else f"the guest ended early\n{tail(run / 'console')}"


def tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-CONSOLE_LINES:]) if path.exists() else ""
