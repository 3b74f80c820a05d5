"""What the rule language's transformers do to values: results go into `out`, their bytes into the event's arena.

False where a value is none that the transformer takes, or memory is short: the transformed field is absent then.
"""

from libc.stdint cimport uint32_t

from tiercel.events.fields.field cimport V_BYTES, V_IP, V_STRING, Arg, Context, Out, Value

cdef enum:
    NUMBER_ROOM = 24         # of a number's text, with a NUL


cdef inline uint32_t text_room(const Value *v) noexcept nogil:
    # The most that write_text() writes.
    return v.n if v.kind == V_STRING or v.kind == V_BYTES else 46 if v.kind == V_IP else NUMBER_ROOM


# A value as concat() and join() put it together; the number of bytes. `to` has room for a NUL behind text_room().
cdef uint32_t write_text(char *to, const Value *v) noexcept nogil

cdef bint put_case(Context *c, const Value *v, Out *out, bint upper) noexcept nogil
cdef bint put_basename(const Value *v, Out *out) noexcept nogil
# Decodes; up to two "=" at the end are padding. What is no base64, or has stray bits at its end, has no value.
cdef bint put_base64(Context *c, const Value *v, Out *out) noexcept nogil
# getopt(words, "ab:c")[x]: short options as getopt(3) reads them; with [x] the value of the last -x.
cdef bint put_options(const Out *words, const Out *spec, const Arg *option, Out *out) noexcept nogil
