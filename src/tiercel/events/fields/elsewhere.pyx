"""Fields that a rule on system calls may name although no system call has them: json.*, jevt.*; and the counter.

Falco's counter goes up by one each time that the field is read, and a rule reads it as often as its evaluation happens to
come there. Here it counts the events judged, which is the same for a rule that reads it once an event.
"""

from tiercel.events.fields.field cimport Arg, Context, Out, put_uint, register


cdef bint no_document(Context *c, const Arg *a, Out *out) noexcept nogil:
    return False


cdef bint counter(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_uint(out, c.serial)


for _name in ("json.value", "json.obj", "json.rawtime", "jevt.value", "jevt.obj", "jevt.rawtime"):
    register(_name, no_document)
register("util.cnt", counter)
