"""Threads and processes: how they begin, what they run, how they end, whose children are whose."""

from __future__ import annotations

from typing import Any

import pytest
from tests.events.state.calls import call, clone, execve, exits, host, opens

from tiercel.events.machine import Machine

CLONE_FILES, NEWPID, PARENT, THREAD = 1 << 0, 1 << 6, 1 << 8, 1 << 13
INVERTED, CLOSED, VFORK, IN_PIDNS = 1 << 16, 1 << 18, 1 << 27, 1 << 29
SECOND = 10**9


def lineage(machine: Machine, *tids: int) -> list[int | None]:
    return [t["ptid"] if (t := machine.thread(tid)) else None for tid in tids]


# ---- how they begin


def test_parent_makes_the_child() -> None:
    machine = host()
    opens(machine, 10, 3, "notes")
    seen = clone(machine, 10, 11, exe="bash", comm="bash", args=["-l"])
    assert seen["thread"]["tid"] == 10
    child = machine.thread(11)
    assert child is not None
    assert (child["pid"], child["ptid"], child["vtid"], child["vpid"]) == (11, 10, 11, 11)
    assert (child["comm"], child["args"], child["exepath"]) == (b"bash", [b"-l"], b"/bin/bash")
    assert (child["cwd"], child["env"]) == (b"/home/u/", [b"A=1", b"B=2"])
    assert machine.fds(11)[3]["name"] == b"/home/u/notes"
    assert machine.children(10) == [11]
    # What the parent opens or closes later is its own.
    opens(machine, 10, 4, "/a")
    call(machine, "CLOSE_X", 10, result=0, fd=3)
    assert (sorted(machine.fds(10)), sorted(machine.fds(11))) == ([4], [3])
    machine.check()


def test_child_comes_first() -> None:
    machine = host()
    seen = clone(machine, 11, 0, ptid=10)
    assert (seen["thread"]["tid"], seen["thread"]["env"]) == (11, [b"A=1", b"B=2"])
    assert machine.thread(11)["flags"] & INVERTED  # type: ignore[index]
    before = machine.thread(11)
    clone(machine, 10, 11, comm="later")
    assert machine.thread(11) == before
    assert machine.children(10) == [11]


@pytest.mark.parametrize(
    ("flags", "symbol", "vtid"),
    [
        (IN_PIDNS, "CLONE_20_X", 10),
        (NEWPID, "CLONE_20_X", 10),
        (PARENT, "CLONE_20_X", 10),
        (VFORK, "CLONE3_X", 10),
        (0, "VFORK_20_X", 10),
        (0, "CLONE_20_X", 5),
    ],
)
def test_only_the_child_can_tell(flags: int, symbol: str, vtid: int) -> None:
    machine = host(vtid=vtid)
    clone(machine, 10, 11, flags=flags, symbol=symbol)
    assert machine.thread(11) is None


def test_thread_shares_the_main_threads_files() -> None:
    machine = host()
    clone(machine, 10, 11, flags=THREAD)
    opens(machine, 11, 7, "/x")
    thread = machine.thread(11)
    assert thread is not None
    assert (thread["pid"], thread["ptid"], thread["alive"], thread["env"]) == (10, 1, 2, [])
    assert thread["flags"] & CLONE_FILES
    assert machine.fds(10)[7]["name"] == b"/x"
    assert machine.children(1) == [11, 10]


def test_unknown_parent_is_filled_in_from_its_child() -> None:
    machine = host()
    clone(machine, 40, 41, pid=40, ptid=10, exe="make", comm="make", args=["all"])
    parent = machine.thread(40)
    assert parent is not None and not parent["invalid"]
    assert (parent["comm"], parent["args"], parent["ptid"], parent["cwd"]) == (b"make", [b"all"], 10, b"")
    assert machine.thread(41)["ptid"] == 40  # type: ignore[index]


def test_unknown_main_thread_is_filled_in_from_its_thread() -> None:
    machine = host()
    clone(machine, 41, 0, pid=40, ptid=10, flags=THREAD, comm="worker", vtid=41, vpid=40)
    main = machine.thread(40)
    assert main is not None
    assert (main["comm"], main["ptid"], main["vtid"], main["alive"]) == (b"worker", 10, 40, 2)


def test_unknown_parent_of_a_process_stays_a_placeholder() -> None:
    machine = host()
    clone(machine, 41, 0, ptid=40)
    assert machine.thread(40)["invalid"]  # type: ignore[index]
    assert lineage(machine, 41) == [0]


@pytest.mark.parametrize(("age", "kept"), [(SECOND, True), (3 * SECOND, False)])
def test_number_in_use_again_told_by_the_child(age: int, kept: bool) -> None:
    machine = host()
    clone(machine, 11, 0, ts=10**18, ptid=10, comm="old")
    clone(machine, 11, 0, ts=10**18 + age, ptid=10, comm="new")
    assert machine.thread(11)["comm"] == (b"old" if kept else b"new")  # type: ignore[index]


def test_number_in_use_again_told_by_the_parent() -> None:
    machine = host()
    clone(machine, 10, 11, comm="old")
    clone(machine, 11, 12, comm="grandchild")
    clone(machine, 10, 11, comm="new")
    assert machine.thread(11)["comm"] == b"new"  # type: ignore[index]
    # The old one's child went to the nearest process that takes orphans.
    assert lineage(machine, 12) == [1]
    machine.check()


@pytest.mark.parametrize(("later", "made"), [(SECOND, False), (3 * SECOND, True)])
def test_parent_is_late(later: int, made: bool) -> None:
    machine = host()
    clone(machine, 11, 0, ptid=10)
    exits(machine, 11)
    clone(machine, 10, 11, ts=10**18 + later)
    assert (machine.thread(11) is not None) == made


def test_failed_clone_changes_nothing() -> None:
    machine = host()
    clone(machine, 10, -11)
    assert len(machine) == 2


def test_old_events_without_name_and_virtual_numbers() -> None:
    machine = host()
    seen = clone(machine, 11, 0, ptid=10, comm=b"", vtid=b"", vpid=b"", cgroups=b"", exe="/bin/x")
    assert (seen["thread"]["comm"], seen["thread"]["vtid"], seen["thread"]["vpid"]) == (b"/bin/x", 11, -1)


def test_namespace_start_counts_from_zero_in_captures() -> None:
    machine = host()
    seen = clone(machine, 11, 0, ptid=10, flags=IN_PIDNS, vtid=1, vpid=1, pidns_init_start_ts=77)
    assert seen["thread"]["pidns_init_start_ts"] == 77
    assert seen["thread"]["reaper"]


@pytest.mark.parametrize("symbol", ["READ_X", "EXECVE_19_X", "CLOSE_X"])
def test_unknown_thread_is_a_placeholder(symbol: str) -> None:
    machine = host()
    seen = call(machine, symbol, 99, result=-1)
    assert (seen["thread"]["comm"], seen["thread"]["invalid"]) == (b"<NA>", True)


@pytest.mark.parametrize("symbol", ["PROCEXIT_1_E", "SCHEDSWITCH_6_E"])
def test_unknown_thread_stays_unknown(symbol: str) -> None:
    machine = host()
    assert call(machine, symbol, 99)["thread"] is None
    machine.skipped(5, 98)
    assert machine.thread(98)["invalid"]  # type: ignore[index]
    assert machine.thread(99) is None


# ---- what they run


def test_exec_replaces_what_ran() -> None:
    machine = host()
    opens(machine, 10, 3, "/kept")
    opens(machine, 10, 4, "/ends", flags=1 | 1 << 12)
    opens(machine, 10, 100, "/ends too", flags=1 | 1 << 12)
    seen = execve(
        machine, 10, exe="python3", comm="python3", args=["-m", "http.server"], env=["X=1"], tty=34816,
        vpgid=5, loginuid=1000, flags=0b0101, cap_inheritable=1, cap_permitted=2, cap_effective=3, exe_ino=9,
        exe_ino_ctime=10, exe_ino_mtime=11, uid=1000, trusted_exepath="/usr/bin/python3 (deleted)", pgid=6, gid=100,
        cgroups=["io=/x", "mem=/y", "perf=/z", "cpu_cgroup=/w"],
    )["thread"]  # fmt: skip
    assert (seen["exe"], seen["comm"], seen["args"]) == (b"python3", b"python3", [b"-m", b"http.server"])
    assert (seen["env"], seen["exepath"]) == ([b"X=1"], b"/usr/bin/python3")
    assert (seen["tty"], seen["vpgid"], seen["pgid"], seen["loginuid"]) == (34816, 5, 6, 1000)
    assert (seen["uid"], seen["gid"], seen["exe_writable"], seen["exe_upper_layer"]) == (
        1000,
        100,
        True,
        False,
    )
    assert seen["exe_from_memfd"]
    assert [seen[f"cap_{c}"] for c in ("inheritable", "permitted", "effective")] == [1, 2, 3]
    assert seen["cgroups"] == [b"blkio=/x", b"memory=/y", b"perf_event=/z", b"cpu=/w"]
    assert seen["lastexec_ts"] == 10**18
    assert sorted(machine.fds(10)) == [3]
    machine.check()


def test_exec_without_the_newer_parameters_keeps_what_was() -> None:
    machine = host(uid=7, env=b"A=1")
    seen = execve(machine, 10, comm=b"", exe="/bin/ls", trusted_exepath=b"")["thread"]
    assert (seen["comm"], seen["env"], seen["uid"], seen["pgid"]) == (b"/bin/ls", [b"A=1"], 7, -1)
    assert seen["exepath"] == b"/bin/bash"


@pytest.mark.parametrize(
    ("symbol", "entry", "exepath"),
    [
        ("EXECVE_19_E", {"filename": "../bin/ls"}, b"/home/bin/ls"),
        ("EXECVE_19_E", {"filename": "/bin/ls"}, b"/bin/ls"),
        ("EXECVE_19_E", {"filename": "<NA>"}, b"<NA>"),
        ("EXECVEAT_E", {"dirfd": -100, "pathname": "ls", "flags": 0}, b"/home/u/ls"),
        ("EXECVEAT_E", {"dirfd": 3, "pathname": "ls", "flags": 0}, b"/opt/ls"),
        ("EXECVEAT_E", {"dirfd": 3, "pathname": "<NA>", "flags": 1}, b"/opt"),
        ("EXECVEAT_E", {"dirfd": 3, "pathname": "<NA>", "flags": 0}, b"<NA>"),
        ("EXECVEAT_E", {"dirfd": 8, "pathname": "ls", "flags": 0}, b"<NA>"),
    ],
)
def test_program_of_old_captures_comes_from_the_way_in(
    symbol: str, entry: dict[str, Any], exepath: bytes
) -> None:
    machine = host()
    opens(machine, 10, 3, "/opt")
    call(machine, symbol, 10, **entry)
    assert execve(machine, 10, trusted_exepath=b"")["thread"]["exepath"] == exepath


def test_exec_ends_the_other_threads() -> None:
    machine = host()
    for tid in (11, 12):
        clone(machine, 10, tid, flags=THREAD)
    clone(machine, 12, 20, pid=10)
    execve(machine, 10)
    assert (machine.thread(11), machine.thread(12)) == (None, None)
    assert machine.thread(10)["alive"] == 1  # type: ignore[index]
    # A thread's process goes to another thread of the group.
    assert lineage(machine, 20) == [10]
    machine.check()


def test_exec_by_a_thread_whose_main_thread_is_dead() -> None:
    machine = host()
    clone(machine, 10, 11, flags=THREAD)
    exits(machine, 10)
    assert machine.thread(10)["dead"]  # type: ignore[index]
    seen = execve(machine, 10)
    assert not seen["thread"]["dead"]
    assert (machine.thread(10)["alive"], machine.thread(11)) == (1, None)  # type: ignore[index]


def test_exec_of_an_unknown_process_makes_it_known() -> None:
    machine = host()
    seen = execve(machine, 50, ptid=10, comm="cron")
    assert not seen["thread"]["invalid"]
    assert (seen["thread"]["vtid"], machine.children(10)) == (50, [50])


def test_failed_exec_changes_nothing() -> None:
    machine = host()
    assert execve(machine, 10, result=-2, comm="other")["thread"]["comm"] == b"bash"
    assert execve(machine, 10, result=-2)["errno"] == 2


# ---- how they end


def test_exit_is_seen_and_then_gone() -> None:
    machine = host()
    opens(machine, 10, 3, "/a")
    seen = exits(machine, 10)
    assert (seen["thread"]["dead"], seen["thread"]["comm"]) == (True, b"bash")
    assert machine.thread(10) is None
    assert machine.thread(1)["n_children"] == 0  # type: ignore[index]
    machine.check()


def test_dead_main_thread_stays_for_its_threads() -> None:
    machine = host()
    opens(machine, 10, 3, "/a")
    clone(machine, 10, 11, flags=THREAD)
    exits(machine, 10)
    assert machine.fds(11)[3]["name"] == b"/a"
    exits(machine, 11)
    assert len(machine) == 1
    machine.check()


@pytest.mark.parametrize(
    ("reaper", "parent"),
    [
        (0, 1),  # none told: the nearest that takes orphans
        (-1, 1),  # the kernel could not say
        (30, 30),  # told
        (777, 1),  # told, but nobody knows it
    ],
)
def test_orphans(reaper: int, parent: int) -> None:
    machine = host()
    clone(machine, 1, 30)
    clone(machine, 10, 20)
    clone(machine, 20, 21)
    exits(machine, 20, reaper_tid=reaper)
    assert lineage(machine, 21) == [parent]
    assert machine.children(parent)[0] == 21
    if reaper == 30:
        assert machine.thread(30)["reaper"]  # type: ignore[index]
    machine.check()


def test_subreaper_takes_orphans() -> None:
    machine = host()
    clone(machine, 10, 20)
    clone(machine, 20, 21)
    call(machine, "PRCTL_X", 10, result=0, option=36, arg2_str=b"", arg2_int=1)
    exits(machine, 20)
    assert lineage(machine, 21) == [10]
    call(machine, "PRCTL_X", 10, result=0, option=36, arg2_str=b"", arg2_int=0)
    clone(machine, 10, 22)
    clone(machine, 22, 23)
    exits(machine, 22)
    assert lineage(machine, 23) == [1]


def test_orphans_of_nobody_are_children_of_0() -> None:
    machine = Machine(reuse=False)
    machine.add_thread(tid=10, ptid=9)
    machine.tables_done()
    clone(machine, 10, 11)
    exits(machine, 10)
    assert lineage(machine, 11) == [0]
    machine.check()


def test_parents_that_form_a_loop_end() -> None:
    machine = Machine(reuse=False)
    for tid, ptid in ((10, 12), (11, 10), (12, 11)):
        machine.add_thread(tid=tid, ptid=ptid, pid=tid)
    machine.tables_done()
    clone(machine, 11, 20)
    exits(machine, 11)
    machine.check()


def test_counts_of_children_as_falco_sweeps_them() -> None:
    machine = host()
    for tid in range(100, 130):
        clone(machine, 1, tid)
    for tid in range(100, 125):
        exits(machine, tid)
    assert machine.thread(1)["n_children"] == 6  # type: ignore[index]
    assert len(machine.children(1)) == 6


# ---- what they are


@pytest.mark.parametrize(
    ("symbol", "given", "expected"),
    [
        ("SETUID_X", {"uid": 5}, {"uid": 5}),
        ("SETREUID_X", {"ruid": 1, "euid": 2}, {"uid": 2}),
        ("SETRESUID_X", {"ruid": 1, "euid": 2, "suid": 3}, {"uid": 2}),
        ("SETGID_X", {"gid": 5}, {"gid": 5}),
        ("SETREGID_X", {"rgid": 1, "egid": 2}, {"gid": 2}),
        ("SETRESGID_X", {"rgid": 1, "egid": 2, "sgid": 3}, {"gid": 2}),
        ("CAPSET_X", {"cap_inheritable": 1, "cap_permitted": 2, "cap_effective": 4}, {"cap_effective": 4}),
        ("UNSHARE_X", {"flags": 1 << 20}, {"cap_effective": (1 << 41) - 1}),
        ("UNSHARE_X", {"flags": 1 << 6}, {"cap_effective": 0}),
        ("SETNS_X", {"fd": 3, "nstype": 1 << 20}, {"cap_permitted": (1 << 41) - 1}),
        ("SETSID_X", {"result": 77}, {"sid": 77}),
        ("SETRLIMIT_X", {"cur": 64, "max": 64, "resource": 7}, {"fdlimit": 64}),
        ("SETRLIMIT_X", {"cur": 64, "max": 64, "resource": 3}, {"fdlimit": -1}),
        ("PRLIMIT_X", {"newcur": 99, "pid": 0, "resource": 7}, {"fdlimit": 99}),
        (
            "MUNMAP_X",
            {"vm_size": 5, "vm_rss": 6, "vm_swap": 7},
            {"vmsize_kb": 5, "vmrss_kb": 6, "vmswap_kb": 7},
        ),
    ],
)
def test_what_a_call_sets(symbol: str, given: dict[str, Any], expected: dict[str, int]) -> None:
    machine = host()
    machine.event(0, 10, [])
    before = {k: machine.thread(10)[k] for k in expected}  # type: ignore[index]
    if symbol not in ("SETSID_X", "MUNMAP_X"):
        call(machine, symbol, 10, **{**given, "result": -1})
        assert {k: machine.thread(10)[k] for k in expected} == before  # type: ignore[index]
    call(machine, symbol, 10, **{"result": 0, **given})
    assert {k: machine.thread(10)[k] for k in expected} == expected  # type: ignore[index]


def test_members_that_were_lost_do_not_pile_up() -> None:
    machine = host()
    # At time 0 a child is never taken for the one that is known: it is replaced, and its group keeps counting.
    for _ in range(5000):
        clone(machine, 11, 0, ts=0, pid=10, flags=THREAD)
    assert machine.thread(10)["alive"] == 5001  # type: ignore[index]
    assert len(machine) == 3
    machine.check()
