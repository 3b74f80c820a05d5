"""Times and durations as text, as Falco prints them.

`evt.time` and its kin are in the local zone with the offset that holds *now*, not the one of the event's day: so does
libs 0.25.4, and alerts of one run then share one offset. ISO 8601 is in UTC.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.stdio cimport snprintf

cdef extern from "time.h" nogil:
    ctypedef long time_t
    cdef struct tm:
        int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_yday
        long tm_gmtoff
    time_t time(time_t *t)
    tm *localtime_r(const time_t *t, tm *result)
    tm *gmtime_r(const time_t *t, tm *result)

cdef enum:
    SECOND = 1000000000
    DAY = 86400


cdef int64_t offset_now() noexcept nogil:
    # Seconds east of Greenwich, whole minutes.
    cdef time_t now = time(NULL)
    cdef tm local
    if localtime_r(&now, &local) == NULL:
        return 0
    return local.tm_gmtoff // 60 * 60


cdef uint32_t write_clock(char *to, uint64_t ns, bint date, bint fraction) noexcept nogil:
    cdef uint64_t local = ns // SECOND + <uint64_t> offset_now()
    cdef int s = <int> (local % DAY)
    cdef time_t day = <time_t> (local - s)
    cdef tm t
    cdef int n = 0
    if date:
        if gmtime_r(&day, &t) == NULL:
            n = snprintf(to, TIME_SIZE, b"<date error> ")
        else:
            n = snprintf(to, TIME_SIZE, b"%04d-%02d-%02d ", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday)
    n += snprintf(to + n, TIME_SIZE - n, b"%02d:%02d:%02d", s // 3600, s % 3600 // 60, s % 60)
    if fraction:
        n += snprintf(to + n, TIME_SIZE - n, b".%09u", <unsigned int> (ns % SECOND))
    return <uint32_t> n


cdef inline uint32_t write_day(char *to, const tm *t, char between) noexcept nogil:
    return <uint32_t> snprintf(
        to, TIME_SIZE, b"%04d-%02d-%02d%c%02d:%02d:%02d",
        t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, between, t.tm_hour, t.tm_min, t.tm_sec,
    )


cdef uint32_t write_iso8601(char *to, uint64_t ns) noexcept nogil:
    cdef time_t seconds = <time_t> (ns // SECOND)
    cdef tm t
    cdef uint32_t n
    if gmtime_r(&seconds, &t) == NULL:
        to[0] = 0
        return 0
    n = write_day(to, &t, c'T')
    return n + snprintf(to + n, TIME_SIZE - n, b".%09u+0000", <unsigned int> (ns % SECOND))


cdef uint32_t write_timestamp(char *to, uint64_t ns) noexcept nogil:
    cdef time_t seconds = <time_t> (ns // SECOND)
    cdef tm t
    cdef uint32_t n
    if localtime_r(&seconds, &t) == NULL:
        to[0] = 0
        return 0
    n = write_day(to, &t, c' ')
    return n + snprintf(to + n, TIME_SIZE - n, b".%09u", <unsigned int> (ns % SECOND))


cdef uint32_t write_duration(char *to, uint64_t ns) noexcept nogil:
    return <uint32_t> snprintf(to, TIME_SIZE, b"%lgs", <double> ns / SECOND)


def clock(unsigned long long ns) -> str:
    """`evt.time`: "14:05:06.123456789" in the local zone. `ns` since the epoch, as everywhere here."""
    cdef char to[TIME_SIZE]
    return to[:write_clock(to, ns, False, True)].decode()


def clock_s(unsigned long long ns) -> str:
    """`evt.time.s`: "14:05:06"."""
    cdef char to[TIME_SIZE]
    return to[:write_clock(to, ns, False, False)].decode()


def date_clock(unsigned long long ns) -> str:
    """`evt.datetime`: "2024-05-06 14:05:06.123456789"."""
    cdef char to[TIME_SIZE]
    return to[:write_clock(to, ns, True, True)].decode()


def date_clock_s(unsigned long long ns) -> str:
    """`evt.datetime.s`: "2024-05-06 14:05:06"."""
    cdef char to[TIME_SIZE]
    return to[:write_clock(to, ns, True, False)].decode()


def iso8601(unsigned long long ns) -> str:
    """`evt.time.iso8601`: "2024-05-06T12:05:06.123456789+0000"."""
    cdef char to[TIME_SIZE]
    return to[:write_iso8601(to, ns)].decode()


def timestamp(unsigned long long ns) -> str:
    """A time among a call's arguments: local, with the offset of that day."""
    cdef char to[TIME_SIZE]
    return to[:write_timestamp(to, ns)].decode()


def duration(unsigned long long ns) -> str:
    """A duration among a call's arguments: "1.5s"."""
    cdef char to[TIME_SIZE]
    return to[:write_duration(to, ns)].decode()
