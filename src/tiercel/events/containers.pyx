"""Containers of threads, and what events tell of containers."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memchr, memcmp, memcpy

from tiercel.events.asked cimport asked_about, denied_outer
from tiercel.events.cgroups cimport Match, cgroup_match
from tiercel.events.container_rows cimport container_free, container_new, container_read
from tiercel.events.idmap cimport idmap_get, idmap_put, idmap_take
from tiercel.events.text cimport (
    strnlen,
    text_clear,
    text_equals,
    text_hash,
    text_init,
    text_room,
    text_set,
    text_share,
)
from tiercel.events.threads cimport thread_find

cdef enum:
    CACHE = 64                   # lists of cgroups of which the container is remembered
    MAX_CONTAINERS = 65536
    MAX_DESCRIPTION = 1 << 24    # bytes of JSON about one
    MAX_ANCESTORS = 4096

cdef struct Remembered:
    Text cgroups
    Text id
    int type


# ---- the table: rows whose ids hash alike form a chain

cdef int64_t key_of(const Text *id) noexcept nogil:
    return <int64_t> text_hash(id.p, id.n, 0)


cdef Container *container_find(State *s, const Text *id) noexcept nogil:
    cdef Container *c
    if id.n == 0:
        return s.host
    c = <Container *> idmap_get(&s.containers, key_of(id))
    while c != NULL and not text_equals(&c.id, id):
        c = c.next
    return c


cdef Container *container_take(State *s, const Text *id) noexcept nogil:
    # Out of the table, NULL where it is not there.
    cdef int64_t key = key_of(id)
    cdef Container *first = <Container *> idmap_get(&s.containers, key)
    cdef Container *c = first
    cdef Container *before = NULL
    while c != NULL and not text_equals(&c.id, id):
        before = c
        c = c.next
    if c == NULL:
        return NULL
    if before != NULL:
        before.next = c.next
    elif c.next != NULL:
        idmap_put(&s.containers, key, c.next)
    else:
        idmap_take(&s.containers, key)
    c.next = NULL
    return c


cdef bint container_put(State *s, Container *c) noexcept nogil:
    # Takes it over; what is known under that id is replaced. Without an id it stands for the host.
    cdef Container *old
    cdef int64_t key
    if c.id.n == 0:
        old = s.host
        s.host = c
    else:
        old = container_take(s, &c.id)
    if old != NULL:
        if s.told == old:
            s.told = NULL
        container_free(old)
    if c.id.n == 0:
        return True
    key = key_of(&c.id)
    c.next = <Container *> idmap_get(&s.containers, key)
    if s.containers.count >= MAX_CONTAINERS or not idmap_put(&s.containers, key, c):
        container_free(c)
        return False
    return True


cdef bint containers_init(State *s) noexcept nogil:
    cdef Container *host = container_new()
    s.cgroup_cache = calloc(CACHE, sizeof(Remembered))
    if host == NULL or s.cgroup_cache == NULL:
        return False
    text_set(&host.id, b"host", 4)
    text_set(&host.full_id, b"host", 4)
    text_set(&host.name, b"host", 4)
    host.type = CT_HOST
    s.host = host
    return True


cdef void containers_free(State *s) noexcept nogil:
    cdef Remembered *cache = <Remembered *> s.cgroup_cache
    cdef Container *c
    cdef Container *after
    cdef uint32_t i
    container_untold(s)
    if s.host != NULL:
        container_free(s.host)
        s.host = NULL
    for i in range(s.containers.mask + 1):
        c = <Container *> s.containers.slots[i].row
        while c != NULL:
            after = c.next
            container_free(c)
            c = after
        s.containers.slots[i].row = NULL
    s.containers.count = 0
    if cache != NULL:
        for i in range(CACHE):
            text_clear(&cache[i].cgroups)
            text_clear(&cache[i].id)
        free(cache)
        s.cgroup_cache = NULL


# ---- threads

cdef inline const char *equals_sign(const char *p, uint32_t n) noexcept nogil:
    return <const char *> memchr(p, c'=', n)


cdef uint32_t subsystem(char *to, const char *p, uint32_t n) noexcept nogil:
    # Its name without "_cgroup", and as it is called today.
    cdef uint32_t i, k = n
    for i in range(n):
        if n - i >= 7 and memcmp(p + i, b"_cgroup", 7) == 0:
            memcpy(to, p, i)
            memcpy(to + i, p + i + 7, n - i - 7)
            k = n - 7
            break
    if k == n:
        memcpy(to, p, n)
    if k == 4 and memcmp(to, b"perf", 4) == 0:
        memcpy(to, b"perf_event", 10)
        return 10
    if k == 3 and memcmp(to, b"mem", 3) == 0:
        memcpy(to, b"memory", 6)
        return 6
    if k == 2 and memcmp(to, b"io", 2) == 0:
        memcpy(to, b"blkio", 5)
        return 5
    return k


cdef void cgroups_set(Thread *t, Bytes list) noexcept nogil:
    cdef const char *p = list.p
    cdef const char *end
    cdef const char *stop
    cdef const char *equals
    cdef uint32_t n = list.n, count = 0, k
    cdef char *to
    cdef char *at
    cdef Text made
    if n and p[n - 1] == 0:
        n -= 1
    if n == 0:
        text_set(&t.cgroups, NULL, 0)
        t.n_cgroups = 0
        return
    end = p + n
    while p <= end:
        stop = p + strnlen(p, end - p)
        if equals_sign(p, <uint32_t> (stop - p)) == NULL:
            # One that is none spoils the list.
            return
        count += 1
        p = stop + 1
    text_init(&made)
    to = text_room(&made, n + 1 + 6 * count)
    if to == NULL:
        return
    at = to
    p = list.p
    while p <= end:
        stop = p + strnlen(p, end - p)
        equals = equals_sign(p, <uint32_t> (stop - p))
        at += subsystem(at, p, <uint32_t> (equals - p))
        k = <uint32_t> (stop - equals)
        memcpy(at, equals, k)
        at[k] = 0
        at += k + 1
        p = stop + 1
    made.n = <uint32_t> (at - to)
    text_clear(&t.cgroups)
    t.cgroups = made
    t.n_cgroups = count


cdef uint64_t list_hash(const char *p, uint32_t n) noexcept nogil:
    cdef uint64_t h = n, word
    while n >= 8:
        memcpy(&word, p, 8)
        h = (h ^ word) * <uint64_t> 0x9E3779B97F4A7C15
        h ^= h >> 32
        p += 8
        n -= 8
    return text_hash(p, n, h)


cdef void find_id(const Text *cgroups, Remembered *r) noexcept nogil:
    cdef const char *p = cgroups.p
    cdef const char *end = p + cgroups.n
    cdef const char *equals
    cdef const char *path
    cdef uint32_t n
    cdef Match m
    text_set(&r.id, NULL, 0)
    r.type = -1
    while p < end:
        n = <uint32_t> strnlen(p, end - p)
        equals = equals_sign(p, n)
        if equals != NULL:
            path = equals + 1
            if path < p + n and cgroup_match(path, <uint32_t> (p + n - path), &m):
                r.type = m.type
                if m.n:
                    text_set(&r.id, m.id, m.n)
                    return
        p += n + 1


cdef bint same_command(const Container *c, int probe, const Thread *t) noexcept nogil:
    # Empty arguments of the thread do not count.
    cdef const char *have = t.args.p
    cdef const char *have_end = have + t.args.n
    cdef const char *want = c.probe_args[probe].p
    cdef uint32_t left = c.n_probe_args[probe], n, k
    if not text_equals(&c.probe_exe[probe], &t.exe):
        return False
    while have < have_end:
        n = <uint32_t> strnlen(have, have_end - have)
        if n:
            if left == 0:
                return False
            k = <uint32_t> strnlen(want, c.probe_args[probe].p + c.probe_args[probe].n - want)
            if k != n or memcmp(have, want, n):
                return False
            want += k + 1
            left -= 1
        have += n + 1
    return left == 0


cdef void judge_health(State *s, const Container *c, Thread *t) noexcept nogil:
    cdef Thread *parent
    cdef int probe, steps
    if t.vpid == 1:
        t.health = HEALTH_CONTAINER
        return
    parent = thread_find(s, t.ptid)
    if parent != NULL and parent.health != HEALTH_NONE:
        t.health = parent.health
        return
    for probe in range(3):
        if c.probed[probe] and same_command(c, probe, t):
            # A probe is started from outside: none of its ancestors is the container's first process.
            for steps in range(MAX_ANCESTORS):
                if parent == NULL:
                    break
                if parent.vpid == 1 and parent.container_id.n:
                    return
                parent = thread_find(s, parent.ptid)
            t.health = <uint8_t> (probe + 1)
            return


cdef void container_attach(State *s, Thread *t) noexcept nogil:
    cdef Remembered *r = <Remembered *> s.cgroup_cache
    cdef Container *c
    cdef const Text *outer
    r += list_hash(t.cgroups.p, t.cgroups.n) % CACHE
    if r.cgroups.p == NULL or not text_equals(&r.cgroups, &t.cgroups):
        text_share(&r.cgroups, &t.cgroups)
        find_id(&r.cgroups, r)
    text_share(&t.container_id, &r.id)
    outer = denied_outer(s, &r.id)
    if outer != NULL:
        text_share(&t.container_id, outer)
    elif r.type >= 0:
        # Engines that are never asked: their name is all that will be known.
        c = container_find(s, &r.id)
        if c == NULL or c.type != r.type or c.name.n:
            c = container_new()
            if c == NULL:
                return
            text_share(&c.id, &r.id)
            c.type = r.type
            container_put(s, c)
    if t.container_id.n:
        c = container_find(s, &t.container_id)
        if c != NULL:
            judge_health(s, c, t)
        else:
            asked_about(s, &t.container_id, &t.cgroups)


# ---- what events tell

cdef void container_untold(State *s) noexcept nogil:
    if s.told_owned != NULL:
        container_free(s.told_owned)
        s.told_owned = NULL
    s.told = NULL


cdef void container_told(State *s, Bytes data, bint gone) noexcept nogil:
    cdef Container *c
    cdef Container *old
    if data.n == 0 or data.n > MAX_DESCRIPTION:
        return
    data.n = <uint32_t> strnlen(data.p, data.n)
    c = container_read(data)
    if c == NULL:
        return
    text_set(&c.json, data.p, data.n)
    if gone:
        old = container_take(s, &c.id)
        if old != NULL:
            container_free(old)
        s.told = s.told_owned = c
    elif container_put(s, c):
        s.told = c
