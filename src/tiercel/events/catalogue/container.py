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
container.full_id CHARBUF
container.name CHARBUF suggested
container.image CHARBUF
container.image.id CHARBUF
container.type CHARBUF
container.privileged BOOL
container.mounts CHARBUF
container.mount CHARBUF arg=index|key
container.mount.source CHARBUF arg=index|key
container.mount.dest CHARBUF arg=index|key
container.mount.mode CHARBUF arg=index|key
container.mount.rdwr CHARBUF arg=index|key
container.mount.propagation CHARBUF arg=index|key
container.image.repository CHARBUF suggested
container.image.tag CHARBUF suggested
container.image.digest CHARBUF
container.healthcheck CHARBUF
container.liveness_probe CHARBUF
container.readiness_probe CHARBUF
container.start_ts ABSTIME
container.duration RELTIME
container.ip CHARBUF
container.cni.json CHARBUF
container.host_pid BOOL
container.host_network BOOL
container.host_ipc BOOL
container.label CHARBUF arg=key
container.labels CHARBUF
proc.is_container_healthcheck BOOL
proc.is_container_liveness_probe BOOL
proc.is_container_readiness_probe BOOL
k8s.pod.name CHARBUF suggested
k8s.ns.name CHARBUF suggested
k8s.pod.id CHARBUF
k8s.pod.uid CHARBUF
k8s.pod.sandbox_id CHARBUF
k8s.pod.full_sandbox_id CHARBUF
k8s.pod.label CHARBUF arg=key
k8s.pod.labels CHARBUF
k8s.pod.ip CHARBUF
k8s.pod.cni.json CHARBUF
k8s.rc.name CHARBUF
k8s.rc.id CHARBUF
k8s.rc.label CHARBUF arg=key
k8s.rc.labels CHARBUF
k8s.svc.name CHARBUF
k8s.svc.id CHARBUF
k8s.svc.label CHARBUF arg=key
k8s.svc.labels CHARBUF
k8s.ns.id CHARBUF
k8s.ns.label CHARBUF arg=key
k8s.ns.labels CHARBUF
k8s.rs.name CHARBUF
k8s.rs.id CHARBUF
k8s.rs.label CHARBUF arg=key
k8s.rs.labels CHARBUF
k8s.deployment.name CHARBUF
k8s.deployment.id CHARBUF
k8s.deployment.label CHARBUF arg=key
k8s.deployment.labels CHARBUF
""",
)
