"""Containers: which one a thread is in, by its cgroups, and what events told about it.

As Falco's container plugin 0.7 does it when a capture is replayed: ids come from cgroup paths (podman, docker, CRI runtimes,
containerd, lxc, libvirt, bpm, tried in this order), what is known of a container from "container" events.
"""

from tiercel.events.event cimport Bytes
from tiercel.events.process cimport Container, Text, Thread
from tiercel.events.state cimport State


cdef enum ContainerType:
    CT_DOCKER = 0
    CT_LXC = 1
    CT_LIBVIRT_LXC = 2
    CT_MESOS = 3
    CT_RKT = 4
    CT_CUSTOM = 5
    CT_CRI = 6
    CT_CONTAINERD = 7
    CT_CRIO = 8
    CT_BPM = 9
    CT_STATIC = 10
    CT_PODMAN = 11
    CT_HOST = 0xFFFE
    CT_UNKNOWN = 0xFFFF

cdef enum:
    # Thread.health
    HEALTH_NONE = 0
    HEALTH_CHECK = 1
    HEALTH_LIVENESS = 2
    HEALTH_READINESS = 3
    HEALTH_CONTAINER = 4         # a process of a container that is no probe


cdef Container *container_find(State *s, const Text *id) noexcept nogil
cdef bint containers_init(State *s) noexcept nogil                     # knows the host; False where memory is short
cdef void containers_free(State *s) noexcept nogil

# The thread's cgroups from an event or a table: strings that end in NUL each, as "subsystem=path".
cdef void cgroups_set(Thread *t, Bytes list) noexcept nogil
# A process started, or is known from a capture's head: finds its container and whether it is a probe.
cdef void container_attach(State *s, Thread *t) noexcept nogil

# An event that tells of a container, or that one is gone.
cdef void container_told(State *s, Bytes json, bint gone) noexcept nogil
cdef void container_untold(State *s) noexcept nogil                    # that event is over
