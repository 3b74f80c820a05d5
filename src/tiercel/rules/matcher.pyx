"""The matcher: which rules an event fires.

For each event type the plan has cut the rules' conditions down to what is still open for that type, and has chosen up to
four tests that decide between shorter lists of candidates ("opened for writing?"). So an event costs: the deciders, then
for each candidate a walk over its shared graph, lazily, each node and each field at most once an event (stamps).

Semantics are Falco 0.44.1's: a comparison with an absent field is false and its `not` true; strings compare as bytes; `in`
on a field that holds a list asks for all of its values, `intersects` for one; `regex` is RE2 in POSIX syntax over the whole
value; `pmatch` compares path components; globs are fnmatch(3)'s.
"""

from array import array

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.ref cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdio cimport snprintf
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memchr, memcmp, memcpy, memset, strlen

from tiercel.events.fields.field cimport (
    V_BOOL, V_BYTES, V_DOUBLE, V_INT, V_IP, V_STRING, V_UINT,
    Arg, Context, Extractor, Out, Value,
    arena_alloc, arena_free, arena_reset, extractor, features_of, out_more, printed, put_bool, put_double, put_int, put_string, put_uint,
)
from tiercel.events.event cimport Event
from tiercel.events.state cimport State

cdef extern from "fnmatch.h" nogil:
    int fnmatch(const char *pattern, const char *string, int flags)
    enum:
        FNM_CASEFOLD

cdef extern from "arpa/inet.h" nogil:
    const char *inet_ntop(int family, const void *address, char *to, unsigned int n)
    enum:
        AF_INET
        AF_INET6

cdef extern from "string.h" nogil:
    void *memmem(const void *haystack, size_t n, const void *needle, size_t m)


# ---------------------------------------------------------------------------------------------------------- strings

cdef enum:
    NUMBER_ROOM = 24         # of a number's text, with a NUL


cdef inline uint32_t text_room(const Value *v) noexcept nogil:
    # The most that write_text() writes.
    return v.n if v.kind == V_STRING or v.kind == V_BYTES else 46 if v.kind == V_IP else NUMBER_ROOM


cdef uint32_t write_text(char *to, const Value *v) noexcept nogil:
    # A value as concat() and join() put it together; the number of bytes. `to` has room for a NUL behind text_room().
    if v.kind == V_STRING or v.kind == V_BYTES:
        if v.n:
            memcpy(to, v.p, v.n)
        return v.n
    if v.kind == V_IP:
        to[0] = 0
        inet_ntop(AF_INET if v.n == 4 else AF_INET6, v.p, to, 46)
        return <uint32_t> strlen(to)
    if v.kind == V_INT:
        return snprintf(to, NUMBER_ROOM, b"%lld", <long long> v.num.i)
    if v.kind == V_UINT:
        return snprintf(to, NUMBER_ROOM, b"%llu", <unsigned long long> v.num.u)
    if v.kind == V_BOOL:
        return snprintf(to, NUMBER_ROOM, b"%s", b"true" if v.num.i else b"false")
    return min(snprintf(to, NUMBER_ROOM, b"%.1f", v.num.d), NUMBER_ROOM - 1)


cdef inline uint64_t hash_bytes(const char *p, uint32_t n) noexcept nogil:
    # Multiply-and-fold over 8 bytes at a time; only ever used within one process, on tables of rules' constants.
    cdef uint64_t h = 0x9E3779B97F4A7C15ULL ^ n
    cdef uint64_t w
    while n >= 8:
        memcpy(&w, p, 8)
        h = (h ^ w) * 0xFF51AFD7ED558CCDULL
        h ^= h >> 32
        p += 8
        n -= 8
    if n:
        w = 0
        memcpy(&w, p, n)
        h = (h ^ w) * 0xFF51AFD7ED558CCDULL
        h ^= h >> 32
    return h * 0xC4CEB9FE1A85EC53ULL


cdef inline uint8_t lower(uint8_t c) noexcept nogil:
    return c + 32 if c >= 65 and c <= 90 else c


cdef bint contains_folded(const char *p, uint32_t n, const char *q, uint32_t m) noexcept nogil:
    # q is in lower case.
    cdef uint32_t i, j
    if m == 0:
        return True
    if m > n:
        return False
    for i in range(n - m + 1):
        j = 0
        while j < m and lower(<uint8_t> p[i + j]) == <uint8_t> q[j]:
            j += 1
        if j == m:
            return True
    return False


cdef inline int compare_bytes(const char *p, uint32_t n, const char *q, uint32_t m) noexcept nogil:
    cdef int r = memcmp(p, q, n if n < m else m)
    if r:
        return r
    return -1 if n < m else (1 if n > m else 0)


cdef bint path_below(const char *p, uint32_t n, const char *q, uint32_t m) noexcept nogil:
    # Whether the components of search path q (normalised: "/a/b") begin those of path p. Empty components do not count.
    cdef uint32_t i = 0, j = 0, a, b
    cdef char part[4096]
    cdef char pattern[4096]
    cdef bint wild
    while True:
        while j < m and q[j] == 47:
            j += 1
        if j == m:
            return True
        b = j
        wild = False
        while j < m and q[j] != 47:
            if q[j] == 42 or q[j] == 63 or q[j] == 91:
                wild = True
            j += 1
        while i < n and p[i] == 47:
            i += 1
        if i == n:
            return False
        a = i
        while i < n and p[i] != 47:
            i += 1
        if not wild:
            if i - a != j - b or memcmp(p + a, q + b, i - a) != 0:
                return False
        else:
            if i - a >= 4096 or j - b >= 4096:
                return False
            memcpy(part, p + a, i - a)
            part[i - a] = 0
            memcpy(pattern, q + b, j - b)
            pattern[j - b] = 0
            if fnmatch(pattern, part, 0) != 0:
                return False


cdef inline const char *terminated(Context *c, const Value *v) noexcept nogil:
    # The value as a NUL-terminated string.
    cdef char *q = arena_alloc(c, v.n + 1)
    if q == NULL:
        return NULL
    memcpy(q, v.p, v.n)
    q[v.n] = 0
    return q


# ------------------------------------------------------------------------------------------------------ transformers

cdef bint put_case(Context *c, const Value *v, Out *out, bint upper) noexcept nogil:
    cdef char *q = arena_alloc(c, v.n + 1)
    cdef uint32_t i
    cdef uint8_t ch
    if q == NULL:
        return False
    for i in range(v.n):
        ch = <uint8_t> v.p[i]
        if upper:
            q[i] = <char> (ch - 32 if ch >= 97 and ch <= 122 else ch)
        else:
            q[i] = <char> lower(ch)
    q[v.n] = 0
    return put_string(out, q, v.n)


cdef bint put_basename(const Value *v, Out *out) noexcept nogil:
    cdef uint32_t i = v.n
    while i > 0 and v.p[i - 1] != 47:
        i -= 1
    return put_string(out, v.p + i, v.n - i)


cdef int base64_digit(uint8_t ch) noexcept nogil:
    if ch >= 65 and ch <= 90:
        return ch - 65
    if ch >= 97 and ch <= 122:
        return ch - 71
    if ch >= 48 and ch <= 57:
        return ch + 4
    if ch == 43:
        return 62
    if ch == 47:
        return 63
    return -1


cdef bint put_base64(Context *c, const Value *v, Out *out) noexcept nogil:
    # Decodes; up to two "=" at the end are padding. What is no base64, or has stray bits at its end, has no value.
    cdef uint32_t n = v.n, i, k = 0
    cdef uint32_t bits = 0
    cdef int d
    cdef char *q
    while n > 0 and v.n - n < 2 and v.p[n - 1] == 61:
        n -= 1
    if v.n == 0:
        return put_string(out, "", 0)
    if n == 0 or n % 4 == 1:
        return False
    q = arena_alloc(c, n + 1)
    if q == NULL:
        return False
    for i in range(n):
        d = base64_digit(<uint8_t> v.p[i])
        if d < 0:
            return False
        bits = (bits << 6) | <uint32_t> d
        if i % 4 == 1:
            q[k] = <char> ((bits >> 4) & 0xFF)
            k += 1
        elif i % 4 == 2:
            q[k] = <char> ((bits >> 2) & 0xFF)
            k += 1
        elif i % 4 == 3:
            q[k] = <char> (bits & 0xFF)
            k += 1
    if (n % 4 == 2 and bits & 0xF) or (n % 4 == 3 and bits & 0x3):
        return False
    q[k] = 0
    return put_string(out, q, k)


cdef bint contains_with_fold(Context *c, const Value *v, const Value *needle) noexcept nogil:
    cdef char *q = arena_alloc(c, needle.n + 1)
    cdef uint32_t i
    if q == NULL:
        return False
    for i in range(needle.n):
        q[i] = <char> lower(<uint8_t> needle.p[i])
    return contains_folded(v.p, v.n, q, needle.n)


# ----------------------------------------------------------------------------------------------------------- matcher

cdef class Matcher:
    """Which rules fire for an event. Built by `tiercel.rules.plan`; see the module's text for how it works."""

    def __cinit__(self, uint32_t n_types):
        self.n_classes = n_types
        self.classes = <Class **> calloc(n_types, sizeof(Class *))
        if self.classes == NULL:
            raise MemoryError
        memset(&self.context, 0, sizeof(Context))
        self.context.serial = 1
        self._keep = []
        self._texts = []
        self._codes = {}

    def __dealloc__(self):
        cdef uint32_t i
        for i in range(self.n_slots):
            free(self.slots[i].out.items)
            free(self.slots[i].operands)
        for i in range(self.n_leaves):
            free(self.leaves[i].constants)
            free(self.leaves[i].codes)
        if self.classes != NULL:
            for i in range(self.n_classes):
                if self.classes[i] != NULL:
                    self.drop_class(i)
        free(self.slots)
        free(self.leaves)
        free(self.nodes)
        free(self.children)
        free(self.classes)
        free(self.table_hash)
        free(self.table_code)
        free(self.table_strings)
        arena_free(&self.context)

    cdef void drop_class(self, uint32_t i) noexcept:
        free(self.classes[i].starts)
        free(self.classes[i].candidates)
        free(self.classes[i])
        self.classes[i] = NULL

    # ---- building

    cdef const char *keep(self, bytes text) except NULL:
        self._keep.append(text)
        return text

    cdef int32_t new_slot(self, SlotKind kind) except -1:
        cdef Slot *s
        if self.n_slots == self.room_slots:
            self.room_slots = self.room_slots * 2 if self.room_slots else 64
            s = <Slot *> realloc(self.slots, self.room_slots * sizeof(Slot))
            if s == NULL:
                raise MemoryError
            self.slots = s
        s = &self.slots[self.n_slots]
        memset(s, 0, sizeof(Slot))
        s.kind = kind
        s.arg.index = -1
        self.n_slots += 1
        return <int32_t> self.n_slots - 1

    def add_field(self, str name, argument: str | None, bint shown=False) -> int:
        """A slot for a field of the compiled core, as conditions compare it or (`shown`) as outputs show it.

        KeyError where there is no such extractor.
        """
        cdef Extractor fn = printed(name) if shown else extractor(name)
        cdef int32_t i = self.new_slot(SLOT_FIELD)
        cdef Slot *s = &self.slots[i]
        cdef bytes text
        s.fn = fn
        self.features |= features_of(name)
        if argument is not None:
            text = argument.encode("utf-8", "surrogateescape")
            s.arg.text = self.keep(text)
            s.arg.n = <uint32_t> len(text)
            if argument.isascii() and argument.isdigit() and len(argument) < 18:
                s.arg.index = int(argument)
        return i

    def add_callable(self, function) -> int:
        """A slot whose value `function(document)` gives: None, str, bool, int, float, or a list of them."""
        cdef int32_t i = self.new_slot(SLOT_PYTHON)
        self._keep.append(function)
        self.slots[i].callable = <void *> <PyObject *> function
        return i

    def add_literal(self, str text) -> int:
        cdef bytes b = text.encode("utf-8", "surrogateescape")
        cdef int32_t i = self.new_slot(SLOT_LITERAL)
        self.slots[i].arg.text = self.keep(b)
        self.slots[i].arg.n = <uint32_t> len(b)
        return i

    def add_transform(self, int kind, operands: list[int], bint of_list, argument: str | None) -> int:
        cdef int32_t i = self.new_slot(<SlotKind> kind)
        cdef Slot *s = &self.slots[i]
        cdef bytes text
        s.operands = <int32_t *> calloc(len(operands) or 1, sizeof(int32_t))
        if s.operands == NULL:
            raise MemoryError
        s.n_operands = <uint32_t> len(operands)
        for k, operand in enumerate(operands):
            s.operands[k] = operand
        s.of_list = of_list
        if argument is not None:
            text = argument.encode("utf-8", "surrogateescape")
            s.arg.text = self.keep(text)
            s.arg.n = <uint32_t> len(text)
        return i

    cdef uint32_t code_of(self, bytes text):
        code = self._codes.get(text)
        if code is None:
            self._texts.append(text)
            code = len(self._texts)
            self._codes[text] = code
        return code

    def add_leaf(
        self, int slot, int right, int test, int mode, int quantifier, int modifier, constants: list,
    ) -> int:
        """A test of a slot. `constants` holds bytes (strings, addresses, (address, mask) for networks), ints, floats or
        compiled regular expressions, as `mode` and `test` ask.
        """
        cdef Leaf *l
        cdef Constant *k
        cdef uint32_t i
        cdef bytes text, mask
        if self.n_leaves == self.room_leaves:
            self.room_leaves = self.room_leaves * 2 if self.room_leaves else 256
            l = <Leaf *> realloc(self.leaves, self.room_leaves * sizeof(Leaf))
            if l == NULL:
                raise MemoryError
            self.leaves = l
        l = &self.leaves[self.n_leaves]
        memset(l, 0, sizeof(Leaf))
        l.slot = slot
        l.right = right
        l.test = <Test> test
        l.mode = <Mode> mode
        l.quantifier = <Quantifier> quantifier
        l.modifier = <Modifier> modifier
        l.constants = <Constant *> calloc(len(constants) or 1, sizeof(Constant))
        if l.constants == NULL:
            raise MemoryError
        l.n_constants = <uint32_t> len(constants)
        l.shortest = 0xFFFFFFFF
        self.n_leaves += 1
        for i, value in enumerate(constants):
            k = &l.constants[i]
            if test == TEST_REGEX:
                self._keep.append(value)
                k.regex = <void *> <PyObject *> value
            elif mode == MODE_NET:
                text, mask = value
                k.p = self.keep(text)
                k.n = <uint32_t> len(text)
                memcpy(k.mask, <const char *> mask, len(mask))
            elif mode == MODE_STRING or mode == MODE_IP:
                text = value
                k.p = self.keep(text)
                k.n = <uint32_t> len(text)
                if test == TEST_IN and mode == MODE_STRING:
                    k.code = self.code_of(text)
            elif mode == MODE_DOUBLE:
                k.d = value
            elif mode == MODE_SIGNED:
                k.i = value
            else:
                k.u = value
            l.shortest = min(l.shortest, k.n)
            l.longest = max(l.longest, k.n)
        return self.n_leaves - 1

    def add_node(self, int kind, numbers: list[int]) -> int:
        """A node: NODE_LEAF over one leaf's number, NODE_AND, NODE_OR, NODE_NOT over nodes, NODE_TRUE, NODE_FALSE."""
        cdef Node *n
        cdef int32_t *c
        if self.n_nodes == self.room_nodes:
            self.room_nodes = self.room_nodes * 2 if self.room_nodes else 512
            n = <Node *> realloc(self.nodes, self.room_nodes * sizeof(Node))
            if n == NULL:
                raise MemoryError
            self.nodes = n
        n = &self.nodes[self.n_nodes]
        memset(n, 0, sizeof(Node))
        n.kind = <NodeKind> kind
        if kind == NODE_LEAF:
            n.first = numbers[0]
        else:
            while self.n_children + len(numbers) > self.room_children:
                self.room_children = self.room_children * 2 if self.room_children else 1024
                c = <int32_t *> realloc(self.children, self.room_children * sizeof(int32_t))
                if c == NULL:
                    raise MemoryError
                self.children = c
            n.first = self.n_children
            n.n = <uint32_t> len(numbers)
            for child in numbers:
                self.children[self.n_children] = child
                self.n_children += 1
        self.n_nodes += 1
        return self.n_nodes - 1

    def set_class(self, types: list[int], deciders: list[int], lists: list[list[tuple[int, int]]]) -> None:
        """For events of `types`: `lists[bits]` holds (rule, node) to try, in order, where bit i says that the node
        `deciders[i]` is true. (2 ** len(deciders) lists.)
        """
        cdef Class *c
        cdef uint32_t i, k
        if len(deciders) > 4 or len(lists) != 1 << len(deciders):
            raise ValueError("four deciders at most, and a list for each of their answers")
        for t in types:
            c = <Class *> calloc(1, sizeof(Class))
            if c == NULL:
                raise MemoryError
            if self.classes[t] != NULL:
                self.drop_class(t)
            self.classes[t] = c
            c.n_deciders = <uint32_t> len(deciders)
            for i, node in enumerate(deciders):
                c.deciders[i] = node
            c.starts = <uint32_t *> calloc(len(lists) + 1, sizeof(uint32_t))
            c.candidates = <Candidate *> calloc(sum(map(len, lists)) or 1, sizeof(Candidate))
            if c.starts == NULL or c.candidates == NULL:
                raise MemoryError
            k = 0
            for i, candidates in enumerate(lists):
                c.starts[i] = k
                for rule, node in candidates:
                    self.n_rules = max(self.n_rules, <int> rule + 1)
                    c.candidates[k].rule = rule
                    c.candidates[k].node = node
                    k += 1
            c.starts[len(lists)] = k

    def types(self) -> list[int]:
        """Event types that have a class."""
        return [t for t in range(self.n_classes) if self.classes[t] != NULL]

    def finish(self) -> None:
        """Call when all leaves are there: builds the table of constants."""
        cdef uint32_t i, at
        cdef uint64_t h
        cdef Leaf *l
        cdef bytes text
        self.n_codes = <uint32_t> len(self._texts)
        self.table_size = 64
        while self.table_size < 4 * self.n_codes:
            self.table_size *= 2
        self.table_hash = <uint64_t *> calloc(self.table_size, sizeof(uint64_t))
        self.table_code = <uint32_t *> calloc(self.table_size, sizeof(uint32_t))
        self.table_strings = <Constant *> calloc(self.n_codes + 1, sizeof(Constant))
        if self.table_hash == NULL or self.table_code == NULL or self.table_strings == NULL:
            raise MemoryError
        for i in range(self.n_codes):
            text = self._texts[i]
            self.table_strings[i + 1].p = text
            self.table_strings[i + 1].n = <uint32_t> len(text)
            h = hash_bytes(text, <uint32_t> len(text))
            at = <uint32_t> h & (self.table_size - 1)
            while self.table_code[at]:
                at = (at + 1) & (self.table_size - 1)
            self.table_hash[at] = h
            self.table_code[at] = i + 1
        for i in range(self.n_leaves):
            l = &self.leaves[i]
            if l.test == TEST_IN and l.mode == MODE_STRING and l.right < 0:
                l.codes = <uint64_t *> calloc(self.n_codes // 64 + 1, sizeof(uint64_t))
                if l.codes == NULL:
                    raise MemoryError
                for k in range(l.n_constants):
                    l.codes[l.constants[k].code >> 6] |= <uint64_t> 1 << (l.constants[k].code & 63)

    # ---- reading

    cdef uint32_t lookup(self, const char *p, uint32_t n) noexcept nogil:
        cdef uint64_t h = hash_bytes(p, n)
        cdef uint32_t at = <uint32_t> h & (self.table_size - 1)
        cdef uint32_t code
        while self.table_code[at]:
            if self.table_hash[at] == h:
                code = self.table_code[at]
                if self.table_strings[code].n == n and memcmp(self.table_strings[code].p, p, n) == 0:
                    return code
            at = (at + 1) & (self.table_size - 1)
        return 0

    cdef bint read_slot(self, int32_t i) noexcept nogil:
        # Fills the slot for the event at hand; False where the field is absent.
        cdef Slot *s = &self.slots[i]
        if s.stamp == self.context.serial:
            return s.present
        s.stamp = self.context.serial
        s.out.n = 0
        if s.kind == SLOT_FIELD:
            s.present = s.fn(&self.context, &s.arg, &s.out)
        elif s.kind == SLOT_PYTHON:
            s.present = self.read_document(s)
        else:
            s.present = self.transform(s)
        return s.present

    cdef bint transform(self, Slot *s) noexcept nogil:
        cdef Slot *a
        cdef Value *v
        cdef uint32_t i
        cdef size_t total
        cdef char *q
        if s.kind == SLOT_LITERAL:
            return put_string(&s.out, s.arg.text, s.arg.n)
        for i in range(s.n_operands):
            if not self.read_slot(s.operands[i]):
                return False
        if s.kind == SLOT_LIST:
            return self.gather(s)
        a = &self.slots[s.operands[0]]
        if s.kind == SLOT_LEN:
            if s.of_list:
                return put_uint(&s.out, a.out.n)
            return a.out.n > 0 and a.out.items[0].kind >= V_STRING and put_uint(&s.out, a.out.items[0].n)
        if s.kind == SLOT_CONCAT:
            total = 0
            for i in range(s.n_operands):
                if self.slots[s.operands[i]].out.n == 0:
                    return False
                total += text_room(&self.slots[s.operands[i]].out.items[0])
            q = arena_alloc(&self.context, total + 1)
            if q == NULL:
                return False
            total = 0
            for i in range(s.n_operands):
                total += write_text(q + total, &self.slots[s.operands[i]].out.items[0])
            q[total] = 0
            return put_string(&s.out, q, <uint32_t> total)
        if s.kind == SLOT_JOIN:
            return self.join(s)
        if s.kind == SLOT_GETOPT:
            return self.getopt(s)
        for i in range(a.out.n):
            v = &a.out.items[i]
            if v.kind < V_STRING:
                return False
            if s.kind == SLOT_BASENAME:
                if not put_basename(v, &s.out):
                    return False
            elif s.kind == SLOT_BASE64:
                if not put_base64(&self.context, v, &s.out):
                    return False
            elif not put_case(&self.context, v, &s.out, s.kind == SLOT_TOUPPER):
                return False
        return True

    cdef bint gather(self, Slot *s) noexcept nogil:
        # All values of all operands, as texts.
        cdef Out *part
        cdef uint32_t i, k
        cdef char *q
        for k in range(s.n_operands):
            part = &self.slots[s.operands[k]].out
            for i in range(part.n):
                q = arena_alloc(&self.context, text_room(&part.items[i]) + 1)
                if q == NULL or not put_string(&s.out, q, write_text(q, &part.items[i])):
                    return False
        return True

    cdef bint join(self, Slot *s) noexcept nogil:
        cdef Out *separator = &self.slots[s.operands[0]].out
        cdef Out *parts
        cdef size_t total = 0
        cdef uint32_t i, k
        cdef char *q
        cdef bint first = True
        if separator.n == 0:
            return False
        for k in range(1, s.n_operands):
            parts = &self.slots[s.operands[k]].out
            for i in range(parts.n):
                total += text_room(&parts.items[i]) + text_room(&separator.items[0])
        q = arena_alloc(&self.context, total + 1)
        if q == NULL:
            return False
        total = 0
        for k in range(1, s.n_operands):
            parts = &self.slots[s.operands[k]].out
            for i in range(parts.n):
                if not first:
                    total += write_text(q + total, &separator.items[0])
                first = False
                total += write_text(q + total, &parts.items[i])
        q[total] = 0
        return put_string(&s.out, q, <uint32_t> total)

    cdef bint getopt(self, Slot *s) noexcept nogil:
        # getopt(list, "ab:c")[x]: short options as getopt(3) reads them; with [x] the value of the last -x.
        cdef Out *words = &self.slots[s.operands[0]].out
        cdef Out *spec = &self.slots[s.operands[1]].out
        cdef uint8_t known[256]
        cdef uint8_t valued[256]
        cdef uint32_t i, k
        cdef Value *w
        cdef uint8_t opt
        cdef bint wanted
        cdef bint chosen = s.arg.text != NULL
        cdef const char *p
        if spec.n == 0 or spec.items[0].kind != V_STRING:
            return False
        memset(known, 0, 256)
        memset(valued, 0, 256)
        p = spec.items[0].p
        k = 1 if spec.items[0].n and p[0] == 58 else 0
        while k < spec.items[0].n:
            opt = <uint8_t> p[k]
            if opt != 58:
                known[opt] = 1
                if k + 1 < spec.items[0].n and p[k + 1] == 58:
                    valued[opt] = 1
                    k += 1
            k += 1
        i = 0
        while i < words.n:
            w = &words.items[i]
            if w.kind != V_STRING:
                return False
            if w.n == 2 and w.p[0] == 45 and w.p[1] == 45:
                break
            if w.n > 2 and w.p[0] == 45 and w.p[1] == 45:
                i += 1
                continue
            if w.n < 2 or w.p[0] != 45:
                break
            k = 1
            while k < w.n:
                opt = <uint8_t> w.p[k]
                wanted = not chosen or (s.arg.n == 1 and <uint8_t> s.arg.text[0] == opt)
                if not known[opt]:
                    if not chosen and not put_string(&s.out, "?", 1):
                        return False
                    k += 1
                    continue
                if not valued[opt]:
                    if wanted:
                        if chosen:
                            s.out.n = 0
                        if not put_string(&s.out, w.p + k, 1):
                            return False
                    k += 1
                    continue
                if wanted:
                    if chosen:
                        s.out.n = 0
                    if k + 1 < w.n:
                        if not chosen and not put_string(&s.out, w.p + k, 1):
                            return False
                        if not put_string(&s.out, w.p + k + 1, w.n - k - 1):
                            return False
                    elif i + 1 < words.n:
                        if not chosen and not put_string(&s.out, w.p + k, 1):
                            return False
                        if not put_string(&s.out, words.items[i + 1].p, words.items[i + 1].n):
                            return False
                    elif not put_string(&s.out, "", 0):
                        return False
                if k + 1 >= w.n:
                    i += 1
                break
            i += 1
        return not chosen or s.out.n > 0

    cdef bint read_document(self, Slot *s) noexcept nogil:
        with gil:
            try:
                return self.convert(s, (<object> <PyObject *> s.callable)(<object> <PyObject *> self.context.document))
            except Exception:
                self.python_errors += 1
                return False

    cdef bint convert(self, Slot *s, object value) except -1:
        # A Python value into the slot; strings are copied into the event's arena.
        if value is None:
            return False
        if isinstance(value, (list, tuple)):
            for item in value:
                if not self.convert_one(s, item):
                    return False
            return True
        return self.convert_one(s, value)

    cdef bint convert_one(self, Slot *s, object value) except -1:
        cdef bytes b
        cdef char *q
        if value is True or value is False:
            return put_bool(&s.out, value)
        if isinstance(value, int):
            if value < 0:
                return put_int(&s.out, value)
            return put_uint(&s.out, value & 0xFFFFFFFFFFFFFFFF)
        if isinstance(value, float):
            return put_double(&s.out, value)
        b = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
        q = arena_alloc(&self.context, len(b) + 1)
        if q == NULL:
            return False
        memcpy(q, <const char *> b, len(b) + 1)
        return put_string(&s.out, q, <uint32_t> len(b))

    # ---- testing

    cdef bint test_string(self, Leaf *l, const Value *v, const Constant *k) noexcept nogil:
        cdef const char *q
        cdef Test t = l.test
        if t == TEST_EQ or t == TEST_IN:
            return v.n == k.n and memcmp(v.p, k.p, k.n) == 0
        if t == TEST_STARTSWITH:
            return v.n >= k.n and memcmp(v.p, k.p, k.n) == 0
        if t == TEST_CONTAINS:
            return memmem(v.p, v.n, k.p, k.n) != NULL
        if t == TEST_ENDSWITH:
            return v.n >= k.n and memcmp(v.p + v.n - k.n, k.p, k.n) == 0
        if t == TEST_NE:
            return v.n != k.n or memcmp(v.p, k.p, k.n) != 0
        if t == TEST_PMATCH:
            return path_below(v.p, v.n, k.p, k.n)
        if t == TEST_GLOB or t == TEST_IGLOB:
            q = terminated(&self.context, v)
            return q != NULL and fnmatch(k.p, q, FNM_CASEFOLD if t == TEST_IGLOB else 0) == 0
        if t == TEST_ICONTAINS:
            return contains_folded(v.p, v.n, k.p, k.n)
        if t == TEST_REGEX:
            return self.test_regex(v, k)
        if t == TEST_LT:
            return compare_bytes(v.p, v.n, k.p, k.n) < 0
        if t == TEST_LE:
            return compare_bytes(v.p, v.n, k.p, k.n) <= 0
        if t == TEST_GT:
            return compare_bytes(v.p, v.n, k.p, k.n) > 0
        if t == TEST_GE:
            return compare_bytes(v.p, v.n, k.p, k.n) >= 0
        return False

    cdef bint test_regex(self, const Value *v, const Constant *k) noexcept nogil:
        with gil:
            try:
                text = PyBytes_FromStringAndSize(v.p, v.n)
                return (<object> <PyObject *> k.regex).fullmatch(text) is not None
            except Exception:
                self.python_errors += 1
                return False

    cdef bint test_value(self, Leaf *l, const Value *v, const Constant *k) noexcept nogil:
        cdef Test t = l.test
        cdef uint32_t i
        cdef bint same
        cdef int64_t a
        cdef uint64_t u
        cdef double d, c
        if l.mode == MODE_STRING:
            return self.test_string(l, v, k)
        if l.mode == MODE_SIGNED:
            a = v.num.i
            if t == TEST_EQ or t == TEST_IN:
                return a == k.i
            if t == TEST_NE:
                return a != k.i
            if t == TEST_LT:
                return a < k.i
            if t == TEST_LE:
                return a <= k.i
            if t == TEST_GT:
                return a > k.i
            return t == TEST_GE and a >= k.i
        if l.mode == MODE_UNSIGNED:
            u = v.num.u
            if t == TEST_EQ or t == TEST_IN:
                return u == k.u
            if t == TEST_NE:
                return u != k.u
            if t == TEST_LT:
                return u < k.u
            if t == TEST_LE:
                return u <= k.u
            if t == TEST_GT:
                return u > k.u
            return t == TEST_GE and u >= k.u
        if l.mode == MODE_DOUBLE:
            d = v.num.d
            c = k.d
            if t == TEST_EQ or t == TEST_IN:
                return d == c
            if t == TEST_NE:
                return d != c
            if t == TEST_LT:
                return d < c
            if t == TEST_LE:
                return d <= c
            if t == TEST_GT:
                return d > c
            return t == TEST_GE and d >= c
        if l.mode == MODE_IP:
            same = v.n == k.n and memcmp(v.p, k.p, k.n) == 0
        else:
            same = v.n == k.n
            if same:
                for i in range(v.n):
                    if (<uint8_t> v.p[i] & k.mask[i]) != (<uint8_t> k.p[i] & k.mask[i]):
                        same = False
                        break
        if t == TEST_NE:
            return not same
        return (t == TEST_EQ or t == TEST_IN) and same

    cdef bint test_against_right(self, Leaf *l, const Value *v) noexcept nogil:
        # The right-hand side is another field's value (or, for `in` and `intersects`, values).
        cdef Slot *r = &self.slots[l.right]
        cdef Constant k
        cdef uint32_t i
        for i in range(r.out.n):
            if not self.fits(l, &r.out.items[i]):
                return False
            k.p = r.out.items[i].p
            k.n = r.out.items[i].n
            k.u = r.out.items[i].num.u
            k.i = r.out.items[i].num.i
            k.d = r.out.items[i].num.d
            if l.test == TEST_ICONTAINS:
                if contains_with_fold(&self.context, v, &r.out.items[i]):
                    return True
            elif l.test == TEST_GLOB or l.test == TEST_IGLOB:
                k.p = terminated(&self.context, &r.out.items[i])
                if k.p != NULL and self.test_value(l, v, &k):
                    return True
            elif self.test_value(l, v, &k):
                return True
            if l.test != TEST_IN:
                return False
        return False

    cdef bint fits(self, const Leaf *l, const Value *v) noexcept nogil:
        # A parameter's type is its event's: evt.rawarg.data is text to the rule, a number to another event that has
        # one of that name. Such a value compares with nothing.
        return (v.kind >= V_STRING) == (l.mode == MODE_STRING or l.mode >= MODE_IP)

    cdef bint test_all(self, Leaf *l, const Value *v, uint32_t code) noexcept nogil:
        # One value against the leaf's constants. `code` is the value's, where `in` on strings needs it.
        cdef uint32_t i, found
        if l.right >= 0:
            return self.test_against_right(l, v)
        if l.modifier == PLAIN:
            if l.test == TEST_IN:
                if l.codes != NULL:
                    return code != 0 and (l.codes[code >> 6] >> (code & 63)) & 1
                for i in range(l.n_constants):
                    if self.test_value(l, v, &l.constants[i]):
                        return True
                return False
            if l.test == TEST_PMATCH:
                for i in range(l.n_constants):
                    if path_below(v.p, v.n, l.constants[i].p, l.constants[i].n):
                        return True
                return False
            return l.n_constants > 0 and self.test_value(l, v, &l.constants[0])
        found = 0
        for i in range(l.n_constants):
            if self.test_value(l, v, &l.constants[i]):
                found += 1
                if l.modifier == ANYOF or found > 1 and l.modifier == ONEOF:
                    break
            elif l.modifier == ALLOF:
                return False
        if l.modifier == ONEOF:
            return found == 1
        return found > 0

    cdef uint32_t code_for(self, Leaf *l, Slot *s, uint32_t i) noexcept nogil:
        # The code of the slot's i-th value, 0 where the leaf does not need it or it is in no rule.
        cdef Value *v = &s.out.items[i]
        if l.codes == NULL or v.n < l.shortest or v.n > l.longest:
            return 0
        if i:
            return self.lookup(v.p, v.n)
        if s.code_stamp != self.context.serial:
            s.code_stamp = self.context.serial
            s.code = self.lookup(v.p, v.n)
        return s.code

    cdef bint test_leaf(self, Leaf *l) noexcept nogil:
        cdef Slot *s
        cdef uint32_t i
        cdef bint answer
        if not self.read_slot(l.slot):
            return False
        s = &self.slots[l.slot]
        if l.test == TEST_EXISTS:
            return True
        if l.test == TEST_NEVER:
            return False
        if l.right >= 0 and not self.read_slot(l.right):
            return False
        if l.quantifier == ONE:
            answer = s.out.n > 0 and self.fits(l, &s.out.items[0]) and self.test_all(l, &s.out.items[0], self.code_for(l, s, 0))
        elif l.quantifier == ANY:
            answer = False
            for i in range(s.out.n):
                if self.fits(l, &s.out.items[i]) and self.test_all(l, &s.out.items[i], self.code_for(l, s, i)):
                    answer = True
                    break
        else:
            answer = l.quantifier == EVERY or s.out.n > 0
            for i in range(s.out.n):
                if not self.fits(l, &s.out.items[i]) or not self.test_all(l, &s.out.items[i], self.code_for(l, s, i)):
                    answer = False
                    break
        return answer

    cdef bint evaluate(self, int32_t i) noexcept nogil:
        cdef Node *n = &self.nodes[i]
        cdef uint32_t k
        cdef bint value
        if n.stamp == self.context.serial:
            return n.value
        if n.kind == NODE_LEAF:
            value = self.test_leaf(&self.leaves[n.first])
        elif n.kind == NODE_AND:
            value = True
            for k in range(n.first, n.first + n.n):
                if not self.evaluate(self.children[k]):
                    value = False
                    break
        elif n.kind == NODE_OR:
            value = False
            for k in range(n.first, n.first + n.n):
                if self.evaluate(self.children[k]):
                    value = True
                    break
        elif n.kind == NODE_NOT:
            value = not self.evaluate(self.children[n.first])
        else:
            value = n.kind == NODE_TRUE
        n.stamp = self.context.serial
        n.value = value
        return value

    cdef int match(self, Event *e, int32_t *hits, int room, bint first) noexcept nogil:
        # The rules that fire, in load order, into hits[:room]; the number of them. `first`: at most one.
        cdef Class *c
        cdef uint32_t bits = 0, i
        cdef int found = 0
        if e.type >= self.n_classes:
            return 0
        c = self.classes[e.type]
        if c == NULL:
            return 0
        self.context.event = e
        self.context.serial += 1
        arena_reset(&self.context)
        for i in range(c.n_deciders):
            if self.evaluate(c.deciders[i]):
                bits |= <uint32_t> 1 << i
        for i in range(c.starts[bits], c.starts[bits + 1]):
            if self.evaluate(c.candidates[i].node):
                if found < room:
                    hits[found] = c.candidates[i].rule
                    found += 1
                if first:
                    break
        return found

    def match_document(self, uint16_t type, document, bint match_all) -> list[int]:
        """The rules that fire for an event that is a document (an audit event), read by the callables of the plan."""
        cdef Event event
        cdef int32_t[:] found
        cdef int n
        memset(&event, 0, sizeof(Event))
        event.type = type
        self.document = document
        self.context.document = <void *> <PyObject *> document
        hits = array("i", bytes(4 * max(1, self.n_rules)))
        found = hits
        n = self.match(&event, &found[0], <int> len(hits), not match_all)
        return hits[:n].tolist()
