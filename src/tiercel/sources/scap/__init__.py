"""Captures: .scap files read (`Capture`) and written (`CaptureWriter`)."""

from tiercel.sources.scap.reader import Capture, RawEvent
from tiercel.sources.scap.writer import CaptureWriter, Machine

__all__ = ["Capture", "CaptureWriter", "Machine", "RawEvent"]
