"""What ran before the sensor: the state that is read at the start, against what the processes and /proc say."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from live.probed import Probed, boot_epoch_ns, is_allowed
from tiercel.events.machine import Machine
from tiercel.sources.ebpf import accounts
from tiercel.sources.ebpf.existing import read_into
from tiercel.sources.ebpf.loader import load_probe

pytestmark = pytest.mark.skipif(bool(is_allowed()), reason=is_allowed() or "-")

FILE, DIRECTORY, IPV4, IPV6, IPV4_SERVER, IPV6_SERVER, FIFO, UNIX = 16, 2, 3, 4, 5, 6, 7, 8
EVENT, UNSUPPORTED, EVENTPOLL, NETLINK, MEMFD, PIDFD = 9, 10, 12, 15, 20, 21

OPENER = """
import os, select, socket, sys, threading
here = sys.argv[1]
os.chdir(here)
keep = []
def add(name, thing):
    keep.append(thing)
    print(name, thing if isinstance(thing, int) else thing.fileno(), flush=True)
server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen()
add("server", server)
client = socket.create_connection(server.getsockname())
add("client", client)
add("accepted", server.accept()[0])
six = socket.socket(socket.AF_INET6); six.bind(("::1", 0)); six.listen()
add("six", six)
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("0.0.0.0", 0))
add("udp", udp)
add("unbound", socket.socket())
unix = socket.socket(socket.AF_UNIX); unix.bind("a socket"); unix.listen()
add("unix", unix)
abstract = socket.socket(socket.AF_UNIX); abstract.bind("\\0tiercel test %d" % os.getpid())
add("abstract", abstract)
add("netlink", socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))
add("file", os.open("a file", os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC))
add("kept", os.open("a file", os.O_RDONLY)); os.set_inheritable(keep[-1], True)
gone = os.open("gone", os.O_WRONLY | os.O_CREAT); os.unlink("gone")
add("gone", gone)
add("folder", os.open(here, os.O_RDONLY | os.O_DIRECTORY))
reading, writing = os.pipe()
add("reading", reading); add("writing", writing)
add("memfd", os.memfd_create("secret"))
add("epoll", select.epoll())
add("event", os.eventfd(0))
add("pidfd", os.pidfd_open(os.getpid()))
stop = threading.Event()
thread = threading.Thread(target=stop.wait, daemon=True); thread.start()
print("thread", thread.native_id, flush=True)
print("ready 0", flush=True)
sys.stdin.read()
os._exit(0)
"""


class Opener:
    """A process with a descriptor of each kind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", OPENER, str(folder), "ü"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"ONE": "1", "TWO": "2"},
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said: dict[str, int] = {}
        while "ready" not in self.said:
            name, value = self.process.stdout.readline().split()
            self.said[name.decode()] = int(value)

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@pytest.fixture(scope="module")
def opener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    found = Opener(tmp_path_factory.mktemp("opener"))
    yield found
    found.close()


def read(with_iterators: bool = True) -> Machine:
    machine = Machine()
    if with_iterators:
        probe = load_probe(("tasks",), ring_bytes=1 << 16, state_ring_bytes=1 << 16)
        try:
            assert probe.missing == {}
            read_into(machine, probe, boot_epoch_ns())
        finally:
            probe.close()
    else:
        read_into(machine, None, boot_epoch_ns())
    machine.check()
    return machine


@pytest.fixture(scope="module", params=[True, False], ids=["iterators", "proc"])
def machine(request: pytest.FixtureRequest, opener: Opener) -> Machine:
    return read(request.param)


def row_of(machine: Machine, tid: int) -> dict[str, Any]:
    row = machine.thread(tid)
    assert row is not None
    return row


def test_a_process(machine: Machine, opener: Opener) -> None:
    pid = opener.process.pid
    row = row_of(machine, pid)
    assert (row["tid"], row["pid"], row["ptid"]) == (pid, pid, os.getpid())
    assert (row["vtid"], row["vpid"]) == (pid, pid)
    assert (row["sid"], row["pgid"], row["vpgid"]) == (os.getsid(pid), os.getpgid(pid), os.getpgid(pid))
    assert row["exe"] == sys.executable.encode()
    assert row["exepath"] == os.path.realpath(sys.executable).encode()
    assert row["args"] == [b"-c", OPENER.encode(), str(opener.folder).encode(), "ü".encode()]
    assert row["env"] == [b"ONE=1", b"TWO=2"]
    assert row["cwd"] == str(opener.folder).encode() + b"/"
    assert row["root"] == b"/"
    assert (row["uid"], row["gid"]) == (os.geteuid(), os.getegid())
    assert row["comm"] == Path(f"/proc/{pid}/comm").read_bytes().rstrip(b"\n")
    assert row["loginuid"] == int(Path(f"/proc/{pid}/loginuid").read_text())
    status = os.stat(f"/proc/{pid}/exe")
    assert row["exe_ino"] == status.st_ino
    assert (row["exe_ino_ctime"], row["exe_ino_mtime"]) == (status.st_ctime_ns, status.st_mtime_ns)
    assert row["exe_writable"]
    assert not row["exe_from_memfd"]
    status_file = Path(f"/proc/{pid}/status").read_text()
    caps = dict(line.split(":\t", 1) for line in status_file.splitlines() if line.startswith("Cap"))
    assert row["cap_effective"] == int(caps["CapEff"], 16)
    assert abs(row["clone_ts"] - time.time_ns()) < 120_000_000_000
    assert row["fdlimit"] == int(
        Path(f"/proc/{pid}/limits").read_text().split("Max open files")[1].split()[0]
    )
    for name in ("pid", "mnt", "net", "user"):
        assert row["facts"][f"{name}ns"] == os.stat(f"/proc/{pid}/ns/{name}").st_ino
    assert row["facts"]["exe"][:2] == (status.st_dev, status.st_ino)
    assert row["facts"]["birth_pid"] == os.getpid()


def test_its_thread(machine: Machine, opener: Opener) -> None:
    row = row_of(machine, opener.said["thread"])
    assert row["pid"] == opener.process.pid
    assert row["flags"] & 0x2000
    assert machine.children(os.getpid()).count(opener.process.pid) == 1


def test_lineage_goes_up_to_the_first_process(machine: Machine, opener: Opener) -> None:
    tid, seen = opener.process.pid, []
    while tid > 1:
        seen.append(tid)
        tid = row_of(machine, tid)["ptid"]
    assert os.getpid() in seen


def test_descriptors(machine: Machine, opener: Opener) -> None:
    fds, said, here = machine.fds(opener.process.pid), opener.said, str(opener.folder).encode()
    kinds = {
        "server": IPV4_SERVER, "client": IPV4, "accepted": IPV4, "six": IPV6_SERVER, "udp": IPV4_SERVER,
        "unbound": UNSUPPORTED, "unix": UNIX, "abstract": UNIX, "file": FILE, "kept": FILE, "gone": FILE,
        "folder": DIRECTORY, "reading": FIFO, "writing": FIFO, "memfd": MEMFD, "epoll": EVENTPOLL, "event": EVENT,
        "pidfd": PIDFD,
    }  # fmt: skip
    assert {name: fds[said[name]]["type"] for name in kinds} == kinds
    assert fds[said["file"]]["name"] == here + b"/a file"
    assert fds[said["folder"]]["name"] == here
    assert fds[said["gone"]]["name"].startswith(here + b"/gone")
    assert fds[said["memfd"]]["name"] == b"/memfd:secret (deleted)"
    assert (
        fds[said["reading"]]["name"]
        == os.readlink(f"/proc/{opener.process.pid}/fd/{said['reading']}").encode()
    )
    assert fds[said["unix"]]["name"] == b"a socket"
    assert fds[said["abstract"]]["name"] == b"@tiercel test %d" % opener.process.pid
    assert fds[said["pidfd"]]["pid"] == opener.process.pid
    port = fds[said["server"]]["sport"]
    assert fds[said["server"]]["name"] == b"127.0.0.1:%d" % port
    client, accepted = fds[said["client"]], fds[said["accepted"]]
    # Both ends tell of the same connection, the client's first.
    assert client["name"] == accepted["name"]
    assert (client["dport"], accepted["dport"]) == (port, port)
    status = os.stat(opener.folder / "a file")
    assert (fds[said["file"]]["ino"], fds[said["file"]]["dev"]) == (status.st_ino, status.st_dev)


def test_how_files_were_opened(machine: Machine, opener: Opener) -> None:
    fds, said = machine.fds(opener.process.pid), opener.said
    read_write, append, close_on_exec = 3, 8, 0x1000
    assert (
        fds[said["file"]]["openflags"] & (read_write | append | close_on_exec)
        == read_write | append | close_on_exec
    )
    assert fds[said["kept"]]["openflags"] & (read_write | append | close_on_exec) == 1


def test_a_socket_of_the_kernels(opener: Opener) -> None:
    assert read().fds(opener.process.pid)[opener.said["netlink"]]["type"] == NETLINK


def test_users_and_groups(machine: Machine) -> None:
    assert machine.user(0) == (b"root", b"/root", accounts.of_host().users[0][4])
    assert machine.group(0) == b"root"


def test_a_dead_process_is_no_row(opener: Opener) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    time.sleep(0.1)
    try:
        assert read().thread(child) is None
        assert read(False).thread(child) is None
    finally:
        os.waitpid(child, 0)


def test_a_process_in_a_pid_namespace(tmp_path: Path) -> None:
    command = ["unshare", "--pid", "--fork", "--kill-child", "sleep", "30"]
    process = subprocess.Popen(command)
    time.sleep(0.3)
    try:
        child = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text())
        row = row_of(read(), child)
        assert (row["tid"], row["vtid"], row["vpid"]) == (child, 1, 1)
        assert row["facts"]["pidns"] == os.stat(f"/proc/{child}/ns/pid").st_ino
        assert row["reaper"]
        assert time.time_ns() - row["pidns_init_start_ts"] < 60_000_000_000
    finally:
        process.kill()
        process.wait()


def test_arguments_of_another_process_with_the_same_number_are_not_taken() -> None:
    from tiercel.sources.ebpf.proc import Strings

    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    start_ns = int(fields[19]) * (1_000_000_000 // os.sysconf("SC_CLK_TCK"))
    assert Strings().of(os.getpid(), start_ns)[0] == Path("/proc/self/cmdline").read_bytes()
    assert Strings().of(os.getpid(), start_ns + 1_000_000_000) == (b"", b"")


def test_events_while_it_is_read_neither_double_nor_break_rows(tmp_path: Path) -> None:
    """Processes come and go all the time; the tables, and then all events since, give what there is."""
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            subprocess.run(["/bin/sh", "-c", "/bin/true; (/bin/true & /bin/true); wait"], check=False)

    probed = Probed("clone", "clone3", "fork", "vfork", "execve")
    threads = [threading.Thread(target=churn) for _ in range(2)]
    for thread in threads:
        thread.start()
    long_lived = []
    machine = Machine()
    try:
        for _ in range(10):
            long_lived.append(subprocess.Popen(["/bin/sleep", "60"]))
        read_into(machine, probed.probe, boot_epoch_ns())
        for _ in range(10):
            long_lived.append(subprocess.Popen(["/bin/sleep", "61"]))
        stop.set()
        for thread in threads:
            thread.join()
        for row in sorted(probed.told(), key=lambda row: row.raw[1]):
            type_, ts, tid, params = row.raw
            machine.event(type_, tid, list(params), ts)
        machine.check()
        for process in long_lived:
            row = row_of(machine, process.pid)
            assert row["exepath"] == os.path.realpath("/bin/sleep").encode()
            assert row["args"] in ([b"60"], [b"61"])
            assert machine.children(os.getpid()).count(process.pid) == 1
        # Of ours, nothing but what lives.
        living = {p.pid for p in long_lived}
        mine = {child for child in machine.children(os.getpid()) if child not in living}
        assert {child for child in mine if not Path(f"/proc/{child}").exists()} == set()
    finally:
        for process in long_lived:
            process.kill()
            process.wait()
        probed.close()


def test_it_is_fast_with_a_thousand_processes() -> None:
    code = (
        "import os, signal, sys\n"
        "for _ in range(1000):\n if os.fork() == 0: signal.pause()\n"
        "print(1, flush=True)\nsys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        probe = load_probe(("tasks",), ring_bytes=1 << 16, state_ring_bytes=1 << 16)
        best = 99.0
        for _ in range(3):
            machine, start = Machine(), time.perf_counter()
            read_into(machine, probe, boot_epoch_ns())
            best = min(best, time.perf_counter() - start)
        probe.close()
        assert len(machine.children(process.pid)) == 1000
        print(f"{len(machine)} threads in {best:.3f} s")
        assert best < 2.0  # measured 0.1 s; machines that run tests are busy
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_interfaces_of_this_machine() -> None:
    from tiercel.sources.ebpf.proc import interfaces

    assert (b"lo", int(socket.AF_INET), bytes([127, 0, 0, 1]), bytes([255, 0, 0, 0])) in interfaces()
