"""The matcher's arrays, filled row by row. Nothing here runs when events come."""

from cpython.ref cimport PyObject
from libc.stdint cimport int32_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcpy, memset

from tiercel.events.fields.field cimport Context, Extractor, arena_free, extractor, features_of, printed
from tiercel.rules.strings cimport hash_bytes


cdef class Tables:
    """The arrays of a matcher, and how `tiercel.rules.plan` fills them."""

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
