"""What plotly's figures of all kinds of panels have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs

from mtlkit.explore.palette import INK, PAPER, RULE
from mtlkit.explore.panels import Panel

Json = dict[str, Any]

DASHES = {"longdash": "12px,4px", "dashdotdot": "8px,3px,2px,3px,2px,3px"}
"""Dashes that plotly does not have, or has too long for the short line in its legend."""

TEXT_LINE = 18
"""Height of a line of text in pixels."""

LETTER = 7
"""About how wide a letter is, in pixels."""

_TITLE, _LEGEND, _LEGEND_ROW = 30, 32, 20
"""Heights in pixels: a title, a legend of one row, each further row."""

WIDE, NARROW = 660, 360
"""How wide a figure is, at least, in pixels."""

_TURN = 560
"""From this width on pages draw the wide layout: its legend must have room there already."""


def gaps(values: Sequence[float]) -> list[float | None]:
    """Numbers for JSON: None where one is not finite."""
    return [value if math.isfinite(value) else None for value in values]


@attrs.frozen
class Margins:
    """The room around a plot in pixels, without its title and legend."""

    left: int
    below: int
    right: int = 14
    above: int = 30


def frame(
    panel: Panel, plot: int, around: Margins, listed: Sequence[str], *, narrow: bool, titled: bool
) -> Json:
    """The layout that all kinds share: colours, letters, a title, a legend of some names.

    `plot` is the height of the plot itself in pixels.
    """
    top = around.above + (_TITLE if titled else 0)
    below = around.below + _legend_height(
        listed, (NARROW if narrow else _TURN) - around.left - around.right
    )
    layout: Json = {
        "template": {},
        "autosize": True,
        "height": top + plot + below,
        "margin": {"l": around.left, "r": around.right, "t": top, "b": below, "autoexpand": False},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "font": {"color": INK, "size": 13, "family": "system-ui, sans-serif"},
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": bool(listed),
        "legend": {
            "orientation": "h",
            "yref": "container",
            "y": 0,
            "yanchor": "bottom",
            "x": 0,
            "xanchor": "left",
            "bgcolor": "rgba(0,0,0,0)",
            "tracegroupgap": 0,
        },
        "annotations": [],
    }
    if titled:
        layout["title"] = {"text": panel.title, "x": 0, "xref": "paper", "y": 0.98}
    return layout


def _legend_height(named: Sequence[str], width: int) -> int:
    """In pixels; a legend that takes more than one row has columns of one width."""
    if not named:
        return 0
    entries = [40 + LETTER * len(name) for name in named]
    across = len(named) if sum(entries) <= width else max(width // max(entries), 1)
    return _LEGEND + _LEGEND_ROW * (math.ceil(len(named) / across) - 1)


def axis(domain: list[float], anchor: str) -> Json:
    """An axis with ticks, which cannot be dragged."""
    return {
        "domain": domain,
        "anchor": anchor,
        "tickfont": {"size": 12},
        "tickangle": 0,
        "gridcolor": RULE,
        "linecolor": INK,
        "zeroline": False,
        "ticks": "outside",
        "tickcolor": INK,
        "fixedrange": True,
    }
