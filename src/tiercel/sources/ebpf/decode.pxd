"""Records of the probe turned into events. See `decode.pyx`."""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from tiercel.events.event cimport MAX_PARAMS, Bytes, Event, Told
from tiercel.sources.ebpf.records cimport PART_KINDS, Part, Record


cdef enum:
    PLACES = 7                 # arguments, and the result
    DECODE_ROOM = 98304        # bytes that one event's parameters may need besides the record's own


cdef struct Step:
    # How one parameter is made.
    uint8_t getter             # Getter, decode.pyx
    uint8_t place              # an argument, or OF_RESULT
    uint8_t size               # bytes of a number; 0 of bytes
    uint8_t table              # translation of flags, 0 for none
    uint16_t offset            # in a structure
    uint16_t width             # of the number there
    int64_t constant


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
