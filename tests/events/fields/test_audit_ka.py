"""`ka.*` on documents of every shape: expected values are what Falco's k8saudit 0.18 gives."""

from __future__ import annotations

from typing import Any

import pytest
from audit_given import event, pod, read

from tiercel.events.fields.audit import extractor, names

C = "ka.req.pod.containers"


@pytest.mark.parametrize(
    ("field", "members", "want"),
    [
        ("ka.verb", {"verb": "get"}, "get"),
        ("ka.verb", {}, None),
        ("ka.verb", {"verb": ""}, ""),
        ("ka.verb", {"verb": None}, "null"),
        ("ka.verb", {"verb": {"a": [1, "b"]}}, '{"a":[1,"b"]}'),
        ("ka.verb", {"verb": "a\0b"}, "a"),
        ("ka.user.name", {"user": {"username": "jane"}}, "jane"),
        ("ka.user.name", {"user": "jane"}, None),
        ("ka.user.name", {"user": [{"username": "jane"}]}, None),
        ("ka.user.groups", {"user": {"groups": ["a", 1, None, True]}}, ["a", "1", "null", "true"]),
        ("ka.user.groups", {"user": {"groups": []}}, None),
        ("ka.user.groups", {"user": {"groups": "a"}}, None),
        ("ka.response.code", {"responseStatus": {"code": 201}}, "201"),
        ("ka.auth.decision", {"annotations": {"authorization.k8s.io/decision": "allow"}}, "allow"),
        ("ka.target.pod.name", {"objectRef": {"resource": "pods"}}, None),
        ("ka.req.configmap.obj", {"requestObject": {"data": {"k": "<&>"}}}, '{"k":"<&>"}'),
        ("ka.sourceips", {"sourceIPs": ["10.0.0.1"]}, None),
        ("ka.req.binding.subject.has_name[x]", {}, "true"),
        ("ka.req.pod.supplemental_groups", {"requestObject": {"spec": {"securityContext": {}}}}, None),
    ],
)
def test_single_values_and_whole_lists(field: str, members: dict[str, Any], want: Any) -> None:
    assert read(field, event(**members)) == want


@pytest.mark.parametrize(
    ("resource", "subresource", "want"),
    [
        ("pods", None, "p"),
        ("pods", "", "p"),
        ("pods", "exec", None),
        ("services", "", None),
        ("pods", 5, "p"),
    ],
)
def test_target_pod_name(resource: str, subresource: Any, want: str | None) -> None:
    reference = {"resource": resource} | ({} if subresource is None else {"subresource": subresource})
    given = event(objectRef=reference, responseObject={"metadata": {"name": "p"}})
    assert read("ka.target.pod.name", given) == want


@pytest.mark.parametrize(
    ("field", "containers", "want"),
    [
        (f"{C}.image", [{"image": "a:1"}, {"image": "b@sha256:x"}], ["a:1", "b@sha256:x"]),
        (f"{C}.image.repository", [{"image": "r.io/a:1"}, {"image": "b@sha256:x"}], ["r.io/a", "b"]),
        (f"{C}.image.repository", [{"image": "r.io:5000/a:1"}], ["r.io"]),
        (f"{C}.image[1]", [{"image": "a"}, {"image": "b"}], ["b"]),
        (f"{C}.image[2]", [{"image": "a"}, {"image": "b"}], None),
        (f"{C}.image", [{"image": "a"}, {}], None),
        (f"{C}.image[0]", [{"image": "a"}, {}], ["a"]),
        (f"{C}.image", {"image": "a"}, ["a"]),
        (f"{C}.image", [], None),
        (f"{C}.image", "a", None),
        (f"{C}.image", [[{"image": "a"}], [{"image": "b"}]], ["a", "b"]),
        (f"{C}.name", [{"name": None}], ["null"]),
        ("ka.req.container.image", [{"image": "a"}, {"image": "b"}], "a"),
        ("ka.req.container.image", [{}, {"image": "b"}], None),
        ("ka.req.container.image.repository", [{"image": "a:1"}], "a"),
        (f"{C}.privileged", [{}, {"securityContext": {"privileged": True}}], ["true"]),
        (f"{C}.privileged[0]", [{}, {"securityContext": {"privileged": True}}], None),
        (f"{C}.privileged", [{}, {}], None),
        ("ka.req.container.privileged", [{}, {"securityContext": {"privileged": True}}], "true"),
        ("ka.req.container.privileged", [{"securityContext": {"privileged": "true"}}], "false"),
        ("ka.req.container.privileged", [], "false"),
        (
            f"{C}.add_capabilities",
            [{"securityContext": {"capabilities": {"add": ["A", "B"]}}}],
            ['["A","B"]'],
        ),
        (f"{C}.command", [{"command": ["sh", "-c"]}, {}, {"command": []}], ["sh -c", ""]),
        (f"{C}.command", [{"command": ["sh", 1]}], None),
        (f"{C}.command", [{"command": "sh"}], None),
        (f"{C}.args", [{"args": ["x y", "z"]}], ["x y z"]),
        (
            f"{C}.host_port",
            [{"ports": [{"hostPort": 80, "containerPort": 8080}, {"containerPort": 9}]}],
            ["80", "9"],
        ),
        (f"{C}.host_port", [{"ports": [{}]}, {}], None),
        (f"{C}.host_port", [{"ports": 80}], None),
        (f"{C}.run_as_user", [{"securityContext": {"runAsUser": 0}}, {}], ["0"]),
        (f"{C}.eff_run_as_user", [{}, {"runAsUser": 5}], ["0", "5"]),
        (f"{C}.eff_run_as_group[0]", [{}], None),
    ],
)
def test_containers(field: str, containers: Any, want: Any) -> None:
    assert read(field, pod(containers=containers)) == want


def test_the_pod_s_own_ids_stand_in() -> None:
    given = pod(spec={"runAsUser": 7}, containers=[{}, {"runAsUser": 8}])
    assert read(f"{C}.eff_run_as_user", given) == ["7", "8"]


def test_each_list_of_containers_has_its_own_fields() -> None:
    given = pod(
        containers=[{"image": "a"}], initContainers=[{"image": "b"}], ephemeralContainers=[{"image": "c"}]
    )
    assert read(f"{C}.image", given) == ["a"]
    assert read("ka.req.pod.initContainers.image", given) == ["b"]
    assert read("ka.req.pod.ephemeralContainers.image", given) == ["c"]
    assert "ka.req.pod.initContainers.host_port" in names()
    assert "ka.req.pod.ephemeralContainers.host_port" not in names()


@pytest.mark.parametrize(
    ("field", "volumes", "want"),
    [
        ("ka.req.pod.volumes.hostpath", [{"hostPath": {"path": "/etc"}}, {"emptyDir": {}}], ["/etc"]),
        ("ka.req.pod.volumes.hostpath[1]", [{"hostPath": {"path": "/etc"}}, {"emptyDir": {}}], None),
        (
            "ka.req.pod.volumes.volume_type",
            [{"name": "v", "hostPath": {}}, {"secret": {}}],
            ["hostPath", "secret"],
        ),
        ("ka.req.pod.volumes.volume_type", [{"name": "v"}], None),
        ("ka.req.pod.volumes.volume_type", ["v", 1, None], None),
        ("ka.req.pod.volumes.flexvolume_driver", [{"flexVolume": {"driver": "d"}}], ["d"]),
        ("ka.req.volume.hostpath[/etc]", [{"hostPath": {"path": "/etc"}}], "true"),
        ("ka.req.volume.hostpath[/et]", [{"hostPath": {"path": "/etc"}}], "false"),
        ("ka.req.volume.hostpath[/et*]", [{"hostPath": {"path": "/etc"}}], "true"),
        ("ka.req.volume.hostpath[*]", [{"emptyDir": {}}], "false"),
        ("ka.req.volume.hostpath[]", [{"hostPath": {"path": "/etc"}}], "false"),
    ],
)
def test_volumes(field: str, volumes: Any, want: Any) -> None:
    assert read(field, pod(volumes=volumes)) == want


def test_a_repeated_member_of_a_volume_counts_each_time() -> None:
    raw = b'{"auditID":"i","requestObject":{"spec":{"volumes":[{"name":1,"hostPath":1,"hostPath":2}]}}}'
    assert read("ka.req.pod.volumes.volume_type", event(raw=raw)) == ["hostPath", "hostPath"]


@pytest.mark.parametrize(
    ("field", "want"),
    [
        ("ka.req.binding.subjects.user_names", ["u"]),
        ("ka.req.binding.subjects.serviceaccount_names", ["s", "t"]),
        ("ka.req.binding.subjects.serviceaccount_ns_names", ["n:s"]),
        ("ka.req.binding.subjects.group_names", None),
        ("ka.req.binding.role", "admin"),
    ],
)
def test_bindings(field: str, want: Any) -> None:
    subjects = [
        {"kind": "User", "name": "u"},
        {"kind": "ServiceAccount", "name": "s", "namespace": "n"},
        {"kind": "ServiceAccount", "name": "t"},
        {"kind": "Group"},
        "x",
    ]
    assert read(field, event(requestObject={"subjects": subjects, "roleRef": {"name": "admin"}})) == want


def test_rules_of_a_role_are_gathered() -> None:
    given = event(requestObject={"rules": [{"verbs": ["get", "list"]}, {"verbs": "x"}, {}, {"verbs": ["*"]}]})
    assert read("ka.req.role.rules.verbs", given) == ["get", "list", "*"]
    assert read("ka.req.role.rules.verbs[3]", given) == ["*"]
    assert read("ka.req.role.rules.verbs[1]", given) is None
    assert read("ka.req.role.rules", given) == [
        '{"verbs": ["get", "list"]}'.replace(" ", ""),
        '{"verbs":"x"}',
        "{}",
        '{"verbs":["*"]}',
    ]


def test_values_print_as_they_are_written() -> None:
    data = rb'{ "a" : 1.50, "b":-0, "c" : "\u003c\/x" , "a":2 }'
    given = event(raw=b'{"auditID":"i","requestObject":{"data":' + data + b'},"verb":1e5}')
    assert read("ka.req.configmap.obj", given) == r'{"a":1.50,"b":-0,"c":"\u003c\/x","a":2}'
    assert read("ka.verb", given) == "1e5"
    assert read("jevt.value[/requestObject/data/c]", given) == "</x"
    assert read("jevt.value[/requestObject/data/a]", given) == "1.50"


def test_without_an_id_there_are_no_fields() -> None:
    given = event(raw=b'{"verb":"get","user":{"username":"u"},"requestURI":"/x?a=b"}')
    for field in ("ka.verb", "ka.user.name", "ka.uri.param[a]", "ka.req.binding.subject.has_name[x]"):
        assert read(field, given) is None
    assert read("jevt.value[/verb]", given) == "get"


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("ka.uri.param", None),
        ("ka.req.volume.hostpath", None),
        ("ka.verb", "0"),
        ("ka.req.container.image", "0"),
        ("ka.user.groups", "0"),
        (f"{C}.image", ""),
        (f"{C}.image", "01"),
        (f"{C}.image", "-1"),
        (f"{C}.image", "x"),
        (f"{C}.image", "٣"),
        (f"{C}.image", "18446744073709551616"),
        ("jevt.value", None),
        ("jevt.obj", "x"),
        ("evt.num", "1"),
    ],
)
def test_wrong_arguments(name: str, argument: str | None) -> None:
    with pytest.raises(ValueError, match=name.replace(".", r"\.")):
        extractor(name, argument)


def test_unknown_fields() -> None:
    for name in ("ka.nothing", "proc.name", "evt.type", "json.time", ""):
        with pytest.raises(KeyError):
            extractor(name)
