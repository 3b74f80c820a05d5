"""What events about processes carry alike: clone and exec name the program, its arguments, sizes and limits by the same
parameters, and a child has most of what its parent has."""

from tiercel.events.event cimport Bytes, Event
from tiercel.events.process cimport Text, Thread
from tiercel.events.state cimport State

# Parameters of clone, fork, vfork, clone3, execve and execveat on the way out.
cdef enum:
    P_EXE = 1
    P_ARGS = 2
    P_PID = 4
    P_PTID = 5
    P_FDLIMIT = 7
    P_PGFT_MAJ = 8
    P_VM_SWAP = 12
    P_COMM = 13
    P_CGROUPS = 14


cdef void list_set(Text *t, unsigned int *n, Bytes b) noexcept nogil     # strings parted by NULs
cdef void exe_set(Thread *t, const Event *e) noexcept nogil              # exe, comm, arguments
cdef void sizes_set(Thread *t, const Event *e) noexcept nogil            # fdlimit, page faults, memory
cdef void cgroups_told(Thread *t, const Event *e) noexcept nogil
cdef void inherit(Thread *child, const Thread *of) noexcept nogil        # what stays over a fork
cdef void inherit_process(State *s, Thread *child, Thread *of) noexcept nogil    # directory, environment, descriptors
