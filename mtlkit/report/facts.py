"""A lesson in short: how long, on what data, at what cost, knowing what, from which source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from mtlkit.core.lesson import Lesson
from mtlkit.core.publishing import PublishedStudy
from mtlkit.report.words import duration


def facts_box(
    lesson: Lesson,
    studies: Sequence[PublishedStudy],
    lessons: Mapping[int, str],
    *,
    root: str = "",
) -> str:
    """The facts as an HTML list of terms.

    Parameters
    ----------
    lesson, studies
        The lesson and what is published of it.
    lessons
        By number, the full names of the lessons that have a page, which prerequisites link to.
    root
        What leads from the page to the report's first: empty, or `../`.
    """
    facts = {
        "Reading": f"about {lesson.minutes} minutes",
        "Data": data_line(lesson, studies),
        "Cost": cost_line(studies),
        "You should know": _prerequisites(lesson, lessons, root),
        "Source": _source(lesson.source, root),
    }
    items = "".join(f"<div><dt>{term}</dt><dd>{said}</dd></div>" for term, said in facts.items())
    return f'<dl class="mtl-facts">{items}</dl>'


def data_line(lesson: Lesson, studies: Sequence[PublishedStudy]) -> str:
    """The data behind the lesson, and whether they are the source's own."""
    names = sorted({study.data for study in studies}) or [lesson.default_data]
    return "; ".join(
        f"<code>{escape(name)}</code>, "
        + (
            "as the source has them"
            if name in lesson.source_data
            else f"a stand-in for the source’s <code>{escape(', '.join(lesson.source_data))}</code>"
        )
        for name in names
    )


def cost_line(studies: Sequence[PublishedStudy]) -> str:
    """What training the published studies took, from their provenance.

    A run that two studies share is counted in each, so the sum is somewhat too large.
    """
    records = [study.provenance for study in studies if study.scale != "smoke"]
    if not records:
        return "seconds for the notebook; no study is published yet"
    seconds = duration(sum(record["training_seconds"] for record in records))
    devices = {
        "one core" if record["device_class"] == "cpu" else escape(record["device"])
        for record in records
    }
    shared = ", shared runs counted twice" if len(records) > 1 else ""
    return (
        f"seconds for the notebook; about {seconds} on {' and '.join(sorted(devices))} for its "
        f"published studies{shared}"
    )


def _prerequisites(lesson: Lesson, lessons: Mapping[int, str], root: str) -> str:
    return ", ".join(_linked(text, lessons, root) for text in lesson.prerequisites) or "nothing yet"


def _linked(text: str, lessons: Mapping[int, str], root: str) -> str:
    found = re.fullmatch(r"lesson (\d\d)", text)
    name = lessons.get(int(found[1])) if found else None
    return f'<a href="{root}lessons/{name}.html">{text}</a>' if name else escape(text)


def _source(source: str, root: str) -> str:
    document, comma, part = source.partition(",")
    return f'<a href="{root}bibliography.html#{escape(document)}">{escape(document)}</a>' + escape(
        comma + part
    )
