"""The matcher's data: slots (values read once an event), leaves (tests of a slot), nodes (and, or, not over leaves).

All are flat arrays that `tiercel.rules.plan` fills; nothing of a rule's text is left when events come.
"""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t

from tiercel.events.fields.field cimport Arg, Context, Extractor, Out, Value


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
    void *callable          # SLOT_PYTHON: borrowed, kept alive by Tables._keep
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


cdef class Tables:
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
    cdef list _keep
    cdef list _texts               # constant strings by code - 1
    cdef dict _codes
    cdef readonly uint32_t features    # what the fields need of the state: a sum of Feature

    cdef void drop_class(self, uint32_t i) noexcept
    cdef const char *keep(self, bytes text) except NULL
    cdef int32_t new_slot(self, SlotKind kind) except -1
    cdef uint32_t code_of(self, bytes text)
