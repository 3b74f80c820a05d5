"""Records of processes turned into events. See `process_decode.pyx`."""

from libc.stdint cimport uint16_t

from tiercel.events.event cimport Bytes, Event
from tiercel.events.process cimport Facts
from tiercel.sources.ebpf.decode cimport Decoding
from tiercel.sources.ebpf.records cimport ProcessFacts

# A record of the scheduler's tracepoints, its parts found. False where it tells of no event.
cdef bint decode_process(Decoding *d, Event *e) noexcept nogil
# What a thread's row has beside its event's parameters.
cdef void facts_of(Decoding *d, Facts *to, const ProcessFacts *p) noexcept nogil
# What the record has of control groups: "subsystem=path" each, in the decoding's room.
cdef Bytes cgroup_lines(Decoding *d) noexcept nogil
# A call that makes a process, as its caller saw it; or one that failed to begin a program.
cdef bint decode_process_call(Decoding *d, Event *e, uint16_t type) noexcept nogil
