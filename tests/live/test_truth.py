"""Which file was opened, whatever the process called it: compared with what the kernel says to the process itself."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from watched import NEEDS, plan_of, rule, watched

SCENE = Path(__file__).with_name("truth_scene.py")
FIELDS = (
    "evt.type", "fd.num", "tiercel.fd.true", "tiercel.fd.claimed", "tiercel.fd.differs", "tiercel.fd.created",
    "tiercel.fd.links", "tiercel.fd.elsewhere", "fs.path.nameraw", "fd.is_upper_layer", "fd.is_lower_layer",
)  # fmt: skip

pytestmark = NEEDS


@pytest.fixture(scope="module")
def work() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tiercel-truth-", dir="/opt" if Path("/opt").is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def scenes(
    work: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """By label: what the process says, and what the sensor does."""
    opens = "evt.type in (open, openat, openat2, creat, open_by_handle_at)"
    plan = plan_of(
        rule("opened", f"{opens} and proc.cmdline contains truth_scene.py", FIELDS),
        tmp_path_factory.mktemp("rules"),
    )
    said, output = watched(plan, [sys.executable, str(SCENE), str(work)])
    expected = [json.loads(line) for line in output.splitlines()]
    opened: dict[str, list[dict[str, Any]]] = {}
    label = ""
    for seen in said:
        claim = str(seen["fs.path.nameraw"])
        if claim.startswith("/scene/"):
            label = claim.removeprefix("/scene/")
        elif seen["fd.num"] is not None and seen["fd.num"] >= 0:
            opened.setdefault(label, []).append(seen)
    found = {}
    for line in expected:
        if "skipped" in line:
            continue
        events = [seen for seen in opened.get(line["label"], []) if seen["fd.num"] == line["fd"]]
        found[line["label"]] = (line, events[0] if events else {})
    return found


# What must have been tried; and what the machine may refuse (a file system, a mount).
PLAIN = [
    "open", "openat", "creat", "creates", "openat2", "openat2-beneath", "openat2-root", "dirfd", "dirfd-link", "dotdot",
    "link", "links", "hard", "proc-root", "proc-thread", "cwd", "proc-cwd", "fchdir", "path-only", "again", "dev-fd",
    "folder", "slashes", "odd", "deleted", "memfd", "pipe", "device", "deep", "passed-folder", "cwd-of-thread",
]  # fmt: skip
MAYBE = [
    "nameless", "bind", "overlay-lower", "overlay-upper", "detached", "other-namespace", "chroot",
    "chroot-escape",
]  # fmt: skip


def shown(name: str) -> str:
    """As the sensor shows it: what does not print is replaced."""
    raw = os.fsencode(name)
    return raw.replace(b"\n", b"\xef\xbf\xbd").decode("utf-8", "replace")


@pytest.mark.parametrize("label", PLAIN + MAYBE)
def test_true_path(label: str, scenes: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
    if label in MAYBE and label not in scenes:
        pytest.skip("not to be done here")
    line, seen = scenes[label]
    assert seen, "not seen"
    assert seen["tiercel.fd.true"] == (shown(line["true"]) or None)
    assert seen["tiercel.fd.created"] == (line.get("created", False) if line["true"] else None)
    if line["true"]:
        assert seen["tiercel.fd.elsewhere"] == line.get("elsewhere", False)
        assert seen["tiercel.fd.differs"] == (seen["tiercel.fd.true"] != seen["tiercel.fd.claimed"])
    if "links" in line:
        assert seen["tiercel.fd.links"] == line["links"]
    if "layer" in line:
        assert (seen["fd.is_upper_layer"], seen["fd.is_lower_layer"]) == (
            line["layer"] == "upper",
            line["layer"] == "lower",
        )


@pytest.mark.parametrize(
    "label", ["open", "openat", "openat2", "dirfd", "slashes", "odd", "deep", "passed-folder"]
)
def test_same_names_are_one(label: str, scenes: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
    if label == "passed-folder":
        assert scenes[label][1]["tiercel.fd.claimed"] == "<UNKNOWN>file"  # Falco knows no passed descriptors
        return
    assert scenes[label][1]["tiercel.fd.differs"] is False


def test_both_names_fire_on_later_calls(work: Path, tmp_path: Path) -> None:
    """A file read through a link: rules on either name, also for what is done with the descriptor, and its copies."""
    target, link = work / "target", work / "to-target"
    target.write_text("x" * 10)
    link.symlink_to(target)
    fields = ("fd.name", "tiercel.fd.true", "tiercel.fd.claimed")
    plan = plan_of(
        rule("open truth", f"evt.type = openat and fd.name = {target}", fields)
        + rule("open claim", f"evt.type = openat and fd.name = {link}", fields)
        + rule("read truth", f"evt.type = read and fd.name = {target}", fields)
        + rule("read claim", f"evt.type = read and fd.name = {link}", fields),
        tmp_path,
    )
    said, _ = watched(plan, ["sh", "-c", f"exec 5<{link}; exec cat <&5 >/dev/null"], match_all=True)
    names = {"tiercel.fd.true": str(target), "tiercel.fd.claimed": str(link)}
    assert {seen["rule"] for seen in said} == {"open truth", "open claim", "read truth", "read claim"}
    for seen in said:
        name = str(target) if "truth" in seen["rule"] else str(link)
        assert seen == {"rule": seen["rule"], "fd.name": name, **names}


def test_swapped_paths(work: Path, tmp_path: Path) -> None:
    """Of each open the true file; and where the path read afterwards is the other file's, that it is a lie."""
    files = [work / name / "swapped" for name in ("aa", "bb")]
    for file in files:
        file.parent.mkdir()
        file.write_text(file.name)
    # A long way, so that there is time to change the path meanwhile.
    paths = [f"{file.parent}{'/.' * 400}/swapped" for file in files]
    time.sleep(0.2)  # older than what is not believed
    fields = ("fd.ino", "tiercel.fd.true", "tiercel.fd.claimed", "tiercel.fd.misnamed", "evt.rawres")
    condition = "evt.type = openat and fd.num >= 0 and fs.path.nameraw endswith /swapped"
    plan = plan_of(rule("opened", condition, fields), tmp_path)
    scene = str(Path(__file__).with_name("swap_scene.py"))
    said, output = watched(plan, [sys.executable, scene, "40000", *paths])
    letters = output.decode().strip()
    assert len(letters) == 40000
    true = [str(files["ab".index(letter)]) for letter in letters if letter != "-"]
    assert [seen["tiercel.fd.true"] for seen in said] == true
    swapped = [seen for seen in said if seen["tiercel.fd.claimed"] != seen["tiercel.fd.true"]]
    assert len(swapped) > 20, "nobody raced"
    lies = [seen for seen in said if seen["tiercel.fd.misnamed"]]
    assert lies and all(seen in swapped for seen in lies)
    # No more than so many are looked at in a second.
    whole = [seen for seen in swapped if seen["tiercel.fd.claimed"] in map(str, files)]
    assert len(lies) >= min(len(whole), 400)
