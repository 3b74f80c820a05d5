"""Turns a record of the probe into an event whose parameters lie as Falco's event table says.

A *form* (`forms.py`) tells of each system call which event it becomes and, parameter by parameter, where that comes from: an
argument, the result, a part of the record. Texts stay where they are, in the ring; numbers are written into `room`.

    decode(&decoding, record, size, &event) -> whether there is an event in it

What the record does not carry (a string that could not be read, a socket that was closed meanwhile) is an empty parameter.
Nothing is believed of the record's lengths: it was written by the kernel, but this is C.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from tiercel.sources.ebpf.records cimport (
    CALLS, OF_RESULT, PART_ADDRESS, PART_DATA, PART_FILE, PART_FOLDER, PART_KINDS, PART_MEMORY, PART_OWN_PATH, PART_PATH,
    PART_PEER_PATH, PART_SOCKET, PART_STRING, PART_TRUNCATED, RECORD_CALL, RECORD_EXEC, RECORD_EXIT, RECORD_FORK, RECORD_URING,
    FileFacts, Record, SocketFacts,
)

from tiercel.events.event cimport Bytes, Event
from tiercel.sources.ebpf.process_decode cimport decode_process, decode_process_call
from tiercel.sources.ebpf.native import TRANSLATIONS

cdef enum:
    MAX_TRANSLATIONS = 96
    FAMILY_UNIX = 1
    FAMILY_INET = 2
    FAMILY_INET6 = 10
    UNIX_PATH = 108


# Getters, by the names that forms use. A number in `place`, `offset`, `width`, `constant` says which.
cpdef enum Getter:
    GET_NOTHING = 0
    GET_RESULT
    GET_ARGUMENT           # all 64 bits
    GET_INT_ARGUMENT       # the lower 32, with their sign
    GET_CONSTANT
    GET_TEXT
    GET_DATA
    GET_MEMORY             # a number of `width` bytes at `offset` of a structure
    GET_MEMORY_BYTES       # the structure from `offset` on, `width` bytes of it, 0 for all
    GET_FILE               # a number of `width` bytes at `offset` of the facts of a file
    GET_PATH
    GET_ADDRESS
    GET_TUPLE_OUT          # both ends of a socket, its own first
    GET_TUPLE_IN           # its own last
    GET_QUEUE_PERCENT
    GET_SOCKET             # a number at `offset` of the facts of a socket
    GET_FILE_FLAGS         # Falco's flags of a file that was opened: an argument's, and what the kernel knows of it
    GET_CREATE_FLAGS
    GET_PROCESS            # all parameters: of a call that makes processes, or programs of them


cdef struct Translation:
    uint64_t mask          # value & mask == equals: `gives` is set
    uint64_t equals
    uint64_t gives


cdef struct TranslationTable:
    uint32_t n
    Translation rows[48]


cdef TranslationTable[MAX_TRANSLATIONS] translations
cdef Form[CALLS] forms

# Names of translations to their numbers, 1 and more; 0 is none.
TRANSLATION_NUMBERS = {name: i + 1 for i, name in enumerate(TRANSLATIONS)}


def _fill_translations():
    cdef int i, k
    if len(TRANSLATIONS) + 1 > MAX_TRANSLATIONS:
        raise ValueError("too many translations")
    for name, rows in TRANSLATIONS.items():
        i = TRANSLATION_NUMBERS[name]
        if len(rows) > 48:
            raise ValueError(f"too many rows in {name}")
        translations[i].n = <uint32_t> len(rows)
        for k, (mask, equals, gives) in enumerate(rows):
            translations[i].rows[k].mask = mask
            translations[i].rows[k].equals = equals
            translations[i].rows[k].gives = gives

_fill_translations()


def set_form(int nr, int type, steps) -> None:
    """The form of a system call: `steps` are (getter, place, size, table, offset, width, constant), one a parameter."""
    cdef Form *f
    cdef int i
    if not 0 <= nr < <int> CALLS or len(steps) > <int> MAX_PARAMS:
        raise ValueError(f"no form for call {nr}")
    f = &forms[nr]
    f.type = <uint16_t> type
    f.n_steps = <uint16_t> len(steps)
    for i, (getter, place, size, table, offset, width, constant) in enumerate(steps):
        f.steps[i].getter = getter
        f.steps[i].place = place
        f.steps[i].size = size
        f.steps[i].table = table
        f.steps[i].offset = offset
        f.steps[i].width = width
        f.steps[i].constant = constant


cdef inline uint64_t translated(uint8_t table, uint64_t value) noexcept nogil:
    cdef uint64_t out = 0
    cdef uint32_t i
    cdef TranslationTable *t = &translations[table]
    for i in range(t.n):
        if value & t.rows[i].mask == t.rows[i].equals:
            out |= t.rows[i].gives
    return out


cdef bint read_parts(Decoding *d, const char *record, uint32_t size) noexcept nogil:
    # Finds the record's parts. False where it does not add up.
    cdef const Record *r = <const Record *> record
    cdef const Part *p
    cdef uint32_t at = sizeof(Record)
    cdef uint32_t i
    d.used = 0
    d.record = r
    memset(&d.parts, 0, sizeof(Parts))
    if size < sizeof(Record) or r.size > size:
        return False
    for i in range(r.parts):
        if at + sizeof(Part) > r.size:
            return False
        p = <const Part *> (record + at)
        if p.size > r.size - at - sizeof(Part):
            return False
        if p.kind < PART_KINDS and p.index <= PLACES:
            d.parts.of[p.kind][p.index] = p
        at += <uint32_t> sizeof(Part) + ((p.size + 7) & ~7)
    return True


cdef inline char *room_for(Decoding *d, uint32_t n) noexcept nogil:
    cdef char *p
    if n > <uint32_t> DECODE_ROOM - d.used:
        return NULL
    p = d.room + d.used
    d.used += (n + 7) & ~7
    return p


cdef inline void whole(Bytes *to, const Part *p) noexcept nogil:
    if p != NULL and p.size:
        to.p = part_bytes(p)
        to.n = p.size


cdef inline uint64_t number_at(const Part *p, uint32_t offset, uint32_t width) noexcept nogil:
    cdef uint64_t v = 0
    if p != NULL and width <= 8 and offset + width <= p.size:
        memcpy(&v, part_bytes(p) + offset, width)
    return v


cdef uint32_t unix_path(char *to, const char *p, uint32_t n) noexcept nogil:
    # As Falco has it: of a name in the abstract space, what follows the first NUL. Returns the bytes written, NUL included.
    cdef uint32_t i = 0
    if n and p[0] == 0:
        p += 1
        n -= 1
    while i < n and i < UNIX_PATH and p[i] != 0:
        to[i] = p[i]
        i += 1
    to[i] = 0
    return i + 1


cdef void address(Decoding *d, Bytes *to) noexcept nogil:
    # sockaddr -> family u8, address, port u16; unix: family u8, path
    cdef const Part *p = NULL
    cdef const char *b
    cdef char *out = room_for(d, 128)
    cdef uint16_t family = 0, port
    cdef uint32_t i
    for i in range(PLACES + 1):
        if d.parts.of[PART_ADDRESS][i] != NULL:
            p = d.parts.of[PART_ADDRESS][i]
    if p == NULL or out == NULL or p.size < 2:
        return
    b = part_bytes(p)
    memcpy(&family, b, 2)
    out[0] = <char> family
    if family == FAMILY_INET and p.size >= 8:
        memcpy(out + 1, b + 4, 4)
        port = <uint16_t> ((<uint8_t> b[2]) << 8 | <uint8_t> b[3])
        memcpy(out + 5, &port, 2)
        to.n = 7
    elif family == FAMILY_INET6 and p.size >= 24:
        memcpy(out + 1, b + 8, 16)
        port = <uint16_t> ((<uint8_t> b[2]) << 8 | <uint8_t> b[3])
        memcpy(out + 17, &port, 2)
        to.n = 19
    elif family == FAMILY_UNIX:
        to.n = 1 + unix_path(out + 1, b + 2, p.size - 2)
    else:
        to.n = 1
    to.p = out


cdef void socket_tuple(Decoding *d, uint8_t place, bint incoming, Bytes *to) noexcept nogil:
    # Source and destination of a socket. What the kernel does not know yet (a datagram's destination, an address that a
    # failed connect was given) comes from the call's own sockaddr.
    cdef const Part *p = d.parts.of[PART_SOCKET][place]
    cdef const Part *name
    cdef const SocketFacts *s
    cdef SocketFacts facts
    cdef Bytes given
    cdef char *out
    cdef uint32_t width, n
    cdef uint64_t first, second
    cdef const uint8_t *a
    cdef const uint8_t *b
    cdef uint16_t a_port, b_port
    if p == NULL or p.size < sizeof(SocketFacts):
        return
    memcpy(&facts, part_bytes(p), sizeof(SocketFacts))
    s = &facts
    out = room_for(d, 160)
    if out == NULL:
        return
    out[0] = <char> s.family
    if s.family == FAMILY_UNIX:
        first, second = s.own, s.peer
        if incoming:
            first, second = second, first
        memcpy(out + 1, &first, 8)
        memcpy(out + 9, &second, 8)
        # The name is that of the end which was bound: the server's.
        name = d.parts.of[PART_PEER_PATH][place]
        if incoming or name == NULL:
            name = d.parts.of[PART_OWN_PATH][place]
        if name != NULL:
            n = unix_path(out + 17, part_bytes(name), name.size)
        else:
            given.p = NULL
            given.n = 0
            address(d, &given)
            if given.n > 1 and given.p[0] == FAMILY_UNIX:
                n = unix_path(out + 17, given.p + 1, given.n - 1)
            else:
                out[17] = 0
                n = 1
        to.p = out
        to.n = 17 + n
        return
    if s.family == FAMILY_INET:
        width = 4
    elif s.family == FAMILY_INET6:
        width = 16
    else:
        return
    if s.peer_port == 0:
        given.p = NULL
        given.n = 0
        address(d, &given)
        if given.n == 3 + width and <uint8_t> given.p[0] == s.family:
            memcpy(facts.peer_ip, given.p + 1, width)
            memcpy(&facts.peer_port, given.p + 1 + width, 2)
    a, a_port, b, b_port = s.own_ip, s.own_port, s.peer_ip, s.peer_port
    if incoming:
        a, a_port, b, b_port = b, b_port, a, a_port
    memcpy(out + 1, a, width)
    memcpy(out + 1 + width, &a_port, 2)
    memcpy(out + 3 + width, b, width)
    memcpy(out + 3 + 2 * width, &b_port, 2)
    to.p = out
    to.n = 5 + 2 * width


cdef enum:
    # Falco's, beside what open(2) was given.
    O_F_CREATED = 0x4000
    FD_UPPER_LAYER = 0x8000
    FD_LOWER_LAYER = 0x10000
    FD_UPPER_LAYER_CREAT = 1
    FD_LOWER_LAYER_CREAT = 2
    FACT_UPPER = 1
    FACT_LOWER = 2
    FACT_CREATED = 16


cdef void tell_truth(Decoding *d, Event *e) noexcept nogil:
    # What the kernel calls the file that the call opened, or the directory that it entered. A path whose beginning is
    # missing does not begin with a slash, so that it is taken for no other.
    cdef const Part *p = d.parts.of[PART_FILE][OF_RESULT]
    e.true_path.p = NULL
    e.true_path.n = 0
    e.file = NULL
    e.told = NULL
    if d.record.kind != RECORD_CALL and d.record.kind != RECORD_URING:
        return
    if p != NULL and p.size >= sizeof(FileFacts):
        e.file = <const FileFacts *> part_bytes(p)
    p = d.parts.of[PART_PATH][OF_RESULT]
    if p == NULL:
        p = d.parts.of[PART_FOLDER][0]
    if p != NULL and p.size > 1:
        e.true_path.p = part_bytes(p)
        e.true_path.n = p.size - 1
        if p.flags & PART_TRUNCATED:
            e.true_path.p += 1
            e.true_path.n -= 1


cdef bint decode(Decoding *d, const char *record, uint32_t size, Event *e) noexcept nogil:
    cdef const Record *r
    cdef const Form *f
    cdef const Step *s
    cdef const Part *p
    cdef Bytes *to
    cdef uint64_t value
    cdef uint32_t i, facts
    cdef char *out
    cdef const SocketFacts *socket
    if not read_parts(d, record, size):
        return False
    r = d.record
    tell_truth(d, e)
    if r.kind == RECORD_FORK or r.kind == RECORD_EXEC or r.kind == RECORD_EXIT:
        return decode_process(d, e)
    if (r.kind != RECORD_CALL and r.kind != RECORD_URING) or r.nr >= CALLS:
        return False
    f = &forms[r.nr]
    if f.type == 0:
        return False
    if f.steps[0].getter == GET_PROCESS:
        return decode_process_call(d, e, f.type)
    e.ts = r.ts + d.boot_epoch_ns
    e.tid = r.tid
    e.cpu = r.cpu
    e.flags = 0
    e.type = f.type
    e.nparams = f.n_steps
    for i in range(f.n_steps):
        s = &f.steps[i]
        to = &e.params[i]
        to.p = NULL
        to.n = 0
        if s.getter == GET_RESULT:
            value = <uint64_t> r.result
        elif s.getter == GET_ARGUMENT:
            value = r.args[s.place] if s.place < 6 else 0
        elif s.getter == GET_INT_ARGUMENT:
            value = <uint64_t> <int64_t> <int32_t> r.args[s.place] if s.place < 6 else 0
        elif s.getter == GET_TEXT:
            whole(to, d.parts.of[PART_STRING][s.place])
            continue
        elif s.getter == GET_PATH:
            whole(to, d.parts.of[PART_PATH][s.place])
            continue
        elif s.getter == GET_DATA:
            whole(to, d.parts.of[PART_DATA][s.place])
            continue
        elif s.getter == GET_ADDRESS:
            address(d, to)
            continue
        elif s.getter == GET_TUPLE_OUT or s.getter == GET_TUPLE_IN:
            socket_tuple(d, s.place, s.getter == GET_TUPLE_IN, to)
            continue
        elif s.getter == GET_MEMORY_BYTES:
            p = d.parts.of[PART_MEMORY][s.place]
            if p != NULL and s.offset < p.size:
                to.p = part_bytes(p) + s.offset
                to.n = p.size - s.offset
                if s.width and to.n > s.width:
                    to.n = s.width
            continue
        elif s.getter == GET_MEMORY:
            value = number_at(d.parts.of[PART_MEMORY][s.place], s.offset, s.width)
        elif s.getter == GET_FILE:
            value = number_at(d.parts.of[PART_FILE][s.place], s.offset, s.width)
        elif s.getter == GET_SOCKET:
            value = number_at(d.parts.of[PART_SOCKET][s.place], s.offset, s.width)
        elif s.getter == GET_CONSTANT:
            value = <uint64_t> s.constant
        elif s.getter == GET_QUEUE_PERCENT:
            value = 0
            p = d.parts.of[PART_SOCKET][s.place]
            if p != NULL and p.size >= sizeof(SocketFacts):
                socket = <const SocketFacts *> part_bytes(p)
                if socket.max_backlog:
                    value = <uint64_t> socket.backlog * 100 // socket.max_backlog
        elif s.getter == GET_FILE_FLAGS or s.getter == GET_CREATE_FLAGS:
            facts = 0
            p = d.parts.of[PART_FILE][OF_RESULT]
            if p != NULL and p.size >= sizeof(FileFacts):
                facts = (<const FileFacts *> part_bytes(p)).flags
            if s.getter == GET_CREATE_FLAGS:
                value = (FD_UPPER_LAYER_CREAT if facts & FACT_UPPER else 0) | (
                    FD_LOWER_LAYER_CREAT if facts & FACT_LOWER else 0
                )
            else:
                value = r.args[s.place] if s.width == 0 else number_at(d.parts.of[PART_MEMORY][s.place], s.offset, s.width)
                value = translated(s.table, value)
                if facts & FACT_UPPER:
                    value |= FD_UPPER_LAYER
                if facts & FACT_LOWER:
                    value |= FD_LOWER_LAYER
                if facts & FACT_CREATED:
                    value |= O_F_CREATED
        else:
            continue
        if s.table and s.getter != GET_FILE_FLAGS:
            value = translated(s.table, value)
        out = room_for(d, 8)
        if out == NULL:
            continue
        memcpy(out, &value, 8)
        to.p = out
        to.n = s.size
    return True


cdef class Decoder:
    """For tests, and for looking at records: one record at a time, as Python sees it."""

    cdef Decoding decoding
    cdef bytearray room

    def __init__(self, int64_t boot_epoch_ns=0) -> None:
        self.room = bytearray(<int> DECODE_ROOM)
        self.decoding.room = self.room
        self.decoding.boot_epoch_ns = boot_epoch_ns

    def event(self, bytes record) -> tuple[int, int, int, tuple[bytes, ...]] | None:
        """(type, time, tid, parameters); None where the record tells of no event."""
        cdef Event e
        cdef uint32_t i
        memset(&e, 0, sizeof(Event))
        if not decode(&self.decoding, record, <uint32_t> len(record), &e):
            return None
        return e.type, e.ts, e.tid, tuple([e.params[i].p[:e.params[i].n] if e.params[i].n else b"" for i in range(e.nparams)])
