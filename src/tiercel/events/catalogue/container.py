"""Fields of the container that a thread runs in, and of its pod."""

from __future__ import annotations

from tiercel.events.catalogue.field import field_class

CONTAINER = field_class(
    "container",
    "",
    "The container that the thread runs in, and its Kubernetes pod.",
    ("syscall",),
    """
container.id CHARBUF suggested
    First 12 digits of the container's id, found in the control groups of the process; `host` outside of
    containers. Known at once, all other fields of a container once its runtime was asked.
container.full_id CHARBUF
    The container's whole id.
container.name CHARBUF suggested
    The container's name; `host` outside of containers.
container.image CHARBUF
    The image as the runtime names it, `docker.io/library/nginx:1.27`.
container.image.id CHARBUF
    Id of the image, shortened.
container.type CHARBUF
    The runtime: `docker`, `containerd`, `cri-o`, `podman`, `lxc`, ...; `host` outside of containers.
container.privileged BOOL
    Whether the container runs privileged: with all capabilities and devices of the host.
container.mounts CHARBUF
    All mounts, `source:destination:mode:rdwr:propagation` joined by commas.
container.mount CHARBUF arg=index|key
    One mount in that form, by its place from 0 or by its source, which may be a glob:
    `container.mount[/var/run/*]` is the first that fits.
container.mount.source CHARBUF arg=index|key
    Source of one mount, by its place from 0 or by its destination (a glob).
container.mount.dest CHARBUF arg=index|key
    Destination of one mount, by its place from 0 or by its source (a glob).
container.mount.mode CHARBUF arg=index|key
    Mode of one mount, by its place from 0 or by its source (a glob).
container.mount.rdwr CHARBUF arg=index|key
    `true` where one mount may be written to, by its place from 0 or by its source (a glob).
container.mount.propagation CHARBUF arg=index|key
    Propagation of one mount, by its place from 0 or by its source (a glob).
container.image.repository CHARBUF suggested
    The image without tag and digest, `docker.io/library/nginx`.
container.image.tag CHARBUF suggested
    Tag of the image, `1.27`.
container.image.digest CHARBUF
    Digest of the image in its registry, `sha256:...`.
container.healthcheck CHARBUF
    Never there. It held the container's health check.
container.liveness_probe CHARBUF
    Never there. It held the container's liveness probe.
container.readiness_probe CHARBUF
    Never there. It held the container's readiness probe.
container.start_ts ABSTIME
    When the container started, nanoseconds from 1970, by its process id namespace.
container.duration RELTIME
    Nanoseconds that the container has run until now.
container.ip CHARBUF
    The container's first IPv4 address, as its runtime tells.
container.cni.json CHARBUF
    What the network plugins answered when the pod's network was set up, as JSON: every interface with its
    addresses. Only from CRI runtimes.
container.host_pid BOOL
    Whether the container sees the host's processes.
container.host_network BOOL
    Whether the container uses the host's network.
container.host_ipc BOOL
    Whether the container shares the host's semaphores, queues and shared memory.
container.label CHARBUF arg=key
    Value of one label: `container.label[maintainer]`, also written `container.label.maintainer`.
container.labels CHARBUF
    All labels, `name:value` joined by commas, without those that Kubernetes sets for itself.
proc.is_container_healthcheck BOOL
    Whether the process belongs to the container's health check.
proc.is_container_liveness_probe BOOL
    Whether the process belongs to the container's liveness probe.
proc.is_container_readiness_probe BOOL
    Whether the process belongs to the container's readiness probe.
k8s.pod.name CHARBUF suggested
    Name of the pod.
k8s.ns.name CHARBUF suggested
    Namespace of the pod.
k8s.pod.id CHARBUF
    The same as `k8s.pod.uid`.
k8s.pod.uid CHARBUF
    Id that Kubernetes gave the pod when it was made, `3e41dc6b-...`.
k8s.pod.sandbox_id CHARBUF
    First 12 digits of the id of the pod's sandbox: the container that holds the pod's network.
k8s.pod.full_sandbox_id CHARBUF
    Whole id of the pod's sandbox.
k8s.pod.label CHARBUF arg=key
    Value of one of the pod's labels: `k8s.pod.label[app.kubernetes.io/name]`, also written with a dot
    before the label.
k8s.pod.labels CHARBUF
    All labels of the pod, `name:value` joined by commas.
k8s.pod.ip CHARBUF
    The pod's first IPv4 address; the same as `container.ip`.
k8s.pod.cni.json CHARBUF
    The same as `container.cni.json`.
k8s.rc.name CHARBUF
    Never there: a container's runtime does not know it. It held the name of the pod's replication
    controller.
k8s.rc.id CHARBUF
    Never there: a container's runtime does not know it. It held the id of the pod's replication
    controller.
k8s.rc.label CHARBUF arg=key
    Never there: a container's runtime does not know it. It held the one label of the pod's replication
    controller.
k8s.rc.labels CHARBUF
    Never there: a container's runtime does not know it. It held the labels of the pod's replication
    controller.
k8s.svc.name CHARBUF
    Never there: a container's runtime does not know it. It held the name of the pod's service.
k8s.svc.id CHARBUF
    Never there: a container's runtime does not know it. It held the id of the pod's service.
k8s.svc.label CHARBUF arg=key
    Never there: a container's runtime does not know it. It held the one label of the pod's service.
k8s.svc.labels CHARBUF
    Never there: a container's runtime does not know it. It held the labels of the pod's service.
k8s.ns.id CHARBUF
    Never there: a container's runtime does not know it. It held the id of the pod's namespace.
k8s.ns.label CHARBUF arg=key
    Never there: a container's runtime does not know it. It held the one label of the pod's namespace.
k8s.ns.labels CHARBUF
    Never there: a container's runtime does not know it. It held the labels of the pod's namespace.
k8s.rs.name CHARBUF
    Never there: a container's runtime does not know it. It held the name of the pod's replica set.
k8s.rs.id CHARBUF
    Never there: a container's runtime does not know it. It held the id of the pod's replica set.
k8s.rs.label CHARBUF arg=key
    Never there: a container's runtime does not know it. It held the one label of the pod's replica set.
k8s.rs.labels CHARBUF
    Never there: a container's runtime does not know it. It held the labels of the pod's replica set.
k8s.deployment.name CHARBUF
    Never there: a container's runtime does not know it. It held the name of the pod's deployment.
k8s.deployment.id CHARBUF
    Never there: a container's runtime does not know it. It held the id of the pod's deployment.
k8s.deployment.label CHARBUF arg=key
    Never there: a container's runtime does not know it. It held the one label of the pod's deployment.
k8s.deployment.labels CHARBUF
    Never there: a container's runtime does not know it. It held the labels of the pod's deployment.
""",
)
