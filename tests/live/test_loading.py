"""What a sensor needs of the kernel, and what it says where something of it is missing."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from live.probed import is_allowed

pytestmark = [
    pytest.mark.skipif(bool(is_allowed()), reason=is_allowed() or "-"),
    pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv (util-linux)"),
]

TIERCEL = str(Path(sys.executable).with_name("tiercel"))
RULE = """\
- rule: opened
  desc: d
  condition: evt.type = openat and fd.name = /etc/hostname and proc.name = cat
  output: opened by %proc.name of %proc.pname
  priority: INFO
"""
NOBODY = ["setpriv", "--reuid", "65534", "--clear-groups"]


def rules_in(folder: Path) -> Path:
    path = folder / "rules.yaml"
    path.write_text(RULE)
    path.chmod(0o644)
    for above in (folder, *folder.parents[:3]):
        if above.stat().st_uid == 0 and above != Path("/tmp"):
            above.chmod(above.stat().st_mode | 0o055)
    return path


def told(words: list[str], rules: Path, before: Callable[[], None] | None = None) -> tuple[int, str, str]:
    """A sensor that runs until it has seen an open, or has ended by itself: exit code, output, errors."""
    command = [*words, TIERCEL, "run", "-q", "-r", str(rules)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=before
    ) as sensor:
        end = time.monotonic() + 10
        while sensor.poll() is None and time.monotonic() < end:
            subprocess.run(["cat", "/etc/hostname"], stdout=subprocess.DEVNULL, check=True)
            time.sleep(0.2)
            if time.monotonic() > end - 6:
                sensor.send_signal(signal.SIGINT)
                break
        out, errors = sensor.communicate(timeout=20)
        return sensor.returncode, out, errors


def test_three_capabilities_are_enough(tmp_path: Path) -> None:
    needed = "+bpf,+perfmon,+sys_ptrace"
    words = [*NOBODY, "--inh-caps", needed, "--ambient-caps", needed]
    code, out, errors = told(words, rules_in(tmp_path))
    assert code == 0, errors
    assert "opened by cat" in out


def refuse_bpf() -> None:
    """A filter of seccomp under which bpf(2) fails with EPERM."""
    rows = [(0x20, 0, 0, 0), (0x15, 0, 1, 321), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *row) for row in rows))
    program = struct.pack("<HxxxxxxQ", len(rows), ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


@pytest.mark.parametrize(
    ("words", "before", "says"),
    [
        pytest.param(NOBODY, None, "CAP_BPF", id="no capabilities"),
        pytest.param(
            [*NOBODY, "--inh-caps", "+bpf", "--ambient-caps", "+bpf"],
            None,
            "CAP_PERFMON",
            id="one is missing",
        ),
        pytest.param([], refuse_bpf, "seccomp", id="a filter"),
        pytest.param(["unshare", "--user", "--map-root-user"], None, "user namespace", id="a user namespace"),
        pytest.param(
            ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /sys/kernel/btf && exec "$@"', "sh"],
            None,
            "CONFIG_DEBUG_INFO_BTF",
            id="no types",
        ),
    ],
)
def test_what_is_missing_is_said(
    words: list[str], before: Callable[[], None] | None, says: str, tmp_path: Path
) -> None:
    code, out, errors = told(words, rules_in(tmp_path), before)
    assert code == 1 and not out
    assert says in errors and "Traceback" not in errors
    assert len(errors.splitlines()) == 1, errors


def test_other_processes_are_not_stopped(tmp_path: Path) -> None:
    """A second sensor runs beside the first; each takes only its own probe away."""
    rules = rules_in(tmp_path)
    with subprocess.Popen(
        [TIERCEL, "run", "-q", "-r", str(rules)], stdout=subprocess.PIPE, text=True
    ) as first:
        time.sleep(1.5)
        code, out, _ = told([], rules)
        assert code == 0 and "opened by cat" in out
        os.kill(first.pid, signal.SIGINT)
        assert "opened by cat" in first.communicate(timeout=20)[0]
