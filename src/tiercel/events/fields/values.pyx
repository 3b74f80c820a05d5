"""Values as Falco prints them: as text, and in JSON.

Text is cleaned (`tiercel.events.utf8`), so whatever an attacker puts in a name comes out as UTF-8 without control
characters. Numbers are numbers in JSON where their format is decimal, and text where it is octal, hexadecimal or padded.
Buffers show what prints and a dot for the rest, up to 1,023 bytes.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memchr

from tiercel.events.codes cimport (
    PF_10_PADDED_DEC, PF_DEC, PF_HEX, PF_ID, PF_OCT, PT_BYTEBUF, PT_FSPATH, PT_FSRELPATH, PT_CHARBUF, PT_DOUBLE, PT_IPNET,
)
from tiercel.events.fields.field cimport V_BOOL, V_BYTES, V_DOUBLE, V_INT, V_IP, V_STRING, V_UINT, Out, Value
from tiercel.events.utf8 cimport utf8_clean, utf8_kept

import socket

cdef enum:
    LONGEST = 1023      # bytes of a buffer, and of a list as text


cdef bytes cleaned(const char *p, uint32_t n):
    cdef char *q
    cdef uint32_t k
    cdef const void *nul = memchr(p, 0, n) if n else NULL
    if nul != NULL:
        n = <uint32_t> (<const char *> nul - p)
    if utf8_kept(p, n) == n:
        return PyBytes_FromStringAndSize(p, n)
    q = <char *> malloc(3 * <size_t> n + 1)
    if q == NULL:
        raise MemoryError
    try:
        k = utf8_clean(q, 3 * n, p, n)
        return PyBytes_FromStringAndSize(q, k)
    finally:
        free(q)


cdef bytes dotted(const char *p, uint32_t n):
    cdef bytearray b
    cdef uint32_t i
    b = bytearray(PyBytes_FromStringAndSize(p, min(n, LONGEST - 1)))
    for i in range(len(b)):
        if b[i] < 32 or b[i] > 126:
            b[i] = 46
    return bytes(b)


cdef bytes number_text(object number, int format, int bits):
    if format == PF_OCT:
        return b"%o" % (number & ((<object> 1 << bits) - 1))
    if format == PF_HEX:
        return b"%X" % (number & ((<object> 1 << bits) - 1))
    if format == PF_10_PADDED_DEC:
        return b"%09d" % number
    return b"%d" % number


cdef bytes value_text(const Value *v, int type, int format):
    """Text as it stands in an output, valid UTF-8."""
    if v.kind == V_STRING:
        if type == PT_BYTEBUF:
            return dotted(v.p, v.n)
        return cleaned(v.p, v.n)
    if v.kind == V_INT:
        return number_text(v.num.i, format, 64)
    if v.kind == V_UINT:
        return number_text(v.num.u, format, 64)
    if v.kind == V_BOOL:
        return b"true" if v.num.i else b"false"
    if v.kind == V_DOUBLE:
        return b"%.1f" % v.num.d
    if v.kind == V_BYTES:
        return dotted(v.p, v.n)
    if type == PT_IPNET:
        return b"<IPNET>"
    if v.n == 4 or v.n == 16:
        family = socket.AF_INET if v.n == 4 else socket.AF_INET6
        return socket.inet_ntop(family, PyBytes_FromStringAndSize(v.p, v.n)).encode()
    return b"<NA>"


cdef object value_json(const Value *v, int type, int format):
    """str, int, float or bool."""
    if v.kind == V_BOOL:
        return v.num.i != 0
    if v.kind == V_DOUBLE:
        return <long long> v.num.d if format == PF_DEC else v.num.d
    if format == PF_DEC or format == PF_ID:
        if v.kind == V_INT:
            return v.num.i
        if v.kind == V_UINT:
            return v.num.u
    return value_text(v, type, format).decode()


cdef bytes out_text(const Out *out, int type, int format, bint is_list):
    """The field as text; b"<NA>" without a value that is not a list."""
    cdef uint32_t i
    if not is_list:
        return value_text(&out.items[0], type, format) if out.n else b"<NA>"
    text = b"(" + b",".join([value_text(&out.items[i], type, format) for i in range(out.n)]) + b")"
    return text if len(text) <= LONGEST else text[:LONGEST].decode("utf-8", "ignore").encode()


cdef object out_json(const Out *out, int type, int format, bint is_list):
    """The field as JSON has it: None without a value, a list where the field holds one."""
    cdef uint32_t i
    if out.n == 0:
        return None
    if not is_list:
        return value_json(&out.items[0], type, format)
    return [value_json(&out.items[i], type, format) for i in range(out.n)]
