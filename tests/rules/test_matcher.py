"""The matcher against a plain evaluator: any tree of tests over any document gives the same answer."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tiercel.events.table import CODES
from tiercel.rules.expression import And, Compare, Expression, Field, Literal, Not, Operand, Or, Transform
from tiercel.rules.plan import Planner
from tiercel.rules.rule import Rule

TEXT_FIELDS = ("ka.user.name", "ka.verb", "ka.uri", "ka.target.name")
LIST_FIELDS = ("ka.req.pod.containers.image", "ka.req.role.rules.verbs")
AUDIT = CODES["PLUGINEVENT_E"]

Document = dict[str, Any]


def reader(name: str, argument: str | None) -> Callable[[Document], Any]:
    return lambda document: document.get(name)


def rule(condition: Expression, index: int = 0) -> Rule:
    return Rule(
        index=index, name=f"r{index}", source="k8s_audit", condition=condition, condition_text="", output="x",
        description="", priority="Debug", tags=(), enabled=True, capture=False, capture_duration_ms=0, exceptions=(),
        warn_evttypes=True, skip_if_unknown_filter=False, file="", line=0,
    )  # fmt: skip


def fired(conditions: list[Expression], document: Document, match_all: bool = True) -> list[int]:
    plan = Planner(reader).plan([rule(c, i) for i, c in enumerate(conditions)], frozenset((AUDIT,)))
    return plan.matcher.match_document(AUDIT, document, match_all)


# ------------------------------------------------------------------------------------------- the plain evaluator


def value_of(operand: Operand, document: Document) -> Any:
    match operand:
        case Field(name):
            return document.get(name)
        case Literal(text):
            return text
        case Transform(name, operands):
            inner = [value_of(o, document) for o in operands]
            if any(v is None for v in inner):
                return None
            one: Callable[[str], str] = {
                "tolower": str.lower,
                "toupper": str.upper,
                "basename": lambda s: s.rpartition("/")[2],
                "val": lambda s: s,
            }.get(name, str)
            if name == "len":
                return len(inner[0]) if isinstance(inner[0], list) else len(inner[0].encode())
            if name == "concat":
                return "".join(inner)
            return [one(v) for v in inner[0]] if isinstance(inner[0], list) else one(inner[0])
    raise AssertionError


def parts(path: str) -> list[str]:
    return [p for p in path.split("/") if p]


def below(path: str, root: str) -> bool:
    p, r = parts(path), parts(root)
    return len(p) >= len(r) and all(fnmatchcase(a, b) for a, b in zip(p, r, strict=False))


ONE: dict[str, Callable[[str, str], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a.encode() < b.encode(),
    "<=": lambda a, b: a.encode() <= b.encode(),
    ">": lambda a, b: a.encode() > b.encode(),
    ">=": lambda a, b: a.encode() >= b.encode(),
    "contains": lambda a, b: b in a,
    "icontains": lambda a, b: b.lower() in a.lower(),
    "startswith": lambda a, b: a.startswith(b),
    "endswith": lambda a, b: a.endswith(b),
}


def holds(e: Expression, document: Document) -> bool:
    match e:
        case And(children):
            return all(holds(c, document) for c in children)
        case Or(children):
            return any(holds(c, document) for c in children)
        case Not(child):
            return not holds(child, document)
        case Compare(left, operator, right, modifier):
            a = value_of(left, document)
            if a is None:
                return False
            if operator == "exists":
                return True
            if isinstance(a, list):
                assert isinstance(right, tuple)
                found = [v in right for v in a]
                return all(found) if operator == "in" else any(found)
            if isinstance(a, int):
                assert isinstance(right, Literal)
                return {"=": a == int(right.text), "<": a < int(right.text), ">": a > int(right.text)}[
                    operator
                ]
            if operator in ("in", "intersects"):
                return a in right  # type: ignore[operator]
            if operator == "pmatch":
                return any(below(a, r) for r in right)  # type: ignore[union-attr]
            if modifier:
                n = sum(ONE[operator](a, r) for r in right)  # type: ignore[union-attr]
                return {"oneof": n == 1, "anyof": n > 0, "allof": n == len(right)}[modifier]  # type: ignore[arg-type]
            b = right.text if isinstance(right, Literal) else value_of(right, document)  # type: ignore[arg-type]
            return b is not None and ONE[operator](a, b)
    raise AssertionError


# ------------------------------------------------------------------------------------------------------ strategies

words = st.text(alphabet="abAB/é", max_size=6)
some_words = st.lists(words, min_size=1, max_size=4).map(tuple)
text_fields = st.sampled_from(TEXT_FIELDS).map(Field)
operands = st.one_of(
    text_fields,
    st.builds(
        lambda n, f: Transform(n, (f,)), st.sampled_from(["tolower", "toupper", "basename"]), text_fields
    ),
    st.builds(lambda a, b, c: Transform("concat", (a, Literal(b), c)), text_fields, words, text_fields),
)
# Upper and lower case of what is not ASCII is left alone by Falco, and by us; the plain evaluator would change it.
tests = st.one_of(
    st.builds(lambda a, op, b: Compare(a, op, Literal(b)), operands, st.sampled_from(sorted(ONE)), words),
    st.builds(
        lambda a, op, b: Compare(a, op, b),
        text_fields,
        st.sampled_from(["in", "intersects", "pmatch"]),
        some_words,
    ),
    st.builds(
        lambda a, op, b, m: Compare(a, op, b, m),
        text_fields,
        st.sampled_from(sorted(ONE)),
        some_words,
        st.sampled_from(["oneof", "anyof", "allof"]),
    ),
    st.builds(
        lambda a, op, b: Compare(a, op, Transform("val", (b,))),
        text_fields,
        st.sampled_from(["=", "!=", "contains"]),
        text_fields,
    ),
    st.builds(
        lambda a, op, b: Compare(Field(a), op, b),
        st.sampled_from(LIST_FIELDS),
        st.sampled_from(["in", "intersects"]),
        some_words,
    ),
    st.builds(lambda a: Compare(a, "exists", None), text_fields),
    st.builds(
        lambda a, op, n: Compare(Transform("len", (a,)), op, Literal(str(n))),
        text_fields,
        st.sampled_from(["=", "<", ">"]),
        st.integers(0, 5),
    ),
)
conditions = st.recursive(
    tests,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.lists(inner, min_size=2, max_size=4).map(lambda c: And(tuple(c))),
        st.lists(inner, min_size=2, max_size=4).map(lambda c: Or(tuple(c))),
    ),
    max_leaves=12,
)
documents = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(TEXT_FIELDS, st.text(alphabet="abAB/é", max_size=8)),
        **dict.fromkeys(LIST_FIELDS, st.lists(words, max_size=3)),
    },
)


@settings(max_examples=400, deadline=None)
@given(st.lists(conditions, min_size=1, max_size=6), documents)
def test_same_as_plain_evaluation(rules: list[Expression], document: Document) -> None:
    document = {k: v.replace("é", "e") if isinstance(v, str) else v for k, v in document.items()}
    want = [i for i, c in enumerate(rules) if holds(c, document)]
    assert fired(rules, document) == want
    assert fired(rules, document, match_all=False) == want[:1]


EQUALS_X = Compare(Field("ka.verb"), "=", Literal("x"))


@pytest.mark.parametrize(
    ("condition", "document", "fires"),
    [
        (EQUALS_X, {"ka.verb": "x"}, True),
        (EQUALS_X, {}, False),
        (Not(EQUALS_X), {}, True),
        (Compare(Field("ka.verb"), "!=", Literal("x")), {}, False),
        (Compare(Field("ka.uri"), "glob", Literal("/a?/*")), {"ka.uri": "/ab/c/d"}, True),
        (Compare(Field("ka.uri"), "iglob", Literal("/A*")), {"ka.uri": "/ab"}, True),
        (Compare(Field("ka.uri"), "glob", Literal("[")), {"ka.uri": "["}, True),
        (Compare(Field("ka.uri"), "regex", Literal("a+b")), {"ka.uri": "aab"}, True),
        (Compare(Field("ka.uri"), "regex", Literal("a+b")), {"ka.uri": "aabc"}, False),
        (Compare(Field("ka.uri"), "pmatch", ("/v*/run", "/etc")), {"ka.uri": "/var//run/x"}, True),
        (Compare(Field("ka.uri"), "pmatch", ("/etc",)), {"ka.uri": "/etcetera"}, False),
        (Compare(Field("ka.uri"), "pmatch", ("/",)), {"ka.uri": ""}, True),
        (Compare(Transform("b64", (Field("ka.uri"),)), "=", Literal("hi")), {"ka.uri": "aGk="}, True),
        (Compare(Transform("b64", (Field("ka.uri"),)), "=", Literal("hi")), {"ka.uri": "aGk"}, True),
        (Compare(Transform("b64", (Field("ka.uri"),)), "exists", None), {"ka.uri": "a*k"}, False),
        (Compare(Transform("b64", (Field("ka.uri"),)), "exists", None), {"ka.uri": "aGl"}, False),
        (
            Compare(Transform("len", (Field(LIST_FIELDS[0]),)), "=", Literal("2")),
            {LIST_FIELDS[0]: ["a", "b"]},
            True,
        ),
        (Compare(Field(LIST_FIELDS[0]), "in", ("a",)), {LIST_FIELDS[0]: []}, True),
        (Compare(Field(LIST_FIELDS[0]), "intersects", ("a",)), {LIST_FIELDS[0]: []}, False),
        (
            Compare(Transform("join", (Literal("-"), Field(LIST_FIELDS[0]))), "=", Literal("a-b")),
            {LIST_FIELDS[0]: ["a", "b"]},
            True,
        ),
    ],
)
def test_single(condition: Expression, document: Document, fires: bool) -> None:
    assert fired([condition], document) == ([0] if fires else [])


@pytest.mark.parametrize(
    ("words", "option", "value"),
    [
        (["-n", "-t", "v", "x"], "t", "v"),
        (["-ntv"], "t", "v"),
        (["--long", "-t", "v"], "t", "v"),
        (["--", "-t", "v"], "t", None),
        (["x", "-t", "v"], "t", None),
        (["-t", "a", "-t", "b"], "t", "b"),
        (["-t"], "t", ""),
        (["-n"], "n", "n"),
    ],
)
def test_getopt(words: list[str], option: str, value: str | None) -> None:
    chosen = Transform("getopt", (Field(LIST_FIELDS[0]), Literal("nt:")), option)
    present = Compare(chosen, "exists", None)
    equal = Compare(chosen, "=", Literal(value or ""))
    assert fired([present, equal], {LIST_FIELDS[0]: words}) == ([] if value is None else [0, 1])


def test_many_equal_rules_share_their_answer() -> None:
    assert fired([EQUALS_X] * 5, {"ka.verb": "x"}) == [0, 1, 2, 3, 4]
