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
    Id of the request; the events of its stages share it.
ka.stage CHARBUF
    How far the request was: `RequestReceived`, `ResponseStarted`, `ResponseComplete`, `Panic`.
ka.auth.decision CHARBUF
    Whether the request was allowed: `allow` or `forbid`.
ka.auth.reason CHARBUF
    Why it was allowed or not, as the authorizer puts it: which role and binding.
ka.auth.openshift.decision CHARBUF
    What OpenShift's authentication decided: `allow`, `deny`, `error`.
ka.validations.admission.policy.failure CHARBUF
    What a validating admission policy found wrong with the request.
ka.security.pod.violations CHARBUF
    Which rules of the pod security standard the request breaks, where those are audited.
ka.auth.openshift.username CHARBUF
    The user that OpenShift's authentication was for.
ka.user.name CHARBUF
    The user who asked, `system:serviceaccount:NAMESPACE:NAME` for service accounts.
ka.user.groups LIST(CHARBUF)
    Groups of the user who asked.
ka.impuser.name CHARBUF
    The user that the request was to be carried out as, where the asking user acts for another.
ka.verb CHARBUF
    What is asked: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, ...
ka.uri CHARBUF
    Path and query of the request.
ka.uri.param CHARBUF arg=key
    Value of one parameter of the query: `ka.uri.param[command]`, the first where it is there more than
    once.
ka.target.name CHARBUF
    Name of the object.
ka.target.namespace CHARBUF
    Namespace of the object.
ka.target.resource CHARBUF
    Kind of the object as it stands in the path: `pods`, `secrets`, `clusterrolebindings`.
ka.target.subresource CHARBUF
    The part of the object that is meant: `exec`, `attach`, `log`, `portforward`, `status`.
ka.target.pod.name CHARBUF
    Name of the pod in the answer to a request on `pods`, so also where the server made the name up.
ka.req.binding.subjects LIST(CHARBUF)
    For a role binding, whom it binds: each subject as JSON.
ka.req.binding.subjects.user_names LIST(CHARBUF)
    For a role binding, names of the users it binds.
ka.req.binding.subjects.serviceaccount_names LIST(CHARBUF)
    For a role binding, names of the service accounts it binds.
ka.req.binding.subjects.serviceaccount_ns_names LIST(CHARBUF)
    For a role binding, the service accounts it binds, as `namespace:name`.
ka.req.binding.subjects.group_names LIST(CHARBUF)
    For a role binding, names of the groups it binds.
ka.req.binding.role CHARBUF
    For a role binding, name of the role it grants.
ka.req.binding.subject.has_name CHARBUF arg=key
    Always `true`. It said whether a binding has a subject of that name: use
    `ka.req.binding.subjects.user_names` and its neighbours.
ka.req.configmap.name CHARBUF
    Name of the config map.
ka.req.configmap.obj CHARBUF
    The config map's data, as JSON.
ka.req.pod.containers.args LIST(CHARBUF) arg=index?
    Arguments of the pod's containers, one text a container, words joined by spaces.
ka.req.pod.containers.command LIST(CHARBUF) arg=index?
    Commands of the pod's containers, one text a container, words joined by spaces.
ka.req.pod.containers.name LIST(CHARBUF) arg=index?
    Names of the pod's containers. With an argument, of that one alone, counted from 0.
ka.req.pod.containers.image LIST(CHARBUF) arg=index?
    Images of the pod's containers. With an argument, of that one alone, counted from 0.
ka.req.container.image CHARBUF
    Image of the pod's first container. Older form of `ka.req.pod.containers.image`.
ka.req.pod.containers.image.repository LIST(CHARBUF) arg=index?
    Images of the pod's containers without tag and digest.
ka.req.container.image.repository CHARBUF
    Image of the pod's first container without tag and digest. Older form of
    `ka.req.pod.containers.image.repository`.
ka.req.pod.host_ipc CHARBUF
    Whether the pod asks for the host's semaphores, queues and shared memory.
ka.req.pod.host_network CHARBUF
    Whether the pod asks for the host's network.
ka.req.container.host_network CHARBUF
    Older form of `ka.req.pod.host_network`.
ka.req.pod.host_pid CHARBUF
    Whether the pod asks to see the host's processes.
ka.req.pod.containers.host_port LIST(CHARBUF) arg=index?
    Ports of the host that the pod's containers ask for.
ka.req.pod.containers.privileged LIST(CHARBUF) arg=index?
    Whether each of the pod's containers asks to run privileged.
ka.req.container.privileged CHARBUF
    Whether one of the pod's containers asks to run privileged. Older form of
    `ka.req.pod.containers.privileged`.
ka.req.pod.containers.allow_privilege_escalation LIST(CHARBUF) arg=index?
    Whether each of the pod's containers may gain rights that its parent process has not
    (allowPrivilegeEscalation).
ka.req.pod.containers.read_only_fs LIST(CHARBUF) arg=index?
    Whether each of the pod's containers asks for a root file system that cannot be written
    (readOnlyRootFilesystem).
ka.req.pod.run_as_user CHARBUF
    User id that the pod's security context sets for all its containers.
ka.req.pod.containers.run_as_user LIST(CHARBUF) arg=index?
    User id that each of the pod's containers asks for itself.
ka.req.pod.containers.eff_run_as_user LIST(CHARBUF) arg=index?
    User id that each of the pod's containers will start with: its own wish, else the pod's, else 0.
ka.req.pod.run_as_group CHARBUF
    Group id that the pod's security context sets for all its containers.
ka.req.pod.containers.run_as_group LIST(CHARBUF) arg=index?
    Group id that each of the pod's containers asks for itself.
ka.req.pod.containers.eff_run_as_group LIST(CHARBUF) arg=index?
    Group id that each of the pod's containers will start with: its own wish, else the pod's, else 0.
ka.req.pod.containers.proc_mount LIST(CHARBUF) arg=index?
    How /proc is mounted in each of the pod's containers: `Default` or `Unmasked`.
ka.req.role.rules LIST(CHARBUF)
    For a role, its rules: each as JSON.
ka.req.role.rules.apiGroups LIST(CHARBUF) arg=index?
    For a role, the API groups that its rules name; with an argument, those of one rule.
ka.req.role.rules.nonResourceURLs LIST(CHARBUF) arg=index?
    For a role, the paths outside of resources that its rules name; with an argument, those of one rule.
ka.req.role.rules.verbs LIST(CHARBUF) arg=index?
    For a role, the verbs that its rules allow; with an argument, those of one rule.
ka.req.role.rules.resources LIST(CHARBUF) arg=index?
    For a role, the resources that its rules name; with an argument, those of one rule.
ka.req.pod.fs_group CHARBUF
    Group id that the pod's security context sets for its volumes.
ka.req.pod.supplemental_groups LIST(CHARBUF)
    Further group ids that the pod's security context sets.
ka.req.pod.containers.add_capabilities LIST(CHARBUF) arg=index?
    Capabilities that the pod's containers ask for beyond the usual ones.
ka.req.service.type CHARBUF
    For a service, its type: `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`.
ka.req.service.ports LIST(CHARBUF) arg=index?
    For a service, its ports: each as JSON.
ka.req.pod.volumes.hostpath LIST(CHARBUF) arg=index?
    Paths of the host that the pod mounts.
ka.req.volume.hostpath CHARBUF arg=key
    Whether the pod mounts a path of the host: `ka.req.volume.hostpath[/etc]`, with `*` at the end for all
    that start so. Older form of `ka.req.pod.volumes.hostpath`.
ka.req.pod.volumes.flexvolume_driver LIST(CHARBUF) arg=index?
    Drivers of the pod's flex volumes.
ka.req.pod.volumes.volume_type LIST(CHARBUF) arg=index?
    Kinds of the pod's volumes: `hostPath`, `secret`, `configMap`, `emptyDir`, ...
ka.resp.name CHARBUF
    Name of the object in the answer.
ka.response.code CHARBUF
    The answer's HTTP status.
ka.response.reason CHARBUF
    Why the request failed, in a word: `Forbidden`, `NotFound`. Absent where it did not.
ka.useragent CHARBUF
    What the client calls itself, `kubectl/v1.30.0 (linux/amd64) ...`.
ka.sourceips LIST(CHARBUF) arg=index?
    Addresses that the request came from, through proxies too; the first is the client's.
ka.cluster.name CHARBUF
    Name of the cluster, where the log carries it.
ka.req.pod.initContainers.name LIST(CHARBUF) arg=index?
    Names of the pod's init containers. With an argument, of that one alone, counted from 0.
ka.req.pod.initContainers.image LIST(CHARBUF) arg=index?
    Images of the pod's init containers. With an argument, of that one alone, counted from 0.
ka.req.pod.initContainers.image.repository LIST(CHARBUF) arg=index?
    Images of the pod's init containers without tag and digest.
ka.req.pod.initContainers.command LIST(CHARBUF) arg=index?
    Commands of the pod's init containers, one text a container, words joined by spaces.
ka.req.pod.initContainers.args LIST(CHARBUF) arg=index?
    Arguments of the pod's init containers, one text a container, words joined by spaces.
ka.req.pod.initContainers.privileged LIST(CHARBUF) arg=index?
    Whether each of the pod's init containers asks to run privileged.
ka.req.pod.initContainers.allow_privilege_escalation LIST(CHARBUF) arg=index?
    Whether each of the pod's init containers may gain rights that its parent process has not
    (allowPrivilegeEscalation).
ka.req.pod.initContainers.read_only_fs LIST(CHARBUF) arg=index?
    Whether each of the pod's init containers asks for a root file system that cannot be written
    (readOnlyRootFilesystem).
ka.req.pod.initContainers.run_as_user LIST(CHARBUF) arg=index?
    User id that each of the pod's init containers asks for itself.
ka.req.pod.initContainers.eff_run_as_user LIST(CHARBUF) arg=index?
    User id that each of the pod's init containers will start with: its own wish, else the pod's, else 0.
ka.req.pod.initContainers.run_as_group LIST(CHARBUF) arg=index?
    Group id that each of the pod's init containers asks for itself.
ka.req.pod.initContainers.eff_run_as_group LIST(CHARBUF) arg=index?
    Group id that each of the pod's init containers will start with: its own wish, else the pod's, else 0.
ka.req.pod.initContainers.proc_mount LIST(CHARBUF) arg=index?
    How /proc is mounted in each of the pod's init containers: `Default` or `Unmasked`.
ka.req.pod.initContainers.add_capabilities LIST(CHARBUF) arg=index?
    Capabilities that the pod's init containers ask for beyond the usual ones.
ka.req.pod.initContainers.host_port LIST(CHARBUF) arg=index?
    Ports of the host that the pod's init containers ask for.
ka.req.pod.ephemeralContainers.name LIST(CHARBUF) arg=index?
    Names of the pod's ephemeral containers. With an argument, of that one alone, counted from 0.
ka.req.pod.ephemeralContainers.image LIST(CHARBUF) arg=index?
    Images of the pod's ephemeral containers. With an argument, of that one alone, counted from 0.
ka.req.pod.ephemeralContainers.image.repository LIST(CHARBUF) arg=index?
    Images of the pod's ephemeral containers without tag and digest.
ka.req.pod.ephemeralContainers.command LIST(CHARBUF) arg=index?
    Commands of the pod's ephemeral containers, one text a container, words joined by spaces.
ka.req.pod.ephemeralContainers.args LIST(CHARBUF) arg=index?
    Arguments of the pod's ephemeral containers, one text a container, words joined by spaces.
ka.req.pod.ephemeralContainers.privileged LIST(CHARBUF) arg=index?
    Whether each of the pod's ephemeral containers asks to run privileged.
ka.req.pod.ephemeralContainers.allow_privilege_escalation LIST(CHARBUF) arg=index?
    Whether each of the pod's ephemeral containers may gain rights that its parent process has not
    (allowPrivilegeEscalation).
ka.req.pod.ephemeralContainers.read_only_fs LIST(CHARBUF) arg=index?
    Whether each of the pod's ephemeral containers asks for a root file system that cannot be written
    (readOnlyRootFilesystem).
ka.req.pod.ephemeralContainers.run_as_user LIST(CHARBUF) arg=index?
    User id that each of the pod's ephemeral containers asks for itself.
ka.req.pod.ephemeralContainers.eff_run_as_user LIST(CHARBUF) arg=index?
    User id that each of the pod's ephemeral containers will start with: its own wish, else the pod's,
    else 0.
ka.req.pod.ephemeralContainers.run_as_group LIST(CHARBUF) arg=index?
    Group id that each of the pod's ephemeral containers asks for itself.
ka.req.pod.ephemeralContainers.eff_run_as_group LIST(CHARBUF) arg=index?
    Group id that each of the pod's ephemeral containers will start with: its own wish, else the pod's,
    else 0.
ka.req.pod.ephemeralContainers.proc_mount LIST(CHARBUF) arg=index?
    How /proc is mounted in each of the pod's ephemeral containers: `Default` or `Unmasked`.
ka.req.pod.ephemeralContainers.add_capabilities LIST(CHARBUF) arg=index?
    Capabilities that the pod's ephemeral containers ask for beyond the usual ones.
""",
)
