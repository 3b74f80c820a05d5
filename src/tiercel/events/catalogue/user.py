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
    Id of the user that the thread runs as.
user.name CHARBUF
    That user's name; inside a container, by the container's own list of users where it is known.
user.homedir CHARBUF
    That user's home directory.
user.shell CHARBUF
    That user's shell.
user.loginuid INT64:ID
    Id of the user who logged in, kept across su and sudo; -1 where nobody did, as for services.
user.loginname CHARBUF
    Name of the user who logged in.
""",
)

GROUP = field_class(
    "group",
    "",
    "The group that the thread runs as.",
    ("syscall",),
    """
group.gid UINT32:ID
    Id of the group that the thread runs as.
group.name CHARBUF
    That group's name.
""",
)
