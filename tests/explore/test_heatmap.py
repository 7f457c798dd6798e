"""Heat maps: what is refused, and that every drawing has the numbers."""

import csv
import io
import itertools
import json
import math
import re
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.patches import Rectangle

from mtlkit.errors import UsageError
from mtlkit.explore import draw_matplotlib, draw_plotly
from mtlkit.explore.as_csv import as_csv
from mtlkit.explore.colour_scales import ends
from mtlkit.explore.figure import PLOTLY, show
from mtlkit.explore.panel_json import from_json, to_json
from mtlkit.explore.panels import Heatmap

from . import more_examples

PANELS = [more_examples.confusion(), more_examples.affinity(), more_examples.gates()]
PLAIN = {
    "title": "A",
    "alt": "B.",
    "x_label": "x",
    "y_label": "y",
    "quantity": "z",
    "columns": ["a", "b"],
    "rows": ["c"],
}


def numbers(panel: Heatmap) -> list[list[float | None]]:
    return [
        [value if math.isfinite(value) else None for value in values] for values in panel.values
    ]


@pytest.mark.parametrize(
    "values", [[[1, None]], np.array([[1, math.inf]]), pd.DataFrame([[1, None]])]
)
def test_any_table_of_numbers_is_taken(values: Any) -> None:
    ((first, second),) = Heatmap(**PLAIN, values=values).values
    assert first == 1.0
    assert math.isnan(second)


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": [[1]]},
        {"values": [[1, 2], [3, 4]]},
        {"values": [["one", "two"]]},
        {"values": [1, 2]},
        {"values": [], "rows": []},
        {"values": [[]], "columns": []},
        {"values": [[1, 2]], "span": (1, 1)},
        {"values": [[1, 2]], "span": (0, 1, 2)},
        {"values": [[1, 2]], "span": (0, 1), "centre": 0},
        {"values": [[1, 2]], "quantity": " "},
        {"values": [[1, 2]], "missing": ""},
        {"values": [[1, 2]], "outlined": [(0, 2)], "outline": "new"},
        {"values": [[1, 2]], "outlined": [(0,)], "outline": "new"},
        {"values": [[1, 2]], "outlined": [(0, 1)]},
    ],
)
def test_a_mistake_is_told_in_one_sentence(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as told:
        Heatmap(**{**PLAIN, **wrong})
    assert "allowed" in str(told.value)
    assert str(told.value).endswith(".")


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("narrow", [False, True])
def test_plotly_has_the_numbers_names_and_ends(panel: Heatmap, narrow: bool) -> None:
    spec = json.loads(json.dumps(draw_plotly.spec(panel, narrow=narrow), allow_nan=False))
    drawn = spec["data"][0]
    assert drawn["z"] == numbers(panel)
    colours = spec["layout"]["coloraxis"]
    assert (colours["cmin"], colours["cmax"]) == ends(panel)
    for row, name in enumerate(panel.rows):
        for column, other in enumerate(panel.columns):
            told = drawn["text"][row][column]
            assert f": {name}<br>" in told
            assert f": {other}<br>" in told
    # The first row stands on top.
    low, high = spec["layout"]["yaxis"]["range"]
    assert low > high


@pytest.mark.parametrize("panel", PANELS)
def test_plotly_accepts_the_figure(panel: Heatmap) -> None:
    drawn = json.loads(draw_plotly.figure(panel).to_json())
    assert drawn["data"][0]["z"] == numbers(panel)


def test_what_depends_on_the_width_stands_in_the_layout() -> None:
    """The page has one set of traces for both of its layouts."""
    for panel in PANELS:
        wide, narrow = (draw_plotly.spec(panel, narrow=each) for each in (False, True))
        assert wide["data"] == narrow["data"]


@pytest.mark.parametrize("panel", PANELS[:2])
def test_few_values_are_written_in_their_cells(panel: Heatmap) -> None:
    finite = {
        (column, row): f"{value:.1f}".replace("-", "−")
        for row, values in enumerate(panel.values)
        for column, value in enumerate(values)
        if math.isfinite(value)
    }
    notes = draw_plotly.spec(panel)["layout"]["annotations"]
    assert {(n["x"], n["y"]): n["text"] for n in notes if "font" in n} == finite
    ax = draw_matplotlib.figure(panel).axes[0]
    assert {text.get_position(): text.get_text() for text in ax.texts} == finite


def test_many_values_are_not() -> None:
    panel = more_examples.gates()
    assert len(draw_plotly.spec(panel)["layout"]["annotations"]) == 1
    assert not draw_matplotlib.figure(panel).axes[0].texts


@pytest.mark.parametrize("panel", PANELS)
def test_cells_without_a_value_are_hatched_with_a_word(panel: Heatmap) -> None:
    gaps = int(np.isnan(np.array(panel.values)).sum())
    hatched = [trace for trace in draw_plotly.spec(panel)["data"] if trace["type"] == "scatter"]
    assert [trace["name"] for trace in hatched] == [panel.missing] * bool(gaps)
    assert sum(trace["x"].count(None) for trace in hatched) == gaps
    figure = draw_matplotlib.figure(panel)
    patches = [
        patch
        for patch in figure.axes[0].patches
        if isinstance(patch, Rectangle) and patch.get_hatch()
    ]
    assert len(patches) == gaps
    words = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert words == [panel.missing] * bool(gaps)


@pytest.mark.parametrize("panel", PANELS)
def test_matplotlib_has_the_numbers_and_the_first_row_on_top(panel: Heatmap) -> None:
    ax = draw_matplotlib.figure(panel).axes[0]
    (mesh,) = (found for found in ax.collections if isinstance(found, QuadMesh))
    drawn = np.ma.filled(mesh.get_array().astype(float), math.nan)
    assert np.array_equal(drawn, np.array(panel.values), equal_nan=True)
    assert mesh.get_clim() == ends(panel)
    assert ax.yaxis_inverted()


@pytest.mark.parametrize("panel", PANELS)
def test_no_label_is_drawn_over_another(panel: Heatmap) -> None:
    figure = draw_matplotlib.figure(panel)
    figure.draw_without_rendering()
    ax = figure.axes[0]
    for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
        boxes = [label.get_window_extent() for label in labels]
        assert boxes
        assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


@pytest.mark.parametrize("panel", PANELS)
def test_csv_has_a_row_for_each_cell(panel: Heatmap) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(panel))))
    unit = f" ({panel.unit})" if panel.unit else ""
    assert rows[0] == [
        f"row: {panel.y_label}",
        f"column: {panel.x_label}",
        f"{panel.quantity}{unit}",
    ]
    cells = [(row, column) for row in panel.rows for column in panel.columns]
    assert [(row, column) for row, column, _ in rows[1:]] == cells
    found = [float(value) if value else math.nan for *_, value in rows[1:]]
    np.testing.assert_allclose(found, np.array(panel.values).ravel(), rtol=1e-6)


def test_a_page_has_the_picture_the_plot_and_the_sentence() -> None:
    panel = more_examples.confusion()
    html = show(panel).html()
    assert html.count(f'alt="{panel.alt}"') == 1
    assert 'src="data:image/svg+xml;base64,' in html
    script = re.search(r'<script type="application/json">(.*?)</script>', html)
    assert script is not None
    assert json.loads(script[1])["data"][0]["z"] == numbers(panel)
    assert PLOTLY in show(panel)._repr_mimebundle_()


def test_an_svg_is_the_same_text_every_time() -> None:
    panel = more_examples.affinity()
    assert draw_matplotlib.svg(panel) == draw_matplotlib.svg(panel)


def test_a_map_without_any_value_is_drawn() -> None:
    panel = attrs.evolve(more_examples.affinity(), values=np.full((4, 4), math.nan))
    assert draw_plotly.spec(panel)["data"][0]["z"] == [[None] * 4] * 4
    assert len(draw_matplotlib.figure(panel).axes[0].patches) == 16


def test_framed_cells_are_framed_where_they_stand_and_the_key_says_why() -> None:
    cells = [(0, 2), (3, 1)]
    panel = attrs.evolve(more_examples.affinity(), outlined=cells, outline="never seen")
    *_, paper, ink = draw_plotly.spec(panel)["data"]
    for trace, listed in ((paper, False), (ink, True)):
        assert (trace["name"], trace["showlegend"]) == ("never seen", listed)
        corners = list(zip(trace["x"], trace["y"], strict=True))
        frames = [corners[at : at + 5] for at in (0, 6)]
        for frame, (row, column) in zip(frames, cells, strict=True):
            assert np.mean(frame[:4], 0).tolist() == pytest.approx([column, row])
    figure = draw_matplotlib.figure(panel)
    framed = [
        patch
        for patch in figure.axes[0].patches
        if isinstance(patch, Rectangle) and not patch.get_hatch()
    ]
    middles = [patch.get_center().tolist() for patch in framed]
    assert middles == [pytest.approx([column, row]) for row, column in cells for _ in range(2)]
    words = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert words == [panel.missing, "never seen"]
    assert from_json(json.loads(json.dumps(to_json(panel)))) == panel
