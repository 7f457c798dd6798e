"""The buttons under a figure, its colours in the dark, and what printing changes, in a browser."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

from mtlkit.explore.figure import show
from mtlkit.report.site import collect_static
from tests.explore import examples

HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<link rel="stylesheet" href="base.css"><link rel="stylesheet" href="figures.css">
<link rel="stylesheet" href="print.css">
<script src="theme.js"></script>
<script defer src="plotly.min.js"></script><script defer src="figures.js"></script>
<script defer src="copy.js"></script><script defer src="print.js"></script></head>"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("page")
    collect_static(folder)
    figure = show(examples.estimates()).html()
    body = f'<body><main class="bd-article">{figure}<details><p>more</p></details></main></body>'
    (folder / "page.html").write_text(f"{HEAD}{body}</html>", encoding="utf-8")
    return (folder / "page.html").as_uri()


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector(".mtl-drawn .main-svg")
    return page


def test_a_figure_is_saved_at_twice_its_size_on_white_whatever_the_theme(
    browser_page: Page, address: str
) -> None:
    browser_page.emulate_media(color_scheme="dark")
    page = opened(browser_page, address)
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    assert download.value.suggested_filename == "learned_noise_over_training.png"
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes())).convert("RGB")
    assert picture.width == 1800
    assert picture.getpixel((2, 2)) == (255, 255, 255)
    colours = {colour for _, colour in picture.getcolors(1 << 20) or []}
    assert (0x00, 0x72, 0xB2) in colours  # the palette's own blue


def test_a_command_is_copied_and_the_button_says_so(browser_page: Page, address: str) -> None:
    page = opened(browser_page, address)
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text }")
    page.get_by_role("button", name="Copy").click()
    page.wait_for_function("document.querySelector('.mtl-copy').textContent === 'Copied'")
    assert page.get_by_role("status").text_content() == "Copied"
    assert page.evaluate("window.copied") == examples.COMMAND


def test_series_are_brighter_in_the_dark(browser_page: Page, address: str) -> None:
    page = opened(browser_page, address)
    colour = "document.querySelector('.mtl-plot').data.find(t => t.name === 'task 1').line.color"
    light = page.evaluate(colour)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(f"({colour}) !== {light!r}")
    assert (light, page.evaluate(colour)) == ("#0072b2", "#4ba3ea")


def test_paper_is_light_and_unfolded_and_has_the_still_picture(
    browser_page: Page, address: str
) -> None:
    browser_page.emulate_media(color_scheme="dark")
    page = opened(browser_page, address)
    state = "[document.documentElement.dataset.theme, document.querySelector('details').open]"
    assert page.evaluate(state) == ["dark", False]
    assert not page.locator(".mtl-still").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate(state) == ["light", True]
    assert page.locator(".mtl-still").is_visible()
    for gone in (".mtl-plot", ".mtl-tools .mtl-button >> nth=0", ".mtl-copy"):
        assert not page.locator(gone).is_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(state) == ["dark", False]
