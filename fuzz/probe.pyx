"""Looks over the core's shoulder while it works: built only with sanitizers.

    Fenced(source)          a source whose parameters lie in memory of exactly their length, freed when the event is over:
                            a read beyond a parameter, or after its event, is a report
    Probe(source, fields)   reads every field of every event, both as conditions and as outputs see it, and all of its bytes
    Probe.check()           whether the state still is what its own comments say: lists, counts, references

Rows that the state drops are given back at once (`max_free` 0), so that a pointer which outlived its row is a report too.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

from tiercel.events.codes cimport N_EVENTS
from tiercel.events.descriptors cimport fds_at, fds_get, fds_room
from tiercel.events.event cimport MAX_PARAMS, Event
from tiercel.events.fields.field cimport (
    V_BYTES, V_IP, V_STRING, Arg, Context, Extractor, Out, Value, arena_free, arena_reset, extractor, printed,
)
from tiercel.events.fields.values cimport out_json, out_text
from tiercel.events.idmap cimport idmap_get
from tiercel.events.process cimport Fd, FdTable, Text, Thread, ThreadGroup
from tiercel.events.state cimport State, state_enter, state_free, state_leave, state_new
from tiercel.events.text cimport TextHead, text_head
from tiercel.events.threads cimport thread_find
from tiercel.rules.engine cimport Engine
from tiercel.sources.scap.reader cimport Capture
from tiercel.sources.source cimport NEXT_CALL, NEXT_EVENT, Source

from tiercel.events.catalogue import lookup
from tiercel.events.fields.dump import split_field
from tiercel.events.fields.output import json_field
from tiercel.events.fields.registered import load
from tiercel.events.params import FORMAT_NUMBERS, TYPE_NUMBERS


cdef extern from *:
    """
    extern size_t __sanitizer_get_current_allocated_bytes(void);
    """
    size_t __sanitizer_get_current_allocated_bytes() nogil


cdef uint8_t[N_EVENTS] everything
memset(everything, 1, sizeof(everything))


def allocated() -> int:
    """Bytes that are allocated in this process now, as AddressSanitizer counts them."""
    return __sanitizer_get_current_allocated_bytes()


def give_back_at_once(Engine engine) -> None:
    """Rows that this engine's state drops are not kept for reuse."""
    engine.state.max_free = 0


cdef class Fenced(Source):
    cdef Capture inner
    cdef Event raw
    cdef char *blocks[MAX_PARAMS]
    cdef uint32_t n_blocks

    def __cinit__(self, Capture inner):
        self.inner = inner

    def __dealloc__(self):
        self.clear()

    def open(self):
        self.inner.state = self.state
        self.inner.wanted = self.wanted
        self.inner.open()

    cdef void clear(self) noexcept nogil:
        cdef uint32_t i
        for i in range(self.n_blocks):
            free(self.blocks[i])
        self.n_blocks = 0

    cdef int next(self, Event *e) noexcept nogil:
        cdef int got
        cdef uint32_t i, n
        self.clear()
        got = self.inner.next(&self.raw)
        if got != NEXT_EVENT:
            return got
        memcpy(e, &self.raw, sizeof(Event))
        for i in range(e.nparams):
            # The value ends where its block ends; the reader has copied none of it before the block begins.
            n = e.params[i].n
            self.blocks[i] = <char *> malloc(n if n else 8)
            self.n_blocks += 1
            if n:
                memcpy(self.blocks[i], e.params[i].p, n)
            e.params[i].p = self.blocks[i] if n else self.blocks[i] + 8
        for i in range(e.nparams, <uint32_t> MAX_PARAMS):
            e.params[i].p = <const char *> 1
            e.params[i].n = 0xFFFFFFFF
        return got

    cpdef bint refill(self) except -1:
        return self.inner.refill()

    cpdef attend(self):
        self.inner.attend()


cdef class Reading:
    cdef str written
    cdef bytes argument
    cdef Arg arg
    cdef Extractor condition, text, json
    cdef Out out
    cdef int type, format, json_format
    cdef bint is_list

    def __cinit__(self, str written):
        cdef str name, argument
        name, argument = split_field(written)
        field = lookup(name)
        json_name, json_format = json_field(name)
        self.written = written
        self.arg.index = -1
        if argument is not None:
            self.argument = argument.encode()
            self.arg.text = self.argument
            self.arg.n = <unsigned int> len(self.argument)
            if argument.isdecimal():
                self.arg.index = int(argument)
        self.condition = extractor(name)
        self.text = printed(name)
        self.json = printed(json_name)
        self.type = TYPE_NUMBERS[field.type]
        self.format = FORMAT_NUMBERS[field.format]
        self.json_format = FORMAT_NUMBERS[json_format]
        self.is_list = field.is_list

    def __dealloc__(self):
        free(self.out.items)

    cdef uint64_t read(self, Context *c, Extractor function, uint64_t hash) noexcept nogil:
        # All bytes of all values, joined to the hash.
        cdef Value *v
        cdef uint32_t i, k
        self.out.n = 0
        hash = (hash ^ <uint64_t> function(c, &self.arg, &self.out)) * <uint64_t> 0x100000001B3
        for i in range(self.out.n):
            v = &self.out.items[i]
            if v.kind == V_STRING or v.kind == V_IP or v.kind == V_BYTES:
                for k in range(v.n):
                    hash = (hash ^ <uint8_t> v.p[k]) * <uint64_t> 0x100000001B3
            else:
                hash = (hash ^ v.num.u) * <uint64_t> 0x100000001B3
        return hash


cdef class Probe:
    cdef Source source
    cdef list readings
    cdef Context context
    cdef Event event
    cdef readonly uint64_t digest      # of all values of all fields
    cdef readonly uint64_t events

    def __init__(self, source, readings, uint32_t max_free=0):
        self.source = source
        self.readings = readings
        self.context.state = self.source.state = state_new()
        self.context.state.max_free = max_free
        self.context.state.fd_order = True
        self.context.event = &self.event
        self.source.wanted = everything
        self.digest = <uint64_t> 0xCBF29CE484222325

    def __dealloc__(self):
        arena_free(&self.context)
        if self.context.state != NULL:
            self.source.state = NULL
            state_free(self.context.state)

    def run(self, uint32_t shown, uint32_t checked) -> None:
        """All events. Every `shown`th is printed as well, after every `checked`th the state is looked at; 0 is never.

        Raises what the source raises, AssertionError where the state is damaged.
        """
        cdef int got
        cdef Reading r
        cdef Context *c = &self.context
        self.source.open()
        while True:
            got = self.source.next(&self.event)
            if got == NEXT_CALL:
                self.source.attend()
                continue
            if got != NEXT_EVENT:
                if not self.source.refill():
                    return
                continue
            self.events += 1
            c.serial += 1
            state_enter(c.state, &self.event)
            for r in self.readings:
                self.digest = r.read(c, r.condition, self.digest)
                if r.text != r.condition:
                    self.digest = r.read(c, r.text, self.digest)
                if shown and self.events % shown == 0:
                    self.show(r)
            state_leave(c.state, &self.event)
            arena_reset(c)
            if checked and self.events % checked == 0:
                self.check()

    cdef show(self, Reading r):
        r.out.n = 0
        if r.text(&self.context, &r.arg, &r.out):
            out_text(&r.out, r.type, r.format, r.is_list)
        r.out.n = 0
        if r.json(&self.context, &r.arg, &r.out):
            out_json(&r.out, r.type, r.json_format, r.is_list)

    def check(self, bint in_head=False) -> None:
        """AssertionError where the state is not what it should be between two events.

        `in_head`: the source broke while it filled the tables; what was replaced there is swept with the head's end.
        """
        cdef State *s = self.context.state
        cdef Thread *t
        cdef uint32_t i
        cdef uint64_t rooms = 0
        holders = {}
        _hold(in_head or s.gone_fds == NULL and s.gone_threads == NULL, "rows that are gone are kept")
        _hold(s.free_fds == NULL or s.max_free > 0, "rows are kept for reuse")
        for i in range(s.threads.mask + 1):
            t = <Thread *> s.threads.slots[i].row
            if t != NULL:
                _hold(t.tid == s.threads.slots[i].key and thread_find(s, t.tid) == t, "a thread stands under another's number")
                _check_texts(t)
                _check_family(s, t)
                _check_group(s, t)
                _check_fds(&t.fds, holders)
                rooms += fds_room(&t.fds)
        _hold(rooms == s.n_fd_slots, "the count of slots for descriptors is wrong")
        for i in range(s.groups.mask + 1):
            if s.groups.slots[i].row != NULL:
                _hold((<ThreadGroup *> s.groups.slots[i].row).pid == s.groups.slots[i].key, "a group stands under another's number")
        for address, n in holders.items():
            _hold((<Fd *> <size_t> address).refs == n, "a descriptor's count of holders is wrong")


def readings(names) -> list:
    """Fields, as rules write them, to give to a Probe; KeyError where there is none of that name."""
    load()
    return [Reading(name) for name in names]


cdef int _hold(bint holds, str otherwise) except -1:
    if not holds:
        raise AssertionError("state: " + otherwise)
    return 0


cdef int _check_text(const Text *t) except -1:
    cdef TextHead *head
    cdef uint32_t i
    cdef uint8_t touched = 0
    _hold(t.p != NULL, "a text is nothing")
    for i in range(t.n + 1):
        touched |= <uint8_t> t.p[i]
    _hold(t.p[t.n] == 0, "a text does not end in NUL")
    head = text_head(t)
    _hold(head.room == 0 or (head.refs > 0 and t.n <= head.room + 1), "a text's head is wrong")
    return touched * 0


cdef int _check_texts(const Thread *t) except -1:
    _check_text(&t.comm)
    _check_text(&t.exe)
    _check_text(&t.exepath)
    _check_text(&t.cwd)
    _check_text(&t.root)
    _check_text(&t.container_id)
    # Lists: every string of them ends in NUL, the last one's may be the NUL behind the text.
    _check_list(&t.args, t.n_args, "args")
    _check_list(&t.env, t.n_env, "env")
    _check_list(&t.cgroups, t.n_cgroups, "cgroups")
    return 0


cdef int _check_list(const Text *t, uint32_t n, str name) except -1:
    cdef uint32_t i, found = 0
    for i in range(t.n):
        found += t.p[i] == 0
    _hold(found == n and (t.n == 0 or t.p[t.n - 1] == 0), f"{name}: {found} strings in {t.n} bytes, not {n}")
    return 0


cdef int _check_family(State *s, Thread *t) except -1:
    cdef Thread *c = t.first_child
    cdef Thread *before = NULL
    cdef uint64_t n = 0
    while c != NULL:
        _hold(c.parent == t and c.prev_sibling == before, "a child does not know its parent, or its sibling")
        _hold(thread_find(s, c.tid) == c, "a child that is gone is in a list")
        n += 1
        _hold(n <= s.threads.count, "a list of children has no end")
        before = c
        c = c.next_sibling
    _hold(n == t.n_listed, "the count of children is wrong")
    if t.parent != NULL:
        _hold(thread_find(s, t.parent.tid) == t.parent, "a parent is gone")
        if t.prev_sibling == NULL:
            _hold(t.parent.first_child == t, "a parent does not know its first child")
        else:
            _hold(t.prev_sibling.next_sibling == t, "a sibling does not know its neighbour")
    else:
        _hold(t.prev_sibling == NULL and t.next_sibling == NULL, "siblings without a parent")
    return 0


cdef int _check_group(State *s, Thread *t) except -1:
    cdef ThreadGroup *g = t.group
    cdef Thread *m
    cdef uint32_t n = 0
    if g == NULL:
        return 0
    if g.first != t:
        _hold(t.prev_member != NULL and t.prev_member.next_member == t, "a thread's place in its group is none")
        return 0
    m = NULL
    while t != NULL:
        _hold(thread_find(s, t.tid) == t and t.group == g and t.prev_member == m, "a group holds who is not in it")
        n += 1
        _hold(n <= g.n_members, "a list of a group's threads has no end")
        m = t
        t = t.next_member
    _hold(n == g.n_members and g.last == m, "the count of a group's threads is wrong")
    return 0


cdef int _check_fds(const FdTable *t, dict holders) except -1:
    cdef uint32_t i, n = 0
    cdef Fd *fd
    for i in range(fds_room(t)):
        fd = fds_at(t, i)
        if fd == NULL:
            continue
        n += 1
        _hold(i >= t.capacity or fd.num == i, "a descriptor stands under another's number")
        _hold(fds_get(t, fd.num) == fd, "a descriptor cannot be found")
        _check_text(&fd.name)
        _check_text(&fd.name_raw)
        holders[<size_t> fd] = holders.get(<size_t> fd, 0) + 1
    _hold(n == t.count, "the count of descriptors is wrong")
    return 0
