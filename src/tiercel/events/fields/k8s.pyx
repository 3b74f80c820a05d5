"""Fields of the pod that a container is in: k8s.*, out of the container's labels and its pod's sandbox."""

from libc.stdint cimport uint32_t

from tiercel.events.event cimport Bytes
from tiercel.events.fields.container_find cimport SHORT_ID, container_of, label, put_labels, sandbox_of
from tiercel.events.fields.field cimport Arg, Context, Out, put_bytes, put_string, put_text, register
from tiercel.events.process cimport Container


cdef inline bint put_label(Context *c, const char *key, uint32_t n, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_bytes(out, label(box.labels, box.n_labels, key, n))


cdef bint pod_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_label(c, b"io.kubernetes.pod.name", 22, out)


cdef bint ns_name(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_label(c, b"io.kubernetes.pod.namespace", 27, out)


cdef bint pod_uid(Context *c, const Arg *a, Out *out) noexcept nogil:
    return put_label(c, b"io.kubernetes.pod.uid", 21, out)


cdef bint full_sandbox_id(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    return box != NULL and put_text(out, &box.pod_sandbox_id)


cdef bint sandbox_id(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    if box == NULL:
        return False
    if box.pod_sandbox_id.n <= SHORT_ID:
        return put_text(out, &box.pod_sandbox_id)
    return put_string(out, box.pod_sandbox_id.p, SHORT_ID)


# What the runtime did not tell with the container, the pod's own container has.

cdef bint pod_label(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    cdef Container *sandbox
    cdef Bytes found
    if box == NULL:
        return False
    sandbox = sandbox_of(c, box) if box.cni_json.n == 0 else NULL
    if sandbox != NULL:
        found = label(sandbox.pod_labels, sandbox.n_pod_labels, a.text, a.n)
        if found.p != NULL:
            return put_bytes(out, found)
    return put_bytes(out, label(box.pod_labels, box.n_pod_labels, a.text, a.n))


cdef bint pod_labels(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    cdef Container *sandbox
    if box == NULL:
        return False
    sandbox = sandbox_of(c, box) if box.cni_json.n == 0 else NULL
    if sandbox != NULL:
        box = sandbox
    return put_labels(c, box.pod_labels, box.n_pod_labels, out)


cdef bint pod_ip(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    if box != NULL and box.cni_json.n == 0:
        box = sandbox_of(c, box)
    return box != NULL and put_text(out, &box.ip)


cdef bint pod_cni_json(Context *c, const Arg *a, Out *out) noexcept nogil:
    cdef Container *box = container_of(c)
    if box != NULL and box.cni_json.n == 0:
        box = sandbox_of(c, box)
    return box != NULL and put_text(out, &box.cni_json)


# ---- what the plugin has given up

cdef bint gone(Context *c, const Arg *a, Out *out) noexcept nogil:
    return False


register("k8s.pod.name", pod_name)
register("k8s.ns.name", ns_name)
register("k8s.pod.id", pod_uid)
register("k8s.pod.uid", pod_uid)
register("k8s.pod.sandbox_id", sandbox_id)
register("k8s.pod.full_sandbox_id", full_sandbox_id)
register("k8s.pod.label", pod_label)
register("k8s.pod.labels", pod_labels)
register("k8s.pod.ip", pod_ip)
register("k8s.pod.cni.json", pod_cni_json)
for field in (
    "k8s.rc.name", "k8s.rc.id", "k8s.rc.label", "k8s.rc.labels",
    "k8s.svc.name", "k8s.svc.id", "k8s.svc.label", "k8s.svc.labels",
    "k8s.ns.id", "k8s.ns.label", "k8s.ns.labels",
    "k8s.rs.name", "k8s.rs.id", "k8s.rs.label", "k8s.rs.labels",
    "k8s.deployment.name", "k8s.deployment.id", "k8s.deployment.label", "k8s.deployment.labels",
):
    register(field, gone)
