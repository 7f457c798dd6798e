"""What of an executed notebook the report shows."""

from pathlib import Path

import nbformat
import pytest

from mtlkit.explore.figure import PLOTLY
from mtlkit.explore.ledger import PAGE_HTML
from mtlkit.report.edition import Chapter
from mtlkit.report.lesson_page import fit_for_page

from . import examples
from .test_facts import OLD


def fitted(*cells: nbformat.NotebookNode, studies=(examples.STUDY,)) -> nbformat.NotebookNode:
    new = nbformat.v4
    book = new.new_notebook(cells=[new.new_markdown_cell(examples.TEXT), *cells])
    chapter = Chapter(examples.LESSON, Path("01_noisy_polynomials.ipynb"), studies)
    fit_for_page(book, chapter, {1: "01_noisy_polynomials"}, "smoke")
    return book


def code(source: str, **data: str) -> nbformat.NotebookNode:
    output = nbformat.v4.new_output("display_data", data)
    return nbformat.v4.new_code_cell(source, outputs=[output])


def test_old_numbers_are_flagged_at_the_top_and_at_the_foot() -> None:
    book = fitted(studies=[examples.STUDY, OLD])
    top, foot = book.cells[0].source, book.cells[-1].source
    title, _, rest = top.partition("\n\n")
    assert title == "# Noisy polynomials"
    assert rest.startswith('<div class="mtl-stale" role="note">')
    for text in (top, foot):
        assert text.count("mtlkit reproduce noisy_polynomials table_4_1") == 1
    assert "mtl-stale" not in fitted().cells[0].source
    assert "older version" not in fitted().cells[-1].source


def test_the_notebooks_own_facts_give_way_and_the_text_after_them_stays() -> None:
    first = fitted().cells[0].source
    assert "**You should know**" not in first and "**Reading time**" not in first
    assert first.count("gradient descent") == 1
    assert "You will see a network *learn*" in first
    assert first.index("mtl-facts") < first.index("You will see")
    assert "## The idea" in first and "Which of the two comes out" in first


@pytest.mark.parametrize("text", ["# NBVAL_CHECK_OUTPUT\n1 + 1", "1 + 1"])
def test_the_mark_of_a_checked_cell_is_for_the_tests_alone(text: str) -> None:
    assert fitted(code(text)).cells[1].source == "1 + 1"


def test_a_page_gets_the_html_that_is_meant_for_it_and_no_plotly() -> None:
    outputs = {"text/html": "<p>here</p>", PAGE_HTML: "<p>page</p>", PLOTLY: "{}"}
    (output,) = fitted(code("x", **outputs)).cells[1].outputs
    assert output.data == {"text/html": "<p>page</p>"}


def test_the_first_of_two_figures_with_one_name_keeps_its_place() -> None:
    figure = '<figure class="mtl-figure" id="figure-a">one</figure>'
    book = fitted(code("x", **{"text/html": figure}), code("y", **{"text/html": figure}))
    shown = [cell.outputs[0].data["text/html"] for cell in book.cells[1:3]]
    assert shown == [figure, '<figure class="mtl-figure">one</figure>']


def test_the_cost_is_printed_in_a_notebook_and_not_on_its_page() -> None:
    cell = nbformat.v4.new_code_cell(
        "views = lesson.views\nprint(cost_line(lesson))",
        outputs=[nbformat.v4.new_output("stream", text="Cost: about 80 min\n")],
    )
    page = fitted(cell).cells[1]
    assert page.source == "views = lesson.views"
    assert page.outputs == []


def test_a_lesson_without_a_study_says_so() -> None:
    lone = fitted(studies=())
    assert "No published study" in lone.cells[-1].source
