"""Times and durations as text. Each function writes at most TIME_SIZE bytes, its NUL included, and returns the length."""

from libc.stdint cimport uint32_t, uint64_t

cdef enum:
    TIME_SIZE = 64

# "HH:MM:SS", in front the date, behind the nanoseconds where they are asked for; in the zone in which this machine is now.
cdef uint32_t write_clock(char *to, uint64_t ns, bint date, bint fraction) noexcept nogil

# "2024-05-06T07:08:09.123456789+0000".
cdef uint32_t write_iso8601(char *to, uint64_t ns) noexcept nogil

# A time that a call carries: date, clock and nanoseconds, in the zone of that day.
cdef uint32_t write_timestamp(char *to, uint64_t ns) noexcept nogil

# Seconds with six digits that count, as "%lgs" prints them: "0.0001s", "1.5s", "1e+06s".
cdef uint32_t write_duration(char *to, uint64_t ns) noexcept nogil
