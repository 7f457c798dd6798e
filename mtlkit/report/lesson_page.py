"""An executed notebook made into a page: without what only a kernel, a test or JupyterLab needs."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nbformat import NotebookNode

from mtlkit.explore.figure import PLOTLY
from mtlkit.explore.ledger import PAGE_HTML
from mtlkit.report import freshness
from mtlkit.report.edition import Chapter
from mtlkit.report.facts import facts_box
from mtlkit.report.provenance import provenance_footer
from mtlkit.report.refresh import CHECKED

_FACTS = re.compile(r"\n+\*\*You should know\*\*.*?(?=\n\n|\Z)", re.DOTALL)
"""A first cell's last paragraph: the page has these facts in a box, with the cost beside them."""

_COST = re.compile(r"^print\(cost_line\(lesson\)\)\n?", re.MULTILINE)
"""What prints the cost in a notebook."""

_FIGURE = re.compile(r'(<figure [^>]*?) id="([^"]+)"')


def fit_for_page(
    run: NotebookNode, chapter: Chapter, lessons: Mapping[int, str], scale: str
) -> None:
    """Change an executed notebook into what the report shows.

    Parameters
    ----------
    run
        The notebook; changed in place.
    chapter
        Its lesson and the studies behind it.
    lessons
        By number, the full names of the lessons that have a page.
    scale
        The scale it ran at.
    """
    known: set[str] = set()
    for cell in run.cells:
        if cell.cell_type == "code":
            _fit_code(cell, known)
    _put_facts(run, chapter, lessons)
    footer = provenance_footer(chapter.lesson, chapter.studies, scale)
    cell = {"id": "provenance", "cell_type": "markdown", "metadata": {}, "source": footer}
    run.cells.append(NotebookNode(cell))  # type: ignore[no-untyped-call]


def _fit_code(cell: NotebookNode, known: set[str]) -> None:
    if "injected-parameters" in cell.metadata.get("tags", []):
        cell.metadata.tags.append("remove-cell")
    cell.source = cell.source.removeprefix(CHECKED).lstrip("\n")
    without_cost = _COST.sub("", cell.source)
    if without_cost != cell.source:
        cell.source = without_cost.rstrip()
        cell.outputs = [each for each in cell.outputs if "Cost: " not in each.get("text", "")]
    for output in cell.outputs:
        data = output.get("data", {})
        data.pop(PLOTLY, None)
        if PAGE_HTML in data:
            data["text/html"] = data.pop(PAGE_HTML)
        if "text/html" in data:
            data["text/html"] = _FIGURE.sub(lambda found: _once(found, known), data["text/html"])


def _once(found: re.Match[str], known: set[str]) -> str:
    """A figure's opening with its id, which a page may have only once: the first keeps it."""
    if found[2] in known:
        return found[1]
    known.add(found[2])
    return found[0]


def _put_facts(run: NotebookNode, chapter: Chapter, lessons: Mapping[int, str]) -> None:
    """Set the facts, and a warning if numbers are old, between the title and the text."""
    title, _, text = _FACTS.sub("", run.cells[0].source).partition("\n")
    box = facts_box(chapter.lesson, chapter.studies, lessons, root="../")
    old = freshness.warning(chapter.lesson, chapter.studies)
    run.cells[0].source = "\n\n".join(filter(None, (title, old, box, text.strip())))
