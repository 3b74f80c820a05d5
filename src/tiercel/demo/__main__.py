"""Writes the recording of the demonstration: `python -m tiercel.demo [FOLDER]`, default beside this file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from tiercel.demo import AUDIT_LOG, CAPTURE
from tiercel.demo.audit_log import AuditLog
from tiercel.demo.intrusion import tell
from tiercel.demo.node import SECOND, Node
from tiercel.sources.scap.writer import CaptureWriter, Machine

START = int(datetime(2026, 3, 10, 2, 14, 7, tzinfo=UTC).timestamp()) * SECOND


def record(folder: Path) -> tuple[Path, Path]:
    """Writes the capture and the audit log into `folder`; gives their paths."""
    capture, audit = folder / CAPTURE.name, folder / AUDIT_LOG.name
    machine = Machine(hostname="node-3", num_cpus=2, memory_bytes=16 << 30, boot_ts=START - 86400 * SECOND)
    with CaptureWriter(capture, machine) as writer, audit.open("w", encoding="utf-8") as log:
        tell(Node(writer, START), AuditLog(log))
    return capture, audit


if __name__ == "__main__":
    for path in record(Path(sys.argv[1]) if len(sys.argv) > 1 else CAPTURE.parent):
        print(f"{path}: {path.stat().st_size} bytes")
