"""Shows a capture's events, one a line: `python -m tiercel.sources.scap FILE`.

Number, time, cpu, thread, type, parameters.
"""

import sys

from tiercel.errors import TiercelError
from tiercel.events.table import EVENTS
from tiercel.sources.scap.reader import Capture, RawEvent

_TEXTS = {"CHARBUF", "FSPATH", "FSRELPATH", "BYTEBUF", "SOCKADDR", "SOCKTUPLE", "CHARBUFARRAY", "DYN"}


def line(event: RawEvent) -> str:
    """An event as one line of text. Parameters of fixed size print as unsigned numbers."""
    kind = EVENTS[event.type]
    shown = (
        f"{param.name}={_value(param.type, value)}"
        for param, value in zip(kind.params, event.params, strict=False)
    )
    return f"{event.num} {event.ts} {event.cpu} {event.tid} {kind.symbol} {' '.join(shown)}"


def _value(kind: str, value: bytes) -> str:
    if not value:
        return "<NA>"
    if kind in _TEXTS or len(value) > 8:
        return ascii(value.rstrip(b"\0").decode("utf-8", "backslashreplace"))
    signed = kind in ("FD", "PID", "ERRNO", "INT64", "INT32")
    return str(int.from_bytes(value, "little", signed=signed))


def main() -> int:
    try:
        for event in Capture(sys.argv[1] if len(sys.argv) > 1 else "-"):
            print(line(event))
    except TiercelError as e:
        print(e, file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
