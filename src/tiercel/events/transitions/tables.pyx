"""Events that tell of users, groups and containers instead of calls."""

from libc.string cimport memcmp

from tiercel.events.codes cimport (
    ASYNCEVENT_E,
    CONTAINER_JSON_2_E,
    GROUP_ADDED_E,
    GROUP_DELETED_E,
    USER_ADDED_E,
    USER_DELETED_E,
)
from tiercel.events.containers cimport container_told
from tiercel.events.event cimport Bytes, Event, param_u32
from tiercel.events.process cimport Text
from tiercel.events.state cimport State
from tiercel.events.text cimport text_clear, text_init, text_set
from tiercel.events.transitions.transition cimport param, param_text, register
from tiercel.events.users cimport group_drop, group_put, user_drop, user_put


cdef void user_told(State *s, Event *e) noexcept nogil:
    cdef Bytes container = param_text(e, 5)
    cdef Text id
    text_init(&id)
    text_set(&id, container.p, container.n)
    if e.type == USER_ADDED_E:
        user_put(s, &id, param_u32(e, 0), param_u32(e, 1), param_text(e, 2), param_text(e, 3), param_text(e, 4))
    else:
        user_drop(s, &id, param_u32(e, 0))
    text_clear(&id)


cdef void group_told(State *s, Event *e) noexcept nogil:
    cdef Bytes container = param_text(e, 2)
    cdef Text id
    text_init(&id)
    text_set(&id, container.p, container.n)
    if e.type == GROUP_ADDED_E:
        group_put(s, &id, param_u32(e, 0), param_text(e, 1))
    else:
        group_drop(s, &id, param_u32(e, 0))
    text_clear(&id)


cdef void container_described(State *s, Event *e) noexcept nogil:
    container_told(s, param(e, 0), False)


cdef void plugin_told(State *s, Event *e) noexcept nogil:
    # Of the events that plugins add, those about containers. A number other than 0 marks another plugin's.
    cdef Bytes name = param_text(e, 1)
    if param_u32(e, 0):
        return
    if name.n == 9 and memcmp(name.p, b"container", 9) == 0:
        container_told(s, param(e, 2), False)
    elif name.n == 17 and memcmp(name.p, b"container_removed", 17) == 0:
        container_told(s, param(e, 2), True)


register(USER_ADDED_E, user_told)
register(USER_DELETED_E, user_told)
register(GROUP_ADDED_E, group_told)
register(GROUP_DELETED_E, group_told)
register(CONTAINER_JSON_2_E, container_described)
register(ASYNCEVENT_E, plugin_told)
