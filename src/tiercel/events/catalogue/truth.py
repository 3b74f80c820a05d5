"""Fields of Tiercel's own: what the kernel calls a file, beside what the process called it."""

from __future__ import annotations

from tiercel.events.catalogue.field import field_class

TRUTH = field_class(
    "tiercel",
    "",
    "The file that the call acts on, as the kernel has it. Only the live sensor tells.",
    ("syscall",),
    """
tiercel.fd.true CHARBUF
    The file's path, from the root of its mount namespace, as the kernel has it: links followed, whatever
    the process wrote. Where it is another than the claimed one, the event is judged under both, and
    `fd.name` shows the one that made the rule fire.
tiercel.fd.claimed CHARBUF
    The path that the process gave, tidied as Falco tidies it: what `fd.name` is in Falco.
tiercel.fd.differs BOOL
    Whether the two differ.
tiercel.fd.misnamed BOOL
    Whether the path that the process gave was not even a link to the file: it leads to another file,
    without any link on the way, and that file was there before.
tiercel.fd.created BOOL
    Whether the open that made the descriptor created the file.
tiercel.fd.links INT64
    How many names the file had when it was opened; 0 where it was deleted, more than 1 where there are hard links.
tiercel.fd.elsewhere BOOL
    Whether the file lies on a mount of another mount namespace than the process's: a container's file
    opened through `/proc/PID/root`, say. Its path is that of the other namespace.
""",
)
