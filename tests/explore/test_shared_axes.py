"""Axes that stay where they are from frame to frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import attrs
import pytest

from mtlkit.explore import arrange
from mtlkit.explore.draw_plotly import spec
from mtlkit.explore.panels import (
    CurveFacet,
    Curves,
    IntervalFacet,
    Intervals,
    Line,
    Panel,
    Reference,
    Series,
)
from mtlkit.explore.shared_axes import shared_axes


def curves(top: float, *, length: int = 5, log: bool = False) -> Curves:
    x = range(length)
    line = Line("task 1", x, [max(top * at / (length - 1), 0.01) for at in x])
    return Curves(
        name="rising",
        title="Rising",
        alt="It rises.",
        x_label="x",
        y_label="y",
        log_y=log,
        facets=[CurveFacet(lines=[line], references=[Reference(1.0)])] * 2,
    )


def axes_of(panel: Curves | Intervals, all_panels: Sequence[Panel]) -> dict[str, Any]:
    return shared_axes(all_panels).put(spec(panel), panel)


def test_usual_frames_have_one_axis() -> None:
    panels = [curves(top) for top in (4.0, 5.0, 6.0, 6.0)]
    found = [axes_of(panel, panels)["layout"] for panel in panels]
    for name in ("xaxis", "xaxis2", "yaxis", "yaxis2"):
        assert len({tuple(layout[name]["range"]) for layout in found}) == 1
    assert found[0]["yaxis"]["range"][1] > 6


def test_every_point_is_within_its_axes() -> None:
    panels = [curves(float(top), length=3 + top) for top in range(1, 40)]
    for panel in panels:
        layout = axes_of(panel, panels)["layout"]
        for name, own in (("xaxis", arrange.x_range(panel)), ("yaxis", arrange.y_range(panel))):
            low, high = layout[name]["range"]
            assert low <= own[0] and own[1] <= high


def test_a_frame_that_needs_far_more_has_an_axis_of_its_own() -> None:
    usual, broken = [curves(5.0) for _ in range(40)], curves(1e6)
    panels = [*usual, broken]
    assert axes_of(usual[0], panels)["layout"]["yaxis"]["range"][1] < 10
    assert axes_of(broken, panels)["layout"]["yaxis"]["range"][1] > 1e6


def test_references_reach_across_the_whole_axis() -> None:
    panels = [curves(5.0, length=3), *[curves(5.0, length=9) for _ in range(9)]]
    found = axes_of(panels[0], panels)
    dotted = [trace for trace in found["data"] if trace["line"].get("dash") == "dot"]
    assert [trace["x"] for trace in dotted if trace["x"] != [None]] == [
        found["layout"]["xaxis"]["range"]
    ] * 2


def test_a_logarithmic_axis_has_ticks_all_along() -> None:
    panels = [curves(top, log=True) for top in (1.0, 100.0, 100.0)]
    layout = axes_of(panels[0], panels)["layout"]
    low, high = layout["yaxis"]["range"]
    ticks = layout["yaxis"]["tickvals"]
    assert math.log10(max(ticks)) == pytest.approx(2) and high > 2
    assert all(low <= math.log10(tick) <= high for tick in ticks)
    assert layout["yaxis"]["ticktext"] == [arrange.log_label(tick) for tick in ticks]


def test_categories_keep_their_own_axis() -> None:
    def intervals(count: int) -> Intervals:
        return Intervals(
            name="errors",
            title="Errors",
            alt="Dots.",
            x_label="task",
            y_label="error",
            categories=[str(number) for number in range(count)],
            facets=[IntervalFacet(series=[Series(key="equal", values=range(count))])],
        )

    panels = [intervals(count) for count in (2, 3, 5)]
    for panel, count in zip(panels, (2, 3, 5), strict=True):
        layout = axes_of(panel, panels)["layout"]
        assert layout["xaxis"]["range"] == [-0.5, count - 0.5]
        assert layout["yaxis"]["range"][1] >= 4


def test_bands_are_within_the_axis_too() -> None:
    def banded(top: float) -> Curves:
        line = Line("task 1", range(20), [1.0] * 20, [0.5] * 20, [*[2.0] * 19, top])
        return attrs.evolve(curves(2.0), facets=[CurveFacet(lines=[line])])

    panels = [banded(2.0 + number) for number in range(10)]
    for panel in panels:
        low, high = axes_of(panel, panels)["layout"]["yaxis"]["range"]
        assert low < 0.5 and 11 < high < 12


def test_a_frame_without_any_number_has_the_axes_of_the_others() -> None:
    panels = [curves(5.0), curves(5.0), curves(math.nan)]
    gaps = attrs.evolve(
        panels[2], facets=[CurveFacet(lines=[Line("task 1", range(5), [math.nan] * 5)])] * 2
    )
    found = axes_of(gaps, [*panels[:2], gaps])["layout"]["yaxis"]["range"]
    assert found == axes_of(panels[0], panels[:2])["layout"]["yaxis"]["range"]
