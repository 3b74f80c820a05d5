"""Users and groups by container and number: of the host (container "") and of containers that told theirs.

As Falco replays a capture: root is known to every host; what an event says of a container's users only changes users that
are known already; users whose name begins with "+" or "-" (NIS) are not taken in.
"""

from libc.stdint cimport uint32_t

from tiercel.events.event cimport Bytes
from tiercel.events.process cimport Group, Text, User
from tiercel.events.state cimport State

cdef User *user_find(State *s, const Text *container_id, uint32_t uid) noexcept nogil
cdef Group *group_find(State *s, const Text *container_id, uint32_t gid) noexcept nogil
cdef void user_put(
    State *s, const Text *container_id, uint32_t uid, uint32_t gid, Bytes name, Bytes home, Bytes shell
) noexcept nogil
cdef void group_put(State *s, const Text *container_id, uint32_t gid, Bytes name) noexcept nogil
cdef void user_drop(State *s, const Text *container_id, uint32_t uid) noexcept nogil
cdef void group_drop(State *s, const Text *container_id, uint32_t gid) noexcept nogil
cdef void users_seen(State *s, uint32_t uid, uint32_t gid) noexcept nogil   # a thread of the host runs as these
cdef void users_free(State *s) noexcept nogil

# To walk over all, in no order: one of both is NULL.
ctypedef void (*PersonSeen)(void *to, const Text *container_id, const User *user, const Group *group) noexcept nogil
cdef void users_walk(State *s, PersonSeen seen, void *to) noexcept nogil
