"""Opens one file in many ways, for `test_truth`: run as a program, `truth_scene.py FOLDER`.

Before each way it tries to open "/scene/LABEL", which fails: so the sensor's events can be parted. Afterwards it
writes a line of JSON: label, descriptor, what the kernel calls the file ("" where it has no name), and what else
is expected.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import socket
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

AT_FDCWD = -100
OPENAT2, NAME_TO_HANDLE_AT, OPEN_BY_HANDLE_AT, OPEN, CREAT, MEMFD_CREATE, OPEN_TREE = (
    437,
    303,
    304,
    2,
    85,
    319,
    428,
)
MS_BIND, MS_REC, MS_PRIVATE, CLONE_NEWNS = 4096, 16384, 1 << 18, 0x20000

libc = ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> int:
    result = int(libc.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def checked(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def mount(source: str, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> None:
    texts = [t.encode() if t is not None else None for t in (source, target, kind)]
    checked(libc.mount(*texts, ctypes.c_ulong(flags), data.encode() if data else None))


def true_name(fd: int) -> str:
    """As the kernel has it, bytes that are no text as surrogates."""
    name = os.readlink(f"/proc/self/fd/{fd}").removesuffix(" (deleted)")
    return name if name.startswith("/") else ""


def tell(label: str, fd: int, **more: object) -> None:
    name = more.pop("true", None)
    print(
        json.dumps({"label": label, "fd": fd, "true": true_name(fd) if name is None else name, **more}),
        flush=True,
    )


def scene(label: str, way: Callable[[], int], **more: object) -> int:
    with contextlib.suppress(OSError):
        os.open(f"/scene/{label}", os.O_RDONLY)
    try:
        fd = way()
    except OSError as e:
        print(json.dumps({"label": label, "skipped": str(e)}), flush=True)
        return -1
    tell(label, fd, **more)
    return fd


def openat2(folder: int, path: str, flags: int = 0, resolve: int = 0) -> int:
    how = struct.pack("<QQQ", flags, 0, resolve)
    return call(OPENAT2, folder, path.encode(), how, len(how))


def by_handle(path: str) -> int:
    handle = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0) + bytes(128))
    mount_id = ctypes.c_int()
    call(NAME_TO_HANDLE_AT, AT_FDCWD, path.encode(), handle, ctypes.byref(mount_id), 0)
    where = os.open(os.path.dirname(path), os.O_RDONLY)
    return call(OPEN_BY_HANDLE_AT, where, handle, os.O_RDONLY)


def in_folder(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY)


def plain(work: Path) -> None:
    real, link = work / "real", work / "link"
    (real / "below").mkdir(parents=True)
    link.symlink_to(real / "below")
    file = real / "file"
    file.write_text("text")
    os.link(file, work / "hard")
    (work / "sym").symlink_to(file)
    (work / "sym2").symlink_to("sym")
    folder = in_folder(str(real))
    through = in_folder(str(link))
    name = str(file)
    scene("open", lambda: call(OPEN, name.encode(), 0, 0))
    scene("openat", lambda: os.open(name, os.O_RDONLY))
    scene("creat", lambda: call(CREAT, (name + "-made").encode(), 0o644), created=True)
    scene("creates", lambda: os.open(f"{work}/new", os.O_CREAT | os.O_WRONLY), created=True)
    scene("openat2", lambda: openat2(AT_FDCWD, name))
    scene("openat2-beneath", lambda: openat2(folder, "file", resolve=8))
    scene("openat2-root", lambda: openat2(folder, "/file", resolve=16))
    scene("dirfd", lambda: os.open("file", os.O_RDONLY, dir_fd=folder))
    scene("dirfd-link", lambda: os.open("../file", os.O_RDONLY, dir_fd=through))
    scene("dotdot", lambda: os.open(f"{link}/../file", os.O_RDONLY))
    scene("link", lambda: os.open(f"{work}/sym", os.O_RDONLY))
    scene("links", lambda: os.open(f"{work}/sym2", os.O_RDONLY))
    scene("hard", lambda: os.open(f"{work}/hard", os.O_RDONLY), links=2)
    scene("proc-root", lambda: os.open(f"/proc/self/root{name}", os.O_RDONLY))
    scene("proc-thread", lambda: os.open(f"/proc/thread-self/root{name}", os.O_RDONLY))
    os.chdir(link)
    scene("cwd", lambda: os.open("../file", os.O_RDONLY))
    scene("proc-cwd", lambda: os.open("/proc/self/cwd/../file", os.O_RDONLY))
    os.fchdir(folder)
    scene("fchdir", lambda: os.open("file", os.O_RDONLY))
    scene("path-only", lambda: os.open(name, os.O_PATH))
    here = os.open(name, os.O_PATH)
    scene("again", lambda: os.open(f"/proc/self/fd/{here}", os.O_RDONLY))
    scene("dev-fd", lambda: os.open(f"/dev/fd/{here}", os.O_RDONLY))
    scene("folder", lambda: in_folder(str(link)))
    scene("handle", lambda: by_handle(name))
    scene("slashes", lambda: os.open(f"{work}//real/./file", os.O_RDONLY))
    scene("nameless", lambda: os.open(str(real), os.O_TMPFILE | os.O_RDWR), links=0)
    odd = os.fsencode(real) + b"/new\nline\xff\xfe"
    Path(os.fsdecode(odd)).write_text("x")
    scene("odd", lambda: os.open(odd, os.O_RDONLY))
    gone = real / "gone"
    gone.write_text("x")
    kept = os.open(gone, os.O_RDONLY)
    gone.unlink()
    scene("deleted", lambda: os.open(f"/proc/self/fd/{kept}", os.O_RDONLY), links=0)
    memory = call(MEMFD_CREATE, b"name", 0)
    scene("memfd", lambda: os.open(f"/proc/self/fd/{memory}", os.O_RDONLY), true="memfd:name")
    reading, _writing = os.pipe()
    scene("pipe", lambda: os.open(f"/proc/self/fd/{reading}", os.O_RDONLY), true="")
    scene("device", lambda: os.open("/dev/null", os.O_RDONLY))
    os.chdir(work)
    for i in range(200):
        os.mkdir(f"d{i}")
        os.chdir(f"d{i}")
    scene("deep", lambda: os.open("file", os.O_CREAT | os.O_RDONLY), created=True)
    os.chdir("/")


def passed(work: Path) -> None:
    """By another thread's changes of the working directory and a descriptor that comes over a socket."""
    a, b = socket.socketpair()
    socket.send_fds(a, [b"x"], [in_folder(f"{work}/real")])
    _data, (folder,), _flags, _address = socket.recv_fds(b, 8, 1)
    scene("passed-folder", lambda: os.open("file", os.O_RDONLY, dir_fd=folder))
    thread = threading.Thread(target=os.chdir, args=(f"{work}/link",))
    thread.start()
    thread.join()
    scene("cwd-of-thread", lambda: os.open("../file", os.O_RDONLY))
    os.chdir("/")


def mounts(work: Path) -> None:
    checked(libc.unshare(CLONE_NEWNS))
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    for name in ("bound", "over", "memory"):
        (work / name).mkdir()
    mount(f"{work}/real", f"{work}/bound", None, MS_BIND)
    scene("bind", lambda: os.open(f"{work}/bound/file", os.O_RDONLY))
    mount("none", f"{work}/memory", "tmpfs")
    for name in ("lower", "upper", "work"):
        (work / "memory" / name).mkdir()
    (work / "memory/lower/file").write_text("x")
    data = f"lowerdir={work}/memory/lower,upperdir={work}/memory/upper,workdir={work}/memory/work"
    mount("overlay", f"{work}/over", "overlay", 0, data)
    scene("overlay-lower", lambda: os.open(f"{work}/over/file", os.O_RDONLY), layer="lower")
    scene(
        "overlay-upper",
        lambda: os.open(f"{work}/over/new", os.O_CREAT | os.O_WRONLY),
        layer="upper",
        created=True,
    )
    tree = call(OPEN_TREE, AT_FDCWD, f"{work}/real".encode(), 1)
    scene("detached", lambda: os.open("file", os.O_RDONLY, dir_fd=tree), true="/file", elsewhere=True)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        checked(libc.unshare(CLONE_NEWNS))
        mount("none", f"{work}/real", "tmpfs")
        Path(f"{work}/real/inside").write_text("x")
        os.write(writing, b"x")
        os.read(os.pipe()[0], 1)
        os._exit(0)
    os.read(reading, 1)
    scene(
        "other-namespace",
        lambda: os.open(f"/proc/{child}/root{work}/real/inside", os.O_RDONLY),
        elsewhere=True,
    )
    os.kill(child, 9)
    os.waitpid(child, 0)
    root = os.open("/", os.O_RDONLY)
    os.chroot(work / "real")
    here = scene("chroot", lambda: os.open("/file", os.O_RDONLY), true=f"{work}/real/file")
    os.fchdir(root)
    scene("chroot-escape", lambda: os.open(f".{work}/real/file", os.O_RDONLY), true=f"{work}/real/file")
    os.close(here)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    plain(place)
    passed(place)
    mounts(place)
