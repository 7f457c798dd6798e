"""What the live face shows: the pictures of a run under way, beside those of one that ended."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from mtlkit.explore import draw_html, draw_plotly
from mtlkit.explore.exploration import Exploration
from mtlkit.explore.knobs import Values
from mtlkit.explore.live_axes import LiveAxes
from mtlkit.explore.live_facets import LiveFacets
from mtlkit.explore.panels import Heatmap, ImageGrid, Panel, Table
from mtlkit.explore.trainings import Key, Seen

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
    if isinstance(panel, Heatmap) and panel.turns is not None:
        told["turns"] = {"knob": panel.turns.knob, "texts": list(panel.turns.values)}
    narrow = draw_plotly.spec(panel, titled=False, narrow=True)  # type: ignore[arg-type]
    return {**told, "data": wide["data"], "wide": wide["layout"], "narrow": narrow["layout"]}


@attrs.frozen(eq=False)
class Pictures:
    """Pictures for the page, and by name which result each of them shows."""

    plots: list[Json] = attrs.field(factory=list)
    of: dict[str, Seen] = attrs.field(factory=dict)

    def marks(
        self, exploration: Exploration, key: Key | None, values: Values, *, over: bool
    ) -> dict[str, Json]:
        """By name a note, and whether the picture is old: shows other than what the knobs ask for.

        Parameters
        ----------
        key, values
            What the knobs ask for; None where that cannot be told.
        over
            Whether the newest run came to a bad end.
        """
        found = {}
        for name, seen in self.of.items():
            if seen.key != key:
                found[name] = {"note": _differs(exploration, seen.values, values), "old": True}
            else:
                note = "As far as this run came." if over and not seen.whole else ""
                found[name] = {"note": note, "old": False}
        return found


class Shown:
    """Which results are on show; used by one thread at a time.

    The whole result of a run that ended stays while another trains; what the run under way can
    draw already takes its place picture by picture.
    """

    def __init__(self, exploration: Exploration) -> None:
        self._exploration = exploration
        self._axes, self._facets = LiveAxes(exploration.words), LiveFacets(exploration)
        self._whole: Seen | None = None
        self._partial: Seen | None = None
        self._drawn: tuple[Values, list[Panel]] | None = None

    def begin(self, nearest: Seen | None) -> None:
        """A run begins: of the earlier ones the nearest that has ended stays, if there is one."""
        self._partial = None
        if nearest is not self._whole:
            self._whole, self._drawn = nearest, None
        self._axes.begin()

    def look(self, partial: Seen) -> None:
        """The run under way has come so far."""
        self._partial = partial

    def end(self, whole: Seen) -> None:
        """The run has ended."""
        self._whole, self._partial, self._drawn = whole, None, None

    def pictures(self, values: Values) -> Pictures:
        """The pictures for these values of the knobs.

        Those of kind evaluate and view hold for old pictures too.
        """
        found = Pictures()
        if self._partial is not None:
            panels = self._exploration.drawn(self._partial.result, values)
            self._add(found, self._partial, self._facets.reserve(panels, values))
        if self._whole is not None:
            turned = {knob.name for knob in self._exploration.knobs if knob.kind != "train"}
            asked = {**self._whole.values, **{name: values[name] for name in turned}}
            panels = self._old(self._whole, asked)
            if self._partial is None:
                self._facets.learn(panels)
            self._add(found, self._whole, panels)
        return found

    def _add(self, found: Pictures, seen: Seen, panels: Iterable[Panel]) -> None:
        """Add the panels that are not there yet, each at its place."""
        for place, panel in enumerate(panels):
            if panel.name not in found.of:
                told = picture(panel)
                own = seen is self._partial or self._partial is None
                if own:
                    self._axes.put(told, panel, seen.result, whole=seen.whole)
                found.plots.insert(place, told)
                found.of[panel.name] = seen

    def _old(self, whole: Seen, values: Values) -> list[Panel]:
        """The whole result's panels, which stay while a run under way is drawn many times."""
        if self._drawn is None or self._drawn[0] != values:
            self._drawn = (values, self._exploration.drawn(whole.result, values))
        return self._drawn[1]


def _differs(exploration: Exploration, shown: Values, values: Values) -> str:
    """In what a result that is still shown differs from what the knobs ask for."""
    differing = [
        f"{knob.label} {knob.said(shown[knob.name])}"
        for knob in exploration.knobs
        if knob.kind == "train" and shown[knob.name] != values[knob.name]
    ]
    return f"Still shown: {', '.join(differing) or 'the run before'}."
