"""What the Explorer shows of a panel: four digits, few points, the ends and the gaps kept."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.explore.panels import CurveFacet, Curves, GridImage, Heatmap, ImageGrid, Line
from mtlkit.explore.rounding import MOST_BANDED, MOST_POINTS, rounded
from tests.explore import examples

finite = st.floats(-1e9, 1e9, allow_subnormal=False)


def curves(line: Line) -> Curves:
    facet = CurveFacet(lines=[line])
    return Curves(title="A line", alt="It goes.", x_label="x", y_label="y", facets=[facet])


def line_of(panel: Curves) -> Line:
    return panel.facets[0].lines[0]


@given(st.lists(finite, min_size=1, max_size=8))
def test_a_number_moves_by_less_than_its_fourth_digit(values: list[float]) -> None:
    found = line_of(rounded(curves(Line("equal", range(len(values)), values)))).y
    for number, value in zip(found, values, strict=True):
        assert abs(number - value) <= 0.5001e-3 * abs(value)
        assert len(f"{abs(number):e}".split("e")[0].rstrip("0").replace(".", "")) <= 4


def test_to_round_twice_changes_nothing() -> None:
    for panel in (examples.estimates(epochs=90), examples.fits(), examples.errors()):
        once = rounded(panel)
        assert repr(rounded(once)) == repr(once)


def test_words_stay_and_gaps_stay() -> None:
    panel = examples.estimates(epochs=40)
    short = rounded(panel)
    assert (short.title, short.alt, short.caption) == (panel.title, panel.alt, panel.caption)
    last = short.facets[1].lines[2]
    assert math.isnan(last.y[-1]) and not math.isnan(last.y[0])


def test_a_long_line_keeps_some_of_its_points_its_ends_among_them() -> None:
    x = np.linspace(-1, 1, 201)
    found = line_of(rounded(curves(Line("truth", x, x**2))))
    assert len(found.x) == len(found.y) == MOST_POINTS
    assert (found.x[0], found.x[-1]) == (-1, 1)
    np.testing.assert_allclose(found.y, np.square(found.x), rtol=1e-3)


def test_a_line_with_a_band_keeps_its_beginning() -> None:
    x = np.arange(0, 120, 3)
    found = line_of(rounded(curves(Line("task 1", x, 2.0 * x, low=x - 1, high=3.0 * x))))
    assert len(found.x) <= MOST_BANDED
    assert found.x[:4] == (0, 3, 6, 9) and found.x[-1] == 117
    assert found.y == tuple(2 * x for x in found.x)
    assert found.low == tuple(x - 1 for x in found.x)


def test_a_short_line_keeps_every_point() -> None:
    line = line_of(rounded(curves(Line("truth", range(MOST_POINTS), range(MOST_POINTS)))))
    assert line.x == tuple(range(MOST_POINTS))


def test_tables_of_numbers_are_rounded_and_pixels_are_not() -> None:
    heat = Heatmap(
        title="Heat",
        alt="Warm.",
        x_label="x",
        y_label="y",
        quantity="warmth",
        columns=["a", "b"],
        rows=["c"],
        values=[[1.23456789, 0.000123456]],
    )
    assert rounded(heat).values == ((1.235, 0.0001235),)
    pixels = np.arange(4, dtype=np.uint8).reshape(2, 2)
    grid = ImageGrid(title="Small", alt="Grey.", images=[GridImage(pixels, "a picture")])
    assert np.array_equal(rounded(grid).images[0].pixels, pixels)
