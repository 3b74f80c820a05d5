"""Sockets: addresses, roles and the names they get."""

from __future__ import annotations

import ipaddress
import struct
from typing import Any

import pytest
from tests.events.state.calls import call, clone, host

from tiercel.events.machine import Machine

INET, INET6, UNIX = 2, 10, 1
IPV4, IPV6, SERVER4, SERVER6, UNIX_SOCK, NETLINK, UNKNOWN = 3, 4, 5, 6, 8, 15, 0
CLIENT, SERVER, CONNECTED, FROM_PROC = 1 << 2, 1 << 3, 1 << 13, 1
STREAM, DGRAM, RAW = 1, 2, 3
TCP, UDP, ICMP = 6, 17, 1
HERE, THERE, LOOP6, FAR6 = "10.0.0.1", "93.184.216.34", "::1", "2001:db8::1"


def family(ip: str) -> bytes:
    return bytes([INET6 if ":" in ip else INET])


def end(ip: str, port: int) -> bytes:
    return ipaddress.ip_address(ip).packed + struct.pack("<H", port)


def address(ip: str, port: int) -> bytes:
    return family(ip) + end(ip, port)


def pair(source: str, sport: int, dest: str, dport: int) -> bytes:
    return family(source) + end(source, sport) + end(dest, dport)


def unix_pair(source: int, dest: int, path: str) -> bytes:
    return bytes([UNIX]) + struct.pack("<QQ", source, dest) + path.encode() + b"\0"


def socket(machine: Machine, domain: int, kind: int, protocol: int = 0, fd: int = 3) -> dict[str, Any]:
    return call(machine, "SOCKET_X", 10, result=fd, domain=domain, type=kind, proto=protocol, flags=0)


@pytest.mark.parametrize(
    ("domain", "kind", "protocol", "type_", "l4proto"),
    [
        (INET, STREAM, 0, IPV4, 2),
        (INET, DGRAM | 0x80000, 0, IPV4, 3),
        (INET, RAW, 0, IPV4, 0),
        (INET, RAW, ICMP, IPV4, 5),
        (INET, DGRAM, ICMP, IPV4, 4),
        (INET6, STREAM, TCP, IPV6, 2),
        (INET6, RAW, UDP, IPV6, 5),
        (INET, RAW, 255, IPV4, 5),
        (UNIX, STREAM, 0, UNIX_SOCK, 0),
        (16, RAW, 0, NETLINK, 0),
        (17, RAW, 0, UNKNOWN, 0),
    ],
)
def test_kinds(domain: int, kind: int, protocol: int, type_: int, l4proto: int) -> None:
    seen = socket(host(), domain, kind, protocol)["fd"]
    assert (seen["type"], seen["l4proto"], seen["name"]) == (type_, l4proto, b"")


@pytest.mark.parametrize(
    ("domain", "kind", "tuple_", "type_", "name"),
    [
        (INET, STREAM, pair(HERE, 4000, THERE, 80), IPV4, b"10.0.0.1:4000->93.184.216.34:80"),
        (INET, RAW, pair(HERE, 0, THERE, 0), IPV4, b"<unknown>"),
        (INET6, STREAM, pair(LOOP6, 4000, FAR6, 443), IPV6, b"::1:4000->2001:db8::1:443"),
        # Falco loses the protocol of IPv6 sockets that turn out to speak IPv4.
        (INET6, STREAM, pair("::ffff:10.0.0.1", 4000, "::ffff:93.184.216.34", 80), IPV4, b"<unknown>"),
        (UNIX, STREAM, unix_pair(0xAB, 0xCD, "/run/x.sock"), UNIX_SOCK, b"ab->cd /run/x.sock"),
        (UNIX, STREAM, unix_pair(1, 2, "/a\x01"), UNIX_SOCK, "1->2 /a\ufffd".encode()),
    ],
)
def test_connect(domain: int, kind: int, tuple_: bytes, type_: int, name: bytes) -> None:
    machine = host()
    socket(machine, domain, kind)
    seen = call(machine, "CONNECT_X", 10, result=0, fd=3, tuple=tuple_)
    assert (seen["fd"]["type"], seen["fd"]["name"], seen["fd_name_changed"]) == (type_, name, True)
    assert seen["fd"]["flags"] == CLIENT | CONNECTED


@pytest.mark.parametrize(("result", "happens"), [(0, True), (-115, True), (-111, False)])
def test_connect_that_goes_on_or_fails(result: int, happens: bool) -> None:
    machine = host()
    socket(machine, INET, STREAM)
    seen = call(machine, "CONNECT_X", 10, result=result, fd=3, tuple=pair(HERE, 1, THERE, 2))
    assert (seen["fd"]["dport"] == 2) == happens
    assert bool(seen["fd"]["flags"] & CONNECTED) == happens


@pytest.mark.parametrize(
    ("on_exit", "dport"),
    [
        # The pair was made of what the caller passed, which may have changed: the way in counts.
        (address(THERE, 80), 443),
        # The pair is the kernel's own.
        (address(THERE, 81), 80),
        (b"", 80),
    ],
)
def test_address_that_another_thread_changes(on_exit: bytes, dport: int) -> None:
    machine = host()
    socket(machine, INET, STREAM)
    call(machine, "CONNECT_E", 10, fd=3, addr=address(THERE, 443))
    seen = call(machine, "CONNECT_X", 10, result=0, fd=3, tuple=pair(HERE, 5, THERE, 80), addr=on_exit)
    assert seen["fd"]["dport"] == dport


def test_connect_without_a_pair_takes_the_way_in() -> None:
    machine = host()
    socket(machine, INET, STREAM)
    call(machine, "CONNECT_E", 10, fd=3, addr=address(THERE, 443))
    seen = call(machine, "CONNECT_X", 10, result=0, fd=3)["fd"]
    assert (seen["dip"][:4], seen["dport"], seen["name"]) == (ipaddress.ip_address(THERE).packed, 443, b"")


@pytest.mark.parametrize(
    ("domain", "addr", "type_", "name", "flags"),
    [
        (INET, address("0.0.0.0", 80), SERVER4, b"0.0.0.0:80", SERVER),
        (INET, address("0.0.0.0", 0), IPV4, b"0.0.0.0:0", 0),
        (INET6, address("::", 80), SERVER4, b":::80", SERVER),
        (INET6, address(FAR6, 80), SERVER6, b"2001:db8::1:80", SERVER),
        (UNIX, bytes([UNIX]) + b"/run/s\0", UNIX_SOCK, b"/run/s", 0),
        (INET, bytes([77]), IPV4, b"family 77", 0),
        (INET, bytes([INET, 1, 2]), IPV4, b"", 0),
    ],
)
def test_bind(domain: int, addr: bytes, type_: int, name: bytes, flags: int) -> None:
    machine = host()
    socket(machine, domain, STREAM)
    seen = call(machine, "BIND_X", 10, result=0, fd=3, addr=addr)["fd"]
    assert (seen["type"], seen["name"], seen["flags"]) == (type_, name, flags)
    if flags & SERVER:
        assert (seen["sport"], seen["l4proto"]) == (80, 2)


@pytest.mark.parametrize(
    ("tuple_", "type_", "name"),
    [
        (pair(THERE, 4000, HERE, 80), IPV4, b"93.184.216.34:4000->10.0.0.1:80"),
        (pair("::ffff:1.2.3.4", 1, "::ffff:5.6.7.8", 2), IPV4, b"1.2.3.4:1->5.6.7.8:2"),
        (pair(FAR6, 1, LOOP6, 2), IPV6, b"2001:db8::1:1->::1:2"),
        (unix_pair(1, 2, "/s"), UNIX_SOCK, b"1->2 /s"),
    ],
)
def test_accept(tuple_: bytes, type_: int, name: bytes) -> None:
    machine = host()
    seen = call(machine, "ACCEPT4_6_X", 10, result=7, tuple=tuple_, flags=1 << 12)
    assert (seen["fd"]["type"], seen["fd"]["name"], seen["fd_num"]) == (type_, name, 7)
    assert (seen["fd"]["flags"], seen["fd"]["openflags"]) == (SERVER | CONNECTED, 1 << 12)
    assert call(machine, "ACCEPT4_6_X", 10, result=8, tuple=bytes([44]))["fd"] is None
    assert sorted(machine.fds(10)) == [7]


def test_socketpair() -> None:
    machine = host()
    seen = call(machine, "SOCKETPAIR_X", 10, result=0, fd1=3, fd2=4, source=0xA, peer=0xB)
    assert (seen["fd"]["num"], seen["fd"]["unix_source"], seen["fd_num"]) == (3, 0xA, 4)
    assert machine.fds(10)[4]["unix_dest"] == 0xB
    assert call(machine, "SOCKETPAIR_X", 10, result=0, fd1=5, fd2=5, source=0, peer=0)["fd"] is None


# ---- what traffic tells


def test_datagrams_name_their_socket_and_its_role() -> None:
    machine = host()
    socket(machine, INET, DGRAM)
    seen = call(machine, "SENDTO_X", 10, result=5, fd=3, size=5, tuple=pair("0.0.0.0", 9, THERE, 53))
    # Nobody is bound to port 53 but the socket itself; a client writes first.
    assert (seen["fd"]["name"], seen["fd"]["flags"] & (CLIENT | SERVER)) == (
        b"0.0.0.0:9->93.184.216.34:53",
        CLIENT,
    )
    seen = call(machine, "RECVFROM_X", 10, result=5, fd=3, size=5, tuple=pair(THERE, 53, HERE, 9))
    assert seen["fd"]["name"] == b"10.0.0.1:9->93.184.216.34:53"
    assert not call(machine, "SENDTO_X", 10, result=5, fd=3, tuple=pair(HERE, 9, THERE, 53))[
        "fd_name_changed"
    ]
    assert call(machine, "SENDTO_X", 10, result=5, fd=3, tuple=pair(HERE, 9, "8.8.8.8", 53))[
        "fd_name_changed"
    ]


def test_own_address_is_filled_in() -> None:
    machine = Machine(reuse=False)
    machine.add_interface(b"lo", bytes([127, 0, 0, 1]), bytes([255, 0, 0, 0]))
    machine.add_interface(b"eth0", bytes([10, 0, 0, 1]), bytes([255, 255, 255, 0]))
    machine.add_interface(b"eth1", bytes([192, 168, 0, 1]), bytes([255, 255, 0, 0]))
    machine.add_thread(tid=10)
    machine.tables_done()
    for dest, source in (("192.168.7.7", "192.168.0.1"), ("127.0.0.1", "127.0.0.1"), (THERE, HERE)):
        socket(machine, INET, DGRAM)
        seen = call(machine, "SENDTO_X", 10, result=5, fd=3, tuple=pair("0.0.0.0", 9, dest, 53))
        assert seen["fd"]["name"] == f"{source}:9->{dest}:53".encode()


def test_bound_datagram_server_reads_first() -> None:
    machine = host()
    socket(machine, INET, DGRAM)
    call(machine, "BIND_X", 10, result=0, fd=3, addr=address("0.0.0.0", 53))
    seen = call(machine, "RECVFROM_X", 10, result=5, fd=3, tuple=pair(THERE, 4000, HERE, 53))["fd"]
    assert (seen["type"], seen["l4proto"], seen["name"]) == (IPV4, 3, b"93.184.216.34:4000->10.0.0.1:53")
    # The answer does not turn it round.
    seen = call(machine, "SENDTO_X", 10, result=5, fd=3, tuple=pair(HERE, 53, THERE, 4000))["fd"]
    assert seen["name"] == b"93.184.216.34:4000->10.0.0.1:53"


def test_connected_stream_keeps_its_name() -> None:
    machine = host()
    socket(machine, INET, STREAM)
    call(machine, "CONNECT_X", 10, result=0, fd=3, tuple=pair(HERE, 4000, THERE, 80))
    seen = call(machine, "SENDTO_X", 10, result=5, fd=3, tuple=pair("1.1.1.1", 1, "2.2.2.2", 2))
    assert (seen["fd"]["name"], seen["fd_name_changed"]) == (b"10.0.0.1:4000->93.184.216.34:80", False)


def test_unknown_socket_that_sends_is_taken_for_udp() -> None:
    machine = host()
    seen = call(machine, "SENDTO_X", 10, result=5, fd=9, tuple=pair(HERE, 1, THERE, 53))
    assert (seen["fd"]["num"], seen["fd"]["l4proto"], seen["fd"]["name"]) == (
        9,
        3,
        b"10.0.0.1:1->93.184.216.34:53",
    )
    assert call(machine, "SENDTO_X", 10, result=-1, fd=11, tuple=pair(HERE, 1, THERE, 53))["fd"] is None
    assert call(machine, "SENDTO_X", 10, result=5, fd=11, tuple=unix_pair(1, 2, "/x"))["fd"] is None


def test_fork_keeps_sockets_apart() -> None:
    machine = host()
    socket(machine, INET, STREAM)
    clone(machine, 10, 11)
    call(machine, "CONNECT_X", 10, result=0, fd=3, tuple=pair(HERE, 4000, THERE, 80))
    assert (machine.fds(10)[3]["dport"], machine.fds(11)[3]["dport"], machine.fds(11)[3]["name"]) == (
        80,
        0,
        b"",
    )


def test_reads_of_a_socket_show_that_it_is_connected() -> None:
    machine = host()
    socket(machine, INET, STREAM)
    assert call(machine, "READ_X", 10, result=-11, fd=3)["fd"]["flags"] == 0
    assert call(machine, "READ_X", 10, result=4, fd=3)["fd"]["flags"] == CONNECTED


# ---- a capture's head


def test_sockets_of_the_head() -> None:
    machine = Machine(reuse=False)
    machine.add_thread(tid=10)
    ip = lambda text: ipaddress.ip_address(text).packed  # noqa: E731
    machine.add_fd(10, num=3, type=SERVER4, sip=ip("0.0.0.0"), sport=80, l4proto=2)
    machine.add_fd(10, num=4, type=IPV4, sip=ip(HERE), sport=80, dip=ip(THERE), dport=4000, l4proto=2)
    machine.add_fd(10, num=5, type=IPV4, sip=ip(HERE), sport=4001, dip=ip(THERE), dport=443, l4proto=3)
    machine.add_fd(10, num=6, type=IPV6, sip=ip("::ffff:1.2.3.4"), sport=1, dip=ip("::ffff:5.6.7.8"), dport=2)
    machine.add_fd(10, num=7, type=IPV6, sip=ip(LOOP6), sport=1, dip=ip(FAR6), dport=2)
    machine.add_fd(10, num=8, type=UNIX_SOCK, name=b"/run/x")
    machine.add_fd(10, num=9, type=UNIX_SOCK)
    machine.add_fd(10, num=10, type=99, name=b"nothing")
    machine.add_fd(77, num=3, type=16, name=b"/nobody's")
    machine.add_fd(10, num=11, type=16, name=b"/file", openflags=5)
    machine.tables_done()
    fds = machine.fds(10)
    assert {n: (fd["type"], fd["name"], fd["flags"] & ~FROM_PROC) for n, fd in fds.items()} == {
        3: (SERVER4, b"0.0.0.0:80", 0),
        # On a port that a process listens on: it is the server's end.
        4: (IPV4, b"93.184.216.34:4000->10.0.0.1:80", SERVER | CONNECTED),
        5: (IPV4, b"10.0.0.1:4001->93.184.216.34:443", CLIENT),
        6: (IPV4, b"1.2.3.4:1->5.6.7.8:2", CLIENT),
        7: (IPV6, b"::1:1->2001:db8::1:2", 0),
        8: (UNIX_SOCK, b"/run/x", SERVER),
        9: (UNIX_SOCK, b"", CLIENT),
        11: (16, b"/file", 0),
    }
    assert fds[11]["openflags"] == 5
    machine.check()
