"""Times as Go reads them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.sources.k8s_audit.timestamp import nanoseconds


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2018-10-25T13:58:49.736141Z", 1_540_475_929_736_141_000),
        ("2018-10-25T13:58:49Z", 1_540_475_929_000_000_000),
        ("2018-10-25T15:58:49+02:00", 1_540_475_929_000_000_000),
        ("2018-10-25T12:28:49-01:30", 1_540_475_929_000_000_000),
        ("1970-01-01T00:00:00.1Z", 100_000_000),
        ("1970-01-01T0:00:00,000000001Z", 1),
        ("1970-01-01T00:00:00.0000000019999Z", 1),
        ("2020-02-29T00:00:00Z", 1_582_934_400_000_000_000),
        ("0001-01-01T00:00:00Z", (-62_135_596_800 * 10**9) % 2**64),
        ("0000-02-29T00:00:00Z", (-62_162_121_600 * 10**9) % 2**64),
        ("1969-12-31T23:59:59Z", 2**64 - 10**9),
    ],
)
def test_times(text: str, want: int) -> None:
    assert nanoseconds(text) == want


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "2018-10-25", "2018-10-25T13:58:49", "2018-10-25 13:58:49Z", "2018-10-25t13:58:49z",
        "2018-13-01T00:00:00Z", "2018-00-01T00:00:00Z", "2018-02-30T00:00:00Z", "2019-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "2018-10-25T24:00:00Z", "2018-10-25T23:60:00Z", "2018-10-25T23:59:60Z",
        "2018-1-25T13:58:49Z", "2018-10-25T13:58:49.Z", "2018-10-25T13:58:49+2:00",
        "2018-10-25T13:58:49+25:00",
        "2018-10-25T13:58:49Z ", "٢018-10-25T13:58:49Z", "2018-10-25T13:58:49Z\n", "1" * 1000,
    ],
)  # fmt: skip
def test_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="time"):
        nanoseconds(text)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2500, 1, 1)))
def test_agrees_with_the_standard_library(moment: datetime) -> None:
    elapsed = moment.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    want = (elapsed.days * 86_400 + elapsed.seconds) * 10**9 + elapsed.microseconds * 1000
    assert nanoseconds(moment.isoformat() + "Z") == want
