"""The loop: next event, move the state, match; back to Python only where a rule fired or the source needs something.

When `next_hits` has returned an event's rules, the event and all that it refers to stay readable until the next call.
"""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memset

from tiercel.events.codes cimport N_EVENTS
from tiercel.events.event cimport Event
from tiercel.events.state cimport (
    FEATURE_FD_ORDER, state_enter, state_free, state_leave, state_new, state_wanted_for,
)
from tiercel.rules.matcher cimport Matcher
from tiercel.sources.source cimport NEXT_CALL, NEXT_EVENT, NEXT_REFILL, WANTED, WANTED_BY_STATE, Source
from tiercel.sources.tap cimport TAP_END, TAP_TAKEN, Tap

cdef enum:
    STEP_HIT = 1
    STEP_REFILL = 2
    STEP_CALL = 3
    STEP_END = 4
    STATE_ONLY = 1      # among a block's flags: kept in the capture for the state alone


cdef class Engine:
    """Judges the events of one source with one plan's matcher, and keeps the state that they move.

    `last_event` stops after that many events, `span_ns` when that much of the source's time has passed; 0 is no limit.
    `tap` sees every event besides (a recorder); `all_events` asks the source for every type, not only those needed.
    """

    def __init__(
        self, Source source, plan, *, bint match_all=False, uint64_t last_event=0, uint64_t span_ns=0,
        Tap tap=None, bint all_events=False,
    ):
        self.source = source
        self.state = state_new()
        self.first_only = not match_all
        self.last_num = last_event
        self.span_ns = span_ns
        self.tap = tap
        self.all_events = all_events
        self.wanted = <uint8_t *> calloc(N_EVENTS, 1)
        if self.wanted == NULL:
            raise MemoryError
        memset(&self.event, 0, sizeof(Event))
        source.state = self.state
        source.wanted = self.wanted
        self.use(plan)

    def __dealloc__(self):
        free(self.hits)
        free(self.wanted)
        if self.state != NULL:
            self.source.state = NULL
            state_free(self.state)

    def use(self, plan) -> None:
        """Goes on with another plan (rules were loaded anew); between two calls of `next_hits`."""
        cdef int32_t *hits = <int32_t *> calloc(len(plan.rules) or 1, sizeof(int32_t))
        cdef uint32_t features = plan.features
        cdef const uint8_t *needed = state_wanted_for(features)
        cdef int i
        if hits == NULL:
            raise MemoryError
        if self.matcher is not None:
            self.matcher.show(False)
        free(self.hits)
        self.hits = hits
        self.room = len(plan.rules)
        self.matcher = plan.matcher
        self.matcher.context.state = self.state
        if features & FEATURE_FD_ORDER:
            self.state.fd_order = True
        for i in range(<int> N_EVENTS):
            if self.all_events or i in plan.types:
                self.wanted[i] = WANTED
            else:
                self.wanted[i] = WANTED_BY_STATE if needed[i] else 0

    cdef int advance(self) noexcept nogil:
        cdef int r, said
        while True:
            if self.judged:
                self.matcher.show(False)
                state_leave(self.state, &self.event)
                self.judged = False
            r = self.source.next(&self.event)
            if r != NEXT_EVENT:
                return STEP_REFILL if r == NEXT_REFILL else STEP_CALL
            if self.last_num and self.event.num > self.last_num:
                return STEP_END
            if self.span_ns and self.event.ts > self.event.first_ts and self.event.ts - self.event.first_ts >= self.span_ns:
                return STEP_END
            if self.tap is not None:
                self.tap.before(self.state, &self.event)
            state_enter(self.state, &self.event)
            self.judged = True
            self.n_hits = 0
            if not self.event.flags & STATE_ONLY:
                self.n_hits = self.matcher.match(&self.event, self.hits, self.room, self.first_only)
            if self.tap is not None:
                said = self.tap.after(&self.event, self.n_hits)
                if said == TAP_END:
                    return STEP_END
                if said == TAP_TAKEN:
                    continue
            if self.n_hits:
                return STEP_HIT

    def next_hits(self) -> list[int] | None:
        """The rules (numbers of the plan) that the next event with any fires; None at the end.

        An empty list means that a batch is through without one: a time to look at signals and clocks.
        Raises CaptureError where the source is broken; all before the damage has been judged by then.
        """
        cdef int step, i
        with nogil:
            step = self.advance()
        if step == STEP_HIT:
            return [self.hits[i] for i in range(self.n_hits)]
        if step == STEP_END:
            return None
        if step == STEP_CALL:
            self.source.attend()
            return []
        return [] if self.source.refill() else None

    @property
    def time_ns(self) -> int:
        """When the event at hand happened, ns since the epoch."""
        return self.event.ts

    @property
    def number(self) -> int:
        """`evt.num` of the event at hand."""
        return self.event.num

    def sizes(self) -> dict[str, int]:
        """Rows of the state's tables, and what found no room there since the start. May be asked from another thread."""
        cdef State *s = self.state
        return {
            "threads": s.threads.count,
            "processes": s.groups.count,
            "descriptor_slots": s.n_fd_slots,
            "containers": s.containers.count,
            "users": s.users.count,
            "dropped_threads": s.dropped_threads,
            "dropped_descriptors": s.dropped_fds,
        }
