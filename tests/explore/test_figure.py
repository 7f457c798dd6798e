"""What a page gets: alternative text, the plot's JSON, a picture without JavaScript."""

import base64
import io
import json
import re
from typing import Any
from urllib.parse import unquote

import attrs
import numpy as np
import pytest
from bs4 import BeautifulSoup
from PIL import Image

from mtlkit.errors import UsageError
from mtlkit.explore import draw_plotly
from mtlkit.explore.as_csv import as_csv
from mtlkit.explore.figure import PLOTLY, show
from mtlkit.explore.panels import Panel

from . import examples

ALL = [examples.estimates(), examples.errors(), examples.digits(), examples.table()]
PLOTS = ALL[:2]


def soup(panel: Any) -> BeautifulSoup:
    return BeautifulSoup(show(panel).html(), "html.parser")


@pytest.mark.parametrize("panel", ALL, ids=lambda panel: type(panel).__name__)
def test_alternative_text_title_caption_and_command_are_in_the_html(panel: Any) -> None:
    page = soup(panel)
    assert page.find(attrs={"aria-label": panel.alt})
    assert all(image["alt"].strip() for image in page.find_all("img"))
    assert panel.title in page.text
    assert page.figcaption.find(class_="mtl-caption").text == panel.caption
    assert page.figcaption.code.text == panel.command


@pytest.mark.parametrize("panel", PLOTS)
def test_the_plot_in_the_page_is_the_panels(panel: Any) -> None:
    told = json.loads(soup(panel).script.text)
    assert told["data"] == draw_plotly.spec(panel)["data"]
    assert told["narrow"] == draw_plotly.spec(panel, narrow=True, titled=False)["layout"]
    assert "title" not in told["layout"]


@pytest.mark.parametrize("panel", PLOTS)
def test_no_nan_reaches_a_browser(panel: Any) -> None:
    bundle = show(panel)._repr_mimebundle_()
    json.dumps(bundle, allow_nan=False)
    assert not re.search(r"\b(NaN|Infinity)\b", soup(panel).script.text)


def test_a_script_cannot_be_closed_by_a_label() -> None:
    hostile = attrs.evolve(examples.strategies(), y_label="</script><b>&")
    assert json.loads(soup(hostile).script.text)["layout"]["yaxis"]["title"]["text"] == (
        "</script><b>&"
    )


@pytest.mark.parametrize("panel", PLOTS)
def test_without_javascript_there_is_a_picture(panel: Any) -> None:
    address = soup(panel).img["src"]
    kind, _, data = address.partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b"<svg" in base64.b64decode(data)


def test_a_notebook_gets_plotlys_own_format_for_plots_and_html_for_the_rest() -> None:
    assert PLOTLY in show(examples.errors())._repr_mimebundle_()
    assert set(show(examples.table())._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_pictures_keep_their_pixels_and_say_which_are_marked() -> None:
    panel = examples.digits()
    for item, image in zip(soup(panel).find_all("li"), panel.images, strict=True):
        data = base64.b64decode(item.img["src"].partition(",")[2])
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(data))), image.pixels)
        assert (panel.mark in item.img["alt"]) == image.marked


def test_a_table_has_every_cell_a_caption_and_scoped_headings() -> None:
    panel = examples.table()
    page = soup(panel)
    rows = [[cell.text for cell in row.find_all(["th", "td"])] for row in page.tbody.find_all("tr")]
    assert rows == [list(row) for row in panel.rows]
    assert page.caption.text == panel.title
    assert all(cell.get("scope") for cell in page.find_all("th"))
    spans = [int(cell["colspan"]) for cell in page.thead.tr.find_all(["th", "td"])]
    assert spans == [group.span for group in panel.groups]


def test_a_cell_of_a_table_says_its_column_where_cells_are_stacked() -> None:
    first = soup(examples.table()).tbody.tr
    assert [cell["data-label"] for cell in first.find_all("td")] == [
        "printed: task 1",
        "printed: task 2",
        "ours: task 1",
        "ours: task 2",
    ]


@pytest.mark.parametrize("panel", ALL, ids=lambda panel: type(panel).__name__)
def test_a_named_panel_has_its_name_as_its_place_in_the_page(panel: Any) -> None:
    named = attrs.evolve(panel, name="figure_4_2")
    assert soup(named).figure["id"] == "figure-figure-4-2"
    assert not soup(attrs.evolve(panel, name="")).figure.get("id")


@pytest.mark.parametrize("panel", ALL, ids=lambda panel: type(panel).__name__)
def test_the_numbers_are_a_download_that_needs_no_script(panel: Any) -> None:
    link = soup(attrs.evolve(panel, name="figure_4_2")).find("a", string="CSV")
    kind, _, text = link["href"].partition(",")
    assert kind == "data:text/csv;charset=utf-8"
    assert "#" not in text
    assert unquote(text) == as_csv(panel)
    assert link["download"] == "figure_4_2.csv"


@pytest.mark.parametrize("panel", ALL, ids=lambda panel: type(panel).__name__)
def test_every_button_begins_with_its_label_and_names_its_figure(panel: Any) -> None:
    buttons = soup(panel).find_all(class_="mtl-button")
    assert [button.text for button in buttons] == ["Copy", "CSV", "PNG"]
    for button in buttons:
        assert button["aria-label"].startswith(button.text)
        assert panel.title in button["aria-label"]


@pytest.mark.parametrize("panel", ALL, ids=lambda panel: type(panel).__name__)
def test_what_needs_a_script_is_hidden_until_there_is_one(panel: Any) -> None:
    for button in soup(panel).find_all("button"):
        assert button.has_attr("hidden") and button["type"] == "button"


@pytest.mark.parametrize("panel", ALL[2:], ids=lambda panel: type(panel).__name__)
def test_a_picture_of_what_no_script_draws_is_a_download(panel: Any) -> None:
    link = soup(panel).find("a", string="PNG")
    assert link["download"].endswith(".png")
    picture = Image.open(io.BytesIO(base64.b64decode(link["href"].partition(",")[2])))
    assert picture.format == "PNG" and picture.width > 700
    assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_panel_without_a_command_has_no_button_to_copy_it() -> None:
    assert not soup(examples.strategies()).find(class_="mtl-copy")


def test_only_panels_can_be_shown() -> None:
    with pytest.raises(UsageError, match="Curves"):
        show(Panel(title="A", alt="B."))
