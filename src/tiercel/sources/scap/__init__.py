"""Captures: .scap files read (`Capture`) and written."""

from tiercel.sources.scap.reader import Capture, RawEvent

__all__ = ["Capture", "RawEvent"]
