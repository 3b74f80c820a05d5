"""The matcher's data: slots (values read once an event), leaves (tests of a slot), nodes (and, or, not over leaves).

All are flat arrays that `tiercel.rules.plan` fills; nothing of a rule's text is left when events come.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

from tiercel.events.event cimport Event
from tiercel.events.fields.field cimport Arg, Context, Extractor, Out, Value
from tiercel.events.state cimport State


cdef enum SlotKind:
    SLOT_FIELD = 0        # an extractor of the compiled core
    SLOT_PYTHON = 1       # a callable on the event's document
    SLOT_LITERAL = 2
    SLOT_TOLOWER = 3
    SLOT_TOUPPER = 4
    SLOT_BASENAME = 5
    SLOT_BASE64 = 6
    SLOT_LEN = 7
    SLOT_CONCAT = 8
    SLOT_JOIN = 9
    SLOT_GETOPT = 10
    SLOT_LIST = 11


cdef struct Slot:
    SlotKind kind
    Extractor fn
    Arg arg
    void *callable          # SLOT_PYTHON: borrowed, kept alive by Matcher._keep
    int32_t *operands       # transformers: slots they read
    uint32_t n_operands
    bint of_list            # len(): of the list rather than of the string
    uint64_t stamp          # the event for which `out` holds
    bint present
    uint64_t code_stamp     # the event for which `code` holds
    uint32_t code           # of the first value among the plan's constants, 0 where it is none of them
    Out out


cdef enum Test:
    TEST_EXISTS = 0
    TEST_EQ
    TEST_NE
    TEST_LT
    TEST_LE
    TEST_GT
    TEST_GE
    TEST_IN
    TEST_CONTAINS
    TEST_ICONTAINS
    TEST_STARTSWITH
    TEST_ENDSWITH
    TEST_GLOB
    TEST_IGLOB
    TEST_PMATCH
    TEST_REGEX
    TEST_NEVER


cdef enum Mode:
    MODE_STRING = 0
    MODE_SIGNED
    MODE_UNSIGNED
    MODE_DOUBLE
    MODE_IP
    MODE_NET


cdef enum Quantifier:
    ONE = 0               # the field has one value
    ANY = 1               # true of some value
    EVERY = 2             # true of every value (`in` on a list; of an empty list too)
    EVERY_SOME = 3        # true of every value, and there is one


cdef enum Modifier:
    PLAIN = 0
    ONEOF = 1
    ANYOF = 2
    ALLOF = 3


cdef struct Constant:
    const char *p          # strings, addresses; NUL-terminated
    uint32_t n
    int64_t i
    uint64_t u
    double d
    uint32_t code          # strings: number in the plan's table
    uint8_t mask[16]       # networks
    void *regex            # borrowed


cdef struct Leaf:
    int32_t slot
    int32_t right          # slot on the right-hand side, -1 where it is constants
    Test test
    Mode mode
    Quantifier quantifier
    Modifier modifier
    uint32_t n_constants
    Constant *constants
    uint32_t shortest      # of the constants of `in`
    uint32_t longest
    uint64_t *codes        # strings `in`: bit set over codes


cdef enum NodeKind:
    NODE_LEAF = 0
    NODE_AND = 1
    NODE_OR = 2
    NODE_NOT = 3
    NODE_TRUE = 4
    NODE_FALSE = 5


cdef struct Node:
    NodeKind kind
    uint32_t first         # leaf's number; or where the children start in `children`
    uint32_t n
    uint64_t stamp
    bint value


cdef struct Candidate:
    int32_t rule
    int32_t node


cdef struct Class:
    # What an event type asks: up to 4 leaves that decide which list of candidates is tried.
    uint32_t n_deciders
    int32_t deciders[4]    # nodes
    uint32_t *starts       # 2 ** n_deciders + 1 offsets into `candidates`
    Candidate *candidates


cdef class Matcher:
    cdef Context context
    cdef Slot *slots
    cdef uint32_t n_slots, room_slots
    cdef Leaf *leaves
    cdef uint32_t n_leaves, room_leaves
    cdef Node *nodes
    cdef uint32_t n_nodes, room_nodes
    cdef int32_t *children
    cdef uint32_t n_children, room_children
    cdef Class **classes           # by event type
    cdef uint32_t n_classes
    cdef uint64_t *table_hash      # constants: open addressing
    cdef uint32_t *table_code
    cdef uint32_t table_size
    cdef Constant *table_strings   # by code
    cdef uint32_t n_codes
    cdef int n_rules               # rules that are candidates somewhere: the largest number and one
    cdef object document           # keeps the event that is being judged alive
    cdef list _keep
    cdef list _texts               # constant strings by code - 1
    cdef dict _codes
    cdef public uint64_t python_errors
    cdef readonly uint32_t features    # what the fields need of the state: a sum of Feature

    cdef void drop_class(self, uint32_t i) noexcept
    cdef const char *keep(self, bytes text) except NULL
    cdef int32_t new_slot(self, SlotKind kind) except -1
    cdef uint32_t code_of(self, bytes text)
    cdef uint32_t lookup(self, const char *p, uint32_t n) noexcept nogil
    cdef bint transform(self, Slot *s) noexcept nogil
    cdef bint gather(self, Slot *s) noexcept nogil
    cdef bint join(self, Slot *s) noexcept nogil
    cdef bint getopt(self, Slot *s) noexcept nogil
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
    cdef bint read_slot(self, int32_t i) noexcept nogil
    cdef bint evaluate(self, int32_t i) noexcept nogil
