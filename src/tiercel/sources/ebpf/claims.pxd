"""Whether the path that a process gave leads to the file that it opened. See `claims.pyx`."""

from libc.stdint cimport uint64_t

from tiercel.events.event cimport Event
from tiercel.events.file cimport FileFacts


cdef enum:
    KNOWN_CLAIMS = 4096


cdef struct Claims:
    uint64_t honest[KNOWN_CLAIMS]      # hashes of claims that were seen to lead to their files
    uint64_t since                     # the second in which `asked` is counted
    uint64_t asked
    FileFacts facts                    # of the event at hand, where they are another's than the record's
    uint64_t lies


# Marks the event's file where its name is a lie; of an event of an open that succeeded.
cdef void check_claim(Claims *k, Event *e) noexcept nogil
