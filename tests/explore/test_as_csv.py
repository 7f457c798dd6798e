"""A panel's numbers as CSV, read back by pandas and by the standard library."""

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest

from mtlkit.explore import arrange
from mtlkit.explore.as_csv import as_csv
from mtlkit.explore.panels import Line, Table

from . import examples


def read(panel) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(as_csv(panel)), dtype={"facet": str, "series": str})


def close(found: pd.Series, told: tuple[float, ...]) -> None:
    np.testing.assert_allclose(found.to_numpy(float), told, rtol=1e-6)


@pytest.mark.parametrize("panel", [examples.estimates(), examples.fits()])
def test_every_line_and_point_of_curves_is_there_once(panel) -> None:
    table, looks = read(panel), arrange.looks(panel)
    x, y = f"x: {panel.x_label}", f"y: {panel.y_label}"
    rows = 0
    for facet in panel.facets:
        mine = table[table["facet"] == facet.title]
        for mark in (*facet.lines, *facet.points):
            found = mine[
                (mine["series"] == arrange.name(mark, looks)) & (mine["kind"] != "reference")
            ]
            close(found[x], mark.x)
            close(found[y], mark.y)
            if isinstance(mark, Line) and mark.low is not None:
                close(found["low"], mark.low)
                close(found["high"], mark.high)
            rows += len(mark.x)
        lines = mine[mine["kind"] == "reference"]
        assert lines[y].tolist() == [reference.value for reference in facet.references]
        rows += len(lines)
    assert len(table) == rows


def test_intervals_have_a_row_for_each_category_with_what_the_source_prints() -> None:
    panel = examples.errors()
    table = read(panel)
    for facet in panel.facets:
        for series in facet.series:
            name = arrange.name(series, arrange.looks(panel))
            found = table[(table["facet"] == facet.title) & (table["series"] == name)]
            assert tuple(found[f"x: {panel.x_label}"]) == panel.categories
            close(found[f"y: {panel.y_label}"], series.values)
            close(found["low"], series.low)
            close(found["high"], series.high)
            close(found["printed in the source"], series.printed or (math.nan,) * 4)


def test_a_table_has_a_row_for_each_cell_with_values_apart_from_intervals() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(examples.table()))))
    assert len(rows) == 2 * 4
    assert rows[2] == {
        "row": "T = 2",
        "group": "ours",
        "column": "task 1",
        "value": "1.02",
        "low": "0.98",
        "high": "1.05",
    }
    assert rows[0]["value"] == "1.0015" and rows[0]["low"] == ""


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("−1.5 ± 0.25", {"value": "-1.5", "half width": "0.25"}),
        ("1,250", {"value": "1250"}),
        ("2e-05", {"value": "2e-05"}),
        ("–", {"value": ""}),
        ("4 of 5 hold", {"value": "4 of 5 hold"}),
        ("0.5 [−0.1, 1.1]", {"value": "0.5", "low": "-0.1", "high": "1.1"}),
    ],
)
def test_a_cell_is_read_as_a_number_where_it_is_one(cell: str, told: dict[str, str]) -> None:
    panel = Table(title="A", alt="B", columns=["row", "error, %"], rows=[["T, 2", cell]])
    (row,) = csv.DictReader(io.StringIO(as_csv(panel)))
    assert row == {"row": "T, 2", "column": "error, %", **told}


def test_pictures_keep_their_pixels_and_marks() -> None:
    panel = examples.digits()
    table = pd.read_csv(io.StringIO(as_csv(panel)))
    for number, image in enumerate(panel.images, start=1):
        mine = table[table["picture"] == number]
        assert np.array_equal(mine.filter(like="column").to_numpy(), image.pixels)
        assert set(mine["caption"]) == {image.caption}
        assert mine["mark"].notna().all() == image.marked


def test_columns_that_nothing_fills_are_left_out() -> None:
    panel = examples.strategies()
    heading = as_csv(panel).splitlines()[0]
    assert heading == f"kind,series,x: {panel.x_label},y: {panel.y_label}"
