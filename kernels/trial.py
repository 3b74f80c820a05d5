"""What the kernel that runs here says to the probe, as one line of JSON: run inside a guest, before the tests.

{"release": ..., "loads": bool, "reason": ..., "missing": {unit: reason}, "seconds": ...}
"""

from __future__ import annotations

import json
import os
import sys
import time

from tiercel.errors import SourceError
from tiercel.sources.ebpf.live import LiveSource


def main() -> int:
    started = time.monotonic()
    source = LiveSource(all_events=True)
    reason, missing = "", {}
    try:
        source.open()
        missing = source.missing
    except SourceError as error:
        reason = str(error)
    finally:
        source.close()
    seconds = round(time.monotonic() - started, 2)
    said = {"release": os.uname().release, "loads": not reason, "reason": reason}
    print(json.dumps({**said, "missing": missing, "seconds": seconds}))
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
