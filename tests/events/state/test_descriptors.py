"""Descriptors: what opens them, what they are called, what closes them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.events.state.calls import call, clone, execve, host, opens

FILE_V2, DIRECTORY, FIFO = 16, 2, 7
EVENT, SIGNALFD, EVENTPOLL, INOTIFY, TIMERFD = 9, 11, 12, 13, 14
BPF, USERFAULTFD, IOURING, MEMFD, PIDFD = 17, 18, 19, 20, 21
CLOEXEC, O_DIRECTORY, UPPER, LOWER = 1 << 12, 1 << 10, 1 << 17, 1 << 18


@pytest.mark.parametrize(
    ("dirfd", "name", "path"),
    [
        (-100, "/etc/passwd", b"/etc/passwd"),
        (-100, "notes", b"/home/u/notes"),
        (-100, "./a/../b//c/", b"/home/u/b/c"),
        (-100, "../../../x", b"/x"),
        (3, "sub/file", b"/opt/sub/file"),
        (3, "/abs", b"/abs"),
        (3, "..", b"/"),
        (9, "file", b"<UNKNOWN>file"),
        (-100, "tab\there", "/home/u/tab\ufffdhere".encode()),
        (-100, ".hidden", b"/home/u/.hidden"),
        (-100, "a/.hidden", b"/home/u/a/.hidden"),
        (-100, "/", b"/"),
        (-100, "é", "/home/u/é".encode()),
        (-100, "x" * 1100, b"/DIR_TOO_LONG/FILENAME_TOO_LONG"),
        (-100, "/" + "y" * 1022, b"/DIR_TOO_LONG/FILENAME_TOO_LONG"),
        (-100, "/" + "y" * 1013, b"/" + b"y" * 1013),
        (-100, "", b""),
    ],
)
def test_where_a_path_leads(dirfd: int, name: str, path: bytes) -> None:
    machine = host()
    opens(machine, 10, 3, "/opt")
    seen = opens(machine, 10, 5, name, dirfd)
    assert (seen["fd"]["name"], seen["fd"]["name_raw"]) == (path, name.encode())
    assert seen["fd_num"] == 5
    assert seen["fd_name_changed"] == (path != b"")


def test_many_paths_as_the_slow_way_joins_them() -> None:
    import random

    from tiercel.events.paths import join

    r = random.Random(3)
    machine = host()
    for _ in range(3000):
        name = "".join(
            r.choice(["a", "bc", "/", ".", "..", "/", "longer name", "\x7f", "ü"])
            for _ in range(r.randrange(1, 30))
        )
        assert opens(machine, 10, 5, name)["fd"]["name"] == join(b"/home/u/", name.encode())


@pytest.mark.parametrize(
    ("symbol", "given", "expected"),
    [
        (
            "OPEN_X",
            {"name": "a", "flags": 3, "dev": 5, "ino": 6},
            {"type": FILE_V2, "openflags": 3, "dev": 5, "ino": 6},
        ),
        ("OPEN_X", {"name": "a", "flags": O_DIRECTORY}, {"type": DIRECTORY, "name": b"/home/u/a"}),
        (
            "CREAT_X",
            {"name": "a", "dev": 5, "ino": 6, "creat_flags": 1},
            {"flags": UPPER, "openflags": 1 << 15, "ino": 6},
        ),
        ("CREAT_X", {"name": "a", "dev": 5, "ino": 6, "creat_flags": 2}, {"flags": LOWER}),
        (
            "OPENAT2_X",
            {"dirfd": -100, "name": "a", "flags": 1, "dev": 5, "ino": 6},
            {"name": b"/home/u/a", "ino": 6},
        ),
        ("OPEN_BY_HANDLE_AT_X", {"path": "/p", "flags": 1, "dev": 5, "ino": 6}, {"name": b"/p", "dev": 5}),
        ("OPENAT_2_X", {"dirfd": -100, "flags": 1 << 15}, {"name": b"/home/u/<NA>", "flags": UPPER}),
        ("OPENAT_2_X", {"name": "a"}, {"name": b"a"}),
        ("EVENTFD_X", {}, {"type": EVENT}),
        ("EVENTFD2_X", {"flags": CLOEXEC}, {"type": EVENT, "openflags": CLOEXEC}),
        ("SIGNALFD4_X", {"flags": CLOEXEC}, {"type": SIGNALFD, "openflags": CLOEXEC}),
        ("TIMERFD_CREATE_X", {"flags": 3}, {"type": TIMERFD, "openflags": 3}),
        ("INOTIFY_INIT1_X", {"flags": CLOEXEC}, {"type": INOTIFY, "openflags": CLOEXEC}),
        ("EPOLL_CREATE_X", {}, {"type": EVENTPOLL, "openflags": 0}),
        ("EPOLL_CREATE1_X", {"flags": 1}, {"type": EVENTPOLL, "openflags": CLOEXEC}),
        ("BPF_2_X", {}, {"type": BPF}),
        ("USERFAULTFD_X", {}, {"type": USERFAULTFD}),
        ("IO_URING_SETUP_X", {}, {"type": IOURING}),
        ("MEMFD_CREATE_X", {"name": "m", "flags": 1}, {"type": MEMFD, "name": b"m", "openflags": 1}),
        ("PIDFD_OPEN_X", {"pid": 77, "flags": 0}, {"type": PIDFD, "name": b"/proc/77", "pid": 77}),
    ],
)
def test_what_opens_a_descriptor(symbol: str, given: dict[str, Any], expected: dict[str, Any]) -> None:
    machine = host()
    seen = call(machine, symbol, 10, result=7, **given)
    assert {k: seen["fd"][k] for k in expected} == expected
    assert machine.fds(10)[7] == seen["fd"]
    machine = host()
    failed = call(machine, symbol, 10, **{**given, "result": -13})
    assert failed["errno"] == 13
    # memfd_create is Falco's exception: its failures open a descriptor with the error's number.
    assert list(machine.fds(10)) == ([-13] if symbol == "MEMFD_CREATE_X" else [])
    machine.check()


def test_pipe_has_two_ends() -> None:
    machine = host()
    seen = call(machine, "PIPE2_X", 10, result=0, fd1=3, fd2=4, ino=99, flags=CLOEXEC)
    assert (seen["fd"]["num"], seen["fd"]["type"], seen["fd"]["ino"]) == (4, FIFO, 99)
    assert {n: fd["openflags"] for n, fd in machine.fds(10).items()} == {3: CLOEXEC, 4: CLOEXEC}


@pytest.mark.parametrize(
    ("entry", "exit_", "path", "flags"),
    [
        (
            {"dirfd": -100, "name": "in", "flags": 3},
            {"dirfd": -100, "name": "out", "flags": 1 | 1 << 14},
            b"/home/u/in",
            3 | 1 << 14,
        ),
        (
            {"dirfd": -100, "name": "<NA>", "flags": 3},
            {"dirfd": -100, "name": "out", "flags": 1},
            b"/home/u/out",
            1,
        ),
        ({"dirfd": -100, "name": "", "flags": 3}, {"dirfd": -100, "name": "out", "flags": 1}, b"", 3),
        # Not told: nothing is kept.
        ({}, {"dirfd": -100, "name": "out", "flags": 1}, b"/home/u/out", 1),
    ],
)
def test_what_the_call_was_given_on_the_way_in_counts(
    entry: dict[str, Any], exit_: dict[str, Any], path: bytes, flags: int
) -> None:
    machine = host()
    call(machine, "OPENAT_2_E", 10, **entry)
    seen = call(machine, "OPENAT_2_X", 10, result=3, **exit_)
    assert (seen["fd"]["name"], seen["fd"]["openflags"]) == (path, flags)
    # Once only.
    seen = call(machine, "OPENAT_2_X", 10, result=3, dirfd=-100, name="again", flags=1)
    assert seen["fd"]["name"] == b"/home/u/again"


def test_way_in_of_another_call_does_not_count() -> None:
    machine = host()
    call(machine, "OPENAT_2_E", 10, dirfd=-100, name="in", flags=3)
    call(machine, "SIGNALDELIVER_E", 10)
    assert opens(machine, 10, 3, "out")["fd"]["name"] == b"/home/u/out"


def test_close_is_seen_and_then_gone() -> None:
    machine = host()
    opens(machine, 10, 3, "/a")
    seen = call(machine, "CLOSE_X", 10, result=0, fd=3)
    assert (seen["fd"]["name"], seen["fd_name_changed"]) == (b"/a", False)
    assert machine.fds(10) == {}
    opens(machine, 10, 3, "/b")
    call(machine, "CLOSE_X", 10, result=-9, fd=3)
    assert machine.fds(10)[3]["name"] == b"/b"
    assert call(machine, "CLOSE_X", 10, result=-9, fd=44)["fd"] is None


@pytest.mark.parametrize(("flags", "left", "ending"), [(0, [3, 6000], []), (1 << 2, [3, 4, 5, 6000], [4, 5])])
def test_close_range(flags: int, left: list[int], ending: list[int]) -> None:
    machine = host()
    for num in (3, 4, 5, 6000):
        opens(machine, 10, num, "/a")
    call(machine, "CLOSE_RANGE_X", 10, result=0, first=4, last=100, flags=flags)
    assert sorted(machine.fds(10)) == left
    assert [n for n, fd in sorted(machine.fds(10).items()) if fd["openflags"] & CLOEXEC] == ending


@pytest.mark.parametrize(
    ("symbol", "given", "cloexec"),
    [
        ("DUP_1_X", {"oldfd": 3}, False),
        ("DUP2_X", {"oldfd": 3, "newfd": 9}, False),
        ("DUP3_X", {"oldfd": 3, "newfd": 9, "flags": CLOEXEC}, True),
        ("FCNTL_X", {"fd": 3, "cmd": 1, "arg": 0}, False),
        ("FCNTL_X", {"fd": 3, "cmd": 26, "arg": 0}, True),
    ],
)
def test_copies(symbol: str, given: dict[str, Any], cloexec: bool) -> None:
    machine = host()
    opens(machine, 10, 3, "/a", flags=1 | CLOEXEC)
    opens(machine, 10, 9, "/over")
    seen = call(machine, symbol, 10, result=9, **given)
    assert (seen["fd"]["num"], seen["fd"]["name"], seen["fd_name_changed"]) == (9, b"/a", False)
    assert bool(machine.fds(10)[9]["openflags"] & CLOEXEC) == cloexec
    assert machine.fds(10)[3]["openflags"] & CLOEXEC
    machine.check()


def test_a_shell_joins_two_commands() -> None:
    machine = host()
    opens(machine, 10, 3, "/a")
    for num in (0, 1):
        call(machine, "DUP2_X", 10, result=num, oldfd=3, newfd=num)
    assert machine.thread(10)["flags"] & (1 << 21 | 1 << 22) == 1 << 21 | 1 << 22  # type: ignore[index]
    execve(machine, 10)
    assert machine.thread(10)["flags"] & (1 << 21 | 1 << 22) == 1 << 21 | 1 << 22  # type: ignore[index]


def test_fcntl_marks_for_exec_in_this_process_only() -> None:
    machine = host()
    opens(machine, 10, 3, "/a")
    clone(machine, 10, 11)
    call(machine, "FCNTL_X", 10, result=0, fd=3, cmd=3, arg=1)
    # Bit 0 is the mark of epoll's and memfd's descriptors: Falco takes it away as well.
    assert (machine.fds(10)[3]["openflags"], machine.fds(11)[3]["openflags"]) == (CLOEXEC, 1)
    call(machine, "FCNTL_X", 10, result=0, fd=3, cmd=3, arg=0)
    assert machine.fds(10)[3]["openflags"] == 0


def test_another_process_gives_a_descriptor() -> None:
    machine = host()
    clone(machine, 1, 20)
    opens(machine, 20, 6, "/theirs")
    call(machine, "PIDFD_OPEN_X", 10, result=3, pid=20, flags=0)
    seen = call(machine, "PIDFD_GETFD_X", 10, result=4, pid_fd=3, target_fd=6, flags=0)
    assert (seen["fd"]["num"], seen["fd"]["name"]) == (4, b"/theirs")
    assert call(machine, "PIDFD_GETFD_X", 10, result=5, pid_fd=3, target_fd=60, flags=0)["fd"] is None


@pytest.mark.parametrize(
    "nums", [[0, 1, 2, 1 << 40, 7], list(range(0, 4000, 7)), [4095, 4094, 63, 64, 65, 2**62]]
)
def test_any_number(nums: list[int]) -> None:
    machine = host()
    for num in nums:
        opens(machine, 10, num, f"/f{num}")
    assert {n: fd["name"] for n, fd in machine.fds(10).items()} == {n: f"/f{n}".encode() for n in nums}
    clone(machine, 10, 11)
    machine.check()
    for num in nums[::2]:
        call(machine, "CLOSE_X", 10, result=0, fd=num)
    assert sorted(machine.fds(10)) == sorted(nums[1::2])
    assert sorted(machine.fds(11)) == sorted(nums)
    machine.check()


def test_no_more_than_falco_keeps() -> None:
    machine = host()
    for num in range(4200):
        opens(machine, 10, num, "/f")
    assert len(machine.fds(10)) == 4096
    assert opens(machine, 10, 5000, "/f")["fd"] is None
    assert opens(machine, 10, 5, "/g")["fd"]["name"] == b"/g"


@pytest.mark.parametrize(
    ("symbol", "given", "cwd"),
    [
        ("CHDIR_X", {"path": "sub"}, b"/home/u/sub/"),
        ("CHDIR_X", {"path": "/"}, b"/"),
        ("CHDIR_X", {"path": ".."}, b"/home/"),
        ("GETCWD_X", {"path": "/else"}, b"/else/"),
        ("FCHDIR_X", {"fd": 3}, b"/opt/"),
        ("FCHDIR_X", {"fd": 8}, b"/home/u/"),
    ],
)
def test_directory(symbol: str, given: dict[str, Any], cwd: bytes) -> None:
    machine = host()
    opens(machine, 10, 3, "/opt")
    call(machine, symbol, 10, **{**given, "result": -2})
    assert machine.thread(10)["cwd"] == b"/home/u/"  # type: ignore[index]
    call(machine, symbol, 10, result=0, **given)
    assert machine.thread(10)["cwd"] == cwd  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "root"),
    [("/jail", b"/jail"), ("jail", b"/home/u/jail"), ("/a/../b", b"/a/../b"), ("/\x01", "/\ufffd".encode())],
)
def test_root(path: str, root: bytes) -> None:
    machine = host()
    call(machine, "CHROOT_X", 10, result=0, path=path)
    assert machine.thread(10)["root"] == root  # type: ignore[index]
