"""What systemd is told (sd_notify(3)): that the sensor is ready, reloads, ends, and that its loop still turns."""

from __future__ import annotations

import contextlib
import os
import socket
import time


class Notifier:
    """Sends to the socket of NOTIFY_SOCKET; does nothing where there is none."""

    def __init__(self) -> None:
        self._address = os.environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):
            self._address = "\0" + self._address[1:]
        self._ready = False
        self._every = 0.0
        self._next = 0.0
        watchdog = os.environ.get("WATCHDOG_USEC", "")
        if watchdog.isdecimal() and os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid()):
            self._every = int(watchdog) / 1e6 / 3

    def send(self, text: str) -> None:
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.setblocking(False)
            s.sendto(text.encode(), self._address)

    def turned(self) -> None:
        """The loop turns: told the first time, and to a watchdog, where one waits, a few times within its span."""
        if not self._ready:
            self._ready = True
            self.send("READY=1")
        if self._every and (now := time.monotonic()) >= self._next:
            self._next = now + self._every
            self.send("WATCHDOG=1")

    def stopping(self) -> None:
        self.send("STOPPING=1")
