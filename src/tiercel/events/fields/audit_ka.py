"""The `ka.*` fields: what the k8saudit plugin 0.18 (Falco 0.44.1) reads off an audit event.

Each field has a row in one of the tables below; `make(name, argument)` binds a row to an argument once,
at load time. Like the plugin, all of them are absent where the document has no `auditID`, a list that
comes out empty is absent, and a value that is not a string prints as it is written in the log.

Kept as the plugin has them, though one would expect otherwise: `ka.sourceips` looks among a role's rules
and so is always absent; `eff_run_as_user` and `eff_run_as_group` look at the pod's spec and the
container, not at their security contexts; `ka.req.binding.subject.has_name` is always "true".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tiercel.events.fields.audit_event import AuditEvent
from tiercel.events.fields.audit_uri import parameters
from tiercel.events.fields.audit_value import ABSENT, Extractor, as_text, at, cut, texts, through, written
from tiercel.events.fields.json_text import Array, Object

ALL = -1  # index: through every item of every array on the way

# A field that is one value: where it lies.
_ONE: dict[str, tuple[str, ...]] = {
    "ka.auditid": ("auditID",),
    "ka.stage": ("stage",),
    "ka.auth.decision": ("annotations", "authorization.k8s.io/decision"),
    "ka.auth.reason": ("annotations", "authorization.k8s.io/reason"),
    "ka.auth.openshift.decision": ("annotations", "authentication.openshift.io/decision"),
    "ka.auth.openshift.username": ("annotations", "authentication.openshift.io/username"),
    "ka.validations.admission.policy.failure": (
        "annotations",
        "validation.policy.admission.k8s.io/validation_failure",
    ),
    "ka.security.pod.violations": ("annotations", "pod-security.kubernetes.io/audit-violations"),
    "ka.cluster.name": ("annotations", "cluster_name"),
    "ka.user.name": ("user", "username"),
    "ka.impuser.name": ("impersonatedUser", "username"),
    "ka.verb": ("verb",),
    "ka.uri": ("requestURI",),
    "ka.target.name": ("objectRef", "name"),
    "ka.target.namespace": ("objectRef", "namespace"),
    "ka.target.resource": ("objectRef", "resource"),
    "ka.target.subresource": ("objectRef", "subresource"),
    "ka.req.binding.role": ("requestObject", "roleRef", "name"),
    "ka.req.configmap.name": ("objectRef", "name"),
    "ka.req.configmap.obj": ("requestObject", "data"),
    "ka.req.pod.host_ipc": ("requestObject", "spec", "hostIPC"),
    "ka.req.pod.host_network": ("requestObject", "spec", "hostNetwork"),
    "ka.req.container.host_network": ("requestObject", "spec", "hostNetwork"),
    "ka.req.pod.host_pid": ("requestObject", "spec", "hostPID"),
    "ka.req.pod.run_as_user": ("requestObject", "spec", "securityContext", "runAsUser"),
    "ka.req.pod.run_as_group": ("requestObject", "spec", "securityContext", "runAsGroup"),
    "ka.req.pod.fs_group": ("requestObject", "spec", "securityContext", "fsGroup"),
    "ka.req.service.type": ("requestObject", "spec", "type"),
    "ka.resp.name": ("responseObject", "metadata", "name"),
    "ka.response.code": ("responseStatus", "code"),
    "ka.response.reason": ("responseStatus", "reason"),
    "ka.useragent": ("userAgent",),
}

# A field that is the array which lies there; it takes no index.
_WHOLE: dict[str, tuple[str, ...]] = {
    "ka.user.groups": ("user", "groups"),
    "ka.req.binding.subjects": ("requestObject", "subjects"),
    "ka.req.role.rules": ("requestObject", "rules"),
    "ka.req.pod.supplemental_groups": ("requestObject", "spec", "securityContext", "supplementalGroups"),
}

# A field that gathers the arrays that lie under a role's rules.
_RULES: dict[str, str] = {
    "ka.req.role.rules.apiGroups": "apiGroups",
    "ka.req.role.rules.nonResourceURLs": "nonResourceURLs",
    "ka.req.role.rules.verbs": "verbs",
    "ka.req.role.rules.resources": "resources",
    "ka.sourceips": "sourceIPs",
}

# A field that gathers what lies under a path through arrays.
_THROUGH: dict[str, tuple[str, ...]] = {
    "ka.req.service.ports": ("requestObject", "spec", "ports"),
    "ka.req.pod.volumes.hostpath": ("requestObject", "spec", "volumes", "hostPath", "path"),
    "ka.req.pod.volumes.flexvolume_driver": ("requestObject", "spec", "volumes", "flexVolume", "driver"),
}

# A binding's subjects of one kind.
_SUBJECTS: dict[str, tuple[str, bool]] = {
    "ka.req.binding.subjects.user_names": ("User", False),
    "ka.req.binding.subjects.serviceaccount_names": ("ServiceAccount", False),
    "ka.req.binding.subjects.serviceaccount_ns_names": ("ServiceAccount", True),
    "ka.req.binding.subjects.group_names": ("Group", False),
}

_CONTAINER_LISTS = ("containers", "initContainers", "ephemeralContainers")

# What lies under a container: the values that are there.
_IN_CONTAINER: dict[str, tuple[str, ...]] = {
    "privileged": ("securityContext", "privileged"),
    "allow_privilege_escalation": ("securityContext", "allowPrivilegeEscalation"),
    "read_only_fs": ("securityContext", "readOnlyRootFilesystem"),
    "run_as_user": ("securityContext", "runAsUser"),
    "run_as_group": ("securityContext", "runAsGroup"),
    "proc_mount": ("securityContext", "procMount"),
    "add_capabilities": ("securityContext", "capabilities", "add"),
}


def _document(event: AuditEvent) -> Object | None:
    return event.document if "auditID" in event.document else None


def one(path: Sequence[str]) -> Extractor:
    """The value that lies under `path`."""
    if len(path) == 2:
        # Most conditions ask for these: the verb's object, the user, the decision.
        outer, inner = path

        def read_two(event: AuditEvent) -> str | None:
            document = event.document
            value = document.get(outer, ABSENT)
            value = value.get(inner, ABSENT) if type(value) is Object else at(value, (inner,))
            if value is ABSENT or "auditID" not in document:
                return None
            return as_text(value)

        return read_two

    def read(event: AuditEvent) -> str | None:
        value = at(event.document, path)
        if value is ABSENT or "auditID" not in event.document:
            return None
        return as_text(value)

    return read


def _whole(path: Sequence[str]) -> Extractor:
    def read(event: AuditEvent) -> list[str] | None:
        value = at(_document(event), path)
        if type(value) is not Array:
            return None
        return texts(value) or None

    return read


def _rules(name: str, index: int) -> Extractor:
    path = ("requestObject", "rules", name)

    def read(event: AuditEvent) -> list[str] | None:
        found = through(_document(event), index, path)
        if found is None:
            return None
        return [as_text(v) for array in found if type(array) is Array for v in array] or None

    return read


def _through(path: Sequence[str], index: int) -> Extractor:
    def read(event: AuditEvent) -> list[str] | None:
        found = through(_document(event), index, path)
        return texts(found) or None if found is not None else None

    return read


def _subjects(kind: str, with_namespace: bool) -> Extractor:
    def read(event: AuditEvent) -> list[str] | None:
        subjects = at(_document(event), ("requestObject", "subjects"))
        if type(subjects) is not Array:
            return None
        found = []
        for subject in subjects:
            of_kind, name = at(subject, ("kind",)), at(subject, ("name",))
            if of_kind is ABSENT or name is ABSENT or written(of_kind) != kind:
                continue
            if not with_namespace:
                found.append(as_text(name))
                continue
            namespace = at(subject, ("namespace",))
            if namespace is not ABSENT:
                found.append(cut(f"{written(namespace)}:{written(name)}"))
        return found or None

    return read


def _in_every_container(path: Sequence[str], containers: str, index: int) -> Extractor:
    """What lies under `path` in the containers; absent where one container lacks it."""
    whole = ("requestObject", "spec", containers, *path)

    def read(event: AuditEvent) -> list[str] | None:
        found = through(_document(event), index, whole)
        if not found or ABSENT in found:
            return None
        return texts(found)

    return read


def _repository(image: str) -> str:
    return image.partition(":")[0].partition("@")[0]


def _repositories(containers: str, index: int) -> Extractor:
    images = _in_every_container(("image",), containers, index)

    def read(event: AuditEvent) -> list[str] | None:
        found = images(event)
        return [_repository(image) for image in found] if isinstance(found, list) else None

    return read


def _joined(name: str, containers: str, index: int) -> Extractor:
    """The strings of the array `name` of each container, joined with blanks."""
    path = ("requestObject", "spec", containers, name)

    def read(event: AuditEvent) -> list[str] | None:
        found = []
        for words in through(_document(event), index, path) or ():
            if words is ABSENT:
                continue
            if type(words) is not Array or any(type(word) is not str for word in words):
                return None
            found.append(cut(" ".join(words)))
        return found or None

    return read


def _host_ports(containers: str, index: int) -> Extractor:
    """Each container's host ports; for a port without one its container port, the same on the host's
    network."""
    path = ("requestObject", "spec", containers, "ports")

    def read(event: AuditEvent) -> list[str] | None:
        found = []
        for ports in through(_document(event), index, path) or ():
            if ports is ABSENT:
                continue
            if type(ports) is not Array:
                return None
            for port in ports:
                value = at(port, ("hostPort",))
                if value is ABSENT:
                    value = at(port, ("containerPort",))
                if value is not ABSENT:
                    found.append(as_text(value))
        return found or None

    return read


def _effective_id(name: str, containers: str, index: int) -> Extractor:
    of_pod, of_container = ("requestObject", "spec", name), ("requestObject", "spec", containers, name)

    def read(event: AuditEvent) -> list[str] | None:
        document = _document(event)
        found = through(document, index, of_container)
        if not found:
            return None
        pod = at(document, of_pod)
        default = "0" if pod is ABSENT else as_text(pod)
        return [default if value is ABSENT else as_text(value) for value in found]

    return read


def _container_field(containers: str, field: str, index: int) -> Extractor:
    path = _IN_CONTAINER.get(field)
    if path is not None:
        return _through(("requestObject", "spec", containers, *path), index)
    return _OF_CONTAINERS[field](containers, index)


_OF_CONTAINERS: dict[str, Callable[[str, int], Extractor]] = {
    "name": partial(_in_every_container, ("name",)),
    "image": partial(_in_every_container, ("image",)),
    "image.repository": _repositories,
    "command": partial(_joined, "command"),
    "args": partial(_joined, "args"),
    "host_port": _host_ports,
    "eff_run_as_user": partial(_effective_id, "runAsUser"),
    "eff_run_as_group": partial(_effective_id, "runAsGroup"),
}


def _volume_types(index: int) -> Extractor:
    """The names of all members of each volume but `name`: a volume's type is the one other member it has."""
    path = ("requestObject", "spec", "volumes", "")

    def read(event: AuditEvent) -> list[str] | None:
        found = []
        for volume in through(_document(event), index, path) or ():
            if type(volume) is Object:
                found += [cut(name) for name in volume.names or volume if name != "name"]
        return found or None

    return read


def _first(make_list: Callable[[str, int], Extractor]) -> Extractor:
    of_first = make_list("containers", 0)

    def read(event: AuditEvent) -> str | None:
        found = of_first(event)
        return found[0] if isinstance(found, list) else None

    return read


def _any_privileged(event: AuditEvent) -> str | None:
    path = ("requestObject", "spec", "containers", "securityContext", "privileged")
    found = through(_document(event), ALL, path)
    if found is None:
        return None
    return "true" if any(value is True for value in found) else "false"


def _target_pod(event: AuditEvent) -> str | None:
    document = _document(event)
    if at(document, ("objectRef", "resource")) != "pods":
        return None
    subresource = at(document, ("objectRef", "subresource"))
    if isinstance(subresource, str) and subresource:
        return None
    name = at(document, ("responseObject", "metadata", "name"))
    return None if name is ABSENT else as_text(name)


def _parameter(name: str) -> Extractor:
    def read(event: AuditEvent) -> str | None:
        if event.params is None:
            uri = at(_document(event), ("requestURI",))
            try:
                event.params = {} if uri is ABSENT else parameters(written(uri))
            except ValueError:
                event.params = {}
        value = event.params.get(name)
        return None if value is None else cut(value)

    return read


def _has_name(event: AuditEvent) -> str | None:
    return "true" if "auditID" in event.document else None


def _host_path(wanted: str) -> Extractor:
    """Whether a volume mounts the path `wanted`, or, where that ends in `*`, a path that begins so."""
    path = _THROUGH["ka.req.pod.volumes.hostpath"]
    prefix = wanted[:-1] if wanted.endswith("*") else None

    def read(event: AuditEvent) -> str | None:
        found = through(_document(event), ALL, path)
        if found is None:
            return None
        for value in found:
            if value is ABSENT:
                continue
            text = written(value)
            if text == wanted or (prefix is not None and text.startswith(prefix)):
                return "true"
        return "false"

    return read


_SINGLE: dict[str, Extractor] = {
    "ka.target.pod.name": _target_pod,
    "ka.req.container.image": _first(_OF_CONTAINERS["image"]),
    "ka.req.container.image.repository": _first(_OF_CONTAINERS["image.repository"]),
    "ka.req.container.privileged": _any_privileged,
}

# Fields that must have an argument, any text.
_KEYED: dict[str, Callable[[str], Extractor]] = {
    "ka.uri.param": _parameter,
    "ka.req.binding.subject.has_name": lambda _name: _has_name,
    "ka.req.volume.hostpath": _host_path,
}

# Fields that may have an index as argument.
_INDEXED: dict[str, Callable[[int], Extractor]] = {
    **{name: partial(_rules, key) for name, key in _RULES.items()},
    **{name: partial(_through, path) for name, path in _THROUGH.items()},
    "ka.req.pod.volumes.volume_type": _volume_types,
    **{
        f"ka.req.pod.{containers}.{field}": partial(_container_field, containers, field)
        for containers in _CONTAINER_LISTS
        for field in (*_IN_CONTAINER, *_OF_CONTAINERS)
        if (containers, field) != ("ephemeralContainers", "host_port")  # an ephemeral container has no ports
    },
}

_PLAIN: dict[str, Extractor] = {
    **{name: one(path) for name, path in _ONE.items()},
    **{name: _whole(path) for name, path in _WHOLE.items()},
    **{name: _subjects(kind, with_namespace) for name, (kind, with_namespace) in _SUBJECTS.items()},
    **_SINGLE,
}

NAMES = frozenset({*_PLAIN, *_KEYED, *_INDEXED})


def make(name: str, argument: str | None) -> Extractor:
    """The field `name`, bound to its argument.

    KeyError for an unknown field, ValueError for a wrong argument.
    """
    if name in _KEYED:
        if argument is None:
            raise ValueError(f"{name} needs an argument: {name}[...]")
        return _KEYED[name](argument)
    if name in _INDEXED:
        return _INDEXED[name](ALL if argument is None else _index(name, argument))
    extractor = _PLAIN[name]
    if argument is not None:
        raise ValueError(f"{name} takes no argument, but has [{argument}]")
    return extractor


def _index(name: str, argument: str) -> int:
    if not (argument.isascii() and argument.isdigit()) or (len(argument) > 1 and argument[0] == "0"):
        raise ValueError(f"{name}[{argument}]: an index is a decimal number without leading zeros")
    if len(argument) > 20 or int(argument) >= 2**64:
        raise ValueError(f"{name}[{argument}]: an index has 64 bits at most")
    return int(argument)
