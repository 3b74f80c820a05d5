"""Text from the kernel is bytes. What is shown of it is UTF-8 that prints; the rest becomes U+FFFD, as Falco has it.

A byte sequence is kept where it is well formed, no control character (C0, DEL, C1) and no Unicode non-character. A broken
sequence is replaced as a whole as far as it was well formed (Unicode's "maximal subpart").
"""

from libc.stdint cimport uint8_t, uint32_t


cdef inline int utf8_step(const uint8_t *p, const uint8_t *end) noexcept nogil:
    # The sequence that starts at p < end: its length where it is kept, minus the number of bytes to replace where not.
    cdef uint8_t c = p[0], low, high
    cdef uint32_t code
    cdef int length, i
    if c < 0x80:
        return 1 if 0x20 <= c < 0x7F else -1
    if c < 0xC2 or c > 0xF4:
        return -1
    length = 2 if c < 0xE0 else 3 if c < 0xF0 else 4
    # The second byte carries what excludes overlong forms, surrogates and codes above U+10FFFF.
    low = 0xA0 if c == 0xE0 else 0x90 if c == 0xF0 else 0x80
    high = 0x9F if c == 0xED else 0x8F if c == 0xF4 else 0xBF
    if p + 1 >= end or p[1] < low or p[1] > high:
        return -1
    code = c & (0x7F >> length)
    code = code << 6 | (p[1] & 0x3F)
    for i in range(2, length):
        if p + i >= end or (p[i] & 0xC0) != 0x80:
            return -i
        code = code << 6 | (p[i] & 0x3F)
    if code <= 0x9F or 0xFDD0 <= code <= 0xFDEF or (code & 0xFFFE) == 0xFFFE:
        return -length
    return length


cdef inline uint32_t utf8_kept(const char *p, uint32_t n) noexcept nogil:
    # How many bytes from the start are kept as they are; n where nothing needs replacing.
    cdef const uint8_t *at = <const uint8_t *> p
    cdef const uint8_t *end = at + n
    cdef int step
    while at < end:
        if 0x20 <= at[0] < 0x7F:
            at += 1
            continue
        step = utf8_step(at, end)
        if step < 0:
            break
        at += step
    return <uint32_t> (at - <const uint8_t *> p)


cdef inline uint32_t utf8_clean(char *to, uint32_t room, const char *p, uint32_t n) noexcept nogil:
    # Copies what is kept and replaces the rest, whole sequences only, at most `room` bytes (3 * n are always enough).
    # Returns how many were written. No NUL is added.
    cdef const uint8_t *at = <const uint8_t *> p
    cdef const uint8_t *end = at + n
    cdef uint32_t k = 0
    cdef int step, i
    while at < end:
        step = utf8_step(at, end)
        if step > 0:
            if k + step > room:
                break
            for i in range(step):
                to[k + i] = <char> at[i]
            k += step
            at += step
        else:
            if k + 3 > room:
                break
            to[k] = <char> 0xEF
            to[k + 1] = <char> 0xBF
            to[k + 2] = <char> 0xBD
            k += 3
            at -= step
    return k
