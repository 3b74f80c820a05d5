"""What nobody writes by accident: it loads or is refused in little time and memory, and nothing is raised."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc

import pytest

from tiercel.rules.load import Loader
from tiercel.rules.report import report

HEAD = "- rule: {}\n  desc: d\n  output: {}\n  priority: INFO\n  condition: "
SECONDS = 20.0  # of a slow machine's processor; most cases take a tenth of one
MEGABYTES = 400


def rule(condition: str, name: str = "First", output: str = "out") -> str:
    return HEAD.format(name, output) + condition + "\n"


def chain(link: str, n: int, last: str = "evt.type=open") -> str:
    """Macros that each use the one before, and a rule on the last."""
    macros = [f"- macro: m{i}\n  condition: {link.replace('@', f'm{i - 1}')}\n" for i in range(1, n)]
    return f"- macro: m0\n  condition: {last}\n" + "".join(macros) + rule(f"m{n - 1}")


def aliases(first: str, n: int) -> str:
    lines = [f"- &a0 [{', '.join([first] * 10)}]"]
    lines += [f"- &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, n)]
    return "\n".join(lines) + "\n"


def nested(n: int, line: str) -> str:
    return "".join(" " * i + line + "\n" for i in range(n))


EXCEPTIONS = "  exceptions:\n    - name: e\n      fields: {}\n      values: {}\n"

CASES: dict[str, str | bytes] = {
    # bytes
    "NULs": b"\0" * 300_000,
    "no UTF-8": b"\xff\xfe\xfd" * 100_000,
    "no UTF-8 in values": b"- rule: \xff\xfe\n  desc: \xc3\n  output: \xff\n  priority: INFO\n"
    b"  condition: proc.name=\xff\n",
    "NUL in a condition": rule("evt.type=open\0 and proc.name=a"),
    "UTF-16": rule("evt.type=open").encode("utf-16"),
    "UTF-32": rule("evt.type=open").encode("utf-32"),
    "surrogates": b"- list: \xed\xa0\x80\n  items: [\xed\xbf\xbf]\n",
    "ends of transmission": b"\x04" * 50_000,
    # YAML
    "brackets": "[" * 500_000,
    "brackets on lines": "[\n" * 200_000,
    "braces": "{" * 300_000,
    "dashes": "- " * 300_000,
    "question marks": "? " * 200_000,
    "lists in lists": nested(1500, "- "),
    "maps in maps": nested(1500, "a:"),
    "quotes": '"' * 100_001,
    "colons": ": " * 200_000,
    "anchors": "&a " * 50_000,
    "tags": "! " * 50_000,
    "directives": "%a\n" * 100_000,
    "documents": "---\n- list: a\n  items: [b]\n" * 10_000,
    "folded line breaks": '- list: "' + "ab c\n  " * 100_000 + '"\n  items: [a]\n',
    "aliases of aliases": aliases("x", 10),
    "a list in itself": "- list: l\n  items: &a [x, *a]\n" + rule("proc.name in (l)"),
    "an exception in itself": rule("evt.type=open") + EXCEPTIONS.format("&a [proc.name, *a]", "&b [*b]"),
    "tags in themselves": rule("evt.type=open") + "  tags: &a [*a]\n",
    "an override in itself": "- rule: x\n  override: &a\n    condition: *a\n",
    "values of aliases": "- list: l\n  items: [x]\n  z: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"- list: l{i}\n  items: [x]\n  z: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    + rule("evt.type=open") + EXCEPTIONS.format("[proc.name, fd.name]", "*a8"),
    "one long list, many names": "- list: a\n  items: &a [" + ", ".join(["w"] * 50_000) + "]\n"
    + "".join(f"- list: b{i}\n  items: *a\n" for i in range(2000)),
    "unknown keys": "- rule: a\n" + "".join(f"  k{i}: 1\n" for i in range(30_000)),
    "unknown items": "- foo: bar\n" * 30_000,
    # lists and macros
    "lists that double": "".join(f"- list: l{i:02}\n  items: [l{i + 1:02}, l{i + 1:02}]\n" for i in range(60))
    + rule("proc.name in (l00)"),
    "lists that double downwards": "- list: l0\n  items: [x]\n"
    + "".join(f"- list: l{i}\n  items: [l{i - 1}, l{i - 1}]\n" for i in range(1, 60)) + rule("proc.name in (l59)"),
    "many lists": "".join(f"- list: l{i}\n  items: [a{i}]\n" for i in range(5000))
    + rule("proc.name in (" + ", ".join(f"l{i}" for i in range(5000)) + ")"),
    "macros that double": chain("@ and @", 60),
    "macros that double with checks": chain("@ and (proc.name=a or @)", 60),
    "a chain of macros": chain("@", 3000),
    "a deep chain of macros": chain("not (@ and proc.name=a)", 3000),
    "a loop of macros": "- macro: a\n  condition: evt.type=open\n- macro: b\n  condition: a\n"
    "- macro: a\n  condition: or b\n  append: true\n" + rule("a"),
    "a macro in itself": "- macro: a\n  condition: a\n- macro: a\n  condition: or a\n  append: true\n" + rule("a"),
    "one large macro, many rules": "- macro: m\n  condition: "
    + " and ".join(f"proc.name=a{i}" for i in range(5000)) + "\n"
    + "".join(rule(f"m and proc.name=b{i}", f"R{i}") for i in range(500)),
    # conditions
    "parentheses": rule("(" * 100_000 + "evt.type=open" + ")" * 100_000),
    "open parentheses": rule("(" * 300_000),
    "nots": rule("not " * 100_000 + "evt.type=open"),
    "not and parentheses": rule("not(" * 100_000 + "evt.type=open" + ")" * 100_000),
    "and, or in turns": rule("evt.num=1 and (proc.pid=2 or (" * 3000 + "evt.type=open" + "))" * 3000),
    "very many checks": rule(" or ".join(["proc.name=a"] * 101_000)),
    "transformers": rule("tolower(" * 50_000 + "proc.name" + ")" * 50_000 + "=a"),
    "quotes that stay open": rule("'proc.name in (" + '"a\\"' * 50_000 + "'"),
    "a long number": rule("proc.pid = " + "9" * 100_000),
    "a long prefix": rule('fd.snet = "1.1.1.1/' + "9" * 50_000 + '"'),
    "a long field": rule(".".join(["a"] * 100_000) + "=1"),
    "a long index": rule("proc.aname[" + "1" * 100_000 + "]=a"),
    "a long constant": rule("proc.name=" + "a" * 1_000_000),
    "a long regex": rule('proc.name regex "' + "(a|" * 3000 + '"'),
    "a large regex": rule('proc.name regex "((a{1000}){1000}){1000}"'),
    # outputs and headers
    "many fields in an output": rule("evt.type=open", output='"' + "%proc.name " * 50_000 + '"'),
    "unknown fields in an output": rule("evt.type=open", output='"' + "%a.b.c" * 50_000 + '"'),
    "a wide field": rule("evt.type=open", output='"%' + "9" * 10_000 + 'proc.name"'),
    "an engine of digits": "- required_engine_version: " + "9" * 100_000 + "\n",
    "a plugin of digits": "- required_plugin_versions:\n    - name: json\n      version: " + "9" * 50_000 + ".1.1\n",
    "a long time": rule("evt.type=open") + "  capture_duration: " + "1" * 10_000 + "\n",
    "many rules": "".join(rule(f"evt.type=open and proc.name=a{i}", f"R{i}") for i in range(3000)),
    "many warnings": "".join(rule("proc.name=proc.pname", f"R{i}") for i in range(3000)),
}  # fmt: skip


@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", CASES)
def test_bounded(name: str) -> None:
    content = CASES[name]
    content = content if isinstance(content, bytes) else content.encode()
    start = time.process_time()
    loader = Loader()
    result = loader.load_content(content, name)
    json.dumps(loader.result.as_json())
    for problem in [*result.errors, *result.warnings][:500]:
        shown = report(problem)
        assert shown.source.isprintable()
        assert shown.line > 0
        assert shown.column > 0
    assert time.process_time() - start < SECONDS


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "name",
    ["aliases of aliases", "values of aliases", "one long list, many names", "lists that double downwards",
     "macros that double with checks", "one large macro, many rules", "unknown keys", "brackets on lines"],
)  # fmt: skip
def test_memory(name: str) -> None:
    content = CASES[name]
    content = content if isinstance(content, bytes) else content.encode()
    gc.collect()
    tracemalloc.start()
    try:
        Loader().load_content(content, name)
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("macros that double with checks", "condition has more than 100000 checks"),
        ("lists that double", "condition grows too long when its lists are put in"),
        ("values of aliases", "Rule exception has too many values"),
        ("not and parentheses", "exceeded max depth limit of 200"),
        ("transformers", "exceeded max depth limit of 100"),
        ("lists in lists", "yaml-cpp: error at line 500, column 501: bad file"),
        ("one long list, many names", "yaml-cpp: error at line 80, column 12: more than 2000000 values"),
        ("a macro in itself", "reference loop in macro 'a'"),
    ],
)  # fmt: skip
def test_limits_are_told(name: str, message: str) -> None:
    content = CASES[name]
    assert isinstance(content, str)
    (error,) = Loader().load_content(content.encode(), name).errors
    assert error.message == message
