"""Fields of the paths that a call names, whether or not it opens them."""

from __future__ import annotations

from tiercel.events.catalogue.field import field_class

PATH = field_class(
    "fs.path",
    "",
    "The paths in the arguments of calls on files and directories.",
    ("syscall",),
    """
fs.path.name CHARBUF
    The path that a call on the file system names (mkdir, unlink, chmod, open, ...), made absolute. Absent
    for calls with two paths.
fs.path.nameraw CHARBUF
    The same path as the program gave it.
fs.path.source CHARBUF
    Of calls with two paths (rename, link, symlink), the one that is there already, made absolute.
fs.path.sourceraw CHARBUF
    The same path as the program gave it.
fs.path.target CHARBUF
    Of calls with two paths (rename, link, symlink), the one that is made, made absolute.
fs.path.targetraw CHARBUF
    The same path as the program gave it.
""",
)
