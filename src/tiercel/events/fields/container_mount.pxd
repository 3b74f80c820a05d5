"""A container's mounts, and finding one of them by the argument of container.mount[...]."""

from libc.stdint cimport uint32_t

from tiercel.events.fields.field cimport Arg, Context
from tiercel.events.process cimport Container, Mount, Text

# By number, or the first whose source (or destination) matches the argument. The argument is a regular expression that
# is searched for, though users write it as a path or a glob: "/proc*" is "/pro" and any number of "c". NULL where there
# is none.
cdef const Mount *mount_by_source(const Container *box, const Arg *a) noexcept nogil
cdef const Mount *mount_by_destination(const Container *box, const Arg *a) noexcept nogil
