"""What the kernel calls a file, beside what a process called it. See `truth.pyx`."""

from libc.stdint cimport uint8_t, uint32_t

from tiercel.events.codes cimport N_EVENTS
from tiercel.events.event cimport Bytes, Event
from tiercel.events.file cimport FileFacts
from tiercel.events.process cimport Fd, Text, Thread


cdef enum:
    MAX_EXCHANGES = 4


cdef struct Exchange:
    # A name that an event is about, as claimed and as it is.
    Text *claimed
    Text *actual


cdef uint8_t[N_EVENTS + 1] from_folder    # types whose paths start from the working directory, or a parameter's descriptor

cdef void fd_truth(Fd *fd, Bytes path, const FileFacts *facts) noexcept nogil
# Of the process's main thread, whose directory was just set to what was claimed.
cdef void cwd_truth(Thread *main, Bytes path) noexcept nogil

# The names of the event of which there are two; how many.
cdef uint32_t exchanges_of(const Event *e, Exchange *to) noexcept nogil


cdef inline bint may_have_two(const Event *e) noexcept nogil:
    # Whether exchanges_of() is worth a call: of nearly all events it is not.
    return (e.fd != NULL and e.fd.true_name.n != 0) or from_folder[e.type if e.type < N_EVENTS else N_EVENTS]


cdef inline void exchange(Exchange *pairs, uint32_t n) noexcept nogil:
    # Each name takes the other's place: fields that show the claim show the truth, until it is done again.
    cdef uint32_t i
    cdef Text t
    for i in range(n):
        t = pairs[i].claimed[0]
        pairs[i].claimed[0] = pairs[i].actual[0]
        pairs[i].actual[0] = t
