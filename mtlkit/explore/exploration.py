"""What a lesson lets one explore: its knobs, the setting they ask for, the pictures of a run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from mtlkit.core.result import Result
from mtlkit.core.study import Setting
from mtlkit.explore.knobs import Knob, Values, defaults
from mtlkit.explore.lesson_words import Words
from mtlkit.explore.panels import Heatmap, Panel
from mtlkit.explore.rounding import rounded

MOST_GRID_KNOBS, MOST_FRAMES = 3, 120


def _nothing(result: Result, values: Values) -> None:
    return None


@attrs.frozen(kw_only=True)
class Exploration:
    """A lesson's declaration for the Explorer.

    Parameters
    ----------
    knobs
        What can be turned.
    setting
        From the knobs' values to the setting to run.
    panels
        From a result and the knobs' values to pictures. Of a run under way the result has the
        table `history` alone, as far as it has come, and what `observed_arrays` names: what needs
        more is left out. Names and order are always the same.
    grid
        The knobs that move in the static report, with their values there; the others are shown
        as they start, but for view knobs of few values (`frames.MOST_VIEWS`), which move too. A
        view knob in the grid costs no training.
    observed
        What the lesson's table `history` calls what a snapshot observes, by the snapshot's name;
        what is not named is left out.
    observed_arrays
        What the lesson's arrays are called of which a snapshot observes the present state, by the
        snapshot's name: with `{"probability": "gates"}` a run under way has, as its result will,
        arrays `gates_PART/SEED`, such as the (task, expert) probabilities of each method and seed.
    hint
        A line that says what to try first.
    title
        What it is about, where a lesson has several; empty: the lesson's title.
    words
        What it calls what it trains.
    smoke
        Where the knobs start at scale `smoke`, as far as that is elsewhere: few epochs, few
        seeds.
    prepare
        From a complete result and the knobs' values to work of many seconds that makes `panels`
        find more at hand (an embedding in its cache); None if there is nothing to do. It is done
        while the pictures are on show already, which are then drawn once more.

    Raises
    ------
    ValueError
        If the grid has more than three knobs or 120 frames, or names a knob or a value that is
        not there; so too for `smoke`.
    """

    knobs: tuple[Knob, ...]
    setting: Callable[[Values], Setting]
    panels: Callable[[Result, Values], Sequence[Panel]]
    grid: Mapping[str, tuple[Any, ...]]
    observed: Mapping[str, str]
    hint: str
    title: str = ""
    words: Words = attrs.field(factory=Words)
    observed_arrays: Mapping[str, str] = attrs.field(factory=dict)
    smoke: Mapping[str, Any] = attrs.field(factory=dict)
    prepare: Callable[[Result, Values], Callable[[], object] | None] = _nothing

    def __attrs_post_init__(self) -> None:
        """Check the grid, and where knobs start."""
        by_name = {knob.name: knob for knob in self.knobs}
        named = [(name, value) for name, values in self.grid.items() for value in values]
        for name, value in (*named, *self.smoke.items()):
            if name not in by_name:
                raise ValueError(f"knob = {name}: allowed is one of {', '.join(by_name)}.")
            by_name[name].check(value)
        frames = math.prod(map(len, self.grid.values()))
        if len(self.grid) > MOST_GRID_KNOBS or frames > MOST_FRAMES:
            raise ValueError(
                f"grid of {len(self.grid)} knobs and {frames} frames: allowed are "
                f"{MOST_GRID_KNOBS} and {MOST_FRAMES}."
            )

    def start(self, scale: str) -> dict[str, Any]:
        """The values of all knobs as they start at a scale."""
        return {**defaults(self.knobs), **(self.smoke if scale == "smoke" else {})}

    def trained(self, values: Values) -> Setting:
        """The setting to run; evaluate and view knobs, and those that do nothing, have no say."""
        turned = {
            knob.name: values[knob.name]
            for knob in self.knobs
            if knob.kind == "train" and knob.applies(values)
        }
        return self.setting({**defaults(self.knobs), **turned})

    def drawn(self, result: Result, values: Values) -> list[Panel]:
        """A run's panels, with the digits that both faces show.

        Raises
        ------
        ValueError
            If a click would turn what is no view knob.
        UsageError
            If it would set one to what it cannot be set to.
        """
        panels = [rounded(panel) for panel in self.panels(result, values)]
        views = {knob.name: knob for knob in self.knobs if knob.kind == "view"}
        for panel in panels:
            if isinstance(panel, Heatmap) and panel.turns is not None:
                if panel.turns.knob not in views:
                    raise ValueError(
                        f"turns = {panel.turns.knob}: allowed is a view knob, one of "
                        f"{', '.join(views)}."
                    )
                for text in panel.turns.values:
                    views[panel.turns.knob].read(text)
        return panels

    def frames(self) -> Iterator[dict[str, Any]]:
        """The values of all knobs at each point of the static grid."""
        for point in itertools.product(*self.grid.values()):
            yield {**defaults(self.knobs), **dict(zip(self.grid, point, strict=True))}
