"""Numbers in words: rounding keeps the interval around the value."""

import math
import re

from hypothesis import given
from hypothesis import strategies as st

from mtlkit.explore.words import number, with_interval

SIZES = st.floats(-1e5, 1e5)


@given(SIZES, st.floats(1e-4, 1e4), st.floats(1e-4, 1e4))
def test_rounded_ends_are_within_a_tenth_of_the_interval(
    value: float, below: float, above: float
) -> None:
    low, high = value - below, value + above
    told = with_interval(value, low, high).replace("−", "-")
    shown = [float(text) for text in re.findall(r"-?[\d.]+", told)]
    assert len(shown) == 3
    for exact, rounded in zip((value, low, high), shown, strict=True):
        assert abs(exact - rounded) <= 0.1 * (high - low)


def test_what_is_not_there_is_a_dash() -> None:
    assert number(None) == number(math.nan) == with_interval(None, None, None) == "–"


def test_an_exact_value_has_no_interval() -> None:
    assert with_interval(2.0, 2.0, 2.0) == with_interval(2.0, None, None) == "2"
