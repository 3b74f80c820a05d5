"""Paths are joined as Falco joins them."""

import pytest

from tiercel.events.paths import join

TOO_LONG = b"/DIR_TOO_LONG/FILENAME_TOO_LONG"


@pytest.mark.parametrize(
    ("base", "path", "joined"),
    [
        (b"/home/", b"a", b"/home/a"),
        (b"/home/", b"/etc/passwd", b"/etc/passwd"),
        (b"/home/", b"", b""),
        (b"/home/", b"../etc", b"/etc"),
        (b"/home/", b"../../../etc", b"/etc"),
        (b"/home/", b".", b"/home"),
        (b"/home/", b"..", b"/"),
        (b"/home/", b"./a/./b", b"/home/a/b"),
        (b"/home/", b"a//b///c/", b"/home/a/b/c"),
        (b"/home/", b"...", b"/home/..."),
        (b"/home/", b".a/..b", b"/home/.a/..b"),
        (b"", b"/", b"/"),
        (b"", b"//a//", b"/a"),
        (b"", b"/foo/../a", b"/a"),
        (b"", b"/a/b/../../../c", b"/c"),
        (b"", b"foo/../a", b"a"),
        (b"foo/", b"../a", b"a"),
        (b"foo/", b"..//a", b"a"),
        (b"<UNKNOWN>", b"a", b"<UNKNOWN>a"),
        (b"/", b"caf\xc3\xa9", "/café".encode()),
        (b"/", b"a\nb", "/a\ufffdb".encode()),
        (b"/", b"a\xff\xfeb", "/a\ufffd\ufffdb".encode()),
        (b"/", b"a\xe2\x82", "/a\ufffd".encode()),
        (b"/", b"a\xc2\x85b", "/a\ufffdb".encode()),
        (b"/", b"a\xef\xb7\x90b", "/a\ufffdb".encode()),
        (b"/", b"a\xed\xa0\x80", "/a\ufffd\ufffd\ufffd".encode()),
        (b"/", b"a\xf0\x9f\x98\x80", "/a\U0001f600".encode()),
        (b"/a\x00b/", b"c\x00d", b"/a\x00b/c"),
        (b"/x/", b"y" * 1020, b"/x/" + b"y" * 1020),
        (b"/x/", b"y" * 1021, TOO_LONG),
        (b"x" * 1023, b"y", TOO_LONG),
        (b"/", b"\xff" * 1000, b"/" + "\ufffd".encode() * 340),
    ],
)
def test_join(base: bytes, path: bytes, joined: bytes) -> None:
    assert join(base, path) == joined
