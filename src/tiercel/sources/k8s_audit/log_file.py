"""Where the bytes of an audit log come from: a file, a compressed file, standard input, a file that grows.

`read()` gives a piece of bytes, or a Sign. Of a followed file, what is written until now is given first.
It may be

    renamed, and a new one made under its name: the old one is read to its end, then the new one from its
    start; copied away and cut short (copytruncate): it is read from its start again. That is seen by its
    length, or, where it has grown past the old length meanwhile, by its first bytes.
"""

from __future__ import annotations

import os
import select
import stat
import time
import zlib
from enum import Enum, auto
from typing import Protocol

from tiercel.errors import SourceError

PIECE_BYTES = 256 * 1024
_HEAD_BYTES = 256  # of a followed file: an event's id stands among its first bytes
_GZIP = b"\x1f\x8b"


class Sign(Enum):
    NOTHING = auto()  # nothing there yet; wait, then read again
    RESTART = auto()  # what comes next begins a new log
    END = auto()


class LogFile(Protocol):
    """A log's bytes."""

    name: str

    def read(self) -> bytes | Sign: ...
    def wait(self, seconds: float) -> None: ...
    def close(self) -> None: ...


def open_log(path: str, follow: bool) -> LogFile:
    """The log at `path`, `-` for standard input. SourceError where it cannot be opened."""
    if path == "-":
        if follow:
            raise SourceError(
                "standard input cannot be followed: it is read until it ends; leave --follow away"
            )
        return _Plain("standard input", 0)
    if follow:
        return _Followed(path)
    return _Plain(path, _open(path))


def _open(path: str) -> int:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise SourceError(f"{path}: cannot open the audit log: {error.strerror}") from None
    if stat.S_ISDIR(os.fstat(file).st_mode):
        os.close(file)
        raise SourceError(f"{path}: is a directory; name the log file in it")
    return file


def _read(file: int, name: str) -> bytes:
    try:
        return os.read(file, PIECE_BYTES)
    except OSError as error:
        raise SourceError(f"{name}: cannot read the audit log: {error.strerror}") from None


class _Plain:
    """A file or standard input, read to its end; unpacked where it is gzip."""

    def __init__(self, name: str, file: int) -> None:
        self.name = name
        self._file = file
        try:
            self._is_pipe = not stat.S_ISREG(os.fstat(file).st_mode)
        except OSError as error:
            raise SourceError(f"{name}: cannot read the audit log: {error.strerror}") from None
        self._first = True
        self._packed: _Gzip | None = None

    def read(self) -> bytes | Sign:
        while True:
            if self._packed is not None and (piece := self._packed.unpack()):
                return piece
            if self._is_pipe and not self._ready(0):
                return Sign.NOTHING
            piece = _read(self._file, self.name)
            if self._first:
                self._first = False
                while len(piece) == 1 and (more := _read(self._file, self.name)):
                    piece += more  # a pipe may give a single byte at first
                if piece.startswith(_GZIP):
                    self._packed = _Gzip(self.name)
            if self._packed is None:
                return piece or Sign.END
            if not piece:
                self._packed.end()
                return Sign.END
            self._packed.feed(piece)

    def wait(self, seconds: float) -> None:
        if self._is_pipe:
            self._ready(seconds)

    def _ready(self, seconds: float) -> bool:
        poll = select.poll()
        poll.register(self._file, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def close(self) -> None:
        if self._file > 0:  # standard input stays open
            os.close(self._file)
            self._file = -1


class _Gzip:
    """Unpacks gzip in pieces, one member after the other."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._packed = b""
        self._member = zlib.decompressobj(wbits=31)
        self._full = False  # the last piece was as large as may be: there may be more without new input
        self._began = False

    def feed(self, packed: bytes) -> None:
        self._packed += packed

    def unpack(self) -> bytes:
        """The next piece, b"" where more input is needed."""
        while self._packed or self._full:
            try:
                piece = self._member.decompress(self._packed, PIECE_BYTES)
            except zlib.error as error:
                raise SourceError(f"{self._name}: the gzip data is damaged: {error}") from None
            self._packed = self._member.unconsumed_tail
            self._full = len(piece) == PIECE_BYTES
            self._began = True
            if self._member.eof:
                self._packed = self._member.unused_data.lstrip(b"\0")
                self._member = zlib.decompressobj(wbits=31)
                self._full = self._began = False
            if piece:
                return piece
        return b""

    def end(self) -> None:
        if self._began:
            raise SourceError(f"{self._name}: the gzip data ends too early: the file was cut")


class _Followed:
    """A file that grows, and that may be renamed or cut short while it is read. It may not be there yet."""

    def __init__(self, path: str) -> None:
        self.name = path
        self._path = path
        self._file = -1
        self._offset = 0
        self._head = b""  # the file's first bytes, as they were read
        self._replaced = False  # there is another file under the name
        if os.path.exists(path):
            self._file = _open(path)
            head = os.pread(self._file, len(_GZIP), 0)
            if head == _GZIP:
                raise SourceError(f"{path}: a compressed log cannot be followed; leave --follow away")
        elif not os.path.isdir(os.path.dirname(os.path.abspath(path))):
            raise SourceError(f"{path}: cannot open the audit log: there is no such folder")

    def read(self) -> bytes | Sign:
        if self._file < 0:
            return self._appear()
        if self._was_cut():
            os.lseek(self._file, 0, os.SEEK_SET)
            self._offset = 0
            self._head = b""
            return Sign.RESTART
        piece = _read(self._file, self.name)
        if piece:
            if self._offset < _HEAD_BYTES:
                self._head += piece[: _HEAD_BYTES - self._offset]
            self._offset += len(piece)
            return piece
        if not self._replaced:
            # Its writer may still have the old one open: it is read once more before it is left.
            self._replaced = self._other_file()
            return Sign.NOTHING
        self.close()
        return self._appear()

    def _appear(self) -> Sign:
        if not os.path.exists(self._path):
            return Sign.NOTHING
        self._file = _open(self._path)
        self._offset = 0
        self._head = b""
        self._replaced = False
        return Sign.RESTART

    def _was_cut(self) -> bool:
        try:
            return (
                os.fstat(self._file).st_size < self._offset
                or os.pread(self._file, len(self._head), 0) != self._head
            )
        except OSError as error:
            raise SourceError(f"{self.name}: cannot read the audit log: {error.strerror}") from None

    def _other_file(self) -> bool:
        try:
            there = os.stat(self._path)
        except OSError:
            return False  # renamed, and the new one not made yet
        here = os.fstat(self._file)
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
