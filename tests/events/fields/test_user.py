"""user.* and group.*"""

from __future__ import annotations

from typing import Any

import pytest
from captured import START, last

from tiercel.sources.scap import CaptureWriter


def tell(uid: int, gid: int = 0, loginuid: int = -1) -> Any:
    def told(capture: CaptureWriter) -> None:
        capture.user(1000, 100, "ada", "/home/ada", "/bin/zsh")
        capture.group(100, "users")
        capture.process(10, comm="app", exe="app", uid=uid, gid=gid, loginuid=loginuid)
        capture.event(START, 10, 0, "nanosleep", res=0)

    return told


CASES = [
    (1000, 100, 1000, "user.uid", 1000),
    (1000, 100, 1000, "user.name", "ada"),
    (1000, 100, 1000, "user.homedir", "/home/ada"),
    (1000, 100, 1000, "user.shell", "/bin/zsh"),
    (1000, 100, 1000, "user.loginuid", 1000),
    (1000, 100, 1000, "user.loginname", "ada"),
    (1000, 100, 1000, "group.gid", 100),
    (1000, 100, 1000, "group.name", "users"),
    (0, 0, -1, "user.name", "root"),
    (0, 0, -1, "user.homedir", "/root"),
    (0, 0, -1, "user.loginuid", -1),
    (0, 0, -1, "user.loginname", "<NA>"),
    (0, 0, 0, "user.loginname", "root"),
    (0, 0, -1, "group.name", "root"),
    (33, 33, -1, "user.name", "<NA>"),
    (33, 33, -1, "user.homedir", "<NA>"),
    (33, 33, -1, "user.shell", "<NA>"),
    (33, 33, -1, "group.name", "<NA>"),
]


@pytest.mark.parametrize(("uid", "gid", "loginuid", "field", "value"), CASES)
def test_fields(uid: int, gid: int, loginuid: int, field: str, value: Any) -> None:
    assert last(tell(uid, gid, loginuid), field)[field] == value


def test_a_thread_of_which_nothing_is_known() -> None:
    def told(capture: CaptureWriter) -> None:
        capture.event(START, 4711, 0, "nanosleep", res=0)

    row = last(told, "user.uid", "user.name", "user.loginuid", "group.gid", "group.name")
    assert row == {
        "user.uid": 0xFFFFFFFF,
        "user.name": "<NA>",
        "user.loginuid": -1,
        "group.gid": 0xFFFFFFFF,
        "group.name": "<NA>",
    }
