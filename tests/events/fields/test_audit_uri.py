"""`ka.uri.param`: what of a URI Go's net/url takes, and what it refuses."""

from __future__ import annotations

import pytest
from audit_given import event, read
from hypothesis import given
from hypothesis import strategies as st

from tiercel.events.fields.audit_uri import parameters


@pytest.mark.parametrize(
    ("uri", "want"),
    [
        ("/x?command=ls&command=b&container=c", "ls"),
        ("/x?command=a+b%20c%2B", "a b c+"),
        ("/x?command=", ""),
        ("/x?command", ""),
        ("/x?&&command=y&", "y"),
        ("/x?comm%61nd=1", "1"),
        ("/x??command=1", None),
        ("/x?command=1?", "1?"),
        ("/x?command=a=b", "a=b"),
        ("/x?command=%e4%bd%a0", "你"),
        ("/x?command=%ff", "\udcff"),
        ("/x?command=a%00b", "a"),
        ("/x?command=a#f", "a"),
        ("http://h:80/x?command=1", "1"),
        ("//h/x?command=1", "1"),
        ("//u:p@h/?command=1", "1"),
        ("//[::1]:80/?command=1", "1"),
        ("///a?command=1", "1"),
        ("mailto:q?command=x", "x"),
        ("?command=1", "1"),
        ("x/y:z?command=1", "1"),
        ("//a%ff/?command=1", "1"),
        ("", None),
        ("*", None),
        # refused as a whole
        ("/x?command=1&a=%zz", None),
        ("/x?command=1;b", None),
        ("/%zz?command=1", None),
        ("/x?command=1#%z", None),
        ("a:?command=1", "1"),
        ("1:2/?command=1", None),
        (":x?command=1", None),
        ("/\x7f?command=1", None),
        ("/x?command=1\n", None),
        ("//h:8x/?command=1", None),
        ("//a b/?command=1", None),
        ("//a%41/?command=1", None),
        ("//u%2@h/?command=1", None),
        ("//[::1/?command=1", None),
        ("/x?command=1&" + "a&" * 10_000, None),
    ],
)
def test_command(uri: str, want: str | None) -> None:
    assert read("ka.uri.param[command]", event(requestURI=uri)) == want


def test_a_uri_that_is_no_string() -> None:
    assert read("ka.uri.param[a]", event(requestURI=["/x?a=b"])) == 'b"]'
    assert read("ka.uri.param[a]", event()) is None


def test_parameters_are_read_once_for_an_event() -> None:
    given_event = event(requestURI="/x?a=1&b=2")
    assert read("ka.uri.param[a]", given_event) == "1"
    assert given_event.params == {"a": "1", "b": "2"}
    assert read("ka.uri.param[b]", given_event) == "2"


@given(st.text(alphabet="ab/?#[]@:;&=%+2f \x00é", max_size=40))
def test_any_text_is_read_or_refused(uri: str) -> None:
    try:
        found = parameters(uri)
    except ValueError:
        return
    assert all(isinstance(k, str) and isinstance(v, str) for k, v in found.items())
