"""fd.*: descriptors of events, known and not."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from captured import START, compared, last

from tiercel.sources.scap import CaptureWriter


def opened(capture: CaptureWriter, **more: Any) -> None:
    capture.event(START, 10, 0, "openat", more, dirfd=-100)


def world(capture: CaptureWriter) -> None:
    capture.interface("eth0", "10.0.0.1", "255.255.255.0")
    capture.interface("eth0", "fd00:1::1", "ffff:ffff:ffff:ffff::")
    capture.process(10, comm="app", exe="app", cwd="/srv/", fdlimit=64)
    capture.fd(10, 0, "file", name="/dev/null", dev=0xFE01, ino=42)
    capture.fd(10, 3, "directory", name="/etc")
    capture.fd(10, 4, "ipv4_server", source=("0.0.0.0", 443))
    capture.fd(10, 5, "ipv4", source=("10.0.0.1", 40000), destination=("93.184.216.34", 80))
    capture.fd(10, 6, "ipv4", source=("10.0.0.1", 443), destination=("10.0.0.9", 50000))
    capture.fd(10, 7, "ipv6", source=("fd00:1::1", 40001), destination=("2001:db8::1", 53), protocol="udp")
    capture.fd(10, 8, "unix", source=1, destination=2, name="/run/app.sock")
    capture.fd(10, 9, "fifo", name="pipe:[9]")
    capture.fd(10, 11, "eventpoll", name="[eventpoll]")
    capture.fd(10, 12, "ipv6_server", source=("::", 8080))


def use(fd: int) -> Any:
    """An event that reads from the descriptor."""

    def tell(capture: CaptureWriter) -> None:
        world(capture)
        capture.event(START, 10, 0, "read", res=0, fd=fd)

    return tell


# fd number, field, value
KNOWN: list[tuple[int, str, Any]] = [
    (0, "fd.num", 0),
    (0, "fd.uid", "100"),
    (0, "fd.type", "file"),
    (0, "fd.typechar", "f"),
    (0, "fd.name", "/dev/null"),
    (0, "fd.directory", "/dev"),
    (0, "fd.filename", "null"),
    (0, "fd.containername", ":/dev/null"),
    (0, "fd.containerdirectory", ":/dev"),
    (0, "fd.dev", "FE01"),
    (0, "fd.dev.major", 254),
    (0, "fd.dev.minor", 1),
    (0, "fd.ino", 42),
    (0, "fd.is_upper_layer", False),
    (0, "fd.name_changed", False),
    (0, "fd.l4proto", "<NA>"),
    (0, "fd.sockfamily", None),
    (0, "fd.is_server", False),
    (0, "fd.cip", None),
    (0, "fd.sport", None),
    (0, "fd.sproto", None),
    (0, "fd.cproto", None),
    (3, "fd.type", "directory"),
    (3, "fd.directory", "/etc"),
    (3, "fd.filename", None),
    (4, "fd.type", "ipv4"),
    (4, "fd.typechar", "4"),
    (4, "fd.name", "0.0.0.0:443"),
    (4, "fd.sip", None),  # of a table: nobody said that it is the server's
    (4, "fd.sport", 443),
    (4, "fd.cport", None),
    (4, "fd.lport", None),
    (4, "fd.sproto", ""),
    (4, "fd.is_server", True),
    (4, "fd.l4proto", "tcp"),
    (4, "fd.sockfamily", "ip"),
    (5, "fd.name", "10.0.0.1:40000->93.184.216.34:80"),
    (5, "fd.directory", None),
    (5, "fd.cip", "10.0.0.1"),
    (5, "fd.sip", "93.184.216.34"),
    (5, "fd.lip", "10.0.0.1"),
    (5, "fd.rip", "93.184.216.34"),
    (5, "fd.cport", 40000),
    (5, "fd.sport", 80),
    (5, "fd.lport", 40000),
    (5, "fd.rport", 80),
    (5, "fd.cproto", "40000"),
    (5, "fd.rproto", "80"),
    (5, "fd.is_server", False),
    (5, "fd.connected", True),
    (5, "fd.sip.name", None),
    (6, "fd.cip", "10.0.0.9"),  # port 443 is listened on, so this end is the server's
    (6, "fd.sip", "10.0.0.1"),
    (6, "fd.lip", "10.0.0.1"),
    (6, "fd.rip", "10.0.0.9"),
    (6, "fd.lport", 443),
    (6, "fd.rport", 50000),
    (6, "fd.is_server", True),
    (7, "fd.type", "ipv6"),
    (7, "fd.name", "fd00:1::1:40001->2001:db8::1:53"),
    (7, "fd.cip", None),  # Falco gives no role to IPv6 connections of a table
    (7, "fd.lport", None),
    (7, "fd.l4proto", "<NA>"),
    (8, "fd.type", "unix"),
    (8, "fd.typechar", "u"),
    (8, "fd.sockfamily", "unix"),
    (8, "fd.cproto", ""),
    (8, "fd.sproto", None),
    (9, "fd.type", "pipe"),
    (11, "fd.type", "eventpoll"),
    (11, "fd.typechar", "l"),
    (12, "fd.sport", 8080),
    (12, "fd.is_server", True),
    (30, "fd.num", 30),
    (30, "fd.name", ""),
    (30, "fd.nameraw", ""),
    (30, "fd.directory", "/"),
    (30, "fd.filename", None),
    (30, "fd.type", None),
    (30, "fd.typechar", "o"),
    (30, "fd.connected", None),
    (30, "fd.types[3]", ["directory"]),
    (30, "fd.types[30]", None),
]


@pytest.mark.parametrize(("fd", "field", "value"), KNOWN, ids=[f"{f}-{n}" for n, f, _ in KNOWN])
def test_known(fd: int, field: str, value: Any) -> None:
    assert last(use(fd), field).get(field) == value


def ip(text: str) -> bytes:
    return ipaddress.ip_address(text).packed


# fd number, field, what conditions compare; an empty list: the field exists, no comparison with it holds
COMPARED: list[tuple[int, str, list[Any] | None]] = [
    (5, "fd.ip", [ip("10.0.0.1"), ip("93.184.216.34")]),
    (5, "fd.net", [ip("10.0.0.1"), ip("93.184.216.34")]),
    (5, "fd.port", [40000, 80]),
    (5, "fd.proto", [40000, 80]),
    (5, "fd.cnet", [ip("10.0.0.1")]),
    (5, "fd.snet", [ip("93.184.216.34")]),
    (5, "fd.lnet", [ip("10.0.0.1")]),
    (5, "fd.rnet", [ip("93.184.216.34")]),
    (5, "fd.sip.name", [b""]),
    (5, "fd.sip", [ip("93.184.216.34")]),
    (7, "fd.ip", [ip("fd00:1::1"), ip("2001:db8::1")]),
    (7, "fd.port", [40001, 53]),
    (7, "fd.cnet", None),
    (7, "fd.cip.name", []),
    (4, "fd.ip", [ip("0.0.0.0")]),
    (4, "fd.port", [443]),
    (12, "fd.ip", [ip("::")]),
    (0, "fd.ip", []),
    (0, "fd.port", []),
    (0, "fd.net", []),
    (0, "fd.lip.name", []),
    (0, "fd.dev", [0xFE01]),
    (30, "fd.ip", None),
    (30, "fd.port", None),
    (30, "fd.rip.name", None),
]


@pytest.mark.parametrize(("fd", "field", "values"), COMPARED, ids=[f"{f}-{n}" for n, f, _ in COMPARED])
def test_conditions_compare_either_end(fd: int, field: str, values: list[Any] | None) -> None:
    assert compared(use(fd), field) == values


def test_types_are_each_listed_once() -> None:
    types = last(use(0), "fd.types")["fd.types"]
    assert sorted(types) == ["directory", "eventpoll", "file", "ipv4", "ipv6", "pipe", "unix"]


def test_an_event_about_no_descriptor_has_no_field() -> None:
    def tell(capture: CaptureWriter) -> None:
        world(capture)
        capture.event(START, 10, 0, "nanosleep", res=0)

    assert last(tell, "fd.num", "fd.name", "fd.typechar", "fd.types", "fd.uid") == {}


# parameters of an openat, field, value
FAILED: list[tuple[dict[str, Any], str, Any]] = [
    ({"name": "a/../b"}, "fd.name", "/srv/b"),
    ({"name": "a/../b"}, "fd.nameraw", "a/../b"),
    ({"name": "/x//y"}, "fd.name", "/x/y"),
    ({"name": "/x//y"}, "fd.nameraw", "/x/y"),
    ({"name": "/x/y"}, "fd.directory", "/x"),
    ({"name": "/x/y"}, "fd.filename", None),
    ({"name": "passwd", "dirfd": 3}, "fd.name", "/etc/passwd"),
    ({"name": "passwd", "dirfd": 33}, "fd.name", "<UNKNOWN>passwd"),
    ({"name": "/x", "dirfd": None}, "fd.name", None),
    ({"name": None}, "fd.name", None),
    ({"name": "/x"}, "fd.num", -1),
    ({"name": "/x"}, "fd.typechar", "f"),
    ({"name": "/x"}, "fd.type", None),
]


@pytest.mark.parametrize(("params", "field", "value"), FAILED, ids=[f"{f}-{p}" for p, f, _ in FAILED])
def test_after_a_failed_open_the_event_names_the_file(params: dict[str, Any], field: str, value: Any) -> None:
    def tell(capture: CaptureWriter) -> None:
        world(capture)
        capture.event(START, 10, 0, "openat", {"fd": -2, "dirfd": -100, **params})

    assert last(tell, field).get(field) == value


def test_an_opened_file() -> None:
    def tell(capture: CaptureWriter) -> None:
        world(capture)
        capture.event(
            START, 10, 0, "openat", fd=20, dirfd=-100, name="./x//y", flags="O_RDONLY", dev=5, ino=6
        )

    row = last(
        tell, "fd.num", "fd.name", "fd.nameraw", "fd.filename", "fd.directory", "fd.ino", "fd.types[20]"
    )
    assert row == {
        "fd.num": 20,
        "fd.name": "/srv/x/y",
        "fd.nameraw": "./x/y",
        "fd.filename": "y",
        "fd.directory": "/srv/x",
        "fd.ino": 6,
        "fd.types[20]": ["file"],
    }


def test_a_connection_that_failed_is_named_by_its_event() -> None:
    def tell(capture: CaptureWriter) -> None:
        world(capture)
        capture.event(START, 10, 0, "connect", res=-111, fd=77, tuple=(("10.0.0.1", 1), ("10.0.0.2", 2)))

    assert last(tell, "fd.name")["fd.name"] == "10.0.0.1:1->10.0.0.2:2"


def test_a_closed_descriptor_is_still_shown() -> None:
    def tell(capture: CaptureWriter) -> None:
        world(capture)
        capture.event(START, 10, 0, "close", res=0, fd=0)

    assert last(tell, "fd.name", "fd.num") == {"fd.name": "/dev/null", "fd.num": 0}


def test_a_connect_makes_a_client() -> None:
    def tell(capture: CaptureWriter) -> None:
        world(capture)
        capture.event(START, 10, 0, "socket", fd=13, domain=2, type=1, proto=0)
        capture.event(START, 10, 0, "connect", res=0, fd=13, tuple=(("10.0.0.1", 45000), ("1.2.3.4", 22)))

    row = last(
        tell, "fd.name", "fd.sip", "fd.sport", "fd.cport", "fd.l4proto", "fd.connected", "fd.name_changed"
    )
    assert row == {
        "fd.name": "10.0.0.1:45000->1.2.3.4:22",
        "fd.sip": "1.2.3.4",
        "fd.sport": 22,
        "fd.cport": 45000,
        "fd.l4proto": "tcp",
        "fd.connected": True,
        "fd.name_changed": True,
    }
