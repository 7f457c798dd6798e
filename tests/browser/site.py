"""The whole report as files: the pages it must have, and where their links lead."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from bs4 import BeautifulSoup

from mtlkit import lessons
from mtlkit.report.pages import PAGES

LESSONS = {
    f"lessons/{lesson.full_name}.html": lesson for lesson in map(lessons.get, lessons.names())
}
FIGURES = {f"figures/{lesson.name}.html": lesson for lesson in LESSONS.values()}
ALL_PAGES = (*(f"{name}.html" for name in PAGES), *LESSONS, *FIGURES, "search.html")


def read_pages(html: Path) -> dict[Path, BeautifulSoup]:
    """Every page of a site; what lies in `_static` belongs to the theme."""
    return {
        page: BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for page in sorted(html.rglob("*.html"))
        if "_static" not in page.relative_to(html).parts
    }


def broken_links(pages: Mapping[Path, BeautifulSoup]) -> Iterator[str]:
    """Links within the site to a page, a file or a place in a page that is not there."""
    ids = {page: {tag["id"] for tag in soup.find_all(id=True)} for page, soup in pages.items()}
    for page, soup in pages.items():
        for link in soup.find_all(["a", "area"], href=True):
            parts = urlsplit(str(link["href"]))
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if target in pages:
                whole = _is_place(pages[target], ids[target], parts.fragment)
            else:
                whole = target.is_file() and not parts.fragment  # a file has no places in it
            if not whole:
                yield f"{page.name}: {link['href']}"


def _is_place(page: BeautifulSoup, ids: Container[str], fragment: str) -> bool:
    """Whether that is nothing, an element of the page, or a choice in a filter of it."""
    return not fragment or unquote(fragment) in ids or _is_choice(page, fragment)


def _is_choice(page: BeautifulSoup, fragment: str) -> bool:
    """Whether the page has a filter in which that can be chosen (`verdict=fails`)."""
    offered = {
        (select.get("name"), option.get("value"))
        for select in page.select(".mtl-filter select")
        for option in select.find_all("option")
    }
    chosen = parse_qsl(fragment, keep_blank_values=True)
    return bool(chosen) and offered.issuperset(chosen)
