"""What the live face shows: the pictures of a run under way, beside those of one that ended."""

from __future__ import annotations

from typing import Any

import attrs

from mtlkit.core.result import Result
from mtlkit.explore import draw_html, draw_plotly
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Values
from mtlkit.explore.panels import ImageGrid, Panel, Table
from mtlkit.explore.rounding import rounded

Json = dict[str, Any]


def picture(panel: Panel) -> Json:
    """A panel as the page draws it: by plotly (`wide` and `narrow`), or as HTML."""
    told: Json = {
        "name": panel.name,
        "title": panel.title,
        "alt": panel.alt,
        "caption": panel.caption,
    }
    if isinstance(panel, Table):
        return {**told, "html": draw_html.table(panel)}
    if isinstance(panel, ImageGrid):
        return {**told, "html": draw_html.images(panel)}
    wide = draw_plotly.spec(panel, titled=False)  # type: ignore[arg-type]
    narrow = draw_plotly.spec(panel, titled=False, narrow=True)  # type: ignore[arg-type]
    return {**told, "data": wide["data"], "wide": wide["layout"], "narrow": narrow["layout"]}


def drawn(exploration: Exploration, result: Result, values: Values) -> list[Panel]:
    """A run's panels, with the digits that both faces show."""
    return [rounded(panel) for panel in exploration.panels(result, values)]


@attrs.define
class Shown:
    """Which results are on show, and their pictures.

    The whole result of a run that ended stays while another trains, marked as what it is; what
    the run under way can draw already takes its place picture by picture.

    Parameters
    ----------
    values, whole
        A complete result, and the knobs that asked for it.
    partial
        A run under way, as far as it has come.
    """

    exploration: Exploration
    values: Values = attrs.field(factory=dict)
    whole: Result | None = None
    partial: Result | None = None
    _drawn: tuple[Values, list[Panel]] | None = None

    def pictures(self, values: Values, *, broken_off: bool = False) -> list[Json]:
        """The pictures for these values of the knobs.

        Parameters
        ----------
        values
            The knobs as they stand: those of kind evaluate and view hold for old pictures too.
        broken_off
            Whether the run under way came to no end.
        """
        found: dict[str, Json] = {}
        if self.whole is not None:
            note = self._note(values)
            for panel in self._old(self.whole, self._seen_with(values)):
                found[panel.name] = {**picture(panel), "note": note, "old": bool(note)}
        if self.partial is not None:
            note = "As far as this run came." if broken_off else ""
            for panel in drawn(self.exploration, self.partial, values):
                found[panel.name] = {**picture(panel), "note": note, "old": broken_off}
        return list(found.values())

    def _old(self, whole: Result, values: Values) -> list[Panel]:
        """The whole result's panels, which stay while a run under way is drawn many times."""
        if self._drawn is None or self._drawn[0] != values:
            self._drawn = (values, drawn(self.exploration, whole, values))
        return self._drawn[1]

    def _seen_with(self, values: Values) -> Values:
        turned = {knob.name for knob in self.exploration.knobs if knob.kind != "train"}
        return {**self.values, **{name: values[name] for name in turned}}

    def _note(self, values: Values) -> str:
        """In what a result that is still shown differs from what the knobs ask for."""
        if self.exploration.trained(self.values) == self.exploration.trained(values):
            return ""
        differing = [
            f"{knob.label} {knob.said(self.values[knob.name])}"
            for knob in self.exploration.knobs
            if knob.kind == "train" and self.values[knob.name] != values[knob.name]
        ]
        return f"Still shown: {', '.join(differing)}."
