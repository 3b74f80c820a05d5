"""What is printed is UTF-8, whatever the locale says, and whatever is in the names of files and rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tiercel.sources.scap import CaptureWriter

RULES = b"""
- rule: "\xc3\xa4\xff"
  desc: d
  condition: evt.type = close
  output: "\xe2\x86\x92\xff %proc.name"
  priority: DEBUG
"""


def tiercel(*arguments: bytes | str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-c", "from tiercel.cli import main; main()", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False)


@pytest.fixture
def files(tmp_path: Path) -> tuple[bytes, bytes]:
    rules, capture = os.fsencode(tmp_path) + b"/r\xff.yaml", os.fsencode(tmp_path) + b"/c\xff.scap"
    Path(os.fsdecode(rules)).write_bytes(RULES)
    with CaptureWriter(os.fsdecode(capture)) as writer:
        writer.process(5, comm="\N{SNOWMAN}", exe="/x")
        writer.event(1_700_000_000_000_000_000, 5, 0, "close", fd=3)
    return rules, capture


def test_text(files: tuple[bytes, bytes]) -> None:
    done = tiercel("run", "-q", "-r", files[0], "--capture", files[1])
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode().endswith("Debug \N{RIGHTWARDS ARROW}\N{REPLACEMENT CHARACTER} \N{SNOWMAN}\n")


def test_json(files: tuple[bytes, bytes]) -> None:
    done = tiercel("run", "-q", "--format", "json", "-r", files[0], "--capture", files[1])
    assert (
        json.loads(done.stdout)["rule"] == "\N{LATIN SMALL LETTER A WITH DIAERESIS}\N{REPLACEMENT CHARACTER}"
    )


def test_names_of_files(files: tuple[bytes, bytes]) -> None:
    done = tiercel("run", "--capture", files[1] + b"x")
    assert done.returncode == 1
    assert files[1] + b"x" in done.stderr
    assert b"Traceback" not in done.stderr
    for command in (("list", "-r"), ("check",)):
        done = tiercel("rules", *command, files[0])
        assert done.returncode == 0, done.stderr
