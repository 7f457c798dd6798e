"""A figure of a lesson: which published studies it reads, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pandas as pd

from mtlkit.explore.panels import Panel


@attrs.frozen
class Drawing:
    """A figure made from published studies alone.

    Parameters
    ----------
    draw
        From the studies' tables, in that order, to the panel.
    studies
        Their names.
    """

    draw: Callable[..., Panel]
    studies: tuple[str, ...]

    def panel(self, table: Callable[[str], pd.DataFrame]) -> Panel:
        """The panel; `table` gives a study's table by its name."""
        return self.draw(*map(table, self.studies))
