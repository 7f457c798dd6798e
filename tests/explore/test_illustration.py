"""Drawings without numbers: on paper, and as part of a page."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

import mtlkit.report
from mtlkit.errors import UsageError
from mtlkit.explore import draw_matplotlib
from mtlkit.explore.figure import show
from mtlkit.explore.palette import INK, PAPER, RULE, THEMED
from mtlkit.explore.panels import Illustration


def _paint(drawn: Figure) -> None:
    drawn.text(0.5, 0.5, "a box", color=INK)
    drawn.add_subplot().plot([0, 1], color="#0072b2")


PANEL = Illustration(title="Boxes", alt="One <box>.", size=(4.0, 2.0), paint=_paint)


def test_paper_has_the_size_and_what_is_painted() -> None:
    drawn = draw_matplotlib.figure(PANEL)
    assert tuple(drawn.get_size_inches()) == (4, 2)
    assert "a box" in {text.get_text() for text in drawn.texts}
    assert draw_matplotlib.pdf(PANEL).startswith(b"%PDF")


def test_a_page_has_it_as_svg_in_the_page_s_own_colours() -> None:
    html = show(PANEL).html()
    (found,) = re.findall(r"<svg.*</svg>", html, re.DOTALL)
    parsed = ElementTree.fromstring(found)
    assert parsed.get("aria-label") == "One <box>."
    assert "a box" in "".join(parsed.itertext())
    for name, colour in (("ink", INK), ("paper", PAPER), ("blue", "#0072b2")):
        assert f"var(--mtl-{name}, {colour})" in found
    assert ">PNG<" in html
    assert ">CSV<" not in html


def test_names_of_colours_are_those_of_the_page_s_script() -> None:
    script = Path(mtlkit.report.__file__).with_name("static") / "figures.js"
    found = dict(re.findall(r'"(#\w{6})": "--mtl-(\w+)"', script.read_text("utf-8")))
    assert found == {INK: "ink", PAPER: "paper", RULE: "rule", **THEMED}


def test_a_size_has_two_sides() -> None:
    with pytest.raises(UsageError, match="size of Illustration"):
        Illustration(title="Boxes", alt="One box.", size=(4.0, 0.0), paint=_paint)
