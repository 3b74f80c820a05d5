"""Rows of containers, and how they are read from the description that a container event carries.

The description is a JSON object {"container": {...}} as Falco's container plugin writes it.
"""

from tiercel.events.event cimport Bytes
from tiercel.events.process cimport Container

cdef Container *container_new() noexcept nogil                         # empty; NULL where memory is short
cdef void container_free(Container *c) noexcept nogil
# NULL where it is no description of a container: what is there must be of the right type. Falco ignores the event, too.
cdef Container *container_read(Bytes data) noexcept with gil
