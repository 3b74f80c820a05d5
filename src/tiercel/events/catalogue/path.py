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
fs.path.nameraw CHARBUF
fs.path.source CHARBUF
fs.path.sourceraw CHARBUF
fs.path.target CHARBUF
fs.path.targetraw CHARBUF
""",
)
