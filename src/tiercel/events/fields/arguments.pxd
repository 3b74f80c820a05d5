"""An event's parameters as text: what evt.arg, evt.args and evt.res show."""

from libc.stdint cimport int64_t, uint32_t

from tiercel.events.event cimport Bytes
from tiercel.events.fields.field cimport Context
from tiercel.events.fields.line cimport Line
from tiercel.events.layout cimport ParamInfo
from tiercel.events.process cimport Fd, Thread


cdef struct Argument:
    Line raw             # as it came: "3", "4097", "../etc/passwd"
    Line resolved        # what it means: "<f>/etc/passwd", "O_RDONLY|O_CLOEXEC", "/etc/passwd"; empty where that is nothing


# Renders parameter i. False where the event does not carry it, or memory is used up.
cdef bint render_argument(Context *c, uint32_t i, Argument *a) noexcept nogil

# The number of the parameter of that name, -1 where the event carries none.
cdef int carried_param(const Context *c, const char *name, uint32_t n) noexcept nogil

# The resolved form, or the raw one where there is none.
cdef inline const Line *argument_shown(const Argument *a) noexcept nogil:
    return &a.resolved if a.resolved.n else &a.raw


# A parameter that Falco takes for missing text: empty, or "(NULL)" in old captures. It reads as "<NA>".
cdef bint text_missing(const ParamInfo *info, Bytes value) noexcept nogil

# A text parameter up to its NUL; "<NA>" where it is missing.
cdef Bytes param_text(const Context *c, uint32_t i) noexcept nogil

# A number out of a parameter, by the size of its type. False where the parameter is shorter.
cdef bint signed_number(Bytes value, uint32_t size, int64_t *number) noexcept nogil

# The bytes of a number of this type (PT_*), 0 for types that are no numbers.
cdef uint32_t number_size(int kind) noexcept nogil
cdef bint number_signed(int kind) noexcept nogil

# The thread of the event, also where the state did not put it there.
cdef Thread *event_thread(Context *c) noexcept nogil

# The directory that relative paths of a thread start from, "/" at its end.
cdef Bytes working_directory(Context *c, Thread *t) noexcept nogil

# The letter for a kind of descriptor: f, 4, u, ...; "?" for one that is not known.
cdef char fd_letter(const Fd *fd) noexcept nogil

# One of the 31 classic signals; p is NULL for any other number.
cdef Bytes signal_text(int64_t number) noexcept nogil
