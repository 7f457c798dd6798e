"""Every page of the whole report, opened as a file without a network, in light and in dark.

In the dark only colours differ, so that contrast alone is judged again; and so does a width all but
contrast. That is a third of the time that judging everything four times would take. Contrast takes
most of it (on a lesson's page more than all else together), and hardly a colour hangs on the width:
in our style sheets the quiet one of a table's labels, which other text has in any width. What the
theme folds away in a narrow window may stand on another ground; that is the same on all pages, so
that in the dark the first page alone is judged in a narrow window too.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser import gates
from tests.browser.site import ALL_PAGES

WIDE, NARROW = 1280, 400
FIRST = "index.html"

pytestmark = [pytest.mark.usefixtures("browser"), pytest.mark.slow]


@pytest.mark.parametrize("name", ALL_PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_whole_and_everyone_can_use_it(
    browser_page: Page, real_report: Path, name: str, theme: str
) -> None:
    page = browser_page
    gates.show(page, (real_report / "html" / name).as_uri(), theme)
    assert page.locator("html").get_attribute("data-theme") == theme
    light = theme == "light"
    faults = gates.unnamed_pictures(page)
    for width in (WIDE, NARROW) if light or name == FIRST else (WIDE,):
        if width != WIDE:
            gates.resize(page, width)
        found = gates.undrawn(page) + gates.too_wide(page)
        if not light:
            found += gates.low_contrast(page)
        elif width == WIDE:
            found += gates.inaccessible(page)
        else:
            found += gates.inaccessible_but_for_colour(page)
        faults += [f"{width} pixels wide: {fault}" for fault in found]
    assert not faults, "\n".join(faults)
