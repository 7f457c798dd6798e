"""Every text colour of the style sheet can be read on its backgrounds: WCAG AA."""

import re
from pathlib import Path

import pytest

import mtlkit.report
from tests.explore.test_palette import contrast

SHEET = Path(mtlkit.report.__file__).parent / "static" / "base.css"
PAGES = {"light": "#ffffff", "dark": "#121212"}
TEXT = ("ink", "quiet", "holds", "fails", "inconclusive", "not")


@pytest.mark.parametrize("theme", PAGES)
def test_text_contrast_is_at_least_four_and_a_half(theme: str) -> None:
    rules = re.findall(
        r'html\[data-theme="(\w+)"\][^{]*\{([^}]*--mtl-ink[^}]*)\}', SHEET.read_text()
    )
    colours = dict(re.findall(r"--mtl-(\w+): (#\w{6});", dict(rules)[theme]))
    for name in TEXT:
        for background in (PAGES[theme], colours["soft"]):
            assert contrast(colours[name], background) >= 4.5, name
