"""Keeps the last events, so that a recording may begin before the alert that asked for it.

Events lie in two segments, each of which begins with a head: the state as it was before the segment's first event. When the
newer one is full (or as old as `span_ns`) the older one goes, and a new one begins. A recording is the older segment's head,
its events, the newer one's events, and whatever comes until the deadline. So no event is ever applied to a state that knows it
already, and how far it looks back is between one segment and two (docs/decisions/look-back.md).

Bytes are bounded: half of `size_bytes` is for events, half for heads. A head that does not fit is tried without environments;
where that does not fit either, the segment has none, and a recording that finds no head begins with the event that asked for
it, and the state as it is after that, as Falco's do.
"""

from tiercel.sources.scap.buffer cimport buffer_free
from tiercel.sources.scap.event_block cimport write_event
from tiercel.sources.scap.tables cimport write_head
from tiercel.sources.tap cimport TAP_ON

cdef enum:
    SMALLEST = 64 * 1024         # of a quarter of the bytes
    SLACK = 64 * 1024            # for the event that fills a segment: buffers double when they must grow
    WAIT = 16


cdef class Lookback(Tap):
    def __cinit__(self, *, size_t size_bytes=32 << 20, uint64_t span_ns=30_000_000_000):
        self.head_room = self.event_room = max(size_bytes // 4, <size_t> SMALLEST + SLACK)
        self.span_ns = span_ns

    def __dealloc__(self):
        buffer_free(&self.old.head)
        buffer_free(&self.old.events)
        buffer_free(&self.new.head)
        buffer_free(&self.new.events)

    cdef void before(self, State *s, const Event *e) noexcept nogil:
        if not self.begun or s.restarts != self.restarts:
            # What was before belongs to another capture.
            self.begun = True
            self.state = s
            self.restarts = s.restarts
            self.new.headed = False
            self.new.events.n = 0
            self.wait = 0
            self.turn(s, e.ts)
            self.old.headed = False
            if self.running:
                if self.new.headed:
                    self.recorder.put(self.new.head.p, self.new.head.n)
                else:
                    self.recorder.begin(s, e.ts)
        elif self.new.events.n + SLACK > self.event_room or e.ts > self.new.first_ts + self.span_ns:
            self.turn(s, e.ts)

    cdef void turn(self, State *s, uint64_t ts) noexcept nogil:
        # A new segment begins; the older one's buffers are its.
        cdef Segment gone = self.old
        cdef size_t most = self.head_room
        self.state = s
        self.old = self.new
        gone.head.n = gone.events.n = 0
        gone.head.failed = gone.events.failed = False
        gone.first_ts = ts
        gone.last = 0
        gone.headed = False
        if self.wait:
            self.wait -= 1
        else:
            gone.headed = (
                write_head(&gone.head, s, ts, most, False, NULL, NULL) or write_head(&gone.head, s, ts, most, True, NULL, NULL)
            )
            if gone.headed:
                self.heads += 1
            else:
                self.headless += 1
                self.wait = WAIT
        self.new = gone

    cdef int after(self, const Event *e, int hits) noexcept nogil:
        cdef Buffer *b = &self.new.events
        self.new.last = b.n
        write_event(b, e, e.flags)
        if b.failed:
            # Without memory there is nothing to look back on.
            b.n = self.new.last = 0
            self.new.headed = self.old.headed = b.failed = False
            return TAP_ON
        if self.running:
            self.recorder.put(b.p + self.new.last, b.n - self.new.last)
            if e.ts >= self.deadline_ns:
                self.running = False
        return TAP_ON

    @property
    def recording(self) -> bool:
        """Whether a recording runs: False once an event has passed the deadline."""
        return self.running

    @property
    def size_bytes(self) -> int:
        """What is kept now."""
        return self.old.head.n + self.old.events.n + self.new.head.n + self.new.events.n

    def begin(self, Recorder recorder, uint64_t deadline_ns) -> None:
        """Begins a recording, with what is kept up to the event at hand; between two calls of the engine's `next_hits`."""
        if not self.begun:
            raise ValueError("no event has come yet")
        self.recorder = recorder
        self.deadline_ns = deadline_ns
        self.running = True
        recorder.headed = True
        recorder.restarts = self.restarts
        if self.old.headed:
            recorder.put(self.old.head.p, self.old.head.n)
            recorder.put(self.old.events.p, self.old.events.n)
            recorder.put(self.new.events.p, self.new.events.n)
        elif self.new.headed:
            recorder.put(self.new.head.p, self.new.head.n)
            recorder.put(self.new.events.p, self.new.events.n)
        else:
            recorder.begin(self.state, self.new.first_ts)
            recorder.put(self.new.events.p + self.new.last, self.new.events.n - self.new.last)

    def prolong(self, uint64_t deadline_ns) -> None:
        """Lets the recording that runs go on to that time at least."""
        if deadline_ns > self.deadline_ns:
            self.deadline_ns = deadline_ns

    def end(self) -> None:
        """The recording gets no more events."""
        self.running = False
        self.recorder = None
