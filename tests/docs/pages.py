"""The pages of the documentation, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^( *)```(\S*)(?: title=(\S+))?\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_TITLE = re.compile(r"^#+ (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block. `title` is the name of the file that it shows, where it shows one."""

    language: str
    title: str | None
    text: str


def fences(page: Path) -> Iterator[Fence]:
    for m in _FENCE.finditer(page.read_text(encoding="utf-8")):
        yield Fence(m[2], m[3], re.sub(rf"^{m[1]}", "", m[4], flags=re.MULTILINE))


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    """What the page's links lead to, but for addresses on the web."""
    return (target for target in _LINK.findall(prose(page)) if "://" not in target)


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives the page's titles."""
    titles = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in _TITLE.findall(prose(page)))
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))
