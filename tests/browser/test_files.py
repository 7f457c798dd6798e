"""The whole report as files: its links, its size, and the figures that claims rest on."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from mtlkit.explore.subject import subjects
from tests.browser.site import ALL_PAGES, FIGURES, LESSONS, broken_links, read_pages

# In bytes, as readers get it. A lesson's page holds up to thirty figures, each as numbers and as a
# still picture: on a line of 10 Mbit/s it is there in two seconds. A claim takes its
# sentences, a table and two small drawings. What all pages share is plotly (4.8 MB), the theme with
# its symbols, and the font of formulas (1.5 MB). A course of eleven lessons is then at most 45 MB,
# a third of that as an archive: what mail and course platforms take.
LESSON_PAGE, CLAIM, OTHER_PAGE, SHARED = 2_500_000, 15_000, 400_000, 9_500_000

# What is tested is built at `smoke`, what is read at `lesson`, where notebooks train for more
# epochs and draw them: that adds to their pages, as measured, 211 kB in lesson 01 and 72 kB in
# lesson 02. Other pages are the same at both.
LONGER_RUNS = 220_000

# Each exploration of a lesson carries the numbers of some eighty runs for its sliders.
EXPLORER = 1_000_000

Pages = dict[Path, BeautifulSoup]


@pytest.fixture(scope="module")
def html(real_report: Path) -> Path:
    return real_report / "html"


@pytest.fixture(scope="module")
def pages(html: Path) -> Pages:
    return read_pages(html)


def test_the_pages_are_those_that_the_gates_look_at(html: Path, pages: Pages) -> None:
    assert {page.relative_to(html).as_posix() for page in pages} == set(ALL_PAGES)


def test_no_link_is_broken(pages: Pages) -> None:
    assert list(broken_links(pages)) == []


def test_a_broken_link_is_caught(tmp_path: Path) -> None:
    (tmp_path / "data.csv").touch()
    good = ("#here", "b.html", "b.html#there", "data.csv", "http://example.org/", "mailto:a@b.c")
    good += ("b.html#", "b.html#verdict=not+yet&lesson=one", "b.html#verdict=")
    broken = ("#nowhere", "c.html", "b.html#here", "b.html#verdict=other", "#verdict=not+yet")
    broken += ("b.html#x=", "b.html#lesson=", "b.html#=", "b.html#verdict=%22", "b.html#other")
    broken += ("data.csv#here", "data.csv#verdict=not+yet")
    links = "".join(f"<a href='{link}'>link</a>" for link in (*good, *broken))
    (tmp_path / "a.html").write_text(f"<p id=here>{links}</p>")
    choices = "<select name=lesson><option value=one></select>"
    choices += "<select name=verdict><option value=''><option value='not yet'></select>"
    (tmp_path / "b.html").write_text(f"<form class=mtl-filter id=there>{choices}</form>")
    assert list(broken_links(read_pages(tmp_path))) == [f"a.html: {link}" for link in broken]


def test_nothing_is_looked_up_ahead_of_time(pages: Pages) -> None:
    """No request of a page, so that a browser tells nobody of it; but it leaves the machine."""
    ahead = {"preconnect", "dns-prefetch", "prefetch", "preload", "modulepreload", "prerender"}
    found = [
        f"{page.name}: {link}"
        for page, soup in pages.items()
        for link in soup.find_all("link", rel=True)
        if ahead & set(link["rel"]) and "//" in str(link.get("href"))
    ]
    assert found == []


def test_pages_keep_within_their_budget(html: Path, pages: Pages) -> None:
    sizes = {page.relative_to(html).as_posix(): page.stat().st_size for page in pages}
    claims = sum(len(lesson.claims) for lesson in LESSONS.values())
    limits = {"claims.html": CLAIM * claims, **dict.fromkeys(FIGURES, LESSON_PAGE)}
    for name, lesson in LESSONS.items():
        explorers = EXPLORER * len(subjects(lesson))
        limits[name] = LESSON_PAGE - LONGER_RUNS + explorers
    too_large = {name: size for name, size in sizes.items() if size > limits.get(name, OTHER_PAGE)}
    assert too_large == {}


def test_what_pages_share_keeps_within_its_budget(html: Path) -> None:
    shared = [file for file in html.rglob("*") if file.is_file() and file.suffix != ".html"]
    assert sum(file.stat().st_size for file in shared) <= SHARED


@pytest.mark.parametrize("name", [*LESSONS, *FIGURES])
def test_every_figure_can_be_linked_to(html: Path, pages: Pages, name: str) -> None:
    figures = pages[html / name].find_all(class_="mtl-figure")
    ids = [str(figure.get("id")) for figure in figures]
    assert ids and len(set(ids)) == len(ids)
    assert [place for place in ids if not place.startswith("figure-")] == []


@pytest.mark.parametrize("name", FIGURES)
def test_the_figure_of_every_claim_is_among_its_lessons_figures(
    html: Path, pages: Pages, name: str
) -> None:
    there = {figure.get("id") for figure in pages[html / name].find_all(class_="mtl-figure")}
    asked = {f"figure-{claim.figure.replace('_', '-')}" for claim in FIGURES[name].claims}
    assert asked - there == set()
