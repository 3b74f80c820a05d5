"""A capture's bytes, raw or gzip, from a file or a pipe.

The window `buf[pos:end]` holds what was read and not yet used. `fill()` brings in at most `chunk` bytes more, first
moving what is left to the front, so that a block which the window cuts waits there for its rest. The buffer grows only
as far as a block that has really arrived needs it, up to MAX_BLOCK, and shrinks again afterwards: a length in the file
alone never makes it allocate.

Whatever of a damaged gzip stream can still be read is delivered before the damage is reported.
"""

try:
    from zlib_ng import zlib_ng as zlib     # reads gzip in half the time, where it is installed
except ImportError:
    import zlib

from cpython.memoryview cimport PyMemoryView_FromMemory
from cpython.buffer cimport PyBUF_WRITE
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memmove

from tiercel.errors import CaptureError, SourceError

from tiercel.sources.scap.blocks cimport MAX_BLOCK

cdef extern from *:
    """
    /* Where AddressSanitizer is compiled in (fuzz/), it is told which bytes of the window were not read yet. */
    #ifdef __SANITIZE_ADDRESS__
    #include <sanitizer/asan_interface.h>
    #define TIERCEL_FENCE(p, n) __asan_poison_memory_region(p, n)
    #define TIERCEL_UNFENCE(p, n) __asan_unpoison_memory_region(p, n)
    #else
    #define TIERCEL_FENCE(p, n) ((void) 0)
    #define TIERCEL_UNFENCE(p, n) ((void) 0)
    #endif
    """
    void fence "TIERCEL_FENCE" (void *p, size_t n) nogil
    void unfence "TIERCEL_UNFENCE" (void *p, size_t n) nogil

_GZIP = b"\x1f\x8b"
_PACKED = 64 * 1024          # compressed bytes read at a time
cdef enum:
    SPARE = 64 * 1024        # room for a block that the window cuts: the longest of the usual ones


cdef class Stream:
    def __cinit__(self, source, size_t chunk=256 * 1024):
        self.chunk = max(chunk, 1)
        self.packed = b""
        if hasattr(source, "readinto"):
            self.file = source
            self.path = str(getattr(source, "name", "capture"))
        elif source == "-":
            self.file = open(0, "rb", buffering=0, closefd=False)
            self.path = "standard input"
        else:
            self.path = str(source)
            try:
                self.file = open(source, "rb", buffering=0)
            except OSError as e:
                raise SourceError(f"{self.path}: cannot be read: {e.strerror}") from e
            self.owned = True
        self.w.capacity = self.chunk + SPARE
        self.w.buf = <char *> malloc(self.w.capacity)
        if self.w.buf == NULL:
            raise MemoryError
        self._sniff()

    def __dealloc__(self):
        free(self.w.buf)

    cpdef close(self):
        if self.owned:
            self.file.close()

    def _sniff(self):
        # Falco takes whatever does not begin with gzip's two bytes as it is.
        head = b""
        while len(head) < 2:
            more = self._read(2 - len(head))
            if not more:
                break
            head += more
        if head == _GZIP:
            self.gzip = True
            self.member = zlib.decompressobj(wbits=31)
            self.packed = head
        else:
            memcpy(self.w.buf, <const char *> head, len(head))
            self.w.end = len(head)

    def _read(self, n):
        try:
            data = self.file.read(n)
        except OSError as e:
            raise SourceError(f"{self.path}: cannot be read: {e.strerror}") from e
        if data is None:
            raise SourceError(f"{self.path}: has no bytes ready (it is opened without blocking)")
        self.n_read += len(data)
        return data

    cdef uint64_t tell(self):
        return self.w.base + self.w.pos

    cdef bint fill(self) except -1:
        """Bring in more bytes. False at the end of the stream."""
        cdef size_t left = self.w.end - self.w.pos
        cdef size_t room
        cdef char *moved
        if self.at_end:
            if self.fault is not None:
                raise CaptureError(self.path, self.w.base + self.w.end, self.fault)
            return False
        unfence(self.w.buf, self.w.capacity)
        if self.w.capacity - self.w.end < self.chunk and self.w.pos > 0:
            memmove(self.w.buf, self.w.buf + self.w.pos, left)
            self.w.base += self.w.pos
            self.w.pos = 0
            self.w.end = left
            if self.w.capacity > 4 * (self.chunk + SPARE) and left < self.chunk:
                moved = <char *> realloc(self.w.buf, self.chunk + SPARE)
                if moved != NULL:
                    self.w.buf = moved
                    self.w.capacity = self.chunk + SPARE
        if self.w.capacity == self.w.end:
            if self.w.capacity >= 2 * <size_t> MAX_BLOCK:
                raise CaptureError(self.path, self.tell(), f"a block longer than {MAX_BLOCK} bytes")
            moved = <char *> realloc(self.w.buf, self.w.capacity * 2)
            if moved == NULL:
                raise MemoryError
            self.w.buf = moved
            self.w.capacity *= 2
        room = min(self.w.capacity - self.w.end, self.chunk)
        room = self._unpack(room) if self.gzip else self._copy(room)
        self.w.end += room
        fence(self.w.buf + self.w.end, self.w.capacity - self.w.end)
        if room == 0:
            self.at_end = True
            return self.fill()
        return True

    cdef size_t _copy(self, size_t room) except? 0xFFFFFFFF:
        try:
            n = self.file.readinto(PyMemoryView_FromMemory(self.w.buf + self.w.end, room, PyBUF_WRITE))
        except OSError as e:
            raise SourceError(f"{self.path}: cannot be read: {e.strerror}") from e
        if n is None:
            raise SourceError(f"{self.path}: has no bytes ready (it is opened without blocking)")
        self.n_read += n
        return n

    cdef size_t _unpack(self, size_t room) except? 0xFFFFFFFF:
        # 0 where there is nothing more, with `fault` set where that is not the proper end.
        cdef bytes out
        while True:
            if self.member is None or self.fault is not None:
                return 0
            ended = False
            if not self.packed:
                self.packed = self._read(_PACKED)
                # zlib may hold back what did not fit into the room it had: it is asked once more, for nothing.
                ended = not self.packed
            before = self.member.copy()
            try:
                out = self.member.decompress(self.packed, room)
            except zlib.error as e:
                out = _salvage(before, self.packed, room)
                self.fault = f"the gzip data is damaged ({e})"
            else:
                self.packed = self.member.unconsumed_tail
                if self.member.eof:
                    self._next_member()
            if out:
                memcpy(self.w.buf + self.w.end, <const char *> out, len(out))
                return len(out)
            if ended:
                self.fault = self.fault or "the gzip data ends in the middle"
                return 0

    def _next_member(self):
        # Another member may follow; anything else behind a member is padding, as for gzip itself.
        rest = self.member.unused_data
        while len(rest) < 2:
            more = self._read(_PACKED)
            if not more:
                break
            rest += more
        self.packed = rest
        self.member = zlib.decompressobj(wbits=31) if rest[:2] == _GZIP else None

    cdef const char *take(self, size_t n) except NULL:
        """The next `n` bytes, good until the next call. Raises where the stream ends before."""
        cdef const char *p
        while self.w.end - self.w.pos < n:
            if not self.fill():
                raise CaptureError(self.path, self.w.base + self.w.end, "the file ends in the middle of a block")
        p = self.w.buf + self.w.pos
        self.w.pos += n
        return p

    cdef int skip(self, uint64_t n) except -1:
        cdef size_t k
        while n > 0:
            if self.w.pos == self.w.end and not self.fill():
                raise CaptureError(self.path, self.w.base + self.w.end, "the file ends in the middle of a block")
            k = min(<uint64_t> (self.w.end - self.w.pos), n)
            self.w.pos += k
            n -= k
        return 0


def _salvage(member, packed, room):
    """What `member` still makes of `packed` before the damage, at most `room` bytes."""
    out = bytearray()
    for i in range(len(packed)):
        try:
            out += member.decompress(packed[i : i + 1], room - len(out))
        except zlib.error:
            break
        if len(out) >= room:
            break
    return bytes(out)
