"""fdlist.*: the descriptors of a poll."""

from __future__ import annotations

from typing import Any

import pytest
from captured import START, last

from tiercel.sources.scap import CaptureWriter


def poll(fds: Any, name: str = "poll") -> Any:
    def tell(capture: CaptureWriter) -> None:
        capture.process(10, comm="app", exe="app")
        capture.fd(10, 3, "file", name="/a")
        capture.fd(10, 4, "ipv4", source=("10.0.0.1", 40000), destination=("10.0.0.2", 80))
        capture.fd(10, 5, "ipv6", source=("2001:db8::1", 40001), destination=("2001:db8::2", 53))
        capture.fd(10, 6, "ipv4_server", source=("127.0.0.1", 8080))
        capture.fd(10, 7, "fifo")
        capture.event(START, 10, 0, name, res=1, fds=fds)

    return tell


ALL = [(3, 1), (4, 1), (5, 1), (6, 1), (7, 1), (99, 1)]
CASES = [
    (ALL, "fdlist.nums", "3,4,5,6,7,99"),
    (
        ALL,
        "fdlist.names",
        "/a,10.0.0.1:40000->10.0.0.2:80,2001:db8::1:40001->2001:db8::2:53,127.0.0.1:8080,<NA>,<NA>",
    ),
    (ALL, "fdlist.cips", "10.0.0.1,2001:db8::1"),
    (ALL, "fdlist.sips", "10.0.0.2,2001:db8::2,127.0.0.1"),
    (ALL, "fdlist.cports", "40000,40001"),
    (ALL, "fdlist.sports", "80,53"),
    ([(3, 1)], "fdlist.cips", None),
    ([], "fdlist.nums", None),
    (b"", "fdlist.nums", None),
    (b"\x05", "fdlist.nums", None),
    (b"\xff\xff" + bytes(10), "fdlist.nums", "0"),  # claims more than it has
]


@pytest.mark.parametrize(("fds", "field", "value"), CASES)
def test_lists(fds: Any, field: str, value: Any) -> None:
    assert last(poll(fds), field).get(field) == value


def test_of_ppoll_too_and_of_nothing_else() -> None:
    assert last(poll([(3, 1)], "ppoll"), "fdlist.names") == {"fdlist.names": "/a"}

    def tell(capture: CaptureWriter) -> None:
        capture.process(10, comm="app", exe="app")
        capture.event(START, 10, 0, "nanosleep", res=0)

    assert last(tell, "fdlist.names") == {}
