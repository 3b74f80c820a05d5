"""The state that events move: threads, descriptors, users, containers. Opaque here; see `state.pyx` for how it works.

    state_enter(state, event)   before the rules look: fills event.thread, event.fd, ..., moves the state
    state_leave(state, event)   after they looked: drops what the event ended (closed descriptors, exited threads)

What an exit event removes stays readable between the two.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from tiercel.events.event cimport Bytes, Event
from tiercel.events.process cimport Container, Fd, FdTable, Group, Text, Thread, User


cdef struct Interface4:
    uint8_t addr[4]
    uint8_t netmask[4]


cdef struct State:
    # machine, from a capture's head or the live system
    uint64_t boot_ts_ns
    uint32_t num_cpus
    uint64_t memory_bytes
    Text hostname
    bint capture             # events come from a file: nothing is asked of /proc
    # tables; state.pyx and the modules it names own their layout
    void *threads
    void *users
    void *containers
    void *interfaces
    uint64_t n_threads
    # what the event now being judged ends
    int64_t leaving_tid
    int64_t leaving_fd


cdef State *state_new() except NULL
cdef void state_free(State *s) noexcept
cdef void state_enter(State *s, Event *e) noexcept nogil
cdef void state_leave(State *s, Event *e) noexcept nogil

# Which event types the state needs to see, one byte a type: a source skips the others unless a rule wants them.
cdef const uint8_t *state_wanted() noexcept nogil

# Look-ups. NULL where there is none.
cdef Thread *state_thread(State *s, int64_t tid) noexcept nogil
cdef Thread *state_main_thread(State *s, Thread *t) noexcept nogil
cdef Thread *state_parent(State *s, Thread *t) noexcept nogil        # get_thread(ptid), as Falco's proc.p* fields walk
cdef FdTable *state_fds(State *s, Thread *t) noexcept nogil          # of the thread's process
cdef Fd *state_fd(State *s, Thread *t, int64_t num) noexcept nogil
cdef User *state_user(State *s, const Text *container_id, uint32_t uid) noexcept nogil
cdef Group *state_group(State *s, const Text *container_id, uint32_t gid) noexcept nogil
cdef Container *state_container(State *s, const Text *id) noexcept nogil

# For sources that bring tables (a capture's head, the live system's iterators). Rows are made empty, filled by the
# caller (text_set for strings), and then handed over.
cdef Thread *thread_new() noexcept nogil
cdef void thread_add(State *s, Thread *t) noexcept nogil             # takes it over; finds container, group, parent
cdef Fd *fd_new() noexcept nogil
cdef void fd_add(State *s, int64_t tid, Fd *fd) noexcept nogil       # takes it over; drops it where tid is unknown
cdef void user_add(State *s, const Text *container_id, uint32_t uid, uint32_t gid, Bytes name, Bytes home, Bytes shell) noexcept nogil
cdef void group_add(State *s, const Text *container_id, uint32_t gid, Bytes name) noexcept nogil
cdef void interface_add(State *s, Bytes name, int family, Bytes addr, Bytes netmask) noexcept nogil
cdef void tables_done(State *s) noexcept nogil                       # all of the head was added: link parents, fix sockets
