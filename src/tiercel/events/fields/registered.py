"""The modules that register extractors when they are imported. A new one gets its name here."""

from __future__ import annotations

from importlib import import_module

MODULES = (
    "container",
    "elsewhere",
    "evt_args",
    "evt_kind",
    "evt_result",
    "evt_times",
    "fd",
    "fd_socket",
    "fdlist",
    "fspath",
    "group",
    "k8s",
    "proc",
    "proc_ancestor",
    "proc_group",
    "thread",
    "truth",
    "user",
)


def load() -> None:
    """Makes every field of the compiled core known to `tiercel.events.fields.field`."""
    for name in MODULES:
        import_module(f"tiercel.events.fields.{name}")
