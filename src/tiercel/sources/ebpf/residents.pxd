"""Users of containers. See `residents.pyx`."""

from libc.stdint cimport int64_t, uint32_t

from tiercel.events.idmap cimport IdMap
from tiercel.events.process cimport Thread
from tiercel.events.state cimport State


cdef class Residents:
    cdef IdMap seen                # by a hash of the container's id: whose files were read, or are about to be
    cdef bint ready                # there is memory for it
    cdef int64_t waiting_tid       # of a container whose files are to be read, -1 where none is
    cdef uint32_t host_mntns
    cdef size_t most               # containers at which it is looked which are gone
    cdef dict known                # numbers of users and groups by container, to be dropped with it

    cdef bint is_new(self, const Thread *t) noexcept nogil
    cdef read(self, State *s)
    cdef put(self, State *s, bytes container, object found)
    cdef sweep(self, State *s)
