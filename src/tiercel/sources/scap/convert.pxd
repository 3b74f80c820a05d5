"""Events of old captures, turned into events of today."""

from libc.stdint cimport uint8_t, uint16_t, uint32_t

from tiercel.events.codes cimport N_EVENTS
from tiercel.events.event cimport Event
from tiercel.sources.scap.enters cimport Enters


# What becomes of a type's events before they are numbered.
cdef enum Way:
    AS_IT_IS = 0
    DROPPED = 1
    CONVERTED_UNLESS_WHOLE = 2     # an exit event: as it is where all of its parameters are there
    CONVERTED = 3
    ENDS_THREAD = 4                # as it is, and what is kept for its thread is forgotten


cdef struct Shape:
    uint8_t way
    uint8_t nparams
    uint8_t length_bytes           # of a parameter's length
    uint8_t meta                   # told by Falco itself, not by the kernel


cdef Shape[N_EVENTS] shapes


cdef struct Scratch:
    char *p
    size_t capacity


cdef enum Outcome:
    DROP = 0          # no event, no number
    SKIP = 1          # an event, but nobody wants it: e.type is right, its parameters are not
    GIVE = 2          # e.type, e.nparams, e.params are those of today
    UNHEARD_OF = 3    # no such type with so many parameters was ever written


# `e` with type, tid, nparams and params set, and shapes[e.type].way CONVERTED...; parameters then point to where they
# did, into the table of enter events, or into the scratch: good until the next call.
cdef Outcome convert(Enters *enters, Scratch *scratch, Event *e, const uint8_t *wanted) noexcept nogil
