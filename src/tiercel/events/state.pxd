"""The state that events move: threads, descriptors, users, containers. See `state.pyx` for how it works.

    state_enter(state, event)   before the rules look: fills event.thread, event.fd, ..., moves the state
    state_leave(state, event)   after they looked: drops what the event ended (closed descriptors, exited threads)

What an exit event removes stays readable between the two. So do all rows that an event was given, and all rows looked up
while it was judged.
"""

from libc.stdint cimport int16_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from tiercel.events.event cimport Bytes, Event
from tiercel.events.idmap cimport IdMap
from tiercel.events.process cimport Container, Fd, FdTable, Group, Text, Thread, User


cdef enum:
    # Falco 0.44's own bounds.
    MAX_THREADS = 262144
    MAX_FDS = 4096               # of a process
    RECENT_EXITS = 8192
    MAX_ASKED = 64               # containers to ask about, between two looks of the source
    MAX_DENIED = 256


cdef enum Feature:
    # What only some fields show; see state_wanted_for().
    FEATURE_MEMORY = 1           # vmsize_kb, vmrss_kb, vmswap_kb, pfmajor, pfminor kept up between clone and exec
    FEATURE_CONNECTED = 2        # FD_SOCKET_CONNECTED set by reads and writes too
    FEATURE_FD_ORDER = 4         # FdTable.order; State.fd_order is to be set before the source begins


cdef struct Interface4:
    uint8_t addr[4]
    uint8_t netmask[4]


cdef struct Interface6:
    uint8_t addr[16]


cdef struct Interfaces:
    Interface4 *v4
    uint32_t n_v4
    Interface6 *v6
    uint32_t n_v6


cdef struct Exit:
    # A thread that exited: its clone may still be reported by the parent.
    int64_t ptid, tid
    uint64_t ts
    int16_t next, prev           # in the chain of its bucket; -1 at the ends


cdef struct RecentExits:
    Exit ring[RECENT_EXITS]
    int16_t heads[RECENT_EXITS]  # first of each bucket's chain, -1 where there is none
    uint32_t at                  # where the next one goes
    uint32_t used


cdef struct Asked:
    # A container of which nothing is known, and the cgroups of a thread in it.
    Text id
    Text cgroups


cdef struct Denied:
    # What looks like a container's id and is none, says its runtime; "" or the container that it lies in.
    Text id
    Text outer


cdef struct State:
    # what nearly every event looks at, close together
    IdMap threads                # by tid
    uint32_t restarts            # how many times it began anew: captures put one after the other
    bint started                 # the first event that is no part of the capture's head was seen
    # what the event now being judged ends
    int64_t leaving_tid          # -1 where nothing
    Thread *leaving_fd_of        # NULL where no descriptor
    int64_t leaving_fd
    # the container that a container event tells of: container.* fields of that event show it
    Container *told
    Container *told_owned        # `told` where it is in no table
    # rows that were removed while the event may still look at them, and rows to be reused
    Thread *gone_threads
    Fd *gone_fds
    Fd *free_fds
    Thread *free_threads
    uint32_t n_free_fds
    uint32_t n_free_threads
    uint32_t max_free            # 0 gives memory back at once (to find uses after the end)
    # tables; the modules named like them own their layout
    IdMap groups                 # thread groups by pid
    IdMap users                  # by a hash of container and id; see users.pyx
    IdMap user_groups
    IdMap containers             # by a hash of their id
    Container *host              # the container that threads of the host are in
    # Of a live source, which takes what is asked and says what is denied; not used of a capture.
    Asked *asked                 # MAX_ASKED
    uint32_t n_asked
    Denied *denied               # MAX_DENIED, the oldest is overwritten
    uint32_t n_denied            # ever
    void *cgroup_cache
    RecentExits *exits
    Interfaces interfaces
    uint64_t n_threads
    uint64_t n_fd_slots          # room in all tables of descriptors
    bint fd_order                # whether to keep FdTable.order
    uint64_t dropped_threads     # for which there was no room
    uint64_t dropped_fds
    # machine, from a capture's head or the live system
    uint64_t boot_ts_ns          # not used of a capture: Falco reckons from 0 there, in starts of containers
    uint32_t num_cpus
    uint64_t memory_bytes
    Text hostname
    bint capture                 # events come from a file: nothing is asked of /proc
    uint8_t server_ports[8192]   # a bit for each port that a process listened on when the capture began


cdef State *state_new() except NULL
cdef void state_free(State *s) noexcept
cdef void state_enter(State *s, Event *e) noexcept nogil
cdef void state_leave(State *s, Event *e) noexcept nogil

# Which event types the state needs to see, one byte a type: a source skips the others unless a rule wants them.
# The second form adds those that keep up what only a few fields show (a sum of Feature).
cdef const uint8_t *state_wanted() noexcept nogil
cdef const uint8_t *state_wanted_for(uint32_t features) noexcept nogil

# A source that skips an event tells its thread and type all the same: Falco makes a placeholder of an unknown thread at its
# first event. Costs a look-up; touch nothing of the event.
cdef void state_skipped(State *s, uint16_t type, int64_t tid) noexcept nogil

# Look-ups. NULL where there is none.
cdef Thread *state_thread(State *s, int64_t tid) noexcept nogil
cdef Thread *state_main_thread(State *s, Thread *t) noexcept nogil
cdef Thread *state_parent(State *s, Thread *t) noexcept nogil        # get_thread(ptid), as Falco's proc.p* fields walk
cdef FdTable *state_fds(State *s, Thread *t) noexcept nogil          # of the thread's process
cdef Fd *state_fd(State *s, Thread *t, int64_t num) noexcept nogil
cdef User *state_user(State *s, const Text *container_id, uint32_t uid) noexcept nogil
cdef Group *state_group(State *s, const Text *container_id, uint32_t gid) noexcept nogil
cdef Container *state_container(State *s, const Text *id) noexcept nogil   # of "": the host

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

# A second capture follows in the same stream: threads, descriptors, interfaces go; users and containers stay, as in Falco.
cdef void state_restart(State *s) noexcept nogil
