"""A page with every figure of a lesson that is made from its published studies."""

from __future__ import annotations

from html import escape

import pandas as pd

from mtlkit.core.lesson import Lesson
from mtlkit.core.publishing import PublishedStudy
from mtlkit.explore.badge import badge
from mtlkit.explore.claim_links import claim_id
from mtlkit.explore.drawing import Drawing
from mtlkit.explore.figure import show
from mtlkit.report.edition import Chapter, Edition


def gallery_page(edition: Edition, chapter: Chapter) -> str:
    """The page as MyST Markdown: what is claimed where, and each figure in the lesson's order."""
    lesson = chapter.lesson
    figures = "".join(
        _section(edition, lesson, name, drawing, chapter)
        for name, drawing in lesson.views.FIGURES.items()
    )
    return (
        f"# Figures of lesson {lesson.number:02d}\n\n"
        f"Every figure that [the lesson](../lessons/{lesson.full_name}.ipynb) and its "
        "[claims](../claims.md) rest on, drawn from the published studies. Under each are its "
        f"numbers. `mtlkit figures {lesson.name} --out figures` writes them all as SVG and PDF.\n\n"
        f"{figures}"
    )


def _section(
    edition: Edition, lesson: Lesson, name: str, drawing: Drawing, chapter: Chapter
) -> str:
    tables = _tables(chapter)
    missing = [study for study in drawing.studies if study not in tables]
    if missing:
        return f"## {name}\n\nNot drawn: {', '.join(missing)} is not published yet.\n\n"
    panel = drawing.panel(tables.__getitem__)
    claims = "".join(
        f'<li>{badge(row["verdict"])} <a href="../claims.html#{escape(claim_id(row))}">'
        f"{escape(row['title'])}</a></li>"
        for row in edition.rows
        if row["lesson"] == lesson.name and row["figure"] == name
    )
    told = f"<p>What is claimed about it:</p><ul>{claims}</ul>" if claims else ""
    figure = f'<div class="mtl-gallery">{show(panel).html()}{told}</div>'
    return f"## {panel.title}\n\n```{{raw}} html\n{figure}\n```\n\n"


def _tables(chapter: Chapter) -> dict[str, pd.DataFrame]:
    """Each study's table; where it is published at several scales, the largest."""
    largest: dict[str, PublishedStudy] = {}
    for item in chapter.studies:
        if item.study not in largest or item.scale == "paper":
            largest[item.study] = item
    return {name: item.table for name, item in largest.items()}
