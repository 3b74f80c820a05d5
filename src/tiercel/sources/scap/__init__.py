"""Captures: .scap files read (`Capture`) and written (`CaptureWriter`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tiercel.sources.scap.reader import Capture, RawEvent

if TYPE_CHECKING:
    from tiercel.sources.scap.writer import CaptureWriter, Machine

__all__ = ["Capture", "CaptureWriter", "Machine", "RawEvent"]


def __getattr__(name: str) -> Any:
    # The writer is imported when it is asked for: who only reads starts faster without it.
    if name in ("CaptureWriter", "Machine"):
        from tiercel.sources.scap import writer

        return getattr(writer, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
