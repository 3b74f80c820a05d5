"""proc.*: the process's own fields, its ancestors', its session's and group's."""

from __future__ import annotations

from typing import Any

import pytest
from captured import BOOT, START, compared, last, read

from tiercel.sources.scap import CaptureWriter

SID, IN_PIDNS = 100, 1 << 29


def family(capture: CaptureWriter) -> None:
    """1 systemd > 100 sshd > 200 bash > 300 python3, with a second thread 301."""
    capture.process(1, comm="systemd", exe="/sbin/init", exepath="/usr/lib/systemd/systemd", sid=1)
    capture.process(
        100, ptid=1, comm="sshd", exe="/usr/sbin/sshd", exepath="/usr/sbin/sshd", args=["-D"], sid=SID
    )
    capture.process(
        200,
        ptid=100,
        comm="bash",
        exe="-bash",
        exepath="/usr/bin/bash",
        sid=SID,
        pgid=200,
        env=["HOME=/root", "SSH_TTY=/dev/pts/0", "SPACED=  a b  ", "EMPTY="],
        tty=34816,
    )
    capture.process(
        300,
        ptid=200,
        comm="python3",
        exe="python3",
        exepath="/usr/bin/python3.11",
        sid=SID,
        pgid=200,
        args=["-c", "import os", "", "x=1"],
        cwd="/srv/app/",
        fdlimit=1000,
        vmsize_kb=2048,
        vmrss_kb=512,
        vmswap_kb=3,
        env=["PATH=/usr/bin:/bin", "A=1", "PATH=/late"],
        exe_ino=77,
        exe_ino_ctime=5,
        exe_ino_mtime=6,
        exe_writable=True,
        exe_upper_layer=True,
        exe_lower_layer=False,
        exe_from_memfd=True,
        tty=34816,
        pidns_init_start_ts=BOOT,
    )
    capture.process(301, pid=300, ptid=200, comm="worker", exe="python3", sid=SID, flags=1 << 13 | 1 << 4)
    capture.fd(300, 0, "file", name="/dev/pts/0")
    capture.fd(300, 1, "fifo", name="pipe:[1]")
    capture.fd(300, 5, "ipv4", source=("10.0.0.1", 4000), destination=("10.0.0.2", 80))


def by(tid: int, tell: Any = family) -> Any:
    def told(capture: CaptureWriter) -> None:
        tell(capture)
        capture.event(START, tid, 0, "nanosleep", res=0)

    return told


OWN = [
    ("proc.name", "python3"),
    ("proc.exe", "python3"),
    ("proc.exepath", "/usr/bin/python3.11"),
    ("proc.cmdline", "python3 -c import os  x=1"),
    ("proc.args", "-c import os  x=1"),
    ("proc.args[0]", "-c"),
    ("proc.args[2]", ""),
    ("proc.args[3]", "x=1"),
    ("proc.args[4]", ""),
    ("proc.exeline", "python3 -c import os  x=1"),
    ("proc.cmdnargs", 4),
    ("proc.cmdlenargs", 14),
    ("proc.env", "PATH=/usr/bin:/bin A=1 PATH=/late"),
    ("proc.env[PATH]", "/usr/bin:/bin"),
    ("proc.env[PAT]", ""),
    ("proc.env[7]", "PATH=/usr/bin:/bin A=1 PATH=/late"),
    ("proc.cwd", "/srv/app/"),
    ("proc.pid", 300),
    ("proc.vpid", 300),
    ("proc.tty", 34816),
    ("proc.loginshellid", 200),
    ("proc.duration", None),
    ("proc.pid.ts", None),
    ("proc.pidns_init_start_ts", BOOT),
    ("proc.is_exe_writable", True),
    ("proc.is_exe_upper_layer", True),
    ("proc.is_exe_lower_layer", False),
    ("proc.is_exe_from_memfd", True),
    ("proc.exe_ino", 77),
    ("proc.exe_ino.ctime", 5),
    ("proc.exe_ino.mtime", 6),
    ("proc.fdopencount", 3),
    ("proc.fdlimit", 1000),
    ("proc.fdusage", 0.3),
    ("proc.stdin.type", "file"),
    ("proc.stdout.type", "pipe"),
    ("proc.stderr.type", None),
    ("proc.stdin.name", "/dev/pts/0"),
    ("proc.stderr.name", None),
    ("proc.vmsize", 2048),
    ("proc.vmrss", 512),
    ("proc.vmswap", 3),
    ("proc.nthreads", 2),
    ("proc.nchilds", 1),
]


@pytest.mark.parametrize(("field", "value"), OWN, ids=[f for f, _ in OWN])
def test_own(field: str, value: Any) -> None:
    assert last(by(300), field).get(field) == value


ANCESTORS = [
    ("proc.pname", "bash"),
    ("proc.pexe", "-bash"),
    ("proc.pexepath", "/usr/bin/bash"),
    ("proc.pcmdline", "bash"),
    ("proc.ppid", 200),
    ("proc.pvpid", 200),
    ("proc.ppid.ts", 0),
    ("proc.ppid.duration", 3),  # not known when the parent began: Falco counts descriptors instead
    ("proc.aname", "bash sshd systemd"),
    ("proc.aname[0]", "python3"),
    ("proc.aname[1]", "bash"),
    ("proc.aname[2]", "sshd"),
    ("proc.aname[3]", "systemd"),
    ("proc.aname[4]", None),
    ("proc.aname[4294967295]", None),
    ("proc.aexe", "-bash /usr/sbin/sshd /sbin/init"),
    ("proc.aexe[2]", "/usr/sbin/sshd"),
    ("proc.aexepath", "/usr/bin/bash /usr/sbin/sshd /usr/lib/systemd/systemd"),
    ("proc.aexepath[3]", "/usr/lib/systemd/systemd"),
    ("proc.acmdline", "bash sshd -D systemd"),
    ("proc.acmdline[2]", "sshd -D"),
    ("proc.aargs", "-D "),
    ("proc.aargs[2]", "-D"),
    ("proc.aargs[1]", ""),
    ("proc.apid", 300),
    ("proc.apid[1]", 200),
    ("proc.apid[3]", 1),
    ("proc.aenv", "PATH=/usr/bin:/bin A=1 PATH=/late"),
    ("proc.aenv[1]", "HOME=/root SSH_TTY=/dev/pts/0 SPACED=  a b   EMPTY="),
    ("proc.aenv[9]", None),
    ("proc.aenv[HOME]", "/root"),
    ("proc.aenv[SPACED]", "a b"),
    ("proc.aenv[EMPTY]", ""),
    ("proc.aenv[PATH]", ""),
]


@pytest.mark.parametrize(("field", "value"), ANCESTORS, ids=[f for f, _ in ANCESTORS])
def test_ancestors(field: str, value: Any) -> None:
    assert last(by(300), field).get(field) == value


@pytest.mark.parametrize(
    "field", ["proc.pname", "proc.ppid", "proc.aname", "proc.aname[1]", "proc.acmdline", "proc.aargs"]
)
def test_no_ancestor_is_absent(field: str) -> None:
    assert field not in last(by(1), field)


COMPARED: list[tuple[str, list[Any] | None]] = [
    ("proc.name", [b"python3"]),
    ("proc.aname", [b"bash", b"sshd", b"systemd"]),
    ("proc.aname[2]", [b"sshd"]),
    ("proc.aname[4]", None),
    ("proc.aexe", [b"-bash", b"/usr/sbin/sshd", b"/sbin/init"]),
    ("proc.aexepath", [b"/usr/bin/bash", b"/usr/sbin/sshd", b"/usr/lib/systemd/systemd"]),
    ("proc.acmdline", [b"bash", b"sshd -D", b"systemd"]),
    ("proc.apid", [200, 100, 1]),
    ("proc.apid[0]", [300]),
    ("proc.aargs", [b"-D "]),
    ("proc.aenv", [b"HOME=/root SSH_TTY=/dev/pts/0 SPACED=  a b   EMPTY=", b"", b""]),
    ("proc.aenv[1]", [b"HOME=/root SSH_TTY=/dev/pts/0 SPACED=  a b   EMPTY=", b"", b""]),
    ("proc.aenv[HOME]", [b"/root"]),
]


@pytest.mark.parametrize(("field", "values"), COMPARED, ids=[f for f, _ in COMPARED])
def test_conditions_compare_every_ancestor(field: str, values: list[Any] | None) -> None:
    assert compared(by(300), field) == values


@pytest.mark.parametrize("field", ["proc.aname", "proc.apid", "proc.aenv", "proc.aname[1]"])
def test_without_ancestors_there_is_nothing_to_compare(field: str) -> None:
    assert compared(by(1), field) is None


def test_a_thread_looks_up_from_its_process() -> None:
    row = last(
        by(301),
        "proc.name",
        "proc.pname",
        "proc.pid",
        "proc.env[A]",
        "proc.cwd",
        "proc.fdopencount",
        "proc.aname[0]",
    )
    assert row == {
        "proc.name": "worker",
        "proc.pname": "bash",
        "proc.pid": 300,
        "proc.env[A]": "1",
        "proc.cwd": "/srv/app/",
        "proc.fdopencount": 3,
        "proc.aname[0]": "python3",
    }


def test_thread_of_which_nothing_is_known() -> None:
    fields = [
        "proc.name",
        "proc.exe",
        "proc.cmdline",
        "proc.pname",
        "proc.aname",
        "proc.vpid",
        "proc.cwd",
        "proc.sname",
    ]
    row = last(by(4711), *fields)
    assert row == {
        "proc.name": "<NA>",
        "proc.exe": "<NA>",
        "proc.cmdline": "<NA>",
        "proc.cwd": "./",
        "proc.sname": "",
    }


def ring(capture: CaptureWriter) -> None:
    # 10 > 11 > 12 > 10: no kernel tells this, a capture may.
    for tid, parent in ((10, 12), (11, 10), (12, 11), (20, 20)):
        capture.process(tid, ptid=parent, comm=f"p{tid}", exe="x", sid=tid)


def test_rings_end() -> None:
    row = last(by(10, ring), "proc.aname", "proc.aname[1]", "proc.aname[900]", "proc.loginshellid")
    assert row["proc.aname[1]"] in ("p12", "p10", "p11")
    assert len(row["proc.aname"].split()) <= 8
    assert "proc.loginshellid" not in row
    assert last(by(20, ring), "proc.aname").get("proc.aname", "p20") == "p20"


def deep(capture: CaptureWriter) -> None:
    for tid in range(1, 301):
        capture.process(tid, ptid=tid - 1, comm=f"p{tid}", exe="x")


def test_long_lines_are_whole() -> None:
    row = last(by(300, deep), "proc.aname", "proc.aname[299]", "proc.aname[300]")
    assert row["proc.aname"] == " ".join(f"p{tid}" for tid in range(299, 0, -1))
    assert row["proc.aname[299]"] == "p1"
    assert "proc.aname[300]" not in row


GROUPS = [
    (300, "proc.sid", SID),
    (300, "proc.sname", "sshd"),
    (300, "proc.sid.exe", "/usr/sbin/sshd"),
    (300, "proc.sid.exepath", "/usr/sbin/sshd"),
    (300, "proc.is_sid_leader", False),
    (100, "proc.is_sid_leader", True),
    (300, "proc.vpgid", 300),
    (300, "proc.vpgid.name", "python3"),
    (300, "proc.is_vpgid_leader", True),
    (300, "proc.pgid", 200),
    (300, "proc.pgid.name", "bash"),
    (300, "proc.pgid.exe", "-bash"),
    (300, "proc.pgid.exepath", "/usr/bin/bash"),
    (300, "proc.is_pgid_leader", False),
    (200, "proc.is_pgid_leader", True),
]


@pytest.mark.parametrize(("tid", "field", "value"), GROUPS, ids=[f"{f}-{t}" for t, f, _ in GROUPS])
def test_groups(tid: int, field: str, value: Any) -> None:
    assert last(by(tid), field)[field] == value


def namespaced(capture: CaptureWriter) -> None:
    # Session 1 of a pid namespace is not the session of the host's process 1.
    capture.process(1, comm="systemd", exe="/sbin/init", sid=1)
    capture.process(50, ptid=1, comm="init", exe="init", sid=1, vtid=1, vpid=1, flags=IN_PIDNS)
    capture.process(51, ptid=50, comm="sh", exe="sh", sid=1, vtid=7, vpid=7, vpgid=3, flags=IN_PIDNS)
    capture.process(52, ptid=51, comm="ls", exe="ls", sid=1, vtid=8, vpid=8, vpgid=9, flags=IN_PIDNS)


def test_numbers_of_a_namespace_are_not_looked_up() -> None:
    row = last(by(52, namespaced), "proc.sname", "proc.vpgid.name", "proc.vpid", "proc.pvpid")
    # sid 1 goes on to the host's process 1, which has that number, too: the eldest of the unbroken row.
    assert row == {"proc.sname": "systemd", "proc.vpgid.name": "", "proc.vpid": 8, "proc.pvpid": 7}


def test_exec_changes_what_children_see() -> None:
    def tell(capture: CaptureWriter) -> None:
        family(capture)
        capture.event(START, 300, 0, "nanosleep", res=0)
        capture.event(
            START + 10,
            200,
            0,
            "execve",
            res=0,
            exe="dash",
            args=["-x", "y"],
            tid=200,
            pid=200,
            ptid=100,
            comm="dash",
            trusted_exepath="/usr/bin/dash",
        )
        capture.event(START + 20, 300, 0, "nanosleep", res=0)

    rows = read(
        tell,
        ["proc.name", "proc.cmdline", "proc.pname", "proc.pcmdline", "proc.aexepath[1]", "proc.acmdline"],
    )
    assert [r["proc.pcmdline"] for r in rows] == ["bash", "sshd -D", "dash -x y"]
    assert rows[1]["proc.cmdline"] == "dash -x y"
    assert rows[2]["proc.aexepath[1]"] == "/usr/bin/dash"
    assert rows[2]["proc.acmdline"] == "dash -x y sshd -D systemd"


def test_text_is_cleaned_where_it_is_shown() -> None:
    def tell(capture: CaptureWriter) -> None:
        capture.process(9, comm="x", exe=b"a\x1b[31m\xff", args=[b"\xc3\x28"])  # type: ignore[arg-type]
        capture.event(START, 9, 0, "nanosleep", res=0)

    row = last(tell, "proc.exe", "proc.args")
    assert row == {"proc.exe": "a\ufffd[31m\ufffd", "proc.args": "\ufffd("}
