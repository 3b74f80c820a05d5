"""Fields of the container that an event is about, as Falco's container plugin gives them: container.*, proc.is_container_*.

A thread outside of containers is in the container "host". Where a container is known by its id only, because its
runtime has not told yet, only container.id and the times have a value.
"""

from libc.stdint cimport uint32_t, uint64_t
from libc.string cimport strlen

from tiercel.events.fields.container_find cimport container_of, label, put_labels
from tiercel.events.fields.container_mount cimport mount_by_destination, mount_by_source
from tiercel.events.fields.field cimport (
    Arg,
    Context,
    Out,
    put_bool,
    put_bytes,
    put_string,
    put_text,
    put_uint,
    register,
)
from tiercel.events.fields.line cimport Line, line_add, line_char, line_start
from tiercel.events.process cimport Container, Mount, Text, Thread

cdef enum:
    N_RUNTIMES = 12
    HOST = 0xFFFE

ctypedef const char *Word

# By the number that records of containers have; "custom" and "static" ones have no name of their own.
cdef Word[N_RUNTIMES] runtimes
runtimes[:] = [
    b"docker", b"lxc", b"libvirt-lxc", b"mesos", b"rkt", b"", b"cri", b"containerd", b"cri-o", b"bpm", b"", b"podman",
]


# ---- identity

cdef bint id(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    if box != NULL:
        return put_text(out, &box.id)
    return c.event.thread != NULL and put_text(out, &c.event.thread.container_id)


cdef bint full_id(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.full_id)


cdef bint name(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.name)


cdef bint type_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    cdef const char *p
    if box == NULL:
        return False
    if 0 <= box.type < N_RUNTIMES:
        p = runtimes[box.type]
        return put_string(out, p, <uint32_t> strlen(p))
    return put_string(out, "host", 4) if box.type == HOST else put_string(out, "", 0)


# ---- image

cdef bint image(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.image)


cdef bint image_id(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.image_id)


cdef bint image_repository(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.image_repo)


cdef bint image_tag(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.image_tag)


cdef bint image_digest(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.image_digest)


# ---- rights and namespaces

cdef bint privileged(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_bool(out, box.privileged)


cdef bint host_pid(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_bool(out, box.host_pid)


cdef bint host_network(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_bool(out, box.host_network)


cdef bint host_ipc(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_bool(out, box.host_ipc)


# ---- mounts: "source:destination:mode:rdwr:propagation"

cdef inline void add_text(Line *line, const Text *t) noexcept nogil:
    line_add(line, t.p, t.n)


cdef inline void add_bool(Line *line, bint b) noexcept nogil:
    if b:
        line_add(line, b"true", 4)
    else:
        line_add(line, b"false", 5)


cdef void add_mount(Line *line, const Mount *m) noexcept nogil:
    add_text(line, &m.source)
    line_char(line, c':')
    add_text(line, &m.dest)
    line_char(line, c':')
    add_text(line, &m.mode)
    line_char(line, c':')
    add_bool(line, m.rdwr)
    line_char(line, c':')
    add_text(line, &m.propagation)


cdef bint mounts(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    cdef Line line
    cdef uint32_t i
    if box == NULL or not line_start(&line, c, 128):
        return False
    for i in range(box.n_mounts):
        if i:
            line_char(&line, c',')
        add_mount(&line, &box.mounts[i])
    return put_string(out, line.p, line.n)


cdef inline const Mount *by_source(Context *c, const Arg *a) noexcept nogil:
    cdef Container *box = container_of(c)
    return mount_by_source(box, a) if box != NULL else NULL


cdef bint mount(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Mount *m = by_source(c, a)
    cdef Line line
    if m == NULL or not line_start(&line, c, 128):
        return False
    add_mount(&line, m)
    return put_string(out, line.p, line.n)


cdef bint mount_source(Context *c, const Arg *a, Out *out) noexcept nogil:
    # The one of them that is found by its destination.
    cdef Container *box = container_of(c)
    cdef const Mount *m = mount_by_destination(box, a) if box != NULL else NULL
    return m != NULL and put_text(out, &m.source)


cdef bint mount_dest(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Mount *m = by_source(c, a)
    return m != NULL and put_text(out, &m.dest)


cdef bint mount_mode(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Mount *m = by_source(c, a)
    return m != NULL and put_text(out, &m.mode)


cdef bint mount_rdwr(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Mount *m = by_source(c, a)
    if m == NULL:
        return False
    return put_string(out, "true", 4) if m.rdwr else put_string(out, "false", 5)


cdef bint mount_propagation(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef const Mount *m = by_source(c, a)
    return m != NULL and put_text(out, &m.propagation)


# ---- times: nanoseconds; those of the pid namespace that the thread is in

cdef inline uint64_t started(const Context *c) noexcept nogil:
    # 0 where not known, and for an event that tells of a container.
    cdef Thread *t = c.event.thread
    return t.pidns_init_start_ts if t != NULL and c.state.told == NULL else 0


cdef bint start_ts(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef uint64_t ts = started(c)
    return ts != 0 and put_uint(out, ts)


cdef bint duration(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef uint64_t ts = started(c)
    return ts != 0 and put_uint(out, c.event.ts - ts)


# ---- network

cdef bint ip(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.ip)


cdef bint cni_json(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.cni_json)


# ---- labels

cdef bint one_label(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_bytes(out, label(box.labels, box.n_labels, a.text, a.n))


cdef bint all_labels(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_labels(c, box.labels, box.n_labels, out)


# ---- what the plugin has given up

cdef bint gone(Context *c, const Arg *a, Out *out) noexcept nogil:
    return False


register("container.id", id)
register("container.full_id", full_id)
register("container.name", name)
register("container.type", type_name)
register("container.image", image)
register("container.image.id", image_id)
register("container.image.repository", image_repository)
register("container.image.tag", image_tag)
register("container.image.digest", image_digest)
register("container.privileged", privileged)
register("container.host_pid", host_pid)
register("container.host_network", host_network)
register("container.host_ipc", host_ipc)
register("container.mounts", mounts)
register("container.mount", mount)
register("container.mount.source", mount_source)
register("container.mount.dest", mount_dest)
register("container.mount.mode", mount_mode)
register("container.mount.rdwr", mount_rdwr)
register("container.mount.propagation", mount_propagation)
register("container.start_ts", start_ts)
register("container.duration", duration)
register("container.ip", ip)
register("container.cni.json", cni_json)
register("container.label", one_label)
register("container.labels", all_labels)
register("container.healthcheck", gone)
register("container.liveness_probe", gone)
register("container.readiness_probe", gone)
register("proc.is_container_healthcheck", gone)
register("proc.is_container_liveness_probe", gone)
register("proc.is_container_readiness_probe", gone)
