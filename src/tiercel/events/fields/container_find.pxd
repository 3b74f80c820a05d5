"""The container that an event is about, for fields of containers and of the pods they are in."""

from libc.stdint cimport uint32_t

from tiercel.events.event cimport Bytes
from tiercel.events.fields.field cimport Context, Out
from tiercel.events.process cimport Container, Pair

cdef enum:
    SHORT_ID = 12            # characters of an id that are shown

# The container that the event tells of, or else the one that its thread runs in; "host" is one, too. NULL where the
# thread is not known, or where nothing but its container's id is.
cdef Container *container_of(const Context *c) noexcept nogil

# The pod's own container, by the id in another's record. NULL where it is not known.
cdef Container *sandbox_of(Context *c, const Container *box) noexcept nogil

# The value of a label; p is NULL where the container has none of that name.
cdef Bytes label(const Pair *labels, uint32_t n, const char *key, uint32_t n_key) noexcept nogil

# All labels as "key:value, key:value", sorted by key, without those that Kubernetes sets for itself.
cdef bint put_labels(Context *c, const Pair *labels, uint32_t n, Out *out) noexcept nogil
