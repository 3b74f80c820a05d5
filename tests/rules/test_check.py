"""Conditions against the field catalogue: types, operators, constants, transformers. Messages are Falco's."""

from __future__ import annotations

import pytest

from tiercel.rules.check import MAX_CHECKS, Checker
from tiercel.rules.condition import ConditionError, parse_condition
from tiercel.rules.expression import (
    And,
    Compare,
    Expression,
    Field,
    Literal,
    LiteralList,
    Not,
    OperandList,
    Transform,
)
from tiercel.rules.fields import SourceFields

CHECKERS = {source: Checker(SourceFields(source)) for source in ("syscall", "k8s_audit")}


def check(text: str, source: str = "syscall") -> Expression:
    return CHECKERS[source].check(parse_condition(text)).expression


def warnings(text: str) -> list[str]:
    return [message for message, *_ in CHECKERS["syscall"].check(parse_condition(text)).warnings]


NAME, PNAME, PID = Field("proc.name"), Field("proc.pname"), Field("proc.pid")

EXPRESSIONS = [
    ("proc.name==cat", Compare(NAME, "=", Literal("cat"))),
    ("proc.name exists", Compare(NAME, "exists", None)),
    ("proc.name in (a, b)", Compare(NAME, "in", ("a", "b"))),
    ("proc.name in a", Compare(NAME, "in", ("a",))),
    ("proc.name contains anyof (a, b)", Compare(NAME, "contains", ("a", "b"), "anyof")),
    ("proc.name = oneof a", Compare(NAME, "=", ("a",), "oneof")),
    ("proc.name = val(proc.pname)", Compare(NAME, "=", Transform("val", (PNAME,)))),
    ("proc.aname[2] = x", Compare(Field("proc.aname", "2"), "=", Literal("x"))),
    ("evt.arg.flags contains O", Compare(Field("evt.arg.flags"), "contains", Literal("O"))),
    ("len(proc.name) > 3", Compare(Transform("len", (NAME,)), ">", Literal("3"))),
    (
        'join(",", ("a", "b")) = x',
        Compare(Transform("join", (Literal(","), LiteralList(("a", "b")))), "=", Literal("x")),
    ),
    (
        'join(",", (proc.name, 5)) = x',
        Compare(Transform("join", (Literal(","), OperandList((NAME, Literal("5"))))), "=", Literal("x")),
    ),
    ("not not proc.pid = 1", Compare(PID, "=", Literal("1"))),
    ("not (not proc.pid = 1)", Compare(PID, "=", Literal("1"))),
    (
        "proc.pid=1 and (proc.pid=2 and not proc.pid=3)",
        And(
            (
                Compare(PID, "=", Literal("1")),
                Compare(PID, "=", Literal("2")),
                Not(Compare(PID, "=", Literal("3"))),
            )
        ),
    ),
]


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS)
def test_expressions(text: str, expected: Expression) -> None:
    assert check(text) == expected


NO_IP_OPERATOR = "filter error: '{}' operator not supported for ip address and network filters"
NUMERIC = "filter error: '{}' operator not supported for numeric filters"

ERRORS = [
    # fields
    ("proc.nmae = x", "filter_check called with nonexistent field proc.nmae"),
    ("proc.name[1] = x", "filter_check called with nonexistent field proc.name[1]"),
    ("proc.aname[x] = x", "filter_check called with nonexistent field proc.aname[x]"),
    ("evt.arg = x", "filter syntax error: evt.arg"),
    ("evt.arg[x] = y", "x is not a valid number"),
    ("evt.arg.nothing = y", "unknown event argument nothing"),
    ("evt.argx = y", "filter syntax error: evt.argx"),
    ("evt.rawarg[0] = y", "evt.arg fields must be expressed explicitly"),
    ("evt.around = 5", "filter syntax error: evt.around"),
    ("evt.around.x = 5", "wrong syntax for evt.around"),
    ("evt.type.is.nothing = 1", "filter_check called with nonexistent field evt.type.is.nothing"),
    ("fd.types[x] in (file)", "x is not a valid number"),
    ("thread.cgroup = x", "filter syntax error: thread.cgroup"),
    ("arg.x = y", "filter error: proc.arg filter not implemented yet"),
    ("ka.verb = get", "filter_check called with nonexistent field ka.verb"),
    (
        "container.label = x",
        "filter 'container.label': container.label requires an argument but none provided",
    ),
    (
        "container.id[1] = x",
        "filter 'container.id[1]': container.id does not allow nor require an argument but one is provided: 1",
    ),
    ('json.value["/a b"] = x', "filter 'json.value[/a': json.value has unbalanced argument brackets"),
    ('json.value[" a"] = x', "filter 'json.value[': json.value terminates with incomplete argument brackets"),
    # operators by type
    ("proc.pid contains 1", NUMERIC.format("contains")),
    ("proc.pid pmatch (1)", NUMERIC.format("pmatch")),
    ("evt.is_io < 1", NUMERIC.format("<")),
    ("fd.sip startswith x", NO_IP_OPERATOR.format("startswith")),
    ("fd.snet glob x", NO_IP_OPERATOR.format("glob")),
    (
        "fd.sip contains oneof (x)",
        "filter error: 'contains' with modifier not supported for ip address and network filters",
    ),
    ("proc.name bcontains 00", "filter error: 'bcontains' operator not supported for string filters"),
    ("evt.buffer glob x", "filter error: 'glob' operator not supported for buffer filters"),
    ("fd.types = file", "filter error: '=' operator not supported list filters"),
    ("evt.rawarg.loginuid = 5", "filter error: '=' operator not supported for type 'UID'"),
    # constants
    ("proc.pid = x", "x is not a valid number"),
    ("proc.pid = 0x10", "0x10 is not a valid number"),
    ("proc.pid = ''", " is not a valid number"),
    ("proc.pid in (1, x)", "x is not a valid number"),
    ("evt.is_io = yes", "filter error: unrecognized boolean value yes"),
    ("fd.sip = x", "unrecognized IPv6 address x"),
    ("fd.sip = 1.2.3", "unrecognized IPv4 address 1.2.3"),
    ("fd.snet = 1.2.3.4", "unrecognized IP network 1.2.3.4"),
    ("fd.snet = 1.2.3.4/33", "invalid netmask 33"),
    ("fd.snet = 1.2.3/8", "unrecognized IP address 1.2.3/8"),
    ("fd.snet = 1.2.3.4/x", "x is not a valid number"),
    ("fd.snet = fe80", "invalid v6 netmask: fe80"),
    ("fd.snet = fe80::/0", "invalid v6 netmask 0"),
    ("fd.snet = fe80::/129", "invalid v6 netmask 129"),
    ("fd.sport = nothing-at-all", "unrecognized protocol nothing-at-all"),
    ("evt.type = nothing", "unknown event type nothing"),
    ("evt.type contains ope", "unknown event type ope"),
    ("evt.buffer bcontains 0", "filter error: bcontains and bstartswith operator support hex strings only"),
    ("proc.name regex 'a('", "invalid regex pattern: missing ): a("),
    ("proc.name = " + "x" * 256, f"filter parameter too long (used=257, available=256):{'x' * 256}"),
    # transformers
    ("tolower(proc.aname) = x", "field 'proc.aname' does not support transformers"),
    (
        "tolower(proc.pid) = x",
        "can't add field transformer: type 'INT64' is not supported by 'tolower' transformer applied on field "
        "'proc.pid'",
    ),
    (
        "toupper(len(proc.name)) = x",
        "can't add field transformer: type 'UINT64' is not supported by 'toupper' transformer applied on field "
        "'proc.name'",
    ),
    ("len(evt.type) = 4", "unknown event type 4"),
    ("len(proc.name)[1] = 4", "filter error: transformer 'len' does not support field arguments"),
    ("join(proc.name) = x", "unknown field transfomer 'join'"),
    ("tolower(proc.name, proc.pname) = x", "unknown multivalue transformer"),
    ("join(proc.name, proc.pname) = x", "join() second argument must be a list"),
    ('join(("a"), ("b")) = x', "join() first argument (separator) must be a single value, not a list"),
    ('join("a", ("b"), "c") = x', "join() requires exactly 2 arguments: separator and list"),
    ("concat(proc.name, proc.pid) = x", "concat() arguments must be strings"),
    ('concat(proc.name, "x")[1] = x', "transformer 'concat' does not support field arguments"),
    ('getopt(proc.args, "x") intersects (a)', "getopt() first argument must be a list"),
    ('getopt(("a"), "x")[xy] = a', "getopt() field argument must be a single option character"),
    # field with field
    ("proc.name = val(proc.aname)", "field 'proc.aname' can't be used as a right-hand side field"),
    ("proc.aname = val(proc.name)", "field 'proc.aname' doesn't support right-hand side fields"),
    ("fd.snet = val(fd.sip)", "field type 'IPNET' doesn't support right-hand side fields"),
    ("proc.name pmatch val(proc.pname)", "operator 'PMATCH' doesn't support right-hand side fields"),
    ("proc.name regex val(proc.pname)", "operator 'REGEX' doesn't support right-hand side fields"),
    (
        "proc.name = val(proc.pid)",
        "field 'proc.name' has type 'CHARBUF' while the right-hand side field 'proc.pid' has incompatible type "
        "'INT64'",
    ),
    (
        "fd.types in val(proc.name)",
        "field 'fd.types' doesn't support right-hand side fields",
    ),
]


@pytest.mark.parametrize(("text", "message"), ERRORS)
def test_errors(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as error:
        check(text)
    assert error.value.message == message


AUDIT_ERRORS = [
    ("evt.type = open", "filter_check called with nonexistent field evt.type"),
    ("ka.uri.param = x", "filter 'ka.uri.param': ka.uri.param requires an argument but none provided"),
    ("ka.uri.paramx = x", "filter 'ka.uri.paramx': ka.uri.param requires an argument but none provided"),
    ("ka.verbs = x", "filter_check called with nonexistent field ka.verbs"),
    (
        "ka.req.pod.containers.image[x] in (y)",
        "filter ka.req.pod.containers.image[x] ka.req.pod.containers.image has an invalid index argument not "
        "composed only by digits: x",
    ),
    (
        "ka.req.pod.containers.image[01] in (y)",
        "filter ka.req.pod.containers.image[01] ka.req.pod.containers.image has an invalid index argument "
        "starting with 0: 01",
    ),
    (
        "ka.req.pod.containers.image[99999999999999999999] in (y)",
        "filter ka.req.pod.containers.image[99999999999999999999] ka.req.pod.containers.image has an invalid "
        "index argument not representable on 64 bit: 99999999999999999999",
    ),
    ("ka.user.groups = x", "filter error: '=' operator not supported list filters"),
]


@pytest.mark.parametrize(("text", "message"), AUDIT_ERRORS)
def test_errors_of_audit_fields(text: str, message: str) -> None:
    with pytest.raises(ConditionError) as error:
        check(text, "k8s_audit")
    assert error.value.message == message


GOOD = [
    "evt.num > 5 and evt.rawtime.ns exists and evt.arg[0] = x and evt.arg.name contains y and evt.rawarg.fd > 2",
    "evt.abspath = x and evt.abspath.src = x and evt.abspath.dst = y and evt.type.is.open = 1",
    "evt.around[5] = 7 and fd.types in (file) and fd.types[1] intersects (file, ipv4)",
    "proc.aname in (a) and proc.apid[1] > 5 and proc.env[PATH] contains x and proc.env contains y and proc.args[1]=-x",
    "thread.cgroup.cpu = x and thread.cgroups contains y and container.label[a] = b and jevt.value[/a/b/0] = x",
    "fd.sip in (1.2.3.4, ::1) and fd.snet = 10.0.0.0/8 and fd.net in (fe80::/10) and fd.sport in (80, 443)",
    "evt.buffer bcontains cafe and evt.buffer contains x and proc.name regex '[a-z]+x' and proc.pid in (+5, -3, ' 7')",
    "evt.type in (open, sysinfo, container_removed) and syscall.type = anything and evt.is_io=true",
    'getopt(("-a", "b"), "a:")[a] = b and getopt(("x"), "y") intersects (z) and len(fd.types) > 1',
    "b64(proc.name) = x and basename(tolower(proc.exepath)) in (val, len) and proc.name = toupper(proc.pname)",
    "proc.exe endswith val(proc.name) and len(proc.name) > len(proc.pname) and fd.sip = val(fd.cip)",
]


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str) -> None:
    check(text)


_SIMPLER = "'=', 'contains', 'startswith', 'endswith'"
OPTIMIZE = f"regex check with '{{}}' may be optimized with simpler operators such as {_SIMPLER}"
FIELD = "'{}' may be a valid field misused as a const string value"
TRANSFORMER = "'{}' may be a valid field transformer misused as a const string value"

WARNINGS = [
    ("proc.name = proc.pname", [FIELD.format("proc.pname")]),
    ("proc.name in ('proc. pname', x, proc.aname[2])", [FIELD.format("proc. pname"), FIELD.format("proc.aname[2]")]),
    ("proc.name = x.y", []),
    ("proc.name = 'tolower(x)'", [TRANSFORMER.format("tolower(x)")]),
    ("proc.name = 'val( y )'", [TRANSFORMER.format("val( y )")]),
    ("proc.name regex 'abc'", [OPTIMIZE.format("abc")]),
    ("proc.name regex '^abc$'", [OPTIMIZE.format("^abc$")]),
    ("proc.name regex '.*abc.*'", [OPTIMIZE.format(".*abc.*")]),
    ("proc.name regex 'a.*c'", []),
    ("proc.name regex 'a[bc]'", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WARNINGS)
def test_warnings(text: str, expected: list[str]) -> None:
    assert warnings(text) == expected


def test_parts_are_shared() -> None:
    tree = parse_condition("proc.name = a and proc.pid = 1")
    checker = CHECKERS["syscall"]
    assert checker.check(tree) is checker.check(tree)


def test_size_is_bounded() -> None:
    with pytest.raises(ConditionError, match="more than"):
        check(" or ".join(["proc.pid = 1"] * (MAX_CHECKS + 1)))
