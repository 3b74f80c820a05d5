"""Users and groups."""

from libc.stdint cimport int64_t
from libc.stdlib cimport calloc, free

from tiercel.events.idmap cimport IdMap, idmap_get, idmap_put, idmap_take
from tiercel.events.text cimport text_clear, text_equals, text_hash, text_init, text_set

cdef enum:
    MAX_NAME = 255               # as Falco cuts them
    MAX_PATH = 1023
    MAX_USERS = 1 << 17


cdef struct Person:
    # A user or a group; a group has only gid and name. Those whose keys are equal form a chain.
    User user
    Group group
    Text container_id
    Person *next


cdef int64_t key_of(const Text *container_id, uint32_t number) noexcept nogil:
    if container_id == NULL or container_id.n == 0:
        return number
    return <int64_t> text_hash(container_id.p, container_id.n, number)


cdef inline bint is_it(const Person *p, const Text *container_id, uint32_t number) noexcept nogil:
    if p.user.uid != number:
        return False
    if container_id == NULL or container_id.n == 0:
        return p.container_id.n == 0
    return text_equals(&p.container_id, container_id)


cdef Person *find(const IdMap *m, const Text *container_id, uint32_t number) noexcept nogil:
    cdef Person *p = <Person *> idmap_get(m, key_of(container_id, number))
    while p != NULL and not is_it(p, container_id, number):
        p = p.next
    return p


cdef Person *make(IdMap *m, const Text *container_id, uint32_t number) noexcept nogil:
    cdef Person *p
    cdef int64_t key = key_of(container_id, number)
    if m.count >= MAX_USERS:
        return NULL
    p = <Person *> calloc(1, sizeof(Person))
    if p == NULL:
        return NULL
    text_init(&p.user.name)
    text_init(&p.user.home)
    text_init(&p.user.shell)
    text_init(&p.group.name)
    text_init(&p.container_id)
    p.user.uid = number
    p.group.gid = number
    if container_id != NULL and container_id.n:
        text_set(&p.container_id, container_id.p, container_id.n)
    p.next = <Person *> idmap_get(m, key)
    if not idmap_put(m, key, p):
        discard(p)
        return NULL
    return p


cdef void discard(Person *p) noexcept nogil:
    text_clear(&p.user.name)
    text_clear(&p.user.home)
    text_clear(&p.user.shell)
    text_clear(&p.group.name)
    text_clear(&p.container_id)
    free(p)


cdef void drop(IdMap *m, const Text *container_id, uint32_t number) noexcept nogil:
    cdef int64_t key = key_of(container_id, number)
    cdef Person *p = find(m, container_id, number)
    cdef Person *before
    if p == NULL:
        return
    before = <Person *> idmap_get(m, key)
    if before != p:
        while before.next != p:
            before = before.next
        before.next = p.next
    elif p.next != NULL:
        idmap_put(m, key, p.next)
    else:
        idmap_take(m, key)
    discard(p)


cdef void put(Text *t, Bytes value, uint32_t most) noexcept nogil:
    # Absent (p is NULL) is "<NA>".
    if value.p == NULL:
        text_set(t, b"<NA>", 4)
    else:
        text_set(t, value.p, value.n if value.n < most else most)


cdef bint is_nis(Bytes name) noexcept nogil:
    return name.n != 0 and (name.p[0] == c'+' or name.p[0] == c'-')


cdef User *user_find(State *s, const Text *container_id, uint32_t uid) noexcept nogil:
    cdef Person *p = find(&s.users, container_id, uid)
    return &p.user if p != NULL else NULL


cdef Group *group_find(State *s, const Text *container_id, uint32_t gid) noexcept nogil:
    cdef Person *p = find(&s.user_groups, container_id, gid)
    return &p.group if p != NULL else NULL


cdef void user_put(
    State *s, const Text *container_id, uint32_t uid, uint32_t gid, Bytes name, Bytes home, Bytes shell
) noexcept nogil:
    cdef Person *p
    if is_nis(name):
        return
    p = find(&s.users, container_id, uid)
    if p == NULL:
        if s.capture and container_id != NULL and container_id.n:
            return
        p = make(&s.users, container_id, uid)
        if p == NULL:
            return
        p.user.gid = gid
    put(&p.user.name, name, MAX_NAME)
    put(&p.user.home, home, MAX_PATH)
    put(&p.user.shell, shell, MAX_PATH)


cdef void group_put(State *s, const Text *container_id, uint32_t gid, Bytes name) noexcept nogil:
    cdef Person *p
    if is_nis(name):
        return
    p = find(&s.user_groups, container_id, gid)
    if p == NULL:
        if s.capture and container_id != NULL and container_id.n:
            return
        p = make(&s.user_groups, container_id, gid)
        if p == NULL:
            return
    put(&p.group.name, name, MAX_NAME)


cdef void user_drop(State *s, const Text *container_id, uint32_t uid) noexcept nogil:
    drop(&s.users, container_id, uid)


cdef void group_drop(State *s, const Text *container_id, uint32_t gid) noexcept nogil:
    drop(&s.user_groups, container_id, gid)


cdef void users_seen(State *s, uint32_t uid, uint32_t gid) noexcept nogil:
    cdef Bytes root, home, none
    root.p = b"root"
    root.n = 4
    home.p = b"/root"
    home.n = 5
    none.p = NULL
    none.n = 0
    if uid == 0 and find(&s.users, NULL, 0) == NULL:
        user_put(s, NULL, 0, gid, root, home, none)
    if gid == 0 and find(&s.user_groups, NULL, 0) == NULL:
        group_put(s, NULL, 0, root)


cdef void free_all(IdMap *m) noexcept nogil:
    cdef uint32_t i
    cdef Person *p
    cdef Person *after
    for i in range(m.mask + 1):
        p = <Person *> m.slots[i].row
        while p != NULL:
            after = p.next
            discard(p)
            p = after
        m.slots[i].row = NULL
    m.count = 0


cdef void users_free(State *s) noexcept nogil:
    free_all(&s.users)
    free_all(&s.user_groups)


cdef void users_walk(State *s, PersonSeen seen, void *to) noexcept nogil:
    cdef uint32_t i
    cdef Person *p
    for i in range(s.users.mask + 1):
        p = <Person *> s.users.slots[i].row
        while p != NULL:
            seen(to, &p.container_id, &p.user, NULL)
            p = p.next
    for i in range(s.user_groups.mask + 1):
        p = <Person *> s.user_groups.slots[i].row
        while p != NULL:
            seen(to, &p.container_id, NULL, &p.group)
            p = p.next
