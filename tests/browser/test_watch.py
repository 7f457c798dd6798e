"""A page that misbehaves is caught: whoever trusts the gates may break one and see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.watch import watched_page

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a page; its address."""

    def page(body: str) -> str:
        path = tmp_path / "page.html"
        path.write_text(f"<!doctype html><html lang=en><title>A page</title>{body}</html>")
        return path.as_uri()

    return page


def faults_of(browser: Browser, address: str) -> list[str]:
    with watched_page(browser) as (page, faults):
        page.goto(address)
        page.wait_for_timeout(200)
    return faults


def test_a_good_page_has_no_faults(browser: Browser, tmp_path: Path, write: Write) -> None:
    (tmp_path / "own.js").write_text("document.title = 'ran'; console.warn('a warning');")
    body = "<script src=own.js></script><img src='data:image/svg+xml,<svg/>'>"
    assert faults_of(browser, write(body)) == []


@pytest.mark.parametrize(
    "body",
    [
        "<script src='http://example.org/x.js'></script>",
        "<link rel=stylesheet href='https://example.org/x.css'>",
        "<img src='//example.org/x.png'><base href='http://example.org'><img src=y.png>",
        "<style>@font-face {font-family: a; src: url(http://example.org/a.woff)} p {font: 1em a}"
        "</style><p>text</p>",
        "<iframe src='http://example.org/'></iframe>",
        "<script>fetch('http://example.org/').catch(function () {})</script>",
        "<script>navigator.sendBeacon('http://example.org/')</script>",
        "<script>new WebSocket('ws://example.org/')</script>",
        "<script>new Image().src = 'http://127.0.0.1:9/'</script>",
    ],
)
def test_a_request_that_leaves_is_caught(browser: Browser, write: Write, body: str) -> None:
    faults = faults_of(browser, write(body))
    assert any(fault.startswith("request leaves the page: ") for fault in faults), faults


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>console.error('broken')</script>", "console error: broken"),
        ("<script>undefined.broken</script>", "uncaught: Cannot read prop"),
        ("<script>Promise.reject(new Error('late'))</script>", "uncaught: late"),
        ("<script src=missing.js></script>", "request failed: file://"),
        ("<img src=missing.png>", "request failed: file://"),
    ],
)
def test_an_error_is_caught(browser: Browser, write: Write, body: str, fault: str) -> None:
    faults = faults_of(browser, write(body))
    assert any(told.startswith(fault) for told in faults), faults


def test_text_is_drawn_with_a_font(browser_page: Page, write: Write) -> None:
    browser_page.goto(write("<canvas width=200 height=50></canvas>"))
    inked = browser_page.evaluate(
        """() => ["W", ".", "σ"].map(letter => {
          const pen = document.querySelector("canvas").getContext("2d");
          pen.clearRect(0, 0, 200, 50);
          pen.font = "40px sans-serif";
          pen.fillText(letter, 5, 40);
          return pen.getImageData(0, 0, 200, 50).data.filter((_, i) => i % 4 == 3)
            .reduce((sum, alpha) => sum + (alpha > 0), 0);
        })"""
    )
    wide, dot, greek = inked
    assert 0 < dot < greek < wide
