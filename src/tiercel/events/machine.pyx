"""A state that Python holds, moves by events it makes up, and looks into. For tests and for looking at captures."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

from tiercel.events.descriptors cimport fds_at, fds_get, fds_room
from tiercel.events.event cimport MAX_PARAMS, Bytes, Event
from tiercel.events.process cimport Container, Facts, Fd, FdTable, Group, Text, Thread, User, thread_invalid
from tiercel.events.state cimport (
    fd_add,
    fd_new,
    group_add,
    interface_add,
    state_container,
    state_enter,
    state_free,
    state_group,
    state_leave,
    state_new,
    state_restart,
    state_skipped,
    state_user,
    state_wanted,
    state_wanted_for,
    tables_done,
    thread_add,
    thread_new,
    user_add,
)
from tiercel.events.text cimport text_clear, text_init, text_set
from tiercel.events.threads cimport thread_fds, thread_find, thread_is_dead


cdef Bytes view(bytes data):
    cdef Bytes b
    b.p = NULL
    b.n = 0
    if data is not None:
        b.p = data
        b.n = <uint32_t> len(data)
    return b


cdef bytes text(const Text *t):
    return b"" if t.p == NULL else t.p[: t.n]


cdef list strings(const Text *t, uint32_t n):
    # Of a list whose strings end in NUL each.
    values = text(t).split(b"\0")
    if values.pop() != b"" or len(values) != n:
        raise AssertionError("a list of strings does not hold what it claims to hold")
    return values


cdef dict fd_row(const Fd *fd):
    return {
        "num": fd.num, "type": fd.type, "flags": fd.flags, "openflags": fd.openflags, "dev": fd.dev, "ino": fd.ino,
        "mount_id": fd.mount_id, "pid": fd.pid, "name": text(&fd.name), "name_raw": text(&fd.name_raw),
        "sip": bytes(fd.sip[:16]), "dip": bytes(fd.dip[:16]), "sport": fd.sport, "dport": fd.dport,
        "l4proto": fd.l4proto, "unix_source": fd.unix_source, "unix_dest": fd.unix_dest,
    }  # fmt: skip


cdef dict facts(const Facts *f):
    return {
        "start_ns": f.start_ns, "birth_tid": f.birth_tid, "birth_pid": f.birth_pid, "pidns": f.pidns, "mntns": f.mntns,
        "netns": f.netns, "userns": f.userns, "cgroup_id": f.cgroup_id, "exec_id": f.exec_id, "subreaper": bool(f.subreaper),
        "exe": (f.exe.dev, f.exe.inode, f.exe.real_dev, f.exe.real_inode, f.exe.generation),
        "script": (f.script.dev, f.script.inode, f.script.ctime_ns),
    }


cdef dict thread_row(const Thread *t):
    return {
        "tid": t.tid, "pid": t.pid, "ptid": t.ptid, "reaper_tid": t.reaper_tid, "sid": t.sid, "pgid": t.pgid,
        "vtid": t.vtid, "vpid": t.vpid, "vpgid": t.vpgid, "flags": t.flags, "uid": t.uid, "gid": t.gid,
        "loginuid": t.loginuid, "tty": t.tty, "exe_writable": bool(t.exe_writable),
        "exe_upper_layer": bool(t.exe_upper_layer), "exe_lower_layer": bool(t.exe_lower_layer),
        "exe_from_memfd": bool(t.exe_from_memfd), "invalid": bool(thread_invalid(t)), "dead": bool(thread_is_dead(t)),
        "cap_permitted": t.cap_permitted, "cap_effective": t.cap_effective, "cap_inheritable": t.cap_inheritable,
        "exe_ino": t.exe_ino, "exe_ino_ctime": t.exe_ino_ctime, "exe_ino_mtime": t.exe_ino_mtime,
        "exe_ino_ctime_duration_clone_ts": t.exe_ino_ctime_duration_clone_ts,
        "exe_ino_ctime_duration_pidns_start": t.exe_ino_ctime_duration_pidns_start,
        "pidns_init_start_ts": t.pidns_init_start_ts, "vmsize_kb": t.vmsize_kb, "vmrss_kb": t.vmrss_kb,
        "vmswap_kb": t.vmswap_kb, "pfmajor": t.pfmajor, "pfminor": t.pfminor, "fdlimit": t.fdlimit,
        "clone_ts": t.clone_ts, "lastexec_ts": t.lastexec_ts, "comm": text(&t.comm), "exe": text(&t.exe),
        "exepath": text(&t.exepath), "cwd": text(&t.cwd), "root": text(&t.root), "args": strings(&t.args, t.n_args),
        "facts": facts(&t.facts), "script": text(&t.script),
        "env": strings(&t.env, t.n_env), "cgroups": strings(&t.cgroups, t.n_cgroups),
        "container_id": text(&t.container_id), "health": t.health, "n_children": t.n_children,
        "alive": t.group.alive if t.group != NULL else 0, "reaper": bool(t.group != NULL and t.group.reaper),
    }  # fmt: skip


cdef class Machine:
    """A state of its own.

    `reuse` False gives every row back to the system at once, so that a sanitizer sees any use after the end.
    """

    def __cinit__(self, bint reuse=True):
        self.state = state_new()
        if not reuse:
            self.state.max_free = 0

    def __dealloc__(self):
        state_free(self.state)

    # ---- tables

    def add_thread(self, **row) -> None:
        """A thread of the capture's head: names of `thread()`; comm, exe, ... as bytes, lists with NULs between."""
        cdef Thread *t = thread_new()
        cdef bytes value
        if t == NULL:
            raise MemoryError
        t.tid = row.get("tid", 1)
        t.pid = row.get("pid", t.tid)
        t.ptid = row.get("ptid", 0)
        t.vtid = row.get("vtid", t.tid)
        t.vpid = row.get("vpid", t.pid)
        t.sid = row.get("sid", -1)
        t.pgid = row.get("pgid", -1)
        t.uid = row.get("uid", 0)
        t.gid = row.get("gid", 0)
        t.flags = row.get("flags", 0)
        for name, to in (
            ("comm", <size_t> &t.comm),
            ("exe", <size_t> &t.exe),
            ("exepath", <size_t> &t.exepath),
            ("cwd", <size_t> &t.cwd),
            ("args", <size_t> &t.args),
            ("env", <size_t> &t.env),
            ("cgroups", <size_t> &t.cgroups),
        ):
            value = row.get(name, b"")
            text_set(<Text *> <size_t> to, value, <uint32_t> len(value))
        thread_add(self.state, t)

    def add_fd(self, int64_t tid, **row) -> None:
        """A descriptor of the capture's head."""
        cdef Fd *fd = fd_new()
        cdef bytes name = row.get("name", b""), sip = row.get("sip", b""), dip = row.get("dip", b"")
        if fd == NULL:
            raise MemoryError
        fd.num = row["num"]
        fd.type = row["type"]
        fd.openflags = row.get("openflags", 0)
        fd.ino = row.get("ino", 0)
        fd.sport = row.get("sport", 0)
        fd.dport = row.get("dport", 0)
        fd.l4proto = row.get("l4proto", 0)
        memcpy(fd.sip, <const char *> sip, min(len(sip), 16))
        memcpy(fd.dip, <const char *> dip, min(len(dip), 16))
        text_set(&fd.name, name, <uint32_t> len(name))
        fd_add(self.state, tid, fd)

    def add_user(self, uint32_t uid, uint32_t gid, bytes name, bytes home, bytes shell, bytes container=b"") -> None:
        cdef Text id
        text_init(&id)
        text_set(&id, container, <uint32_t> len(container))
        user_add(self.state, &id, uid, gid, view(name), view(home), view(shell))
        text_clear(&id)

    def add_group(self, uint32_t gid, bytes name) -> None:
        group_add(self.state, NULL, gid, view(name))

    def add_interface(self, bytes name, bytes address, bytes netmask=b"") -> None:
        interface_add(self.state, view(name), 2 if len(address) == 4 else 10, view(address), view(netmask))

    def tables_done(self) -> None:
        tables_done(self.state)

    def restart(self) -> None:
        state_restart(self.state)

    # ---- events

    def event(self, int type, int64_t tid, list params, uint64_t ts=0) -> dict:
        """Moves the state by an event; returns what the rules would see of it."""
        cdef Event e
        cdef int i
        cdef dict seen
        if len(params) > MAX_PARAMS:
            raise ValueError("too many parameters")
        memset(&e, 0, sizeof(Event))
        e.type = type
        e.tid = tid
        e.ts = ts
        e.nparams = <uint32_t> len(params)
        for i, param in enumerate(params):
            e.params[i] = view(param)
        state_enter(self.state, &e)
        seen = {
            "thread": thread_row(e.thread) if e.thread != NULL else None,
            "fd": fd_row(e.fd) if e.fd != NULL else None,
            "fd_num": e.fd_num,
            "fd_name_changed": bool(e.fd_name_changed),
            "errno": e.errno_,
            "container": text(&self.state.told.id) if self.state.told != NULL else None,
        }
        state_leave(self.state, &e)
        return seen

    def skipped(self, int type, int64_t tid) -> None:
        state_skipped(self.state, type, tid)

    # ---- look-ups

    def __len__(self) -> int:
        return self.state.threads.count

    def thread(self, int64_t tid) -> dict | None:
        cdef Thread *t = thread_find(self.state, tid)
        return thread_row(t) if t != NULL else None

    def children(self, int64_t tid) -> list:
        """Threads in the thread's list of children, newest first."""
        cdef Thread *t = thread_find(self.state, tid)
        found = []
        t = t.first_child if t != NULL else NULL
        while t != NULL:
            found.append(t.tid)
            t = t.next_sibling
        return found

    def fds(self, int64_t tid) -> dict:
        """Descriptors of the thread's process by number."""
        cdef Thread *t = thread_find(self.state, tid)
        cdef FdTable *fds = thread_fds(t) if t != NULL else NULL
        cdef uint32_t i
        found = {}
        if fds != NULL:
            for i in range(fds_room(fds)):
                if fds_at(fds, i) != NULL:
                    found[fds_at(fds, i).num] = fd_row(fds_at(fds, i))
        return found

    def user(self, uint32_t uid, bytes container=b"") -> tuple | None:
        """Name, home and shell."""
        cdef Text id
        cdef User *u
        text_init(&id)
        text_set(&id, container, <uint32_t> len(container))
        u = state_user(self.state, &id, uid)
        text_clear(&id)
        return (text(&u.name), text(&u.home), text(&u.shell)) if u != NULL else None

    def group(self, uint32_t gid, bytes container=b"") -> bytes | None:
        cdef Text id
        cdef Group *g
        text_init(&id)
        text_set(&id, container, <uint32_t> len(container))
        g = state_group(self.state, &id, gid)
        text_clear(&id)
        return text(&g.name) if g != NULL else None

    def container(self, bytes id) -> dict | None:
        cdef Text t
        cdef Container *c
        cdef uint32_t i
        text_init(&t)
        text_set(&t, id, <uint32_t> len(id))
        c = state_container(self.state, &t)
        text_clear(&t)
        if c == NULL:
            return None
        return {
            "id": text(&c.id), "name": text(&c.name), "image": text(&c.image), "type": c.type,
            "privileged": bool(c.privileged), "created_ns": c.created_ns,
            "labels": [(text(&c.labels[i].key), text(&c.labels[i].value)) for i in range(c.n_labels)],
            "mounts": [(text(&c.mounts[i].source), text(&c.mounts[i].dest)) for i in range(c.n_mounts)],
            "env": strings(&c.env, c.n_env),
        }  # fmt: skip

    def check(self) -> None:
        """AssertionError where the rows contradict each other: lists that cycle, links to what is gone, wrong counts."""
        cdef uint32_t i, k, n
        cdef uint64_t slots = 0
        cdef Thread *t
        cdef Thread *child
        cdef Fd *fd
        known = set()
        members = set()
        adopted = set()
        for i in range(self.state.threads.mask + 1):
            t = <Thread *> self.state.threads.slots[i].row
            if t == NULL:
                continue
            assert self.state.threads.slots[i].key == t.tid
            known.add(<size_t> t)
        assert len(known) == self.state.threads.count
        for i in range(self.state.threads.mask + 1):
            t = <Thread *> self.state.threads.slots[i].row
            if t == NULL:
                continue
            thread_row(t)
            slots += fds_room(&t.fds)
            n = 0
            for k in range(fds_room(&t.fds)):
                fd = fds_at(&t.fds, k)
                if fd != NULL:
                    n += 1
                    assert fds_get(&t.fds, fd.num) == fd and fd.refs > 0
            assert n == t.fds.count
            child = t.first_child
            while child != NULL:
                assert <size_t> child in known and child.parent == t and <size_t> child not in adopted
                adopted.add(<size_t> child)
                assert child.next_sibling == NULL or child.next_sibling.prev_sibling == child
                child = child.next_sibling
            if t.group != NULL:
                assert t.prev_member.next_member == t if t.prev_member != NULL else t.group.first == t
                assert t.next_member.prev_member == t if t.next_member != NULL else t.group.last == t
                assert t.next_member == NULL or <size_t> t.next_member in known and t.next_member.group == t.group
        for i in range(self.state.threads.mask + 1):
            t = <Thread *> self.state.threads.slots[i].row
            assert t == NULL or (t.parent == NULL) == (<size_t> t not in adopted)
        assert slots == self.state.n_fd_slots
        assert self.state.gone_threads == NULL and self.state.gone_fds == NULL


def wanted(features: int = -1) -> bytes:
    """One byte a type of event: 1 where the state needs to see it. `features` is a sum of Feature."""
    from tiercel.events.table import EVENTS

    cdef const unsigned char *mask = state_wanted() if features < 0 else state_wanted_for(features)
    return (<const char *> mask)[: len(EVENTS)]
