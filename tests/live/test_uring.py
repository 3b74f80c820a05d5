"""What processes ask of io_uring, told as the calls that it stands for."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from watched import NEEDS, plan_of, rule, watched

from tiercel.sources.ebpf.forms import CALLS

SCENE = Path(__file__).with_name("uring_scene.py")
FIELDS = (
    "evt.type", "evt.rawres", "evt.args", "evt.buffer", "fd.num", "fd.name", "tiercel.fd.true", "tiercel.fd.claimed",
    "proc.pid", "thread.tid", "proc.exepath",
)  # fmt: skip
NEVER_A_DESCRIPTOR = 1 << 30

pytestmark = NEEDS

Seen = dict[str, Any]


@pytest.fixture(scope="module", params=["own", "sqpoll"])
def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, dict[str, int], list[Seen]]]:
    """Its folder, results by label, and all events of the program."""
    work = Path(tempfile.mkdtemp(prefix="tiercel-uring-", dir="/opt" if Path("/opt").is_dir() else None))
    types = (
        "open, openat, openat2, read, write, close, unlinkat, renameat2, mkdirat, symlinkat, linkat, socket, connect,"
        " accept4, sendto, recvfrom"
    )
    plan = plan_of(
        rule("did", f"evt.type in ({types}) and proc.cmdline contains uring_scene.py", FIELDS),
        tmp_path_factory.mktemp("rules"),
    )
    try:
        said, output = watched(plan, [sys.executable, str(SCENE), str(work), request.param])
    finally:
        shutil.rmtree(work)
    results = {line["label"]: line["result"] for line in map(json.loads, output.splitlines())}
    if "none" in results:
        pytest.skip("this machine allows no io_uring")
    yield work, results, said


def opened(said: list[Seen], kind: str, result: int, claim: Path | str) -> Seen:
    found = [
        seen
        for seen in said
        if seen["evt.type"] == kind
        and seen["evt.rawres"] == result
        and f"name={claim} " in str(seen["evt.args"])
    ]
    assert found, (kind, result, claim)
    return found[0]


@pytest.mark.parametrize("label", ["openat", "openat2", "create", "dirfd", "async"])
def test_opens(label: str, scene: tuple[Path, dict[str, int], list[Seen]]) -> None:
    work, results, said = scene
    claim = {"create": work / "made", "dirfd": f"link({work / 'link'})"}.get(label, work / "link")
    seen = opened(said, "openat2" if label == "openat2" else "openat", results[label], claim)
    assert seen["tiercel.fd.true"] == str(work / ("made" if label == "create" else "secret"))
    assert seen["tiercel.fd.claimed"] == str(work / ("made" if label == "create" else "link"))
    assert seen["fd.num"] == results[label]
    assert seen["thread.tid"] == seen["proc.pid"]
    assert ("O_F_CREATED" in seen["evt.args"]) == (label == "create")


def test_failure_is_told(scene: tuple[Path, dict[str, int], list[Seen]]) -> None:
    work, results, said = scene
    assert results["missing"] == -2
    assert opened(said, "openat", -2, work / "missing")["tiercel.fd.true"] is None


@pytest.mark.parametrize("label", ["direct", "quiet"])
def test_files_without_a_descriptor(label: str, scene: tuple[Path, dict[str, int], list[Seen]]) -> None:
    """Of the ring's own table the truth is known; of a success that nobody is told of, that it was asked for."""
    work, _results, said = scene
    seen = opened(said, "openat", NEVER_A_DESCRIPTOR + (3 if label == "direct" else 0), work / "link")
    assert seen["tiercel.fd.true"] == (str(work / "secret") if label == "direct" else None)


def test_reads_and_writes(scene: tuple[Path, dict[str, int], list[Seen]]) -> None:
    work, results, said = scene
    read = [seen for seen in said if seen["evt.type"] == "read" and seen["evt.buffer"] == "a secret of mine"]
    assert [seen["tiercel.fd.true"] for seen in read] == [str(work / "secret")]
    wrote = [seen for seen in said if seen["evt.type"] == "write" and seen["evt.buffer"] == "written"]
    assert [seen["fd.name"] for seen in wrote] == [str(work / "made")]
    closed = [seen for seen in said if seen["evt.type"] == "close" and seen["fd.num"] == results["openat"]]
    assert any(seen["tiercel.fd.true"] == str(work / "secret") for seen in closed)


def test_sockets(scene: tuple[Path, dict[str, int], list[Seen]]) -> None:
    _work, results, said = scene
    port = results["port"]
    connect = [seen for seen in said if seen["evt.type"] == "connect"]
    assert [(seen["evt.rawres"], seen["fd.num"]) for seen in connect] == [(0, results["socket"])]
    assert str(connect[0]["fd.name"]).endswith(f"->127.0.0.1:{port}")
    assert f"addr=127.0.0.1:{port}" in connect[0]["evt.args"]
    accept = [seen for seen in said if seen["evt.type"] == "accept4"]
    assert [(seen["fd.num"], seen["fd.name"]) for seen in accept] == [
        (results["accept"], connect[0]["fd.name"])
    ]


@pytest.mark.parametrize(
    ("label", "kind", "paths"),
    [
        ("mkdir", "mkdirat", ["folder"]),
        ("symlink", "symlinkat", ["secret", "symlink-new"]),
        ("link", "linkat", ["secret", "link-new"]),
        ("rename", "renameat2", ["made", "moved"]),
        ("unlink", "unlinkat", ["moved"]),
        ("unlink-missing", "unlinkat", ["moved"]),
        ("send", "sendto", []),
        ("receive", "recvfrom", []),
    ],
)
def test_others(
    label: str, kind: str, paths: list[str], scene: tuple[Path, dict[str, int], list[Seen]]
) -> None:
    work, results, said = scene
    if kind not in {call.name for call in CALLS.values()}:
        pytest.skip(f"{kind} is no event yet")
    found = [seen for seen in said if seen["evt.type"] == kind and seen["evt.rawres"] == results[label]]
    assert found
    assert all(str(work / path) in found[0]["evt.args"] for path in paths)
