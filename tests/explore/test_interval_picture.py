"""The picture is to scale, nothing in it vanishes, and its words say what it shows."""

import itertools
import math
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import assume, given
from hypothesis import strategies as st

from mtlkit.core.interval import Interval
from mtlkit.core.region import Region
from mtlkit.explore.interval_picture import (
    Axis,
    Bounds,
    axis_for,
    interval_picture,
    picture_words,
    place_words,
    scale_picture,
)

NUMBERS = st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-9)


def found(effect: float | None, half: float | None = None) -> dict[str, Any]:
    if effect is None or half is None:
        return {"effect": effect, "low": None, "high": None}
    return {"effect": effect, "low": effect - half, "high": effect + half}


@st.composite
def regions(draw: st.DrawFn) -> Bounds:
    low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
    assume(high - low > 1e-9)
    return draw(st.sampled_from([(low, high), (low, None), (None, high)]))


def svg(picture: str) -> Tag:
    return BeautifulSoup(picture, "html.parser").svg


def shade(picture: str) -> tuple[float, float]:
    region = svg(picture).find(class_="mtl-region")
    left = float(region["x"])
    return left, left + float(region["width"])


def dot(picture: str) -> float:
    return float(svg(picture).circle["cx"])


def labels(picture: str) -> list[str]:
    return [label.text for label in svg(picture).find_all("text")]


@given(NUMBERS, st.none() | st.floats(0, 1e9), regions())
def test_everything_lies_in_the_picture_and_keeps_its_order(
    effect: float, half: float | None, region: Bounds
) -> None:
    told = found(effect, half)
    picture = interval_picture(told, region, "words")
    left, right = shade(picture)
    assert -0.1 <= left < right <= 280.1
    assert right - left >= 5.9  # the region is never squashed to nothing
    assert 0 < dot(picture) < 280
    if half is not None:
        ends = re.search(r'd="M([\d.]+) [\d.]+H([\d.]+)', picture)
        assert float(ends[1]) <= dot(picture) <= float(ends[2])
    # Where the picture has room to tell, the dot is in the shade exactly if the effect is claimed.
    for bound, edge in zip(region, (left, right), strict=True):
        if bound is not None and abs(dot(picture) - edge) > 6:
            assert (dot(picture) > edge) == (effect > bound)


@pytest.mark.parametrize(
    ("effect", "half", "region"),
    [
        (1e6, 1.0, (-5.0, 5.0)),  # far outside
        (-1e12, 1e-3, (None, 5.0)),
        (0.0, 1e6, (-1e-6, 1e-6)),  # an interval far wider than the region
        (0.0, 1e-6, (-1e6, 1e6)),  # and far narrower
    ],
)
def test_extremes_leave_region_and_effect_to_be_seen_apart(
    effect: float, half: float, region: Bounds
) -> None:
    picture = interval_picture(found(effect, half), region, "words")
    left, right = shade(picture)
    assert right - left >= 5.9
    inside = effect in Region(*(-math.inf if region[0] is None else region[0], region[1]))
    assert (left < dot(picture) < right) == inside
    assert inside or min(abs(dot(picture) - left), abs(dot(picture) - right)) > 20


def test_close_to_one_boundary_the_other_is_left_out() -> None:
    picture = interval_picture(found(4.99, 0.005), (-5.0, 5.0), "words")
    left, right = shade(picture)
    assert left == 0
    assert right - dot(picture) > 20
    assert "5" in labels(picture)
    assert "−5" not in labels(picture)


def test_the_picture_is_to_scale() -> None:
    picture = interval_picture(found(2.5, 2.5), (-5.0, 5.0), "words")
    left, right = shade(picture)
    assert dot(picture) == pytest.approx(left + 0.75 * (right - left), abs=0.1)


@pytest.mark.parametrize("nothing", [None, math.nan, math.inf])
def test_without_an_effect_there_is_the_region_alone(nothing: float | None) -> None:
    told = {"effect": nothing, "low": nothing, "high": nothing}
    picture = interval_picture(told, (None, 0.0), "words")
    assert svg(picture).circle is None
    left, right = shade(picture)
    assert left == 0
    assert 0 < right < 280
    assert picture_words(told, (None, 0.0), "below 0", "") == "Claimed: below 0. Found: nothing."


@pytest.mark.parametrize("half", [None, math.nan, math.inf])
def test_an_exact_value_is_a_dot_alone(half: float | None) -> None:
    picture = interval_picture(found(0.5, half), (0.99, 1.01), "words")
    assert svg(picture).circle
    assert "H" not in "".join(path["d"] for path in svg(picture).find_all("path"))


def test_an_open_region_goes_to_the_edge_and_has_one_line() -> None:
    above = interval_picture(found(1.0, 0.5), (0.25, None), "words")
    assert shade(above)[1] == 280
    assert shade(above)[0] > 20
    lines = [path for path in svg(above).find_all("path") if path.get("stroke-width") == "1.5"]
    assert len(lines) == 1


def test_boundaries_and_a_zero_within_range_are_labelled() -> None:
    assert {"−5", "0", "5"} <= set(labels(interval_picture(found(1.0, 1.0), (-5.0, 5.0), "")))
    assert "0" in labels(interval_picture(found(1.0, 0.5), (0.5, None), ""))
    assert "0" not in labels(interval_picture(found(101.0, 0.5), (100.0, None), ""))


def test_boundaries_too_close_for_two_labels_share_one() -> None:
    assert "±5" in labels(interval_picture(found(900.0, 1.0), (-5.0, 5.0), ""))
    assert "0.99 to 1.01" in labels(interval_picture(found(0.5), (0.99, 1.01), ""))


@given(NUMBERS, st.floats(0, 1e9), regions())
def test_labels_do_not_run_into_each_other(effect: float, half: float, region: Bounds) -> None:
    texts = svg(interval_picture(found(effect, half), region, "words")).find_all("text")
    spans = sorted(
        (float(text["x"]) - 3.2 * len(text.text), float(text["x"]) + 3.2 * len(text.text))
        for text in texts
    )
    assert spans
    assert all(first[1] < second[0] for first, second in itertools.pairwise(spans))
    assert spans[0][0] >= -0.1
    assert spans[-1][1] <= 280.1


def test_pictures_on_one_scale_put_one_number_in_one_place() -> None:
    cells = [found(1.0, 0.5), found(9.0, 3.0), found(-4.0)]
    axis = axis_for(cells, (-5.0, 5.0), 200.0)
    pictures = [interval_picture(cell, (-5.0, 5.0), "words", axis) for cell in cells]
    assert len({shade(picture) for picture in pictures}) == 1
    for cell, picture in zip(cells, pictures, strict=True):
        assert dot(picture) == pytest.approx(axis.x(cell["effect"]), abs=0.06)
        assert not labels(picture)
    assert "5" in labels(scale_picture(axis, (-5.0, 5.0)))
    assert svg(scale_picture(axis, (-5.0, 5.0)))["aria-hidden"] == "true"


def test_an_axis_puts_what_is_beyond_it_on_its_edge() -> None:
    axis = Axis(0.0, 10.0, 100.0)
    assert [axis.x(value) for value in (-5.0, 0.0, 2.5, 10.0, math.inf)] == [0, 0, 25, 100, 100]


@given(NUMBERS, st.floats(1e-6, 1e9), regions())
def test_the_place_in_words_is_that_of_the_region(
    effect: float, half: float, region: Bounds
) -> None:
    told = found(effect, half)
    low, high = region
    claimed = Region(-math.inf if low is None else low, math.inf if high is None else high)
    place = claimed.place(Interval(effect, told["low"], told["high"], 2))
    assert (
        place_words(told, region)
        == {
            "inside": "wholly inside",
            "outside": "wholly outside",
            "across": "partly inside and partly outside",
        }[place]
    )
    assert place_words(found(effect), region) == ("inside" if effect in claimed else "outside")


def test_the_words_are_the_pictures_name_and_become_no_markup() -> None:
    words = picture_words(found(1.0, 0.5), (0.0, None), 'above 0 <b>"dB"</b>', "dB")
    picture = svg(interval_picture(found(1.0, 0.5), (0.0, None), words))
    assert picture["role"] == "img"
    assert picture["aria-label"] == words
    assert picture.b is None
