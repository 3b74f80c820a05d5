"""`tiercel run` as a user calls it: a real process, real files, exit codes, signals."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tiercel.sources.scap.writer import CaptureWriter, Machine

TIERCEL = str(Path(sys.executable).with_name("tiercel"))
START = 1_700_000_000_000_000_000
OPENS = 40

RULES = """
- rule: Reads shadow
  desc: the password file is opened
  condition: evt.type in (open, openat) and evt.is_open_read=true and fd.name=/etc/shadow
  output: "%proc.name reads %fd.name (num=%evt.num)"
  priority: WARNING
  tags: [killchain_actions_on_objectives, files]
- rule: Opens anything
  desc: any file is opened
  condition: evt.type in (open, openat)
  output: "%proc.name opens %fd.name"
  priority: DEBUG
  tags: [any]
"""
AUDIT_RULE = """
- rule: Namespace made
  desc: a namespace is created
  condition: ka.verb=create and ka.target.resource=namespaces
  output: "%ka.user.name makes %ka.target.name"
  priority: NOTICE
  source: k8s_audit
"""
AUDIT_EVENT = {
    "kind": "Event", "apiVersion": "audit.k8s.io/v1", "auditID": "1", "stage": "ResponseComplete", "verb": "create",
    "user": {"username": "jo"}, "objectRef": {"resource": "namespaces", "name": "foo"},
    "stageTimestamp": "2023-11-14T22:13:20.500000Z", "requestReceivedTimestamp": "2023-11-14T22:13:20.400000Z",
    "requestURI": "/api/v1/namespaces",
}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with rules.yaml, audit.yaml, audit.log, and capture.scap: 40 opens in a row by `cat`, 0.1 s apart."""
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "audit.yaml").write_text(AUDIT_RULE)
    (tmp_path / "audit.log").write_text(json.dumps(AUDIT_EVENT) + "\n")
    write_capture(tmp_path / "capture.scap")
    return tmp_path


def write_capture(path: Path) -> None:
    with CaptureWriter(path, Machine(hostname="node")) as capture:
        capture.process(42, comm="cat", exe="/bin/cat", exepath="/bin/cat", cwd="/")
        for i in range(OPENS):
            name = "/etc/shadow" if i % 4 == 3 else f"/tmp/file{i}"
            capture.event(
                START + i * 100_000_000,
                42,
                0,
                "openat",
                fd=3 + i,
                dirfd=-100,
                name=name,
                flags="O_RDONLY",
                mode=0,
            )


def run(*arguments: object, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TIERCEL, "run", *map(str, arguments)],
        input=stdin.decode() if stdin is not None else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "TZ": "UTC"},
    )


def rules_fired(r: subprocess.CompletedProcess[str]) -> list[str]:
    return [json.loads(line)["rule"] for line in r.stdout.splitlines()]


def test_text(files: Path) -> None:
    r = run("-r", files / "rules.yaml", "--capture", files / "capture.scap")
    assert r.returncode == 0
    lines = r.stdout.splitlines()
    assert len(lines) == OPENS
    assert lines[3] == "22:13:20.300000000: Warning cat reads /etc/shadow (num=4)"
    assert "Events: 40 syscall" in r.stderr
    assert "WARNING: 10" in r.stderr


def test_stage_in_text(files: Path) -> None:
    r = run("-r", files / "rules.yaml", "--capture", files / "capture.scap", "--stage", "-q")
    assert r.stdout.splitlines()[3].startswith("actions-on-objectives 22:13:20")
    assert r.stderr == ""


def test_json(files: Path) -> None:
    r = run("-r", files / "rules.yaml", "--capture", files / "capture.scap", "--format", "json")
    alert = json.loads(r.stdout.splitlines()[3])
    assert r.stdout.splitlines()[3] == json.dumps(alert, sort_keys=True, separators=(",", ":"))
    assert alert["time"] == "2023-11-14T22:13:20.300000000Z"
    assert alert["rule"] == "Reads shadow"
    assert alert["priority"] == "Warning"
    assert alert["source"] == "syscall"
    assert alert["tags"] == ["files", "killchain_actions_on_objectives"]
    assert alert["output_fields"] == {
        "evt.num": 4, "evt.time": START + 300_000_000, "fd.name": "/etc/shadow", "proc.name": "cat",
    }  # fmt: skip
    assert alert["killchain"]["stage"] == "actions-on-objectives"
    assert alert["killchain"]["phase"] == 7


@pytest.mark.parametrize(
    ("options", "count"),
    [
        ([], OPENS),
        (["--match", "all"], OPENS + 10),
        (["-n", "8"], 8),
        (["-M", "1"], 10),
        (["--min-priority", "warning"], 10),
        (["--disable-rule", "Opens*"], 10),
        (["--disable-tag", "files"], OPENS),
        (["--enable-tag", "files"], 10),
        (["--enable-tag", "files", "--enable-tag", "any"], OPENS),
        (["-A"], OPENS),
    ],
)
def test_choices(files: Path, options: list[str], count: int) -> None:
    r = run("-r", files / "rules.yaml", "--capture", files / "capture.scap", "--format", "json", *options)
    assert (r.returncode, len(rules_fired(r))) == (0, count), r.stderr


def test_folder_of_rules(files: Path) -> None:
    folder = files / "rules.d"
    folder.mkdir()
    (folder / "b.yaml").write_text(AUDIT_RULE)
    (folder / "a.yaml").write_text(RULES)
    r = run("-r", folder, "--capture", files / "capture.scap", "--format", "json")
    assert len(rules_fired(r)) == OPENS


def test_gzip_is_the_same(files: Path) -> None:
    packed = files / "packed.scap.gz"
    packed.write_bytes(gzip.compress((files / "capture.scap").read_bytes()))
    plain = run("-r", files / "rules.yaml", "--capture", files / "capture.scap")
    assert run("-r", files / "rules.yaml", "--capture", packed).stdout == plain.stdout


def test_audit_log_and_standard_input(files: Path) -> None:
    r = run("-r", files / "audit.yaml", "--audit-log", files / "audit.log")
    assert r.stdout == "22:13:20.500000000: Notice jo makes foo\n"
    again = run("-r", files / "audit.yaml", "--audit-log", "-", stdin=(files / "audit.log").read_bytes())
    assert again.stdout == r.stdout


def test_both_kinds_in_the_order_of_time(files: Path) -> None:
    r = run("-r", files / "rules.yaml", "-r", files / "audit.yaml", "--capture", files / "capture.scap",
            "--audit-log", files / "audit.log", "--format", "json")  # fmt: skip
    times = [json.loads(line)["time"] for line in r.stdout.splitlines()]
    assert times == sorted(times)
    assert rules_fired(r).count("Namespace made") == 1


def test_bad_audit_event_is_told_and_left_out(files: Path) -> None:
    log = files / "audit.log"
    log.write_text("{broken\n" + log.read_text())
    r = run("-r", files / "audit.yaml", "--audit-log", log, "--format", "json")
    assert (r.returncode, rules_fired(r)) == (0, ["Namespace made"])
    assert "line 1" in r.stderr
    assert "could not be read: 1" in r.stderr


def test_torn_capture(files: Path) -> None:
    whole = (files / "capture.scap").read_bytes()
    torn = files / "torn.scap"
    torn.write_bytes(whole[: len(whole) * 3 // 4])
    r = run("-r", files / "rules.yaml", "--capture", torn, "--format", "json")
    assert r.returncode == 1
    assert 0 < len(rules_fired(r)) < OPENS
    assert "torn.scap: at byte" in r.stderr
    assert "Traceback" not in r.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-r", "rules.yaml", "--follow"], "--follow needs an audit log"),
        (["-r", "rules.yaml", "--ring-mib", "3"], "power of two"),
        (["-r", "absent.yaml", "--capture", "capture.scap"], "absent.yaml"),
        (["-r", "rules.yaml", "--capture", "absent.scap"], "absent.scap"),
        (["-r", "rules.yaml", "--capture", "rules.yaml"], "rules.yaml"),
        (["-r", "rules.yaml", "--audit-log", "absent.log"], "absent.log"),
        (["--follow", "--audit-log", "audit.log", "--audit-log", "audit.log"], "one process for each log"),
        (["-r", "broken.yaml", "--capture", "capture.scap"], "broken.yaml"),
        (["-r", "rules.yaml", "--capture", "capture.scap", "--min-priority", "loud"], "loud"),
    ],
)
def test_errors_say_what_is_wrong(files: Path, arguments: list[str], said: str) -> None:
    (files / "broken.yaml").write_text("- rule: x\n  condition: evt.type = \n")
    paths = [str(files / a) if "." in a else a for a in arguments]
    r = run(*paths)
    assert r.returncode in (1, 2)
    assert said in r.stderr
    assert "Traceback" not in r.stderr
    assert r.stdout == ""


def test_closed_pipe_is_no_error(files: Path) -> None:
    with (files / "many.yaml").open("w") as out:
        out.write(RULES)
    twice = f"--capture {files}/capture.scap " * 2
    command = f"{TIERCEL} run -q -r {files}/rules.yaml {twice} | head -1"
    r = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert r.stderr == ""
    assert len(r.stdout.splitlines()) == 1


def wait_for(condition: object, process: subprocess.Popen[str], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)


def test_follow_reload_and_stop(files: Path) -> None:
    out, log, rules = files / "out.txt", files / "audit.log", files / "audit.yaml"
    with out.open("w") as stdout, (files / "err.txt").open("w") as stderr:
        process = subprocess.Popen(
            [TIERCEL, "run", "-r", str(rules), "--audit-log", str(log), "--follow"],
            stdout=stdout, stderr=stderr, text=True,
        )  # fmt: skip
        try:
            wait_for(lambda: "jo makes foo" in out.read_text(), process)
            rules.write_text("- rule: broken")
            process.send_signal(signal.SIGHUP)
            wait_for(lambda: "stay as they are" in (files / "err.txt").read_text(), process)
            with log.open("a") as f:
                f.write(json.dumps(AUDIT_EVENT) + "\n")
            wait_for(lambda: out.read_text().count("jo makes foo") == 2, process)
            rules.write_text(AUDIT_RULE.replace("makes", "creates"))
            process.send_signal(signal.SIGHUP)
            wait_for(lambda: "rules loaded" in (files / "err.txt").read_text(), process)
            with log.open("a") as f:
                f.write(json.dumps(AUDIT_EVENT) + "\n")
            wait_for(lambda: "jo creates foo" in out.read_text(), process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert "Events: 3 k8s_audit" in (files / "err.txt").read_text()


def test_no_rules_given_uses_the_shipped_ones(files: Path) -> None:
    r = run("--capture", files / "capture.scap", "--format", "json")
    assert r.returncode == 0, r.stderr
