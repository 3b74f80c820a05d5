"""Which container a cgroup path belongs to."""

from libc.stdint cimport uint32_t


cdef struct Match:
    const char *id           # in the path
    uint32_t n
    int type                 # CT_* where the engine tells no more about it than that, else -1


# False where no engine knows the path: a process of the host.
cdef bint cgroup_match(const char *path, uint32_t n, Match *m) noexcept nogil
