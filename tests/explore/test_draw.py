"""Both drawings carry exactly the panel's numbers, read back from what was drawn."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure as MatplotlibFigure

from mtlkit.explore import arrange, draw_matplotlib, draw_plotly
from mtlkit.explore.palette import INK, NAMED
from mtlkit.explore.panels import CurveFacet, Curves, Intervals, Line, Reference, Series

from . import examples

CURVES = [examples.estimates(), examples.estimates(facets=5), examples.fits()]
INTERVALS = [examples.errors(), examples.strategies()]


def as_gap(values: Any) -> list[float | None]:
    return [None if value is None or not math.isfinite(value) else value for value in values]


def expected(panel: Curves | Intervals) -> list[tuple[int, list[float | None]]]:
    """The y values of everything a panel shows, with the facet's number."""
    found = []
    for number, facet in enumerate(panel.facets):
        found += [(number, [reference.value] * 2) for reference in facet.references]
        if isinstance(facet, CurveFacet):
            found += [(number, as_gap(points.y)) for points in facet.points]
            found += [(number, as_gap(line.y)) for line in facet.lines]
        else:
            for series in facet.series:
                found.append((number, as_gap(series.values)))
                found += [(number, as_gap(series.printed))] if series.printed else []
    return found


def bands(panel: Curves) -> list[list[float]]:
    """Every band's finite stretches: low forwards, then high backwards."""
    found = []
    for facet in panel.facets:
        for line in facet.lines:
            for run in arrange.stretches(line):
                found.append([line.low[i] for i in run] + [line.high[i] for i in run[::-1]])
    return found


def ends(series: Series) -> list[tuple[float, float]]:
    """The interval in each category."""
    return list(zip(series.low or (), series.high or (), strict=True))


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
@pytest.mark.parametrize("narrow", [False, True])
def test_plotly_has_the_numbers(panel: Curves | Intervals, narrow: bool) -> None:
    spec = json.loads(json.dumps(draw_plotly.spec(panel, narrow=narrow), allow_nan=False))
    axes = {f"x{n + 1 if n else ''}": n for n in range(len(panel.facets))}
    drawn = [
        (axes[trace["xaxis"]], trace["y"])
        for trace in spec["data"]
        if "fill" not in trace and trace["y"] != [None]
    ]
    for item in expected(panel):
        assert item in drawn


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
def test_plotly_accepts_the_figure(panel: Curves | Intervals) -> None:
    spec = draw_plotly.spec(panel)
    figure = json.loads(draw_plotly.figure(panel).to_json())
    assert [trace["y"] for trace in figure["data"]] == [trace["y"] for trace in spec["data"]]


def test_plotly_draws_each_unbroken_stretch_of_a_band() -> None:
    panel = examples.estimates()
    drawn: list[list[float]] = []
    for trace in draw_plotly.spec(panel)["data"]:
        if trace.get("fill") == "toself":
            stretch: list[float] = []
            for value in trace["y"]:
                if value is None:
                    drawn.append(stretch)
                    stretch = []
                else:
                    stretch.append(value)
    assert drawn == bands(panel)


def test_a_band_is_broken_where_the_run_diverged() -> None:
    line = Line("equal", range(5), [0] * 5, low=[0, 0, None, 0, 0], high=[1, 1, 1, 1, math.inf])
    assert arrange.stretches(line) == [[0, 1], [3]]


@pytest.mark.parametrize("panel", INTERVALS)
def test_plotly_has_the_intervals(panel: Intervals) -> None:
    drawn = [
        trace["y"] for trace in draw_plotly.spec(panel)["data"] if trace.get("hoverinfo") == "skip"
    ]
    told = [
        [end for pair in ends(series) for end in (*as_gap(pair), None)]
        for facet in panel.facets
        for series in facet.series
        if series.low
    ]
    assert drawn == told


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
def test_matplotlib_has_the_numbers(panel: Curves | Intervals) -> None:
    figure = draw_matplotlib.figure(panel)
    drawn = [
        (number, as_gap(np.asarray(line.get_ydata(orig=True), dtype=float).tolist()))
        for number, ax in enumerate(figure.axes)
        for line in ax.lines
    ]
    for item in expected(panel):
        assert item in drawn


@pytest.mark.parametrize("panel", INTERVALS)
def test_matplotlib_has_the_intervals(panel: Intervals) -> None:
    for ax, facet in zip(draw_matplotlib.figure(panel).axes, panel.facets, strict=True):
        drawn = [
            [segment[:, 1].tolist() for segment in collection.get_segments() if len(segment)]
            for collection in ax.collections
            if isinstance(collection, LineCollection)
        ]
        told = [
            [[low, high] for low, high in ends(series) if not math.isnan(low)]
            for series in facet.series
            if series.low
        ]
        assert drawn == told


def test_matplotlib_has_the_pixels_and_the_marks() -> None:
    panel = examples.digits()
    for ax, image in zip(draw_matplotlib.figure(panel).axes, panel.images, strict=True):
        assert np.array_equal(ax.images[0].get_array(), image.pixels)
        assert (panel.mark in ax.get_xlabel()) == image.marked


@pytest.mark.parametrize("panel", [examples.estimates(), examples.fits(), examples.digits()])
def test_an_svg_is_the_same_text_every_time(panel: Any) -> None:
    assert draw_matplotlib.svg(panel) == draw_matplotlib.svg(panel)


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
def test_the_printed_legend_covers_no_axes(panel: Curves | Intervals) -> None:
    figure: MatplotlibFigure = draw_matplotlib.figure(panel)
    figure.draw_without_rendering()
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert not any(box.overlaps(ax.get_tightbbox()) for ax in figure.axes)


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
def test_every_name_is_in_the_legend_once(panel: Curves | Intervals) -> None:
    named = [trace["name"] for trace in draw_plotly.spec(panel)["data"] if trace["showlegend"]]
    assert len(named) == len(set(named))
    assert set(named) == {trace["name"] for trace in draw_plotly.spec(panel)["data"]}
    printed = [
        text.get_text()
        for legend in draw_matplotlib.figure(panel).legends
        for text in legend.get_texts()
    ]
    assert set(printed) == (set(named) if len(named) > 1 else set())


def test_a_logarithmic_axis_is_one_in_both() -> None:
    panel = Curves(
        title="A",
        alt="B.",
        x_label="x",
        y_label="y",
        log_y=True,
        facets=[CurveFacet(lines=[Line("equal", [0, 1, 2], [1, 10, 0])])],
    )
    assert draw_plotly.spec(panel)["layout"]["yaxis"]["type"] == "log"
    assert draw_matplotlib.figure(panel).axes[0].get_yscale() == "log"


@given(st.floats(1e-6, 1e6), st.floats(1.5, 1e6))
def test_ticks_of_a_logarithmic_axis_lie_on_it_and_are_few(low: float, ratio: float) -> None:
    ticks = arrange.log_ticks(low, low * ratio)
    assert all(low <= tick <= low * ratio for tick in ticks)
    assert len(ticks) <= 15
    assert ticks or ratio < 2.5


def test_the_legend_shows_a_reference_in_its_colour_unless_it_has_several() -> None:
    facet = CurveFacet(
        lines=[Line("equal", [0, 1], [0, 1])],
        references=[
            Reference(1, "truth", key="task 1"),
            Reference(2, "truth", key="task 2"),
            Reference(3, "half", key="learned_printed"),
        ],
    )
    panel = Curves(title="A", alt="B.", x_label="x", y_label="y", facets=[facet])
    told = {"truth": INK, "half": NAMED["learned_printed"].colour}
    listed = [trace for trace in draw_plotly.spec(panel)["data"] if trace["showlegend"]]
    drawn = {trace["name"]: trace["line"]["color"] for trace in listed if trace["name"] in told}
    assert drawn == told
    (legend,) = draw_matplotlib.figure(panel).legends
    names = [text.get_text() for text in legend.get_texts()]
    printed = {
        name: line.get_color()
        for name, line in zip(names, legend.get_lines(), strict=True)
        if name in told
    }
    assert printed == told
