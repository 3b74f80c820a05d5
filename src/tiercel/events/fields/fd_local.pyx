"""Which addresses are this machine's own."""

from libc.string cimport memcmp

from tiercel.events.process cimport Container
from tiercel.events.state cimport state_container

cdef extern from "<arpa/inet.h>" nogil:
    int AF_INET
    int inet_pton(int family, const char *text, void *address)


cdef bint has_address(const Container *box, const uint8_t *address) noexcept nogil:
    cdef uint8_t own[4]
    return box.ip.n > 0 and inet_pton(AF_INET, box.ip.p, own) == 1 and memcmp(own, address, 4) == 0


cdef bint is_some_container(State *s, const uint8_t *address) noexcept nogil:
    cdef Container *box
    cdef uint32_t i
    for i in range(s.containers.mask + 1):
        box = <Container *> s.containers.slots[i].row
        while box != NULL:
            if has_address(box, address):
                return True
            box = box.next
    return False


cdef bint is_local(State *s, const Thread *t, const uint8_t *address, uint32_t n) noexcept nogil:
    cdef Container *box
    cdef uint32_t i
    if n == 16:
        if t.container_id.n:
            return False
        for i in range(s.interfaces.n_v6):
            if memcmp(s.interfaces.v6[i].addr, address, 8) == 0:
                return True
        return False
    if t.container_id.n:
        box = state_container(s, &t.container_id)
        if box == NULL or box.ip.n == 0:
            return is_some_container(s, address)
        if has_address(box, address):
            return True
    for i in range(s.interfaces.n_v4):
        if memcmp(s.interfaces.v4[i].addr, address, 4) == 0:
            return True
    return False
