"""The order in which Falco goes through a process's descriptors: fd.types lists them so.

Falco keeps them in a hash table of the C++ library, whose order follows from the order in which descriptors came and
went. Here that order is a list of their numbers. It is kept only where a rule asks for it (State.fd_order): it costs a
walk over the list for every descriptor that comes or goes.
"""

from libc.stdint cimport int64_t, uint32_t

from tiercel.events.process cimport FdOrder

cdef FdOrder *order_new() noexcept nogil                               # NULL where memory is short
cdef void order_free(FdOrder *o) noexcept nogil
# One that is not in it. False where memory is short.
cdef bint order_insert(FdOrder *o, int64_t num) noexcept nogil
cdef void order_erase(FdOrder *o, int64_t num) noexcept nogil


cdef inline int64_t order_at(const FdOrder *o, uint32_t i) noexcept nogil:
    # The i-th that Falco sees: the list is kept back to front.
    return o.nums[o.n - 1 - i]
