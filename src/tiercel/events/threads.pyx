"""Threads, groups and children."""

from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcmp, memcpy, memset

from tiercel.events.codes cimport PPM_CL_NAME_CHANGED
from tiercel.events.descriptors cimport fds_clear
from tiercel.events.idmap cimport idmap_put, idmap_take
from tiercel.events.process cimport Text, ThreadGroup, thread_invalid
from tiercel.events.state cimport MAX_THREADS, RECENT_EXITS, Exit, RecentExits
from tiercel.events.text cimport text_clear, text_init, text_room, text_set, text_shrink

cdef enum:
    SWEEP = 10                   # entries of a list that may stay behind, as in Falco
    ANCESTORS = 65536            # of a search for a reaper
    DEAD = 65536                 # threads that it goes over
    KEPT_TEXT = 4096             # longer strings of rows to be reused are given back
    TEXTS = 13

cdef enum:
    EXIT_AGE_NS = 2_000_000_000


# ---- rows

cdef void texts_of(Thread *t, Text **texts) noexcept nogil:
    texts[0] = &t.comm
    texts[1] = &t.exe
    texts[2] = &t.exepath
    texts[3] = &t.cwd
    texts[4] = &t.root
    texts[5] = &t.args
    texts[6] = &t.env
    texts[7] = &t.cmdline
    texts[8] = &t.cgroups
    texts[9] = &t.container_id
    texts[10] = &t.enter
    texts[11] = &t.true_cwd
    texts[12] = &t.script


cdef void thread_blank(Thread *t) noexcept nogil:
    cdef Text *texts[TEXTS]
    cdef int i
    memset(t, 0, sizeof(Thread))
    texts_of(t, texts)
    for i in range(TEXTS):
        text_init(texts[i])
    t.tid = t.pid = t.ptid = t.reaper_tid = t.sid = t.pgid = t.vtid = t.vpid = t.vpgid = -1
    t.uid = t.gid = t.loginuid = <uint32_t> 0xFFFFFFFF
    t.fdlimit = -1
    t.flags = PPM_CL_NAME_CHANGED
    t.lastevent_type = 0xFFFF


cdef Thread *thread_row(State *s) noexcept nogil:
    cdef Thread *t = s.free_threads
    cdef Text *texts[TEXTS]
    cdef Text kept[TEXTS]
    cdef int i
    if t == NULL:
        t = <Thread *> malloc(sizeof(Thread))
        if t != NULL:
            thread_blank(t)
        return t
    s.free_threads = t.next
    s.n_free_threads -= 1
    texts_of(t, texts)
    for i in range(TEXTS):
        kept[i] = texts[i][0]
    thread_blank(t)
    for i in range(TEXTS):
        texts[i][0] = kept[i]
    return t


cdef void thread_free(Thread *t) noexcept nogil:
    cdef Text *texts[TEXTS]
    cdef int i
    texts_of(t, texts)
    for i in range(TEXTS):
        text_clear(texts[i])
    free(t)


cdef void threads_leave(State *s) noexcept nogil:
    cdef Thread *t
    cdef Text *texts[TEXTS]
    cdef int i
    while s.gone_threads != NULL:
        t = s.gone_threads
        s.gone_threads = t.next
        if s.n_free_threads >= s.max_free:
            thread_free(t)
            continue
        texts_of(t, texts)
        for i in range(TEXTS):
            text_shrink(texts[i], KEPT_TEXT)
        t.next = s.free_threads
        s.free_threads = t
        s.n_free_threads += 1


cdef void exepath_tidy(Thread *t) noexcept nogil:
    cdef uint32_t n = t.exepath.n
    cdef char path[4096]
    if n > 10 and n - 10 <= sizeof(path) and memcmp(t.exepath.p + n - 10, b" (deleted)", 10) == 0:
        memcpy(path, t.exepath.p, n - 10)
        text_set(&t.exepath, path, n - 10)


cdef void cwd_set(Thread *t, const char *path, uint32_t n) noexcept nogil:
    cdef bint closed = n != 0 and path[n - 1] == c'/'
    cdef char *to = text_room(&t.cwd, n if closed else n + 1)
    if to != NULL:
        memcpy(to, path, n)
        if not closed:
            to[n] = c'/'


# ---- groups

cdef ThreadGroup *group_new(int64_t pid, bint reaper) noexcept nogil:
    cdef ThreadGroup *g = <ThreadGroup *> calloc(1, sizeof(ThreadGroup))
    if g != NULL:
        g.pid = pid
        g.reaper = reaper
    return g


cdef void group_release(ThreadGroup *g) noexcept nogil:
    g.refs -= 1
    if g.refs == 0:
        free(g)


cdef void group_join(ThreadGroup *g, Thread *t, bint front) noexcept nogil:
    if front:
        t.next_member = g.first
        if g.first != NULL:
            g.first.prev_member = t
        else:
            g.last = t
        g.first = t
    else:
        t.prev_member = g.last
        if g.last != NULL:
            g.last.next_member = t
        else:
            g.first = t
        g.last = t
    g.n_members += 1
    g.alive += 1
    g.refs += 1
    t.group = g


cdef void group_quit(ThreadGroup *g, Thread *t) noexcept nogil:
    # Who is alive in it is not told by this.
    if t.prev_member != NULL:
        t.prev_member.next_member = t.next_member
    else:
        g.first = t.next_member
    if t.next_member != NULL:
        t.next_member.prev_member = t.prev_member
    else:
        g.last = t.prev_member
    t.prev_member = t.next_member = NULL
    t.group = NULL
    g.n_members -= 1
    group_release(g)


cdef void thread_die(Thread *t) noexcept nogil:
    if t.group != NULL and not thread_is_dead(t):
        t.group.alive -= 1
    t.flags |= PPM_CL_CLOSED


cdef void thread_resurrect(Thread *t) noexcept nogil:
    if thread_is_dead(t):
        t.flags &= ~<uint32_t> PPM_CL_CLOSED
        if t.group != NULL:
            t.group.alive += 1


# ---- children

cdef void orphan(Thread *child) noexcept nogil:
    # Out of its parent's list; what the parent counts is left alone.
    if child.parent == NULL:
        return
    if child.prev_sibling != NULL:
        child.prev_sibling.next_sibling = child.next_sibling
    else:
        child.parent.first_child = child.next_sibling
    child.parent.n_listed -= 1
    if child.next_sibling != NULL:
        child.next_sibling.prev_sibling = child.prev_sibling
    child.parent = child.prev_sibling = child.next_sibling = NULL


cdef void adopt(Thread *parent, Thread *child) noexcept nogil:
    orphan(child)
    child.parent = parent
    child.next_sibling = parent.first_child
    if parent.first_child != NULL:
        parent.first_child.prev_sibling = child
    parent.first_child = child
    child.ptid = parent.tid
    parent.n_listed += 1
    parent.n_children += 1
    parent.n_child_entries += 1


cdef void lose_child(State *s, int64_t ptid) noexcept nogil:
    cdef Thread *parent = thread_find(s, ptid)
    if parent == NULL:
        return
    parent.n_children -= 1
    if parent.n_child_entries - parent.n_children >= SWEEP:
        parent.n_child_entries = parent.n_listed


cdef void hand_over(Thread *t, Thread *reaper) noexcept nogil:
    # All children of `t` to the reaper; where there is none they become children of 0.
    cdef Thread *child
    while t.first_child != NULL:
        child = t.first_child
        if reaper == NULL:
            orphan(child)
            child.ptid = 0
        else:
            adopt(reaper, child)
    t.n_children = 0
    t.n_child_entries = 0


cdef Thread *first_alive(const ThreadGroup *g, const Thread *but, uint32_t *left) noexcept nogil:
    # Of dead threads only main ones stay, so this looks at few, unless the events say that threads begin dead.
    cdef Thread *t = g.first
    while t != NULL and (t == but or thread_is_dead(t)):
        if left[0] == 0:
            return NULL
        left[0] -= 1
        t = t.next_member
    return t


cdef Thread *find_reaper(State *s, Thread *t) noexcept nogil:
    # As the kernel: another thread of the group, else the nearest ancestor process that takes orphans.
    cdef Thread *parent
    cdef Thread *found
    cdef Thread *mark = NULL
    cdef uint32_t steps = 0, power = 1, left = DEAD
    if t.group != NULL and t.group.alive > 0:
        found = first_alive(t.group, t, &left)
        if found != NULL:
            return found
    parent = thread_find(s, t.ptid)
    while parent != NULL:
        # Parents may form a loop where events were lost: caught when the walk meets a mark that is set ever farther apart.
        if parent == t or parent == mark or steps == ANCESTORS:
            break
        steps += 1
        if steps == power:
            mark = parent
            power *= 2
        if thread_in_pidns(parent) != thread_in_pidns(t):
            break
        if parent.group != NULL and parent.group.reaper and parent.group.alive > 0:
            found = first_alive(parent.group, NULL, &left)
            if found != NULL:
                return found
        parent = thread_find(s, parent.ptid)
    return NULL


# ---- the table

cdef Thread *thread_get(State *s, int64_t tid) noexcept nogil:
    cdef Thread *t = thread_find(s, tid)
    if t != NULL:
        return t
    if s.threads.count >= MAX_THREADS:
        return NULL
    t = thread_row(s)
    if t == NULL:
        return NULL
    t.tid = tid
    text_set(&t.comm, b"<NA>", 4)
    text_set(&t.exe, b"<NA>", 4)
    return thread_insert(s, t, False)


cdef void thread_link(State *s, Thread *t) noexcept nogil:
    cdef ThreadGroup *g
    cdef Thread *parent
    if thread_invalid(t) or t.group != NULL:
        return
    g = <ThreadGroup *> idmap_get(&s.groups, t.pid)
    if g == NULL:
        g = group_new(t.pid, t.pid == 1 or t.vpid == 1)
        if g == NULL:
            return
        group_join(g, t, True)
        if idmap_put(&s.groups, t.pid, g):
            g.refs += 1
    else:
        group_join(g, t, thread_is_main(t))
    if t.pid == 1:
        return
    parent = thread_find(s, t.ptid)
    if parent == NULL or thread_invalid(parent):
        t.ptid = 0
        return
    adopt(parent, t)


cdef void destroy(State *s, Thread *t) noexcept nogil:
    # Out of every list; the row stays readable until the event is over.
    cdef Thread *child
    cdef ThreadGroup *g = t.group
    while t.first_child != NULL:
        child = t.first_child
        orphan(child)
    orphan(t)
    if g != NULL:
        group_quit(g, t)
    fds_clear(s, &t.fds)
    t.next = s.gone_threads
    s.gone_threads = t


cdef Thread *thread_insert(State *s, Thread *t, bint link) noexcept nogil:
    cdef Thread *old
    if s.threads.count >= MAX_THREADS:
        s.dropped_threads += 1
        destroy(s, t)
        return NULL
    if link:
        thread_link(s, t)
    old = thread_find(s, t.tid)
    if not idmap_put(&s.threads, t.tid, t):
        s.dropped_threads += 1
        destroy(s, t)
        return NULL
    if old != NULL:
        destroy(s, old)
    s.n_threads = s.threads.count
    return t


cdef void erase(State *s, int64_t tid) noexcept nogil:
    cdef Thread *t = <Thread *> idmap_take(&s.threads, tid)
    if t != NULL:
        s.n_threads = s.threads.count
        destroy(s, t)


cdef void thread_remove(State *s, int64_t tid) noexcept nogil:
    cdef Thread *t = thread_find(s, tid)
    cdef Thread *reaper = NULL
    cdef ThreadGroup *g
    if t == NULL:
        return
    if thread_invalid(t) or t.group == NULL:
        lose_child(s, t.ptid)
        erase(s, tid)
        return
    thread_die(t)
    if t.n_child_entries:
        if t.reaper_tid > 0:
            reaper = thread_get(s, t.reaper_tid)
        if reaper == NULL or thread_invalid(reaper) or reaper == t:
            reaper = find_reaper(s, t)
        if reaper != NULL:
            t.reaper_tid = reaper.tid
            if reaper.pid != t.pid and reaper.group != NULL:
                reaper.group.reaper = True
        hand_over(t, reaper)
    if t.group.alive == 0:
        lose_child(s, t.ptid)
        g = <ThreadGroup *> idmap_take(&s.groups, t.pid)
        if g != NULL:
            group_release(g)
        erase(s, t.pid)
    if not thread_is_main(t):
        lose_child(s, t.ptid)
        erase(s, tid)


cdef void threads_clear(State *s) noexcept nogil:
    cdef uint32_t i
    cdef ThreadGroup *g
    for i in range(s.threads.mask + 1):
        if s.threads.slots[i].row != NULL:
            destroy(s, <Thread *> s.threads.slots[i].row)
            s.threads.slots[i].row = NULL
    for i in range(s.groups.mask + 1):
        g = <ThreadGroup *> s.groups.slots[i].row
        if g != NULL:
            group_release(g)
            s.groups.slots[i].row = NULL
    s.threads.count = 0
    s.groups.count = 0
    s.n_threads = 0
    s.exits.used = 0
    s.exits.at = 0
    for i in range(RECENT_EXITS):
        s.exits.heads[i] = -1


# ---- who exited a moment ago

cdef inline uint32_t exit_bucket(int64_t ptid, int64_t tid) noexcept nogil:
    return <uint32_t> ((<uint64_t> ptid * 31 + <uint64_t> tid) * <uint64_t> 0x9E3779B97F4A7C15 >> 40) % RECENT_EXITS


cdef void exit_note(State *s, int64_t ptid, int64_t tid, uint64_t ts) noexcept nogil:
    # Falco keeps the low 32 bits of both.
    cdef RecentExits *x = s.exits
    cdef Exit *e = &x.ring[x.at]
    cdef uint32_t bucket
    if x.used > x.at:
        if e.prev >= 0:
            x.ring[e.prev].next = e.next
        else:
            x.heads[exit_bucket(e.ptid, e.tid)] = e.next
        if e.next >= 0:
            x.ring[e.next].prev = e.prev
    else:
        x.used = x.at + 1
    e.ptid = <uint32_t> ptid
    e.tid = <uint32_t> tid
    e.ts = ts
    bucket = exit_bucket(e.ptid, e.tid)
    e.prev = -1
    e.next = x.heads[bucket]
    if e.next >= 0:
        x.ring[e.next].prev = x.at
    x.heads[bucket] = x.at
    x.at = (x.at + 1) % RECENT_EXITS


cdef bint exit_was(const State *s, int64_t ptid, int64_t tid, uint64_t ts) noexcept nogil:
    cdef int64_t p = <uint32_t> ptid, t = <uint32_t> tid
    cdef int i = s.exits.heads[exit_bucket(p, t)]
    cdef const Exit *e
    while i >= 0:
        e = &s.exits.ring[i]
        if e.ptid == p and e.tid == t and ts >= e.ts:
            # Those behind it in the chain exited before.
            return ts - e.ts < EXIT_AGE_NS
        i = e.next
    return False
