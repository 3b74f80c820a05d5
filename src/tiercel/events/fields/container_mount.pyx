"""Finding a mount. What people write as an argument is nearly always a path with at most one star at its end: that is
searched for here. Any other expression goes to RE2, the compiled ones kept.
"""

from libc.string cimport memchr

import re2

from tiercel.events.fields.field cimport Arg
from tiercel.events.process cimport Container, Mount, Text

cdef dict _patterns = {}


def _compiled(pattern: bytes) -> object:
    """The expression, None where it is none. The longest match at a place counts, as in Falco's library."""
    options = re2.Options()
    options.longest_match = True
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 1 << 20
    try:
        return re2.compile(b"(?m)" + pattern, options)
    except re2.error:
        return None


cdef bint found_by_re2(bytes pattern, bytes text):
    # A match of nothing is none.
    if pattern not in _patterns:
        if len(_patterns) >= 1024:
            _patterns.clear()
        _patterns[pattern] = _compiled(pattern)
    expression = _patterns[pattern]
    return expression is not None and any(m.end() > m.start() for m in expression.finditer(text))


cdef bint is_special(char c) noexcept nogil:
    return memchr(b"\\^$|()[]{}*+?\"", c, 14) != NULL and c != 0


cdef bint is_simple(const Arg *a) noexcept nogil:
    # Plain characters, "." for any, and a star after the last one at most; not a star alone, nor nothing.
    cdef uint32_t i, n = a.n
    if n > 1 and a.text[n - 1] == c'*':
        n -= 1
    for i in range(n):
        if is_special(a.text[i]) or <unsigned char> a.text[i] >= 0x80:
            return False
    return n > 0 and not (n == 1 and a.n == 2)


cdef bint found_simply(const Arg *a, const Text *text) noexcept nogil:
    # The character before the star may be missing, so it does not count in a search.
    cdef uint32_t n = a.n - 2 if a.text[a.n - 1] == c'*' else a.n
    cdef uint32_t i, k
    for i in range(text.n):
        if text.n - i < n:
            return False
        k = 0
        while k < n and (a.text[k] == text.p[i + k] or (a.text[k] == c'.' and text.p[i + k] != c'\n')):
            k += 1
        if k == n:
            return True
    return False


cdef bint matches(const Arg *a, const Text *text) noexcept nogil:
    if is_simple(a):
        return found_simply(a, text)
    with gil:
        try:
            return found_by_re2(a.text[: a.n], text.p[: text.n])
        except Exception:
            return False         # no memory, or an expression too large for RE2's bounds


cdef const Mount *mount_by_number(const Container *box, const Arg *a) noexcept nogil:
    cdef uint32_t i = <uint32_t> a.index         # Falco cuts it to 32 bits, too
    return &box.mounts[i] if i < box.n_mounts else NULL


cdef inline bint is_number(const Arg *a) noexcept nogil:
    # "01" is no number but an expression.
    cdef uint32_t i
    for i in range(a.n):
        if not c'0' <= a.text[i] <= c'9':
            return False
    return a.n > 0 and a.index >= 0 and not (a.n > 1 and a.text[0] == c'0')


cdef const Mount *mount_by_source(const Container *box, const Arg *a) noexcept nogil:
    cdef uint32_t i
    if is_number(a):
        return mount_by_number(box, a)
    for i in range(box.n_mounts):
        if matches(a, &box.mounts[i].source):
            return &box.mounts[i]
    return NULL


cdef const Mount *mount_by_destination(const Container *box, const Arg *a) noexcept nogil:
    cdef uint32_t i
    if is_number(a):
        return mount_by_number(box, a)
    for i in range(box.n_mounts):
        if matches(a, &box.mounts[i].dest):
            return &box.mounts[i]
    return NULL
