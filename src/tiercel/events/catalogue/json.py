"""Fields of events that are JSON documents."""

from __future__ import annotations

from tiercel.events.catalogue.field import field_class

JSON = field_class(
    "json",
    "",
    "Any value of an event that is a JSON document.",
    ("syscall", "k8s_audit"),
    """
json.value CHARBUF arg=key
json.obj CHARBUF
json.rawtime CHARBUF
jevt.value CHARBUF arg=key
jevt.obj CHARBUF
jevt.rawtime CHARBUF
""",
)
