"""Where events come from. A source holds a buffer of raw events (a batch) and hands them out one by one.

How much a refill brings in never changes what is seen: an event that is cut by the end of the buffer waits for the rest.
"""


cdef class Source:
    cdef int next(self, Event *e) noexcept nogil:
        return NEXT_REFILL

    cpdef bint refill(self) except -1:
        return False

    cpdef attend(self):
        pass
