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
    CALLS, OF_RESULT, PART_ADDRESS, PART_CONTROL, PART_DATA, PART_FILE, PART_FOLDER, PART_KINDS, PART_MEMORY, PART_OWN_PATH,
    PART_PATH, PART_PEER_PATH, PART_SOCKET, PART_STRING, PART_TASK, PART_TRUNCATED, RECORD_CALL, RECORD_COMPAT, RECORD_EXEC,
    RECORD_EXIT, RECORD_FORK, RECORD_URING, FileFacts, Record, SocketFacts,
)

from tiercel.events.event cimport Bytes, Event
from tiercel.sources.ebpf.dynamic cimport make_dynamic
from tiercel.sources.ebpf.process_decode cimport decode_process, decode_process_call
from tiercel.sources.ebpf.translate cimport translated

cdef enum:
    FIRST_DYNAMIC = 64         # getters from here on are `dynamic.pyx`'s
    EINPROGRESS = 115
    FAMILY_UNIX = 1
    FAMILY_INET = 2
    FAMILY_INET6 = 10
    UNIX_PATH = 108


# Getters, by the names that forms use. A number in `place`, `offset`, `width`, `constant` says which.
cpdef enum Getter:
    GET_NOTHING = 0
    GET_RESULT
    GET_MOVED              # the result where it is not negative
    GET_ARGUMENT           # all 64 bits
    GET_INT_ARGUMENT       # the lower 32, with their sign
    GET_UINT_ARGUMENT
    GET_SHORT_ARGUMENT     # the lower 16
    GET_LONG_ARGUMENT      # of a 32-bit caller with its sign
    GET_WIDE_ARGUMENT      # of a 32-bit caller two arguments, the lower half first
    GET_HALVES             # two arguments, the upper half first
    GET_PAGES              # in pages
    GET_CONSTANT
    GET_TEXT
    GET_DATA
    GET_CONTROL
    GET_OFFERED            # bytes of all vectors
    GET_MEMORY             # a number of `width` bytes at `offset` of a structure
    GET_MEMORY_BYTES       # the structure from `offset` on, `width` bytes of it, 0 for all
    GET_FD_AT              # an int at `offset`, -1 where it could not be read
    GET_LONG_AT            # the `offset`-th long
    GET_TIME               # struct timespec in ns
    GET_TIME64             # the same, 64-bit whoever called
    GET_FILE               # a number of `width` bytes at `offset` of the facts of a file
    GET_PATH
    GET_ADDRESS
    GET_TUPLE_OUT          # both ends of a socket, its own first
    GET_TUPLE_IN           # its own last
    GET_QUEUE_PERCENT
    GET_SOCKET             # a number at `offset` of the facts of a socket
    GET_TASK               # a number at `offset` of the facts of the caller
    GET_FILE_FLAGS         # Falco's flags of a file that was opened: an argument's, and what the kernel knows of it
    GET_CREATE_FLAGS
    GET_OPEN_MODE          # flags in argument `offset`
    GET_OPEN_MODE_AT       # of a structure: the mode at `offset`, the flags at `width`
    GET_MOUNT_FLAGS
    GET_PROCESS            # all parameters: of a call that makes processes, or programs of them


cdef enum:
    MODE_BITS = 0o7777
    ASKS_FOR_MODE = 0o20200100   # O_CREAT and both bits of O_TMPFILE, as Falco tests them
    MOUNT_MAGIC = 0xc0ed         # in the upper half of the lower word
    PAGE_BYTES = 4096


cdef Form[CALLS] forms


def set_form(int nr, int type, steps) -> None:
    """The form of a system call: `steps` are (getter, place, size, table, offset, width, constant, when), one a parameter."""
    cdef Form *f
    cdef int i
    if not 0 <= nr < <int> CALLS or len(steps) > <int> MAX_PARAMS:
        raise ValueError(f"no form for call {nr}")
    f = &forms[nr]
    f.type = <uint16_t> type
    f.n_steps = <uint16_t> len(steps)
    for i, (getter, place, size, table, offset, width, constant, when) in enumerate(steps):
        f.steps[i].getter = getter
        f.steps[i].place = place
        f.steps[i].size = size
        f.steps[i].table = table
        f.steps[i].offset = offset
        f.steps[i].width = width
        f.steps[i].constant = constant
        f.steps[i].when = when


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
        return
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
        # The other way round than addresses: the end that was reached first. The name is that end's.
        first, second = s.peer, s.own
        if incoming:
            first, second = second, first
        memcpy(out + 1, &first, 8)
        memcpy(out + 9, &second, 8)
        name = d.parts.of[PART_OWN_PATH if incoming else PART_PEER_PATH][place]
        if name != NULL:
            n = unix_path(out + 17, part_bytes(name), name.size)
        else:
            given.p = NULL
            given.n = 0
            if not incoming and s.peer == 0:
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


cdef inline uint64_t opened_facts(const Decoding *d) noexcept nogil:
    cdef const Part *p = d.parts.of[PART_FILE][OF_RESULT]
    if p == NULL or p.size < sizeof(FileFacts):
        return 0
    return (<const FileFacts *> part_bytes(p)).flags


cdef inline uint64_t file_flags(const Decoding *d, const Step *s) noexcept nogil:
    cdef uint64_t facts = opened_facts(d)
    cdef uint64_t value = d.record.args[s.place] if s.width == 0 else number_at(
        d.parts.of[PART_MEMORY][s.place], s.offset, s.width
    )
    value = translated(s.table, <uint32_t> value)
    if facts & FACT_UPPER:
        value |= FD_UPPER_LAYER
    if facts & FACT_LOWER:
        value |= FD_LOWER_LAYER
    if facts & FACT_CREATED:
        value |= O_F_CREATED
    return value


cdef inline uint64_t long_at(const Decoding *d, const Step *s) noexcept nogil:
    # A 32-bit caller's "no limit" is 32 bits of ones.
    cdef uint64_t value
    if not d.record.flags & RECORD_COMPAT:
        return number_at(d.parts.of[PART_MEMORY][s.place], 8 * s.offset, 8)
    value = number_at(d.parts.of[PART_MEMORY][s.place], 4 * s.offset, 4)
    return <uint64_t> -1 if value == <uint32_t> -1 else value


cdef inline uint64_t nanoseconds(const Part *p, bint wide) noexcept nogil:
    if wide:
        return number_at(p, 0, 8) * 1000000000 + number_at(p, 8, 8)
    return number_at(p, 0, 4) * 1000000000 + number_at(p, 4, 4)


cdef uint64_t number(Decoding *d, const Step *s) noexcept nogil:
    # Of a getter whose parameter is one.
    cdef const Record *r = d.record
    cdef uint8_t getter = s.getter
    cdef uint8_t place = s.place if s.place < 6 else 5
    cdef uint64_t arg = r.args[place]
    cdef bint compat = r.flags & RECORD_COMPAT != 0
    cdef const Part *p
    cdef const SocketFacts *socket
    if getter == GET_RESULT:
        return <uint64_t> r.result
    if getter == GET_ARGUMENT:
        return arg
    if getter == GET_INT_ARGUMENT or getter == GET_LONG_ARGUMENT and compat:
        return <uint64_t> <int64_t> <int32_t> arg
    if getter == GET_LONG_ARGUMENT:
        return arg
    if getter == GET_UINT_ARGUMENT:
        return <uint32_t> arg
    if getter == GET_SHORT_ARGUMENT:
        return arg & 0xffff
    if getter == GET_MOVED:
        return <uint64_t> r.result if r.result > 0 else 0
    if getter == GET_CONSTANT:
        return <uint64_t> s.constant
    if getter == GET_FILE_FLAGS:
        return file_flags(d, s)
    if getter == GET_FILE:
        return number_at(d.parts.of[PART_FILE][s.place], s.offset, s.width)
    if getter == GET_OPEN_MODE:
        return arg & MODE_BITS if r.args[s.offset] & ASKS_FOR_MODE else 0
    if getter == GET_OPEN_MODE_AT:
        p = d.parts.of[PART_MEMORY][s.place]
        return number_at(p, s.offset, 8) & MODE_BITS if number_at(p, s.width, 8) & ASKS_FOR_MODE else 0
    if getter == GET_MEMORY:
        return number_at(d.parts.of[PART_MEMORY][s.place], s.offset, s.width)
    if getter == GET_FD_AT:
        p = d.parts.of[PART_MEMORY][s.place]
        if p == NULL or s.offset + 4 > p.size:
            return <uint64_t> -1
        return <uint64_t> <int64_t> <int32_t> number_at(p, s.offset, 4)
    if getter == GET_LONG_AT:
        return long_at(d, s)
    if getter == GET_TIME or getter == GET_TIME64:
        return nanoseconds(d.parts.of[PART_MEMORY][s.place], getter == GET_TIME64 or not compat)
    if getter == GET_SOCKET:
        return number_at(d.parts.of[PART_SOCKET][s.place], s.offset, s.width)
    if getter == GET_TASK:
        return number_at(d.parts.of[PART_TASK][0], s.offset, s.width)
    if getter == GET_OFFERED:
        return r.offered
    if getter == GET_WIDE_ARGUMENT:
        return arg | r.args[place + 1] << 32 if compat and place < 5 else arg
    if getter == GET_HALVES:
        return arg << 32 | <uint32_t> r.args[place + 1] if place < 5 else 0
    if getter == GET_PAGES:
        return arg * PAGE_BYTES
    if getter == GET_MOUNT_FLAGS:
        return arg & 0xffff if (<uint32_t> arg) >> 16 == MOUNT_MAGIC else arg
    if getter == GET_CREATE_FLAGS:
        arg = opened_facts(d)
        return (FD_UPPER_LAYER_CREAT if arg & FACT_UPPER else 0) | (FD_LOWER_LAYER_CREAT if arg & FACT_LOWER else 0)
    if getter == GET_QUEUE_PERCENT:
        p = d.parts.of[PART_SOCKET][s.place]
        if p != NULL and p.size >= sizeof(SocketFacts):
            socket = <const SocketFacts *> part_bytes(p)
            if socket.max_backlog:
                return <uint64_t> socket.backlog * 100 // socket.max_backlog
    return 0


cdef bint decode(Decoding *d, const char *record, uint32_t size, Event *e) noexcept nogil:
    cdef const Record *r
    cdef const Form *f
    cdef const Step *s
    cdef const Part *p
    cdef Bytes *to
    cdef uint64_t value
    cdef uint32_t i
    cdef uint8_t getter
    cdef char *out
    cdef bint well
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
    if f.n_steps and f.steps[0].getter == GET_PROCESS:
        return decode_process_call(d, e, f.type)
    e.ts = r.ts + d.boot_epoch_ns
    e.tid = r.tid
    e.cpu = r.cpu
    e.flags = 0
    e.type = f.type
    e.nparams = f.n_steps
    well = not failed(r)
    for i in range(f.n_steps):
        s = &f.steps[i]
        getter = s.getter
        to = &e.params[i]
        to.p = NULL
        to.n = 0
        if s.when and not well and (s.when == SUCCEEDED or r.result != -EINPROGRESS):
            if s.size == 0:
                continue
            value = <uint64_t> s.constant
        elif getter == GET_TEXT:
            whole(to, d.parts.of[PART_STRING][s.place])
            continue
        elif getter == GET_PATH:
            whole(to, d.parts.of[PART_PATH][s.place])
            continue
        elif getter == GET_DATA:
            p = d.parts.of[PART_DATA][0]
            whole(to, p if p != NULL else d.parts.of[PART_DATA][s.place])
            continue
        elif getter == GET_CONTROL:
            whole(to, d.parts.of[PART_CONTROL][0])
            continue
        elif getter == GET_ADDRESS:
            address(d, to)
            continue
        elif getter == GET_TUPLE_OUT or getter == GET_TUPLE_IN:
            socket_tuple(d, s.place, getter == GET_TUPLE_IN, to)
            continue
        elif getter == GET_MEMORY_BYTES:
            p = d.parts.of[PART_MEMORY][s.place]
            if p != NULL and s.offset < p.size:
                to.p = part_bytes(p) + s.offset
                to.n = p.size - s.offset
                if s.width and to.n > s.width:
                    to.n = s.width
            continue
        elif getter >= FIRST_DYNAMIC:
            make_dynamic(d, s, to)
            continue
        elif getter == GET_NOTHING:
            continue
        else:
            value = number(d, s)
            if s.table and getter != GET_FILE_FLAGS:
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
