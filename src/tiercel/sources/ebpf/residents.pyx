"""Users and groups of containers: read out of a container's own files when the first program runs in it, dropped when the
container is gone.

A container's first thread is in its control groups before it is in its root directory; so only a process that has a mount
namespace of its own is taken for one.
"""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from tiercel.events.event cimport Bytes
from tiercel.events.idmap cimport idmap_free, idmap_get, idmap_init, idmap_put, idmap_take
from tiercel.events.process cimport Text, Thread
from tiercel.events.state cimport State, group_add, state_thread, user_add
from tiercel.events.text cimport text_clear, text_hash, text_init, text_set
from tiercel.events.users cimport group_drop, user_drop

import contextlib
import os

from tiercel.sources.ebpf import accounts

cdef enum:
    MOST_KNOWN = 256               # containers; above, it is looked which of them are still there


cdef inline Bytes view(bytes value):
    cdef Bytes b
    b.p = value
    b.n = <uint32_t> len(value)
    return b


cdef inline int64_t key_of(const char *p, uint32_t n) noexcept nogil:
    return <int64_t> text_hash(p, n, 0)


def _host_mount_namespace():
    for path in ("/proc/1/ns/mnt", "/proc/self/ns/mnt"):
        with contextlib.suppress(OSError):
            return os.stat(path).st_ino
    return 0


cdef class Residents:
    def __init__(self):
        self.ready = idmap_init(&self.seen)
        self.waiting_tid = -1
        self.host_mntns = <uint32_t> _host_mount_namespace()
        self.known = {}
        self.most = MOST_KNOWN

    def __dealloc__(self):
        if self.ready:
            idmap_free(&self.seen)

    cdef bint is_new(self, const Thread *t) noexcept nogil:
        # A thread that has just begun a program: whether it is of a container that was not seen before.
        cdef int64_t key
        if t.container_id.n == 0 or not self.ready or t.facts.mntns == 0 or t.facts.mntns == self.host_mntns:
            return False
        key = key_of(t.container_id.p, t.container_id.n)
        if idmap_get(&self.seen, key) != NULL:
            return False
        idmap_put(&self.seen, key, <void *> 1)
        self.waiting_tid = t.tid
        return True

    cdef read(self, State *s):
        """Of the container that is_new() found."""
        cdef Thread *t = state_thread(s, self.waiting_tid)
        self.waiting_tid = -1
        if t == NULL or t.container_id.n == 0:
            return
        container = t.container_id.p[: t.container_id.n]
        found = accounts.of_container(t.pid)
        if found is None:
            # Too early, or too late for this process: the next one will do.
            idmap_take(&self.seen, key_of(t.container_id.p, t.container_id.n))
            return
        self.put(s, container, found)
        if len(self.known) > self.most:
            self.sweep(s)
            self.most = max(MOST_KNOWN, 2 * len(self.known))

    cdef put(self, State *s, bytes container, object found):
        cdef Text id
        text_init(&id)
        text_set(&id, container, <uint32_t> len(container))
        for name, uid, gid, home, shell in found.users:
            user_add(s, &id, uid, gid, view(name), view(home), view(shell))
        for name, gid in found.groups:
            group_add(s, &id, gid, view(name))
        text_clear(&id)
        idmap_put(&self.seen, key_of(container, <uint32_t> len(container)), <void *> 1)
        self.known[container] = ([row[1] for row in found.users], [row[1] for row in found.groups])

    cdef sweep(self, State *s):
        # Drops what containers without threads had. It costs a walk over all threads: done when containers have doubled.
        cdef uint32_t i
        cdef Thread *t
        cdef Text id
        living = set()
        for i in range(s.threads.mask + 1):
            t = <Thread *> s.threads.slots[i].row
            if t != NULL and t.container_id.n and t.tid == t.pid:
                living.add(t.container_id.p[: t.container_id.n])
        for container in [c for c in self.known if c not in living]:
            text_init(&id)
            text_set(&id, container, <uint32_t> len(container))
            users, groups = self.known.pop(container)
            for number in users:
                user_drop(s, &id, number)
            for number in groups:
                group_drop(s, &id, number)
            text_clear(&id)
            idmap_take(&self.seen, key_of(container, <uint32_t> len(container)))
