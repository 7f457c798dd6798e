"""The gates themselves: a page with one fault is caught by the gate that is for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import gates

GOOD = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width">
<title>A page</title><style>body {{ color: #333; background: #fff }}
@media (prefers-color-scheme: dark) {{ body {{ color: #ddd; background: #121212 }} }}
{style}</style>
<main><h1>A page</h1><p>Some text.</p>{body}</main></html>"""
WIDE_TABLE = f"<table><tr>{'<td>unbreakable</td>' * 9}</tr></table>"

Show = Callable[..., Page]


@pytest.fixture
def show(browser_page: Page, tmp_path: Path) -> Show:
    """Shows a page that is good but for what it is given."""

    def page(body: str = "", style: str = "", theme: str = "light", width: int = 1280) -> Page:
        path = tmp_path / "page.html"
        path.write_text(GOOD.format(body=body, style=style))
        gates.show(browser_page, path.as_uri(), theme)
        if width != 1280:
            gates.resize(browser_page, width)
        return browser_page

    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_good_page_passes(show: Show, theme: str) -> None:
    page = show("<img alt='A dot' src='data:image/svg+xml,<svg/>'>", theme=theme, width=400)
    assert gates.inaccessible(page) == []
    assert gates.unnamed_pictures(page) == []
    assert gates.too_wide(page) == []
    assert gates.undrawn(page) == []


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<img src='data:image/svg+xml,<svg/>'>", "image-alt"),
        ("<svg role=img width=9 height=9><path d='M0 0h9v9'/></svg>", "svg-img-alt"),
        ("<p style='color: #888'>Pale.</p>", "color-contrast"),
        ("<input type=range>", "label"),
        ("<select><option>one</option></select>", "select-name"),
        ("<button></button>", "button-name"),
        ("<a href='#here'></a>", "link-name"),
        ("<h4>Too deep</h4>", "heading-order"),
        ("</main><p>Beside the landmark.</p><main>", "region"),
        (
            "<div style='overflow: auto; width: 50px'><pre>a long line of it</pre></div>",
            "scrollable",
        ),
        ("<details><summary>More</summary><p style='color: #888'>Pale.</p></details>", "color"),
    ],
)
def test_what_cannot_be_used_by_everyone_is_caught(show: Show, body: str, rule: str) -> None:
    page = show(body)
    told = gates.inaccessible(page)
    assert any(fault.startswith(rule) for fault in told), told
    colour = rule.startswith("color")
    assert (gates.low_contrast(page) == told) == colour
    assert (gates.inaccessible_but_for_colour(page) == told) != colour


def test_low_contrast_in_the_dark_alone_is_caught(show: Show) -> None:
    style = "@media (prefers-color-scheme: dark) { p { color: #555 } }"
    assert gates.inaccessible(show(style=style)) == []
    page = show(style=style, theme="dark")
    assert gates.inaccessible(page)[0].startswith("color-contrast: p")
    assert gates.low_contrast(page) == gates.inaccessible(page)
    assert gates.inaccessible_but_for_colour(page) == []


@pytest.mark.parametrize(
    "picture",
    [
        "<img alt='' src='data:image/svg+xml,<svg/>'>",
        "<svg role=img></svg>",
        "<div role=img aria-label=' '></div>",
        "<div role=img aria-labelledby=nowhere></div>",
    ],
)
def test_a_picture_without_a_text_is_caught(show: Show, picture: str) -> None:
    assert len(gates.unnamed_pictures(show(picture))) == 1


def test_what_scrolls_the_page_sideways_is_caught_and_named(show: Show) -> None:
    page = show(WIDE_TABLE, width=400)
    assert any("<table" in fault for fault in gates.too_wide(page))
    gates.resize(page, 1280)
    assert gates.too_wide(page) == []


def test_what_scrolls_by_itself_is_allowed(show: Show) -> None:
    own = f"<div tabindex=0 style='overflow-x: auto'>{WIDE_TABLE}</div>"
    assert gates.too_wide(show(own, width=400)) == []


def test_a_plot_that_is_not_drawn_is_caught(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "LIMIT", 100)
    still = "<div class=mtl-plot role=img aria-label='A line'><img alt='A line'></div>"
    assert gates.undrawn(show(still)) == ["not drawn: A line"]
    drawn = "<div class=mtl-plot><svg class=main-svg width=300 height=9></svg></div>"
    assert gates.undrawn(show(drawn, style=".mtl-plot { width: 300px }")) == []
    assert len(gates.undrawn(show(drawn, style=".mtl-plot { width: 200px }"))) == 1
