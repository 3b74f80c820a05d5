"""What a JSON output shows of fields that are text to conditions and to a message.

A time is text in a message and a number in `output_fields`: libs 0.25.4 makes the JSON of such fields apart.
"""

from __future__ import annotations

from tiercel.events.catalogue import lookup

# The field whose value JSON has in this one's place.
_SHOWN_AS: dict[str, str] = {
    "evt.time": "evt.rawtime",
    "evt.time.s": "evt.rawtime",
    "evt.time.iso8601": "evt.rawtime",
    "evt.datetime": "evt.rawtime",
    "evt.datetime.s": "evt.rawtime",
    "evt.outputtime": "evt.rawtime",
    # Falco asks twice for each field of a JSON output, and counts from the time before: so it always has 0.
    "evt.deltatime": "evt.latency",
    "evt.deltatime.s": "evt.latency",
    "evt.deltatime.ns": "evt.latency",
}


def json_field(name: str) -> tuple[str, str]:
    """The field to read for `name` (without argument) in JSON, and the print format of a number.

    Parts of a second are plain numbers in JSON; what `evt.rawarg` does not print in decimal is text by then.
    """
    shown = _SHOWN_AS.get(name, name)
    form = lookup(shown).format
    if form == "10_PADDED_DEC" or name == "evt.rawarg":
        form = "DEC"
    return shown, form
