"""Fills in a rule's output for the event at hand."""

from libc.stdint cimport int32_t

from tiercel.events.fields.values cimport out_json, out_text
from tiercel.rules.matcher cimport Matcher


cdef class Shown:
    """How an operand is printed: the matcher's slot for text, with a PT_* and a PF_* number, and that for JSON."""

    cdef int32_t slot, json_slot
    cdef int type, format, json_format
    cdef bint is_list
    cdef int width

    def __init__(
        self, slot: int, type: int, format: int, json_slot: int, json_format: int, is_list: bool, width: int,
    ) -> None:
        self.slot = slot
        self.type = type
        self.format = format
        self.json_slot = json_slot
        self.json_format = json_format
        self.is_list = is_list
        self.width = width


cdef class Printer:
    """The outputs of one plan's rules. `print(i)` gives rule i's message and its `output_fields` for the event that the
    matcher judged last, under the name that made the rule fire.
    """

    cdef readonly Matcher matcher
    cdef object plan
    cdef dict outputs

    def __init__(self, plan) -> None:
        self.plan = plan
        self.matcher = plan.matcher
        self.outputs = {}

    @property
    def rules(self):
        return self.plan.rules

    def print(self, int i) -> tuple[str, dict]:
        """(message, fields by name). What the event lacks is `<NA>` in the message and None among the fields."""
        output = self.outputs.get(i)
        if output is None:
            output = self.outputs[i] = self.plan.output(i)
        self.matcher.show_for(i)
        parts, shown = output
        message = b"".join([part if type(part) is bytes else self.text(part) for part in parts])
        return message.decode("utf-8", "replace"), {name: self.json(part) for name, part in shown}

    cdef bytes text(self, Shown s):
        cdef bytes value
        if not self.matcher.read_slot(s.slot):
            value = b"<NA>"
        else:
            value = out_text(&self.matcher.slots[s.slot].out, s.type, s.format, s.is_list)
        return value[:s.width].ljust(s.width) if s.width else value

    cdef object json(self, Shown s):
        if not self.matcher.read_slot(s.json_slot):
            return None
        return out_json(&self.matcher.slots[s.json_slot].out, s.type, s.json_format, s.is_list)
