"""Embeddings as panels: what is refused, and that every drawing has the points."""

import itertools
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
from mtlkit.explore.panels import Embedding, PointGroup, Window
from mtlkit.explore.panels.embedding import NEIGHBOURS_ONLY

from . import more_examples

GROUP = PointGroup("a", [0, 1], [2, 3])
WINDOW = Window("near", (0, 2), (2, 4), names=["it"], name_x=[1], name_y=[3])
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
        lambda: Embedding(**PLAIN, groups=[GROUP], windows=[WINDOW] * 4),
        lambda: Window("w", (1, 0), (0, 1)),
        lambda: Window("w", (0, 1), (0, 1, 2)),
        lambda: Window("w", (0, 1), (0, 1), names=["a"]),
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


@pytest.mark.parametrize("narrow", [False, True])
def test_a_window_shows_its_points_once_more_with_names(narrow: bool) -> None:
    blobs = more_examples.blobs()
    windows = [
        Window("right", (4, 8), (-2, 2), names=["digit 0"], name_x=[6], name_y=[0]),
        Window("left", (-9, -4), (-2, 2)),
    ]
    panel = attrs.evolve(blobs, windows=windows)
    spec = json.loads(json.dumps(draw_plotly.spec(panel, narrow=narrow), allow_nan=False))
    plain = draw_plotly.spec(blobs, narrow=narrow)["data"]
    assert spec["data"][: len(plain)] == plain
    for number, window in ((2, windows[0]), (3, windows[1])):
        layout = spec["layout"]
        assert layout[f"xaxis{number}"]["range"] == list(window.x)
        assert layout[f"yaxis{number}"]["range"] == list(window.y)
        traces = [t for t in spec["data"] if t.get("xaxis") == f"x{number}"]
        assert [trace["name"] for trace in traces] == [group.key for group in panel.groups]
        for group, trace in zip(panel.groups, traces, strict=True):
            shown = set(zip(trace["x"], trace["y"], strict=True))
            inside = {
                (float(f"{x:.5g}"), float(f"{y:.5g}"))
                for x, y in zip(group.x, group.y, strict=True)
                if window.x[0] <= x <= window.x[1] and window.y[0] <= y <= window.y[1]
            }
            assert inside <= shown
            assert len(trace.get("text", ())) == len(trace["x"])
    words = [note["text"] for note in spec["layout"]["annotations"]]
    assert words == ["1", "1: right", "digit 0", "2", "2: left"]
    assert len(draw_plotly.figure(panel).data) == len(spec["data"])
    assert from_json(json.loads(json.dumps(to_json(panel)))) == panel


def test_windows_do_not_lie_over_the_plot_or_each_other() -> None:
    windows = [WINDOW, attrs.evolve(WINDOW, title="far", x=(5, 6))]
    panel = Embedding(**PLAIN, groups=[GROUP], windows=windows)
    for narrow in (False, True):
        layout = draw_plotly.spec(panel, narrow=narrow)["layout"]
        rooms = [
            (layout[f"xaxis{number}"]["domain"], layout[f"yaxis{number}"]["domain"])
            for number in ("", "2", "3")
        ]
        for one, other in itertools.combinations(rooms, 2):
            assert any(
                a[1] <= b[0] + 1e-9 or b[1] <= a[0] + 1e-9 for a, b in zip(one, other, strict=True)
            )
    main, *beside = draw_matplotlib.figure(panel).axes
    assert [ax.get_title(loc="left") for ax in beside] == ["1: near", "2: far"]
    assert [ax.get_xlim() for ax in beside] == [(0, 2), (5, 6)]
    assert len(main.patches) == 2
    assert [text.get_text() for ax in beside for text in ax.texts] == ["it", "it"]


def test_the_frame_of_a_window_is_within_the_picture() -> None:
    panel = Embedding(**PLAIN, groups=[GROUP], windows=[Window("w", (-5, 9), (2, 3))])
    x, _ = arrange.embedding_ranges(panel)
    assert x[0] < -5 < 9 < x[1]
