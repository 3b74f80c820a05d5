"""Events as blocks of a capture: the other way round of `reader.pyx`.

What the live sensor knows of a file beside the event's parameters (its true path, what the kernel says of it) goes behind the
event, within the block, as options of our own. Falco, sysdig and others read the event, and skip what is behind it.
"""

from libc.stddef cimport size_t
from libc.stdint cimport uint16_t, uint64_t
from libc.string cimport memcpy

from tiercel.events.codes cimport EF_CONVERTER_MANAGED, EF_LARGE_PAYLOAD
from tiercel.events.event cimport MAX_PARAMS
from tiercel.events.file cimport FileFacts
from tiercel.events.layout cimport event_flags, event_nparams
from tiercel.sources.scap.blocks cimport (
    EVENT_FLAGS_LARGE, EVENT_FLAGS_V2, EVENT_HEADER, EVENT_LARGE, EVENT_V2, MAX_BLOCK, MAX_SMALL_EVENT, OPTION_FILE,
    OPTION_HEADER, OPTION_TRUE_PATH,
)
from tiercel.sources.scap.buffer cimport block_begin, block_end, buffer_take, put16, put32, put_bytes

cdef enum:
    MAX_SHORT = 65535            # what a length of two bytes can say
    ROOM = 64                    # around a block's parameters: headers, padding
    LONGEST_PATH = 4096
    MAX_TRUTH = LONGEST_PATH + 128 + 2 * OPTION_HEADER   # of the options behind an event

cdef const char *zeros = b"\0\0\0"


cdef inline uint32_t params_of(const Event *e) noexcept nogil:
    # Of types that readers convert by their number of parameters, all: those that are missing are empty.
    cdef uint32_t n = min(e.nparams, <uint32_t> MAX_PARAMS)
    if event_flags(e.type) & EF_CONVERTER_MANAGED and n < event_nparams(e.type):
        n = min(event_nparams(e.type), <uint32_t> MAX_PARAMS)
    return n


cdef void put_option(Buffer *b, uint16_t code, const char *p, uint32_t n) noexcept nogil:
    put16(b, code)
    put16(b, <uint16_t> n)
    put_bytes(b, p, n)
    put_bytes(b, zeros, -n & 3)


cdef void fit(const Event *e, uint32_t *sizes, uint32_t n, uint64_t most, uint64_t longest) noexcept nogil:
    # Cuts the longest parameters until all together are no longer than `most`.
    cdef uint64_t total = 0, over
    cdef uint32_t i, k
    for i in range(n):
        if sizes[i] > longest:
            sizes[i] = <uint32_t> longest
        total += sizes[i]
    while total > most:
        k = 0
        for i in range(n):
            if sizes[i] > sizes[k]:
                k = i
        over = min(total - most, <uint64_t> sizes[k])
        sizes[k] -= <uint32_t> over
        total -= over


cdef void write_event(Buffer *b, const Event *e, uint32_t flags) noexcept nogil:
    cdef bint large = event_flags(e.type) & EF_LARGE_PAYLOAD != 0
    cdef uint32_t n = params_of(e), i
    cdef uint32_t width = 4 if large else 2
    cdef uint32_t[MAX_PARAMS] sizes
    cdef uint64_t total = 0, most = (MAX_BLOCK if large else MAX_SMALL_EVENT) - ROOM - width * n
    cdef size_t start
    cdef char *to
    cdef bint told = e.true_path.p != NULL or e.file != NULL
    if told:
        most -= MAX_TRUTH
    for i in range(n):
        sizes[i] = e.params[i].n if i < e.nparams else 0
        total += sizes[i]
    if total > most:
        fit(e, sizes, n, most, most if large else <uint64_t> MAX_SHORT)
        total = 0
        for i in range(n):
            total += sizes[i]
    if flags:
        start = block_begin(b, EVENT_FLAGS_LARGE if large else EVENT_FLAGS_V2)
        put16(b, e.cpu)
        put32(b, flags)
    else:
        start = block_begin(b, EVENT_LARGE if large else EVENT_V2)
        put16(b, e.cpu)
    to = buffer_take(b, EVENT_HEADER + width * n + total)
    if to == NULL:
        return
    memcpy(to, &e.ts, 8)
    memcpy(to + 8, &e.tid, 8)
    total += EVENT_HEADER + width * n
    memcpy(to + 16, &total, 4)
    memcpy(to + 20, &e.type, 2)
    memcpy(to + 22, &n, 4)
    to += EVENT_HEADER
    for i in range(n):
        memcpy(to, &sizes[i], width)
        to += width
    for i in range(n):
        if sizes[i]:
            memcpy(to, e.params[i].p, sizes[i])
            to += sizes[i]
            # A string that was cut ends as it did.
            if sizes[i] < e.params[i].n and e.params[i].p[e.params[i].n - 1] == 0:
                (to - 1)[0] = 0
    if told:
        put_bytes(b, zeros, -(b.n - start) & 3)
        if e.true_path.p != NULL:
            put_option(b, OPTION_TRUE_PATH, e.true_path.p, min(e.true_path.n, <uint32_t> LONGEST_PATH))
        if e.file != NULL:
            put_option(b, OPTION_FILE, <const char *> e.file, sizeof(FileFacts))
    block_end(b, start)
