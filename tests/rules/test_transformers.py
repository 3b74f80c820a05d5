"""Transformers of several operands, and values that are of another type than the rule reckons with."""

from __future__ import annotations

import pytest
from tests.events.fields.given import START, i64, process, text, u32

from tiercel.events.fields.dump import Given
from tiercel.events.table import CODES
from tiercel.rules.engine import Engine
from tiercel.rules.load import Loader
from tiercel.rules.plan import plan_syscalls

NINE = ", ".join('"x"' for _ in range(9))


def fires(condition: str, *events: tuple[object, ...]) -> list[bool]:
    """Whether a rule fires on each of these events of thread 100, which is known."""
    content = f"- rule: r\n  desc: d\n  condition: >\n    {condition}\n  output: o\n  priority: DEBUG\n"
    loader = Loader()
    result = loader.load_content(content.encode(), "test.yaml")
    assert result.ok, result.errors
    given = [(CODES[str(e[0])], 100, START + i, e[1:]) for i, e in enumerate((process("/"), *events))]
    engine = Engine(Given(given), plan_syscalls(loader.result.rules), match_all=True)
    found: set[int] = set()
    while (hits := engine.next_hits()) is not None:
        if hits:
            found.add(engine.time_ns - START)
    return [i in found for i in range(1, len(given))]


CLOSE = ("CLOSE_X", i64(0), i64(3))


@pytest.mark.parametrize(
    "condition",
    [
        'join(",", (evt.num, evt.num)) = "2,2"',
        f'join("", ({NINE})) = "xxxxxxxxx"',
        'join("-", (proc.name, "b", toupper(proc.name))) = "sh-b-SH"',
        'join(",", ()) = ""',
        'join(evt.num, ("a", "b")) = "a2b"',
        'getopt(("-a", "1", proc.name), "a:")[a] = 1',
        'concat(proc.name, "-", proc.name) = "sh-sh"',
    ],
)
def test_holds(condition: str) -> None:
    assert fires(condition, CLOSE) == [True]


@pytest.mark.parametrize("condition", ["evt.rawarg.dev >= 0", "evt.rawarg.dev != 7", "evt.rawarg.key <= 0"])
def test_value_of_another_type_compares_with_nothing(condition: str) -> None:
    """`dev` is a number to the rule, because it is one to open; mount has a text of that name. So with `key`."""
    mount = ("MOUNT_X", i64(0), text("/dev/sda"), text("/mnt"), text("ext4"), u32(0))
    config = ("FSCONFIG_X", i64(0), i64(3), u32(0), text("k"), b"", text("v"), u32(0))
    assert fires(condition, mount, config) == [False, False]
