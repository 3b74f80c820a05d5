"""What sees every event of a source beside the rules: `sources/scap/recorder.pyx`, `sources/scap/lookback.pyx`."""


cdef class Tap:
    cdef void before(self, State *s, const Event *e) noexcept nogil:
        pass

    cdef int after(self, const Event *e, int hits) noexcept nogil:
        return TAP_ON
