"""The examples in the documentation run, and print what the pages say.

- ```console  is run, line by line where it begins with `$ `, in a folder of the page's own that has the
              repository's `src`. What follows is the expected output: `...` stands for anything within a line, or,
              alone, for any lines.
- ```yaml title=NAME  (or any other language) is written there as a file first.
- ```python   is run.
- ```sh       shows commands on files that only the reader has: their options must exist.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from pages import PAGES, ROOT, fences, name

from tiercel.cli.main import tiercel

SECONDS = 60
WORD = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s()]+")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").symlink_to(ROOT / "src")
    return tmp_path


def run(command: str, folder: Path) -> str:
    """Output and errors of a command, as one sees them."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    r = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path, "TZ": "UTC", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return r.stdout


def pattern(lines: list[str]) -> re.Pattern[str]:
    """What matches output that looks like these lines."""
    parts = []
    for line in lines:
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(r"[^\n]*".join(map(re.escape, line.rstrip().split("..."))) + r"[ ]*\n")
    return re.compile("".join(parts))


def steps(text: str) -> list[tuple[str, list[str]]]:
    """Commands, each with the lines that are to come."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def pages_with(*languages: str) -> list[Path]:
    return [p for p in PAGES if any(f.language in languages for f in fences(p))]


@pytest.mark.parametrize("page", pages_with("console", "python"), ids=name)
def test_examples_run(page: Path, folder: Path) -> None:
    for fence in fences(page):
        if fence.title is not None:
            (folder / fence.title).write_text(fence.text)
        elif fence.language == "python":
            r = subprocess.run([sys.executable, "-c", fence.text], cwd=folder, timeout=SECONDS, check=False)
            assert r.returncode == 0, fence.text
        elif fence.language == "console":
            for command, lines in steps(fence.text):
                printed = run(command, folder)
                if lines:
                    assert pattern(lines).fullmatch(printed), f"$ {command}\n{printed}"
                assert "Traceback" not in printed


def commands(text: str) -> list[list[str]]:
    """The words of the lines that call tiercel, after that word."""
    joined = text.replace("\\\n", " ")
    calls = []
    for line in joined.splitlines():
        for part in re.split(r"\s[|&]+\s|;|\$\(", line):
            words = WORD.findall(part.partition(" #")[0])
            if words and words[0] in ("tiercel", ".venv/bin/tiercel"):
                calls.append(words[1:])
    return calls


@pytest.mark.parametrize("page", pages_with("sh", "console"), ids=name)
def test_options_exist(page: Path) -> None:
    for fence in fences(page):
        if fence.language not in ("sh", "console"):
            continue
        text = fence.text
        if fence.language == "console":
            text = "\n".join(command for command, _ in steps(text))
        for words in commands(text):
            command: click.Command = tiercel
            while isinstance(command, click.Group) and words and not words[0].startswith("-"):
                inner = command.get_command(click.Context(command), words.pop(0))
                assert inner is not None, f"no such command: {fence.text}"
                command = inner
            known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help", "-h"}
            used = {w.partition("=")[0] for w in words if re.match(r"--?[A-Za-z]", w)}
            assert used <= known, f"{sorted(used - known)} in {' '.join(words)}"
