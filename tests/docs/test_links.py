"""Links between the pages lead somewhere, and every page can be found."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import PAGES, ROOT, anchors, links, name


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    assert lost == []


def test_every_page_is_linked_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    decisions = ROOT / "docs" / "decisions" / "README.md"
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in (index, decisions)
        for target in links(page)
    }
    pages = {page for page in PAGES if page.is_relative_to(ROOT / "docs")}
    assert [name(page) for page in sorted(pages - linked - {index})] == []
