"""fs.path.* and evt.abspath: which call has which path, and where a relative one starts."""

from __future__ import annotations

from typing import Any

import pytest
from tests.events.fields.given import Spec, i64, process, read, text, u32

from tiercel.events.fields.dump import FieldReader, Given
from tiercel.events.table import CODES

OK, CWD = i64(0), i64(-100)
O_DIRECTORY = u32(1 << 10)

HERE: Spec = ("CHDIR_X", OK, text("/work"))
DIRECTORY: Spec = ("OPENAT_2_X", i64(5), CWD, text("/srv"), O_DIRECTORY, u32(0), b"", b"")
FILE: Spec = ("OPENAT_2_X", i64(6), CWD, text("/etc/passwd"), u32(1), u32(0), b"", b"")
BEFORE = [process("/"), HERE, DIRECTORY, FILE]

KINDS = ("name", "source", "target")


def openat(fd: int, directory: bytes, path: str) -> Spec:
    return ("OPENAT_2_X", i64(fd), directory, text(path), u32(1), u32(0), b"", b"")


def paths(event: Spec) -> dict[str, Any]:
    fields = [f"fs.path.{kind}{raw}" for kind in KINDS for raw in ("", "raw")]
    found = read([*BEFORE, event], fields)[-1]
    return {name.removeprefix("fs.path."): value for name, value in found.items()}


def one(raw: str, resolved: str | None) -> dict[str, str]:
    return {"nameraw": raw} | ({} if resolved is None else {"name": resolved})


def two(source: str, sourceraw: str, target: str, targetraw: str) -> dict[str, str]:
    return {"source": source, "sourceraw": sourceraw, "target": target, "targetraw": targetraw}


@pytest.mark.parametrize(
    ("event", "found"),
    [
        (("MKDIR_2_X", OK, text("a"), u32(0o755)), one("a", "/work/a")),
        (("MKDIR_2_X", OK, text("/b/../a"), u32(0o755)), one("/b/../a", "/a")),
        (("MKDIR_2_X", i64(-17), text("a"), u32(0o755)), {}),
        (("MKDIR_2_X", OK, b"", u32(0o755)), one("<NA>", "/work/<NA>")),
        (("MKDIR_2_X", OK, text(""), u32(0o755)), one("", "")),
        (("MKDIR_2_X", b"", text("a"), u32(0o755)), {}),
        (("MKDIR_2_X", OK), {}),
        (("RMDIR_2_X", OK, text("a")), one("a", "/work/a")),
        (("UNLINK_2_X", OK, text("a/./b")), one("a/./b", "/work/a/b")),
        (("MKDIRAT_X", OK, i64(5), text("a"), u32(0)), one("a", "/srv/a")),
        (("MKDIRAT_X", OK, i64(6), text("a"), u32(0)), one("a", "<UNKNOWN>a")),  # no directory
        (("MKDIRAT_X", OK, i64(77), text("a"), u32(0)), one("a", "<UNKNOWN>a")),
        (("MKDIRAT_X", OK, i64(5), text("/a"), u32(0)), one("/a", "/a")),
        (("UNLINKAT_2_X", OK, i64(5), text("../a"), u32(0)), one("../a", "/a")),
        (("CHMOD_X", OK, text("a"), u32(0o777)), one("a", "/work/a")),
        (("FCHMODAT_X", OK, i64(5), text("a"), u32(0o777)), one("a", "/srv/a")),
        (("FCHMOD_X", OK, i64(6), u32(0o777)), one("/etc/passwd", "/etc/passwd")),
        (("FCHMOD_X", OK, i64(77), u32(0o777)), one("", "")),
        (("FCHMOD_X", i64(-1), i64(6), u32(0o777)), {}),
        (("CHOWN_X", OK, text("a"), u32(0), u32(0)), one("a", "/work/a")),
        (("LCHOWN_X", OK, text("a"), u32(0), u32(0)), one("a", "/work/a")),
        (("FCHOWN_X", OK, i64(6), u32(0), u32(0)), one("/etc/passwd", "/etc/passwd")),
        (("FCHOWNAT_X", OK, i64(5), text("a"), u32(0), u32(0), u32(0)), one("a", "/srv/a")),
        (("OPEN_X", i64(3), text("a"), u32(1), u32(0), b"", b""), one("a", "/work/a")),
        (("OPEN_X", i64(-2), text("a"), u32(1), u32(0), b"", b""), one("a", "/work/a")),
        (("OPEN_X", i64(-1), text("a"), u32(1), u32(0), b"", b""), {}),
        (openat(3, i64(5), "a"), one("a", "/srv/a")),
        (openat(3, CWD, "a"), one("a", "/work/a")),
        (openat(3, i64(77), "/a"), one("/a", "/a")),
        (openat(-2, CWD, "a"), one("a", "<UNKNOWN>")),
        (openat(-2, CWD, "/a//b"), one("/a//b", "/a/b")),
        (("UMOUNT_1_X", OK, text("/mnt")), one("/mnt", "/mnt")),
        (("UMOUNT2_X", OK, text("mnt"), u32(0)), one("mnt", "/work/mnt")),
        (("RENAME_X", OK, text("a"), text("/b")), two("/work/a", "a", "/b", "/b")),
        (("RENAMEAT_X", OK, i64(5), text("a"), CWD, text("b")), two("/work/a", "a", "/work/b", "b")),
        (
            ("RENAMEAT2_X", OK, i64(5), text("a"), CWD, text("b"), u32(0)),
            two("/srv/a", "a", "/work/b", "b"),
        ),
        (
            ("RENAMEAT2_X", OK, i64(77), text("a"), i64(5), text("/b"), u32(0)),
            two("<UNKNOWN>a", "a", "/b", "/b"),
        ),
        (("LINK_2_X", OK, text("old"), text("new")), two("/work/new", "new", "/work/old", "old")),
        (
            ("LINKAT_2_X", OK, CWD, text("old"), CWD, text("new"), u32(0)),
            two("/work/new", "new", "/work/old", "old"),
        ),
        (("SYMLINK_X", OK, text("../etc"), text("l")), two("/work/l", "l", "/etc", "../etc")),
        (
            ("SYMLINKAT_X", OK, text("etc"), i64(5), text("l")),
            two("/srv/l", "l", "<UNKNOWN>etc", "etc"),
        ),
        (
            ("MOUNT_X", OK, text("tmpfs"), text("/mnt"), text("tmpfs"), u32(0)),
            two("/work/tmpfs", "tmpfs", "/mnt", "/mnt"),
        ),
        (("KILL_X", OK, i64(1), b"\0"), {}),
    ],
)
def test_paths(event: Spec, found: dict[str, str]) -> None:
    assert paths(event) == found


@pytest.mark.parametrize(
    ("event", "plain", "source", "target"),
    [
        (openat(3, i64(5), "a"), "/srv/a", "/srv/a", "/srv/a"),
        (openat(-2, i64(5), "../a"), "/a", "/a", "/a"),
        (openat(3, CWD, "a"), "/work/a", "/work/a", "/work/a"),
        (openat(3, i64(77), "a"), "<UNKNOWN>/a", "<UNKNOWN>/a", "<UNKNOWN>/a"),
        (openat(3, i64(77), "/a/../b"), "/b", "/b", "/b"),
        (
            ("RENAMEAT2_X", OK, i64(5), text("a"), CWD, text("b"), u32(0)),
            "/srv/a",
            "/srv/a",
            "/work/b",
        ),
        (("SYMLINKAT_X", OK, text("etc"), i64(5), text("l")), "/srv/l", "/srv/l", "/srv/l"),
        (("UNLINKAT_2_X", OK, i64(5), text("a"), u32(0)), "/srv/a", "/srv/a", "/srv/a"),
        (("MKDIRAT_X", OK, CWD, text("a"), u32(0)), "/work/a", "/work/a", "/work/a"),
        (("MKDIR_2_X", OK, text("a"), u32(0)), None, None, None),
        (("OPEN_BY_HANDLE_AT_X", i64(7), i64(5), u32(1), text("/x/./y"), b"", b""), "/x/y", "/x/y", "/x/y"),
        (("OPEN_BY_HANDLE_AT_X", i64(-1), i64(5), u32(1), text("/x"), b"", b""), None, None, None),
        (("MKDIRAT_X", OK, CWD, b"", u32(0)), None, None, None),
        (("MKDIRAT_X", OK, b"", text("a"), u32(0)), None, None, None),
    ],
)
def test_abspath(event: Spec, plain: str | None, source: str | None, target: str | None) -> None:
    found = read([*BEFORE, event], ["evt.abspath", "evt.abspath.src", "evt.abspath.dst"])[-1]
    assert found.get("evt.abspath") == plain
    assert found.get("evt.abspath.src") == source
    assert found.get("evt.abspath.dst") == target


@pytest.mark.parametrize(
    ("event", "args"),
    [
        (openat(3, i64(5), "a"), "fd=3(<f>/srv/a) dirfd=5(<d>/srv) name=a(/srv/a) flags=1(O_RDONLY) mode=0"),
        (openat(-2, CWD, "a"), "fd=-2(ENOENT) dirfd=-100(AT_FDCWD) name=a(/work/a) flags=1(O_RDONLY) mode=0"),
        (("CHMOD_X", OK, text("a"), u32(0)), "res=0 filename=a(/work/a) mode=0"),
        (("MKDIRAT_X", OK, i64(77), text("a"), u32(1)), "res=0 dirfd=77 path=a(a) mode=1"),
        (
            ("POLL_X", i64(1), b"\3\0" + i64(5) + b"\1\0" + i64(6) + b"\xff\xff" + i64(9) + b"\4\0", i64(-1)),
            "res=1 fds=5:d1 6:fffffffff 9:?4 timeout=-1",
        ),
    ],
)
def test_arguments_of_known_descriptors(event: Spec, args: str) -> None:
    shown = read([*BEFORE, event], ["evt.args"])[-1]["evt.args"]
    assert shown.removesuffix(" dev=<NA> ino=<NA>") == args


@pytest.mark.parametrize("lie", [0, 1, 2, 5, 200, 65535])
def test_a_list_that_lies_about_its_length(lie: int) -> None:
    event = ("POLL_X", i64(1), lie.to_bytes(2, "little") + (i64(5) + b"\1\0") * 2, i64(-1))
    shown = read([*BEFORE, event], ["evt.arg.fds"])[-1]["evt.arg.fds"]
    assert shown.strip() == " ".join(["5:d1"] * min(lie, 2))


def test_a_long_list_is_cut() -> None:
    event = ("POLL_X", i64(1), (5000).to_bytes(2, "little") + (i64(5) + b"\1\0") * 5000, i64(-1))
    assert read([*BEFORE, event], ["evt.arg.fds"])[-1]["evt.arg.fds"] == ("5:d1 " * 300)[:1023]


def test_a_thread_of_which_nothing_is_known() -> None:
    given = Given([(CODES["MKDIR_2_X"], -5, 1, (OK, text("a"), u32(0)))])
    assert list(FieldReader(given, ["fs.path.nameraw"])) == [{"fs.path.nameraw": "a"}]
