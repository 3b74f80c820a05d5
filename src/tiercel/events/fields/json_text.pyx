"""JSON as Falco's k8saudit and json plugins read it: the words it is written in matter, not only what they mean.

Both plugins use Go's fastjson, and print a number or a nested object with the characters it came with. A parser that
makes floats of numbers and keeps the last of two equal keys cannot give those values back, and one that is stricter
refuses events that Falco judges (docs/decisions/json-of-audit-events.md). So this module has three parts:

    Scanner   finds where a text ends, in pieces as they arrive; the only part that sees unchecked bytes
    parse     makes Python values of a text: Object (a dict), Array (a list), str, bool, None, int, Number
    compact, indented   the text of a value without blanks, or with those of a pretty printer

They are one file because they must see the same tokens: where a string or a number ends is written once.

What is taken, beyond JSON: any character in a string but a line feed, unknown escapes (kept as they are), numbers made
of any of `0-9.+-eE`, `nan` and `inf`. Of equal keys the first one counts. Nesting ends at 300. Bytes that are not
UTF-8 become lone surrogates (`surrogateescape`), so that encoding a value gives the same bytes again.
"""

from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.unicode cimport PyUnicode_DecodeUTF8
from libc.string cimport memchr, memcmp, memcpy

ctypedef unsigned char byte

cdef enum:
    DEEPEST = 300     # fastjson's limit; a scalar counts as a level
    TOKEN = 1 << 20   # the longest key or number; strings have no limit of their own
    DIGITS = 18       # integers up to so many digits become int: they fit 64 bits and print as they were written

MAX_DEPTH = DEEPEST

DONE = 0       # the text is whole: it ends before `at`
MORE = 1       # so far it is right; more bytes are needed
BROKEN = 2     # it cannot become right: `error` says why, `at` where

cdef enum Expect:
    VALUE           # after ':' or ',', or at the start
    VALUE_OR_CLOSE  # after '['
    KEY_OR_CLOSE    # after '{'
    KEY             # after ',' in an object
    COLON
    COMMA_OR_CLOSE


cdef inline bint blank(byte c) noexcept nogil:
    return c == 0x20 or c == 0x0A or c == 0x0D or c == 0x09


cdef inline bint numeric(byte c) noexcept nogil:
    return 0x30 <= c <= 0x39 or c == c'.' or c == c'-' or c == c'+' or c == c'e' or c == c'E'


cdef inline bint digit(byte c) noexcept nogil:
    return 0x30 <= c <= 0x39


cdef inline bint same_letters(const byte *p, const char *lower) noexcept nogil:
    return (p[0] | 0x20) == <byte> lower[0] and (p[1] | 0x20) == <byte> lower[1] and (p[2] | 0x20) == <byte> lower[2]


cdef Py_ssize_t end_of_string(const byte *p, Py_ssize_t i, Py_ssize_t end) noexcept nogil:
    # `i` is after the opening quote. Where the closing quote is; -1 where the bytes end before it, -2 at a line feed.
    while i < end:
        if p[i] == c'"':
            return i
        if p[i] == c'\n':
            return -2
        if p[i] == c'\\':
            i += 1
            if i < end and p[i] == c'\n':
                return -2
        i += 1
    return -1


cdef Py_ssize_t line_end(const byte *p, Py_ssize_t i, Py_ssize_t end) noexcept nogil:
    cdef const byte *found = <const byte *> memchr(p + i, c'\n', end - i)
    return found - p if found != NULL else end


cdef Py_ssize_t resume(const byte *p, Py_ssize_t start, Py_ssize_t end) noexcept nogil:
    # Where to go on in a string of which the bytes from `start` were read without its end: not within an escape.
    cdef Py_ssize_t i = end
    while i > start and p[i - 1] == c'\\':
        i -= 1
    return end - ((end - i) & 1)


cdef Py_ssize_t end_of_scalar(const byte *p, Py_ssize_t i, Py_ssize_t end) noexcept nogil:
    # The end of a word or number; -1 where the bytes end too early to tell, -2 where it is neither.
    cdef Py_ssize_t start = i, n = end - i
    cdef byte c = p[i]
    if c == c't':
        if n >= 4:
            return i + 4 if memcmp(p + i, <const char *> b"true", 4) == 0 else -2
        return -1 if memcmp(p + i, <const char *> b"true", n) == 0 else -2
    if c == c'f':
        if n >= 5:
            return i + 5 if memcmp(p + i, <const char *> b"false", 5) == 0 else -2
        return -1 if memcmp(p + i, <const char *> b"false", n) == 0 else -2
    if c == c'n':
        if n >= 4 and memcmp(p + i, <const char *> b"null", 4) == 0:
            return i + 4
        if n >= 3 and same_letters(p + i, b"nan"):
            return i + 3
        if n < 4 and memcmp(p + i, <const char *> b"null", n) == 0:
            return -1
        return -1 if n < 3 and (n == 1 or (p[i + 1] | 0x20) == c'a') else -2
    while i < end and numeric(p[i]):
        i += 1
    if i == start or i == start + 1 and (c == c'-' or c == c'+'):
        n = end - i
        if n >= 3:
            return i + 3 if same_letters(p + i, b"inf") or same_letters(p + i, b"nan") else -2
        if n == 0:
            return -1
        c = p[i] | 0x20
        if n == 2 and (p[i + 1] | 0x20) != (c'n' if c == c'i' else c'a'):
            return -2
        return -1 if c == c'i' or c == c'n' else -2
    return i if i < end else -1


cdef class Scanner:
    """Finds the end of one object or array in bytes that arrive in pieces.

    `begin(start)`, then `scan(buffer)` with the growing buffer until it says DONE or BROKEN. `at` is where the scan
    stands: what lies before it is not looked at again, and may leave the buffer (`moved`). `items` the place of the array under the outermost object's key `items`, -1 where there is none yet: that
    is what an EventList looks like. `open_places()` are the containers that are open, outermost first.
    """

    cdef readonly Py_ssize_t at
    cdef readonly Py_ssize_t items
    cdef readonly str error
    cdef int depth
    cdef int expect
    cdef bint items_key
    cdef bint in_string         # `at` is within a string
    cdef byte is_object[DEEPEST + 1]
    cdef Py_ssize_t opened[DEEPEST + 1]

    def begin(self, Py_ssize_t start):
        self.at = start
        self.items = -1
        self.error = ""
        self.depth = 0
        self.expect = VALUE
        self.items_key = False
        self.in_string = False

    def moved(self, Py_ssize_t n):
        """The buffer lost its first `n` bytes. Places that were among them become negative; `items` becomes -1."""
        cdef int i
        self.at -= n
        if self.items >= 0:
            self.items = self.items - n if self.items >= n else -1
        for i in range(self.depth):
            self.opened[i] -= n

    def open_places(self):
        cdef int i
        return [self.opened[i] for i in range(self.depth)]

    cdef int fail(self, Py_ssize_t at, str error) except -1:
        self.at = at
        self.error = error
        return 2

    def scan(self, bytearray buffer not None):
        return self.run(<const byte *> PyByteArray_AS_STRING(buffer), PyByteArray_GET_SIZE(buffer))

    cdef int run(self, const byte *p, Py_ssize_t end) except -1:
        cdef Py_ssize_t i = self.at, j
        cdef byte c
        if i < 0:
            return self.fail(0, "nothing to read")
        if self.in_string:
            j = end_of_string(p, i, end)
            if j == -1:
                self.at = resume(p, i, end)
                return 1
            if j == -2:
                return self.fail(line_end(p, i, end), "a string does not end on its line")
            self.in_string = False
            i = j + 1
            if self.depth == 0:
                self.at = i
                return 0
            self.expect = COMMA_OR_CLOSE
        while True:
            while i < end and blank(p[i]):
                i += 1
            if i >= end:
                self.at = i
                return 1
            c = p[i]
            if self.expect == COMMA_OR_CLOSE:
                if c == c',':
                    self.expect = KEY if self.is_object[self.depth - 1] else VALUE
                    i += 1
                    continue
                if c != (c'}' if self.is_object[self.depth - 1] else c']'):
                    return self.fail(i, "',' or '%s' expected" % ("}" if self.is_object[self.depth - 1] else "]"))
                i += 1
                self.depth -= 1
                if self.depth == 0:
                    self.at = i
                    return 0
                continue
            if self.expect == COLON:
                if c != c':':
                    return self.fail(i, "':' expected after a key")
                self.expect = VALUE
                i += 1
                continue
            if self.expect == KEY_OR_CLOSE and c == c'}' or self.expect == VALUE_OR_CLOSE and c == c']':
                self.expect = COMMA_OR_CLOSE
                continue
            if self.expect == KEY_OR_CLOSE or self.expect == KEY:
                if c != c'"':
                    return self.fail(i, "a key in double quotes expected")
                j = end_of_string(p, i + 1, end)
                if (j if j >= 0 else end if j == -1 else line_end(p, i, end)) - i > TOKEN:
                    return self.fail(i, "a key is too long")
                if j == -2:
                    return self.fail(line_end(p, i, end), "a key does not end on its line")
                if j == -1:
                    self.at = i
                    return 1
                self.items_key = self.depth == 1 and j - i == 6 and memcmp(p + i + 1, <const char *> b"items", 5) == 0
                self.expect = COLON
                i = j + 1
                continue
            # a value
            if self.depth >= DEEPEST:
                return self.fail(i, f"nested deeper than {DEEPEST} levels")
            if c == c'{' or c == c'[':
                if self.items_key and self.items < 0 and c == c'[':
                    self.items = i
                self.items_key = False
                self.is_object[self.depth] = c == c'{'
                self.opened[self.depth] = i
                self.depth += 1
                self.expect = KEY_OR_CLOSE if c == c'{' else VALUE_OR_CLOSE
                i += 1
                continue
            self.items_key = False
            if c == c'"':
                j = end_of_string(p, i + 1, end)
                if j == -2:
                    return self.fail(line_end(p, i, end), "a string does not end on its line")
                if j == -1:
                    self.in_string = True
                    self.at = resume(p, i + 1, end)
                    return 1
                j += 1
            else:
                j = end_of_scalar(p, i, end)
                if j == -2:
                    return self.fail(i, "a value expected")
                if (j if j >= 0 else end) - i > TOKEN:
                    return self.fail(i, "a number is too long")
                if j == -1:
                    self.at = i
                    return 1
            i = j
            if self.depth == 0:
                self.at = i
                return 0
            self.expect = COMMA_OR_CLOSE


cdef class Object(dict):
    """An object, its members by name; `text()` is how it was written.

    A name that stands twice counts once, by its first value, and one written without escapes goes before one with.
    `names` are all names as they were written, where one stands twice.
    """

    cdef bytes source
    cdef Py_ssize_t start
    cdef Py_ssize_t end
    cdef readonly list names

    def text(self):
        return compact_part(self.source, self.start, self.end)


cdef class Array(list):
    """An array; `text()` is how it was written."""

    cdef bytes source
    cdef Py_ssize_t start
    cdef Py_ssize_t end

    def text(self):
        return compact_part(self.source, self.start, self.end)


class Number(float):
    """A number that is not a plain integer; `text` is how it was written."""

    __slots__ = ("text",)

    def __new__(cls, text):
        try:
            self = float.__new__(cls, text)
        except ValueError:
            self = float.__new__(cls, "nan")
        self.text = text
        return self

    def __getnewargs__(self):
        return (self.text,)


cdef inline int hex4(const byte *p) noexcept nogil:
    # The number that four hexadecimal digits are, -1 where they are not that.
    cdef int i, x = 0
    cdef byte c
    for i in range(4):
        c = p[i]
        if digit(c):
            x = x * 16 + (c - 0x30)
        elif 0x61 <= (c | 0x20) <= 0x66:
            x = x * 16 + ((c | 0x20) - 0x57)
        else:
            return -1
    return x


cdef inline Py_ssize_t put_utf8(byte *q, Py_ssize_t n, int x) noexcept nogil:
    if x < 0x80:
        q[n] = <byte> x
        return n + 1
    if x < 0x800:
        q[n] = <byte> (0xC0 | x >> 6)
        q[n + 1] = <byte> (0x80 | x & 0x3F)
        return n + 2
    if x < 0x10000:
        q[n] = <byte> (0xE0 | x >> 12)
        q[n + 1] = <byte> (0x80 | x >> 6 & 0x3F)
        q[n + 2] = <byte> (0x80 | x & 0x3F)
        return n + 3
    q[n] = <byte> (0xF0 | x >> 18)
    q[n + 1] = <byte> (0x80 | x >> 12 & 0x3F)
    q[n + 2] = <byte> (0x80 | x >> 6 & 0x3F)
    q[n + 3] = <byte> (0x80 | x & 0x3F)
    return n + 4


cdef Py_ssize_t unescape(const byte *p, Py_ssize_t size, byte *q) noexcept nogil:
    # Into `q`, which holds `size` bytes: no escape is shorter than what it stands for. What is no escape stays.
    cdef Py_ssize_t i = 0, n = 0
    cdef int x, y
    cdef byte c
    while i < size:
        c = p[i]
        if c != c'\\':
            q[n] = c
            n += 1
            i += 1
            continue
        i += 1
        if i >= size:
            break
        c = p[i]
        i += 1
        if c == c'u':
            x = hex4(p + i) if size - i >= 4 else -1
            if x < 0:
                q[n] = c'\\'
                q[n + 1] = c'u'
                n += 2
                continue
            if 0xD800 <= x < 0xE000:
                y = hex4(p + i + 6) if size - i >= 10 and p[i + 4] == c'\\' and p[i + 5] == c'u' else -1
                if y < 0:
                    # half a pair: as it is written
                    q[n] = c'\\'
                    q[n + 1] = c'u'
                    memcpy(q + n + 2, p + i, 4)
                    n += 6
                    i += 4
                    continue
                i += 6
                if x < 0xDC00 and 0xDC00 <= y < 0xE000:
                    x = 0x10000 + ((x - 0xD800) << 10) + (y - 0xDC00)
                else:
                    x = 0xFFFD
            n = put_utf8(q, n, x)
            i += 4
            continue
        if c == c'n':
            c = c'\n'
        elif c == c't':
            c = c'\t'
        elif c == c'r':
            c = c'\r'
        elif c == c'b':
            c = 0x08
        elif c == c'f':
            c = 0x0C
        elif c != c'"' and c != c'\\' and c != c'/':
            q[n] = c'\\'
            n += 1
        q[n] = c
        n += 1
    return n


cdef str read_string(const byte *p, Py_ssize_t size):
    cdef byte *q
    cdef Py_ssize_t n
    if size == 0:
        return ""
    if memchr(p, c'\\', size) == NULL:
        return PyUnicode_DecodeUTF8(<const char *> p, size, "surrogateescape")
    q = <byte *> PyMem_Malloc(size)
    if q == NULL:
        raise MemoryError
    try:
        n = unescape(p, size, q)
        return PyUnicode_DecodeUTF8(<const char *> q, n, "surrogateescape")
    finally:
        PyMem_Free(q)


cdef object read_number(const byte *p, Py_ssize_t size):
    cdef Py_ssize_t i = 1 if p[0] == c'-' else 0
    cdef Py_ssize_t first = i
    cdef long long x = 0
    if 0 < size - i <= DIGITS and (p[i] != c'0' or size == 1):
        while i < size and digit(p[i]):
            x = x * 10 + (p[i] - 0x30)
            i += 1
        if i == size:
            return -x if first else x
    return Number(PyUnicode_DecodeUTF8(<const char *> p, size, "surrogateescape"))


cdef class Reader:
    # Makes values of a text. `at` moves on, never past `end`.
    cdef bytes source
    cdef const byte *p
    cdef Py_ssize_t at
    cdef Py_ssize_t end

    cdef inline byte next_byte(self) except? 0:
        while self.at < self.end and blank(self.p[self.at]):
            self.at += 1
        if self.at >= self.end:
            raise ValueError("the text ends too early")
        return self.p[self.at]

    cdef str quoted(self, bint *escaped):
        cdef Py_ssize_t i = self.at + 1
        cdef Py_ssize_t j = end_of_string(self.p, i, self.end)
        if j < 0:
            raise ValueError("a string does not end")
        self.at = j + 1
        if escaped != NULL:
            escaped[0] = j > i and memchr(self.p + i, c'\\', j - i) != NULL
        return read_string(self.p + i, j - i)

    cdef object read_value(self, int depth):
        cdef byte c = self.next_byte()
        cdef Py_ssize_t i, j
        if depth >= DEEPEST:
            raise ValueError(f"nested deeper than {DEEPEST} levels")
        if c == c'"':
            return self.quoted(NULL)
        if c == c'{':
            return self.read_object(depth)
        if c == c'[':
            return self.read_array(depth)
        i = self.at
        j = end_of_scalar(self.p, i, self.end)
        if j == -1:
            # a number at the very end, or half a word
            j = i
            while j < self.end and numeric(self.p[j]):
                j += 1
            if j < self.end:
                j = -1
        if j < 0:
            raise ValueError("a value expected")
        self.at = j
        if c == c't':
            return True
        if c == c'f':
            return False
        if c == c'n' and j - i == 4:
            return None
        return read_number(self.p + i, j - i)

    cdef Array read_array(self, int depth):
        cdef Array a = Array.__new__(Array)
        cdef byte c
        a.source = self.source
        a.start = self.at
        self.at += 1
        if self.next_byte() != c']':
            while True:
                (<list> a).append(self.read_value(depth + 1))
                c = self.next_byte()
                if c != c',':
                    break
                self.at += 1
            if c != c']':
                raise ValueError("',' or ']' expected")
        self.at += 1
        a.end = self.at
        return a

    cdef Object read_object(self, int depth):
        cdef Object o = Object.__new__(Object)
        cdef set with_escapes = None
        cdef list names = None
        cdef bint escaped = False
        cdef str key
        cdef object value
        cdef byte c
        o.source = self.source
        o.start = self.at
        self.at += 1
        if self.next_byte() != c'}':
            while True:
                if self.next_byte() != c'"':
                    raise ValueError("a key in double quotes expected")
                key = self.quoted(&escaped)
                if self.next_byte() != c':':
                    raise ValueError("':' expected after a key")
                self.at += 1
                value = self.read_value(depth + 1)
                if key not in <dict> o:
                    (<dict> o)[key] = value
                    if names is not None:
                        names.append(key)
                    if escaped:
                        if with_escapes is None:
                            with_escapes = set()
                        with_escapes.add(key)
                else:
                    if names is None:
                        names = list(<dict> o)
                    names.append(key)
                    if not escaped and with_escapes is not None and key in with_escapes:
                        with_escapes.discard(key)
                        (<dict> o)[key] = value
                c = self.next_byte()
                if c != c',':
                    break
                self.at += 1
            if c != c'}':
                raise ValueError("',' or '}' expected")
        self.at += 1
        o.end = self.at
        o.names = names
        return o


cdef Reader reader_of(bytes source):
    cdef Reader r = Reader.__new__(Reader)
    r.source = source
    r.p = <const byte *> PyBytes_AS_STRING(source)
    r.at = 0
    r.end = PyBytes_GET_SIZE(source)
    return r


def parse(bytes source not None):
    """The value of a whole text. ValueError, with the reason, where it is none."""
    cdef Reader r = reader_of(source)
    cdef object value = r.read_value(0)
    while r.at < r.end:
        if not blank(r.p[r.at]):
            raise ValueError("something follows the value")
        r.at += 1
    return value


def members(bytes source not None, Py_ssize_t start):
    """The members of the object or array at `start` of a whole text: (name or None, start, end) each, unread.

    For a list of events, which is cut before its events are read one by one.
    """
    cdef Reader r = reader_of(source)
    cdef list found = []
    cdef str key = None
    cdef byte c
    cdef bint is_object
    cdef Py_ssize_t i
    if start < 0 or start >= r.end:
        return found
    r.at = start
    c = r.next_byte()
    if c != c'{' and c != c'[':
        return found
    is_object = c == c'{'
    r.at += 1
    c = r.next_byte()
    if c == c'}' or c == c']':
        return found
    while True:
        if is_object:
            if r.next_byte() != c'"':
                raise ValueError("no key")
            key = r.quoted(NULL)
            if r.next_byte() != c':':
                raise ValueError("no colon")
            r.at += 1
        r.next_byte()
        i = r.at
        r.at = after_value(r.p, i, r.end)
        found.append((key, i, r.at))
        if r.next_byte() != c',':
            return found
        r.at += 1


cdef Py_ssize_t after_value(const byte *p, Py_ssize_t i, Py_ssize_t end) except -1:
    cdef int depth = 0
    cdef Py_ssize_t j
    while i < end:
        if p[i] == c'"':
            j = end_of_string(p, i + 1, end)
            if j < 0:
                break
            i = j + 1
        elif p[i] == c'{' or p[i] == c'[':
            depth += 1
            i += 1
            continue
        elif p[i] == c'}' or p[i] == c']':
            depth -= 1
            i += 1
        elif depth:
            i += 1
            continue
        else:
            j = end_of_scalar(p, i, end)
            if j < 0:
                break
            i = j
        if depth <= 0:
            return i
    raise ValueError("the text ends too early")


cdef bytes compact_bytes(bytes source, Py_ssize_t start, Py_ssize_t end):
    cdef const byte *p = <const byte *> PyBytes_AS_STRING(source)
    cdef Py_ssize_t i = start, j, n = 0
    cdef bytes out
    cdef byte *q
    out = PyBytes_FromStringAndSize(NULL, end - start)
    q = <byte *> PyBytes_AS_STRING(out)
    while i < end:
        if p[i] == c'"':
            j = end_of_string(p, i + 1, end)
            if j < 0:
                j = end - 1
            memcpy(q + n, p + i, j + 1 - i)
            n += j + 1 - i
            i = j + 1
            continue
        if not blank(p[i]):
            q[n] = p[i]
            n += 1
        i += 1
    return out[:n]


cdef str compact_part(bytes source, Py_ssize_t start, Py_ssize_t end):
    return compact_bytes(source, start, end).decode("utf-8", "surrogateescape")


def compact(bytes source not None):
    """The text without the blanks between its tokens."""
    return compact_bytes(source, 0, PyBytes_GET_SIZE(source))


def indented(bytes source not None):
    """A compact text over many lines, two blanks a level, as Go's json.Indent lays it out."""
    cdef const byte *p = <const byte *> PyBytes_AS_STRING(source)
    cdef Py_ssize_t i = 0, j, end = PyBytes_GET_SIZE(source)
    cdef int depth = 0
    cdef list out = []
    cdef byte c
    while i < end:
        c = p[i]
        if c == c'"':
            j = end_of_string(p, i + 1, end)
            if j < 0:
                j = end - 1
            out.append(source[i:j + 1])
            i = j + 1
            continue
        if c == c'{' or c == c'[':
            if i + 1 < end and (p[i + 1] == c'}' or p[i + 1] == c']'):
                out.append(source[i:i + 2])
                i += 2
                continue
            depth += 1
            out.append(source[i:i + 1] + b"\n" + b"  " * depth)
        elif c == c'}' or c == c']':
            depth -= 1
            out.append(b"\n" + b"  " * depth + source[i:i + 1])
        elif c == c',':
            out.append(b",\n" + b"  " * depth)
        elif c == c':':
            out.append(b": ")
        else:
            j = i + 1
            while j < end and p[j] != c',' and p[j] != c'}' and p[j] != c']':
                j += 1
            out.append(source[i:j])
            i = j
            continue
        i += 1
    return b"".join(out)
