"""The field catalogue: complete, consistent, and covering every field that the shared tables ask for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tiercel.events.catalogue import CATALOGUE, CLASSES, Argument, classes_of, fields_of, lookup
from tiercel.events.catalogue.field import FLAGS
from tiercel.events.params import FORMAT_NUMBERS, TYPE_NUMBERS
from tiercel.events.table import EVENTS

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
if not SHARED.is_dir():
    SHARED = Path("/work/shared")
DUMPS = sorted(SHARED.glob("falco/golden/dump*.yaml"))
RULES = sorted(SHARED.glob("falco/rules/*/*.yaml"))
PARAMETERS = {param.name for event in EVENTS for param in event.params}

INDEX = Argument(required=False, index=True, key=False, dotted=False)


@pytest.mark.parametrize(
    ("name", "type_name", "argument", "is_list", "flags", "form"),
    [
        ("evt.num", "UINT64", None, False, set(), "ID"),
        ("evt.type", "CHARBUF", None, False, set(), "NA"),
        ("evt.arg", "CHARBUF", Argument(True, True, False, True), False, set(), "NA"),
        ("evt.reltime.ns", "RELTIME", None, False, set(), "10_PADDED_DEC"),
        ("evt.dir", "CHARBUF", None, False, {"deprecated"}, "DIR"),
        ("proc.aname", "CHARBUF", INDEX, False, {"no_rhs", "no_transformer"}, "NA"),
        ("proc.aargs", "CHARBUF", INDEX, False, set(), "NA"),
        ("fd.ip", "IPADDR", None, False, {"filter_only", "no_rhs", "no_transformer"}, "NA"),
        ("fd.dev", "INT32", None, False, set(), "HEX"),
        ("fd.types", "CHARBUF", INDEX, True, {"no_rhs"}, "DEC"),
        ("container.id", "CHARBUF", None, False, {"suggested"}, "NA"),
        ("container.mount", "CHARBUF", Argument(True, True, True, False), False, set(), "NA"),
        ("container.start_ts", "ABSTIME", None, False, set(), "DEC"),
        ("ka.uri.param", "CHARBUF", Argument(True, False, True, False), False, set(), "NA"),
        ("ka.req.pod.containers.image", "CHARBUF", INDEX, True, set(), "NA"),
        ("json.value", "CHARBUF", Argument(True, False, True, False), False, set(), "NA"),
    ],
)
def test_known_fields(
    name: str, type_name: str, argument: Argument | None, is_list: bool, flags: set[str], form: str
) -> None:
    field = lookup(name)
    assert (field.name, field.type, field.argument, field.is_list, set(field.flags), field.format) == (
        name,
        type_name,
        argument,
        is_list,
        flags,
        form,
    )


def test_fields_are_well_formed() -> None:
    assert sum(len(part.fields) for part in CLASSES) == len(CATALOGUE)
    for field in CATALOGUE.values():
        assert re.fullmatch(r"[a-z0-9_]+(\.[A-Za-z0-9_]+)+", field.name)
        assert field.type in TYPE_NUMBERS and field.format in FORMAT_NUMBERS, field.name
        assert field.flags <= set(FLAGS), field.name
        assert field.description.endswith((".", ").")), field.name
        assert field.description.count("`") % 2 == 0, field.name


def test_descriptions_name_fields_that_exist() -> None:
    for field in CATALOGUE.values():
        for name in re.findall(
            r"`((?:evt|proc|fd|fs|thread|user|container|k8s|ka|json)\.[\w.]+)", field.description
        ):
            base = re.sub(r"^(evt\.(?:raw)?arg|evt\.type\.is|evt\.abspath|thread\.cgroup)\..*", r"\1", name)
            base = re.sub(r"^((?:container|k8s\.pod)\.label)\..*", r"\1", base)
            assert base in CATALOGUE, (field.name, name)


def test_sources() -> None:
    assert "proc.name" in fields_of("syscall") and "proc.name" not in fields_of("k8s_audit")
    assert "ka.verb" in fields_of("k8s_audit") and "ka.verb" not in fields_of("syscall")
    assert "jevt.value" in fields_of("k8s_audit")
    # Falco offers evt.type to system calls alone.
    assert "evt.time" in fields_of("k8s_audit") and "evt.type" not in fields_of("k8s_audit")
    assert {part.name for part in classes_of("k8s_audit")} == {"evt", "k8s_audit", "json"}


def test_unknown_field() -> None:
    with pytest.raises(KeyError):
        lookup("proc.nobody")


def known(name: str) -> bool:
    for dotted in ("evt.arg", "evt.rawarg"):
        if name.startswith(dotted + "."):
            return dotted in CATALOGUE and name.removeprefix(dotted + ".") in PARAMETERS
    return name in CATALOGUE


@pytest.mark.skipif(not DUMPS, reason="the tables under ../shared/falco are not there")
@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.stem)
def test_covers_the_golden_fields(path: Path) -> None:
    names = re.findall(r"%([\w.]+)", path.read_text())
    assert len(names) > 100
    assert [name for name in names if not known(name)] == []


@pytest.mark.skipif(not RULES, reason="the rules under ../shared/falco are not there")
@pytest.mark.parametrize("path", RULES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_covers_the_outputs_of_stock_rules(path: Path) -> None:
    # `%container.info` is replaced before an output is read.
    names = set(re.findall(r"%([\w.]+\w)", path.read_text())) - {"container.info"}
    assert names
    assert {name for name in names if not known(name)} == set()
