"""Transformers: tolower() toupper() basename() b64() getopt(), and the text of values for concat() and join()."""

from libc.stdint cimport uint8_t, uint32_t
from libc.stdio cimport snprintf
from libc.string cimport memcpy, memset, strlen

from tiercel.events.fields.field cimport (
    V_BOOL, V_BYTES, V_INT, V_IP, V_STRING, V_UINT, Arg, Context, Out, Value, arena_alloc, put_string,
)
from tiercel.rules.strings cimport lower

cdef extern from "arpa/inet.h" nogil:
    const char *inet_ntop(int family, const void *address, char *to, unsigned int n)
    enum:
        AF_INET
        AF_INET6


cdef uint32_t write_text(char *to, const Value *v) noexcept nogil:
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


cdef bint put_options(const Out *words, const Out *spec, const Arg *option, Out *out) noexcept nogil:
    cdef uint8_t known[256]
    cdef uint8_t valued[256]
    cdef uint32_t i, k
    cdef const Value *w
    cdef uint8_t opt
    cdef bint wanted
    cdef bint chosen = option.text != NULL
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
            wanted = not chosen or (option.n == 1 and <uint8_t> option.text[0] == opt)
            if not known[opt]:
                if not chosen and not put_string(out, "?", 1):
                    return False
                k += 1
                continue
            if not valued[opt]:
                if wanted:
                    if chosen:
                        out.n = 0
                    if not put_string(out, w.p + k, 1):
                        return False
                k += 1
                continue
            if wanted:
                if chosen:
                    out.n = 0
                if k + 1 < w.n:
                    if not chosen and not put_string(out, w.p + k, 1):
                        return False
                    if not put_string(out, w.p + k + 1, w.n - k - 1):
                        return False
                elif i + 1 < words.n:
                    if not chosen and not put_string(out, w.p + k, 1):
                        return False
                    if not put_string(out, words.items[i + 1].p, words.items[i + 1].n):
                        return False
                elif not put_string(out, "", 0):
                    return False
            if k + 1 >= w.n:
                i += 1
            break
        i += 1
    return not chosen or out.n > 0
