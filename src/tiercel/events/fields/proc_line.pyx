"""Command lines and environments."""

from libc.stdint cimport int64_t, uint32_t
from libc.string cimport memchr, memcmp, memcpy

from tiercel.events.event cimport Bytes
from tiercel.events.fields.field cimport Context, arena_alloc
from tiercel.events.process cimport Text, Thread
from tiercel.events.state cimport State, state_main_thread
from tiercel.events.text cimport text_room


cdef inline void join_into(char *to, const Text *list) noexcept nogil:
    # All but the last NUL of the list, the NULs between the pieces turned into spaces.
    cdef uint32_t i
    memcpy(to, list.p, list.n - 1)
    for i in range(list.n - 1):
        if to[i] == 0:
            to[i] = c' '


cdef Bytes command_line(Thread *t) noexcept nogil:
    cdef char *p
    if t.args.n == 0:
        return text_view(&t.comm)
    if t.cmdline.n == 0:
        p = text_room(&t.cmdline, t.comm.n + t.args.n)
        if p == NULL:
            return text_view(&t.comm)
        if t.comm.n:
            memcpy(p, t.comm.p, t.comm.n)
        p[t.comm.n] = c' '
        join_into(p + t.comm.n + 1, &t.args)
    return view(t.cmdline.p, t.cmdline.n)


cdef Bytes arguments(Thread *t) noexcept nogil:
    cdef Bytes line
    if t.args.n == 0:
        return view(b"", 0)
    line = command_line(t)
    if line.n <= t.comm.n:
        return view(b"", 0)      # no memory for the joined line
    return view(line.p + t.comm.n + 1, line.n - t.comm.n - 1)


cdef Bytes piece(const Text *list, int64_t i) noexcept nogil:
    cdef const char *at = list.p
    cdef const char *end
    cdef const char *stop
    if at == NULL or i < 0:
        return view(NULL, 0)
    end = at + list.n
    while at < end:
        stop = <const char *> memchr(at, 0, end - at)
        if stop == NULL:
            stop = end
        if i == 0:
            return view(at, <uint32_t> (stop - at))
        i -= 1
        at = stop + 1
    return view(NULL, 0)


cdef Bytes joined(Context *c, const Text *list) noexcept nogil:
    cdef char *p
    if list.p == NULL or list.n == 0:
        return view(b"", 0)
    p = arena_alloc(c, list.n)
    if p == NULL:
        return view(NULL, 0)
    join_into(p, list)
    return view(p, list.n - 1)


cdef Text *environment(State *s, Thread *t) noexcept nogil:
    cdef Thread *main = state_main_thread(s, t)
    return &main.env if main != NULL else &t.env


cdef Bytes variable(const Text *env, const char *name, uint32_t n) noexcept nogil:
    cdef const char *at = env.p
    cdef const char *end
    cdef const char *stop
    cdef const char *last
    if at == NULL:
        return view(b"", 0)
    end = at + env.n
    while at < end:
        stop = <const char *> memchr(at, 0, end - at)
        if stop == NULL:
            stop = end
        if stop - at > <int64_t> n + 1 and at[n] == c'=' and memcmp(at, name, n) == 0:
            at += n + 1
            while at < stop and at[0] == c' ':
                at += 1
            last = stop
            while last > at and (last - 1)[0] == c' ':
                last -= 1
            return view(at, <uint32_t> (last - at))
        at = stop + 1
    return view(b"", 0)
