"""`json.*` and `jevt.*`: pointers into an event, and the event as text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from audit_given import event, read
from hypothesis import given
from hypothesis import strategies as st

from tiercel.events.fields.audit_value import ABSENT, as_text, at
from tiercel.events.fields.jevt import pointer
from tiercel.events.fields.json_text import parse

DOCUMENT = rb"""{"a/b": {"m~n": "x"}, "list": [10, [20, 21], {"k": null}], "": "empty", "01": "lead",
  "s": "q\"\u00fc", "t": true, "n": -0.0, "~1": "tilde one", "o": { "x" : [ ] }}"""


@pytest.mark.parametrize(
    ("path", "want"),
    [
        ("/a~1b/m~0n", "x"),
        ("a~1b/m~0n", "x"),
        ("/list/0", "10"),
        ("/list/1/1", "21"),
        ("/list/+1/01", "21"),
        ("/list/-0", "10"),
        ("/list/-1", None),
        ("/list/3", None),
        ("/list/x", None),
        ("/list/", None),
        ("/list/99999999999999999999", None),
        ("/list/2", '{"k":null}'),
        ("/list/2/k", "null"),
        ("/list/2/k/deeper", None),
        ("/list", '[10,[20,21],{"k":null}]'),
        ("/", "empty"),
        ("/01", "lead"),
        ("/s", 'q"ü'),
        ("/s/0", None),
        ("/t", "true"),
        ("/n", "-0.0"),
        ("/~01", "tilde one"),
        ("/o", '{"x":[]}'),
        ("/nothing", None),
    ],
)
@pytest.mark.parametrize("name", ["jevt.value", "json.value"])
def test_pointers(name: str, path: str, want: str | None) -> None:
    assert read(f"{name}[{path}]", event(raw=DOCUMENT)) == want


def test_the_whole_event() -> None:
    given_event = event(raw=b'{"a": [1, {}, []], "b": {"c": "x: y, {z}"}}')
    assert read("json.value[]", given_event) == '{"a":[1,{},[]],"b":{"c":"x: y, {z}"}}'
    assert read("json.obj", given_event) == (
        '{\n  "a": [\n    1,\n    {},\n    []\n  ],\n  "b": {\n    "c": "x: y, {z}"\n  }\n}'
    )
    assert read("jevt.obj", given_event) == read("json.obj", given_event)
    assert read("jevt.rawtime", given_event) == "1540475929736141000"


@pytest.mark.parametrize("text", [b'{"a":"\\x"}', b'{"a":1-2}', b'{"a":NaN}', b'{"a":"\t"}', b'{"a":01}'])
def test_what_only_a_lenient_reader_takes_has_no_obj(text: bytes) -> None:
    assert read("json.obj", event(raw=text)) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.data())
def test_a_pointer_leads_to_every_member(document: Any, data: st.DataObject) -> None:
    path, here = [], document
    while isinstance(here, dict | list) and here and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        path.append(str(key).replace("~", "~0").replace("/", "~1"))
        here = here[key]
    if not path:
        return
    found = at(parse(json.dumps(document).encode()), pointer("/" + "/".join(path)))
    assert found is not ABSENT
    if isinstance(here, str):
        assert as_text(found) == here.split("\0")[0]
    else:
        assert json.loads(as_text(found)) == here


@given(st.text(max_size=30), JSON)
def test_any_pointer_is_read(path: str, document: Any) -> None:
    found = at(parse(json.dumps(document).encode()), pointer(path))
    assert found is ABSENT or isinstance(as_text(found), str)
