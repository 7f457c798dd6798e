"""A panel written as JSON and read again is the panel."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from mtlkit.errors import UsageError
from mtlkit.explore.as_csv import as_csv
from mtlkit.explore.panel_json import from_json, to_json
from mtlkit.explore.panels import (
    ColumnGroup,
    Embedding,
    GridImage,
    Heatmap,
    ImageGrid,
    Panel,
    PointGroup,
    Table,
    Turns,
)
from tests.explore import examples

TABLE = Table(
    title="Errors",
    alt="Two rows.",
    columns=["T", "mean", "best"],
    rows=[["2", "0.5", "–"], ["3", "0.7 ± 0.1", "0.6"]],
    groups=[ColumnGroup("", 1), ColumnGroup("error", 2)],
)
PLACES = Embedding(
    title="Digits",
    alt="Two heaps.",
    method="PCA",
    mark="wrong",
    groups=[PointGroup("one", [0.5, 1.0], [2.0, float("nan")], ("a", "b"), (True, False))],
)
HEAT = Heatmap(
    title="Change",
    alt="Warm and cold.",
    x_label="x",
    y_label="y",
    quantity="change",
    columns=["a", "b"],
    rows=["c"],
    values=[[1.5, float("nan")]],
    centre=0.0,
    span=(-2, 2),
    turns=Turns("shown", (2.5,)),
)


@pytest.mark.parametrize(
    "panel", [HEAT, examples.estimates(), examples.fits(), examples.errors(), TABLE, PLACES]
)
def test_what_was_written_is_read(panel: Panel) -> None:
    text = json.dumps(to_json(panel), allow_nan=False)
    assert repr(from_json(json.loads(text))) == repr(panel)


@pytest.mark.parametrize(
    "pixels", [[[0, 128], [255, 1]], [[[255, 0, 0], [0, 255, 3]], [[1, 2, 3], [9, 9, 9]]]]
)
def test_pixels_are_read_back(pixels: list[Any]) -> None:
    pixels = np.array(pixels, np.uint8)
    panel = ImageGrid(title="Small", alt="Grey.", images=[GridImage(pixels, "a picture")])
    again = from_json(json.loads(json.dumps(to_json(panel))))
    assert as_csv(again) == as_csv(panel)
    assert again.images[0].pixels.dtype == np.uint8
    np.testing.assert_array_equal(again.images[0].pixels, pixels)


@pytest.mark.parametrize("name", ["Cache", "annotations", "Plotted", "__doc__"])
def test_what_is_no_part_of_a_panel_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"is = {name}"):
        from_json({"is": name})


def test_what_json_has_no_words_for_is_refused() -> None:
    with pytest.raises(UsageError, match="value = <object"):
        to_json(object())
