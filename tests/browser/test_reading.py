"""The report read in other ways: without scripts, on paper, by keyboard, by search."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.site import LESSONS
from tests.browser.watch import watched_page

PRESSED = "button, input, select, nav, [role=search], .bd-header, [class^=bd-sidebar]"

pytestmark = pytest.mark.usefixtures("browser")


@pytest.fixture
def html(real_report: Path) -> Path:
    return real_report / "html"


@pytest.mark.parametrize("name", LESSONS)
def test_without_scripts_every_plot_is_a_still_picture(
    browser: Browser, html: Path, name: str
) -> None:
    with watched_page(browser, java_script_enabled=False) as (page, faults):
        page.goto((html / name).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        plots = page.locator(".mtl-plot")
        assert plots.count() > 0
        for plot in plots.all():
            picture = plot.locator("img")
            assert picture.evaluate(
                "img => img.complete && img.naturalWidth > 0 && img.width > 200"
            )
            assert picture.is_visible()
    assert faults == []


def titles(pdf: bytes) -> Counter[str]:
    """The titles in a PDF file, of the document and in its outline, without spaces."""
    found: Counter[str] = Counter()
    for coded, plain in re.findall(rb"/Title\s*(?:<([0-9A-F]+)>|\(((?:\\.|[^\\)])*)\))", pdf):
        text = bytes.fromhex(coded.decode()).decode("utf-16") if coded else plain.decode("ascii")
        bare = "".join((text if coded else re.sub(r"\\(.)", r"\1", text)).split())
        # Chromium says a heading twice that it moved to the next sheet, or its first line twice.
        found[re.sub(r"^(.{5,})\1", r"\1", bare)] += 1
    return found


HEADINGS = """() => [...document.querySelectorAll(".bd-article :is(h1, h2, h3, h4)")].map(told => {
  const heading = told.cloneNode(true);
  heading.querySelector(".headerlink")?.remove();
  return heading.textContent.replace(/\\s/g, "");
})"""


@pytest.mark.parametrize("name", [*LESSONS, "claims.html", "held.html"])
def test_on_paper_is_all_that_is_read_and_nothing_to_be_pressed(
    browser_page: Page, html: Path, name: str
) -> None:
    page = browser_page
    page.goto((html / name).as_uri())
    page.evaluate(
        "addEventListener('beforeprint', () => {"
        " window.folded = Array.from(document.querySelectorAll('details:not([open])'))"
        ".filter(fold => fold.firstElementChild.textContent.trim() !== 'Solution').length })"
    )
    printed = titles(page.pdf(format="A4", tagged=True, outline=True))
    assert Counter(page.evaluate(HEADINGS)) - printed == Counter()
    assert page.evaluate("window.folded") == 0
    seen = f"""() => [...document.querySelectorAll({PRESSED!r})]
      .filter(element => element.checkVisibility() && element.getClientRects().length)
      .map(element => element.cloneNode().outerHTML)"""
    assert page.evaluate(seen) != []
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate(seen) == []


def focused_by_tab(page: Page, wanted: str, presses: int = 250) -> bool:
    """Whether pressing Tab reaches an element that can be seen and fits the selector."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        there = page.evaluate(
            "wanted => document.activeElement.matches(wanted)"
            " && document.activeElement.checkVisibility()",
            wanted,
        )
        if there:
            return True
    return False


def test_the_theme_is_switched_by_keyboard(browser_page: Page, html: Path) -> None:
    browser_page.goto((html / "index.html").as_uri())
    for theme in ("dark", "light"):
        assert focused_by_tab(browser_page, ".theme-switch-button")
        browser_page.keyboard.press("Enter")
        assert focused_by_tab(browser_page, f".theme-change-button[data-mode={theme}]", presses=3)
        browser_page.keyboard.press("Enter")
        assert browser_page.locator("html").get_attribute("data-theme") == theme


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("index.html", ".bd-article a[href^='lessons/']"),
        ("claims.html", ".mtl-filter :is(select, input, button)"),
        *((name, ".bd-article .mtl-figure :is(button, a)") for name in LESSONS),
    ],
)
def test_what_a_page_is_for_is_reached_by_tab(
    browser_page: Page, html: Path, name: str, wanted: str
) -> None:
    browser_page.goto((html / name).as_uri())
    assert focused_by_tab(browser_page, wanted)


def test_the_search_finds_pages_without_fetching_them(browser_page: Page, html: Path) -> None:
    browser_page.goto((html / "search.html").as_uri() + "?q=variance")
    # Results are listed one at a time; the summary's last word comes after the last of them.
    browser_page.locator("#search-results .search-summary").get_by_text("finished").wait_for()
    found = browser_page.locator("#search-results .search a")
    targets = {str(link.get_attribute("href")).split("?")[0] for link in found.all()}
    assert targets & set(LESSONS)
    assert all((html / target.split("#")[0]).is_file() for target in targets)
