"""Reads fields off every event of a source, the way a rule that always fires would print them.

    for event in FieldReader(source, ["evt.num", "proc.name", "evt.arg.fd"]): ...

For tests and for looking at captures: no rule, no plan, one dictionary an event.
"""

cimport cython
from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint32_t
from libc.stdlib cimport free
from libc.string cimport memset

from tiercel.events.event cimport MAX_PARAMS, Event
from tiercel.events.fields.field cimport (
    V_BYTES, V_DOUBLE, V_IP, V_STRING, V_UINT,
    Arg, Context, Extractor, Out, Value, arena_free, arena_reset, extractor, printed,
)
from tiercel.events.fields.values cimport out_json, out_text
from tiercel.events.state cimport state_enter, state_free, state_leave, state_new
from tiercel.sources.source cimport NEXT_CALL, NEXT_EVENT, NEXT_REFILL, Source

from tiercel.events.catalogue import CATALOGUE, lookup
from tiercel.events.fields.output import json_field
from tiercel.events.fields.registered import load
from tiercel.events.params import FORMAT_NUMBERS, TYPE_NUMBERS

cdef uint8_t[65536] everything
memset(everything, 1, sizeof(everything))


def split_field(str written) -> tuple[str, str | None]:
    """A field as written in a rule, taken apart.

    `evt.arg.fd` is ("evt.arg", "fd"), `proc.aname[2]` ("proc.aname", "2"), `evt.num` ("evt.num", None).

    KeyError where there is no such field.
    """
    name, bracket, argument = written.partition("[")
    if bracket:
        lookup(name)
        return name, argument.removesuffix("]")
    if written in CATALOGUE:
        return written, None
    name = written
    while name:
        name = name.rpartition(".")[0]
        field = CATALOGUE.get(name)
        if field is not None and field.argument is not None and field.argument.dotted:
            return name, written[len(name) + 1:]
    raise KeyError(written)


cdef class Given(Source):
    """A source of events that are made up: (type, thread, time in ns, parameters), the parameters as raw bytes, and, where
    the kernel is to say which file it was, its path.

    Numbered from 1; all on processor 0. ValueError where an event has more parameters than any can have.
    """

    cdef list events
    cdef size_t at
    cdef list kept               # parameters of the event handed out last

    def __cinit__(self, events):
        self.events = [
            (kind, tid, ts, list(map(bytes, params)), bytes(*truth)) for kind, tid, ts, params, *truth in events
        ]
        if any(len(params) > MAX_PARAMS for _, _, _, params, _ in self.events):
            raise ValueError(f"an event has at most {MAX_PARAMS} parameters")

    cdef int next(self, Event *e) noexcept nogil:
        with gil:
            return self._next(e)

    cdef int _next(self, Event *e) except -1:
        cdef bytes param
        cdef int i
        if self.at == len(self.events):
            return NEXT_REFILL
        cdef bytes truth
        kind, tid, ts, params, truth = self.events[self.at]
        memset(e, 0, sizeof(Event))
        self.kept = params
        if truth:
            e.true_path.p = truth
            e.true_path.n = <uint32_t> len(truth)
        for i, param in enumerate(self.kept):
            e.params[i].p = param
            e.params[i].n = <uint32_t> len(param)
        e.nparams = <uint32_t> len(self.kept)
        e.type = kind
        e.tid = tid
        e.ts = ts
        e.first_ts = self.events[0][2]
        e.prev_ts = self.events[self.at - 1][2] if self.at else 0
        self.at += 1
        e.num = self.at
        return NEXT_EVENT


cdef class Reading:
    """One field: how it is read and how it is printed."""

    cdef readonly str written
    cdef bytes argument
    cdef Arg arg
    cdef Extractor extractor
    cdef Out out
    cdef int type, format
    cdef bint is_list
    cdef str form

    def __cinit__(self, str written, str form):
        cdef str name, argument
        name, argument = split_field(written)
        field = lookup(name)
        shown, number_format = json_field(name) if form == "json" else (name, field.format)
        self.written = written
        self.form = form
        self.arg.index = -1
        if argument is not None:
            self.argument = argument.encode()
            self.arg.text = self.argument
            self.arg.n = <unsigned int> len(self.argument)
            if argument.isdecimal():
                self.arg.index = int(argument)
        self.extractor = extractor(name) if form == "condition" else printed(shown)
        self.type = TYPE_NUMBERS[field.type]
        self.format = FORMAT_NUMBERS[number_format]
        self.is_list = field.is_list

    def __dealloc__(self):
        free(self.out.items)

    cdef object value(self, Context *c):
        # None where the event has no such field.
        cdef uint32_t i
        self.out.n = 0
        if not self.extractor(c, &self.arg, &self.out):
            return None
        if self.form == "json":
            return out_json(&self.out, self.type, self.format, self.is_list)
        if self.form == "text":
            return out_text(&self.out, self.type, self.format, self.is_list).decode()
        return [compared(&self.out.items[i]) for i in range(self.out.n)]


cdef object compared(const Value *v):
    if v.kind == V_STRING or v.kind == V_BYTES or v.kind == V_IP:
        return PyBytes_FromStringAndSize(v.p, v.n)
    if v.kind == V_DOUBLE:
        return v.num.d
    return v.num.u if v.kind == V_UINT else v.num.i


@cython.no_gc_clear          # __dealloc__ needs the source
cdef class FieldReader:
    """Goes through a source that is not open yet, with a state of its own; `fields` as rules write them.

    Each event is a dict by field, without those it lacks. `form`: "json" for values as in `output_fields`, "text" as in
    a rule's message, "condition" for the list of what conditions compare (bytes and numbers). KeyError where a field
    is not known, or has no extractor. Whatever the source raises comes through.
    """

    cdef Source source
    cdef list readings
    cdef Context context
    cdef Event event

    def __cinit__(self, Source source, fields, str form="json"):
        load()
        self.source = source
        if source.state != NULL:
            raise ValueError("the source has a state already")
        self.context.state = source.state = state_new()
        source.state.fd_order = True
        self.source.wanted = everything
        self.readings = [Reading(name, form) for name in fields]
        self.context.event = &self.event

        if hasattr(source, "open"):
            source.open()

    def __dealloc__(self):
        arena_free(&self.context)
        if self.context.state != NULL:
            self.source.state = NULL
            state_free(self.context.state)

    def __iter__(self):
        return self

    def __next__(self) -> dict[str, object]:
        cdef int got
        cdef Reading reading
        cdef object value
        cdef dict found = {}
        while True:
            got = self.source.next(&self.event)
            if got == NEXT_EVENT:
                break
            if got == NEXT_CALL:
                self.source.attend()
            elif not self.source.refill():
                raise StopIteration
        self.context.serial += 1
        state_enter(self.context.state, &self.event)
        try:
            for reading in self.readings:
                value = reading.value(&self.context)
                if value is not None:
                    found[reading.written] = value
        finally:
            state_leave(self.context.state, &self.event)
            arena_reset(&self.context)
        return found
