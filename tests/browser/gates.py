"""What every page must satisfy; each gate returns a page's faults, a line each."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TookTooLong

LIMIT = 15_000  # milliseconds for a page's plots to be drawn

# WCAG 2.0 and 2.1, levels A and AA, and what lets a screen reader walk a page by its landmarks.
_AXE: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "rules": {
        rule: {"enabled": True}
        for rule in (
            "heading-order",
            "landmark-no-duplicate-main",
            "landmark-one-main",
            "landmark-unique",
            "page-has-heading-one",
            "region",
        )
    },
    "resultTypes": ["violations"],
    "preload": False,  # it would fetch the style sheets a second time, which file:// forbids
}

# Inside a plot nothing is read out (`role="img"` has no children), and plotly's thousands of
# elements would take two thirds of axe's time. Their colours are palette.py's, which has tests of
# its own.
_PUT_AWAY = """() => {
  window.putAway = [...document.querySelectorAll(".mtl-plot")].map(place => {
    const [height, parts] = [place.style.height, [...place.childNodes]];
    place.style.height = `${place.clientHeight}px`;
    place.replaceChildren();
    return () => { place.style.height = height; place.replaceChildren(...parts); };
  });
}"""
_PUT_BACK = "() => putAway.forEach(back => back())"

# Above the navigation the theme puts the site's name, a link to the first page, outside any
# landmark. WCAG asks for none ("region" is good practice), and the theme offers no other place.
_THEMES_OWN = (("region", ".sidebar-primary-items__start"),)

_UNDRAWN = """() => [...document.querySelectorAll(".mtl-plot")].filter(place => {
  const plot = place.querySelector(".main-svg");
  return !plot || Math.abs(plot.clientWidth - place.clientWidth) > 1;
}).map(place => place.getAttribute("aria-label"))"""

_TOO_WIDE = """() => {
  const wide = innerWidth, page = document.scrollingElement;
  if (page.scrollWidth <= wide) return [];
  const clips = element => {
    for (let over = element.parentElement; over; over = over.parentElement)
      if (over !== page && over !== document.body && getComputedStyle(over).overflowX !== "visible")
        return true;
    return false;
  };
  const told = element => element.cloneNode().outerHTML.slice(0, 160);
  const beyond = [...document.body.querySelectorAll("*")].filter(element =>
    element.getBoundingClientRect().right > wide + 0.5 && !clips(element));
  return [`the page is ${page.scrollWidth} pixels wide in a window of ${wide}`,
    ...beyond.slice(0, 8).map(told)];
}"""

_UNNAMED = """() => [...document.querySelectorAll("img, svg[role=img], [role=img]")]
  .filter(picture => !picture.closest("[aria-hidden=true], .main-svg, button[aria-label]"))
  .filter(picture => ![
    picture.getAttribute("alt"),
    picture.getAttribute("aria-label"),
    ...(picture.getAttribute("aria-labelledby") || "").split(" ")
      .map(id => document.getElementById(id)?.textContent),
    picture.querySelector(":scope > title")?.textContent,
  ].some(text => text?.trim()))
  .map(picture => picture.outerHTML.slice(0, 200))"""


def show(page: Page, address: str, theme: str = "light") -> None:
    """Open a page with all that is folded unfolded, and its plots drawn as far as they get."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    settle(page)


def resize(page: Page, width: int) -> None:
    """Make the window as wide as that, and wait until plots have followed."""
    page.set_viewport_size({"width": width, "height": 800})
    # The theme waits 300 ms, longer on a busy machine, before it makes what scrolls focusable.
    page.wait_for_timeout(1500)
    settle(page)


def settle(page: Page) -> None:
    """Wait until every plot is drawn as wide as its place, or `LIMIT` is over."""
    try:
        page.wait_for_function(f"() => ({_UNDRAWN})().length === 0", timeout=LIMIT)
    except TookTooLong:
        return  # `undrawn` tells which
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def undrawn(page: Page) -> list[str]:
    """Plots that are not drawn in their place."""
    return [f"not drawn: {plot}" for plot in page.evaluate(_UNDRAWN)]


def inaccessible(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2 at level AA, and against walking by landmarks."""
    return _found(page, _AXE)


def inaccessible_but_for_colour(page: Page) -> list[str]:
    """As `inaccessible`, without contrast: three quarters of the time, and no matter of width."""
    return _found(page, {**_AXE, "rules": {**_AXE["rules"], "color-contrast": {"enabled": False}}})


def low_contrast(page: Page) -> list[str]:
    """What axe-core finds against the contrast of text alone: what a theme can change."""
    return _found(page, {**_AXE, "runOnly": ["color-contrast"], "rules": {}})


def _found(page: Page, options: dict[str, Any]) -> list[str]:
    told = []
    page.evaluate(_PUT_AWAY)
    found = Axe().run(page, options=options).response["violations"]
    page.evaluate(_PUT_BACK)
    for rule in found:
        for node in rule["nodes"]:
            place = " ".join(map(str, node["target"]))
            if any(rule["id"] == own and place.startswith(at) for own, at in _THEMES_OWN):
                continue
            told.append(
                f"{rule['id']}: {place} -- {node['failureSummary'].splitlines()[-1].strip()}"
            )
    return told


def unnamed_pictures(page: Page) -> list[str]:
    """Pictures without a text that stands for them; an empty one would hide them."""
    return [f"no text alternative: {picture}" for picture in page.evaluate(_UNNAMED)]


def too_wide(page: Page) -> list[str]:
    """What makes the page scroll sideways."""
    return list(page.evaluate(_TOO_WIDE))
