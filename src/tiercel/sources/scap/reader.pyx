"""Reads a capture: .scap files of any version that Falco 0.44 reads, raw or gzip.

    capture = Capture(path)
    capture.state = ...; capture.wanted = ...      # from compiled code, before open()
    capture.open()                                 # reads the tables at the head into the state
    next(&event) -> NEXT_EVENT | NEXT_REFILL | NEXT_CALL

An event block, after the block header (`blocks.pxd`):

    cpu u16 [flags u32] | ts u64, tid u64, length u32, type u16 [, parameters u32] | lengths | parameters | padding | block length u32

Blocks with flags have the first bracket, all but the oldest the second; there the number of parameters is worked out
from the lengths. `length` counts from `ts` on. A parameter's length is a u16, or a u32 where the type says so.

Numbers (`evt.num`) are Falco's: every event gets one, except those that its conversion of old captures drops, and
events of types that it does not know. A block that lies about a length ends the capture: what came before it has been
handed out by then, and `refill()` raises CaptureError with the block's offset.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from libc.stdlib cimport free
from libc.string cimport memcpy, memset

from tiercel.errors import CaptureError

from tiercel.events.codes cimport (
    ASYNCEVENT_E, CONTAINER_E, CONTAINER_JSON_2_E, CONTAINER_JSON_E, GROUP_ADDED_E, GROUP_DELETED_E,
    INFRASTRUCTURE_EVENT_E, N_EVENTS, NOTIFICATION_E, PROCEXIT_1_E, USER_ADDED_E, USER_DELETED_E,
)
from tiercel.events.event cimport MAX_PARAMS, Event
from tiercel.events.file cimport FileFacts
from tiercel.events.layout cimport event_info
from tiercel.events.state cimport State, state_enter, state_free, state_leave, state_new, state_restart, state_skipped
from tiercel.sources.scap.blocks cimport *
from tiercel.sources.scap.convert cimport (
    AS_IT_IS, CONVERTED, CONVERTED_UNLESS_WHOLE, DROP, DROPPED, ENDS_THREAD, GIVE, SKIP, UNHEARD_OF, Outcome, Shape, convert, shapes,
)
from tiercel.sources.scap.enters cimport Enters, enter_forget, enters_free
from tiercel.sources.scap.head cimport is_event, is_table, read_head
from tiercel.sources.scap.stream cimport Stream, Window
from tiercel.sources.source cimport NEXT_CALL, NEXT_EVENT, NEXT_REFILL, Source

from typing import NamedTuple


class RawEvent(NamedTuple):
    """An event as the capture gives it, for tests and for looking at captures."""

    num: int
    ts: int
    cpu: int
    tid: int
    type: int
    flags: int
    params: tuple[bytes, ...]


cdef enum:
    LONGEST_EVENT_FRONT = 36       # from a block's start to the end of its event's type
    NOBODY = -0x7FFFFFFF           # no thread's number


cdef enum Fault:
    BAD_LENGTH = 1
    BAD_EVENT_LENGTH
    BAD_PARAMS
    BAD_NUMBER
    OUT_OF_PLACE
    UNKNOWN_SHAPE

_FAULTS = {
    BAD_LENGTH: "a block cannot be {} bytes long",
    BAD_EVENT_LENGTH: "an event of {} bytes does not fit its block",
    BAD_PARAMS: "the parameters of an event (type {}) are longer than the event",
    BAD_NUMBER: "the parameters of an event (type {}) do not add up to its length",
    UNKNOWN_SHAPE: "an event (type {}) with a number of parameters that no program writes",
    OUT_OF_PLACE: "a table (block kind {:#x}) after the first event",
}


cdef class Capture(Source):
    def __init__(self, source, size_t buffer_size=256 * 1024):
        """`source`: a path, "-" for standard input, or a binary file. `buffer_size`: bytes read at a time."""
        self.stream = Stream(source, buffer_size)
        self.window = &self.stream.w

    @property
    def path(self):
        return self.stream.path

    @property
    def offset(self):
        """Bytes of the uncompressed capture that are used up."""
        return self.stream.tell()

    @property
    def position(self):
        """Bytes of the file that are read, compressed where it is gzip: to show how far a reader has come."""
        return self.stream.n_read

    @property
    def events(self):
        """Events numbered so far."""
        return self.num

    def __dealloc__(self):
        enters_free(&self.enters)
        free(self.scratch.p)

    cpdef open(self):
        """Reads the head. Raises CaptureError where this is no capture, or has no event."""
        if not self.opened:
            self.opened = True
            self._section()

    cpdef close(self):
        self.stream.close()

    def __iter__(self):
        """All events from here on, of the types that are wanted, as RawEvent. Opens the capture where need be."""
        cdef Event e
        cdef int got
        self.open()
        while True:
            got = self.next(&e)
            if got == NEXT_EVENT:
                yield _raw(&e)
            elif got == NEXT_CALL:
                self.attend()
            elif not self.refill():
                return

    cdef int next(self, Event *e) noexcept nogil:
        cdef Window *s = self.window
        cdef const char *p = s.buf + s.pos
        cdef const char *end = s.buf + s.end
        cdef const char *q               # the event's header
        cdef const char *stop            # of what belongs to the event
        cdef const char *lengths
        cdef const uint8_t *wanted = self.wanted
        cdef const Shape *shape
        cdef uint64_t ts
        cdef size_t room
        cdef uint32_t kind, length, event_length, n, i
        cdef uint16_t type
        cdef bint numbered, converted, give
        cdef State *state = self.state
        cdef int64_t tid
        cdef int64_t told = NOBODY       # the thread that the state heard of last, since the last event handed out
        cdef Outcome outcome
        cdef int got = NEXT_REFILL
        if self.fault:
            return NEXT_REFILL
        while True:
            if end - p < BLOCK_HEADER:
                break
            kind = load32(p)
            length = load32(p + 4)
            q = p + BLOCK_HEADER + 2
            numbered = True
            converted = False
            if kind == EVENT_V2:
                pass
            elif kind == EVENT_FLAGS_V2 or kind == EVENT_FLAGS_LARGE:
                q += 4
            elif kind == EVENT_LARGE:
                pass
            elif kind == EVENT or kind == EVENT_INT:
                numbered = False
            elif kind == EVENT_FLAGS:
                numbered = False
                q += 4
            elif kind == SECTION:
                got = NEXT_CALL
                break
            elif is_table(kind):
                s.pos = p - s.buf
                return self._fail(OUT_OF_PLACE, kind)
            else:
                if length < BLOCK_HEADER + TRAILER:
                    s.pos = p - s.buf
                    return self._fail(BAD_LENGTH, length)
                got = NEXT_CALL          # may be longer than a buffer: attend() skips it
                break
            # ---- the event's place in its block
            if length < <uint32_t> (q - p) + (EVENT_HEADER if numbered else EVENT_HEADER_V1) + TRAILER or length > MAX_BLOCK or (
                length > MAX_SMALL_EVENT + BLOCK_HEADER and kind != EVENT_LARGE and kind != EVENT_FLAGS_LARGE
            ):
                s.pos = p - s.buf
                return self._fail(BAD_LENGTH, length)
            if <size_t> (end - p) < length:
                break
            event_length = load32(q + 16)
            type = load16(q + 20)
            if type >= N_EVENTS:
                self.unknown_events += 1
                p += length
                continue
            shape = &shapes[type]
            room = length - (q - p) - TRAILER
            if event_length > room or event_length < EVENT_HEADER_V1:
                s.pos = p - s.buf
                return self._fail(BAD_EVENT_LENGTH, event_length)
            stop = q + event_length
            if numbered:
                lengths = q + EVENT_HEADER
                n = load32(q + 22)
                if event_length < EVENT_HEADER:
                    s.pos = p - s.buf
                    return self._fail(BAD_EVENT_LENGTH, event_length)
            else:
                lengths = q + EVENT_HEADER_V1
                n = _count_params(lengths, &stop, type)
                if n > MAX_PARAMS:
                    s.pos = p - s.buf
                    return self._fail(BAD_NUMBER, type)
            # ---- its number, and its parameters where somebody wants them
            outcome = GIVE
            if shape.way != AS_IT_IS:
                if shape.way == DROPPED:
                    p += length
                    continue
                if shape.way == ENDS_THREAD:
                    enter_forget(&self.enters, <int64_t> load64(q + 8))
                elif shape.way == CONVERTED or n != shape.nparams:
                    e.type = type
                    e.tid = <int64_t> load64(q + 8)
                    if n > MAX_PARAMS:
                        s.pos = p - s.buf
                        return self._fail(UNKNOWN_SHAPE, type)
                    if not _params(e, n, n, lengths, stop, shape.length_bytes):
                        s.pos = p - s.buf
                        return self._fail(BAD_PARAMS, type)
                    outcome = convert(&self.enters, &self.scratch, e, wanted)
                    if outcome == DROP:
                        p += length
                        continue
                    if outcome == UNHEARD_OF:
                        s.pos = p - s.buf
                        return self._fail(UNKNOWN_SHAPE, type)
                    if e.type == PROCEXIT_1_E:
                        enter_forget(&self.enters, e.tid)
                    type = e.type
                    shape = &shapes[type]
                    converted = True
            give = outcome != SKIP and (wanted == NULL or wanted[type])
            if not converted:
                # A newer program may have written more parameters than we know.
                i = n if n < shape.nparams else shape.nparams
                if not (
                    _params(e, n, i, lengths, stop, shape.length_bytes) if give
                    else _fits(n, i, lengths, stop, shape.length_bytes)
                ):
                    s.pos = p - s.buf
                    return self._fail(BAD_PARAMS, type)
            ts = load64(q)
            if self.first_ts == 0 and not shape.meta:
                self.first_ts = ts
            self.num += 1
            if not give:
                if state != NULL:
                    tid = <int64_t> load64(q + 8)
                    if tid != told or not type & 1:
                        state_skipped(state, type, tid)
                        # Exit events make their thread known, and skipped ones end none.
                        if type & 1:
                            told = tid
                self.last_ts = ts
                p += length
                continue
            e.ts = ts
            e.prev_ts = self.last_ts
            e.first_ts = self.first_ts
            e.num = self.num
            e.tid = <int64_t> load64(q + 8)
            e.type = type
            e.cpu = load16(p + BLOCK_HEADER)
            e.flags = load32(p + BLOCK_HEADER + 2) if q - p > BLOCK_HEADER + 2 else 0
            e.true_path.p = NULL
            e.true_path.n = 0
            e.file = NULL
            if room - event_length >= OPTION_HEADER:
                _options(e, &self.facts, p, q + event_length, p + length - TRAILER)
            self.last_ts = ts
            p += length
            got = NEXT_EVENT
            break
        s.pos = p - s.buf
        return got

    cdef int _fail(self, int fault, uint32_t detail) noexcept nogil:
        self.fault = fault
        self.fault_detail = detail
        return NEXT_REFILL

    cpdef bint refill(self) except -1:
        cdef Stream s = self.stream
        if self.fault:
            raise CaptureError(s.path, s.tell(), _FAULTS[self.fault].format(self.fault_detail))
        if s.fill():
            return True
        if s.w.pos < s.w.end:
            raise CaptureError(s.path, s.tell(), "the file ends in the middle of a block")
        return False

    cpdef attend(self):
        """Goes over what is no event: an unknown block, or the head of another capture."""
        cdef Stream s = self.stream
        cdef uint32_t kind = load32(s.w.buf + s.w.pos)
        cdef uint32_t length = load32(s.w.buf + s.w.pos + 4)
        cdef uint64_t start
        if kind == SECTION:
            self.first_ts = 0
            if self.state != NULL:
                state_restart(self.state)
            self._section()
            return
        start = s.tell()
        s.skip(length - TRAILER)
        if load32(s.take(TRAILER)) != length:
            raise CaptureError(s.path, start, f"a block's two lengths differ (block kind {kind:#x})")
        self.unknown_blocks += 1

    cdef int _section(self) except -1:
        # The head of a capture, and the events behind it that belong to it.
        cdef State *state = self.state if self.state != NULL else state_new()
        self.sections += 1
        try:
            self.unknown_blocks += read_head(self.stream, state)
            self._head_events(state)
        finally:
            if self.state == NULL:
                state_free(state)
        return 0

    cdef int _head_events(self, State *state) except -1:
        """Containers and users, told as events before all others, are part of the head: numbered, but judged by no rule.

        So Falco (sinsp.cpp, consume_initialstate_events).
        """
        cdef Stream s = self.stream
        cdef const uint8_t *wanted = self.wanted
        cdef const char *p
        cdef uint32_t kind, type
        cdef Event e
        memset(&e, 0, sizeof(Event))
        while True:
            while s.w.end - s.w.pos < LONGEST_EVENT_FRONT:
                if not s.fill():
                    return 0
            p = s.w.buf + s.w.pos
            kind = load32(p)
            if not is_event(kind):
                return 0
            type = load16(p + (34 if kind == EVENT_FLAGS or kind == EVENT_FLAGS_V2 or kind == EVENT_FLAGS_LARGE else 30))
            if type >= N_EVENTS and load32(p + 4) >= LONGEST_EVENT_FRONT:
                self.unknown_events += 1
                s.skip(load32(p + 4))
                continue
            if not _is_head_event(type):
                return 0
            self.wanted = NULL
            try:
                while self.next(&e) == NEXT_REFILL:
                    if not self.refill():
                        return 0
            finally:
                self.wanted = wanted
            state_enter(state, &e)
            state_leave(state, &e)


cdef bint _is_head_event(uint32_t type) noexcept nogil:
    return (
        type == ASYNCEVENT_E
        or type == CONTAINER_JSON_2_E
        or type == CONTAINER_JSON_E
        or type == CONTAINER_E
        or type == USER_ADDED_E
        or type == USER_DELETED_E
        or type == GROUP_ADDED_E
        or type == GROUP_DELETED_E
    )


cdef void _options(Event *e, FileFacts *facts, const char *block, const char *p, const char *end) noexcept nogil:
    """What stands behind an event that our own recorder wrote. Anything else is padding, to us as to others."""
    cdef uint32_t code, n
    p += -(p - block) & 3
    while end - p >= OPTION_HEADER:
        code = load16(p)
        n = load16(p + 2)
        p += OPTION_HEADER
        if n > <size_t> (end - p):
            return
        if code == OPTION_TRUE_PATH:
            e.true_path.p = p
            e.true_path.n = n
        elif code == OPTION_FILE:
            # Of a younger recorder there is more, of an older one less.
            memset(facts, 0, sizeof(FileFacts))
            memcpy(facts, p, min(n, <uint32_t> sizeof(FileFacts)))
            e.file = facts
        n += -n & 3
        if n > <size_t> (end - p):
            return
        p += n


cdef inline bint _params(
    Event *e, uint32_t n, uint32_t known, const char *lengths, const char *stop, uint8_t length_bytes
) noexcept nogil:
    """The first `known` of `n` parameters. False where they do not fit before `stop`."""
    cdef const char *value
    cdef uint32_t i, size
    if <size_t> n * length_bytes > <size_t> (stop - lengths):
        return False
    value = lengths + <size_t> n * length_bytes
    for i in range(known):
        size = load16(lengths + 2 * i) if length_bytes == 2 else load32(lengths + 4 * i)
        if size > <size_t> (stop - value):
            return False
        e.params[i].p = value
        e.params[i].n = size
        value += size
    e.nparams = known
    return True


cdef inline bint _fits(
    uint32_t n, uint32_t known, const char *lengths, const char *stop, uint8_t length_bytes
) noexcept nogil:
    """Whether the first `known` of `n` parameters end before `stop`."""
    cdef size_t need = <size_t> n * length_bytes
    cdef size_t room = stop - lengths
    cdef uint32_t i
    if need > room:
        return False
    if length_bytes == 2:
        for i in range(known):
            need += load16(lengths + 2 * i)
    else:
        for i in range(known):
            need += load32(lengths + 4 * i)
    return need <= room


cdef uint32_t _count_params(const char *lengths, const char **stop, uint16_t type) noexcept nogil:
    """How many parameters an event of the oldest layout has: as many as fill it exactly, the most that do.

    MAX_PARAMS + 1 where no number does. Two types were written with a length that counts three bytes too many.
    """
    cdef uint32_t n = event_info(type).nparams + 1
    cdef uint32_t i
    cdef size_t room
    cdef size_t need
    if type == NOTIFICATION_E or type == INFRASTRUCTURE_EVENT_E:
        if stop[0] - lengths < 3:
            return MAX_PARAMS + 1
        stop[0] -= 3
    room = stop[0] - lengths
    while n > 0:
        n -= 1
        need = 2 * n
        if need > room:
            continue
        for i in range(n):
            need += load16(lengths + 2 * i)
        if need == room:
            return n
        if need < room:
            break
    return MAX_PARAMS + 1


cdef _raw(const Event *e):
    cdef uint32_t i
    params = tuple([e.params[i].p[:e.params[i].n] for i in range(e.nparams)])
    return RawEvent(e.num, e.ts, e.cpu, e.tid, e.type, e.flags, params)
