"""The matcher: which rules an event fires.

For each event type the plan has cut the rules' conditions down to what is still open for that type, and has chosen up to
four tests that decide between shorter lists of candidates ("opened for writing?"). So an event costs: the deciders, then
for each candidate a walk over its shared graph, lazily, each node and each field at most once an event (stamps).

Semantics are Falco 0.44.1's: a comparison with an absent field is false and its `not` true; strings compare as bytes; `in`
on a field that holds a list asks for all of its values, `intersects` for one; `regex` is RE2 in POSIX syntax over the whole
value; `pmatch` compares path components; globs are fnmatch(3)'s.

An event about a file that the kernel calls by another name than the process did is judged under both: a rule fires if it
fires for either, in load order over both. What is read afterwards (an output) shows the name that made its rule fire, the
claimed one where both did.
"""

from array import array

from cpython.bytes cimport PyBytes_FromStringAndSize
from cpython.ref cimport PyObject
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcmp, memcpy, memset

from tiercel.events.event cimport Event
from tiercel.events.fields.field cimport (
    V_BOOL, V_BYTES, V_DOUBLE, V_INT, V_IP, V_STRING, V_UINT, Out, Value,
    arena_alloc, arena_reset, put_bool, put_double, put_int, put_string, put_uint,
)
from tiercel.events.truth cimport exchange, exchanges_of, may_have_two
from tiercel.rules.strings cimport (
    FNM_CASEFOLD, compare_bytes, contains_folded, contains_with_fold, fnmatch, hash_bytes, memmem, path_below, terminated,
)
from tiercel.rules.tables cimport *
from tiercel.rules.transforms cimport put_base64, put_basename, put_case, put_options, text_room, write_text


cdef class Matcher(Tables):
    """Which rules fire for an event. Built by `tiercel.rules.plan`; see the module's text for how it works."""

    def __dealloc__(self):
        free(self.by_truth)

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
            return put_options(&a.out, &self.slots[s.operands[1]].out, &s.arg, &s.out)
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
        if isinstance(value, bytes):
            b = value
        else:
            try:
                b = str(value).encode("utf-8", "surrogateescape")  # bytes that were no UTF-8 come back as they were
            except UnicodeEncodeError:
                b = str(value).encode("utf-8", "surrogatepass")
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
        cdef uint32_t bits, i
        cdef int found = 0
        self.n_pairs = 0
        self.context.truth = False
        if e.type >= self.n_classes:
            return 0
        c = self.classes[e.type]
        if c == NULL:
            return 0
        self.context.event = e
        self.context.serial += 1
        arena_reset(&self.context)
        bits = self.decide(c)
        for i in range(c.starts[bits], c.starts[bits + 1]):
            if self.evaluate(c.candidates[i].node):
                if found < room:
                    hits[found] = c.candidates[i].rule
                    found += 1
                if first:
                    break
        if may_have_two(e):
            self.n_pairs = exchanges_of(e, self.pairs)
            if self.n_pairs:
                return self.match_truth(c, hits, found, room, first)
        return found

    cdef uint32_t decide(self, Class *c) noexcept nogil:
        # The deciders' answers, a bit each.
        cdef uint32_t bits = 0, i
        for i in range(c.n_deciders):
            if self.evaluate(c.deciders[i]):
                bits |= <uint32_t> 1 << i
        return bits

    cdef int match_truth(self, Class *c, int32_t *hits, int found, int room, bint first) noexcept nogil:
        # The same event under the kernel's names: adds the rules that fire only so, and says which those are. The names
        # are the claimed ones again afterwards.
        cdef int32_t rule
        cdef uint32_t bits, i
        cdef int k, at = 0
        if self.by_truth == NULL or self.room_by_truth < self.n_rules:
            free(self.by_truth)
            self.room_by_truth = self.n_rules
            self.by_truth = <uint8_t *> calloc(self.n_rules or 1, 1)
            if self.by_truth == NULL:
                self.room_by_truth = 0
                self.n_pairs = 0
                return found
        for k in range(found):
            self.by_truth[hits[k]] = 0
        self.show(True)
        bits = self.decide(c)
        for i in range(c.starts[bits], c.starts[bits + 1]):
            rule = c.candidates[i].rule
            if first and found and rule >= hits[0]:
                break
            while at < found and hits[at] < rule:
                at += 1
            if at < found and hits[at] == rule:
                continue
            if not self.evaluate(c.candidates[i].node):
                continue
            self.by_truth[rule] = 1
            if first:
                if room:
                    hits[0] = rule
                    found = 1
                break
            if found < room:
                for k in range(found, at, -1):
                    hits[k] = hits[k - 1]
                hits[at] = rule
                found += 1
        self.show(False)
        return found

    cdef void show(self, bint truth) noexcept nogil:
        # Which of the event's names fields show from now on.
        if self.context.truth == truth or self.n_pairs == 0:
            return
        exchange(self.pairs, self.n_pairs)
        self.context.truth = truth
        self.context.serial += 1

    cdef void show_for(self, int32_t rule) noexcept nogil:
        # Those that made the rule fire.
        self.show(self.n_pairs != 0 and rule < self.room_by_truth and self.by_truth[rule])

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
