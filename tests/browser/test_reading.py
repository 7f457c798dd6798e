"""The report read in other ways: without scripts, on paper, by keyboard, by search."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.site import LESSONS
from tests.browser.watch import watched_page

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


@pytest.mark.parametrize("name", [*LESSONS, "claims.html"])
def test_it_prints(browser_page: Page, html: Path, name: str) -> None:
    browser_page.goto((html / name).as_uri())
    sheets = re.findall(rb"/Type\s*/Page\b", browser_page.pdf(format="A4"))
    assert len(sheets) > 1


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
    found = browser_page.locator("#search-results .search a")
    found.first.wait_for()
    targets = {str(link.get_attribute("href")).split("?")[0] for link in found.all()}
    assert targets & set(LESSONS)
    assert all((html / target.split("#")[0]).is_file() for target in targets)
