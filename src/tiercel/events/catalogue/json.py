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
    A value of the document, by its JSON pointer: `json.value[/user/username]`,
    `json.value[/spec/containers/0/image]`. Objects and arrays come as JSON.
json.obj CHARBUF
    The whole document.
json.rawtime CHARBUF
    Time of the event, nanoseconds from 1970.
jevt.value CHARBUF arg=key
    The same as `json.value`, as older rules write it.
jevt.obj CHARBUF
    The same as `json.obj`, as older rules write it.
jevt.rawtime CHARBUF
    The same as `json.rawtime`, as older rules write it.
""",
)
