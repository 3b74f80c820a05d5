"""Fills the compiled event table from `tiercel.events.table` when it is imported; nothing is ever freed."""

from libc.stdlib cimport calloc
from libc.string cimport memcmp

from tiercel.events.errnos import ERRNO_NAMES
from tiercel.events.flags import FLAGS
from tiercel.events.params import FORMAT_NUMBERS, TYPE_NUMBERS
from tiercel.events.syscalls import SYSCALLS
from tiercel.events.table import DYNAMIC, EVENTS

# Keeps the bytes of all names alive, each once.
_names: dict[str, bytes] = {}
_flag_tables: dict[str, tuple[int, int]] = {}
_dynamic_tables: dict[str, tuple[int, int]] = {}


cdef Name _name(str text):
    cdef bytes kept = _names.setdefault(text, text.encode())
    cdef Name name
    name.p = kept
    name.n = <uint32_t> len(kept)
    return name


cdef void *_rows(size_t count, size_t size) except NULL:
    cdef void *rows = calloc(count + 1, size)
    if rows == NULL:
        raise MemoryError
    return rows


cdef tuple _flags(str table):
    # Address and length of a table of flags.
    cdef FlagName *rows
    cdef int i
    if table not in _flag_tables:
        entries = FLAGS[table]
        rows = <FlagName *> _rows(len(entries), sizeof(FlagName))
        for i, (text, value) in enumerate(entries):
            rows[i].name = _name(text)
            rows[i].value = value
        _flag_tables[table] = (<size_t> rows, len(entries))
    return _flag_tables[table]


cdef tuple _dynamic(str table):
    cdef ParamInfo *rows
    cdef int i
    if table not in _dynamic_tables:
        entries = DYNAMIC[table]
        rows = <ParamInfo *> _rows(len(entries), sizeof(ParamInfo))
        for i, (kind, form) in enumerate(entries):
            rows[i].name = _name("")
            rows[i].type = TYPE_NUMBERS[kind]
            rows[i].format = FORMAT_NUMBERS[form]
            rows[i].directory = -1
        _dynamic_tables[table] = (<size_t> rows, len(entries))
    return _dynamic_tables[table]


cdef int _fill() except -1:
    cdef EventInfo *row
    cdef ParamInfo *p
    cdef int i
    cdef size_t address
    no_param.name = _name("")
    no_param.directory = -1
    for event in EVENTS:
        row = &event_rows[<int> event.code]
        row.name = _name(event.name)
        row.category = event.category
        row.flags = event.effects
        row.nparams = <uint32_t> len(event.params)
        p = <ParamInfo *> _rows(len(event.params), sizeof(ParamInfo))
        row.params = p
        for i, param in enumerate(event.params):
            p[i].name = _name(param.name)
            p[i].type = TYPE_NUMBERS[param.type]
            p[i].format = FORMAT_NUMBERS[param.format]
            p[i].directory = param.directory
            if param.type == "DYN":
                address, p[i].n_dynamic = _dynamic(param.table)
                p[i].dynamic = <const ParamInfo *> address
            elif param.table:
                address, p[i].n_flags = _flags(param.table)
                p[i].flags = <const FlagName *> address
    row = &event_rows[N_EVENTS]
    row.name = _name("")
    row.params = &no_param
    for code, call in SYSCALLS.items():
        syscall_rows[<int> code] = _name(call.name)
        if call.x86_64 is not None:
            native_rows[<int> call.x86_64] = code
    for number, text in ERRNO_NAMES.items():
        errno_rows[<int> number] = _name(text)
    return 0


if len(EVENTS) != N_EVENTS:
    raise ImportError("the event table and tiercel.events.codes do not fit together: build again")
_fill()


cdef int param_index(uint32_t type, const char *name, uint32_t n) noexcept nogil:
    cdef const EventInfo *e = event_info(type)
    cdef uint32_t i
    for i in range(e.nparams):
        if e.params[i].name.n == n and memcmp(e.params[i].name.p, name, n) == 0:
            return <int> i
    return -1


def rows() -> list[tuple]:
    """The table as compiled code sees it: (name, category, flags, [(name, type, format, directory, flags)])."""
    cdef uint32_t code, i
    cdef const EventInfo *e
    cdef const ParamInfo *p
    found = []
    for code in range(N_EVENTS + 1):
        e = event_info(code)
        params = []
        for i in range(e.nparams):
            p = param_info(code, i)
            params.append((p.name.p[:p.name.n].decode(), p.type, p.format, p.directory, p.n_flags or p.n_dynamic))
        found.append((e.name.p[:e.name.n].decode(), e.category, e.flags, params))
    return found
