"""Rows of containers."""

import json

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free

from tiercel.events.containers cimport CT_UNKNOWN
from tiercel.events.process cimport Mount, Pair, Text
from tiercel.events.text cimport text_clear, text_init, text_set


cdef Container *container_new() noexcept nogil:
    cdef Container *c = <Container *> calloc(1, sizeof(Container))
    cdef int i
    if c == NULL:
        return NULL
    text_init(&c.id)
    text_init(&c.full_id)
    text_init(&c.name)
    text_init(&c.image)
    text_init(&c.image_id)
    text_init(&c.image_repo)
    text_init(&c.image_tag)
    text_init(&c.image_digest)
    text_init(&c.ip)
    text_init(&c.cni_json)
    text_init(&c.pod_sandbox_id)
    text_init(&c.user)
    text_init(&c.env)
    text_init(&c.json)
    for i in range(3):
        text_init(&c.probe_exe[i])
        text_init(&c.probe_args[i])
    c.type = CT_UNKNOWN
    return c


cdef void pairs_free(Pair *pairs, uint32_t n) noexcept nogil:
    cdef uint32_t i
    for i in range(n):
        text_clear(&pairs[i].key)
        text_clear(&pairs[i].value)
    free(pairs)


cdef void container_free(Container *c) noexcept nogil:
    cdef uint32_t i
    text_clear(&c.id)
    text_clear(&c.full_id)
    text_clear(&c.name)
    text_clear(&c.image)
    text_clear(&c.image_id)
    text_clear(&c.image_repo)
    text_clear(&c.image_tag)
    text_clear(&c.image_digest)
    text_clear(&c.ip)
    text_clear(&c.cni_json)
    text_clear(&c.pod_sandbox_id)
    text_clear(&c.user)
    text_clear(&c.env)
    text_clear(&c.json)
    for i in range(3):
        text_clear(&c.probe_exe[i])
        text_clear(&c.probe_args[i])
    pairs_free(c.labels, c.n_labels)
    pairs_free(c.pod_labels, c.n_pod_labels)
    for i in range(c.n_mounts):
        text_clear(&c.mounts[i].source)
        text_clear(&c.mounts[i].dest)
        text_clear(&c.mounts[i].mode)
        text_clear(&c.mounts[i].propagation)
    free(c.mounts)
    free(c)


# ---- reading

cdef int put(Text *t, str value) except -1:
    cdef bytes data = value.encode()
    text_set(t, data, <uint32_t> len(data))
    return 0


cdef str text(dict o, str key):
    value = o.get(key, "")
    if not isinstance(value, str):
        raise TypeError(key)
    return value


cdef bint flag(dict o, str key) except -1:
    value = o.get(key, False)
    if not isinstance(value, bool):
        raise TypeError(key)
    return value


cdef int64_t number(dict o, str key, int64_t otherwise) except? -1:
    value = o.get(key, otherwise)
    if not isinstance(value, (int, float)):
        raise TypeError(key)
    return <int64_t> max(-(1 << 62), min(1 << 62, int(value)))


cdef list strings(dict o, str key):
    value = o.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise TypeError(key)
    return value


cdef int put_strings(Text *t, uint32_t *n, list values) except -1:
    put(t, "".join([v + "\0" for v in values]))
    n[0] = <uint32_t> len(values)
    return 0


cdef Pair *pairs(dict o, str key, uint32_t *n) except? NULL:
    # In the order of keys' bytes, as Falco has them.
    cdef Pair *rows
    cdef uint32_t i
    value = o.get(key)
    n[0] = 0
    if value is None:
        return NULL
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise TypeError(key)
    if not value:
        return NULL
    rows = <Pair *> calloc(len(value), sizeof(Pair))
    if rows == NULL:
        raise MemoryError
    for i, k in enumerate(sorted(value, key=str.encode)):
        text_init(&rows[i].key)
        text_init(&rows[i].value)
        put(&rows[i].key, k)
        put(&rows[i].value, value[k])
    n[0] = <uint32_t> len(value)
    return rows


cdef int fill(Container *c, dict o) except -1:
    cdef uint32_t i
    c.type = <int> number(o, "type", CT_UNKNOWN)
    put(&c.id, text(o, "id"))
    put(&c.full_id, text(o, "full_id"))
    put(&c.name, text(o, "name"))
    put(&c.image, text(o, "image"))
    put(&c.image_id, text(o, "imageid"))
    put(&c.image_repo, text(o, "imagerepo"))
    put(&c.image_tag, text(o, "imagetag"))
    put(&c.image_digest, text(o, "imagedigest"))
    put(&c.ip, text(o, "ip"))
    put(&c.cni_json, text(o, "cni_json"))
    put(&c.pod_sandbox_id, text(o, "pod_sandbox_id"))
    put(&c.user, text(o, "User"))
    put_strings(&c.env, &c.n_env, strings(o, "env"))
    c.privileged = flag(o, "privileged")
    c.host_pid = flag(o, "host_pid")
    c.host_network = flag(o, "host_network")
    c.host_ipc = flag(o, "host_ipc")
    c.is_pod_sandbox = flag(o, "is_pod_sandbox")
    c.created_ns = <int64_t> (<uint64_t> number(o, "created_time", 0) * <uint64_t> 1_000_000_000)
    c.labels = pairs(o, "labels", &c.n_labels)
    c.pod_labels = pairs(o, "pod_sandbox_labels", &c.n_pod_labels)
    mounts = o.get("Mounts")
    if mounts is not None:
        if not isinstance(mounts, list):
            raise TypeError("Mounts")
        c.mounts = <Mount *> calloc(len(mounts) + 1, sizeof(Mount))
        if c.mounts == NULL:
            raise MemoryError
        for m in mounts:
            i = c.n_mounts
            c.n_mounts += 1
            text_init(&c.mounts[i].source)
            text_init(&c.mounts[i].dest)
            text_init(&c.mounts[i].mode)
            text_init(&c.mounts[i].propagation)
            put(&c.mounts[i].source, text(m, "Source"))
            put(&c.mounts[i].dest, text(m, "Destination"))
            put(&c.mounts[i].mode, text(m, "Mode"))
            put(&c.mounts[i].propagation, text(m, "Propagation"))
            c.mounts[i].rdwr = flag(m, "RW")
    for i, name in enumerate(("Healthcheck", "LivenessProbe", "ReadinessProbe")):
        if name in o:
            put(&c.probe_exe[i], text(o[name], "exe"))
            put_strings(&c.probe_args[i], &c.n_probe_args[i], strings(o[name], "args"))
            c.probed[i] = True
    return 0


def _no_constant(name: str) -> None:
    raise ValueError(name)


cdef Container *container_read(Bytes data) noexcept with gil:
    cdef Container *c = container_new()
    if c == NULL:
        return NULL
    try:
        fill(c, json.loads(data.p[: data.n].decode(), parse_constant=_no_constant)["container"])
    except Exception:
        container_free(c)
        return NULL
    return c
