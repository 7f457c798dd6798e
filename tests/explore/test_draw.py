"""Both drawings carry exactly the panel's numbers, read back from what was drawn."""

import base64
import io
import json
import math
import re
import zlib
from html import unescape
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure as MatplotlibFigure
from matplotlib.lines import Line2D
from PIL import Image

from mtlkit.errors import UsageError
from mtlkit.explore import arrange, draw_html, draw_matplotlib, draw_plotly
from mtlkit.explore.as_csv import as_csv
from mtlkit.explore.palette import INK, NAMED
from mtlkit.explore.panels import (
    ColumnGroup,
    CurveFacet,
    Curves,
    GridImage,
    ImageGrid,
    Intervals,
    Line,
    Panel,
    Reference,
    Series,
    Table,
)

from . import examples

CURVES = [examples.estimates(), examples.estimates(facets=5), examples.fits()]
INTERVALS = [examples.errors(), examples.strategies()]


def as_gap(values: Any) -> list[float | None]:
    return [None if value is None or not math.isfinite(value) else value for value in values]


def expected(panel: Curves | Intervals) -> list[tuple[int, list[float | None]]]:
    """The y values of everything a panel shows, with the facet's number."""
    found = []
    for number, facet in enumerate(panel.facets):
        found += [(number, [reference.value] * 2) for reference in facet.references]
        if isinstance(facet, CurveFacet):
            found += [(number, as_gap(points.y)) for points in facet.points]
            found += [(number, as_gap(line.y)) for line in facet.lines]
        else:
            for series in facet.series:
                found.append((number, as_gap(series.values)))
                found += [(number, as_gap(series.printed))] if series.printed else []
    return found


def bands(panel: Curves) -> list[list[float]]:
    """Every band's finite stretches: low forwards, then high backwards."""
    found = []
    for facet in panel.facets:
        for line in facet.lines:
            for run in arrange.stretches(line):
                found.append([line.low[i] for i in run] + [line.high[i] for i in run[::-1]])
    return found


def ends(series: Series) -> list[tuple[float, float]]:
    """The interval in each category."""
    return list(zip(series.low or (), series.high or (), strict=True))


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
@pytest.mark.parametrize("narrow", [False, True])
def test_plotly_has_the_numbers(panel: Curves | Intervals, narrow: bool) -> None:
    spec = json.loads(json.dumps(draw_plotly.spec(panel, narrow=narrow), allow_nan=False))
    axes = {f"x{n + 1 if n else ''}": n for n in range(len(panel.facets))}
    drawn = [
        (axes[trace["xaxis"]], trace["y"])
        for trace in spec["data"]
        if "fill" not in trace and trace["y"] != [None]
    ]
    for item in expected(panel):
        assert item in drawn


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
def test_plotly_accepts_the_figure(panel: Curves | Intervals) -> None:
    spec = draw_plotly.spec(panel)
    figure = json.loads(draw_plotly.figure(panel).to_json())
    assert [trace["y"] for trace in figure["data"]] == [trace["y"] for trace in spec["data"]]


def test_plotly_draws_each_unbroken_stretch_of_a_band() -> None:
    panel = examples.estimates()
    drawn: list[list[float]] = []
    for trace in draw_plotly.spec(panel)["data"]:
        if trace.get("fill") == "toself":
            stretch: list[float] = []
            for value in trace["y"]:
                if value is None:
                    drawn.append(stretch)
                    stretch = []
                else:
                    stretch.append(value)
    assert drawn == bands(panel)


def test_a_band_is_broken_where_the_run_diverged() -> None:
    line = Line("equal", range(5), [0] * 5, low=[0, 0, None, 0, 0], high=[1, 1, 1, 1, math.inf])
    assert arrange.stretches(line) == [[0, 1], [3]]


@pytest.mark.parametrize("panel", INTERVALS)
def test_plotly_has_the_intervals(panel: Intervals) -> None:
    drawn = [
        trace["y"] for trace in draw_plotly.spec(panel)["data"] if trace.get("hoverinfo") == "skip"
    ]
    told = [
        [end for pair in ends(series) for end in (*as_gap(pair), None)]
        for facet in panel.facets
        for series in facet.series
        if series.low
    ]
    assert drawn == told


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
def test_matplotlib_has_the_numbers(panel: Curves | Intervals) -> None:
    figure = draw_matplotlib.figure(panel)
    drawn = [
        (number, as_gap(np.asarray(line.get_ydata(orig=True), dtype=float).tolist()))
        for number, ax in enumerate(figure.axes)
        for line in ax.lines
    ]
    for item in expected(panel):
        assert item in drawn


@pytest.mark.parametrize("panel", INTERVALS)
def test_matplotlib_has_the_intervals(panel: Intervals) -> None:
    for ax, facet in zip(draw_matplotlib.figure(panel).axes, panel.facets, strict=True):
        drawn = [
            [segment[:, 1].tolist() for segment in collection.get_segments() if len(segment)]
            for collection in ax.collections
            if isinstance(collection, LineCollection)
        ]
        told = [
            [[low, high] for low, high in ends(series) if not math.isnan(low)]
            for series in facet.series
            if series.low
        ]
        assert drawn == told


def test_matplotlib_has_the_pixels_and_the_marks() -> None:
    panel = examples.digits()
    for ax, image in zip(draw_matplotlib.figure(panel).axes, panel.images, strict=True):
        assert np.array_equal(ax.images[0].get_array(), image.pixels)
        assert (panel.mark in ax.get_xlabel()) == image.marked


ONE_OF_EACH = [examples.estimates(), examples.fits(), examples.digits(), examples.table()]


@pytest.mark.parametrize("panel", ONE_OF_EACH)
def test_an_svg_or_a_pdf_is_the_same_every_time(panel: Any) -> None:
    assert draw_matplotlib.svg(panel) == draw_matplotlib.svg(panel)
    assert draw_matplotlib.pdf(panel) == draw_matplotlib.pdf(panel)


def shown(panel: Any) -> set[str]:
    """Words that a drawing of the panel must have."""
    if isinstance(panel, ImageGrid):
        return {image.caption for image in panel.images}
    if isinstance(panel, Table):
        groups = {group.label for group in panel.groups}
        return {*panel.columns, *groups, *(cell for row in panel.rows for cell in row)} - {""}
    return {panel.x_label, panel.y_label, *(facet.title for facet in panel.facets)} - {""}


@pytest.mark.parametrize("panel", ONE_OF_EACH)
def test_an_svg_is_xml_with_the_words_of_the_panel(panel: Any) -> None:
    keeping = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    root = ElementTree.fromstring(draw_matplotlib.svg(panel), keeping)
    # Characters are shapes; what they spell stands beside them as a comment.
    comments = [part.text or "" for part in root.iter() if part.tag is ElementTree.Comment]
    words = {unescape(text).strip() for text in comments}
    assert {*shown(panel), panel.title} <= words


@pytest.mark.parametrize("panel", ONE_OF_EACH)
def test_a_pdf_is_one_page_with_title_and_no_date(panel: Any) -> None:
    file = draw_matplotlib.pdf(panel)
    assert file.startswith(b"%PDF-1.")
    assert len(re.findall(rb"/Type /Page\b", file)) == 1
    assert panel.title.encode() in file
    assert b"CreationDate" not in file
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", file, re.DOTALL)
    assert any(b"BT" in zlib.decompress(stream) for stream in streams if stream[:1] == b"x")


def wide(rows: int = 3, heading: str = "a heading wider than all that stands under it") -> Table:
    return Table(
        title="A title that is long enough to need more than one line above so small a table",
        alt="Two numbers a row.",
        columns=["", "one", "two"],
        groups=[ColumnGroup("", 1), ColumnGroup(heading, 2)],
        rows=[[f"row {number}", "1.5", "$x_2$ & 2"] for number in range(rows)],
    )


@pytest.mark.parametrize("panel", [examples.table(), wide()])
@pytest.mark.parametrize("titled", [True, False])
def test_no_words_of_a_printed_table_touch_or_leave_the_page(panel: Table, titled: bool) -> None:
    figure = draw_matplotlib.figure(panel, titled=titled)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.texts]
    page = figure.bbox
    assert all(page.x0 <= box.x0 and box.x1 <= page.x1 for box in boxes)
    assert all(page.y0 <= box.y0 and box.y1 <= page.y1 for box in boxes)
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])
    told = [text.get_text() for text in figure.texts]
    assert (" ".join(told).startswith(panel.title)) == titled


@pytest.mark.parametrize("panel", [examples.table(), wide()])
def test_numbers_of_a_printed_table_end_where_their_column_ends(panel: Table) -> None:
    figure = draw_matplotlib.figure(panel)
    figure.draw_without_rendering()
    places = {
        number: {
            round(text.get_position()[0], 6)
            for text in figure.texts
            if text.get_text() in {row[number] for row in panel.rows}
            and text.get_horizontalalignment() == "right"
        }
        for number in range(1, len(panel.columns))
    }
    ends = [end for found in places.values() for end in found]
    assert ends == sorted(ends)
    assert [len(found) for found in places.values()] == [1] * (len(panel.columns) - 1)
    names = [text for text in figure.texts if text.get_text() in {row[0] for row in panel.rows}]
    assert {text.get_horizontalalignment() for text in names} == {"left"}


def test_a_rule_spans_the_columns_of_each_group() -> None:
    panel = examples.table()
    figure = draw_matplotlib.figure(panel)
    rules = [line for line in figure.get_children() if isinstance(line, Line2D)]
    labelled = [group for group in panel.groups if group.label]
    assert len(rules) == 3 + len(labelled)
    spans = sorted({tuple(line.get_xdata()) for line in rules})
    heads = [text for text in figure.texts if text.get_text() in {g.label for g in labelled}]
    for head in heads:
        middle = head.get_position()[0]
        assert any((start + end) / 2 == pytest.approx(middle) for start, end in spans)


def test_what_is_no_panel_is_refused() -> None:
    with pytest.raises(UsageError, match="panel = Panel: allowed is Curves, "):
        draw_matplotlib.figure(Panel(title="A", alt="B."))


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
def test_the_printed_legend_covers_no_axes(panel: Curves | Intervals) -> None:
    figure: MatplotlibFigure = draw_matplotlib.figure(panel)
    figure.draw_without_rendering()
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert not any(box.overlaps(ax.get_tightbbox()) for ax in figure.axes)


@pytest.mark.parametrize("panel", [*CURVES, *INTERVALS])
def test_every_name_is_in_the_legend_once(panel: Curves | Intervals) -> None:
    named = [trace["name"] for trace in draw_plotly.spec(panel)["data"] if trace["showlegend"]]
    assert len(named) == len(set(named))
    assert set(named) == {trace["name"] for trace in draw_plotly.spec(panel)["data"]}
    printed = [
        text.get_text()
        for legend in draw_matplotlib.figure(panel).legends
        for text in legend.get_texts()
    ]
    assert set(printed) == (set(named) if len(named) > 1 else set())


@pytest.mark.parametrize("axis", ["x", "y"])
def test_a_logarithmic_axis_is_one_in_both(axis: str) -> None:
    values = {"y": [1, 10, 0], "x": [0, 1, 2], axis: [1, 1000, 0]}
    panel = Curves(
        title="A",
        alt="B.",
        x_label="x",
        y_label="y",
        log_x=axis == "x",
        log_y=axis == "y",
        facets=[
            CurveFacet(lines=[Line("equal", values["x"], values["y"])], references=[Reference(1)])
        ],
    )
    layout = draw_plotly.spec(panel)["layout"]
    other = "xy".replace(axis, "")
    assert layout[f"{axis}axis"]["type"] == "log" and "type" not in layout[f"{other}axis"]
    low, high = layout[f"{axis}axis"]["range"]
    assert -1 < low < 0 and 3 < high < 4
    drawn = draw_matplotlib.figure(panel).axes[0]
    assert getattr(drawn, f"get_{axis}scale")() == "log"
    assert getattr(drawn, f"get_{other}scale")() == "linear"
    assert getattr(drawn, f"get_{axis}lim")() == pytest.approx((10**low, 10**high))
    ticks = [tick.get_text() for tick in getattr(drawn, f"get_{axis}ticklabels")()]
    assert ticks == layout[f"{axis}axis"]["ticktext"] and {"1", "1000"} <= set(ticks)


@given(st.floats(1e-6, 1e6), st.floats(1.5, 1e6))
def test_ticks_beside_one_another_have_room(low: float, ratio: float) -> None:
    line = Line("equal", [low, low * ratio], [0, 1])
    facets = [CurveFacet(lines=[line])]
    panel = Curves(title="A", alt="B.", x_label="x", y_label="y", log_x=True, facets=facets)
    first, last = arrange.x_range(panel)
    ticks = arrange.x_ticks(panel)
    assert all(first <= tick <= last for tick in ticks) and len(ticks) <= 8
    assert len(ticks) > 1 or ratio < 10


@given(st.floats(1e-6, 1e6), st.floats(1.5, 1e6))
def test_ticks_of_a_logarithmic_axis_lie_on_it_and_are_few(low: float, ratio: float) -> None:
    ticks = arrange.log_ticks(low, low * ratio)
    assert all(low <= tick <= low * ratio for tick in ticks)
    assert len(ticks) <= 15
    assert ticks or ratio < 2.5


def test_the_legend_shows_a_reference_in_its_colour_unless_it_has_several() -> None:
    facet = CurveFacet(
        lines=[Line("equal", [0, 1], [0, 1])],
        references=[
            Reference(1, "truth", key="task 1"),
            Reference(2, "truth", key="task 2"),
            Reference(3, "half", key="learned_printed"),
        ],
    )
    panel = Curves(title="A", alt="B.", x_label="x", y_label="y", facets=[facet])
    told = {"truth": INK, "half": NAMED["learned_printed"].colour}
    listed = [trace for trace in draw_plotly.spec(panel)["data"] if trace["showlegend"]]
    drawn = {trace["name"]: trace["line"]["color"] for trace in listed if trace["name"] in told}
    assert drawn == told
    (legend,) = draw_matplotlib.figure(panel).legends
    names = [text.get_text() for text in legend.get_texts()]
    printed = {
        name: line.get_color()
        for name, line in zip(names, legend.get_lines(), strict=True)
        if name in told
    }
    assert printed == told


def test_pictures_in_colours_are_drawn_as_they_are_and_right_ones_with_a_tick() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:, :16] = (213, 20, 60)
    grid = ImageGrid(
        title="Found",
        alt="One picture.",
        images=[GridImage(pixels, "1.", True)],
        mark="its own",
        sign="✓",
    )
    html = draw_html.images(grid)
    assert "✓ its own" in html
    assert "mtl-right" in html
    data = re.search(r"base64,([^\"]+)", html)
    assert data is not None
    read = Image.open(io.BytesIO(base64.b64decode(data[1])))
    np.testing.assert_array_equal(np.array(read), pixels)
    (ax,) = draw_matplotlib.figure(grid).axes
    assert ax.get_xlabel() == "1.\n✓ its own"
    np.testing.assert_array_equal(ax.images[0].get_array(), pixels)
    assert "#d5143c" in as_csv(grid)


@pytest.mark.parametrize("shape", [(4,), (4, 4, 4), (0, 3)])
def test_pixels_that_are_no_picture_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(Exception, match="pixels"):  # jaxtyping may be first
        GridImage(np.zeros(shape, np.uint8), "nothing")
