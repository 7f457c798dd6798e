"""A small report, built once: it loads nothing from elsewhere, and its links lead somewhere."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from mtlkit import lessons
from mtlkit.report.assemble import assemble

from . import examples

PLOT = """\
from mtlkit.explore.figure import show
from mtlkit.explore.panels import CurveFacet, Curves, Line, Table

line = Curves(
    name="a_line", title="A line", alt="A line that rises and breaks off.",
    x_label="epoch", y_label="error",
    facets=[CurveFacet(lines=[Line("equal", [0, 1, 2], [0.5, 1.5, None])])],
)
show(line)"""
FACT = """\
# NBVAL_CHECK_OUTPUT
# a comment that stays
6 * 7"""
COST = """\
from mtlkit import lessons
from mtlkit.core.publishing import cost_line

lesson = lessons.get("noisy_polynomials")
print(cost_line(lesson))"""
TABLE = """\
show(Table(
    name="table_4_1", title="A table", alt="One row.", columns=["T", "error"], rows=[["2", "0.5"]]
))"""
CLAIMS = f"""\
import json
from mtlkit.explore.ledger import claims_table

claims_table(json.loads('''{json.dumps(examples.ROWS[:1])}'''))"""


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    book = examples.notebook(
        folder / "01_noisy_polynomials.ipynb",
        *(examples.CODE, "scale", PLOT, TABLE, CLAIMS, "show(line)", FACT, COST),
    )
    first = assemble([examples.chapter(book)], examples.ROWS, folder / "out", scale="smoke")
    assert first == folder / "out" / "html" / "index.html"
    return first.parent


@pytest.fixture(scope="module")
def pages(html: Path) -> dict[Path, BeautifulSoup]:
    return {
        page: BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for page in html.rglob("*.html")
        if "_static" not in page.parts
    }


@pytest.fixture(scope="module")
def lesson(html: Path, pages: dict[Path, BeautifulSoup]) -> BeautifulSoup:
    return pages[html / "lessons" / "01_noisy_polynomials.html"]


def loaded(page: BeautifulSoup) -> Iterator[str]:
    """The addresses of everything that a browser fetches by itself to show a page."""
    for tag in page.find_all(["script", "img", "iframe", "source", "video", "audio", "embed"]):
        yield tag.get("src", "")
        yield tag.get("srcset", "")
    for tag in page.find_all("link"):
        yield tag.get("href", "")
    for tag in page.find_all(style=True):
        yield from re.findall(r"url\(([^)]*)\)", tag["style"])
    for tag in page.find_all("style"):
        yield from re.findall(r"url\(([^)]*)\)|@import ([^;]+)", tag.text)


def is_elsewhere(address: str) -> bool:
    return re.match(r"""["']?\s*(https?:)?//""", address) is not None


def test_pages_load_nothing_from_elsewhere(pages: dict[Path, BeautifulSoup]) -> None:
    assert not [
        (page.name, address)
        for page, soup in pages.items()
        for address in loaded(soup)
        if is_elsewhere(address)
    ]


def test_style_sheets_load_nothing_from_elsewhere(html: Path) -> None:
    for sheet in html.rglob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        addresses = re.findall(r"url\(([^)]*)\)", text) + re.findall(r"@import\s+([^;]+)", text)
        assert not list(filter(is_elsewhere, addresses)), sheet


def test_everything_that_is_loaded_is_there(pages: dict[Path, BeautifulSoup]) -> None:
    for page, soup in pages.items():
        for address in filter(None, loaded(soup)):
            if not address.startswith("data:") and "#" not in address:
                assert (page.parent / unquote(urlsplit(address).path)).is_file(), address


def test_internal_links_lead_to_pages_and_places_that_are_there(
    html: Path, pages: dict[Path, BeautifulSoup]
) -> None:
    ids = {page: {tag["id"] for tag in soup.find_all(id=True)} for page, soup in pages.items()}
    followed = 0
    for page, soup in pages.items():
        for link in soup.find_all("a", href=True):
            parts = urlsplit(link["href"])
            if parts.scheme or parts.netloc:
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target in ids, f"{page.name}: {link['href']}"
            if parts.fragment and "=" not in parts.fragment:  # else it is what a filter is set to
                assert unquote(parts.fragment) in ids[target], link["href"]
            followed += 1
    assert followed > 10


def test_every_picture_has_an_alternative_text(pages: dict[Path, BeautifulSoup]) -> None:
    pictures = [picture for soup in pages.values() for picture in soup.find_all("img")]
    assert pictures
    assert all(picture.get("alt", "").strip() for picture in pictures)


def test_no_id_is_given_twice(pages: dict[Path, BeautifulSoup]) -> None:
    for soup in pages.values():
        ids = [tag["id"] for tag in soup.find_all(id=True)]
        assert len(ids) == len(set(ids))


def test_the_plotting_scripts_are_on_pages_with_a_plot_alone(
    html: Path, pages: dict[Path, BeautifulSoup], lesson: BeautifulSoup
) -> None:
    names = [Path(urlsplit(tag["src"]).path).name for tag in lesson.find_all("script", src=True)]
    assert names.index("plotly.min.js") < names.index("figures.js")
    assert "plotly" not in (html / "glossary.html").read_text(encoding="utf-8")
    copies = [file for file in html.rglob("*") if file.stat().st_size > 4_000_000]
    assert [file.name for file in copies] == ["plotly.min.js"]


def test_the_page_holds_the_plots_numbers_and_a_picture(lesson: BeautifulSoup) -> None:
    figure = lesson.find(class_="mtl-figure")
    spec = json.loads(figure.find("script").text)
    assert [trace["y"] for trace in spec["data"]] == [[0.5, 1.5, None]]
    assert figure.find(role="img")["aria-label"] == "A line that rises and breaks off."
    assert figure.img["src"].startswith("data:image/svg+xml;base64,")


def test_formulas_are_mathml_with_their_number_and_no_script(
    html: Path, lesson: BeautifulSoup
) -> None:
    assert len(lesson.find_all("math")) >= 4
    numbered = lesson.find(class_="eqno").parent
    assert numbered.math["display"] == "block"
    assert any(link["href"] == f"#{numbered['id']}" for link in lesson.find_all("a", href=True))
    assert not [file for file in html.rglob("*") if "mathjax" in file.name.lower()]


def test_the_notebook_ran_at_the_scale_asked_for_and_says_so(lesson: BeautifulSoup) -> None:
    assert "'smoke'" in [output.text.strip() for output in lesson.select(".output pre")]
    foot = lesson.find(class_="mtl-provenance").text
    for told in ("smoke", "table_4_1", "13 min", "torch 2.15.0", "2026-01-02", "CPU (x86_64"):
        assert told in foot
    assert not lesson.find(string=re.compile("# Parameters"))


def test_a_figure_shown_twice_has_its_place_once(lesson: BeautifulSoup) -> None:
    places = [
        figure.get("id")
        for figure in lesson.find_all("figure")
        if figure.find(class_="mtl-title", string="A line")
    ]
    assert places == ["figure-a-line", None]


def test_what_only_a_test_reads_is_left_out_and_nothing_else(lesson: BeautifulSoup) -> None:
    assert "NBVAL" not in lesson.text
    cells = [cell.text.strip() for cell in lesson.select(".cell_input pre")]
    assert "# a comment that stays\n6 * 7" in cells
    assert "42" in [output.text.strip() for output in lesson.select(".output pre")]


def test_the_facts_stand_once_under_the_title(lesson: BeautifulSoup) -> None:
    (facts,) = lesson.find_all(class_="mtl-facts")
    assert lesson.h1.find_next("dl") is facts
    told = {term.text: term.find_next("dd").text for term in facts.find_all("dt")}
    assert told["Reading"] == "about 35 minutes"
    assert told["You should know"] == "gradient descent, the normal distribution"
    assert facts.find("a", string="nahm2020")["href"] == "../bibliography.html#nahm2020"
    body = lesson.article.text
    for once in ("You should know", "gradient descent", "35 minutes", "13 min of"):
        assert body.count(once) <= 1, once
    assert "Cost: " not in body and body.count("cost_line") == 1  # where it is imported
    assert 'lesson = lessons.get("noisy_polynomials")' in body


def test_every_page_has_a_button_to_print_and_its_script(
    html: Path, pages: dict[Path, BeautifulSoup]
) -> None:
    for page, soup in pages.items():
        names = [Path(urlsplit(tag["src"]).path).name for tag in soup.find_all("script", src=True)]
        assert {"theme.js", "print.js"} <= set(names), page
        assert soup.find("button", onclick="window.print()")["title"] == "Print this page"


def test_a_pages_theme_is_settled_before_the_themes_own_script_asks(
    pages: dict[Path, BeautifulSoup],
) -> None:
    for soup in pages.values():
        names = [Path(urlsplit(tag["src"]).path).name for tag in soup.select("script[src]")]
        assert names.index("theme.js") < names.index("pydata-sphinx-theme.js")


def test_the_cover_counts_the_verdicts_and_leads_to_the_lesson(
    html: Path, pages: dict[Path, BeautifulSoup]
) -> None:
    cover = pages[html / "index.html"]
    told = [item.text.split(maxsplit=1) for item in cover.find(class_="mtl-tally").find_all("li")]
    assert dict((verdict, int(count)) for count, verdict in told) == {
        "holds": 2,
        "fails": 2,
        "inconclusive": 2,
        "not testable here": 1,
    }
    card = cover.find(class_="mtl-card")
    assert card.a["href"] == "lessons/01_noisy_polynomials.html"
    assert "35 minutes" in card.find(class_="mtl-facts").text
    # Lessons that exist are not announced, even those that this report leaves out.
    planned = {int(item["value"]) for item in cover.find(class_="mtl-planned").find_all("li")}
    assert planned == set(range(1, 12)) - {lessons.get(name).number for name in lessons.names()}


def test_the_ledger_page_quotes_the_source_for_every_claim(
    html: Path, pages: dict[Path, BeautifulSoup]
) -> None:
    ledger = pages[html / "claims.html"]
    rows = ledger.select(".mtl-ledger > .mtl-claim")
    assert len(rows) == len(examples.ROWS)
    for row, told in zip(rows, examples.ROWS, strict=True):
        assert told["quote"] in row.find(class_="mtl-quote").text
        assert told["source"] in row.cite.text
