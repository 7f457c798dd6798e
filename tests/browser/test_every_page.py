"""Every page of the whole report, opened as a file without a network, in light and in dark."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import gates
from tests.browser.site import ALL_PAGES

WIDE, NARROW = 1280, 400

pytestmark = [pytest.mark.usefixtures("browser"), pytest.mark.slow]


@pytest.mark.parametrize("name", ALL_PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_whole_and_everyone_can_use_it(
    browser_page: Page, real_report: Path, name: str, theme: str
) -> None:
    faults = []
    gates.show(browser_page, (real_report / "html" / name).as_uri(), theme)
    assert browser_page.locator("html").get_attribute("data-theme") == theme
    faults += gates.unnamed_pictures(browser_page)
    for width in (WIDE, NARROW):
        gates.resize(browser_page, width)
        found = [
            *gates.undrawn(browser_page),
            *gates.too_wide(browser_page),
            *gates.inaccessible(browser_page),
        ]
        faults += [f"{width} pixels wide: {fault}" for fault in found]
    assert not faults, "\n".join(faults)
