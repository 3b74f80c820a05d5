"""The file that a capture is written to.

Pieces of it are packed and written by a thread, so that neither a slow disk nor gzip holds up whoever reads the events.
"""

from __future__ import annotations

import os
import queue
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tiercel.errors import CaptureError

WAITING_PIECES = 64  # that the thread is behind at most; beyond it, write() waits
LEVEL = 4  # of gzip: beyond it a few percent are gained for twice the time
STANDARD_OUTPUT = "-"


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self, mode: int = ..., /) -> bytes: ...


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self, mode: int = 0, /) -> bytes:
        return b""


class CaptureFile:
    """A capture's bytes on their way to `descriptor`, which close() closes; `path` is what errors call it.

    CaptureError where they cannot be written, from the write() or close() that finds it: what was written before stays
    readable, up to a block that is cut.
    """

    def __init__(self, path: str, descriptor: int, *, packed: bool = False) -> None:
        self.path = path
        self.size_bytes = 0  # of the file
        self._descriptor = descriptor
        self._taken = 0  # bytes that came in
        self._packer: _Packer = zlib.compressobj(LEVEL, wbits=31) if packed else _Plain()
        self._pieces: queue.Queue[bytes | int | None] = queue.Queue(WAITING_PIECES)
        self._error: CaptureError | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="capture file", daemon=True)
        self._thread.start()

    def write(self, piece: bytes) -> bool:
        """Takes a piece; False: there is room for more."""
        if self._error is not None:
            raise self._error
        self._pieces.put(piece)
        return False

    def next(self) -> None:
        """There is only this file."""

    def flush(self) -> None:
        """Has everything so far written so that a reader gets it, packed or not."""
        if self._error is None and not self._closed:
            self._pieces.put(zlib.Z_SYNC_FLUSH)

    def close(self) -> None:
        """Waits until all is written."""
        if not self._closed:
            self._closed = True
            self._pieces.put(None)
            self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            while (piece := self._pieces.get()) is not None:
                if isinstance(piece, int):
                    self._put(self._packer.flush(piece))
                else:
                    self._put(self._packer.compress(piece))
                    self._taken += len(piece)
            self._put(self._packer.flush(zlib.Z_FINISH))
            os.close(self._descriptor)
        except OSError as e:
            self._fail(e)

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            n = os.write(self._descriptor, view)
            self.size_bytes += n
            view = view[n:]

    def _fail(self, error: OSError) -> None:
        why = error.strerror or str(error)
        self._error = CaptureError(
            self.path,
            self._taken,
            f"cannot be written further: {why}; what was written before it can be read",
        )
        # Whoever waits to hand over a piece is let go.
        while True:
            try:
                if self._pieces.get(timeout=0.1) is None:
                    break
            except queue.Empty:
                if self._closed:
                    break
        _abandon(self._descriptor)


def _abandon(descriptor: int) -> None:
    """Closes, whatever the system says to it: the file is given up."""
    try:
        os.close(descriptor)
    except OSError:
        return


def create(path: str) -> int:
    """A file for writing, for its owner's eyes alone where it is new: captures hold what processes read and wrote."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)


def open_capture(path: str, *, packed: bool | None = None) -> CaptureFile:
    """A capture at a path (packed where it ends in .gz), or standard output for "-".

    CaptureError where it cannot be opened.
    """
    if packed is None:
        packed = path.endswith(".gz")
    try:
        descriptor = os.dup(1) if path == STANDARD_OUTPUT else create(path)
    except OSError as e:
        raise CaptureError(path, 0, f"cannot be written: {e.strerror}") from None
    return CaptureFile("standard output" if path == STANDARD_OUTPUT else path, descriptor, packed=packed)


class CaptureSeries:
    """A capture in several files, one after the other: NAME-0001.scap, NAME-0002.scap, ... each with a head of its own.

    A file ends when it has `most_bytes`; of all files the last `keep` stay (0: all).
    """

    def __init__(
        self,
        path: str,
        most_bytes: int,
        keep: int = 0,
        *,
        packed: bool | None = None,
        opened: Callable[..., CaptureFile] = open_capture,
    ) -> None:
        self._path = Path(path)
        self._most_bytes = most_bytes
        self._keep = keep
        self._packed = packed
        self._opened = opened
        self._written: list[str] = []
        self._before_bytes = 0
        self._number = 0
        self._file = self._open()

    @property
    def size_bytes(self) -> int:
        """Of all files together, those that are gone as well."""
        return self._before_bytes + self._file.size_bytes

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that stand."""
        return tuple(self._written)

    def _open(self) -> CaptureFile:
        self._number += 1
        suffixes = "".join(s for s in self._path.suffixes if s in (".scap", ".gz"))
        stem = self._path.name.removesuffix(suffixes)
        path = str(self._path.with_name(f"{stem}-{self._number:04}{suffixes}"))
        file = self._opened(path, packed=self._packed)
        self._written.append(path)
        while self._keep and len(self._written) > self._keep:
            _remove(self._written.pop(0))
        return file

    def write(self, piece: bytes) -> bool:
        """True where the next event should go into another file."""
        self._file.write(piece)
        return self._file.size_bytes >= self._most_bytes

    def next(self) -> None:
        self._before_bytes += self._file.size_bytes
        self._file.close()
        self._file = self._open()

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # somebody else was faster, or moved it: not ours any more
