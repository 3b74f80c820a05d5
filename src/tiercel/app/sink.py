"""Where lines of alerts go: a file that is appended to, or standard output.

A sensor that waits for a full disk or a reader that sleeps stands still, and then the kernel's ring overflows. So a
line that cannot be written now waits in memory (`BACKLOG_BYTES`), is tried again, and only what finds no room there is
lost: counted, and told. `patient` sinks wait instead, for runs on files, where nothing is lost by waiting.

Nothing is buffered besides: a line is written when it comes. Other programs rotate the file: it is opened anew by
`reopen` (SIGUSR1, as in Falco), and where another file has taken its name.
"""

from __future__ import annotations

import errno
import os
import select
import stat
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from tiercel.errors import OutputError

BACKLOG_BYTES = 16 << 20
PIPE_CHUNK = 4096  # as much as a pipe that poll(2) calls writable takes without blocking
RETRY_SECONDS = 1.0
TOLD_SECONDS = 60.0  # how often a trouble that goes on is told
BUSY_SECONDS = 5.0  # a reader that is merely slower than a burst of alerts is no trouble
STDOUT = 1

# What may pass by itself: no room, quotas, a pipe without a reader, an input or output error of a network disk.
PASSING = {
    errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EAGAIN, errno.ENXIO, errno.EPIPE, errno.ESTALE,
    errno.ENOENT, errno.EACCES, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EISDIR, errno.EPERM,
    errno.ENOTDIR, errno.ELOOP, errno.ETIMEDOUT, errno.ECONNRESET,
}  # fmt: skip


class LineSink:
    """Writes lines to `path`, or to standard output where it is None.

    `tell` gets what a person should know. OutputError where the file cannot be opened at the start, or, of a patient
    sink, written; BrokenPipeError where the reader of standard output has gone.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        patient: bool = False,
        tell: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.path = path
        self.patient = patient
        self.name = str(path) if path is not None else "standard output"
        self.tell = tell
        self.written = 0  # lines
        self.lost = 0
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._begun = 0  # bytes of the first waiting line that are written already
        self._fd = STDOUT if path is None else -1
        self._identity: tuple[int, int] | None = None
        self._regular = False
        self._retry_at = 0.0
        self._look_at = 0.0
        self._trouble = ""  # why lines wait, where it is more than a reader that is busy
        self._waits_since = 0.0
        self._told_at: float | None = None  # the trouble, last
        if path is None:
            self._regular = stat.S_ISREG(os.fstat(STDOUT).st_mode)
            return
        try:
            self._open()
        except OSError as e:
            if e.errno != errno.ENXIO:  # a named pipe that nobody reads yet
                raise OutputError(f"{path}: alerts cannot be written there: {e.strerror}") from None
            self._failed(e)

    @property
    def waiting(self) -> int:
        """Lines that wait to be written."""
        return len(self._waiting)

    def write(self, line: str) -> None:
        """Writes a line (without its end), or keeps it until it can be."""
        data = line.encode("utf-8", "surrogateescape") + b"\n"
        if self._waiting:
            self._keep(data, 0)
            self.flush()
            return
        done = self._put(data) if self._ready() else 0
        if done == len(data):
            self.written += 1
        else:
            self._keep(data, done)

    def flush(self) -> None:
        """Writes what waits, as far as it goes now."""
        while self._waiting:
            if not self._ready():
                return
            first = self._waiting[0]
            self._begun += self._put(first[self._begun :])
            if self._begun < len(first):
                self._tell_trouble()
                return
            self._waiting.popleft()
            self._waiting_bytes -= len(first)
            self._begun = 0
            self.written += 1
        self._trouble = ""
        if self._told_at is not None:
            self.tell(f"{self.name}: written again, nothing waits any more ({self.lost} alerts lost so far)")
            self._told_at = None

    def reopen(self) -> None:
        """Goes on in the file that has the name now; nothing for standard output."""
        if self.path is None:
            return
        self._close()
        self._retry_at = 0.0
        self._ready()
        self.flush()

    def close(self, seconds: float = 5.0) -> int:
        """Tries for so long to write what waits; how many lines were lost, all told."""
        end = time.monotonic() + seconds
        self._retry_at = 0.0
        self.flush()
        while self._waiting and time.monotonic() < end:
            time.sleep(0.05)
            self.flush()
        if self._waiting:
            self.lost += len(self._waiting)
            self.tell(
                f"{self.name}: {len(self._waiting)} alerts could not be written ({self._trouble or 'nobody reads'})"
            )
            self._waiting.clear()
            self._waiting_bytes = self._begun = 0
        if self.path is not None:
            self._close()
        return self.lost

    # ---- the file

    def _open(self) -> None:
        assert self.path is not None
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
        self._fd = os.open(self.path, flags, 0o640)
        found = os.fstat(self._fd)
        self._identity = (found.st_dev, found.st_ino)
        self._regular = stat.S_ISREG(found.st_mode)
        self._begun = 0  # a line that was cut off in another file begins anew

    def _close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def _follow_name(self, now: float) -> None:
        # Once a second at most: whoever rotates without a signal gets what comes next in the new file.
        if now < self._look_at:
            return
        self._look_at = now + 1
        assert self.path is not None
        try:
            found = os.stat(self.path)
            moved = (found.st_dev, found.st_ino) != self._identity
        except OSError:
            moved = True
        if moved:
            self._close()

    def _ready(self) -> bool:
        # Whether it makes sense to write now: the file is open, and is the one that has the name.
        now = time.monotonic()
        if now < self._retry_at:
            return False
        if self.path is None:
            return True
        if self._fd >= 0 and self._regular:
            self._follow_name(now)
        if self._fd < 0:
            try:
                self._open()
            except OSError as e:
                self._failed(e)
                return False
        return True

    def _put(self, data: bytes) -> int:
        # How many bytes could be written now.
        done = 0
        try:
            while done < len(data):
                if self._regular:
                    done += os.write(self._fd, data[done:])
                elif self._writable():
                    done += os.write(self._fd, data[done : done + PIPE_CHUNK])
                else:
                    break
        except OSError as e:
            if e.errno == errno.EPIPE and self.path is None:
                raise
            self._failed(e)
        return done

    def _writable(self) -> bool:
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT)
        return bool(poll.poll(None if self.patient else 0))

    def _failed(self, error: OSError) -> None:
        if error.errno not in PASSING or (self.patient and error.errno not in (errno.EAGAIN, errno.ENXIO)):
            raise OutputError(f"{self.name}: {error.strerror}") from None
        if error.errno != errno.EAGAIN:
            self._retry_at = time.monotonic() + RETRY_SECONDS
        if error.errno == errno.EPIPE:
            self._close()
        self._trouble = str(error.strerror)

    # ---- what waits

    def _keep(self, data: bytes, done: int) -> None:
        if self._waiting_bytes + len(data) > BACKLOG_BYTES and self._waiting:
            self.lost += 1
            self._waits_since = 0.0
            self._tell_trouble()
            return
        if not self._waiting:
            self._begun = done
            self._waits_since = time.monotonic()
        self._waiting.append(data)
        self._waiting_bytes += len(data)
        self._tell_trouble()

    def _tell_trouble(self) -> None:
        now = time.monotonic()
        if not self._trouble and now - self._waits_since < BUSY_SECONDS:
            return
        if self._told_at is None or now - self._told_at >= TOLD_SECONDS:
            self._told_at = now
            lost = f", {self.lost} are lost for want of room" if self.lost else ""
            self.tell(
                f"{self.name}: {self._trouble or 'nobody reads'}: {len(self._waiting)} alerts wait in memory{lost}; "
                "it is tried again"
            )
