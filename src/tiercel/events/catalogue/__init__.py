"""The field catalogue: every field that a rule may use (Falco 0.44.1, plugins container, k8saudit and json; ours last).

lookup("proc.aname").argument
fields_of("k8s_audit")
"""

from __future__ import annotations

from tiercel.events.catalogue.container import CONTAINER
from tiercel.events.catalogue.descriptor import FD, FDLIST
from tiercel.events.catalogue.event import ANY_EVENT, COUNTER, SYSCALL_EVENT
from tiercel.events.catalogue.field import Argument, Field, FieldClass
from tiercel.events.catalogue.json import JSON
from tiercel.events.catalogue.k8s_audit import K8S_AUDIT
from tiercel.events.catalogue.path import PATH
from tiercel.events.catalogue.process import PROCESS
from tiercel.events.catalogue.truth import TRUTH
from tiercel.events.catalogue.user import GROUP, USER

__all__ = [
    "CATALOGUE",
    "CLASSES",
    "SOURCES",
    "Argument",
    "Field",
    "FieldClass",
    "classes_of",
    "fields_of",
    "lookup",
]

# In the order in which Falco looks a name up.
CLASSES: tuple[FieldClass, ...] = (
    ANY_EVENT,
    SYSCALL_EVENT,
    PROCESS,
    USER,
    GROUP,
    FD,
    PATH,
    COUNTER,
    FDLIST,
    CONTAINER,
    K8S_AUDIT,
    JSON,
    TRUTH,
)

SOURCES: tuple[str, ...] = ("syscall", "k8s_audit")

# No field is in two classes.
CATALOGUE: dict[str, Field] = {field.name: field for part in CLASSES for field in part.fields}


def lookup(name: str) -> Field:
    """The field of that name, written without argument; KeyError where there is none."""
    return CATALOGUE[name]


def classes_of(source: str) -> tuple[FieldClass, ...]:
    """The classes that serve a source, in the order in which Falco looks a name up."""
    return tuple(part for part in CLASSES if source in part.sources)


def fields_of(source: str) -> dict[str, Field]:
    """The fields that a rule of a source may use."""
    return {field.name: field for part in classes_of(source) for field in part.fields}
