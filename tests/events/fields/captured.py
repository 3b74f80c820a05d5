"""Fields read off a small capture that a test tells."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

from tiercel.events.fields.dump import FieldReader
from tiercel.sources.scap import Capture, CaptureWriter, Machine

BOOT = 1_700_000_000_000_000_000
START = BOOT + 3_600_000_000_000


def read(
    tell: Callable[[CaptureWriter], None], fields: Sequence[str], form: str = "json"
) -> list[dict[str, Any]]:
    """What the fields are on every event of the capture that `tell` writes."""
    file = io.BytesIO()
    with CaptureWriter(file, Machine(hostname="node-1", boot_ts=BOOT)) as capture:
        tell(capture)
    file.seek(0)
    return list(FieldReader(Capture(file), fields, form=form))


def last(tell: Callable[[CaptureWriter], None], *fields: str) -> dict[str, Any]:
    """Of the last event alone."""
    return read(tell, fields)[-1]


def compared(tell: Callable[[CaptureWriter], None], field: str) -> list[Any] | None:
    """What conditions compare of the last event: a list; None where the event lacks the field."""
    return read(tell, [field], form="condition")[-1].get(field)
