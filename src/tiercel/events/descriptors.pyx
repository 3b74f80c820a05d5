"""Tables of descriptors and their rows."""

from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

from tiercel.events.fd_order cimport order_at, order_erase, order_free, order_insert, order_new
from tiercel.events.process cimport FD_UNINITIALIZED, FdOrder, Text
from tiercel.events.state cimport MAX_FDS
from tiercel.events.text cimport text_clear, text_init, text_share, text_shrink

cdef enum:
    FIRST_DIRECT = 64            # numbers that every table may have direct slots for
    FIRST_FAR = 16
    MAX_SLOTS = 1 << 24          # of all tables together: 128 MiB
    KEPT_NAME = 256              # longer names of rows to be reused are given back


cdef Fd *fds_row(State *s) noexcept nogil:
    cdef Fd *fd = s.free_fds
    cdef Text name, raw, true_name
    if fd != NULL:
        s.free_fds = fd.next
        s.n_free_fds -= 1
        name = fd.name
        raw = fd.name_raw
        true_name = fd.true_name
        memset(fd, 0, sizeof(Fd))
        fd.name = name
        fd.name_raw = raw
        fd.true_name = true_name
    else:
        fd = <Fd *> calloc(1, sizeof(Fd))
        if fd == NULL:
            return NULL
        text_init(&fd.name)
        text_init(&fd.name_raw)
        text_init(&fd.true_name)
    fd.num = -1
    fd.type = FD_UNINITIALIZED
    fd.refs = 1
    return fd


cdef Fd *fds_twin(State *s, const Fd *fd) noexcept nogil:
    cdef Fd *twin = fds_row(s)
    cdef Text name, raw, true_name
    if twin == NULL:
        return NULL
    name = twin.name
    raw = twin.name_raw
    true_name = twin.true_name
    memcpy(twin, fd, sizeof(Fd))
    twin.name = name
    twin.name_raw = raw
    twin.true_name = true_name
    text_share(&twin.name, &fd.name)
    text_share(&twin.name_raw, &fd.name_raw)
    text_share(&twin.true_name, &fd.true_name)
    twin.refs = 1
    twin.next = NULL
    return twin


cdef void fds_release(State *s, Fd *fd) noexcept nogil:
    fd.refs -= 1
    if fd.refs:
        return
    if s.n_free_fds < s.max_free:
        text_shrink(&fd.name, KEPT_NAME)
        text_shrink(&fd.name_raw, KEPT_NAME)
        text_shrink(&fd.true_name, KEPT_NAME)
        fd.next = s.free_fds
        s.free_fds = fd
        s.n_free_fds += 1
        return
    text_clear(&fd.name)
    text_clear(&fd.name_raw)
    text_clear(&fd.true_name)
    free(fd)


cdef void fds_free_rows(State *s) noexcept nogil:
    cdef Fd *fd
    while s.free_fds != NULL:
        fd = s.free_fds
        s.free_fds = fd.next
        text_clear(&fd.name)
        text_clear(&fd.name_raw)
        text_clear(&fd.true_name)
        free(fd)
    s.n_free_fds = 0


cdef void retire(State *s, Fd *fd) noexcept nogil:
    # Out of its table; the event may still look at it. Where others hold it too, it stays theirs.
    if fd.refs > 1:
        fd.refs -= 1
        return
    fd.next = s.gone_fds
    s.gone_fds = fd


cdef void far_insert(FdTable *t, Fd *fd) noexcept nogil:
    cdef uint32_t i = fds_home(t, fd.num)
    while t.far[i] != NULL:
        i = (i + 1) & (t.far_capacity - 1)
    t.far[i] = fd
    t.far_count += 1


cdef bint far_resize(State *s, FdTable *t, uint32_t capacity) noexcept nogil:
    cdef Fd **old = t.far
    cdef uint32_t n = t.far_capacity, i
    cdef Fd **far
    if s.n_fd_slots - n + capacity > MAX_SLOTS:
        return False
    far = <Fd **> calloc(capacity, sizeof(Fd *))
    if far == NULL:
        return False
    s.n_fd_slots += capacity - n
    t.far = far
    t.far_capacity = capacity
    t.far_count = 0
    for i in range(n):
        if old[i] != NULL:
            far_insert(t, old[i])
    free(old)
    return True


cdef Fd *far_take(FdTable *t, int64_t num) noexcept nogil:
    cdef uint32_t mask = t.far_capacity - 1, i, j, home
    cdef Fd *fd
    if t.far_count == 0:
        return NULL
    i = fds_home(t, num)
    while t.far[i] != NULL and t.far[i].num != num:
        i = (i + 1) & mask
    fd = t.far[i]
    if fd == NULL:
        return NULL
    t.far_count -= 1
    j = i
    while True:
        j = (j + 1) & mask
        if t.far[j] == NULL:
            break
        home = fds_home(t, t.far[j].num)
        if ((j - home) & mask) >= ((j - i) & mask):
            t.far[i] = t.far[j]
            i = j
    t.far[i] = NULL
    return fd


cdef bint direct_resize(State *s, FdTable *t, uint32_t capacity) noexcept nogil:
    cdef Fd **rows
    cdef Fd *fd
    cdef uint32_t i
    if s.n_fd_slots - t.capacity + capacity > MAX_SLOTS:
        return False
    rows = <Fd **> calloc(capacity, sizeof(Fd *))
    if rows == NULL:
        return False
    if t.capacity:
        memcpy(rows, t.rows, t.capacity * sizeof(Fd *))
    free(t.rows)
    s.n_fd_slots += capacity - t.capacity
    t.rows = rows
    i = t.capacity
    t.capacity = capacity
    if t.far_count:
        while i < capacity:
            fd = far_take(t, i)
            rows[i] = fd
            i += 1
    return True


cdef uint32_t direct_for(const FdTable *t, int64_t num) noexcept nogil:
    # How many direct slots the table should have for this number; no more than there are where it belongs far away.
    cdef uint32_t capacity = t.capacity if t.capacity else 8
    cdef int64_t limit = FIRST_DIRECT
    while limit < <int64_t> 4 * (t.count + 1):
        limit *= 2
    if not 0 <= num < limit:
        return t.capacity
    while capacity <= num:
        capacity *= 2
    return capacity


cdef Fd *fds_put(State *s, FdTable *t, int64_t num, Fd *fd) noexcept nogil:
    cdef Fd *old = fds_get(t, num)
    cdef uint32_t capacity
    fd.num = num
    if old == NULL:
        if t.count >= MAX_FDS:
            s.dropped_fds += 1
            retire(s, fd)
            return NULL
        capacity = direct_for(t, num)
        if capacity > t.capacity:
            direct_resize(s, t, capacity)
        if not 0 <= num < t.capacity and (t.far_count + 1) * 2 > t.far_capacity:
            if not far_resize(s, t, t.far_capacity * 2 if t.far_capacity else FIRST_FAR):
                s.dropped_fds += 1
                retire(s, fd)
                return NULL
        t.count += 1
    elif not 0 <= num < t.capacity:
        far_take(t, num)
    if 0 <= num < t.capacity:
        t.rows[num] = fd
    else:
        far_insert(t, fd)
    if old != NULL:
        retire(s, old)
    elif s.fd_order:
        order_add(t, num)
    return fd


cdef void order_add(FdTable *t, int64_t num) noexcept nogil:
    # One more, which the table holds already. Where memory is short, or the order was not kept from the first one on, there
    # is none.
    if t.count == 1 and t.order == NULL:
        t.order = order_new()
    if t.order != NULL and not order_insert(t.order, num):
        order_free(t.order)
        t.order = NULL


cdef Fd *fds_own(State *s, FdTable *t, Fd *fd) noexcept nogil:
    cdef Fd *twin
    if fd.refs == 1:
        return fd
    twin = fds_twin(s, fd)
    if twin == NULL:
        return fd
    return fds_put(s, t, fd.num, twin)


cdef bint fds_remove(State *s, FdTable *t, int64_t num) noexcept nogil:
    cdef Fd *fd
    if 0 <= num < t.capacity:
        fd = t.rows[num]
        t.rows[num] = NULL
    else:
        fd = far_take(t, num)
    if fd == NULL:
        return False
    t.count -= 1
    if t.order != NULL:
        order_erase(t.order, num)
    retire(s, fd)
    return True


cdef void fds_clear(State *s, FdTable *t) noexcept nogil:
    cdef uint32_t i
    cdef Fd *fd
    for i in range(fds_room(t)):
        fd = fds_at(t, i)
        if fd != NULL:
            retire(s, fd)
    s.n_fd_slots -= fds_room(t)
    free(t.rows)
    free(t.far)
    order_free(t.order)
    memset(t, 0, sizeof(FdTable))


cdef void fds_copy(State *s, FdTable *to, const FdTable *source) noexcept nogil:
    cdef uint32_t i
    if source.count == 0:
        return
    if s.n_fd_slots + fds_room(source) > MAX_SLOTS:
        s.dropped_fds += source.count
        return
    if source.capacity:
        to.rows = <Fd **> malloc(source.capacity * sizeof(Fd *))
        if to.rows == NULL:
            return
        memcpy(to.rows, source.rows, source.capacity * sizeof(Fd *))
    if source.far_count:
        to.far = <Fd **> malloc(source.far_capacity * sizeof(Fd *))
        if to.far == NULL:
            free(to.rows)
            to.rows = NULL
            return
        memcpy(to.far, source.far, source.far_capacity * sizeof(Fd *))
        to.far_capacity = source.far_capacity
        to.far_count = source.far_count
    to.capacity = source.capacity
    to.count = source.count
    s.n_fd_slots += fds_room(to)
    for i in range(fds_room(to)):
        if fds_at(to, i) != NULL:
            fds_at(to, i).refs += 1
    if source.order != NULL:
        order_copy(to, source.order)


cdef void order_copy(FdTable *to, const FdOrder *source) noexcept nogil:
    # One by one, as if they came in the order in which they are seen: that is how Falco copies a table.
    cdef uint32_t i
    to.order = order_new()
    for i in range(source.n):
        if to.order != NULL and not order_insert(to.order, order_at(source, i)):
            order_free(to.order)
            to.order = NULL
