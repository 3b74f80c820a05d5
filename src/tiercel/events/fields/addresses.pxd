"""Socket addresses in parameters, as text."""

from tiercel.events.event cimport Bytes
from tiercel.events.fields.line cimport Line

# PT_SOCKADDR: the family (1 byte), then an address and a port, or a path.
cdef void line_address(Line *l, Bytes v) noexcept nogil

# PT_SOCKTUPLE: the family, then both ends, address and port each; or two addresses in the kernel and a path.
cdef void line_tuple(Line *l, Bytes v) noexcept nogil
