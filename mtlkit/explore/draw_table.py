"""A table as a matplotlib figure: words and a few rules, as wide and as high as they need."""

from __future__ import annotations

import itertools

import attrs
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.textpath import TextToPath

from mtlkit.explore.palette import INK, PAPER
from mtlkit.explore.panels import Table

# Lengths are in points (1/72 inch).
_PLAIN = FontProperties(size=9)
_BOLD = FontProperties(size=9, weight="bold")
_TITLE = FontProperties(size=11)
_ROW = 16.0
_TITLE_ROW = 15.0
_BASE = 5.0
"""From a row's lower edge to the line that its words stand on."""
_GAP = 14.0
"""White between two columns."""
_EDGE = 7.0
_LEAST = 250.0
_THICK, _THIN = 1.0, 0.5


def table(panel: Table, *, titled: bool = True) -> Figure:
    """The first column to the left, the others to the right; groups span their columns."""
    ends = list(itertools.accumulate(width + _GAP for width in _widths(panel)))
    starts = [_EDGE, *(_EDGE + end for end in ends[:-1])]
    ends = [_EDGE + end - _GAP for end in ends]
    width = max(ends[-1] + _EDGE, _LEAST)
    title = _lines(panel.title, width - 2 * _EDGE) if titled else []
    rows = len(panel.rows) + 1 + bool(panel.groups)
    gap = _EDGE if title else 0.0
    page = _Page.of(width, 2 * _EDGE + _TITLE_ROW * len(title) + gap + _ROW * rows)

    y = _EDGE
    for line in title:
        y += _TITLE_ROW
        page.write(_EDGE, y, line, _TITLE, "left")
    y += gap
    page.rule(starts[0], ends[-1], y, _THICK)
    if panel.groups:
        y += _ROW
        first = 0
        for group in panel.groups:
            start, end = starts[first], ends[first + group.span - 1]
            if group.label:
                page.write((start + end) / 2, y, group.label, _BOLD, "center")
                page.rule(start, end, y, _THIN)
            first += group.span
    for number, cells in enumerate((panel.columns, *panel.rows)):
        y += _ROW
        font = _PLAIN if number else _BOLD
        page.write(starts[0], y, cells[0], font, "left")
        for end, cell in zip(ends[1:], cells[1:], strict=True):
            page.write(end, y, cell, font, "right")
        if number == 0:
            page.rule(starts[0], ends[-1], y, _THIN)
    page.rule(starts[0], ends[-1], y, _THICK)
    return page.figure


@attrs.frozen
class _Page:
    """A figure in points, from its upper left corner."""

    figure: Figure
    width: float
    height: float

    @classmethod
    def of(cls, width: float, height: float) -> _Page:
        size = (width / 72, height / 72)
        return cls(Figure(figsize=size, facecolor=PAPER, dpi=100), width, height)

    def write(self, x: float, y: float, words: str, font: FontProperties, side: str) -> None:
        """Words in the row whose lower edge is at y."""
        self.figure.text(
            x / self.width,
            1 - (y - _BASE) / self.height,
            words,
            ha=side,
            va="baseline",
            fontproperties=font,
            color=INK,
            parse_math=False,
        )

    def rule(self, start: float, end: float, y: float, weight: float) -> None:
        """A horizontal line."""
        line = Line2D(
            [start / self.width, end / self.width],
            [1 - y / self.height] * 2,
            color=INK,
            linewidth=weight,
            transform=self.figure.transFigure,
        )
        self.figure.add_artist(line)


def _widths(panel: Table) -> list[float]:
    """Each column as wide as its longest words; wider where a group's heading needs it."""
    widths = [
        max(_length(column, _BOLD), *(_length(row[number], _PLAIN) for row in panel.rows), 0.0)
        for number, column in enumerate(panel.columns)
    ]
    first = 0
    for group in panel.groups:
        columns = range(first, first + group.span)
        there = sum(widths[column] for column in columns) + _GAP * (group.span - 1)
        for column in columns:
            widths[column] += max(0.0, _length(group.label, _BOLD) - there) / group.span
        first += group.span
    return widths


def _lines(text: str, width: float) -> list[str]:
    """A title in lines that fit, broken at spaces."""
    lines: list[str] = []
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and _length(joined, _TITLE) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _length(words: str, font: FontProperties) -> float:
    width: float = TextToPath().get_text_width_height_descent(words, font, ismath=False)[0]
    return width
