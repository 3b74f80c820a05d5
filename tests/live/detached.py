"""Runs a command of which nobody of ours is an ancestor: rules look up the line (`make test` is a build to them)."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from typing import NoReturn


def run_detached(begin: Callable[[], None], words: list[str], env: dict[str, str], seconds: float) -> int:
    """Its exit code, negative for a signal. `begin` is called in the process before it runs the command.

    A process in between ends at once, so that the one that starts the command is taken over by pid 1 (or the next
    subreaper); that one waits for it and tells its end through a pipe. TimeoutError after `seconds`.
    """
    at, to = os.pipe()
    between = os.fork()
    if between == 0:
        _stand_aside(to, begin, words, env)
    os.close(to)
    os.waitpid(between, 0)
    try:
        if not select.select([at], [], [], seconds)[0]:
            raise TimeoutError(f"{' '.join(words)} did not end in {seconds:.0f} s")
        return int(os.read(at, 16) or b"-1")
    finally:
        os.close(at)


def _stand_aside(to: int, begin: Callable[[], None], words: list[str], env: dict[str, str]) -> NoReturn:
    try:
        os.setsid()
        parent = os.getpid()
        if os.fork():
            os._exit(0)
        while os.getppid() == parent:
            time.sleep(0.001)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.setsid()
            begin()
            os.execvpe(words[0], words, env)
        _, status = os.waitpid(child, 0)
        os.write(to, b"%d" % os.waitstatus_to_exitcode(status))
    finally:
        os._exit(127)
