"""When an event was: evt.time, evt.datetime, evt.rawtime, evt.reltime, evt.deltatime, evt.around.

The texts are what conditions compare. An output in JSON has the nanoseconds since the epoch in their place
(`tiercel.events.fields.printing`).
"""

from libc.stdint cimport uint32_t, uint64_t

from tiercel.events.fields.field cimport (
    Arg, Context, Out, arena_alloc, put_string, put_uint, register,
)
from tiercel.events.fields.times cimport TIME_SIZE, write_clock, write_iso8601

cdef enum:
    SECOND = 1000000000
    MILLISECOND = 1000000


cdef inline bint put_clock(Context *c, Out *out, bint date, bint fraction) noexcept nogil:
    cdef char *to = arena_alloc(c, TIME_SIZE)
    return to != NULL and put_string(out, to, write_clock(to, c.event.ts, date, fraction))


cdef bint evt_time(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_clock(c, out, False, True)


cdef bint evt_time_s(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_clock(c, out, False, False)


cdef bint evt_datetime(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_clock(c, out, True, True)


cdef bint evt_datetime_s(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_clock(c, out, True, False)


cdef bint evt_time_iso8601(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef char *to = arena_alloc(c, TIME_SIZE)
    return to != NULL and put_string(out, to, write_iso8601(to, c.event.ts))


cdef bint evt_rawtime(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, c.event.ts)


cdef bint evt_rawtime_s(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, c.event.ts // SECOND)


cdef bint evt_rawtime_ns(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, c.event.ts % SECOND)


# Since the source's first event of a system call: 0 stands for it until it comes, so that what is before it (the
# processes' state in old captures) counts from the epoch.

cdef inline uint64_t since_first(const Context *c) noexcept nogil:
    return c.event.ts - c.event.first_ts


cdef bint evt_reltime(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, since_first(c))


cdef bint evt_reltime_s(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, since_first(c) // SECOND)


cdef bint evt_reltime_ns(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, since_first(c) % SECOND)


cdef inline uint64_t since_last(const Context *c) noexcept nogil:
    return c.event.ts - c.event.prev_ts if c.event.prev_ts else 0


cdef bint evt_deltatime(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, since_last(c))


cdef bint evt_deltatime_s(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, since_last(c) // SECOND)


cdef bint evt_deltatime_ns(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, since_last(c) % SECOND)


# Calls have no enter events any more that a latency could be taken from: Falco 0.44 has these for old rules' sake.

cdef bint evt_latency(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, 0)


cdef bint evt_latency_human(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_string(out, b"0ns", 3)


cdef bint evt_around(Context *c, const Arg *a, Out *out) noexcept nogil:
    """How far the event is from the time in the argument (ns since the epoch), in ms, rounded up.

    `evt.around[T] = D` holds where this is at most D.
    """
    cdef uint64_t ts = c.event.ts
    cdef uint64_t given = 0
    cdef uint64_t apart
    cdef uint32_t i
    if a.n == 0 or a.n > 20:
        return False
    for i in range(a.n):
        if not c'0' <= a.text[i] <= c'9':
            return False
        given = given * 10 + <uint64_t> (a.text[i] - c'0')
    apart = ts - given if ts > given else given - ts
    return put_uint(out, apart // MILLISECOND + (1 if apart % MILLISECOND else 0))


register("evt.time", evt_time)
register("evt.time.s", evt_time_s)
register("evt.time.iso8601", evt_time_iso8601)
register("evt.datetime", evt_datetime)
register("evt.datetime.s", evt_datetime_s)
register("evt.outputtime", evt_time)
register("evt.rawtime", evt_rawtime)
register("evt.rawtime.s", evt_rawtime_s)
register("evt.rawtime.ns", evt_rawtime_ns)
register("evt.reltime", evt_reltime)
register("evt.reltime.s", evt_reltime_s)
register("evt.reltime.ns", evt_reltime_ns)
register("evt.deltatime", evt_deltatime)
register("evt.deltatime.s", evt_deltatime_s)
register("evt.deltatime.ns", evt_deltatime_ns)
register("evt.latency", evt_latency)
register("evt.latency.s", evt_latency)
register("evt.latency.ns", evt_latency)
register("evt.latency.quantized", evt_latency)
register("evt.latency.human", evt_latency_human)
register("evt.wait_latency", evt_latency)
register("evt.around", evt_around)
