"""A process's command line and environment, as one string or piece by piece."""

from libc.stdint cimport int64_t, uint32_t

from tiercel.events.event cimport Bytes
from tiercel.events.fields.field cimport Arg, Context
from tiercel.events.process cimport Text, Thread
from tiercel.events.state cimport State

cdef inline Bytes view(const char *p, uint32_t n) noexcept nogil:
    cdef Bytes b
    b.p = p
    b.n = n
    return b


cdef inline Bytes text_view(const Text *t) noexcept nogil:
    return view(t.p, t.n) if t.p != NULL else view(b"", 0)


cdef inline bint asks_by_name(const Arg *a) noexcept nogil:
    # An argument that is no row of digits: proc.env[PATH].
    cdef uint32_t i
    for i in range(a.n):
        if not c'0' <= a.text[i] <= c'9':
            return True
    return False


# The command line: comm and the arguments with a space before each. Kept in the row until comm or arguments change, so
# that rules which look at it on every event read a view. Never with p == NULL.
cdef Bytes command_line(Thread *t) noexcept nogil

# The arguments joined by spaces: the tail of the command line.
cdef Bytes arguments(Thread *t) noexcept nogil

# Piece `i` of a row's list of strings; p is NULL where there are fewer.
cdef Bytes piece(const Text *list, int64_t i) noexcept nogil

# The pieces of a list joined by spaces, in the context's arena. p is NULL where there is no memory left.
cdef Bytes joined(Context *c, const Text *list) noexcept nogil

# The environment belongs to the process: a thread's is its main thread's.
cdef Text *environment(State *s, Thread *t) noexcept nogil

# What a variable is set to, without the spaces around it; "" where it is not set. The first setting counts.
cdef Bytes variable(const Text *env, const char *name, uint32_t n) noexcept nogil
