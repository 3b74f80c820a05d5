"""Fields of a Kubernetes audit event: who asked the API server for what, and what it answered."""

from __future__ import annotations

from tiercel.events.catalogue.field import field_class

K8S_AUDIT = field_class(
    "k8s_audit",
    "",
    "A request to the Kubernetes API server, as its audit log tells it.",
    ("k8s_audit",),
    """
ka.auditid CHARBUF
ka.stage CHARBUF
ka.auth.decision CHARBUF
ka.auth.reason CHARBUF
ka.auth.openshift.decision CHARBUF
ka.validations.admission.policy.failure CHARBUF
ka.security.pod.violations CHARBUF
ka.auth.openshift.username CHARBUF
ka.user.name CHARBUF
ka.user.groups LIST(CHARBUF)
ka.impuser.name CHARBUF
ka.verb CHARBUF
ka.uri CHARBUF
ka.uri.param CHARBUF arg=key
ka.target.name CHARBUF
ka.target.namespace CHARBUF
ka.target.resource CHARBUF
ka.target.subresource CHARBUF
ka.target.pod.name CHARBUF
ka.req.binding.subjects LIST(CHARBUF)
ka.req.binding.subjects.user_names LIST(CHARBUF)
ka.req.binding.subjects.serviceaccount_names LIST(CHARBUF)
ka.req.binding.subjects.serviceaccount_ns_names LIST(CHARBUF)
ka.req.binding.subjects.group_names LIST(CHARBUF)
ka.req.binding.role CHARBUF
ka.req.binding.subject.has_name CHARBUF arg=key
ka.req.configmap.name CHARBUF
ka.req.configmap.obj CHARBUF
ka.req.pod.containers.args LIST(CHARBUF) arg=index?
ka.req.pod.containers.command LIST(CHARBUF) arg=index?
ka.req.pod.containers.name LIST(CHARBUF) arg=index?
ka.req.pod.containers.image LIST(CHARBUF) arg=index?
ka.req.container.image CHARBUF
ka.req.pod.containers.image.repository LIST(CHARBUF) arg=index?
ka.req.container.image.repository CHARBUF
ka.req.pod.host_ipc CHARBUF
ka.req.pod.host_network CHARBUF
ka.req.container.host_network CHARBUF
ka.req.pod.host_pid CHARBUF
ka.req.pod.containers.host_port LIST(CHARBUF) arg=index?
ka.req.pod.containers.privileged LIST(CHARBUF) arg=index?
ka.req.container.privileged CHARBUF
ka.req.pod.containers.allow_privilege_escalation LIST(CHARBUF) arg=index?
ka.req.pod.containers.read_only_fs LIST(CHARBUF) arg=index?
ka.req.pod.run_as_user CHARBUF
ka.req.pod.containers.run_as_user LIST(CHARBUF) arg=index?
ka.req.pod.containers.eff_run_as_user LIST(CHARBUF) arg=index?
ka.req.pod.run_as_group CHARBUF
ka.req.pod.containers.run_as_group LIST(CHARBUF) arg=index?
ka.req.pod.containers.eff_run_as_group LIST(CHARBUF) arg=index?
ka.req.pod.containers.proc_mount LIST(CHARBUF) arg=index?
ka.req.role.rules LIST(CHARBUF)
ka.req.role.rules.apiGroups LIST(CHARBUF) arg=index?
ka.req.role.rules.nonResourceURLs LIST(CHARBUF) arg=index?
ka.req.role.rules.verbs LIST(CHARBUF) arg=index?
ka.req.role.rules.resources LIST(CHARBUF) arg=index?
ka.req.pod.fs_group CHARBUF
ka.req.pod.supplemental_groups LIST(CHARBUF)
ka.req.pod.containers.add_capabilities LIST(CHARBUF) arg=index?
ka.req.service.type CHARBUF
ka.req.service.ports LIST(CHARBUF) arg=index?
ka.req.pod.volumes.hostpath LIST(CHARBUF) arg=index?
ka.req.volume.hostpath CHARBUF arg=key
ka.req.pod.volumes.flexvolume_driver LIST(CHARBUF) arg=index?
ka.req.pod.volumes.volume_type LIST(CHARBUF) arg=index?
ka.resp.name CHARBUF
ka.response.code CHARBUF
ka.response.reason CHARBUF
ka.useragent CHARBUF
ka.sourceips LIST(CHARBUF) arg=index?
ka.cluster.name CHARBUF
ka.req.pod.initContainers.name LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.image LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.image.repository LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.command LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.args LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.privileged LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.allow_privilege_escalation LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.read_only_fs LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.run_as_user LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.eff_run_as_user LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.run_as_group LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.eff_run_as_group LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.proc_mount LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.add_capabilities LIST(CHARBUF) arg=index?
ka.req.pod.initContainers.host_port LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.name LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.image LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.image.repository LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.command LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.args LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.privileged LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.allow_privilege_escalation LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.read_only_fs LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.run_as_user LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.eff_run_as_user LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.run_as_group LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.eff_run_as_group LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.proc_mount LIST(CHARBUF) arg=index?
ka.req.pod.ephemeralContainers.add_capabilities LIST(CHARBUF) arg=index?
""",
)
