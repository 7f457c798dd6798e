"""The report as a whole: lessons run, verdicts drawn, pages written, the site built."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mtlkit.core.ledger import ledger
from mtlkit.core.lesson import Lesson
from mtlkit.core.paths import project_root
from mtlkit.core.publishing import published
from mtlkit.report.edition import Chapter, Edition
from mtlkit.report.execute import execute, save
from mtlkit.report.gallery import gallery_page
from mtlkit.report.lesson_page import fit_for_page
from mtlkit.report.pages import PAGES
from mtlkit.report.run_times import CellTime, run_times
from mtlkit.report.site import build_site


def build(
    lessons: Sequence[Lesson],
    out: Path,
    *,
    scale: str = "lesson",
    tell: Callable[[str], None] = lambda doing: None,
) -> Path:
    """Build the report of some lessons from their notebooks and their published studies.

    Parameters
    ----------
    lessons
        The lessons, in the order of the course.
    out
        A folder: `notebooks/` gets the executed notebooks, `html/` the site.
    scale
        The scale the notebooks run at.
    tell
        Is told what is being done.

    Returns
    -------
    Path
        The site's first page, `out/html/index.html`.

    Raises
    ------
    UsageError
        If a lesson has no notebook, or a published study cannot be used.
    NotebookFailed
        If a notebook raised an error, openly or not.
    ReportFailed
        If a page has faults: a broken link, a formula that cannot be shown.
    """
    notebooks = project_root() / "notebooks"
    chapters = [
        Chapter(lesson, notebooks / lesson.notebook, published(lesson.name)) for lesson in lessons
    ]
    rows = [verdict.as_dict() for verdict in ledger(lessons, published)]
    return assemble(chapters, rows, out, scale=scale, tell=tell)


def assemble(
    chapters: Sequence[Chapter],
    rows: Sequence[Mapping[str, Any]],
    out: Path,
    *,
    scale: str,
    tell: Callable[[str], None] = lambda doing: None,
) -> Path:
    """As `build`, from chapters and verdicts (`Verdict.as_dict()`) that are already there."""
    pages = out / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    (pages / "lessons").mkdir(parents=True)
    times: dict[str, Sequence[CellTime]] = {}
    places = {chapter.lesson.number: chapter.lesson.full_name for chapter in chapters}
    for chapter in chapters:
        name = chapter.lesson.notebook
        tell(f"running {name}")
        run = execute(chapter.notebook, out / "notebooks" / name, scale=scale)
        times[chapter.lesson.name] = run_times(run)
        fit_for_page(run, chapter, places, scale)
        save(run, pages / "lessons" / name)
    tell("making the pages")
    edition = Edition(chapters, rows, scale, times)
    (pages / "figures").mkdir()
    for chapter in chapters:
        page = pages / "figures" / f"{chapter.lesson.name}.md"
        page.write_text(gallery_page(edition, chapter), encoding="utf-8")
    for name, write in PAGES.items():
        (pages / f"{name}.md").write_text(write(edition), encoding="utf-8")
    return build_site(pages, out)
