"""Fields of the user and the group that a thread runs as."""

from __future__ import annotations

from tiercel.events.catalogue.field import field_class

USER = field_class(
    "user",
    "",
    "The user that the thread runs as, and the one that logged in.",
    ("syscall",),
    """
user.uid UINT32:ID
user.name CHARBUF
user.homedir CHARBUF
user.shell CHARBUF
user.loginuid INT64:ID
user.loginname CHARBUF
""",
)

GROUP = field_class(
    "group",
    "",
    "The group that the thread runs as.",
    ("syscall",),
    """
group.gid UINT32:ID
group.name CHARBUF
""",
)
