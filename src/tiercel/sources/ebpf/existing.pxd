"""What ran before the sensor. See `existing.pyx`."""

from libc.stdint cimport int64_t

from tiercel.events.state cimport State
from tiercel.sources.ebpf.residents cimport Residents

cdef object read_existing(State *s, object probe, int64_t boot_epoch_ns, Residents residents)
