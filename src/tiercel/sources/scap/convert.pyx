"""Runs the table of conversions (`conversions.py`) over an event.

A conversion may lead to another: EXECVE_8_X becomes EXECVE_13_X, and so on to EXECVE_19_X with all of its parameters.
What a chain comes to depends on its first type and number of parameters alone, so it is worked out when the table is
read: an event that nobody wants is then numbered, and the enter event kept for it dropped, without building it.

Where the enter event that is kept is of another call, events were lost in between (or the call came back on another
thread, as execve does). Falco ends there with an error; here the parameters count as missing.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t
from libc.stdio cimport snprintf
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from tiercel.events.codes cimport (
    EC_METAEVENT,
    EF_CONVERTER_MANAGED,
    EF_LARGE_PAYLOAD,
    EF_OLD_VERSION,
    EF_UNUSED,
    N_EVENTS,
    PROCEXIT_1_E,
    PT_GID,
    PT_MAX,
    PT_UID,
)
from tiercel.events.event cimport MAX_PARAMS, Bytes, Event
from tiercel.events.layout cimport event_info, param_info
from tiercel.sources.scap.blocks cimport load32
from tiercel.sources.scap.enters cimport Enter, enter_forget, enter_keep, enter_of, Enters

from tiercel.events.params import SIZES, TYPE_NUMBERS
from tiercel.sources.scap.conversions import CONVERSIONS

cdef enum:
    MAX_ROWS = 512
    LONGEST_CHAIN = 50         # Falco's limit; the longest has 21
    MAX_SHORT = 65535          # what a length of two bytes can say

cdef enum Source:
    OWN = 0
    ENTER = 1
    ENTER_OR_EMPTY = 2
    EMPTY = 3
    DEFAULT = 4
    JSON = 5

_SOURCES = {"own": OWN, "enter": ENTER, "enter?": ENTER_OR_EMPTY, "empty": EMPTY, "default": DEFAULT, "json": JSON}


cdef struct Step:
    uint8_t source
    uint8_t index


cdef struct Row:
    bint keep
    bint passes
    uint16_t target
    uint8_t own
    uint8_t n_steps
    Step[MAX_PARAMS] steps
    # of the whole chain that begins here
    Outcome outcome
    uint16_t last_type
    bint chain_keeps
    bint chain_uses_enter


cdef Row[MAX_ROWS] rows
cdef uint16_t[N_EVENTS][MAX_PARAMS + 1] row_of        # 0: none
cdef uint8_t[PT_MAX] sizes                            # 0: varies
cdef const char *zeros = b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
cdef const char *ones = b"\xff\xff\xff\xff"           # nobody: -1 as a user's or group's number


cdef inline bint _is_done(uint16_t type, uint32_t n) noexcept nogil:
    cdef uint8_t way = shapes[type].way
    return way == AS_IT_IS or way == ENDS_THREAD or (way == CONVERTED_UNLESS_WHOLE and n == shapes[type].nparams)


cdef void _fill_shapes() noexcept:
    cdef uint32_t type, flags
    for type in range(<uint32_t> N_EVENTS):
        flags = event_info(type).flags
        shapes[type].nparams = <uint8_t> min(event_info(type).nparams, <uint32_t> MAX_PARAMS)
        shapes[type].length_bytes = 4 if flags & EF_LARGE_PAYLOAD else 2
        shapes[type].meta = 1 if event_info(type).category & EC_METAEVENT else 0
        if flags & EF_UNUSED:
            shapes[type].way = DROPPED
        elif not flags & EF_CONVERTER_MANAGED:
            shapes[type].way = DROPPED if flags & EF_OLD_VERSION else AS_IT_IS
        elif type % 2 == 0 or flags & EF_OLD_VERSION:
            shapes[type].way = CONVERTED
        else:
            shapes[type].way = CONVERTED_UNLESS_WHOLE
    shapes[<int> PROCEXIT_1_E].way = ENDS_THREAD


cdef int _fill_rows() except -1:
    cdef int i, k
    for name, size in SIZES.items():
        sizes[<int> TYPE_NUMBERS[name]] = size
    for i, c in enumerate(CONVERSIONS, 1):
        rows[i].keep, rows[i].passes, rows[i].target, rows[i].own = c.keep, c.passes, c.target, c.own
        rows[i].n_steps = len(c.steps)
        for k, (source, index) in enumerate(c.steps):
            rows[i].steps[k].source, rows[i].steps[k].index = _SOURCES[source], index
        row_of[<int> c.type][<int> c.nparams] = i
    for i in range(1, len(CONVERSIONS) + 1):
        _foresee(&rows[i])
    return 0


cdef void _foresee(Row *first) noexcept nogil:
    # Fills in what the chain that begins with this row comes to.
    cdef Row *row = first
    cdef uint32_t n
    cdef int i, length
    for length in range(<int> LONGEST_CHAIN):
        if row.keep:
            first.chain_keeps = True
        if row.keep or row.passes:
            first.last_type = row.target
            first.outcome = GIVE if row.passes else DROP
            return
        for i in range(row.n_steps):
            if row.steps[i].source == ENTER or row.steps[i].source == ENTER_OR_EMPTY:
                first.chain_uses_enter = True
        n = row.own + row.n_steps
        if _is_done(row.target, n):
            first.last_type = row.target
            first.outcome = GIVE
            return
        if shapes[row.target].way == DROPPED:
            first.outcome = DROP
            return
        row = &rows[row_of[row.target][n]]
        if row == &rows[0]:
            break
    first.outcome = UNHEARD_OF


_fill_shapes()
_fill_rows()


cdef Outcome convert(Enters *enters, Scratch *scratch, Event *e, const uint8_t *wanted) noexcept nogil:
    cdef Row *row
    cdef Outcome outcome
    if e.nparams > MAX_PARAMS:
        return UNHEARD_OF
    row = &rows[row_of[e.type][e.nparams]]
    if row == &rows[0] or row.outcome == UNHEARD_OF:
        return UNHEARD_OF
    if row.outcome == GIVE and not row.chain_keeps and wanted != NULL and not wanted[row.last_type]:
        if row.chain_uses_enter:
            _use_up(enter_of(enters, e.tid))
        e.type = row.last_type
        return SKIP
    outcome = row.outcome
    while True:
        if row.keep:
            enter_keep(enters, e.tid, e.type, e.params, e.nparams)
        if row.keep or row.passes:
            break
        if not _step(enters, scratch, e, row):
            return UNHEARD_OF
        if _is_done(e.type, e.nparams) or shapes[e.type].way == DROPPED:
            break
        row = &rows[row_of[e.type][e.nparams]]
    return outcome


cdef inline void _use_up(Enter *kept) noexcept nogil:
    if kept != NULL:
        kept.full = False


cdef bint _step(Enters *enters, Scratch *scratch, Event *e, const Row *row) noexcept nogil:
    # One conversion. False where it cannot be done.
    cdef Bytes[MAX_PARAMS] made
    cdef Bytes value
    cdef Enter *kept = NULL
    cdef bint looked = False
    cdef uint32_t n = row.own
    cdef uint32_t i, limit, kind
    cdef uint8_t source, index
    for i in range(row.n_steps):
        source = row.steps[i].source
        index = row.steps[i].index
        kind = param_info(row.target, n).type
        limit = sizes[kind] if kind < PT_MAX else 0
        value.p = zeros
        value.n = 0
        if source == OWN:
            value = e.params[index]
        elif source == JSON:
            if not _container_json(scratch, e, &value):
                return False
        elif source == DEFAULT:
            value.n = limit
        elif source != EMPTY:
            if not looked:
                looked = True
                kept = enter_of(enters, e.tid)
                if kept != NULL and (kept.type != e.type - 1 or kept.nparams == 0):
                    kept.full = False
                    kept = NULL
            if kept != NULL and index < kept.nparams:
                value = kept.params[index]
            elif source == ENTER:
                source = DEFAULT
                value.n = limit
        if source == DEFAULT and (kind == PT_UID or kind == PT_GID):
            value.p = ones
        if limit == 0 and shapes[row.target].length_bytes == 2:
            limit = MAX_SHORT
        if limit and value.n > limit:
            value.n = limit
        made[n] = value
        n += 1
    memcpy(&e.params[row.own], &made[row.own], (n - row.own) * sizeof(Bytes))
    e.type = row.target
    e.nparams = n
    _use_up(kept)
    return True


cdef inline char *_put(char *at, const char *text) noexcept nogil:
    while text[0]:
        at[0] = text[0]
        at += 1
        text += 1
    return at


cdef inline char *_put_text(char *at, const Bytes *text) noexcept nogil:
    # Without the NUL at its end.
    memcpy(at, text.p, text.n - 1)
    return at + text.n - 1


cdef bint _container_json(Scratch *scratch, const Event *e, Bytes *out) noexcept nogil:
    # The description of a container, from its id, type, name and image: as Falco writes it, nothing escaped.
    # Empty where one of them is damaged.
    cdef const Bytes *p = &e.params[0]
    cdef char[16] number
    cdef size_t need
    cdef char *at
    if e.nparams < 4 or p[1].n != 4 or p[0].n == 0 or p[2].n == 0 or p[3].n == 0:
        return True
    need = 64 + <size_t> p[0].n + p[2].n + p[3].n
    if need > scratch.capacity:
        at = <char *> malloc(need)
        if at == NULL:
            return False
        free(scratch.p)
        scratch.p = at
        scratch.capacity = need
    at = scratch.p
    snprintf(number, 16, b"%u", <unsigned int> load32(p[1].p))
    at = _put(at, b'{"id":"')
    at = _put_text(at, &p[0])
    at = _put(at, b'","type":')
    at = _put(at, number)
    at = _put(at, b',"name":"')
    at = _put_text(at, &p[2])
    at = _put(at, b'","image":"')
    at = _put_text(at, &p[3])
    at = _put(at, b'"}')
    at[0] = 0
    out.p = scratch.p
    out.n = at + 1 - scratch.p
    return out.n <= MAX_SHORT
