"""What the live tests share: one sensor, one image, a container or three, for the whole session.

They are skipped with the reason where they cannot run: without root, without BPF, without gcc; in containers
without podman.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import live_container
import live_programs
import pytest
from attack_table import ATTACKS, WORK, Place
from evasion_table import EVASIONS
from laboratory import Laboratory
from live_container import Container, Image
from live_sensor import MARK, MARKS, Sensor, marked_rules

from tiercel.shipped import shipped_rules

STOCK = ("falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml")
VERSION = "0.57"
# Addresses of the outside world, which containers reach on their own loopback: nothing leaves the machine.
WORLD = ("169.254.169.254/32", "198.51.100.7/32")
API_SOCKET = Path("/run/podman/podman.sock")


@pytest.fixture(scope="session")
def live() -> None:
    """Skips where no sensor can run."""
    if os.geteuid():
        pytest.skip("the sensor needs root")
    if not Path("/sys/kernel/btf/vmlinux").exists():
        pytest.skip("the kernel has no BTF (/sys/kernel/btf/vmlinux)")
    if reason := live_programs.missing():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def programs(live: None) -> Iterator[Path]:
    """The folder of the programs that act. Not below /tmp, where a program is suspicious for that alone."""
    folder = Path(
        tempfile.mkdtemp(prefix="tiercel-live-", dir="/opt" if Path("/opt").is_dir() else "/usr/local")
    )
    folder.chmod(0o755)
    try:
        live_programs.build(folder, [action.command for action in (*ATTACKS, *EVASIONS)])
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def runtime(live: None) -> Iterator[None]:
    """podman, with its API socket, from which names of containers come."""
    if reason := live_container.missing():
        pytest.skip(reason)
    if API_SOCKET.exists():
        yield
        return
    API_SOCKET.parent.mkdir(parents=True, exist_ok=True)
    service = subprocess.Popen(
        [*live_container.PODMAN, "system", "service", "--time=0", f"unix://{API_SOCKET}"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            with socket.socket(socket.AF_UNIX) as s, contextlib.suppress(OSError):
                s.connect(str(API_SOCKET))
                break
            time.sleep(0.1)
        yield
    finally:
        service.terminate()
        service.wait()
        API_SOCKET.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def stock_rules(shared: Path) -> list[Path]:
    """Falco's three files."""
    return [shared / "falco" / "rules" / VERSION / name for name in STOCK]


@pytest.fixture(scope="session")
def sensor(
    live: None,
    stock_rules: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Sensor]:
    """The sensor of this session, with Falco's rules and ours, and all rules that match."""
    folder = tmp_path_factory.mktemp("sensor")
    rules = [*stock_rules, *(path for path in shipped_rules() if path.name == "syscalls.yaml")]
    sensor = Sensor([*rules, marked_rules(rules, folder, MARKS)], folder, "--match", "all")
    failed = request.session.testsfailed
    try:
        sensor.wait_until_ready()
        yield sensor
    finally:
        code = sensor.stop()
        if request.session.testsfailed > failed or code not in (0, 130):
            print(f"the sensor ended with {code} and said:\n{sensor.errors()}", file=sys.stderr)
    assert code == 0


@pytest.fixture(scope="session")
def image(programs: Path, runtime: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    image = Image(
        tmp_path_factory.mktemp("image"), programs, {f"/work/{name}": text for name, text in WORK.items()}
    )
    try:
        yield image
    finally:
        image.remove()


@pytest.fixture(scope="session")
def container(sensor: Sensor, image: Image) -> Iterator[Container]:
    """A container as one runs it, with addresses of the outside world on its loopback."""
    container = Container(image.name)
    try:
        container.bring_the_world(WORLD)
        yield container
    finally:
        container.remove()


@pytest.fixture(scope="session")
def privileged(sensor: Sensor, image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    """A privileged container with a folder of the host, and a device called like a disk (it is /dev/null)."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret").write_text("none\n")
    options = (
        "--privileged",
        "--env",
        f"{MARK}=start-privileged@{Place.PRIVILEGED}",
        "--volume",
        f"{outside}:/host",
    )
    container = Container(image.name, *options)
    try:
        container.bring_the_world(WORLD)
        container.run(["mknod", "/dev/vdz", "c", "1", "3"])
        yield container
    finally:
        container.remove()


@pytest.fixture(scope="session")
def laboratory(sensor: Sensor, programs: Path, request: pytest.FixtureRequest) -> Iterator[Laboratory]:
    """Where actions are performed. Containers are started when an action is the first to need them."""
    fixtures = {Place.CONTAINER: "container", Place.PRIVILEGED: "privileged"}
    laboratory = Laboratory(sensor, programs, lambda place: request.getfixturevalue(fixtures[place]))
    try:
        yield laboratory
    finally:
        laboratory.close()
