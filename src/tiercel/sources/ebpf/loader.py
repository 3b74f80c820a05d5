"""Brings the probe into the kernel: maps, types, programs, each program for itself.

    probe = load_probe(ring_bytes=8 << 20)
    probe.attach()
    ...
    probe.close()

What must be there (`REQUIRED`) and cannot be loaded ends in a SourceError that says what to do; of the rest, what is
missing is told in `probe.missing`.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tiercel.errors import SourceError
from tiercel.sources.ebpf import bpf
from tiercel.sources.ebpf.btf import find_types
from tiercel.sources.ebpf.elf import MapSpec, ObjectFile, Program, read_object
from tiercel.sources.ebpf.kernel_types import Types
from tiercel.sources.ebpf.refusals import check_machine, lift_limit, reason, standing
from tiercel.sources.ebpf.relocate import Relocator

OBJECTS = Path(__file__).parent / "objects"
VMLINUX = Path("/sys/kernel/btf/vmlinux")
RELOCATES = (5, 17)  # from here on the kernel fills in itself where its fields are

_RINGBUF = 27
_PSEUDO_MAP_FD = 1

# By the section that a program is in: what it is attached to, as which name in the kernel's types.
_ATTACH: dict[str, tuple[int, str]] = {
    "tp_btf/": (bpf.ATTACH_TRACE_RAW_TP, "btf_trace_"),
    "iter/": (bpf.ATTACH_TRACE_ITER, "bpf_iter_"),
}


@dataclass(slots=True)
class Probe:
    """What is loaded: file descriptors of maps and programs by name. `missing`: why optional programs are not there."""

    maps: dict[str, int] = field(default_factory=dict)
    specs: dict[str, MapSpec] = field(default_factory=dict)
    programs: dict[str, int] = field(default_factory=dict)
    sections: dict[str, str] = field(default_factory=dict)
    links: list[int] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def attach(self) -> None:
        """Lets the tracepoints' programs run."""
        for name, section in self.sections.items():
            if section.startswith("tp_btf/"):
                self.links.append(bpf.attach_tracepoint(self.programs[name]))

    def detach(self) -> None:
        while self.links:
            os.close(self.links.pop())

    def close(self) -> None:
        self.detach()
        for fd in (*self.programs.values(), *self.maps.values()):
            os.close(fd)
        self.programs.clear()
        self.maps.clear()


def load_probe(
    units: Sequence[str], *, ring_bytes: int, state_ring_bytes: int, optional: Iterable[str] = ()
) -> Probe:
    """Loads the objects of these names; those among `optional` may fail."""
    here = standing()
    check_machine(here)
    lift_limit(here)
    kernel_types = _kernel_types()
    sizes = {"calls_ring": ring_bytes, "state_ring": state_ring_bytes}
    probe = Probe()
    try:
        for unit in units:
            found = read_object((OBJECTS / f"{unit}.o").read_bytes())
            try:
                _load(probe, found, kernel_types, sizes, here.version < RELOCATES)
            except bpf.BpfError as e:
                if unit not in optional:
                    raise SourceError(reason(e, standing())) from e
                probe.missing[unit] = reason(e, here)
                for name in found.programs:
                    probe.sections.pop(name, None)
                    os.close(probe.programs.pop(name)) if name in probe.programs else None
    except BaseException:
        probe.close()
        raise
    return probe


def _kernel_types() -> bytes:
    try:
        return VMLINUX.read_bytes()
    except FileNotFoundError:
        raise SourceError(
            "this kernel does not describe its types (no /sys/kernel/btf/vmlinux): use one built with"
            " CONFIG_DEBUG_INFO_BTF=y, as all large distributions' are; in a container, mount the host's"
            " /sys/kernel/btf"
        ) from None
    except OSError as e:
        raise SourceError(
            f"{VMLINUX} cannot be read ({e.strerror}): run as root or with CAP_DAC_READ_SEARCH"
        ) from e


def _module_types(kernel: Types) -> list[Types]:
    """Of the modules that are loaded, where the kernel tells them (5.11 and newer)."""
    paths = [path for path in VMLINUX.parent.iterdir() if path != VMLINUX]
    return [Types(path.read_bytes(), kernel) for path in paths]


def _load(
    probe: Probe, unit: ObjectFile, kernel_types: bytes, sizes: dict[str, int], relocates: bool
) -> None:
    """`relocates`: whether relocations are made here and not in the kernel."""
    for name, spec in unit.maps.items():
        if name not in probe.maps:
            entries = spec.entries or sizes.get(name) or bpf.possible_cpus()
            probe.maps[name] = bpf.create_map(
                name, spec.type, spec.key_size, spec.value_size, entries, spec.flags
            )
            probe.specs[name] = spec
    targets = {name: _target(p.section) for name, p in unit.programs.items()}
    ids = find_types(kernel_types, [target for _, target in targets.values()])
    relocator = None
    if relocates:
        kernel = Types(kernel_types)
        relocator = Relocator(kernel, Types(unit.btf), lambda: _module_types(kernel))
    btf_fd = bpf.load_btf(unit.btf)
    try:
        for forms in _alternatives(unit.programs):
            refused: list[bpf.BpfError] = []
            for name in forms:
                attach_type, target = targets[name]
                if target not in ids:
                    missing = f"the kernel has no {target}, which {name} needs"
                    refused.append(bpf.BpfError(errno.ENOENT, missing))
                    continue
                program = unit.programs[name]
                code = _with_maps(program, probe.maps)
                if relocator:
                    code = relocator.relocate(code, program.relocations)
                try:
                    probe.programs[name] = bpf.load_program(
                        name,
                        code,
                        license=unit.license,
                        attach_type=attach_type,
                        attach_btf_id=ids[target],
                        btf_fd=btf_fd,
                        functions=program.functions,
                        relocations=b"" if relocator else program.relocations,
                    )
                except bpf.BpfError as e:
                    refused.append(e)
                    continue
                probe.sections[name] = program.section
                break
            else:
                raise next((e for e in refused if e.errno != errno.ENOENT), refused[-1])
    finally:
        os.close(btf_fd)


def _alternatives(names: Iterable[str]) -> list[list[str]]:
    """Names of programs; those that differ only behind a "__" are forms of one, one of which is needed."""
    forms: dict[str, list[str]] = {}
    for name in names:
        forms.setdefault(name.partition("__")[0], []).append(name)
    return list(forms.values())


def _target(section: str) -> tuple[int, str]:
    for prefix, (attach_type, name) in _ATTACH.items():
        if section.startswith(prefix):
            return attach_type, name + section.removeprefix(prefix)
    raise SourceError(
        f"the probe's object file has a program of an unknown kind ({section}): install tiercel again"
    )


def _with_maps(program: Program, maps: dict[str, int]) -> bytes:
    code = bytearray(program.code)
    for use in program.maps:
        at = use.instruction * 8
        code[at + 1] = code[at + 1] & 15 | _PSEUDO_MAP_FD << 4
        struct.pack_into("<i", code, at + 4, maps[use.name])
    return bytes(code)
