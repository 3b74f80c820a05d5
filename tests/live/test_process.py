"""Processes as the probe tells them, against what the processes themselves say."""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from live.probed import Probed, Told, is_allowed

pytestmark = pytest.mark.skipif(bool(is_allowed()), reason=is_allowed() or "-")

PART_PROCESS, PART_STRING, PART_PATH, PART_SECOND_FILE = 8, 1, 6, 18
THREAD_FLAGS = 0x2000 | 0x8000 | 0x800 | 0x1 | 0x2  # CLONE_THREAD VM SIGHAND FILES FS in Falco's numbers
IN_PIDNS = 1 << 29


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> str:
    if shutil.which("gcc") is None:
        pytest.skip("no gcc to build the program that makes processes")
    target = tmp_path_factory.mktemp("processes") / "processes"
    source = Path(__file__).with_name("processes.c")
    subprocess.run(["gcc", "-O1", "-pthread", "-o", str(target), str(source)], check=True)
    return str(target)


@pytest.fixture
def probed() -> Iterator[Probed]:
    found = Probed("clone", "clone3", "fork", "vfork", "execve", "execveat")
    yield found
    found.close()


class Ran:
    """A program that ran to its end: what it said, and what was told of it and its children."""

    def __init__(self, probed: Probed, command: list[str], **how: object) -> None:
        probed.told()
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False, **how)  # type: ignore[call-overload]
        self.code = done.returncode
        self.said = {line.split()[0]: int(line.split()[1]) for line in done.stdout.decode().splitlines()}
        mine = {os.getpid()}
        self.told: list[Told] = []
        rows = probed.told()
        for row in rows:
            if row.kind == "fork" and row.args[2] in mine:
                mine.add(row.pid)
            if row.kind == "exit" or row.pid in mine:
                self.told.append(row)
        self.told = [row for row in self.told if row.pid in mine]

    def one(self, kind: str, tid: int) -> Told:
        rows = [row for row in self.told if row.kind == kind and row.tid == tid]
        assert len(rows) == 1, rows
        return rows[0]

    def last(self, kind: str, tid: int) -> Told:
        return [row for row in self.told if row.kind == kind and row.tid == tid][-1]


@pytest.mark.parametrize(
    ("way", "event", "flags"),
    [
        (["fork"], "fork", 0),
        (["vfork"], "vfork", 0),
        (["clone", "0"], "clone", 0),
        (["clone", "0x200"], "clone", 0x2),
        (["clone", "0x400"], "clone", 0x1),
        (["clone", "0x1200000"], "clone", 0x1000000 | 0x800000),
        (["clone3", "0"], "clone3", 0),
        (["clone3", "0x8000000"], "clone3", 0x8),
        (["clone", "0x20000000"], "clone", 0x40 | IN_PIDNS),
    ],
    ids=lambda x: "-".join(x) if isinstance(x, list) else "",
)
def test_each_way_to_make_a_process(
    program: str, probed: Probed, way: list[str], event: str, flags: int
) -> None:
    ran = Ran(probed, [program, *way])
    parent, child = ran.said["self"], ran.said["child"]
    row = ran.one("fork", child)
    assert (row.event, row.pid) == (event, child)
    assert row.args[1:3] == (parent, parent)
    p = row.params
    assert p["res"] == 0
    assert (p["tid"], p["pid"], p["ptid"]) == (child, child, parent)
    assert p["flags"] == flags
    assert p["exe"] == program.encode() + b"\0"
    assert p["args"] == b"".join(x.encode() + b"\0" for x in way)
    assert p["comm"] == b"processes\0"
    assert (p["uid"], p["gid"]) == (os.geteuid(), os.getegid())
    inside = 1 if flags & IN_PIDNS else child
    assert (p["vtid"], p["vpid"]) == (inside, inside)
    started = p["pidns_init_start_ts"]
    assert isinstance(started, int)
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    assert (now - started < 5_000_000_000) == bool(flags & IN_PIDNS)
    call = ran.one("call", parent)
    assert call.event == event
    assert call.params["res"] == child
    assert call.params["tid"] == parent
    assert call.params["exe"] == program.encode() + b"\0"
    end = ran.one("exit", child)
    assert (end.params["status"], end.params["ret"], end.params["sig"]) == (7 << 8, 7, 0)


def test_a_thread(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "thread"])
    me, thread = ran.said["self"], ran.said["thread"]
    row = ran.one("fork", thread)
    assert row.pid == me
    flags = row.params["flags"]
    assert isinstance(flags, int)
    assert flags & THREAD_FLAGS == THREAD_FLAGS
    assert (row.params["tid"], row.params["pid"], row.params["ptid"]) == (thread, me, os.getpid())
    assert ran.one("exit", thread).params["reaper_tid"] == 0
    assert ran.one("exit", me).params["status"] == 0


def test_a_process_is_the_child_of_the_thread_that_made_it(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "thread-fork"])
    row = ran.one("fork", ran.said["child"])
    assert row.args[1:3] == (ran.said["thread"], ran.said["self"])
    assert row.params["ptid"] == ran.said["thread"]


def test_a_program_run_by_a_thread_gets_the_main_threads_number(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "thread-exec"])
    me, thread = ran.said["self"], ran.said["thread"]
    row = ran.last("exec", me)
    assert row.args[0] == thread
    assert (row.params["tid"], row.params["pid"]) == (me, me)
    assert row.params["args"] == b"by a thread\0"
    # The main thread's end comes before.
    order = [(r.kind, r.tid) for r in ran.told if r.kind in ("exec", "exit") and r.tid == me]
    assert order == [("exec", me), ("exit", me), ("exec", me), ("exit", me)]


def test_what_is_told_of_a_program(probed: Probed, tmp_path: Path) -> None:
    true = Path(shutil.which("true") or "/bin/true").resolve()
    status = true.stat()
    link = tmp_path / "a link"
    link.symlink_to(true)
    ran = Ran(probed, [str(link), "one", "", "three"], env={"A": "1", "B": ""}, cwd=tmp_path)
    row = next(r for r in ran.told if r.kind == "exec")
    p = row.params
    assert (row.event, p["res"]) == ("execve", 0)
    assert p["exe"] == str(link).encode() + b"\0"
    assert p["args"] == b"one\0\0three\0"
    assert p["env"] == b"A=1\0B=\0"
    assert p["ptid"] == os.getpid()
    assert p["comm"] == b"a link\0"
    assert p["trusted_exepath"] == str(true).encode() + b"\0"
    assert p["filename"] == str(link).encode() + b"\0"
    assert p["exe_ino"] == status.st_ino
    assert (p["exe_ino_ctime"], p["exe_ino_mtime"]) == (status.st_ctime_ns, status.st_mtime_ns)
    assert (p["uid"], p["gid"]) == (os.geteuid(), os.getegid())
    assert p["flags"] == 1  # root may write to it
    own = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line
    )
    for name, key in (("permitted", "CapPrm"), ("effective", "CapEff"), ("inheritable", "CapInh")):
        assert p[f"cap_{name}"] == int(own[key], 16)
    assert p["loginuid"] == int(Path("/proc/self/loginuid").read_text())
    assert (p["pgid"], p["vpgid"]) == (os.getpgid(0), os.getpgid(0))
    assert p["cwd"] == b""
    folder = row.parts[13, 0][1]
    assert folder == str(tmp_path).encode() + b"\0"
    assert b"memory=" in bytes(p["cgroups"])  # type: ignore[call-overload]


def test_control_groups_are_those_of_proc(probed: Probed) -> None:
    ran = Ran(probed, ["/bin/true"])
    row = next(r for r in ran.told if r.kind == "exec")
    listed = bytes(row.params["cgroups"]).split(b"\0")[:-1]  # type: ignore[call-overload]
    told = dict(x.split(b"=", 1) for x in listed)
    here = {}
    for line in Path("/proc/self/cgroup").read_bytes().splitlines():
        _, names, path = line.split(b":", 2)
        here.update(dict.fromkeys(names.split(b","), path))
    for name, path in told.items():
        assert path == here.get(b"blkio" if name == b"io" else name, here.get(b"", path))
    assert set(told) <= {b"cpuset", b"cpu", b"cpuacct", b"io", b"memory", b""}


def test_a_script_keeps_its_own_identity(probed: Probed, tmp_path: Path) -> None:
    script = tmp_path / "job.sh"
    script.write_text("#!/bin/sh -e\nexit 5\n")
    script.chmod(0o755)
    ran = Ran(probed, [str(script), "x"])
    row = next(r for r in ran.told if r.kind == "exec")
    assert row.params["comm"] == b"job.sh\0"
    assert bytes(row.params["trusted_exepath"]).startswith(b"/")  # type: ignore[call-overload]
    assert row.params["filename"] == str(script).encode() + b"\0"
    _flags, facts = row.parts[PART_SECOND_FILE, 0]
    assert int.from_bytes(facts[:8], "little") == script.stat().st_ino
    assert row.parts[PART_PATH, 0][1] == str(script).encode() + b"\0"
    assert row.parts[PART_STRING, 1][1] == b"/bin/sh\0"


def test_a_script_of_a_script(probed: Probed, tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    inner.write_text("#!/bin/sh\nexit 0\n")
    outer.write_text(f"#!{inner}\n")
    for path in (inner, outer):
        path.chmod(0o755)
    ran = Ran(probed, [str(outer)])
    row = next(r for r in ran.told if r.kind == "exec")
    assert row.parts[PART_PATH, 0][1] == str(outer).encode() + b"\0"


def test_a_binary_is_no_script(probed: Probed) -> None:
    ran = Ran(probed, ["/bin/true"])
    row = next(r for r in ran.told if r.kind == "exec")
    assert (PART_SECOND_FILE, 0) not in row.parts


def test_execveat_by_descriptor(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "execveat"])
    row = ran.last("exec", ran.said["self"])
    assert row.event == "execve"  # as Falco has it
    assert row.nr == 322
    assert row.params["args"] == b"x\0"
    assert row.params["env"] == b"A=1\0B=2\0"
    assert row.params["trusted_exepath"] == str(Path("/bin/true").resolve()).encode() + b"\0"


def test_a_program_out_of_memory(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "memfd"])
    row = ran.last("exec", ran.said["self"])
    assert ran.code == 0
    flags = row.params["flags"]
    assert isinstance(flags, int)
    assert flags & 4
    assert row.params["trusted_exepath"] == b"memfd:dropped\0"


def test_a_program_that_is_not_there(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "failed-exec"])
    row = next(r for r in ran.told if r.kind == "call" and r.event == "execve" and r.params["res"] == -2)
    assert row.params["exe"] == b"true\0"
    assert row.params["args"] == b"x\0"
    assert row.params["env"] == b"A=1\0B=2\0"
    assert row.params["filename"] == b"/nowhere/at all\0"
    assert row.params["comm"] == b"processes\0"
    assert row.params["trusted_exepath"] == program.encode() + b"\0"


def test_a_program_without_arguments(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "no-arguments"])
    row = ran.last("exec", ran.said["self"])
    assert row.params["args"] == b""
    assert bytes(row.params["exe"]) in (b"", b"\0")  # type: ignore[call-overload]


@pytest.mark.parametrize("length", [4000, 4090, 5000, 20000, 40000])
def test_long_arguments(probed: Probed, length: int) -> None:
    ran = Ran(probed, ["/bin/true", "x" * length, "last"])
    row = next(r for r in ran.told if r.kind == "exec")
    args = bytes(row.params["args"])  # type: ignore[call-overload]
    whole = b"x" * length + b"\0last\0"
    room = 32768 - len(b"/bin/true\0")
    assert args == (whole if len(whole) <= room else whole[:room] + b"\0")


def test_many_arguments(probed: Probed) -> None:
    many = [str(i) for i in range(3000)]
    ran = Ran(probed, ["/bin/true", *many])
    row = next(r for r in ran.told if r.kind == "exec")
    assert bytes(row.params["args"]).split(b"\0")[:-1] == [x.encode() for x in many]  # type: ignore[call-overload]


def test_a_long_environment_is_cut(probed: Probed) -> None:
    ran = Ran(probed, ["/bin/true"], env={f"NAME{i:03}": "v" * 50 for i in range(200)})
    row = next(r for r in ran.told if r.kind == "exec")
    env = bytes(row.params["env"])  # type: ignore[call-overload]
    assert 4096 <= len(env) <= 4097
    assert env.endswith(b"\0")


def test_a_session_of_its_own(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "setsid"])
    child = ran.said["child"]
    row = ran.last("exec", child)
    assert (row.params["pgid"], row.params["vpgid"]) == (child, child)


def test_a_subreaper_gets_the_children(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "subreaper"])
    assert ran.one("exit", ran.said["middle"]).params["reaper_tid"] == ran.said["self"]
    assert ran.one("exit", ran.said["last"]).params["reaper_tid"] == 0


def test_a_daemon_goes_to_the_first_process_or_a_subreaper_above(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "daemon"])
    reaper = ran.one("exit", ran.said["middle"]).params["reaper_tid"]
    assert isinstance(reaper, int)
    assert reaper > 0
    assert reaper != ran.said["middle"]


def test_a_main_thread_that_ends_first(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "zombie-leader"])
    me, thread, child = ran.said["self"], ran.said["thread"], ran.said["child"]
    order = [r.tid for r in ran.told if r.kind == "exit"]
    assert set(order) == {me, thread, child}
    assert ran.one("fork", child).params["ptid"] == thread


def test_killed(program: str, probed: Probed) -> None:
    ran = Ran(probed, [program, "killed"])
    p = ran.one("exit", ran.said["self"]).params
    assert (p["status"], p["ret"], p["sig"], p["core"]) == (9, 0, signal.SIGKILL, 0)


@pytest.mark.parametrize("code", [0, 1, 127, 255])
def test_exit_codes(program: str, probed: Probed, code: int) -> None:
    ran = Ran(probed, [program, "exits", str(code)])
    p = ran.one("exit", ran.said["self"]).params
    assert (p["status"], p["ret"], p["sig"]) == (code << 8, code, 0)


@pytest.mark.parametrize(
    ("mode", "owner", "writable"),
    [(0o755, 0, False), (0o757, 0, True), (0o775, 0, False), (0o755, 65534, True), (0o555, 65534, True)],
)
def test_who_may_write_to_the_program(
    probed: Probed, tmp_path: Path, mode: int, owner: int, writable: bool
) -> None:
    target = tmp_path / "p"
    shutil.copy("/bin/true", target)
    os.chown(target, owner, 0)
    target.chmod(mode)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    nobody = pwd.getpwuid(65534)
    ran = Ran(probed, [str(target)], user=nobody.pw_uid, group=nobody.pw_gid, extra_groups=[])
    row = next(r for r in ran.told if r.kind == "exec")
    assert row.params["uid"] == 65534
    assert row.params["flags"] == int(writable)
    assert row.params["cap_effective"] == 0


def test_group_members_may_write_to_the_program(probed: Probed, tmp_path: Path) -> None:
    target = tmp_path / "p"
    shutil.copy("/bin/true", target)
    os.chown(target, 0, 4242)
    target.chmod(0o775)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    for groups, writable in (([1, 2, 4242, 5000], 1), ([1, 2, 4241, 5000], 0)):
        ran = Ran(probed, [str(target)], user=65534, group=65534, extra_groups=groups)
        row = next(r for r in ran.told if r.kind == "exec")
        assert row.params["flags"] == writable


def test_a_terminal(probed: Probed) -> None:
    main, terminal = os.openpty()
    take = "import fcntl, os, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
    code = f"{take}; os.execv('/bin/true', ['true'])"
    ran = Ran(probed, [sys.executable, "-c", code], stdin=terminal)
    expected = os.fstat(terminal).st_rdev
    row = [r for r in ran.told if r.kind == "exec"][-1]
    os.close(main)
    os.close(terminal)
    assert row.params["tty"] == expected


@pytest.mark.skipif(platform.machine() != "x86_64", reason="32-bit programs run on x86-64")
def test_a_32_bit_program(probed: Probed, tmp_path: Path) -> None:
    source = tmp_path / "p.c"
    # Without a C library: fork(), then both exit(3).
    source.write_text(
        "void _start(void){int r; __asm__ volatile("
        '"mov $2,%%eax; int $0x80; mov $1,%%eax; mov $3,%%ebx; int $0x80":"=a"(r)::"ebx");for(;;);}'
    )
    built = subprocess.run(
        [
            "gcc",
            "-m32",
            "-nostdlib",
            "-static",
            "-ffreestanding",
            "-fno-pic",
            "-no-pie",
            "-o",
            tmp_path / "p",
            source,
        ],
        stderr=subprocess.PIPE,
        check=False,
    )
    if built.returncode:
        pytest.skip("no 32-bit gcc here")
    ran = Ran(probed, [str(tmp_path / "p")])
    forks = [r for r in ran.told if r.kind == "fork" and r.event == "fork"]
    assert len(forks) == 1
    call = [r for r in ran.told if r.kind == "call" and r.event == "fork"]
    assert [r.params["res"] for r in call] == [forks[0].pid]
