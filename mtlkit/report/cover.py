"""The report's first page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import urlencode

from mtlkit.explore.figure import show
from mtlkit.explore.ledger import OUTCOMES, badge
from mtlkit.lessons import get, names
from mtlkit.report.edition import Chapter, Edition
from mtlkit.report.facts import facts_box

_PLANNED = {
    1: "Noisy polynomials",
    2: "Noisy digits",
    3: "Sharing architectures",
    4: "Gated experts",
    5: "Task grouping",
    6: "Gradient balancing",
    7: "Losses for retrieval",
    8: "Task weights for retrieval",
    9: "Zero-shot synthesis",
    10: "Co-training for driving",
    11: "Weak supervision",
}
"""The whole course; what has no lesson yet is announced."""

_FEATURED = ("noisy_polynomials", "estimate_ratios")
"""The lesson whose figure the cover shows, and which."""

_TRY = """\
## Begin with a surprise

A paper prints a formula that lets a network learn how noisy each of its tasks is, and a table of
what the network learned. We trained with both forms of the formula. **Before you look: if formula
and table belong together, where must the diamonds (the paper's table) lie?**

```{{raw}} html
{figure}
```

**Try it.** Point at a mark to read its value and interval. Click a name under the picture to take
it away, and again to bring it back. Then find out what went wrong: [{title}]({page}).
"""

_TEXT = """\
# Multi-Task Learning, Explorable

<p class="mtl-lead">Train one network on several tasks: do they help each other, or get in each
other’s way? Who decides how much each task counts: you, or the network itself? And when five
documents answer such questions with confidence, how much of it holds when it is run again?</p>

This course rebuilds the systems of five documents on multi-task learning, small enough for a
laptop, and puts their claims to the test one by one. You predict, turn a knob, look, and change
your mind. {done} So far:

```{{raw}} html
{tally}
```

No verdict here was typed in. Each claim was written down, with its direction and its margin,
before its effect was computed; the verdict follows from a 95 % interval over random seeds, or
from the arithmetic of what is printed. A claim that fails is shown as it is, and so is one that
nobody can decide yet. [What held, what did not, and why](held.md) tells the story in plain words;
[Claims and verdicts](claims.md) has every number.

{featured}

## Lessons

```{{raw}} html
{cards}
```

## Where to start

Students
: {start} Write down your guess wherever it says *Before you look*; every
  lesson has an exercise, and in JupyterLab (`make lab` in the project's folder) it is checked for
  you. Words you do not know are in the
  [glossary](glossary.md).

Teachers
: Begin with [what held, what did not, and why](held.md): each entry makes a question for a class.
  Every figure can be taken away as a picture or as numbers, and every page prints. In
  JupyterLab the same notebooks train while you watch.

Researchers
: Begin with [all claims](claims.md), then [how this was computed](computed.md): data, seeds,
  versions, tolerances. [How fast it is](measured.md) says what ten thousand runs would cost.
  Under each figure stands the command that makes its numbers anew; `mtlkit figures` draws all of
  a lesson. The documents and what they cite are in the [bibliography](bibliography.md).

## Planned

```{{raw}} html
{planned}
```

```{{toctree}}
:hidden:
:caption: Lessons

{lessons}
```

```{{toctree}}
:hidden:
:caption: Evidence

held
claims
{figures}
computed
measured
```

```{{toctree}}
:hidden:
:caption: Reference

glossary
bibliography
```
"""


def cover(edition: Edition) -> str:
    """The page as MyST Markdown: what this is, a figure to try, the lessons, where to start."""
    return _TEXT.format(
        tally=tally(edition.rows),
        done=f"{len(edition.lessons)} of its {len(_PLANNED)} lessons are here.",
        featured=_featured(edition),
        cards=_cards(edition),
        start=_start(edition),
        planned=_planned(),
        lessons="\n".join(f"lessons/{lesson.full_name}" for lesson in edition.lessons),
        figures="\n".join(f"figures/{lesson.name}" for lesson in edition.lessons),
    )


def tally(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many verdicts there are of each kind, each a link to those claims, as an HTML list."""
    count = Counter(row["verdict"] for row in rows)
    items = "".join(
        f'<li><a href="{_filtered(verdict=verdict)}"><strong>{count[verdict]}</strong> '
        f"{badge(verdict)}</a></li>"
        for verdict in OUTCOMES
    )
    return f'<ul class="mtl-tally" aria-label="Verdicts by kind">{items}</ul>'


def _filtered(**chosen: str) -> str:
    """The page of claims with only some of them; its script reads what stands after the sign."""
    return f"claims.html#{escape(urlencode(chosen))}"


def _featured(edition: Edition) -> str:
    lesson, name = _FEATURED
    for chapter in edition.chapters:
        tables = {each.study: each.table for each in chapter.studies if each.scale == "lesson"}
        drawing = chapter.lesson.views.FIGURES[name] if chapter.lesson.name == lesson else None
        if drawing is not None and tables.keys() >= set(drawing.studies):
            return _TRY.format(
                figure=show(drawing.panel(tables.__getitem__)).html(),
                title=f"Lesson {chapter.lesson.number:02d}",
                page=f"lessons/{chapter.lesson.full_name}.ipynb",
            )
    return ""


def _start(edition: Edition) -> str:
    if not edition.lessons:
        return ""
    first = edition.lessons[0]
    return (
        f"Begin with [lesson {first.number:02d}](lessons/{first.full_name}.ipynb) and go in order."
    )


def _cards(edition: Edition) -> str:
    places = {lesson.number: lesson.full_name for lesson in edition.lessons}
    cards = "".join(_card(chapter, edition.rows, places) for chapter in edition.chapters)
    return f'<ul class="mtl-cards">{cards}</ul>'


def _card(chapter: Chapter, rows: Sequence[Mapping[str, Any]], places: Mapping[int, str]) -> str:
    lesson = chapter.lesson
    count = Counter(row["verdict"] for row in rows if row["lesson"] == lesson.name)
    signs = "".join(
        f'<li><a href="{_filtered(lesson=lesson.name, verdict=verdict)}">{count[verdict]} '
        f"{badge(verdict)}</a></li>"
        for verdict in OUTCOMES
        if count[verdict]
    )
    return (
        f'<li class="mtl-card"><h3><a href="lessons/{lesson.full_name}.html">'
        f'<span class="mtl-number">{lesson.number:02d}</span> {escape(lesson.title)}</a></h3>'
        f"<p>{escape(lesson.summary)}</p>{facts_box(lesson, chapter.studies, places)}"
        + (f'<ul class="mtl-signs" aria-label="Verdicts">{signs}</ul>' if signs else "")
        + "</li>"
    )


def _planned() -> str:
    there = {get(name).number for name in names()}
    items = "".join(
        f'<li value="{number}">{title}</li>'
        for number, title in _PLANNED.items()
        if number not in there
    )
    return f'<ol class="mtl-planned">{items}</ol>'
