"""Rules files to begin with: items of all kinds made up by chance, and items cut out of stock files.

`Items` writes them as YAML text, in all styles that YAML offers, so that the damage done afterwards meets them all.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from random import Random

from fuzz import words
from tiercel.shipped import shipped_rules

PRIORITIES = (
    "EMERGENCY",
    "Alert",
    "critical",
    "ERROR",
    "WARNING",
    "notice",
    "INFO",
    "INFORMATIONAL",
    "DEBUG",
    "nope",
    "7",
    "",
)
KEYS = (
    "rule", "macro", "list", "condition", "output", "priority", "desc", "source", "tags", "enabled", "exceptions",
    "append", "override",
    "items", "warn_evttypes", "skip-if-unknown-filter", "required_engine_version", "required_plugin_versions",
    "capture",
    "capture_duration", "name", "fields", "comps", "values", "version", "alternatives", "unknown_key", "",
)  # fmt: skip
_ODD = (
    "null", "~", "true", "no", "1", "-1", "1.5", "0x10", "1e999", '""', "''", "[]", "{}", "[[]]", "{a: b}",
    "2024-01-01", "!!binary aGk=",
    "*missing", "&a x", "- a", "|", ">", '"\\x00"', '"\\ud800"', "'it''s'", "!!python/object:os.system x", "? a",
    "%YAML 1.2", "---", "...",
)  # fmt: skip
_NUMBERED = tuple(str(n) for n in words.NUMBERS)


class Items:
    """Makes up the items of one file. Later items refer to the lists, macros and rules before them."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.source = rng.choice(("syscall", "syscall", "k8s_audit"))
        # How often something odd is written: in most files hardly ever, so that they load.
        self.oddity = rng.choice((0.0, 0.0, 0.05, 1.0))
        self.lists: list[str] = []
        self.macros: list[str] = []
        self.rules: list[str] = []

    def odd(self, chance: float) -> bool:
        return self.rng.random() < chance * self.oddity

    def item(self) -> str:
        kind = self.rng.random()
        if kind >= 0.85 and self.odd(1) is False:
            kind = 0.5
        if kind < 0.2:
            return self._list()
        if kind < 0.42:
            return self._macro()
        if kind < 0.85:
            return self._rule()
        if kind < 0.9:
            version = self.rng.choice(("0.31.0", "0.62.0", "10", "99.0.0", "x", "0.0.0", "1.2", self._odd()))
            return f"- required_engine_version: {version}\n"
        if kind < 0.95:
            return self._plugins()
        return self._map({self.rng.choice(KEYS): self._odd(), self.rng.choice(KEYS): self._odd()})

    def _odd(self) -> str:
        return self.rng.choice((*_ODD, *_NUMBERED))

    def _name(self, known: list[str], new: str) -> str:
        rng = self.rng
        if known and self.odd(0.25):
            return rng.choice(known)
        if not self.odd(1):
            known.append(f"{new}{len(known)}")
            return known[-1]
        name = rng.choice(
            (
                f"{new}{len(known)}",
                f"{new}{len(known)}",
                f"{new} {len(known)}",
                "and",
                "evt.type",
                "ünï",
                "a" * 300,
                "in",
                "proc.name",
                "1",
            )
        )
        known.append(name)
        return name

    def _scalar(self, text: str) -> str:
        """A text in one of YAML's styles."""
        style = self.rng.randrange(6)
        if style == 0:
            return json.dumps(text)
        if style == 1:
            return "'" + text.replace("'", "''") + "'"
        if style == 2:
            return ">\n    " + text.replace("\n", "\n    ").replace(" and ", "\n    and ")
        if style == 3:
            return "|\n    " + text.replace("\n", "\n    ").replace(" or ", "\n    or ")
        if style == 4:
            return ">-\n\n    " + text.replace("\n", "\n    ")
        return text

    def _map(self, pairs: dict[str, str]) -> str:
        rows = list(pairs.items())
        if self.rng.random() < 0.1:
            self.rng.shuffle(rows)
        if rows and self.rng.random() < 0.05:
            rows.append(self.rng.choice(rows))
        return "- " + "\n  ".join(f"{k}: {v}" for k, v in rows) + "\n"

    def _values(self, many: int) -> str:
        rng = self.rng
        values = []
        for _ in range(many):
            kind = rng.random()
            if self.lists and kind < 0.25:
                values.append(rng.choice(self.lists))
            elif kind < 0.3 and self.odd(1):
                values.append(self._odd())
            else:
                values.append(
                    rng.choice(
                        (*words.NAMES, *words.EVENT_NAMES[:20], json.dumps(rng.choice(words.PATHS[:12])))
                    )
                    or '""'
                )
        return "[" + ", ".join(values) + "]"

    def _list(self) -> str:
        rng = self.rng
        items = self._values(rng.choice((0, 1, 3, 10, 200)))
        pairs = {"list": self._name(self.lists, "list"), "items": self._odd() if self.odd(0.05) else items}
        return self._map(pairs | self._appended("items"))

    def _appended(self, *keys: str) -> dict[str, str]:
        rng = self.rng
        kind = rng.random()
        if not self.odd(1):
            return {}
        if kind < 0.1:
            return {"append": rng.choice(("true", "false", "maybe"))}
        if kind < 0.25:
            chosen = [rng.choice((*keys, *keys, "nope")) for _ in range(rng.choice((1, 2)))]
            inside = ", ".join(
                f"{k}: {rng.choice(('append', 'replace', 'replace', 'remove'))}" for k in chosen
            )
            return {"override": "{" + inside + "}" if rng.random() < 0.9 else self._odd()}
        return {}

    def condition(self) -> str:
        rng = self.rng
        if self.odd(0.04):
            return self._odd()
        if not self.odd(0.2):
            text = rng.choice(words.compiled_conditions(self.source, 300))
        else:
            text = words.condition(rng, self.source, rng.choice((0, 1, 2, 3)))
        if self.macros and rng.random() < 0.5:
            macro = rng.choice(self.macros)
            text = rng.choice((f"{text} and {macro}", f"{macro} or ({text})", f"not {macro}", macro))
        if self.lists and rng.random() < 0.4:
            left = (
                words.field(rng, self.source)[1]
                if self.odd(1)
                else "evt.type"
                if self.source == "syscall"
                else "ka.verb"
            )
            operator = rng.choice(("in", "pmatch", "intersects")) if self.odd(1) else "in"
            text = f"({text}) and {left} {operator} ({rng.choice(self.lists)}, x)"
        kind = rng.random()
        if kind < 0.02:
            deep = rng.choice((50, 1000, 20000))
            text = "(" * deep + text + ")" * deep
        elif kind < 0.04:
            text = "not " * rng.choice((3, 500, 20000)) + text
        elif kind < 0.06:
            text = " or ".join([text] * rng.choice((50, 400)))
        elif kind < 0.07:
            text = "tolower(" * rng.choice((20, 5000)) + "proc.name" + ")" * 20 + " = x"
        elif kind < 0.12 and self.odd(1):
            text = _cut(rng, text)
        return text

    def _macro(self) -> str:
        condition = self._scalar(self.condition())
        return self._map(
            {"macro": self._name(self.macros, "macro"), "condition": condition} | self._appended("condition")
        )

    def output(self) -> str:
        rng = self.rng
        parts = []
        if not self.odd(1):
            usable = (
                "proc.name evt.type fd.name evt.args proc.aname[2] user.name evt.time"
                if self.source == "syscall"
                else "ka.verb ka.uri jevt.value[/a]"
            )
            return " ".join(
                f"{n.partition('.')[0]}=%{rng.choice(('', '10'))}{n}"
                for n in usable.split()[: rng.randrange(1, 8)]
            )
        for _ in range(rng.choice((1, 3, 8))):
            name = words.field(rng, self.source)[1]
            parts.append(
                rng.choice(
                    (
                        f"x=%{name}",
                        f"%{rng.choice((1, 20, 1000, 99999999999))}{name}",
                        f"%tolower({name})",
                        f"*%{name}",
                        "%",
                        "%%",
                        "%nope.field",
                        "%(",
                        "{",
                        "%evt.arg[",
                        "%concat(a, %proc.name)",
                        "\\",
                        "日本",
                    )
                )
            )
        return " ".join(parts)

    def _rule(self) -> str:
        rng = self.rng
        pairs = {
            "rule": self._name(self.rules, "rule"),
            "desc": "d",
            "condition": self._scalar(self.condition()),
            "output": self._scalar(self.output()),
        }
        pairs["priority"] = rng.choice(PRIORITIES) if self.odd(0.1) else rng.choice(PRIORITIES[:9])
        if self.source != "syscall":
            pairs["source"] = rng.choice(("syscall", "nope", "", "okta")) if self.odd(0.1) else self.source
        for key, values in (
            ("tags", ("[T1059, mitre_execution, killchain_delivery]", self._values(3), self._odd())),
            ("enabled", ("true", "false", self._odd())),
            ("warn_evttypes", ("false", self._odd())),
            ("skip-if-unknown-filter", ("true", self._odd())),
            ("capture", ("true", self._odd())),
            ("capture_duration", (self._odd(), "5000")),
            ("exceptions", (self._exceptions(), self._exceptions(), self._odd())),
        ):
            if rng.random() < 0.15:
                pairs[key] = rng.choice(values) if self.odd(1) else values[0]
        if self.odd(0.08):
            pairs.pop(rng.choice(tuple(pairs)))
        return self._map(
            pairs | self._appended("condition", "output", "tags", "exceptions", "enabled", "priority", "desc")
        )

    def _exceptions(self) -> str:
        rng = self.rng
        rows = []
        if not self.odd(1):
            left = ("proc.name", "fd.name") if self.source == "syscall" else ("ka.verb", "ka.uri")
            values = ", ".join(
                f"[{a}, {b}]"
                for a, b in rng.choices(
                    (("x", "/y"), ('"it\'s"', '"/a b"'), ("sh", '"%"')), k=rng.randrange(4)
                )
            )
            comps = rng.choice(("[=, =]", "[in, startswith]", "[contains, endswith]"))
            if comps == "[in, startswith]":
                values = ", ".join(f"[[x, y], {b}]" for b in rng.choices(("/etc", "z"), k=rng.randrange(4)))
            return f"[{{name: ex, fields: [{left[0]}, {left[1]}], comps: {comps}, values: [{values}]}}]"
        for i in range(rng.choice((1, 1, 2))):
            width = rng.choice((0, 1, 2, 2, 3))
            fields = [words.field(rng, self.source)[1] for _ in range(width)]
            comps = [
                rng.choice(("=", "in", "startswith", "contains", "pmatch", "glob", ">", "nope", "exists"))
                for _ in range(width)
            ]
            one = rng.random() < 0.2 and width
            row = {
                "name": rng.choice((f"ex{i}", "ex0", '""', "a b")),
                "fields": fields[0] if one else "[" + ", ".join(json.dumps(f) for f in fields) + "]",
            }
            if rng.random() < 0.7:
                row["comps"] = json.dumps(comps[0]) if one else json.dumps(comps)
            if rng.random() < 0.8:
                rows_of = [self._tuple(width) for _ in range(rng.choice((0, 1, 3)))]
                row["values"] = "[" + ", ".join(rows_of) + "]" if rng.random() < 0.95 else self._odd()
            rows.append("{" + ", ".join(f"{k}: {v}" for k, v in row.items()) + "}")
        return "[" + ", ".join(rows) + "]"

    def _tuple(self, width: int) -> str:
        rng = self.rng
        if rng.random() < 0.1:
            return rng.choice(("x", "[]", "[[a, b]]", "{}", '""'))
        inside = [
            rng.choice(
                ("x", '"/etc/passwd"', "[a, b]", "(a, b)", '"(a, b)"', "1", '"it\'s"', '"a\\"b"', "list0")
            )
            for _ in range(width + rng.choice((0, 0, 0, 1, -1)))
        ]
        return "[" + ", ".join(inside) + "]"

    def _plugins(self) -> str:
        rng = self.rng
        name = rng.choice(("k8saudit", "json", "container", "nope"))
        version = rng.choice(("0.1.0", "0.16.0", "99.0.0", "x", "1"))
        row = f"{{name: {name}, version: {version}}}"
        more = f", alternatives: [{row}]" if rng.random() < 0.3 else ""
        return f"- required_plugin_versions: [{row[:-1]}{more}}}]\n"


def _cut(rng: Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return (
        text[:at]
        + rng.choice(("", "(", ")", '"', "'", ",", " and", " = ", "%", "\x00", "\t", "é", "[", "]"))
        + text[at + rng.randrange(3) :]
    )


_ITEM = re.compile(rb"^- ", re.MULTILINE)


@cache
def stock_items(shared: Path) -> tuple[bytes, ...]:
    """The items of the shipped rules files and of the stock files under `../shared/falco`, one by one."""
    files = [*shipped_rules(), *sorted((shared / "falco/rules").rglob("*.yaml"))]
    found: list[bytes] = []
    for path in files:
        text = path.read_bytes()
        starts = [m.start() for m in _ITEM.finditer(text)]
        found += [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    return tuple(found)


@cache
def _definitions(shared: Path) -> dict[bytes, bytes]:
    """The first macro or list of each name, as its item's text."""
    found: dict[bytes, bytes] = {}
    for item in stock_items(shared):
        match = _DEFINED.match(item)
        if match is not None:
            found.setdefault(match.group(1), item)
    return found


_DEFINED = re.compile(rb"- (?:macro|list): *([\w-]+)")
_WORD = re.compile(rb"[\w-]+")


def _with_what_it_needs(items: tuple[bytes, ...], known: dict[bytes, bytes]) -> bytes:
    taken = dict.fromkeys(items)
    open_items = list(items)
    while open_items and len(taken) < 60:
        for word in _WORD.findall(open_items.pop()):
            needed = known.get(word)
            if needed is not None and needed not in taken:
                taken[needed] = None
                open_items.append(needed)
    return b"\n".join(
        [
            *(i for i in reversed(taken) if not i.startswith(b"- rule")),
            *(i for i in taken if i.startswith(b"- rule")),
        ]
    )


def rules_text(rng: Random, shared: Path) -> bytes:
    """A rules file that mostly loads."""
    if rng.random() < 0.25:
        found = stock_items(shared)
        at = rng.randrange(len(found))
        return _with_what_it_needs(found[at : at + rng.choice((1, 1, 2, 4))], _definitions(shared))
    items = Items(rng)
    return "".join(items.item() for _ in range(rng.choice((1, 2, 4, 8, 20)))).encode("utf-8", "surrogatepass")
