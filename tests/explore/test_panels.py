"""Panels take what numbers come in, keep gaps as NaN, and say in one sentence what is wrong."""

import math
from collections.abc import Callable
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from mtlkit.errors import UsageError
from mtlkit.explore.panels import (
    ColumnGroup,
    CurveFacet,
    Curves,
    GridImage,
    ImageGrid,
    IntervalFacet,
    Intervals,
    Line,
    Panel,
    Points,
    Series,
    Table,
)

from . import examples

WORDS = {"title": "A title", "alt": "A sentence."}
AXES = {**WORDS, "x_label": "x", "y_label": "y"}
LINE = Line("truth", [0, 1], [0, 1])


@pytest.mark.parametrize(
    "values", [[1, 2.5, None], np.array([1, 2.5, math.inf]), pd.Series([1, 2.5, math.nan])]
)
def test_any_sequence_of_numbers_is_taken_and_what_is_not_finite_is_a_gap(values: Any) -> None:
    line = Line("equal", [0, 1, 2], values)
    assert line.y[:2] == (1.0, 2.5)
    assert math.isnan(line.y[2])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Line("equal", [0, 1], [1]),
        lambda: Line("equal", [0, 1], [1, 2], low=[0, 1]),
        lambda: Line("equal", [0, 1], [1, 2], low=[0, 1], high=[2]),
        lambda: Line("equal", [0, 1], ["one", "two"]),
        lambda: Points("equal", [0, 1], [1]),
        lambda: CurveFacet(),
        lambda: Curves(**AXES, facets=[]),
        lambda: Curves(**{**AXES, "alt": " "}, facets=[CurveFacet(lines=[LINE])]),
        lambda: Curves(**{**AXES, "y_label": ""}, facets=[CurveFacet(lines=[LINE])]),
        lambda: Series(key="equal", values=[1], low=[0]),
        lambda: Intervals(
            **AXES,
            categories=["a", "b"],
            facets=[IntervalFacet(series=[Series(key="equal", values=[1])])],
        ),
        lambda: Intervals(**AXES, categories=["a"], facets=[IntervalFacet(series=[])]),
        lambda: GridImage(np.zeros((8, 8), np.uint8)[0:0], "nothing"),
        lambda: ImageGrid(**WORDS, images=[]),
        lambda: ImageGrid(**WORDS, images=[GridImage(np.zeros((2, 2), np.uint8), "0", True)]),
        lambda: Table(**WORDS, columns=["a", "b"], rows=[["1"]]),
        lambda: Table(**WORDS, columns=["a", "b"], rows=[], groups=[ColumnGroup("c", 3)]),
    ],
)
def test_a_mistake_is_told_in_one_sentence(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError) as told:
        make()
    assert str(told.value).endswith(".")
    assert "allowed" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "panel", [examples.estimates(), examples.errors(), examples.digits(), examples.table()]
)
def test_no_panel_without_a_title_and_an_alternative_text(panel: Panel) -> None:
    for field in ("title", "alt"):
        with pytest.raises(UsageError, match=field):
            attrs.evolve(panel, **{field: ""})
