"""Embeddings as panels: what is refused, and that every drawing has the points."""

import json
import math
from io import StringIO
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from mtlkit.errors import UsageError
from mtlkit.explore import arrange, draw_matplotlib, draw_plotly
from mtlkit.explore.as_csv import as_csv
from mtlkit.explore.figure import show
from mtlkit.explore.palette import INK
from mtlkit.explore.panel_json import from_json, to_json
from mtlkit.explore.panels import Embedding, PointGroup
from mtlkit.explore.panels.embedding import NEIGHBOURS_ONLY

from . import more_examples

GROUP = PointGroup("a", [0, 1], [2, 3])
PLAIN: dict[str, Any] = {"title": "A", "alt": "B.", "method": "PCA"}


def marked(group: PointGroup) -> list[tuple[float, float]]:
    return [(x, y) for x, y, mark in zip(group.x, group.y, group.marked, strict=True) if mark]


@pytest.mark.parametrize(
    "make",
    [
        lambda: PointGroup("a", [0, 1], [2]),
        lambda: PointGroup("a", [0, 1], [2, 3], told=["only one"]),
        lambda: PointGroup("a", [0, 1], [2, 3], marked=[True]),
        lambda: Embedding(**PLAIN, groups=[]),
        lambda: Embedding(**PLAIN, groups=[PointGroup("a", [], [])]),
        lambda: Embedding(**PLAIN, groups=[GROUP, GROUP]),
        lambda: Embedding(**PLAIN, groups=[PointGroup("a", range(2001), range(2001))]),
        lambda: Embedding(**PLAIN, groups=[attrs.evolve(GROUP, marked=[True, False])]),
        lambda: Embedding(**{**PLAIN, "method": ""}, groups=[GROUP]),
        lambda: Embedding(**PLAIN, groups=[GROUP], joined=[(0, 1)]),
        lambda: Embedding(**PLAIN, groups=[GROUP], joined=[(0, 2)], join="pair"),
        lambda: Embedding(**PLAIN, groups=[GROUP], joined=[(0, 1, 1)], join="pair"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(make: Any) -> None:
    with pytest.raises(UsageError) as told:
        make()
    assert "allowed" in str(told.value)
    assert str(told.value).endswith(".")


def test_the_title_says_the_method_and_the_caption_what_such_a_picture_can_say() -> None:
    panel = Embedding(**PLAIN, caption="Look.", groups=[GROUP])
    for each in (panel, attrs.evolve(panel), attrs.evolve(panel, alt="C.")):
        assert each.title == "A: PCA"
        assert each.caption == f"Look. {NEIGHBOURS_ONLY}"
    html = show(panel).html()
    assert "A: PCA" in html
    assert NEIGHBOURS_ONLY in html


def test_the_axes_have_no_numbers_and_one_scale() -> None:
    panel = more_examples.blobs()
    layout = draw_plotly.spec(panel)["layout"]
    assert not layout["xaxis"]["showticklabels"]
    assert not layout["yaxis"]["showticklabels"]
    assert layout["yaxis"]["scaleanchor"] == "x"
    ax = draw_matplotlib.figure(panel).axes[0]
    assert ax.get_xticks().size == ax.get_yticks().size == 0
    assert ax.get_aspect() == 1


@pytest.mark.parametrize("count", [1, 3, 10, 20])
def test_no_two_groups_look_the_same(count: int) -> None:
    looks = arrange.group_looks(more_examples.blobs(groups=count, each=1))
    assert len({(style.colour, style.marker) for style in looks.values()}) == count
    assert [style.label for style in looks.values()] == [f"digit {n}" for n in range(count)]


@pytest.mark.parametrize("narrow", [False, True])
def test_plotly_has_the_points_their_words_and_their_marks(narrow: bool) -> None:
    panel = more_examples.blobs()
    spec = json.loads(json.dumps(draw_plotly.spec(panel, narrow=narrow), allow_nan=False))
    *groups, rings = spec["data"]
    for group, drawn in zip(panel.groups, groups, strict=True):
        assert drawn["name"] == group.key
        assert tuple(drawn["text"]) == group.told
        np.testing.assert_allclose(drawn["x"], group.x, rtol=1e-4)
        np.testing.assert_allclose(drawn["y"], group.y, rtol=1e-4)
    assert rings["name"] == "label was flipped"
    told = [place for group in panel.groups for place in marked(group)]
    np.testing.assert_allclose(list(zip(rings["x"], rings["y"], strict=True)), told, rtol=1e-4)
    assert len(draw_plotly.figure(panel).data) == 11


def test_matplotlib_has_the_points_and_their_marks() -> None:
    panel = more_examples.blobs()
    figure = draw_matplotlib.figure(panel)
    *groups, rings = figure.axes[0].lines
    for group, line in zip(panel.groups, groups, strict=True):
        assert tuple(line.get_xdata()) == group.x
        assert tuple(line.get_ydata()) == group.y
    assert rings.get_markeredgecolor() == INK
    assert len(rings.get_xdata()) == sum(map(sum, (group.marked for group in panel.groups)))
    (legend,) = figure.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == [*(group.key for group in panel.groups), "label was flipped"]


def test_without_marks_or_words_there_are_no_rings_and_the_group_is_told() -> None:
    panel = Embedding(**PLAIN, groups=[GROUP, PointGroup("b", [4], [None], label="the other")])
    first, second = draw_plotly.spec(panel)["data"]
    assert "text" not in first
    assert (second["name"], second["hovertemplate"], second["y"]) == (
        "the other",
        "the other",
        [None],
    )
    assert len(draw_matplotlib.figure(panel).axes[0].lines) == 2


def test_csv_has_a_row_for_each_point() -> None:
    panel = more_examples.blobs(groups=3, each=20)
    table = pd.read_csv(StringIO(as_csv(panel)))
    assert len(table) == 60
    for group in panel.groups:
        mine = table[table["group"] == group.key]
        np.testing.assert_allclose(mine["x"], group.x, rtol=1e-6)
        np.testing.assert_allclose(mine["y"], group.y, rtol=1e-6)
        assert tuple(mine["told"]) == group.told
        assert tuple(mine["mark"].notna()) == group.marked


def test_a_figure_of_two_thousand_points_is_half_of_the_megabyte_allowed() -> None:
    panel = more_examples.blobs(groups=10, each=200)
    assert len(show(panel).html()) < 500_000


def test_an_svg_is_the_same_text_every_time() -> None:
    panel = more_examples.blobs(groups=2, each=3)
    assert draw_matplotlib.svg(panel) == draw_matplotlib.svg(panel)


def test_a_point_without_a_place_is_left_out_of_the_ranges() -> None:
    panel = Embedding(**PLAIN, groups=[PointGroup("a", [0, math.nan, 2], [1, 5, math.inf])])
    x, _ = arrange.embedding_ranges(panel)
    assert x[0] < 0 < 2 < x[1]
    assert all(map(math.isfinite, x))


def test_pairs_are_joined_in_both_drawings_whatever_group_they_are_of() -> None:
    other = PointGroup("b", [4, 5], [6, 7])
    pairs = [(0, 3), (1, 2)]
    panel = Embedding(**PLAIN, groups=[GROUP, other], joined=pairs, join="belongs to")
    ends = [((0, 2), (5, 7)), ((1, 3), (4, 6))]
    assert arrange.joins(panel) == ends
    x, y = [0, 5, None, 1, 4, None], [2, 7, None, 3, 6, None]
    trace = next(t for t in draw_plotly.spec(panel)["data"] if t["name"] == "belongs to")
    assert (trace["x"], trace["y"], trace["mode"]) == (x, y, "lines")
    (ax,) = draw_matplotlib.figure(panel).axes
    line = ax.lines[0]
    np.testing.assert_array_equal(line.get_xdata(), np.array(x, float))
    np.testing.assert_array_equal(line.get_ydata(), np.array(y, float))
    (legend,) = draw_matplotlib.figure(panel).legends
    assert [text.get_text() for text in legend.get_texts()] == ["belongs to", "a", "b"]
    assert from_json(json.loads(json.dumps(to_json(panel)))) == panel
