"""The query of a request URI, read as Go's net/url reads it: a URI that Go refuses gives no `ka.uri.param`.

What of a URI matters here: whether the whole of it is well-formed, and the parameters after the first `?`.
Go 1.23, `url.Parse` and `url.ParseQuery`.
"""

from __future__ import annotations

import re

MAX_PARAMETERS = 10_000  # Go's limit, too

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.\-]*):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9a-fA-F]{2})")
_ESCAPE = re.compile(rb"%([0-9a-fA-F]{2})")
_PORT = re.compile(r"(?::[0-9]*)?")
# What a host may not hold: only bytes above ASCII, and '%' itself, may be escaped in one.
_BAD_IN_HOST = re.compile(r"[\x00-\x20\x7f#/?@\\^`{|}]|%(?!25|[89a-fA-F][0-9a-fA-F])")
_BAD_IN_USER = re.compile(r"[^A-Za-z0-9\-._:~!$&'()*+,;=%@]")


def parameters(uri: str) -> dict[str, str]:
    """The query's parameters, the first value of each.

    ValueError where Go cannot read the URI or the query.
    """
    query = _query(uri)
    if query.count("&") >= MAX_PARAMETERS:
        raise ValueError(f"more than {MAX_PARAMETERS} parameters")
    found: dict[str, str] = {}
    for pair in query.split("&"):
        if not pair:
            continue
        if ";" in pair:
            raise ValueError("a semicolon separates parameters")
        name, _, value = pair.partition("=")
        name, value = _unescape(name), _unescape(value)
        found.setdefault(name, value)
    return found


def _unescape(text: str) -> str:
    if "%" in text:
        if _BAD_ESCAPE.search(text):
            raise ValueError(f"{text!r}: '%' without two hexadecimal digits")
        raw = text.replace("+", " ").encode("utf-8", "surrogateescape")
        return _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), raw).decode("utf-8", "surrogateescape")
    return text.replace("+", " ")


def _query(uri: str) -> str:
    rest, _, fragment = uri.partition("#")
    if _CONTROL.search(rest):
        raise ValueError("a control character")
    if _BAD_ESCAPE.search(fragment):
        raise ValueError("a bad escape in the fragment")
    if rest == "*":
        return ""
    scheme = _SCHEME.match(rest)
    if scheme:
        rest = rest[scheme.end() :]
    elif rest.startswith(":"):
        raise ValueError("no scheme before ':'")
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return query  # opaque: nothing of it is looked at
        if ":" in rest.partition("/")[0]:
            raise ValueError("a colon in the first part of the path")
    elif rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        _check_authority(authority)
        rest = slash + path
    if _BAD_ESCAPE.search(rest):
        raise ValueError("a bad escape in the path")
    return query


def _check_authority(authority: str) -> None:
    user, at, host = authority.rpartition("@")
    if at and (_BAD_IN_USER.search(user) or _BAD_ESCAPE.search(user)):
        raise ValueError("a bad user before the host")
    _check_host(host)


def _check_host(host: str) -> None:
    if host.rfind("[") > 0:
        raise ValueError("a bracket within the host")
    if host.startswith("["):
        end = host.rfind("]")
        if end < 0:
            raise ValueError("']' is missing in the host")
        port = host[end + 1 :]
        host = host[: end + 1]
    else:
        colon = host.rfind(":")
        port = host[colon:] if colon >= 0 else ""
    if not _PORT.fullmatch(port):
        raise ValueError("a bad port")
    if _BAD_IN_HOST.search(host):
        raise ValueError("a bad character in the host")
