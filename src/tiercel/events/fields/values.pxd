"""A field's value as an output shows it."""

from tiercel.events.fields.field cimport Out, Value

# A type of the event table (PT_*) and a print format (PF_*) say how.
cdef bytes value_text(const Value *v, int type, int format)
cdef object value_json(const Value *v, int type, int format)

# All of a field's values: `(a,b)` and a list where the field holds a list.
cdef bytes out_text(const Out *out, int type, int format, bint is_list)
cdef object out_json(const Out *out, int type, int format, bint is_list)
