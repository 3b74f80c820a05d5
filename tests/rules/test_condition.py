"""The grammar of conditions. Messages and places are those of Falco's own parser."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiercel.rules.condition import ConditionError, leading_operands, parse_condition
from tiercel.rules.syntax import (
    MAX_DEPTH,
    Check,
    FieldRef,
    Junction,
    MacroRef,
    Negation,
    OperandList,
    Syntax,
    TransformCall,
    Value,
    ValueList,
)


def shown(node: object) -> str:
    """A tree with all its parentheses."""
    match node:
        case Junction():
            return f"({f' {node.word} '.join(map(shown, node.children))})"
        case Negation():
            return f"not {shown(node.child)}"
        case MacroRef():
            return node.name
        case Check():
            return f"{shown(node.left)} {node.operator}" + (f" {shown(node.right)}" if node.right else "")
        case FieldRef():
            return node.name + ("" if node.argument is None else f"[{node.argument}]")
        case TransformCall():
            argument = "" if node.argument is None else f"[{node.argument}]"
            return f"{node.name}({','.join(map(shown, node.operands))}){argument}"
        case Value():
            return repr(node.text)
        case ValueList():
            return str(list(node.items))
        case OperandList():
            return f"<{','.join(map(shown, node.items))}>"
    raise AssertionError(node)


TREES = [
    ("a.b=c", "a.b = 'c'"),
    ("  a.b = c  ", "a.b = 'c'"),
    ("a.b=c and d or e and f", "((a.b = 'c' and d) or (e and f))"),
    ("a and (b or c)", "(a and (b or c))"),
    ("((a))", "a"),
    ("not a and not not b", "(not a and b)"),
    ("not(a or b) and(c)or(d)", "((not (a or b) and c) or d)"),
    ("not (not (a))", "not not a"),
    ("a or(b) or c", "(a or b or c)"),
    ("a.b exists and c.d in (x, 'y z', \"q\\\"r\")", "(a.b exists and c.d in ['x', 'y z', 'q\"r'])"),
    ("a.b in ()", "a.b in []"),
    ("a.b in name", "a.b in 'name'"),
    ("a.b in(x)", "a.b in ['x']"),
    ("a.b>=-5 and a.b<0x1F and a.b <= 3.5e+2", "(a.b >= '-5' and a.b < '0x1F' and a.b <= '3.5e+2')"),
    ("a.b startswith /x", "a.b startswith '/x'"),
    ("a.b contains oneof (x, y)", "a.b contains oneof ['x', 'y']"),
    ("a.b= anyof name", "a.b = anyof 'name'"),
    ("a.b = oneof", "a.b = 'oneof'"),
    ("a.b = oneof and c", "(a.b = 'oneof' and c)"),
    ("a.b=oneof (x)", None),
    ("a.b = val(c.d[1])", "a.b = val(c.d[1])"),
    ("a.b in tolower( c.d )", "a.b in tolower(c.d)"),
    ("toupper(basename(a.b)) = X", "toupper(basename(a.b)) = 'X'"),
    ("concat(a.b, '-', 5) = x", "concat(a.b,'-','5') = 'x'"),
    ('join(",", (a.b, "x", len(c.d))) = x', "join(',',<a.b,'x',len(c.d)>) = 'x'"),
    ('getopt(a.b, "t:")[t] exists', "getopt(a.b,'t:')[t] exists"),
    ('a.b["x y"] = z', "a.b[x y] = 'z'"),
    ("a.b[/x/0] = z", "a.b[/x/0] = 'z'"),
    ("a.b = \"\\t\\\\ \\/\"", "a.b = '\\t\\\\ /'"),
    ('a.b = "a\\ b"', "a.b = 'a\\\\b'"),
    ('a.b in ("\\q")', "a.b in []"),
    ("a.b = x\n  and\tc", "(a.b = 'x' and c)"),
    ("notx", "notx"),
    ("not", "not"),
    ("a.b = é", "a.b = 'é'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), TREES)
def test_trees(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ConditionError):
            parse_condition(text)
    else:
        assert shown(parse_condition(text)) == expected


CALLS = "'val', 'tolower', 'toupper', 'b64', 'basename', 'len', 'join', 'concat', 'getopt'"
OPERATORS = (
    "'exists', '<=', '<', '>=', '>', '==', '=', '!=', 'glob', 'iglob', 'contains', 'icontains', 'bcontains', "
    "'startswith', 'bstartswith', 'endswith', 'regex', 'intersects', 'in', 'pmatch'"
)
STRING = f"expected a string value or a field with a valid transformer: {CALLS}"
OPERAND = (
    "expected field transformer argument: field, transformer, quoted string, number, or transformer list"
)

# text, message, offset of the fault in bytes
ERRORS = [
    ("", "filter input string is empty", 0),
    ("a.b", f"expected a valid check operator: one of {OPERATORS}", 3),
    ("a.b contains", f"expected a valid check operator: one of {OPERATORS}", 4),
    ("a.b=", STRING, 4),
    ('a.b = "x', STRING, 6),
    ('a.b = "x\\"', STRING, 6),
    ('a.b = "a\\q"', "unsupported string escape sequence: \\q", 11),
    ("a.b = 'a\\\"'", "invalid \\\" escape in '-quoted string", 11),
    ("a.b > x", f"expected a number value or a field with a valid transformer: {CALLS}", 6),
    ("a.b in", f"expected a list, an identifier, or a field with a valid transformer: {CALLS}", 6),
    ("a.b in (a", "expected a ')' token", 9),
    ("a.b in (a,)", "expected a string value", 10),
    ("a.b = x y", "unexpected token after 'x', expecting 'or', 'and'", 8),
    ("a.b = x andy", "expected blank or '(' after 'and'", 11),
    ("a.b = x and", "expected blank or '(' after 'and'", 11),
    ("a.b = x or_y", "expected blank or '(' after 'or'", 10),
    ("a.b=x or(c.d=y) and e.f=z", "unexpected token after ')', expecting 'or', 'and'", 16),
    ("(a.b=x", "expected a ')' token", 6),
    ("a.b=x)", "unexpected token after 'x', expecting 'or', 'and'", 5),
    ("1", "expected a '(' token, a field check, or an identifier", 0),
    ("a and ()", "expected a '(' token, a field check, or an identifier", 7),
    ("a.b[", "expected a valid field argument: a quoted string or a bare string", 4),
    ("a.b[x", "expected a ']' token", 5),
    ("tolower(", OPERAND, 8),
    ("tolower(x) = y", OPERAND, 8),
    ("tolower(a.b =x", "expected a ')' token closing the transformer", 12),
    ("a.b=val(x)", "expected a field within 'val' transformer", 8),
    ("a.b=val(c.d", "expected a ')' token closing the transformer", 11),
    (
        'join(",", (a.b,)) = x',
        "expected transformer list argument: field, transformer, quoted string, or number",
        15,
    ),
    ("a.b = é x", "unexpected token after 'é', expecting 'or', 'and'", 9),
]


@pytest.mark.parametrize(("text", "message", "offset"), ERRORS)
def test_errors(text: str, message: str, offset: int) -> None:
    with pytest.raises(ConditionError) as error:
        parse_condition(text)
    assert (error.value.message, error.value.spot.offset) == (message, offset)


def test_places_count_lines_and_bytes() -> None:
    with pytest.raises(ConditionError) as error:
        parse_condition("a.b = é\nand c.d = ü\r\nand !")
    assert tuple(error.value.spot) == (27, 4, 5)


def test_parentheses_may_be_deep() -> None:
    assert shown(parse_condition("(" * 100_000 + "a" + ")" * 100_000)) == "a"
    with pytest.raises(ConditionError, match="expected a '\\(' token"):
        parse_condition("(" * 100_000)


@pytest.mark.parametrize(
    "text", ["not(" * 5000 + "a" + ")" * 5000, "a and (b or (" * 5000 + "c" + "))" * 5000, "tolower(" * 5000]
)
def test_depth_is_bounded(text: str) -> None:
    with pytest.raises(ConditionError, match="exceeded max depth limit"):
        parse_condition(text)


def test_nots_cost_no_depth() -> None:
    tree: Syntax = parse_condition("not " * (MAX_DEPTH * 50 + 1) + "a")
    assert isinstance(tree, Negation) and isinstance(tree.child, MacroRef)


PIECES = (
    "a.b", "=", "!=", " ", "and", "or", "not", "(", ")", " and ", " or ", "not(", '"q"', "'p'", " in ", "(a, b)", "é",
    " contains ", " anyof ", " exists", "val(", "tolower(", ",", "-3.2", '"\\', "[1]", "\n", "m", "\udcff", "\0",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_any_text_is_read_or_refused(pieces: list[str]) -> None:
    text = "".join(pieces)
    try:
        parse_condition(text)
    except ConditionError as e:
        assert 0 <= e.spot.offset <= len(text.encode("utf-8", "surrogateescape"))


def test_operands_of_outputs_are_as_long_as_can_be() -> None:
    read = [(shown(o), end) for o, end in leading_operands("x%a.b.c[1] z", 2)]
    assert read[0] == ("a.b.c[1]", 10)
    assert read[1:4] == [("a.b.c", 7), ("a.b", 5), ("a.", 4)][:2] + read[3:4]
    assert [shown(o) for o, _ in leading_operands("tolower(a.b)[x]", 0)] == [
        "tolower(a.b)[x]",
        "tolower(a.b)",
    ]
    assert list(leading_operands("nothing", 0)) == []
