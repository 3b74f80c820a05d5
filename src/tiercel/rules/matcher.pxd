"""The matcher: see matcher.pyx for what it does, tables.pxd for what it runs on."""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

from tiercel.events.event cimport Event
from tiercel.events.fields.field cimport Value
from tiercel.events.truth cimport MAX_EXCHANGES, Exchange
from tiercel.rules.tables cimport Class, Constant, Leaf, Slot, Tables


cdef class Matcher(Tables):
    cdef object document               # keeps the event that is being judged alive
    cdef public uint64_t python_errors
    # Of the event at hand, where it has two names (tiercel.events.truth).
    cdef Exchange pairs[MAX_EXCHANGES]
    cdef uint32_t n_pairs              # 0 where it has one
    cdef uint8_t *by_truth             # by rule: it fired for the kernel's name only
    cdef int room_by_truth

    cdef uint32_t lookup(self, const char *p, uint32_t n) noexcept nogil
    cdef bint transform(self, Slot *s) noexcept nogil
    cdef bint gather(self, Slot *s) noexcept nogil
    cdef bint join(self, Slot *s) noexcept nogil
    cdef bint read_document(self, Slot *s) noexcept nogil
    cdef bint convert(self, Slot *s, object value) except -1
    cdef bint convert_one(self, Slot *s, object value) except -1
    cdef bint test_string(self, Leaf *l, const Value *v, const Constant *k) noexcept nogil
    cdef bint test_regex(self, const Value *v, const Constant *k) noexcept nogil
    cdef bint test_value(self, Leaf *l, const Value *v, const Constant *k) noexcept nogil
    cdef bint test_against_right(self, Leaf *l, const Value *v) noexcept nogil
    cdef bint fits(self, const Leaf *l, const Value *v) noexcept nogil
    cdef bint test_all(self, Leaf *l, const Value *v, uint32_t code) noexcept nogil
    cdef uint32_t code_for(self, Leaf *l, Slot *s, uint32_t i) noexcept nogil
    cdef bint test_leaf(self, Leaf *l) noexcept nogil
    cdef int match(self, Event *e, int32_t *hits, int room, bint first) noexcept nogil
    cdef int match_truth(self, Class *c, int32_t *hits, int found, int room, bint first) noexcept nogil
    cdef uint32_t decide(self, Class *c) noexcept nogil
    cdef void show(self, bint truth) noexcept nogil
    cdef void show_for(self, int32_t rule) noexcept nogil
    cdef bint read_slot(self, int32_t i) noexcept nogil
    cdef bint evaluate(self, int32_t i) noexcept nogil
