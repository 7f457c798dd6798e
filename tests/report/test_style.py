"""Text can be read and series can be seen on the page's backgrounds: WCAG AA."""

import re
from pathlib import Path

import pytest

import mtlkit.report
from mtlkit.explore.palette import INK, NAMED, PAPER, RULE, TASKS
from tests.explore.test_palette import contrast

STATIC = Path(mtlkit.report.__file__).parent / "static"
PAGES = {"light": "#ffffff", "dark": "#121212"}
TEXT = ("ink", "quiet", "holds", "fails", "inconclusive", "not")


PALETTE = {style.colour for style in (*NAMED.values(), *TASKS)} - {INK}


def colours(sheet: str, theme: str) -> dict[str, str]:
    rules = re.findall(r'html\[data-theme="(\w+)"\][^{]*\{([^}]*)\}', (STATIC / sheet).read_text())
    mine = "".join(body for name, body in rules if name == theme)
    return dict(re.findall(r"--mtl-([\w-]+): (#\w{6});", mine))


def themed() -> dict[str, str]:
    """From the palette's colours to the style sheet's names, as figures.js has them."""
    return dict(re.findall(r'"(#\w{6})": "--mtl-([\w-]+)"', (STATIC / "figures.js").read_text()))


@pytest.mark.parametrize("theme", PAGES)
def test_text_contrast_is_at_least_four_and_a_half(theme: str) -> None:
    found = colours("base.css", theme)
    for name in TEXT:
        for background in (PAGES[theme], found["soft"]):
            assert contrast(found[name], background) >= 4.5, name


@pytest.mark.parametrize("theme", PAGES)
def test_every_colour_of_a_series_has_one_for_the_theme_that_can_be_seen(theme: str) -> None:
    found, names = colours("figures.css", theme), themed()
    for colour in PALETTE:
        assert contrast(found[names[colour]], PAGES[theme]) >= 3, names[colour]
    assert len({found[names[colour]] for colour in PALETTE}) == len(PALETTE)


def test_on_a_light_page_a_series_has_the_palettes_own_colour() -> None:
    found, names = colours("figures.css", "light"), themed()
    assert {colour: found[names[colour]] for colour in PALETTE} == {c: c for c in PALETTE}
    assert set(names) == PALETTE | {INK, PAPER, RULE}


def test_a_series_is_brighter_on_a_dark_page_than_the_light_pages_would_be() -> None:
    light, dark = (colours("figures.css", theme) for theme in PAGES)
    for name in light:
        assert contrast(dark[name], PAGES["dark"]) > contrast(light[name], PAGES["dark"]), name


def test_bands_show_more_of_their_colour_on_a_dark_page() -> None:
    sheet = (STATIC / "figures.css").read_text()
    light, dark = (float(share) for share in re.findall(r"--mtl-band: ([\d.]+);", sheet))
    assert 0 < light < dark < 1
