"""Colours for numbers are read by lightness alone, by colour-blind readers too."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtlkit.explore import colour_scales
from mtlkit.explore.colour_scales import DIVERGING, SEQUENTIAL, Scale, between, ink_on
from mtlkit.explore.palette import INK, PAPER, RULE, TASKS
from mtlkit.explore.panels import Heatmap

WEIGHTS = np.array([0.2126, 0.7152, 0.0722])

# Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
SEEN = {
    "as it is": np.eye(3),
    "without red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "without green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "without blue": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lightness(colours: Scale, eye: str, places: np.ndarray) -> np.ndarray:
    seen = [np.clip(SEEN[eye] @ linear(between(colours, place)), 0, 1) for place in places.tolist()]
    return np.array(seen) @ WEIGHTS


def contrast(one: str, other: str) -> float:
    dark, light = sorted((float(linear(one) @ WEIGHTS), float(linear(other) @ WEIGHTS)))
    return (light + 0.05) / (dark + 0.05)


def heatmap(values: list[float | None], **more: object) -> Heatmap:
    names = [str(number) for number in range(len(values))]
    return Heatmap(
        title="A",
        alt="B.",
        x_label="x",
        y_label="y",
        quantity="z",
        columns=names,
        rows=["only"],
        values=[values],
        **more,
    )


@pytest.mark.parametrize("eye", SEEN)
def test_more_is_lighter_for_every_eye(eye: str) -> None:
    assert (np.diff(lightness(SEQUENTIAL, eye, np.linspace(0, 1, 21))) > 0).all()


@pytest.mark.parametrize("eye", SEEN)
def test_further_from_the_centre_is_darker_on_both_sides_for_every_eye(eye: str) -> None:
    assert (np.diff(lightness(DIVERGING, eye, np.linspace(0, 0.5, 11))) > 0).all()
    assert (np.diff(lightness(DIVERGING, eye, np.linspace(0.5, 1, 11))) < 0).all()


@pytest.mark.parametrize("eye", SEEN)
def test_the_two_sides_of_the_centre_differ_in_hue_for_every_eye(eye: str) -> None:
    for aside in (0.25, 0.5):
        below, above = (
            SEEN[eye] @ linear(between(DIVERGING, place)) for place in (0.5 - aside, 0.5 + aside)
        )
        # Blue against brown: on one side blue is the strongest part, on the other the weakest.
        assert below[2] > below[:2].max()
        assert above[2] < above[:2].max()


@given(st.floats(0, 1), st.sampled_from([SEQUENTIAL, DIVERGING]))
def test_a_number_is_read_on_every_colour(place: float, colours: Scale) -> None:
    background = between(colours, place)
    assert contrast(ink_on(background), background) >= 4.5


def test_a_page_in_the_dark_leaves_these_colours_alone() -> None:
    """The page's script replaces the palette's colours, wherever they stand."""
    mine = {stop for scale in (SEQUENTIAL, DIVERGING) for _, stop in scale}
    mine |= {colour_scales.DARK_INK, colour_scales.LIGHT_INK}
    assert not mine & {INK, PAPER, RULE, *(style.colour for style in TASKS)}


def test_the_ends_are_those_of_the_values_or_as_far_to_both_sides_of_the_centre() -> None:
    assert colour_scales.ends(heatmap([1, 4, None])) == (1, 4)
    assert colour_scales.ends(heatmap([1, 4, None], centre=2)) == (0, 4)
    assert colour_scales.ends(heatmap([1, 4], span=(0, 10))) == (0, 10)


@pytest.mark.parametrize("values", [[3.0, 3.0], [None, None]])
@pytest.mark.parametrize("centre", [None, 3])
def test_the_ends_differ_even_where_the_values_do_not(
    values: list[float | None], centre: float | None
) -> None:
    low, high = colour_scales.ends(heatmap(values, centre=centre))
    assert low < high


def test_a_value_beyond_an_end_has_the_ends_colour() -> None:
    panel = heatmap([0, 0.5, 1], span=(0, 1))
    assert colour_scales.colour(panel, -1.0) == SEQUENTIAL[0][1]
    assert colour_scales.colour(panel, 2.0) == SEQUENTIAL[-1][1]
    assert colour_scales.colour(panel, 0.5) == SEQUENTIAL[2][1]
