"""Records of the probe turned into events. See `decode.pyx`."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.event cimport MAX_PARAMS, Bytes, Event, Told
from tiercel.sources.ebpf.records cimport PART_KINDS, Part, Record


cdef enum:
    PLACES = 7                 # arguments, the result, and the descriptor in a structure
    DECODE_ROOM = 98304        # bytes that one event's parameters may need besides the record's own


cdef struct Step:
    # How one parameter is made.
    uint8_t getter             # Getter, decode.pyx
    uint8_t place              # an argument, or OF_RESULT
    uint8_t size               # bytes of a number; 0 of bytes
    uint8_t table              # translation of flags, 0 for none
    uint16_t offset            # in a structure
    uint16_t width             # of the number there
    uint8_t when               # When
    int64_t constant           # where `when` does not hold, the number to tell


cdef enum When:
    ALWAYS = 0
    SUCCEEDED = 1
    UNDER_WAY = 2              # succeeded, or EINPROGRESS


cdef struct Form:
    uint16_t type              # event type; 0 where there is none
    uint16_t n_steps
    Step steps[MAX_PARAMS]


cdef struct Parts:
    # Of the record at hand, NULL where there is none.
    const Part *of[PART_KINDS][PLACES + 1]


cdef struct Decoding:
    const Record *record
    Parts parts
    char *room                 # DECODE_ROOM bytes
    uint32_t used
    Told told                  # what the event's `told` points to
    int64_t boot_epoch_ns      # what to add to the machine's own time


cdef bint decode(Decoding *d, const char *record, uint32_t size, Event *e) noexcept nogil
cdef bint read_parts(Decoding *d, const char *record, uint32_t size) noexcept nogil
cdef inline const char *part_bytes(const Part *p) noexcept nogil:
    return <const char *> p + sizeof(Part)


cdef inline char *room_for(Decoding *d, uint32_t n) noexcept nogil:
    cdef char *p
    if n > <uint32_t> DECODE_ROOM - d.used:
        return NULL
    p = d.room + d.used
    d.used += (n + 7) & ~7
    return p


cdef inline void whole(Bytes *to, const Part *p) noexcept nogil:
    if p != NULL and p.size:
        to.p = part_bytes(p)
        to.n = p.size


cdef inline uint64_t number_at(const Part *p, uint32_t offset, uint32_t width) noexcept nogil:
    cdef uint64_t v = 0
    if p != NULL and width <= 8 and offset + width <= p.size:
        memcpy(&v, part_bytes(p) + offset, width)
    return v


cdef inline bint failed(const Record *r) noexcept nogil:
    # Addresses that mmap(2) returns may look negative, but none of the last page's.
    return -4096 < r.result < 0
