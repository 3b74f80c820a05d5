"""This machine as a source of events: the probe's rings, drained in the order of time.

    source = LiveSource(ring_bytes=8 << 20)
    engine = Engine(source, plan)
    source.open()                       # loads the probe; SourceError where that cannot be
    engine.next_hits()                  # ...

Two rings: what keeps the state right (fork, exec, exit) has one of its own, that is lost last. Each is in order but for
the few nanoseconds between a program's look at the clock and its place in the ring; so a record is handed out when it is the
older of the two rings' next ones and older than the *horizon*, the clock at the last poll less a margin.

Nothing wakes the reader but a ring that fills up: it looks every `poll_ms`.
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset
from posix.mman cimport MAP_FAILED, MAP_SHARED, PROT_READ, mmap, munmap
from posix.time cimport CLOCK_REALTIME, clock_gettime, timespec

from tiercel.events.asked cimport asked_init, asked_take, deny
from tiercel.events.codes cimport ASYNCEVENT_E, EXECVE_19_X, READ_X
from tiercel.events.event cimport Event
from tiercel.sources.ebpf.claims cimport check_claim
from tiercel.sources.ebpf.decode cimport DECODE_ROOM, decode
from tiercel.sources.ebpf.existing cimport read_existing
from tiercel.sources.ebpf.records cimport Record
from tiercel.sources.ebpf.residents cimport Residents
from tiercel.sources.ebpf.ring cimport Ring, ring_close, ring_open, ring_peek, ring_take, ring_tell, ring_used
from tiercel.sources.source cimport NEXT_CALL, NEXT_EVENT, NEXT_REFILL, WANTED, WANTED_BY_STATE, Source

from collections import deque

import os
import select
import struct

from tiercel.errors import SourceError
from tiercel.events.table import CODES
from tiercel.sources.ebpf import bpf
from tiercel.sources.ebpf.forms import CALLS, LOSSES, WANT_FAILURE, WANT_SUCCESS
from tiercel.sources.ebpf.loader import load_probe
from tiercel.sources.containers import ADDED, REMOVED, ContainerInfo, ContainerStopped, NotAContainer
from tiercel.sources.ebpf.plans import write_numbers, write_plans
from tiercel.sources.loss import Loss

cdef extern from "time.h" nogil:
    int CLOCK_BOOTTIME

cdef enum:
    MARGIN_NS = 1000000
    BATCH = 4096                  # events between two looks at signals
    N_LOSSES = 9

UNITS = ("calls", "process", "tasks", "uring")
OPTIONAL = ("tasks", "uring")


cdef inline int64_t clock_ns(int clock) noexcept nogil:
    cdef timespec t
    clock_gettime(clock, &t)
    return t.tv_sec * <int64_t> 1000000000 + t.tv_nsec


cdef int64_t boot_epoch() noexcept:
    # When the machine's own clock began, ns since the epoch: the closest of a few looks at both clocks.
    cdef int64_t best = 0, gap, narrow = -1, before, now, after
    cdef int i
    for i in range(5):
        before = clock_ns(CLOCK_BOOTTIME)
        now = clock_ns(CLOCK_REALTIME)
        after = clock_ns(CLOCK_BOOTTIME)
        gap = after - before
        if narrow < 0 or gap < narrow:
            narrow = gap
            best = now - before - gap // 2
    return best


cdef class LiveSource(Source):
    def __init__(
        self, *, ring_bytes=8 << 20, state_ring_bytes=4 << 20, data_bytes=80, poll_ms=20.0, all_events=False,
        watch=None,
    ):
        """`watch`: a ContainerWatch that was started, None to ask no runtime of containers."""
        self.ring_bytes = ring_bytes
        self.state_ring_bytes = state_ring_bytes
        self.data_bytes = data_bytes
        self.poll_ms = poll_ms
        self.all_events = all_events
        self.room = bytearray(<int> DECODE_ROOM)
        self.decoding.room = self.room
        self.poller = None
        self.watch = watch
        self.told = deque()
        self.residents = Residents()

    @property
    def events(self):
        """Events numbered so far."""
        return self.num

    @property
    def position(self):
        return 0

    @property
    def missing(self):
        """Why parts of the probe that may be missing are not there, by name."""
        return {} if self.probe is None else dict(self.probe.missing)

    cpdef open(self):
        """Loads and attaches the probe. SourceError where the kernel does not let it be."""
        if self.probe is not None:
            return
        probe = load_probe(UNITS, ring_bytes=self.ring_bytes, state_ring_bytes=self.state_ring_bytes, optional=OPTIONAL)
        self.probe = probe
        ring_open(&self.calls, probe.maps["calls_ring"], self.ring_bytes)
        ring_open(&self.states, probe.maps["state_ring"], self.state_ring_bytes)
        self.lost = <uint64_t *> mmap(NULL, 4096, PROT_READ, MAP_SHARED, <int> probe.maps["losses"], 0)
        if <void *> self.lost == MAP_FAILED:
            self.lost = NULL
            raise SourceError("the probe's counters cannot be mapped: is there memory left?")
        self.decoding.boot_epoch_ns = boot_epoch()
        self.looked_ns = clock_ns(CLOCK_REALTIME)
        if self.watch is not None and self.state != NULL and not asked_init(self.state):
            raise MemoryError
        self.poller = select.epoll()
        for name in ("calls_ring", "state_ring"):
            self.poller.register(probe.maps[name], select.EPOLLIN)
        zero = bytes(4)
        settings = struct.pack("<IIII", os.getpid(), self.data_bytes, self.ring_bytes // 8, 0)
        bpf.update_map(probe.maps["settings"], zero, settings)
        write_numbers(probe.maps)
        self.tell_plans()
        probe.attach()

    def tell_plans(self):
        """Tells the probe what the rules and the state need: at the start, and when `wanted` has changed."""
        cdef uint8_t want
        plans = {}
        for nr, call in CALLS.items():
            want = WANTED if self.all_events or self.wanted == NULL else self.wanted[<int> call.code]
            alone = want == WANTED_BY_STATE
            # The state learns nothing from what failed, but for connections that are under way.
            failures = not alone or call.code == CODES["CONNECT_X"]
            wants = WANT_SUCCESS | (WANT_FAILURE if failures else 0) if want else 0
            streams = not alone or self.wanted[<int> READ_X] != 0
            plans[nr] = call.plan.pack(wants, by_state_alone=alone, streams=streams)
        write_plans(self.probe.maps, plans)

    cpdef close(self):
        ring_close(&self.calls)
        ring_close(&self.states)
        self._unmap()
        self.taken = NULL
        if self.poller is not None:
            self.poller.close()
            self.poller = None
        if self.probe is not None:
            self.probe.close()
            self.probe = None

    def __dealloc__(self):
        ring_close(&self.calls)
        ring_close(&self.states)
        self._unmap()

    cdef void _unmap(self) noexcept:
        if self.lost != NULL:
            munmap(<void *> self.lost, 4096)
            self.lost = NULL

    def losses(self):
        """What the kernel had no room for since the start, by class."""
        cdef int i
        return {name: self.lost[i] if self.lost != NULL else 0 for i, name in enumerate(LOSSES)}

    def take_loss(self):
        """What was lost since the last look, None where nothing was. Between two batches: all records of that time are
        still to be handed out.
        """
        cdef int i
        cdef uint64_t n
        cdef int64_t now = clock_ns(CLOCK_BOOTTIME) + self.decoding.boot_epoch_ns
        counts = None
        for i in range(N_LOSSES):
            n = self.lost[i]
            if n != self.told_lost[i]:
                if counts is None:
                    counts = {}
                counts[LOSSES[i]] = n - self.told_lost[i]
                self.told_lost[i] = n
        before, self.looked_ns = self.looked_ns, now
        return Loss(before, now, counts) if counts is not None else None

    def rings(self):
        """(bytes that wait, bytes of room) of each ring. May be asked from another thread."""
        return {
            "calls": (ring_used(&self.calls) if self.calls.pages != NULL else 0, self.ring_bytes),
            "state": (ring_used(&self.states) if self.states.pages != NULL else 0, self.state_ring_bytes),
        }

    def fault(self):
        """Why nothing is seen any more; None where all is well."""
        if self.probe is None or not self.probe.links:
            return "the probe is not attached"
        return None

    cdef int next(self, Event *e) noexcept nogil:
        cdef const char *a
        cdef const char *b
        cdef uint32_t a_size = 0, b_size = 0, n = 0
        cdef uint64_t ts
        cdef Ring *ring
        if self.calls.pages == NULL:
            return NEXT_REFILL
        if self.telling_now:
            self.telling_now = False
            e.ts = self.last_ts if self.last_ts else <uint64_t> clock_ns(CLOCK_REALTIME)
            e.tid = -1
            e.cpu = 0
            e.flags = 0
            e.type = ASYNCEVENT_E
            e.nparams = 3
            e.params[0].p = <const char *> &self.told_plugin
            e.params[0].n = 4
            e.params[1] = self.told_name
            e.params[2] = self.told_data
            e.true_path.p = NULL
            e.true_path.n = 0
            e.file = NULL
            e.told = NULL
            self._number(e)
            return NEXT_EVENT
        if self.n_told:
            return NEXT_CALL
        if self.taken != NULL:
            ring_take(self.taken, self.taken_size)
            if self.taken.at - self.taken.told > 65536:
                ring_tell(self.taken)
            self.taken = NULL
            if e.type == EXECVE_19_X and e.thread != NULL and self.residents.is_new(e.thread):
                return NEXT_CALL
        while n < BATCH:
            n += 1
            a = ring_peek(&self.states, &a_size)
            b = ring_peek(&self.calls, &b_size)
            if a == NULL and b == NULL:
                break
            if b == NULL or (a != NULL and (<const Record *> a).ts <= (<const Record *> b).ts):
                ring = &self.states
            else:
                ring = &self.calls
                a = b
                a_size = b_size
            ts = (<const Record *> a).ts
            if ts > self.horizon:
                break
            if ts < self.newest:
                self.late += 1
            else:
                self.newest = ts
            if not decode(&self.decoding, a, a_size, e):
                self.bad += 1
                ring_take(ring, a_size)
                continue
            self._number(e)
            if self.wanted != NULL and not self.wanted[e.type]:
                ring_take(ring, a_size)
                continue
            self.taken = ring
            self.taken_size = a_size
            if e.file != NULL and e.true_path.p != NULL:
                check_claim(&self.claims, e)
            return NEXT_EVENT
        return NEXT_REFILL

    cdef void _number(self, Event *e) noexcept nogil:
        self.num += 1
        if self.first_ts == 0:
            self.first_ts = e.ts
        e.num = self.num
        e.prev_ts = self.last_ts
        e.first_ts = self.first_ts
        self.last_ts = e.ts

    cpdef bint refill(self) except -1:
        """Waits for more: until the next poll, or until a ring fills up. False when `stop` was called and all is out."""
        cdef uint64_t used
        if not self.begun:
            # What is there already, before any event of what came since.
            self.begun = True
            if self.state != NULL and self.probe is not None:
                read_existing(self.state, self.probe, self.decoding.boot_epoch_ns, self.residents)
        ring_tell(&self.calls)
        ring_tell(&self.states)
        if self.watch is not None:
            self._ask_and_take()
            if self.n_told:
                return True
        used = ring_used(&self.calls) + ring_used(&self.states)
        if used < <uint64_t> self.ring_bytes // 16 and not self.ending:
            self.poller.poll(self.poll_ms / 1000)
        elif self.ending and used == 0:
            return False
        self.horizon = <uint64_t> (clock_ns(CLOCK_BOOTTIME) - (0 if self.ending else MARGIN_NS))
        return True

    cpdef attend(self):
        """Takes up the next of what runtimes told, or a new container's users."""
        if self.residents.waiting_tid >= 0:
            # The first program of a container has just begun: who its users are, it has in its own files.
            self.residents.read(self.state)
            return
        self.telling = self.told.popleft()
        self.n_told -= 1
        name, data = self.telling
        self.told_name.p = name
        self.told_name.n = <uint32_t> len(name)
        self.told_data.p = data
        self.told_data.n = <uint32_t> len(data)
        self.telling_now = True

    cdef _ask_and_take(self):
        for id, cgroups in asked_take(self.state):
            self.watch.ask(id.decode("ascii", "replace"), cgroups)
        for each in self.watch.take():
            if isinstance(each, ContainerInfo):
                self.told.append((ADDED.encode() + b"\0", each.document + b"\0"))
            elif isinstance(each, ContainerStopped):
                self.told.append((REMOVED.encode() + b"\0", each.document + b"\0"))
            elif isinstance(each, NotAContainer):
                deny(self.state, each.id.encode(), (each.outer or "").encode())
        self.n_told = <uint32_t> len(self.told)

    def stop(self):
        """Takes the programs out; what is in the rings is still told."""
        if self.probe is not None:
            self.probe.detach()
        self.ending = True
