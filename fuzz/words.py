"""What the targets draw from: numbers and strings at the edges, fields with their arguments, random conditions."""

from __future__ import annotations

from functools import cache
from random import Random

from tiercel.events.catalogue import Field, fields_of
from tiercel.events.table import EVENTS

NUMBERS = (
    0, 1, 2, 3, 7, 8, 15, 16, 63, 64, 65, 127, 128, 255, 256, 1023, 1024, 4095, 4096, 4097, 32767, 32768, 65535, 65536,
    (1 << 24) - 1, 1 << 24, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, (1 << 53) + 1,
    (1 << 63) - 1, 1 << 63,
    (1 << 64) - 1, -1, -2, -100, -(1 << 31), -(1 << 63),
)  # fmt: skip

PATHS = (
    "/etc/passwd", "/etc/shadow", "/bin/sh", "/usr/bin/curl", "/", "", ".", "..", "../../etc/shadow",
    "a/b/../../c", "//a///b/",
    "/proc/self/fd/3", "/dev/null", "/tmp/x (deleted)", "memfd:x", "<NA>", "/a\nb", "/var/run/docker.sock",
    "/" + "d/" * 400,
    "/" + "n" * 255, "x" * 1023, "x" * 1024, "x" * 4096, "/../" * 300, "ümläut/日本", "\udcff\udcfe",
)  # fmt: skip

NAMES = (
    "sh", "bash", "nginx", "runc", "java", "python3", "containerd-shim", "x" * 15, "x" * 16, "", "<NA>", "a b",
    "(sd-pam)",
    "kubectl", "ssh", "-1", "0", "1000", "true", "root", "+nis", "tcp", "10.0.0.1", "10.0.0.0/8", "::1", "443", "open",
)  # fmt: skip

CONTAINER = "3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e"
CGROUPS = (
    f"cpu=/docker/{CONTAINER}", f"memory=/kubepods/besteffort/pod1/{CONTAINER}",
    f"pids=/system.slice/docker-{CONTAINER}.scope",
    f"cpuset=/user.slice/user-1000.slice/libpod-{CONTAINER}.scope/container", f"x=/crio-{CONTAINER}", "cpu=/lxc/box",
    f"cpu=/k8s.io/{CONTAINER}", "cpu=/machine.slice/machine-qemu\\x2d1\\x2dvm.scope/libvirt-lxc", "=", "", "cpu",
    "cpu=/", "x=" + "/y" * 900,
    "cpu=/machine.slice/machine-lxc\\x2d1\\x2dbox.scope", "cpu=/machine-lxc\\x2d1.scope/libvirt", "cpu=/a-lxc\\x2",
    "cpu=/.scope-lxc\\x2", "cpu=/x/y.libvirt-lxc", "cpu=.libvirt-lxc", "cpu=/libvirt/lxc/box", "cpu=/lxc.payload/box",
    "cpu=/lxc.payload.box/x", "cpu=/lxc/", "cpu=/bpm-abc.scope", "cpu=/bpm-", "cpu=/k8s.io/box",
    "cpu=/a.b/c-d/e.service", f"cpu=/x:cri-containerd:{CONTAINER}", f"cpu=/libpod-payload-{CONTAINER}",
    f"cpu=/nerdctl-{CONTAINER}.scope", f"cpu=/{CONTAINER}0", f"cpu=/{CONTAINER[:40]}", f"cpu=/bpm-{CONTAINER}",
    f"cpuset=/{CONTAINER}", f"a=/b/docker-{CONTAINER[:63]}.scope",
)  # fmt: skip


def number(rng: Random) -> int:
    """Small, at an edge, or anything of 64 bits."""
    kind = rng.random()
    if kind < 0.4:
        return rng.randrange(12)
    return rng.choice(NUMBERS) if kind < 0.8 else rng.getrandbits(64)


def text(rng: Random) -> bytes:
    """A path, a name, or bytes."""
    kind = rng.random()
    if kind < 0.45:
        return rng.choice(PATHS).encode("utf-8", "surrogateescape")
    if kind < 0.9:
        return rng.choice(NAMES).encode()
    return rng.randbytes(rng.choice((1, 2, 7, 30, 300)))


PARAMS = tuple(sorted({p.name for e in EVENTS for p in e.params}))
EVENT_NAMES = tuple(sorted({e.name for e in EVENTS if e.exists and e.name.isidentifier()}))
_INDICES = ("0", "1", "2", "5", "63", "1000", "4294967295", "9223372036854775807")
_KEYS = ("PATH", "a", "io.kubernetes.pod.name", "HOME", "*", "/", "/*", "0", "command", "/a/b/0", "x" * 300)


def arguments(field: Field) -> list[str]:
    """What may follow a field's name, the brackets or the dot with it."""
    argument = field.argument
    if argument is None:
        return [""]
    found = [] if argument.required else [""]
    if field.name == "evt.type.is":
        return [".open", ".3", ".307"]
    if field.name in ("evt.arg", "evt.rawarg"):
        found += [f".{p}" for p in PARAMS]
        return found + ([f"[{i}]" for i in _INDICES] if argument.index else [])
    if field.name == "evt.abspath":
        return ["", ".src", ".dst"]
    if field.name == "thread.cgroup":
        return [".cpu", ".memory", ".x", ".cpuset"]
    if argument.index:
        found += [f"[{i}]" for i in _INDICES]
    if argument.key:
        found += [f"[{k}]" for k in _KEYS]
    return found


@cache
def written(source: str) -> tuple[str, ...]:
    """All fields of a source as a rule may write them, each with every argument above."""
    return tuple(f.name + a for f in fields_of(source).values() for a in arguments(f))


def field(rng: Random, source: str) -> tuple[Field, str]:
    """A field, and how it is written with one of its arguments."""
    found = rng.choice(tuple(fields_of(source).values()))
    return found, found.name + rng.choice(arguments(found))


_ORDERED = ("=", "==", "!=", "<", "<=", ">", ">=")
_TEXTUAL = (
    "=",
    "!=",
    "<",
    ">=",
    "contains",
    "icontains",
    "startswith",
    "endswith",
    "glob",
    "iglob",
    "regex",
    "pmatch",
    "bcontains",
    "bstartswith",
)
_LISTS = ("in", "intersects", "pmatch")
_TRANSFORMERS = ("tolower", "toupper", "b64", "basename", "len", "val", "concat", "join", "getopt")
_REGEX = ("^/etc/.*", "(a|b)*c", "[a-z]+[0-9]{1,3}", ".*", "(", "x{1000}", "\\\\d", "^$", "(((a?){9}){9}){9}")
_GLOB = ("/etc/*", "*", "?", "[a-c]*", "[!x]*", "*" * 40 + "x", "[", "\\\\*")


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def literal(rng: Random, field_type: str, operator: str) -> str:
    if operator == "regex":
        return _quoted(rng.choice(_REGEX))
    if operator in ("glob", "iglob"):
        return _quoted(rng.choice(_GLOB))
    if operator in ("bcontains", "bstartswith"):
        return rng.choice(("48656c6c6f", "00", "ff" * 20, "xyz", "123"))
    if field_type in ("CHARBUF", "BYTEBUF", "DYN"):
        kind = rng.random()
        if kind < 0.2:
            return rng.choice(EVENT_NAMES)
        if kind < 0.3:
            return str(number(rng))
        return _quoted(rng.choice((*PATHS[:14], *NAMES)).encode("utf-8", "replace").decode())
    if field_type == "BOOL":
        return rng.choice(("true", "false", "1", "0", "yes"))
    if field_type == "IPADDR":
        return rng.choice(("10.0.0.1", "::1", "1.2.3", "255.255.255.255", '"fe80::1"'))
    if field_type == "IPNET":
        return rng.choice(("10.0.0.0/8", "::/0", "10.0.0.1", "1.2.3.4/33", '"fe80::/64"'))
    return str(number(rng))


def comparison(rng: Random, source: str) -> str:
    """A comparison that mostly holds together: operators that the field's type takes, values of it."""
    found, left = field(rng, source)
    textual = found.type in ("CHARBUF", "BYTEBUF")
    if textual and found.supports_transformer and rng.random() < 0.2:
        left = transformed(rng, left, source)
    kind = rng.random()
    if kind < 0.1:
        return f"{left} exists"
    if kind < 0.3:
        operator = rng.choice(_LISTS if textual else ("in", "intersects"))
        many = rng.choice((1, 2, 3, 8, 70))
        values = ", ".join(literal(rng, found.type, operator) for _ in range(many))
        return f"{left} {operator} ({values})"
    operator = rng.choice(_TEXTUAL if textual else _ORDERED)
    if operator == "pmatch":
        return f"{left} pmatch ({_quoted(rng.choice(PATHS[:10]))}, {_quoted(rng.choice(PATHS[:10]))})"
    if kind < 0.4 and found.supports_rhs and operator not in ("pmatch", "regex", "bcontains", "bstartswith"):
        other = rng.choice([f for f in fields_of(source).values() if f.type == found.type and f.supports_rhs])
        right = other.name + rng.choice(arguments(other))
        if textual and rng.random() < 0.3:
            right = transformed(rng, right, source)
            return f"{left} {operator} {right}"
        return f"{left} {operator} val({right})"
    if kind < 0.45 and textual:
        return f"{left} {operator} {rng.choice(('oneof', 'anyof', 'allof'))} ({literal(rng, found.type, operator)}, x)"
    return f"{left} {operator} {literal(rng, found.type, operator)}"


def transformed(rng: Random, left: str, source: str, depth: int = 0) -> str:
    name = rng.choice(_TRANSFORMERS)
    if depth < 4 and rng.random() < 0.3:
        left = transformed(rng, left, source, depth + 1)
    if name == "concat":
        return f"concat({left}, {rng.choice(('x', _quoted('a b'), field(rng, source)[1]))})"
    if name == "join":
        return f'join("{rng.choice((",", "", "ab"))}", ({left}, {rng.choice(("x", left))}))'
    if name == "getopt":
        spec = rng.choice(("a", "ab:", "x:y", ":ab", "", "abc:"))
        given = (left, '"-a"', '"-b"', '"-ab"', '"--"', '"-bx"', "x", '"-"', '"--long"')
        listed = ", ".join(rng.choice(given) for _ in range(4))
        return f'getopt(({listed}), "{spec}"){rng.choice(("", "[a]", "[b]", "[x]"))}'
    return f"{name}({left})"


def condition(rng: Random, source: str, depth: int = 3) -> str:
    """A condition of comparisons joined by and, or, not."""
    kind = rng.random()
    if depth == 0 or kind < 0.4:
        return comparison(rng, source)
    if kind < 0.5:
        return (
            f"not {condition(rng, source, depth - 1)}"
            if rng.random() < 0.5
            else f"not ({condition(rng, source, depth - 1)})"
        )
    parts = [condition(rng, source, depth - 1) for _ in range(rng.choice((2, 2, 3, 5)))]
    joined = f" {rng.choice(('and', 'or'))} ".join(
        f"({p})" if " and " in p or " or " in p or rng.random() < 0.2 else p for p in parts
    )
    if source == "syscall" and rng.random() < 0.3:
        return f"evt.type in ({rng.choice(EVENT_NAMES)}, {rng.choice(EVENT_NAMES)}) and ({joined})"
    return joined


@cache
def compiled_conditions(source: str, many: int) -> tuple[str, ...]:
    """Conditions that load, for judging what a target mutates; always the same ones."""
    from tiercel.rules.load import Loader

    rng = Random(f"conditions of {source}")
    found: list[str] = []
    while len(found) < many:
        text = condition(rng, source)
        if "util.cnt" in text:
            continue  # counts how often it was asked, from one capture to the next: by design never twice the same
        if Loader().load_content(rules_file([text], source).encode(), "fuzz").ok:
            found.append(text)
    return tuple(found)


def rules_file(conditions: list[str] | tuple[str, ...], source: str, output: str = "") -> str:
    """A rules file with a rule a condition."""
    import json

    output = output or (
        "%evt.num %evt.type %proc.name %fd.name %evt.args"
        if source == "syscall"
        else "%ka.verb %jevt.value[/a]"
    )
    rows = [
        f"- rule: r{i}\n  desc: d\n  condition: {json.dumps(c)}\n  output: {json.dumps(output)}\n"
        f"  priority: DEBUG\n  source: {source}\n"
        for i, c in enumerate(conditions)
    ]
    return "".join(rows)
