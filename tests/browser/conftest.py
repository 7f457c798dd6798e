"""A browser for each process of the tests, and pages in it that have no network."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import NONE_FOUND, BrowserError, find
from tests.browser.watch import watched_page

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # Even what is no request of a page, such as looking a name up ahead of time, goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium. Without one the tests that need it are left out; in CI they fail."""
    try:
        path = find(os.environ)
    except BrowserError as error:
        pytest.fail(str(error))
    if path is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(NONE_FOUND)
    as_root = ("--no-sandbox",) if os.name == "posix" and os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path, args=[*QUIET, *as_root], timeout=60_000
        )
        yield started
        started.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page, light and 1280 x 800, that has no network; the test fails if anything went wrong.

    `page.emulate_media(color_scheme="dark")` makes it dark, `page.set_viewport_size` narrow.
    """
    with watched_page(browser, viewport={"width": 1280, "height": 800}) as (page, faults):
        yield page
        page.wait_for_timeout(0)  # let what was reported last arrive
    assert not faults, "\n".join(faults)
