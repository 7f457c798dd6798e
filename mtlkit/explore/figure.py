"""A panel on show: one object that JupyterLab, the report and a script all understand."""

from __future__ import annotations

import base64
import json
from html import escape
from typing import Any

import attrs

from mtlkit.errors import UsageError
from mtlkit.explore import draw_html, draw_illustration, draw_matplotlib, draw_plotly
from mtlkit.explore.figure_tools import command_line, tools
from mtlkit.explore.panels import Illustration, ImageGrid, Panel, Plotted, Showable, Table

PLOTLY = "application/vnd.plotly.v1+json"


@attrs.frozen
class Figure:
    """A panel that displays itself.

    JupyterLab gets plotly's JSON; the report gets HTML in which a picture stands until the
    page's own script (`report/static/figures.js`) has drawn the plot over it, so that the figure
    is there without JavaScript too. Tables and grids of pictures are plain HTML everywhere, and
    illustrations are SVG.
    """

    panel: Showable

    def html(self) -> str:
        """A `<figure>` with title, picture or table, caption, buttons and command."""
        place = f' id="{figure_id(self.panel.name)}"' if self.panel.name else ""
        return (
            f'<figure class="mtl-figure"{place}>'
            + self._title()
            + self._body()
            + _figcaption(self.panel)
            + "</figure>"
        )

    def _title(self) -> str:
        if isinstance(self.panel, Table):
            return ""  # its caption is its title
        return f'<p class="mtl-title"><strong>{escape(self.panel.title)}</strong></p>'

    def _body(self) -> str:
        if isinstance(self.panel, Table):
            return draw_html.table(self.panel)
        if isinstance(self.panel, ImageGrid):
            return draw_html.images(self.panel)
        if isinstance(self.panel, Illustration):
            return draw_illustration.inline(self.panel, draw_matplotlib.page_svg(self.panel))
        alt = escape(self.panel.alt)
        still = base64.b64encode(draw_matplotlib.page_svg(self.panel).encode()).decode()
        return (
            f'<div class="mtl-plot" role="img" aria-label="{alt}">'
            f'<img src="data:image/svg+xml;base64,{still}" alt="{alt}"></div>'
            f'<script type="application/json">{_script(self.panel)}</script>'
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {
            "text/plain": f"{self.panel.title}: {self.panel.alt}",
            "text/html": self.html(),
        }
        if isinstance(self.panel, Plotted):
            bundle[PLOTLY] = {**draw_plotly.spec(self.panel), "config": {"displaylogo": False}}
        return bundle


def figure_id(name: str) -> str:
    """The place in a page where the figure of that name stands.

    Examples
    --------
    >>> figure_id("figure_4_2")
    'figure-figure-4-2'
    """
    return f"figure-{name.replace('_', '-')}"


def show(panel: Panel) -> Figure:
    """Put a panel on show, as the last expression of a cell.

    Raises
    ------
    UsageError
        If it is no panel that can be drawn.
    """
    if not isinstance(panel, Showable):
        raise UsageError(
            f"panel = {type(panel).__name__}: allowed is Curves, Intervals, Heatmap, Embedding, "
            "ImageGrid, Illustration or Table."
        )
    return Figure(panel)


def _script(panel: Plotted) -> str:
    """The plot for a wide and a narrow page, as JSON that may stand inside a script element."""
    wide = draw_plotly.spec(panel, titled=False)
    narrow = draw_plotly.spec(panel, titled=False, narrow=True)
    text = json.dumps({**wide, "narrow": narrow["layout"]}, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _figcaption(panel: Showable) -> str:
    caption = f'<span class="mtl-caption">{escape(panel.caption)}</span>' if panel.caption else ""
    return f"<figcaption>{caption}{command_line(panel)}{tools(panel)}</figcaption>"
