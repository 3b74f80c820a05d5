"""Opens files by a path that another process changes all the while, for `test_truth`: `swap_scene.py OPENS PATH PATH`.

The paths are of one length. Writes a letter for each open: a or b for the file that it was, as fstat has it; and
"-" for one that could not be opened.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import signal
import sys

libc = ctypes.CDLL(None)
opens, first, second = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()
memory = mmap.mmap(-1, 4096)
text = (ctypes.c_char * 4096).from_buffer(memory)
memory[: len(first) + 1] = first + b"\0"
size = len(first)
child = os.fork()
if child == 0:
    while True:
        memory[:size] = first
        memory[:size] = second
letters = {os.stat(first).st_ino: "a", os.stat(second).st_ino: "b"}
said = []
try:
    for _ in range(opens):
        fd = libc.open(text, os.O_RDONLY)
        said.append("-" if fd < 0 else letters[os.fstat(fd).st_ino])
        if fd >= 0:
            os.close(fd)
finally:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
print("".join(said))
