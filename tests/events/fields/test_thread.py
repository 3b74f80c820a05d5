"""thread.*"""

from __future__ import annotations

from typing import Any

import pytest
from captured import START, last, read

from tiercel.sources.scap import CaptureWriter

FIELDS = [
    (10, "thread.tid", 10),
    (10, "thread.vtid", 3),
    (10, "thread.ismain", True),
    (11, "thread.ismain", False),
    (10, "thread.nametid", "app10"),
    (10, "thread.cap_permitted", "CAP_CHOWN CAP_KILL CAP_CHECKPOINT_RESTORE"),
    (10, "thread.cap_effective", "CAP_DAC_OVERRIDE"),
    (10, "thread.cap_inheritable", ""),
    (10, "thread.cgroups", "cpu=/a memory=/b/c"),
    (10, "thread.cgroup.memory", "/b/c"),
    (10, "thread.cgroup.mem", None),
    (11, "thread.cgroups", None),
    (10, "thread.pfmajor", 4),
    (10, "thread.pfminor", 5),
    (10, "thread.vmsize", 100),
    (10, "thread.vmrss", 50),
    (11, "thread.vmsize", 0),
    (10, "thread.vmsize.b", 102400),
    (10, "thread.vmrss.b", 51200),
    (10, "thread.exectime", 0),
    (10, "thread.totexectime", 0),
    (10, "thread.cpu", None),
    (99, "thread.tid", 99),
]


def tell(tid: int) -> Any:
    def told(capture: CaptureWriter) -> None:
        capture.process(
            10,
            comm="app",
            exe="app",
            vtid=3,
            vpid=3,
            cap_permitted=1 | 1 << 5 | 1 << 40 | 1 << 60,
            cap_effective=2,
            cgroups=["cpu=/a", "memory=/b/c"],
            pfmajor=4,
            pfminor=5,
            vmsize_kb=100,
            vmrss_kb=50,
        )
        capture.process(11, pid=10, comm="app", exe="app", vmsize_kb=100, flags=1 << 13)
        capture.event(START, tid, 0, "nanosleep", res=0)

    return told


@pytest.mark.parametrize(("tid", "field", "value"), FIELDS, ids=[f"{f}-{t}" for t, f, _ in FIELDS])
def test_fields(tid: int, field: str, value: Any) -> None:
    assert last(tell(tid), field).get(field) == value


@pytest.mark.parametrize(
    ("event", "params"),
    [
        ("PAGE_FAULT_E", {"addr": 1}),
        ("USER_ADDED_E", {"uid": 5, "gid": 5, "name": "u"}),
        ("CPU_HOTPLUG_E", {"cpu": 1}),
    ],
)
def test_any_event_shows_the_thread_of_its_number(event: str, params: dict[str, Any]) -> None:
    def told(capture: CaptureWriter) -> None:
        capture.process(10, comm="app", exe="app")
        capture.event(START, 10, 0, "nanosleep", res=0)
        capture.event(START, 10, 0, event, params)

    assert last(told, "proc.name", "thread.tid") == {"proc.name": "app", "thread.tid": 10}


def test_processor_time_is_not_added_up() -> None:
    def told(capture: CaptureWriter) -> None:
        capture.process(10, comm="app", exe="app")
        capture.event(START, 10, 0, "PROCINFO_E", cpu_usr=10, cpu_sys=5)
        capture.event(START + 9, 10, 0, "PROCINFO_E", cpu_usr=20, cpu_sys=7)
        capture.event(START + 99, 10, 0, "SCHEDSWITCH_6_E", next=10)

    rows = read(
        told, ["thread.cpu", "thread.cpu.user", "thread.cpu.system", "thread.exectime", "thread.totexectime"]
    )
    assert [tuple(r.values()) for r in rows] == [(0.0, 0.0, 0.0, 0, 0), (0.0, 0.0, 0.0, 0, 0), (0, 0)]
