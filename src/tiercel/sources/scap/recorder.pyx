"""Writes a capture as events come, of whatever source, for Tiercel, Falco 0.44 and other readers of scap files.

    recorder = Recorder(CaptureFile("out.scap"))
    engine = Engine(source, plan, tap=recorder, all_events=True)
    while engine.next_hits() is not None:
        recorder.flush()
    recorder.close()

The head is written from the state as it is before the first event (and before the first of each capture, where the source
holds several); then events are, a block each, in the layout of the event table of today. Blocks gather in a buffer that goes
to the sink a piece at a time; no Python object is made of an event.

With `filtered`, events on which no rule fired are left out, but for those that the state needs: they are marked as such
(STATE_ONLY), move the state of whoever reads the capture, and are judged by no rule.

A sink takes bytes: `write(piece)`, True where it is full; `next()` goes on in another file; `flush()`, `close()`. What it raises
is kept, ends the recording, and is raised by flush() and close().
"""

from cpython.bytes cimport PyBytes_FromStringAndSize

from tiercel.events.state cimport state_wanted
from tiercel.sources.scap.buffer cimport buffer_free, put_bytes
from tiercel.sources.scap.event_block cimport STATE_ONLY, write_event
from tiercel.sources.scap.tables cimport write_head
from tiercel.sources.tap cimport TAP_END, TAP_TAKEN

cdef enum:
    PIECE = 256 * 1024           # what goes to the sink at once


cdef void drain(void *recorder, Buffer *b) noexcept nogil:
    if b.n >= PIECE:
        with gil:
            (<Recorder> recorder).pour()


cdef class Recorder(Tap):
    def __cinit__(self, sink, *, bint filtered=False, uint64_t last_event=0):
        self.sink = sink
        self.filtered = filtered
        self.last_event = last_event
        self.kept = state_wanted()

    def __dealloc__(self):
        buffer_free(&self.buffer)

    cdef void before(self, State *s, const Event *e) noexcept nogil:
        if self.full:
            self.turn()
        if not self.headed or s.restarts != self.restarts:
            self.begin(s, e.ts)

    cdef int after(self, const Event *e, int hits) noexcept nogil:
        cdef uint32_t flags = e.flags
        if self.filtered and hits == 0:
            if not self.kept[e.type]:
                return TAP_TAKEN
            flags |= STATE_ONLY
        write_event(&self.buffer, e, flags)
        if flags & STATE_ONLY:
            self.state_events += 1
        else:
            self.events += 1
        if self.buffer.n >= PIECE or self.buffer.failed:
            self.pour()
        if self.broken or (self.last_event and self.events >= self.last_event):
            return TAP_END
        return TAP_TAKEN

    cdef void begin(self, State *s, uint64_t ts) noexcept nogil:
        # A head, of what the state now holds.
        self.headed = True
        self.restarts = s.restarts
        if not write_head(&self.buffer, s, ts, 0, False, drain, <void *> self):
            self.buffer.failed = True
        # A head alone fills no file: events that each began with a head would never end.
        self.full = False

    cdef void put(self, const char *p, size_t n) noexcept nogil:
        # Blocks that are written already.
        put_bytes(&self.buffer, p, n)
        if self.buffer.n >= PIECE or self.buffer.failed:
            self.pour()

    cdef void pour(self) noexcept nogil:
        # The buffer into the sink. Signals too may raise in here.
        with gil:
            if self.broken:
                self.buffer.n = 0
                return
            self.busy = True
            try:
                if self.buffer.failed:
                    raise MemoryError
                if self.buffer.n:
                    self.size_bytes += self.buffer.n
                    piece = PyBytes_FromStringAndSize(self.buffer.p, self.buffer.n)
                    self.buffer.n = 0
                    self.full = self.sink.write(piece)
            except BaseException as e:
                self.error = e
                self.broken = True
            finally:
                self.busy = False

    cdef void turn(self) noexcept nogil:
        with gil:
            self.pour()
            self.full = False
            self.headed = False
            try:
                if not self.broken:
                    self.sink.next()
            except BaseException as e:
                self.error = e
                self.broken = True

    def flush(self) -> None:
        """Hands what has gathered to the sink. Raises what went wrong with it."""
        self.pour()
        if self.broken:
            raise self.error

    def close(self) -> None:
        """Ends the capture. Raises what went wrong with it."""
        self.pour()
        try:
            self.sink.close()
        except BaseException as e:
            if not self.broken:
                self.error, self.broken = e, True
        if self.broken:
            raise self.error
