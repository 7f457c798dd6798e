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
from playwright.sync_api import Page, expect

from mtlkit.explore.frames import are_published
from mtlkit.explore.subject import subjects
from tests.browser import gates
from tests.browser.site import ALL_PAGES, LESSONS

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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name",
    [
        name
        for name, lesson in LESSONS.items()
        if any(map(are_published, subjects(lesson).values()))
    ],
)
def test_every_slider_of_a_lessons_page_moves_its_pictures_by_keyboard(
    browser_page: Page, real_report: Path, name: str, theme: str
) -> None:
    page = browser_page
    gates.show(page, (real_report / "html" / name).as_uri(), theme)
    explorer = page.locator(".mtl-explorer")
    expect(page.locator(".mtl-explorer:not(.mtl-moves)")).to_have_count(0)
    sliders = explorer.get_by_role("slider").all()
    assert len(sliders) > 1
    for slider in sliders:
        slider.focus()
        seen = []
        for key in ("Home", "ArrowRight", "End", "ArrowLeft"):
            page.keyboard.press(key)
            seen.append((slider.get_attribute("aria-valuetext"), at_rest(page)))
        values, pictures = zip(*seen, strict=True)
        there = int(slider.get_attribute("max") or 0) + 1
        assert len(set(values)) >= min(3, there) > 1
        assert len(set(pictures)) == len(set(values)), f"{slider}: {values}"
    assert not gates.undrawn(page)


def at_rest(page: Page) -> str:
    """What is drawn, when it has come to rest.

    Pictures out of sight are drawn later, one in each animation frame: what does not change for
    more frames than an Explorer has pictures is at rest.
    """
    drawn = page.evaluate(_AT_REST)
    assert drawn, "the pictures do not come to rest"
    return str(drawn)


_AT_REST = """async () => {
  const drawn = () => JSON.stringify([
    [...document.querySelectorAll(".mtl-explorer .mtl-plot")]
      .filter(plot => plot.data).map(plot => plot.data.map(trace => [trace.x, trace.y])),
    [...document.querySelectorAll(".mtl-explorer :is(.mtl-images, .mtl-table)")]
      .map(list => list.outerHTML),
  ]);
  let before, now = drawn();
  for (let tries = 0; tries < 40; tries++) {
    for (let frames = 0; frames < 20; frames++) await new Promise(requestAnimationFrame);
    [before, now] = [now, drawn()];
    if (now === before) return now;
  }
}"""
