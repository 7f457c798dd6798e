"""The report's first page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from mtlkit.core.lesson import Lesson
from mtlkit.explore.ledger import OUTCOMES, badge
from mtlkit.lessons import get, names
from mtlkit.report.edition import Edition

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

_TEXT = """\
# Multi-Task Learning, Explorable

One network, several tasks: when do they help each other, and who decides how much each counts?
This course rebuilds the systems of five documents on multi-task learning, small enough for a
laptop, and asks of one claim after the other whether it holds.

```{{raw}} html
{tally}
```

A verdict here is never typed in. Each claim is declared before it runs, with an effect, a
direction and a margin; the verdict follows from a 95 % interval over
random seeds. A claim that fails is shown as it is. [All claims with their verdicts](claims.md)

## Lessons

```{{raw}} html
{cards}
```

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
computed
```

```{{toctree}}
:hidden:
:caption: Reference

glossary
bibliography
```
"""


def cover(edition: Edition) -> str:
    """The page as MyST Markdown: what this is, the verdicts by kind, the lessons."""
    return _TEXT.format(
        tally=tally(edition.rows),
        cards=_cards(edition.lessons, edition.rows),
        planned=_planned(),
        lessons="\n".join(f"lessons/{lesson.full_name}" for lesson in edition.lessons),
    )


def tally(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many verdicts there are of each kind, as an HTML list."""
    count = Counter(row["verdict"] for row in rows)
    items = "".join(
        f"<li><strong>{count[verdict]}</strong> {badge(verdict)}</li>" for verdict in OUTCOMES
    )
    return f'<ul class="mtl-tally" aria-label="Verdicts by kind">{items}</ul>'


def _cards(lessons: Sequence[Lesson], rows: Sequence[Mapping[str, Any]]) -> str:
    cards = []
    for lesson in lessons:
        count = Counter(row["verdict"] for row in rows if row["lesson"] == lesson.name)
        signs = "".join(
            f"<li>{count[verdict]} {badge(verdict)}</li>" for verdict in OUTCOMES if count[verdict]
        )
        cards.append(
            f'<li class="mtl-card"><p class="mtl-number">{lesson.number:02d}</p>'
            f'<h3><a href="lessons/{lesson.full_name}.html">{escape(lesson.title)}</a></h3>'
            f"<p>{escape(lesson.summary)}</p>"
            f'<p class="mtl-note">{lesson.minutes} minutes · {escape(lesson.source)}</p>'
            + (f'<ul class="mtl-signs" aria-label="Verdicts">{signs}</ul>' if signs else "")
            + "</li>"
        )
    return f'<ul class="mtl-cards">{"".join(cards)}</ul>'


def _planned() -> str:
    there = {get(name).number for name in names()}
    items = "".join(
        f'<li value="{number}">{title}</li>'
        for number, title in _PLANNED.items()
        if number not in there
    )
    return f'<ol class="mtl-planned">{items}</ol>'
