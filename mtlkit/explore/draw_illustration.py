"""An illustration as a matplotlib figure, and as SVG that is part of a page."""

from __future__ import annotations

import re
from html import escape

from matplotlib.figure import Figure

from mtlkit.explore.palette import INK, PAPER, RULE, THEMED
from mtlkit.explore.panels import Illustration

_NAMES = {INK: "ink", PAPER: "paper", RULE: "rule", **THEMED}

_COLOUR = re.compile("|".join(_NAMES))

_PATH = re.compile(r'(?<= d=")[^"]*')
_LONG = re.compile(r"(\.\d\d)\d+")
"""A number with more than the two decimals that can be seen."""


def illustration(panel: Illustration) -> Figure:
    """What its function paints."""
    drawn = Figure(figsize=panel.size, layout="constrained", facecolor=PAPER, dpi=100)
    panel.paint(drawn)
    return drawn


def inline(panel: Illustration, svg: str) -> str:
    """Its SVG inside a page: as wide as there is room, in the page's own colours.

    Parameters
    ----------
    svg
        What matplotlib writes for it.
    """
    _, _, rest = svg.partition("<svg")
    rest = _PATH.sub(lambda path: _LONG.sub(r"\1", path[0]).replace("\n", ""), rest)
    alt = escape(panel.alt)
    themed = _COLOUR.sub(lambda found: f"var(--mtl-{_NAMES[found[0]]}, {found[0]})", rest)
    return (
        f'<div class="mtl-illustration"><svg role="img" aria-label="{alt}" '
        f'style="max-width:100%;height:auto"{themed}</div>'
    )
