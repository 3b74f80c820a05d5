"""Memory is bounded by what a reader holds at once, not by what a capture is long, or says it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

READ = """
import io, itertools, resource, struct, sys, zlib
sys.path.insert(0, {here!r})
from scap_bytes import block, event, section
from tiercel.errors import CaptureError
from tiercel.sources.scap import Capture

class Pieces(io.RawIOBase):
    def __init__(self, pieces): self.pieces, self.left = iter(pieces), b""
    def readable(self): return True
    def readinto(self, to):
        while not self.left:
            self.left = next(self.pieces, None)
            if self.left is None:
                self.left = b""
                return 0
        n = min(len(to), len(self.left))
        to[:n], self.left = self.left[:n], self.left[n:]
        return n

def packed(pieces):
    z = zlib.compressobj(1, zlib.DEFLATED, 31)
    yield from filter(None, map(z.compress, pieces))
    yield z.flush()

READ = event("READ_X", [bytes(8), b"x" * 4000, bytes(8), bytes(4)])
MEGABYTE = bytes(1 << 20)
list(Capture(Pieces([section(), READ])))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
n, error = 0, None
try:
    for _ in Capture(Pieces({pieces})):
        n += 1
except CaptureError as e:
    error = str(e)
print(n, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, error)
"""

CASES: dict[str, tuple[str, int, int]] = {
    "400 MB of events": ("itertools.chain([section()], itertools.repeat(READ, 100_000))", 100_000, 8),
    "an unknown block of 400 MB": (
        "itertools.chain([section(), struct.pack('<II', 0x7777, (400 << 20) + 12)],"
        " itertools.repeat(MEGABYTE, 400), [struct.pack('<I', (400 << 20) + 12), READ])", 1, 8,
    ),
    "400 MB of zeros, packed, behind a capture": (
        "packed(itertools.chain([section(), READ], itertools.repeat(MEGABYTE, 400)))", 1, 8,
    ),
    "an event that says it is 60 MB long": (
        "[section(), READ, struct.pack('<II', 0x221, 60 << 20), bytes(1000)]", 1, 8,
    ),
    "a table that says it is 4 GB long": (
        "itertools.chain([section(), struct.pack('<II', 0x220, 0xFFFFFFF0)],"
        " itertools.repeat(MEGABYTE, 400))", 0, 8,
    ),
    "enter events of 100,000 threads": (
        "itertools.chain([section(), READ],"
        " (event('UNLINK_E', [b'x' * 4000], tid=i) for i in range(100_000)))", 1, 45,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_memory(case: str) -> None:
    pieces, events, megabytes = CASES[case]
    code = READ.replace("{here!r}", repr(str(Path(__file__).parent))).replace("{pieces}", pieces)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seen, grown, _ = done.stdout.split(" ", 2)
    assert int(seen) == events
    assert int(grown) <= megabytes
