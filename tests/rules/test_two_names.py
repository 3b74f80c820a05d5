"""An event about a file that the kernel calls by another name than the process did: judged under both."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiercel.events.fields.dump import Given
from tiercel.events.params import SIZES
from tiercel.events.table import CODES, EVENTS
from tiercel.rules.engine import Engine
from tiercel.rules.load import load_rules
from tiercel.rules.plan import Plan, plan_syscalls
from tiercel.rules.printer import Printer

Event = tuple[Any, ...]
START = 1_773_109_000_000_000_000
O_RDONLY, O_DIRECTORY = 1, 1 << 10
AT_FDCWD = -100


def event(kind: str, *params: bytes, truth: str | bytes = b"", tid: int = 7) -> Event:
    known = truth.encode() if isinstance(truth, str) else truth
    return (CODES[kind], tid, START, params, known)


def i64(value: int) -> bytes:
    return struct.pack("<q", value)


def text(value: str | bytes) -> bytes:
    return (value.encode() if isinstance(value, str) else value) + b"\0"


def opened(
    name: str | bytes,
    truth: str | bytes = b"",
    fd: int = 3,
    flags: int = O_RDONLY,
    at: int = AT_FDCWD,
) -> Event:
    numbers = struct.pack("<I", flags), struct.pack("<I", 0), struct.pack("<I", 7), struct.pack("<Q", 9)
    return event("OPENAT_2_X", i64(fd), i64(at), text(name), *numbers, truth=truth)


def read(fd: int = 3) -> Event:
    return event("READ_X", i64(5), b"hello", i64(fd), struct.pack("<I", 80))


def chdir(path: str, truth: str = "") -> Event:
    return event("CHDIR_X", i64(0), text(path), truth=truth)


def execve() -> Event:
    """The thread is a process of its own from here on."""
    given = {"tid": i64(7), "pid": i64(7), "comm": text("sh"), "exe": text("/bin/sh"), "cwd": text("/")}
    params = [given.get(p.name, bytes(SIZES.get(p.type, 0))) for p in EVENTS[CODES["EXECVE_19_X"]].params]
    return event("EXECVE_19_X", *params)


def plan_of(rules: dict[str, tuple[str, str]], folder: Path) -> Plan:
    """`rules`: condition and output by name."""
    path = folder / "rules.yaml"
    lines = []
    for name, (condition, output) in rules.items():
        lines.append(f"- rule: {name}\n  desc: d\n  condition: {condition}\n  priority: INFO\n")
        lines.append(f"  output: '{output}'\n")
    path.write_text("".join(lines))
    loaded = load_rules([path])
    assert loaded.ok, loaded.results
    return plan_syscalls(loaded.rules)


def judged(plan: Plan, events: list[Event], match_all: bool = False) -> list[tuple[int, str, str]]:
    """(event, rule, message) of all that fires."""
    engine, printer = Engine(Given(events), plan, match_all=match_all), Printer(plan)
    told = []
    while (hits := engine.next_hits()) is not None:
        told += [(engine.number, plan.rules[i].name, printer.print(i)[0]) for i in hits]
    return told


SHOWN = "%fd.name %fd.directory %fd.filename %tiercel.fd.true %tiercel.fd.claimed %tiercel.fd.differs"


def test_either_name_fires_and_is_shown(tmp_path: Path) -> None:
    plan = plan_of(
        {
            "truth": ("evt.type=openat and fd.name=/etc/shadow", SHOWN),
            "claim": ("evt.type=openat and fd.name=/tmp/link", SHOWN),
            "both": ("evt.type=openat and fd.num=3", SHOWN),
        },
        tmp_path,
    )
    events = [opened("/tmp/link", "/etc/shadow")]
    both = "/etc/shadow /tmp/link true"
    assert judged(plan, events, True) == [
        (1, "truth", f"/etc/shadow /etc shadow {both}"),
        (1, "claim", f"/tmp/link /tmp link {both}"),
        (1, "both", f"/tmp/link /tmp link {both}"),
    ]
    assert judged(plan, events) == [(1, "truth", f"/etc/shadow /etc shadow {both}")]


def test_first_in_load_order_over_both(tmp_path: Path) -> None:
    rules = {
        "claim": ("fd.name=/tmp/link", "%fd.name"),
        "truth": ("fd.name=/etc/shadow", "%fd.name"),
    }
    events = [opened("/tmp/link", "/etc/shadow")]
    assert judged(plan_of(rules, tmp_path), events) == [(1, "claim", "/tmp/link")]
    turned = dict(reversed(rules.items()))
    assert judged(plan_of(turned, tmp_path), events) == [(1, "truth", "/etc/shadow")]


def test_links_to_where_rules_look_still_match(tmp_path: Path) -> None:
    plan = plan_of({"docker": ("fd.name=/var/run/docker.sock", "%fd.name")}, tmp_path)
    assert judged(plan, [opened("/var/run/docker.sock", "/run/docker.sock")]) == [
        (1, "docker", "/var/run/docker.sock")
    ]


def test_not_is_judged_under_each_name(tmp_path: Path) -> None:
    plan = plan_of({"other": ("fd.name!=/etc/shadow", "%fd.name")}, tmp_path)
    assert judged(plan, [opened("/tmp/link", "/etc/shadow")]) == [(1, "other", "/tmp/link")]
    assert judged(plan, [opened("/etc/shadow", "/tmp/file")]) == [(1, "other", "/tmp/file")]
    assert judged(plan, [opened("/etc/shadow", "/etc/shadow")]) == []


def test_later_calls_on_the_descriptor_have_both(tmp_path: Path) -> None:
    plan = plan_of({"read": ("evt.type=read and fd.name=/etc/shadow", "%fd.name %fd.num")}, tmp_path)
    copy = event("DUP_1_X", i64(9), i64(3))
    events = [opened("/tmp/link", "/etc/shadow"), read(), copy, read(9), opened("/tmp/x", "/tmp/x"), read()]
    assert judged(plan, events) == [(2, "read", "/etc/shadow 3"), (4, "read", "/etc/shadow 9")]


def test_event_text_follows(tmp_path: Path) -> None:
    fields = "%evt.arg.fd %fs.path.name %fs.path.nameraw %fd.nameraw %evt.abspath %evt.arg.name"
    plan = plan_of({"truth": ("fd.name=/etc/shadow", fields), "claim": ("fd.num=3", fields)}, tmp_path)
    assert judged(plan, [opened("/tmp//link", "/etc/shadow")], True) == [
        (1, "truth", "<f>/etc/shadow /etc/shadow /tmp//link /tmp/link /etc/shadow /tmp//link"),
        (1, "claim", "<f>/tmp/link /tmp/link /tmp//link /tmp/link /tmp/link /tmp//link"),
    ]


def test_folder_that_is_a_link(tmp_path: Path) -> None:
    plan = plan_of(
        {
            "unlink": ("evt.type=unlink and fs.path.name=/etc/cron.d/job", "%fs.path.name %proc.cwd"),
            "rename": ("evt.type=renameat2 and fs.path.source=/etc/cron.d/job", "%fs.path.source"),
        },
        tmp_path,
    )
    unlink = event("UNLINK_2_X", i64(0), text("job"))
    numbers = i64(0), i64(5), text("job"), i64(AT_FDCWD), text("/tmp/x"), struct.pack("<I", 0)
    rename = event("RENAMEAT2_X", *numbers)
    folder = opened("/tmp/link", "/etc/cron.d", fd=5, flags=O_RDONLY | O_DIRECTORY)
    assert judged(plan, [execve(), chdir("/tmp/link", "/etc/cron.d"), unlink, folder, rename]) == [
        (3, "unlink", "/etc/cron.d/job /etc/cron.d/"),
        (5, "rename", "/etc/cron.d/job"),
    ]
    # Elsewhere, and the link is forgotten.
    assert judged(plan, [execve(), chdir("/tmp/link", "/etc/cron.d"), chdir("/tmp", "/tmp"), unlink]) == []


def test_absent_where_the_source_does_not_tell(tmp_path: Path) -> None:
    plan = plan_of(
        {
            "told": ("tiercel.fd.true exists or tiercel.fd.claimed exists or tiercel.fd.differs exists", "x"),
            "any": ("evt.num>0", "%tiercel.fd.true %tiercel.fd.claimed"),
        },
        tmp_path,
    )
    assert judged(plan, [opened("/etc/shadow")]) == [(1, "any", "<NA> <NA>")]
    assert judged(plan, [opened("/etc/shadow", "/etc/shadow")]) == [(1, "told", "x")]


@pytest.mark.parametrize(
    ("claim", "truth", "differs"),
    [
        ("/etc/shadow", "/etc/shadow", "false"),
        ("/tmp/../etc//shadow", "/etc/shadow", "false"),
        (b"/tmp/\xff\n", b"/tmp/\xff\n", "false"),
        (b"/tmp/\xff", b"/tmp/\xfe", "false"),  # as shown; nothing else can be told apart
        ("/tmp/link/../shadow", "/etc/shadow", "true"),
        ("/" + "d" * 2000, "/" + "d" * 2000, "true"),  # too long for Falco
        ("x", "/x", "true"),
    ],
)
def test_what_is_the_same(claim: str | bytes, truth: str | bytes, differs: str, tmp_path: Path) -> None:
    plan = plan_of({"any": ("evt.num>0", "%tiercel.fd.differs")}, tmp_path)
    assert judged(plan, [opened(claim, truth)]) == [(1, "any", differs)]


def test_long_paths_are_whole(tmp_path: Path) -> None:
    plan = plan_of({"end": ("fd.name endswith /authorized_keys", "%fd.filename")}, tmp_path)
    deep = "/" + "d/" * 2030 + "authorized_keys"
    assert judged(plan, [opened(deep, deep)]) == [(1, "end", "authorized_keys")]


def test_other_rules_while_a_name_is_shown(tmp_path: Path) -> None:
    """Rules change, and Python has read an output, between two events: the state has the claim again."""
    plan = plan_of({"truth": ("fd.name=/etc/shadow", "%fd.name")}, tmp_path)
    other = plan_of({"claim": ("fd.name=/tmp/link", "%fd.name")}, tmp_path)
    engine, printer = Engine(Given([opened("/tmp/link", "/etc/shadow"), read()]), plan), Printer(plan)
    assert engine.next_hits() == [0]
    assert printer.print(0)[0] == "/etc/shadow"
    engine.use(other)
    assert engine.next_hits() == [0]
    assert Printer(other).print(0)[0] == "/tmp/link"


NAMES = ["/etc/shadow", "/etc/passwd", "/tmp/link", "/tmp/shadow", "/", "/var/run/docker.sock"]
name = st.sampled_from(NAMES)
test = st.one_of(
    st.builds(lambda n: f"fd.name={n}", name),
    st.builds(lambda n: f"fd.name!={n}", name),
    st.builds(lambda n: f"fd.name startswith {n}", name),
    st.sampled_from([
        "fd.directory=/etc", "fd.filename=shadow", "fd.name in (/etc/shadow, /tmp/link)", "evt.type=read",
        "fs.path.name contains shadow", "fd.num=3", "tolower(fd.name) endswith shadow", "fd.name pmatch (/etc, /run)",
        "len(fd.name) > 8", "fd.filename exists", "fs.path.name exists", "evt.arg.fd contains link",
        "evt.abspath startswith /tmp", "fd.directory = basename(fd.name)",
    ]),
)  # fmt: skip
condition = st.recursive(
    test,
    lambda inner: st.one_of(
        st.builds(lambda a, b: f"({a} and {b})", inner, inner),
        st.builds(lambda a, b: f"({a} or {b})", inner, inner),
        st.builds(lambda a: f"(not {a})", inner),
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    conditions=st.lists(condition, min_size=1, max_size=8),
    pairs=st.lists(st.tuples(name, name), min_size=1, max_size=4),
)
def test_as_if_each_name_were_judged_alone(
    conditions: list[str], pairs: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    rules = {f"r{i}": (f"(evt.type in (openat, read)) and {c}", "%fd.name") for i, c in enumerate(conditions)}
    plan = plan_of(rules, tmp_path_factory.mktemp("rules"))

    def scene(names: list[tuple[str, str]]) -> list[Event]:
        return [
            e for i, (claim, truth) in enumerate(names) for e in (opened(claim, truth, 3 + i), read(3 + i))
        ]

    def fired(names: list[tuple[str, str]], match_all: bool) -> set[tuple[int, str]]:
        return {(n, rule) for n, rule, _ in judged(plan, scene(names), match_all)}

    claims = fired([(claim, "") for claim, _ in pairs], True)
    truths = fired([(truth, "") for _, truth in pairs], True)
    assert fired([(claim, claim) for claim, _ in pairs], True) == claims  # two equal names are one
    assert fired(pairs, True) == claims | truths
    first = {n: min(int(r[1:]) for m, r in claims | truths if m == n) for n, _ in claims | truths}
    assert fired(pairs, False) == {(n, f"r{i}") for n, i in first.items()}
    for n, rule, shown in judged(plan, scene(pairs), True):
        claim, truth = pairs[(n - 1) // 2]
        assert shown == (claim if (n, rule) in claims else truth)
