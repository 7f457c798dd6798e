"""A panel as a matplotlib figure, for print and for pages without JavaScript.

Nothing here touches pyplot's global state, so that it is safe in callbacks; the SVG of a panel is
the same text every time.
"""

from __future__ import annotations

import io
import math
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mtlkit.errors import UsageError
from mtlkit.explore import arrange
from mtlkit.explore.draw_embedding import embedding
from mtlkit.explore.draw_heatmap import heatmap
from mtlkit.explore.draw_illustration import illustration
from mtlkit.explore.draw_images import images
from mtlkit.explore.draw_marks import DASHES, MARKERS
from mtlkit.explore.draw_table import table
from mtlkit.explore.palette import INK, PAPER, RULE, Style
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    Embedding,
    Heatmap,
    Illustration,
    ImageGrid,
    IntervalFacet,
    Intervals,
    Panel,
    Reference,
    Table,
)

_MANY = 60
_WIDTH, _HALF = 7.4, 3.5
"""Of a figure, in inches; on a page that is its whole column or half of it."""
_TITLE = 90
"""Longest line of a title, in characters."""
_PRINT = 300
"""Dots to the inch of what a PDF has as pixels: clouds of many points."""


def figure(panel: Panel, *, titled: bool = True) -> Figure:
    """A matplotlib `Figure`; `titled` draws the title into it.

    Raises
    ------
    UsageError
        If it is no panel that can be drawn.
    """
    if isinstance(panel, Table):
        return table(panel, titled=titled)
    if isinstance(panel, ImageGrid):
        drawn = images(panel)
    elif isinstance(panel, Curves | Intervals):
        drawn = _facets(panel)
    elif isinstance(panel, Heatmap):
        drawn = heatmap(panel)
    elif isinstance(panel, Embedding):
        drawn = embedding(panel)
    elif isinstance(panel, Illustration):
        drawn = illustration(panel)
    else:
        raise UsageError(
            f"panel = {type(panel).__name__}: allowed is Curves, Intervals, Heatmap, Embedding, "
            "ImageGrid, Illustration or Table."
        )
    if titled:
        drawn.suptitle(
            textwrap.fill(panel.title, _TITLE), x=0.01, ha="left", fontsize=11, color=INK
        )
    return drawn


def svg(panel: Panel) -> str:
    """The figure as SVG text, the same for the same panel; characters are shapes."""
    with _same_every_time():
        return _svg(figure(panel))


def page_svg(panel: Panel, *, beside: bool = False) -> str:
    """As `svg`, for a page: without a title, and with characters as text, in half the bytes.

    Parameters
    ----------
    beside
        Draw curves or intervals of a single facet at half the width, so that another stands beside
        them at its own size.
    """
    with _same_every_time(), matplotlib.rc_context({"svg.fonttype": "none"}):
        if beside and isinstance(panel, Curves | Intervals) and len(panel.facets) == 1:
            return _svg(_facets(panel, _HALF))
        return _svg(figure(panel, titled=False))


def _svg(drawn: Figure) -> str:
    file = io.StringIO()
    drawn.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    return file.getvalue()


def pdf(panel: Panel, *, titled: bool = True) -> bytes:
    """The figure as a PDF file, the same bytes for the same panel."""
    told = {"Title": panel.title, "Subject": panel.alt}
    nothing = dict.fromkeys(("CreationDate", "Creator", "Producer"))
    with _same_every_time():
        file = io.BytesIO()
        figure(panel, titled=titled).savefig(
            file, format="pdf", dpi=_PRINT, metadata={**told, **nothing}
        )
    return file.getvalue()


@contextmanager
def _same_every_time() -> Iterator[None]:
    """Without random names; characters as shapes, so that no reader needs a font."""
    with matplotlib.rc_context(
        {"svg.hashsalt": "mtlkit", "svg.fonttype": "path", "pdf.fonttype": 3}
    ):
        yield


def _facets(panel: Curves | Intervals, width: float = _WIDTH) -> Figure:
    count = len(panel.facets)
    across = arrange.columns(count)
    down = math.ceil(count / across)
    drawn = Figure(
        figsize=(width, 0.8 + 2.6 * down), layout="constrained", facecolor=PAPER, dpi=100
    )
    axes = drawn.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
    for spare in axes[count:]:
        spare.remove()
    looks, span = arrange.looks(panel), arrange.x_range(panel)
    for number, (ax, facet) in enumerate(zip(axes, panel.facets, strict=False)):
        _frame(ax, facet.title)
        if panel.log_y:
            ax.set_yscale("log", nonpositive="mask")
            ticks = arrange.log_ticks(*arrange.y_range(panel))
            ax.set_yticks(ticks, [arrange.log_label(tick) for tick in ticks])
            ax.set_yticks([], minor=True)
        if isinstance(panel, Curves) and panel.log_x:
            ax.set_xscale("log", nonpositive="mask")
            ticks = arrange.x_ticks(panel)
            ax.set_xticks(ticks, [arrange.log_label(tick) for tick in ticks])
            ax.set_xticks([], minor=True)
        for reference in facet.references:
            _reference(ax, reference, looks[reference.key], span)
        if isinstance(facet, CurveFacet):
            _curves(ax, facet, looks)
        elif isinstance(facet, IntervalFacet):
            _intervals(ax, facet, looks)
        if isinstance(panel, Intervals):
            _categories(ax, panel)
        ax.set_xlim(arrange.x_range(panel))
        ax.set_ylim(arrange.y_range(panel))
        ax.set_xlabel(panel.x_label, color=INK, fontsize=9)
        ax.tick_params(labelbottom=True)
        if number % across == 0:
            ax.set_ylabel(panel.y_label, color=INK, fontsize=9)
    across_legend = 4 if width == _WIDTH else 2
    _legend(drawn, list(axes[:count]), arrange.reference_colours(panel, looks), across_legend)
    return drawn


def _frame(ax: Axes, title: str) -> None:
    ax.set_facecolor(PAPER)
    ax.set_title(title, loc="left", fontsize=9, fontweight="bold", color=INK)
    ax.grid(color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(colors=INK, labelsize=8)
    for side, spine in ax.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(INK)


def _reference(ax: Axes, reference: Reference, style: Style, span: tuple[float, float]) -> None:
    ax.plot(
        span,
        [reference.value] * 2,
        color=style.colour,
        linestyle=DASHES["dot"],
        linewidth=1.2,
        label=reference.label,
    )


def _curves(ax: Axes, facet: CurveFacet, looks: dict[str, Style]) -> None:
    for points in facet.points:
        style, many = looks[points.key], len(points.x) > _MANY
        ax.plot(
            points.x,
            points.y,
            linestyle="none",
            marker=MARKERS[style.marker],
            markersize=2.2 if many else 4.5,
            markeredgewidth=0,
            alpha=0.45 if many else 1.0,
            color=style.colour,
            label=arrange.name(points, looks),
            rasterized=many,
        )
    for line in facet.lines:
        style = looks[line.key]
        if line.low is not None and line.high is not None:
            ax.fill_between(line.x, line.low, line.high, color=style.colour, alpha=0.18, lw=0)
        ax.plot(
            line.x,
            line.y,
            color=style.colour,
            linestyle=DASHES[style.dash],
            marker="" if len(line.x) > 12 else MARKERS[style.marker],
            markersize=4.5,
            linewidth=1.5,
            label=arrange.name(line, looks),
        )


def _intervals(ax: Axes, facet: IntervalFacet, looks: dict[str, Style]) -> None:
    for index, series in enumerate(facet.series):
        style = looks[series.key]
        x = arrange.positions(series, len(facet.series), index)
        if series.low is not None and series.high is not None:
            ax.vlines(x, series.low, series.high, color=style.colour, linewidth=1.5)
        ax.plot(
            x,
            series.values,
            linestyle="none",
            marker=MARKERS[style.marker],
            markersize=5.5,
            color=style.colour,
            label=arrange.name(series, looks),
        )
        if series.printed is not None:
            ax.plot(
                x,
                series.printed,
                linestyle="none",
                marker="D",
                markersize=7,
                markerfacecolor="none",
                markeredgecolor=INK,
                label=arrange.PRINTED,
            )


def _categories(ax: Axes, panel: Intervals) -> None:
    ax.set_xticks(
        range(len(panel.categories)),
        ["\n".join(arrange.wrapped(text)) for text in panel.categories],
    )
    ax.grid(visible=False, axis="x")


def _legend(
    drawn: Figure, axes: list[Axes], reference_colours: dict[str, str], across: int
) -> None:
    """Every name once, in so many columns at most, or in fewer, so that all are in the figure."""
    entries: dict[str, Any] = {}
    for ax in axes:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            colour = reference_colours.get(label)
            entries.setdefault(label, _shown(handle) if colour is None else _dotted(colour))
    if len(entries) <= 1:
        return
    for columns in range(min(len(entries), across), 0, -1):
        legend = drawn.legend(
            entries.values(),
            entries.keys(),
            loc="outside lower center",
            ncols=columns,
            frameon=False,
            fontsize=8.5,
            labelcolor=INK,
        )
        if columns == 1 or legend.get_window_extent().width <= drawn.bbox.width:
            return
        legend.remove()


def _shown(handle: Any) -> Any:
    """The legend's dot for a cloud of faint ones can be seen."""
    if not isinstance(handle, Line2D) or handle.get_alpha() is None:
        return handle
    return Line2D(
        [],
        [],
        color=handle.get_color(),
        linestyle="none",
        marker=handle.get_marker(),
        markersize=5,
        markeredgewidth=0,
    )


def _dotted(colour: str) -> Line2D:
    return Line2D([], [], color=colour, linestyle=DASHES["dot"], linewidth=1.2)
