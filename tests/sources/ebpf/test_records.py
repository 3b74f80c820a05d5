"""The probe's records as C has them and as Cython has them: the same sizes, offsets and numbers."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tiercel.sources.ebpf import forms, proc

EBPF = Path(proc.__file__).parent
# Structures: Cython's name, and C's.
STRUCTS = {
    "Record": "record", "Part": "part", "FileFacts": "file_facts", "SocketFacts": "socket_facts",
    "ProcessFacts": "process_facts", "ExitFacts": "exit_facts",
}  # fmt: skip


def _pxd() -> str:
    """records.pxd, and what it has from elsewhere."""
    return (EBPF / "records.pxd").read_text() + (EBPF.parents[1] / "events" / "file.pxd").read_text()


def _fields(struct: str) -> list[tuple[str, str, str]]:
    """(type, name, array) of each field that records.pxd has."""
    body = re.search(rf"^cdef struct {struct}:\n((?:    .*\n|\n)+)", _pxd(), re.MULTILINE)
    assert body is not None
    found = []
    for line in body[1].splitlines():
        kind, _, names = line.split("#")[0].strip().partition(" ")
        for name in names.split(","):
            match = re.fullmatch(r"\s*(\w+)(\[\d+\])?\s*", name)
            if match:
                found.append((kind, match[1], match[2] or ""))
    return found


def _numbers() -> dict[str, int]:
    """The enumerations of records.pxd but for those that only Cython has."""
    rows = re.findall(r"^    ([A-Z][A-Z0-9_]+) = (\d+)$", _pxd(), re.MULTILINE)
    return {name: int(value) for name, value in rows if name not in ("PART_KINDS", "SUBSYSTEMS")}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What differs between the two, said by a C program that has both."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc to compile the probe's header with")
    lines = ["#include <stddef.h>", "#include <stdint.h>", "#include <stdio.h>", '#include "probe.h"']
    checks = []
    for theirs, ours in STRUCTS.items():
        lines.append(f"struct {theirs} {{")
        for kind, name, array in _fields(theirs):
            kind = f"struct {kind}" if kind in STRUCTS else kind
            lines.append(f"    {kind} {name}{array};")
            checks.append(
                f"if (offsetof(struct {theirs}, {name}) != offsetof(struct {ours}, {name})"
                f" || sizeof(((struct {theirs} *)0)->{name}) != sizeof(((struct {ours} *)0)->{name}))"
                f' puts("{ours}.{name}");'
            )
        lines.append("};")
        checks.append(f'if (sizeof(struct {theirs}) != sizeof(struct {ours})) puts("{ours}");')
    checks += [f'if ({name} != {value}) puts("{name}");' for name, value in _numbers().items()]
    checks.append('printf("plan %zu\\nrecord %zu\\nfile_facts %zu\\nprocess_facts %zu\\nsocket_facts %zu\\n", '
                  "sizeof(struct plan), sizeof(struct record), sizeof(struct file_facts), "
                  "sizeof(struct process_facts), sizeof(struct socket_facts));")  # fmt: skip
    lines += ["int main(void) {", *checks, "return 0; }"]
    folder = tmp_path_factory.mktemp("records")
    (folder / "check.c").write_text("\n".join(lines))
    command = ["gcc", f"-I{EBPF / 'probe'}", "-o", str(folder / "check"), str(folder / "check.c")]
    subprocess.run(command, check=True)
    return subprocess.run([folder / "check"], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()


def test_both_have_the_same_layout(answers: list[str]) -> None:
    assert [line for line in answers if " " not in line] == []


def test_pythons_structures_are_as_long(answers: list[str]) -> None:
    sizes = {name: int(size) for name, _, size in (line.partition(" ") for line in answers) if size}
    assert sizes == {
        "plan": forms.PLAN.size,
        "record": proc.RECORD.size,
        "file_facts": proc.FILE_FACTS.size,
        "process_facts": proc.PROCESS_FACTS.size,
        "socket_facts": proc.SOCKET_FACTS.size,
    }


def test_all_of_it_was_compared() -> None:
    assert len(_fields("ProcessFacts")) == 37
    assert len(_numbers()) > 40
