"""Panels: what a figure shows, as data.

A panel holds numbers and words and nothing of how it is drawn; `draw_plotly`, `draw_matplotlib`
and `draw_html` turn the same panel into a figure to play with, to print, or to read. A number
that is not finite (a run that diverged) is kept as NaN and drawn as a gap.
"""

from mtlkit.explore.panels.base import Facet, Panel, Reference
from mtlkit.explore.panels.curves import CurveFacet, Curves, Line, Points
from mtlkit.explore.panels.embedding import Embedding, PointGroup, Window
from mtlkit.explore.panels.heatmap import Heatmap, Turns
from mtlkit.explore.panels.illustration import Illustration
from mtlkit.explore.panels.images import GridImage, ImageGrid
from mtlkit.explore.panels.intervals import IntervalFacet, Intervals, Series
from mtlkit.explore.panels.tables import ColumnGroup, Table

Plotted = Curves | Intervals | Heatmap | Embedding
"""Panels that plotly draws where one plays."""

Showable = Plotted | ImageGrid | Table | Illustration
"""Panels that can be put on show."""

__all__ = [
    "ColumnGroup",
    "CurveFacet",
    "Curves",
    "Embedding",
    "Facet",
    "GridImage",
    "Heatmap",
    "Illustration",
    "ImageGrid",
    "IntervalFacet",
    "Intervals",
    "Line",
    "Panel",
    "Plotted",
    "PointGroup",
    "Points",
    "Reference",
    "Series",
    "Showable",
    "Table",
    "Turns",
    "Window",
]
