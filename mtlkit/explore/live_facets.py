"""Room for the strategies of a run that are not trained yet, so that its pictures do not jump."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import attrs

from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Ticks, Values
from mtlkit.explore.palette import styles
from mtlkit.explore.panels import CurveFacet, Curves, Line, Panel


def parts(exploration: Exploration, values: Values) -> tuple[str, ...]:
    """What is trained in turn: the ticked boxes of the train knob that has such."""
    for knob in exploration.knobs:
        if isinstance(knob, Ticks) and knob.kind == "train":
            return tuple(values[knob.name])
    return ()


class LiveFacets:
    """Remembers which strategies have a facet of their own in which picture.

    Whether a strategy will have one is not known before a run with it has ended: not every
    strategy learns an uncertainty.
    """

    def __init__(self, exploration: Exploration) -> None:
        self._exploration = exploration
        self._had: dict[str, set[str]] = {}

    def learn(self, panels: Iterable[Panel]) -> None:
        """These are the pictures of a run that has ended."""
        for panel in panels:
            if isinstance(panel, Curves):
                titles = {facet.title for facet in panel.facets}
                self._had.setdefault(panel.name, set()).update(titles)

    def reserve(self, panels: Sequence[Panel], values: Values) -> list[Panel]:
        """The same panels of a run under way, with an empty facet for what is still to come."""
        ticked = parts(self._exploration, values)
        titles = [style.label for style in styles(ticked).values()]
        return [self._reserved(panel, titles) for panel in panels]

    def _reserved(self, panel: Panel, titles: Sequence[str]) -> Panel:
        if not isinstance(panel, Curves):
            return panel
        there = {facet.title: facet for facet in panel.facets}
        if not there.keys() <= set(titles):
            return panel  # its facets are no strategies
        had = self._had.get(panel.name, set())
        facets = [
            there.get(title) or _empty(title, panel.facets[0])
            for title in titles
            if title in there or title in had
        ]
        return attrs.evolve(panel, facets=facets)


def _empty(title: str, like: CurveFacet) -> CurveFacet:
    """A facet in which nothing is drawn; it has the keys of another, and so adds no legend."""
    lines = [Line(line.key, [math.nan], [math.nan], label=line.label) for line in like.lines]
    return CurveFacet(title=title, lines=lines, references=like.references)
