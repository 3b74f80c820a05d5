"""Parameters print as Falco prints them. Nothing is known of the thread of these events."""

from __future__ import annotations

import pytest
from tests.events.fields.given import i64, ip4, last, text, u8, u16, u32, u64

OK = i64(0)
MINUS_ONE = u64(2**64 - 1)


def tuple6(source: bytes, dest: bytes) -> bytes:
    return u8(10) + source + u16(1) + dest + u16(2)


MAPPED = bytes(10) + b"\xff\xff" + ip4("10.0.0.1")
LONG = b"x" * 5000

CASES: list[tuple[tuple[object, ...], str]] = [
    # numbers, and how they print
    (("READ_X", i64(3), b"abc", i64(5), u32(10)), "res=3 data=abc fd=5 size=10"),
    (("READ_X", i64(3), b"a\0\n\x7f\xffz", i64(5), u32(2**32 - 1)), "res=3 data=a....z fd=5 size=-1"),
    (("READ_X", i64(0), b"", i64(5), u32(0)), "res=0 data=NULL fd=5 size=0"),
    (("READ_X", i64(5000), LONG, i64(5), u32(5000)), f"res=5000 data={'x' * 5000} fd=5 size=5000"),
    (("BRK_1_X", u64(2**64 - 1)), "res=FFFFFFFFFFFFFFFF"),
    (("SIGNALFD_X", i64(4), i64(-1), u32(0xABCD), u8(255)), "res=4(<s>) fd=-1(EPERM) mask=ABCD flags=FF"),
    (("TIMERFD_CREATE_X", i64(4), u8(200), u8(0)), "res=4(<t>) clockid=200 flags=0"),
    # modes in octal; device in hexadecimal
    (
        ("OPEN_X", i64(3), text("/a"), u32(1), u32(0o644), u32(0x801), u64(2**64 - 1)),
        "fd=3(<f>/a) name=/a flags=1(O_RDONLY) mode=0644 dev=801 ino=-1",
    ),
    (
        ("OPEN_X", i64(-2), text("/a"), u32(0), u32(0), u32(0), u64(0)),
        "fd=-2(ENOENT) name=/a flags=0(O_NONE) mode=0 dev=0 ino=0",
    ),
    # flags in the table's order; one that covers several takes them away
    (
        ("OPEN_X", i64(3), text("/a"), u32(4103), u32(0), b"", b""),
        "fd=3(<f>/a) name=/a flags=4103(O_CREAT|O_RDWR|O_CLOEXEC) mode=0 dev=<NA> ino=<NA>",
    ),
    (
        ("OPEN_X", i64(3), text("/a"), u32(0x80000002), u32(0), b"", b""),
        "fd=3(<f>/a) name=/a flags=2147483650(O_WRONLY) mode=0 dev=<NA> ino=<NA>",
    ),
    # one of several; all names of the value
    (
        ("SOCKET_X", i64(3), u32(1), u32(0x80001), u32(0)),
        "fd=3(<u>) domain=1(AF_LOCAL|AF_UNIX) type=524289 proto=0",
    ),
    (("SOCKET_X", i64(3), u32(77), u32(1), u32(6)), "fd=3(<o>) domain=77 type=1 proto=6"),
    (("LSEEK_X", i64(0), i64(3), u64(0), u8(2)), "res=0 fd=3 offset=0 whence=2(SEEK_END)"),
    # permissions
    (
        ("CHMOD_X", OK, text("/a"), u32(0o755)),
        "res=0 filename=/a mode=0755(S_IXOTH|S_IROTH|S_IXGRP|S_IRGRP|S_IXUSR|S_IWUSR|S_IRUSR)",
    ),
    (("CHMOD_X", OK, text("/a"), u32(0)), "res=0 filename=/a mode=0"),
    # errors
    (("CHDIR_X", i64(-2), text("/a")), "res=-2(ENOENT) path=/a"),
    (("CHDIR_X", i64(-100000), text("/a")), "res=-100000 path=/a"),
    (("CHDIR_X", i64(-(2**63)), text("/a")), f"res={-(2**63)} path=/a"),
    # text that is missing, too long, or that somebody wants to break a terminal with
    (("CHDIR_X", OK, b""), "res=0 path=<NA>"),
    (("CHDIR_X", OK, text("(NULL)")), "res=0 path=<NA>"),
    (("CHDIR_X", OK, b"\0"), "res=0 path="),
    (("CHDIR_X", OK, text("/a\x1b[2J\n")), "res=0 path=/a\ufffd[2J\ufffd"),
    (("CHDIR_X", OK, text(b"/" + LONG)), f"res=0 path=/{'x' * 5000}"),
    (("CHDIR_X", OK, b"no end"), "res=0 path=no end"),
    (("CHDIR_X", OK, b"/a\0b\0"), "res=0 path=/a"),
    # descriptors waited for
    (("POLL_X", i64(1), b"", i64(5)), "res=1 fds=NULL timeout=5"),
    # durations and times
    (("NANOSLEEP_X", OK, u64(1_500_000_000)), "res=0 interval=1500000000(1.5s)"),
    (("NANOSLEEP_X", OK, MINUS_ONE), "res=0 interval=none"),
    # signals
    (("KILL_X", OK, i64(7), u8(9)), "res=0 pid=7 sig=9(SIGKILL)"),
    (("KILL_X", OK, i64(7), u8(0)), "res=0 pid=7 sig=0"),
    (("KILL_X", OK, i64(7), u8(64)), "res=0 pid=7 sig=64"),
    (("KILL_X", OK, i64(7), u8(31)), "res=0 pid=7 sig=31(SIGSYS)"),
    (
        ("PPOLL_X", i64(0), b"", MINUS_ONE, u32(0x80000103)),
        "res=0 fds=NULL timeout=none sigmask=SIGHUP SIGINT SIGKILL",
    ),
    # addresses
    (("BIND_X", OK, u8(2) + ip4("10.0.0.1") + u16(80), i64(3)), "res=0 addr=10.0.0.1:80 fd=3"),
    (("BIND_X", OK, u8(2) + ip4("10.0.0.1"), i64(3)), "res=0 addr=INVALID IPv4 fd=3"),
    (("BIND_X", OK, u8(10) + bytes(15) + b"\1" + u16(65535), i64(3)), "res=0 addr=::1:65535 fd=3"),
    (("BIND_X", OK, u8(10) + bytes(30), i64(3)), "res=0 addr=INVALID IPv6 fd=3"),
    (("BIND_X", OK, u8(1) + text("/run/a\nb"), i64(3)), "res=0 addr=/run/a\ufffdb fd=3"),
    (("BIND_X", OK, u8(1), i64(3)), "res=0 addr= fd=3"),
    (("BIND_X", OK, u8(1) + b"/no/end", i64(3)), "res=0 addr=/no/end fd=3"),
    (("BIND_X", OK, u8(16), i64(3)), "res=0 addr=family 16 fd=3"),
    (("BIND_X", OK, b"", i64(3)), "res=0 addr=<NA> fd=3"),
    # both ends
    (
        (
            "ACCEPT_5_X",
            i64(4),
            u8(2) + ip4("1.2.3.4") + u16(5) + ip4("6.7.8.9") + u16(10),
            u8(0),
            u32(0),
            u32(5),
        ),
        "fd=4(<4t>1.2.3.4:5->6.7.8.9:10) tuple=1.2.3.4:5->6.7.8.9:10 queuepct=0 queuelen=0 queuemax=5",
    ),
    (
        (
            "ACCEPT_5_X",
            i64(4),
            tuple6(bytes(15) + b"\1", b"\xfe\x80" + bytes(13) + b"\2"),
            u8(0),
            u32(0),
            u32(5),
        ),
        "fd=4(<6t>::1:1->fe80::2:2) tuple=::1:1->fe80::2:2 queuepct=0 queuelen=0 queuemax=5",
    ),
    (
        ("ACCEPT_5_X", i64(4), tuple6(MAPPED, bytes(16)), u8(0), u32(0), u32(5)),
        "fd=4(<4t>10.0.0.1:1->0.0.0.0:2) tuple=10.0.0.1:1->0.0.0.0:2 queuepct=0 queuelen=0 queuemax=5",
    ),
    (
        ("ACCEPT_5_X", i64(4), u8(1) + u64(0xABC) + u64(0) + text("/run/x"), u8(0), u32(0), u32(5)),
        "fd=4(<u>abc->0 /run/x) tuple=abc->0 /run/x queuepct=0 queuelen=0 queuemax=5",
    ),
    (
        ("ACCEPT_5_X", i64(4), u8(1) + u64(0xABC), u8(0), u32(0), u32(5)),
        "fd=4 tuple=<NA> queuepct=0 queuelen=0 queuemax=5",
    ),
    (
        ("ACCEPT_5_X", i64(4), b"", u8(0), u32(0), u32(5)),
        "fd=4 tuple=NULL queuepct=0 queuelen=0 queuemax=5",
    ),
    # a value whose first byte says what it is
    (
        ("SETSOCKOPT_X", OK, i64(3), u8(1), u8(2), u8(2) + u32(1)),
        "res=0 fd=3 level=1(SOL_SOCKET) optname=2(SO_REUSEADDR) val=1",
    ),
    (
        ("SETSOCKOPT_X", OK, i64(3), u8(1), u8(20), u8(4) + u64(2_000_000_000)),
        "res=0 fd=3 level=1(SOL_SOCKET) optname=20(SO_RCVTIMEO) val=2000000000(2s)",
    ),
    (
        ("SETSOCKOPT_X", OK, i64(3), u8(1), u8(4), u8(1) + i64(-111)),
        "res=0 fd=3 level=1(SOL_SOCKET) optname=4(SO_ERROR) val=-111(ECONNREFUSED)",
    ),
    (
        ("SETSOCKOPT_X", OK, i64(3), u8(1), u8(25), u8(0) + b"eth0\0"),
        "res=0 fd=3 level=1(SOL_SOCKET) optname=25(SO_BINDTODEVICE) val=eth0.",
    ),
    (
        ("SETSOCKOPT_X", OK, i64(3), u8(1), u8(2), u8(2) + b"\1"),
        "res=0 fd=3 level=1(SOL_SOCKET) optname=2(SO_REUSEADDR) val=<NA>",
    ),
    (
        ("SETSOCKOPT_X", OK, i64(3), u8(1), u8(2), u8(99) + b"\1"),
        "res=0 fd=3 level=1(SOL_SOCKET) optname=2(SO_REUSEADDR) val=INVALID DYNAMIC PARAMETER",
    ),
    (
        ("SETSOCKOPT_X", OK, i64(3), u8(1), u8(2), b""),
        "res=0 fd=3 level=1(SOL_SOCKET) optname=2(SO_REUSEADDR) val=NULL",
    ),
    (
        ("PTRACE_X", OK, u8(0) + u64(0xDEAD), u8(1) + u8(11), u16(7), i64(5)),
        "res=0 addr=DEAD data=11(SIGSEGV) request=7(PTRACE_POKEUSR) pid=5",
    ),
    # users and groups that nothing is known of
    (("SETUID_X", OK, u32(1000)), "res=0 uid=1000(<NA>)"),
    (("SETUID_X", OK, u32(2**32 - 1)), "res=0 uid=-1(<NONE>)"),
    (("SETUID_X", OK, u32(2**31)), f"res=0 uid={-(2**31)}(<NA>)"),
    (("SETGID_X", OK, u32(0)), "res=0 gid=0(root)"),
    # parameters that are shorter than their type, or that the event does not carry
    (("CHDIR_X", b"\1", text("/a")), "res=<NA> path=/a"),
    (("KILL_X", OK, b"\1\2\3", u8(9)), "res=0 pid=<NA> sig=9(SIGKILL)"),
    (("KILL_X", OK), "res=0"),
    (("KILL_X",), ""),
    # calls without events of their own keep their arguments to themselves
    (("GENERIC_X", u16(5), u16(5)), ""),
]


@pytest.mark.parametrize(("event", "args"), CASES)
def test_arguments(event: tuple[object, ...], args: str) -> None:
    assert last([event], "evt.args") == args
    assert last([event], "evt.info") == args


@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        (("CHDIR_X", i64(-2), text("/a")), "evt.arg[0]", "ENOENT"),
        (("CHDIR_X", i64(-2), text("/a")), "evt.arg.res", "ENOENT"),
        (("CHDIR_X", i64(0), text("/a")), "evt.arg.res", "0"),
        (("CHDIR_X", i64(0), text("/a")), "evt.arg[1]", "/a"),
        (("CHDIR_X", i64(0), text("/a")), "evt.arg[2]", None),
        (("CHDIR_X", i64(0), text("/a")), "evt.arg.fd", None),
        (("CHDIR_X", i64(0)), "evt.arg.path", None),
        (("KILL_X", i64(0), i64(7), u8(9)), "evt.arg.sig", "SIGKILL"),
        (("KILL_X", i64(0), i64(7), u8(9)), "evt.rawarg.sig", 9),
        (("KILL_X", i64(0), i64(7), u8(9)), "evt.rawarg.pid", 7),
        (("KILL_X", i64(-1), i64(7), u8(9)), "evt.rawarg.res", -1),
        (("KILL_X", i64(-1), b"\1", u8(9)), "evt.rawarg.pid", None),
        (("CHDIR_X", i64(0), text("/a")), "evt.rawarg.path", "/a"),
        (("CHDIR_X", i64(0), b""), "evt.rawarg.path", "<NA>"),
        (("BRK_1_X", u64(0xABC)), "evt.rawarg.res", "ABC"),
        (("OPEN_X", i64(3), text("/a"), u32(4097), u32(0o644), b"", b""), "evt.rawarg.flags", "1001"),
        (("OPEN_X", i64(3), text("/a"), u32(4097), u32(0o644), b"", b""), "evt.rawarg.mode", "644"),
        (("OPEN_X", i64(3), text("/a"), b"", u32(0o644), b"", b""), "evt.rawarg.flags", "0"),
        (("READ_X", i64(3), b"a\0b", i64(5), u32(10)), "evt.rawarg.data", "a.b"),
        (("READ_X", i64(3), b"a\0b", i64(5), u32(10)), "evt.rawarg.size", 10),
        (("READ_X", i64(3), b"a\0b", i64(5), u32(10)), "evt.buffer", "a.b"),
        (("READ_X", i64(3), b"y" * 1022, i64(5), u32(10)), "evt.buffer", "y" * 1022),
        (("READ_X", i64(3), b"y" * 1023, i64(5), u32(10)), "evt.buffer", "y" * 1021),
        (("READ_X", i64(3), b"y" * 9000, i64(5), u32(10)), "evt.arg.data", "y" * 9000),
        (("READ_X", i64(0), b"", i64(5), u32(10)), "evt.buffer", ""),
        (("CHDIR_X", i64(0), text("/a")), "evt.buffer", None),
    ],
)
def test_single_arguments(event: tuple[object, ...], field: str, value: object) -> None:
    assert last([event], field) == value
