"""The command line."""

from tiercel.cli.main import main

__all__ = ["main"]
