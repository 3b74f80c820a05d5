"""Fills in a rule's output for the event at hand."""

from libc.stdint cimport int32_t, uint64_t
from libc.string cimport memset

from tiercel.events.event cimport Event
from tiercel.events.fields.field cimport arena_reset
from tiercel.events.fields.values cimport out_json, out_text
from tiercel.events.process cimport Thread
from tiercel.events.state cimport state_container
from tiercel.events.text cimport text_clear, text_init, text_set
from tiercel.rules.matcher cimport Matcher


cdef class Shown:
    """How an operand is printed: the matcher's slot for text, with a PT_* and a PF_* number, and that for JSON."""

    cdef int32_t slot, json_slot
    cdef int type, format, json_format
    cdef bint is_list
    cdef int width
    cdef bint of_container        # what only the container's runtime can tell

    def __init__(
        self, slot: int, type: int, format: int, json_slot: int, json_format: int, is_list: bool, width: int,
        of_container: bool = False,
    ) -> None:
        self.slot = slot
        self.type = type
        self.format = format
        self.json_slot = json_slot
        self.json_format = json_format
        self.is_list = is_list
        self.width = width
        self.of_container = of_container


cdef class Held:
    """An output that waits for its container's name: all else is filled in. Good after its event is over."""

    cdef readonly int rule
    cdef readonly uint64_t time_ns
    cdef bytes container_id
    cdef Event event              # the numbers of the event: what is shown of a container may need its time
    cdef list parts               # bytes, and the Shown that wait
    cdef list fields              # (name, value, or the Shown that waits)


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

    # ---- outputs that wait for a name

    def wants_container(self, int i) -> bool:
        """Whether rule i's output shows what is not known yet of the container that the event at hand is in."""
        cdef Thread *t = self.matcher.context.event.thread
        if t == NULL or t.container_id.n == 0 or self.matcher.context.state.told != NULL:
            return False
        if state_container(self.matcher.context.state, &t.container_id) != NULL:
            return False
        output = self.outputs.get(i)
        if output is None:
            output = self.outputs[i] = self.plan.output(i)
        return any([waits(part) for part in output[0]]) or any([waits(part) for _, part in output[1]])

    def hold(self, int i) -> Held:
        """Rule i's output for the event at hand, but for what the container's runtime has to tell."""
        cdef Held held = Held()
        cdef Thread *t = self.matcher.context.event.thread
        parts, shown = self.outputs[i]
        held.rule = i
        held.time_ns = self.matcher.context.event.ts
        held.container_id = t.container_id.p[:t.container_id.n]
        held.parts = [part if type(part) is bytes or waits(part) else self.text(part) for part in parts]
        held.fields = [(name, part if waits(part) else self.json(part)) for name, part in shown]
        memset(&held.event, 0, sizeof(Event))
        held.event.ts = self.matcher.context.event.ts
        held.event.num = self.matcher.context.event.num
        held.event.type = self.matcher.context.event.type
        held.event.tid = self.matcher.context.event.tid
        return held

    def known(self, Held held) -> bool:
        """Whether the runtime has told of the container meanwhile."""
        cdef Thread stand_in
        cdef bint found
        memset(&stand_in, 0, sizeof(Thread))
        text_init(&stand_in.container_id)
        text_set(&stand_in.container_id, held.container_id, <int> len(held.container_id))
        found = state_container(self.matcher.context.state, &stand_in.container_id) != NULL
        text_clear(&stand_in.container_id)
        return found

    def release(self, Held held) -> tuple[str, dict]:
        """As `print`, with what is known of the container by now; between two events."""
        cdef Thread stand_in
        cdef Event *before = self.matcher.context.event
        memset(&stand_in, 0, sizeof(Thread))
        text_init(&stand_in.container_id)
        text_set(&stand_in.container_id, held.container_id, <int> len(held.container_id))
        held.event.thread = &stand_in
        self.matcher.context.event = &held.event
        self.matcher.context.serial += 1
        arena_reset(&self.matcher.context)
        try:
            message = b"".join([self.text(part) if type(part) is Shown else part for part in held.parts])
            fields = {name: self.json(part) if type(part) is Shown else part for name, part in held.fields}
        finally:
            held.event.thread = NULL
            self.matcher.context.event = before
            self.matcher.context.serial += 1
            text_clear(&stand_in.container_id)
        return message.decode("utf-8", "replace"), fields


cdef bint waits(part):
    return type(part) is Shown and (<Shown> part).of_container
