from pathlib import Path
from typing import Any

import pytest
from shipped_world import audit_rules_that_speak, request
from test_shipped_syscalls import names_of_rules

WORKLOAD = "system:serviceaccount:shop:web"
CONTROLLER = "system:serviceaccount:kube-system:replicaset-controller"
PERSON = "eve@example.com"
SHOP = "/api/v1/namespaces/shop"
PODS = f"{SHOP}/pods"
KUBECTL = "kubectl/v1.31.2"


def pod(**spec: Any) -> dict[str, Any]:
    container = {"name": "x", "image": "docker.io/library/x:1", **spec.pop("container", {})}
    return {"kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [container], **spec}}


def role(*, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"kind": "ClusterRole", "rules": [{"apiGroups": [""], "resources": resources, "verbs": verbs}]}


def binding(name: str) -> dict[str, Any]:
    return {"kind": "ClusterRoleBinding", "roleRef": {"kind": "ClusterRole", "name": name}, "subjects": []}


WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
BINDINGS = f"{RBAC}/clusterrolebindings"
SYSTEM = "/api/v1/namespaces/kube-system"

# rule → (a request that fires it, one that does not)
REQUESTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Access asked for and refused": (
        request(WORKLOAD, "list", "/api/v1/secrets", code=403),
        request(PERSON, "list", "/api/v1/secrets", code=403),
    ),
    "Own rights listed by a workload": (
        request(WORKLOAD, "create", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", code=201),
        request(PERSON, "create", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", code=201),
    ),
    "Request of nobody granted": (
        request("system:anonymous", "list", PODS),
        request("system:anonymous", "get", "/livez?verbose"),
    ),
    "Cluster's name resolution changed": (
        request(PERSON, "update", f"{SYSTEM}/configmaps/coredns"),
        request(PERSON, "update", f"{SYSTEM}/configmaps/extension"),
    ),
    "Admission webhook installed": (
        request(PERSON, "create", WEBHOOKS, code=201),
        request(PERSON, "list", WEBHOOKS),
    ),
    "Image that is not on the list": (
        request(PERSON, "create", PODS, code=201, requestObject=pod()),
        request(PERSON, "delete", f"{PODS}/x"),
    ),
    "Pod started by hand of a workload": (
        request(WORKLOAD, "create", PODS, code=201, requestObject=pod()),
        request(CONTROLLER, "create", PODS, code=201, requestObject=pod()),
    ),
    "Shell or command in a pod through the API": (
        request(PERSON, "create", f"{PODS}/web-0/exec?command=sh", code=101, stage="ResponseStarted"),
        request(PERSON, "get", f"{PODS}/web-0/log", code=200),
    ),
    "Pod with the rights of its host": (
        request(
            PERSON, "create", PODS, code=201,
            requestObject=pod(container={"securityContext": {"privileged": True}}),
        ),
        request(PERSON, "create", PODS, code=201, requestObject=pod(volumes=[{"name": "x", "emptyDir": {}}])),
    ),
    "Every right granted": (
        request(PERSON, "create", BINDINGS, code=201, requestObject=binding("cluster-admin")),
        request(PERSON, "create", BINDINGS, code=201, requestObject=binding("view")),
    ),
    "Somebody acts as somebody else": (
        request(PERSON, "list", PODS, impersonatedUser={"username": "system:admin"}),
        request(PERSON, "list", PODS),
    ),
    "Token of a workload used with a person's tool": (
        request(WORKLOAD, "list", PODS, agent=KUBECTL),
        request(PERSON, "list", PODS, agent=KUBECTL),
    ),
    "Workload or account made among the cluster's own": (
        request(PERSON, "create", f"{SYSTEM}/serviceaccounts", code=201),
        request(PERSON, "create", f"{SHOP}/serviceaccounts", code=201),
    ),
    "Schedule or daemon made by a workload": (
        request(WORKLOAD, "create", "/apis/batch/v1/namespaces/shop/cronjobs", code=201),
        request(WORKLOAD, "create", "/apis/batch/v1/namespaces/shop/cronjobs", code=409),
    ),
    "Rights over secrets or pods granted": (
        request(
            PERSON, "create", f"{RBAC}/clusterroles", code=201,
            requestObject=role(resources=["secrets"], verbs=["get"]),
        ),
        request(
            PERSON, "create", f"{RBAC}/clusterroles", code=201,
            requestObject=role(resources=["configmaps"], verbs=["get"]),
        ),
    ),
    "Port of a pod forwarded": (
        request(PERSON, "create", f"{PODS}/web-0/portforward", code=101, stage="ResponseStarted"),
        request(PERSON, "get", f"{PODS}/web-0", code=200),
    ),
    "Service opened to the outside by hand": (
        request(
            PERSON, "create", f"{SHOP}/services", code=201,
            requestObject={"kind": "Service", "spec": {"type": "NodePort", "ports": [{"port": 80}]}},
        ),
        request(
            PERSON, "create", f"{SHOP}/services", code=201,
            requestObject={"kind": "Service", "spec": {"type": "ClusterIP", "ports": [{"port": 80}]}},
        ),
    ),
    "Deployment deleted": (
        request(PERSON, "delete", "/apis/apps/v1/namespaces/shop/deployments/web"),
        request(PERSON, "delete", "/apis/apps/v1/namespaces/shop/deployments/web", code=404),
    ),
    "Namespace or volume deleted": (
        request(PERSON, "delete", "/api/v1/persistentvolumes/pv-1"),
        request(PERSON, "delete", f"{SHOP}/configmaps/x"),
    ),
    "Secrets read through the API": (
        request(PERSON, "get", f"{SHOP}/secrets/db"),
        request(WORKLOAD, "get", f"{SHOP}/secrets/db"),
    ),
    "Token of a service account made by hand": (
        request(PERSON, "create", f"{SHOP}/serviceaccounts/web/token", code=201),
        request("system:node:node-3", "create", f"{SHOP}/serviceaccounts/web/token", code=201),
    ),
    "Events of the cluster deleted": (
        request(PERSON, "deletecollection", f"{SHOP}/events"),
        request(PERSON, "list", f"{SHOP}/events"),
    ),
}  # fmt: skip


def test_each_rule_has_its_requests() -> None:
    assert REQUESTS.keys() == names_of_rules(audit=True)


@pytest.mark.parametrize("rule", REQUESTS)
def test_it_fires(rule: str, tmp_path: Path) -> None:
    assert rule in audit_rules_that_speak(REQUESTS[rule][0], tmp_path)


@pytest.mark.parametrize("rule", REQUESTS)
def test_it_does_not_fire_on_a_near_miss(rule: str, tmp_path: Path) -> None:
    assert rule not in audit_rules_that_speak(REQUESTS[rule][1], tmp_path)


@pytest.mark.parametrize(
    "spec",
    [
        {"hostPID": True},
        {"hostIPC": True},
        {"hostNetwork": True},
        {"volumes": [{"name": "x", "hostPath": {"path": "/var/run/docker.sock"}}]},
        {"container": {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}},
        {"initContainers": [{"name": "i", "image": "i", "securityContext": {"privileged": True}}]},
    ],
)
def test_what_leads_out_of_a_container(spec: dict[str, Any], tmp_path: Path) -> None:
    asked = request(PERSON, "create", PODS, code=201, requestObject=pod(**spec))
    assert "Pod with the rights of its host" in audit_rules_that_speak(asked, tmp_path)


def test_the_cluster_itself_is_quiet(tmp_path: Path) -> None:
    for asked in (
        request("system:node:node-3", "get", f"{SHOP}/secrets/db"),
        request("system:kube-scheduler", "create", f"{PODS}/web-0/binding", code=201),
        request(CONTROLLER, "delete", "/apis/apps/v1/namespaces/shop/deployments/web"),
        request(WORKLOAD, "get", f"{SHOP}/configmaps/settings"),
    ):
        assert audit_rules_that_speak(asked, tmp_path) <= {"Image that is not on the list"}
