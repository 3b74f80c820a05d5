"""What can go wrong, as a user sees it: one base class, and below it what a caller can act on."""


class TiercelError(Exception):
    """An error whose text says what is wrong and what to do."""


class CaptureError(TiercelError):
    """A capture that cannot be read further: `path`, and `offset` in bytes of the uncompressed stream."""

    def __init__(self, path: str, offset: int, message: str) -> None:
        super().__init__(f"{path}: at byte {offset}: {message}")
        self.path = path
        self.offset = offset


class SourceError(TiercelError):
    """A source of events that cannot be opened or read."""


class OutputError(TiercelError):
    """Somewhere that alerts should go, and cannot."""
