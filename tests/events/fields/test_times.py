"""Times and durations print as Falco's."""

import time
from collections.abc import Iterator

import pytest

from tiercel.events.fields import times

NS = 1_715_000_706_001_002_003  # 2024-05-06T13:05:06.001002003 UTC


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("zone", "clock", "date"),
    [
        ("UTC0", "13:05:06.001002003", "2024-05-06"),
        ("XXX-5:30", "18:35:06.001002003", "2024-05-06"),
        ("XXX+14", "23:05:06.001002003", "2024-05-05"),
        ("XXX-14", "03:05:06.001002003", "2024-05-07"),
    ],
    indirect=["zone"],
)
def test_local_times(zone: str, clock: str, date: str) -> None:
    assert times.clock(NS) == clock
    assert times.clock_s(NS) == clock[:8]
    assert times.date_clock(NS) == f"{date} {clock}"
    assert times.date_clock_s(NS) == f"{date} {clock[:8]}"
    assert times.timestamp(NS) == f"{date} {clock}"
    assert times.iso8601(NS) == "2024-05-06T13:05:06.001002003+0000"


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "0s"),
        (1, "1e-09s"),
        (100_000, "0.0001s"),
        (1_500_000_000, "1.5s"),
        (59_999_999_900, "60s"),
        (10**15, "1e+06s"),
        (2**64 - 2, "1.84467e+10s"),
    ],
)
def test_durations(ns: int, text: str) -> None:
    assert times.duration(ns) == text


def test_the_last_time_there_is() -> None:
    assert times.iso8601(2**64 - 1) == "2554-07-21T23:34:33.709551615+0000"
