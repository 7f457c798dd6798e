"""A panel as a plotly figure: plain JSON for the report and JupyterLab, or a live `Figure`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mtlkit.explore import plotly_embedding, plotly_heatmap
from mtlkit.explore.panels import Embedding, Heatmap, Plotted
from mtlkit.explore.plotly_facets import FacetTraces
from mtlkit.explore.plotly_layout import layout
from mtlkit.explore.plotly_parts import Json

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


def spec(panel: Plotted, *, narrow: bool = False, titled: bool = True) -> Json:
    """A figure as plotly's JSON (`data`, `layout`), with None where a number is not finite.

    Parameters
    ----------
    narrow
        Lay it out for a column of about 400 pixels: facets under one another.
    titled
        Draw the title into the figure; a page that has it as a heading leaves it out.
    """
    if isinstance(panel, Heatmap):
        return plotly_heatmap.spec(panel, narrow=narrow, titled=titled)
    if isinstance(panel, Embedding):
        return plotly_embedding.spec(panel, narrow=narrow, titled=titled)
    data = FacetTraces(panel)
    return {"data": data.traces, "layout": layout(panel, data.named, narrow, titled)}


def figure(panel: Plotted) -> Figure:
    """A plotly `Figure` of the same JSON, checked by plotly's own validation."""
    from plotly.graph_objects import Figure

    return Figure(spec(panel))
